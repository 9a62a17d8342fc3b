"""What a SOURCE is, and where its credential comes from."""

import base64

import pytest
from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential

from lakezones.errors import ConfigError, UsageError
from lakezones.scan import ScanSettings
from lakezones.scan.azure.client import StorageClient
from lakezones.scan.sources import Source, parse_inventory, parse_source, refuse_shared_signature

KEY = base64.b64encode(b"key of the test").decode()
BANK = "https://bank.blob.core.windows.net"


def parse(text: str, **environ: str) -> Source:
    return parse_source(text, settings=ScanSettings(), environ=environ)


def test_folders_and_mappings() -> None:
    assert parse("./capture").kind == "capture"
    assert parse("exports.toml").location == "exports.toml"


def test_azurite_by_default_by_keys_and_by_connection_string() -> None:
    source = parse("azurite")
    assert (source.location, source.emulator) == ("http://127.0.0.1:10000/devstoreaccount1", True)
    assert source.credential.named_key.key.startswith("Eby8vdM02x")
    assert parse("azurite", AZURITE_ACCOUNTS=f"devstoreaccount1:{KEY}").credential.named_key.key == KEY
    text = f"AccountName=lake;AccountKey={KEY};BlobEndpoint=http://127.0.0.1:9999/lake;"
    source = parse("azurite", AZURE_STORAGE_CONNECTION_STRING=text)
    assert (source.location, source.credential.named_key.name) == ("http://127.0.0.1:9999/lake", "lake")


def test_a_connection_string_of_the_cloud_does_not_move_azurite() -> None:
    text = f"AccountName=bank;AccountKey={KEY};EndpointSuffix=core.windows.net"
    assert parse("azurite", AZURE_STORAGE_CONNECTION_STRING=text).location.startswith("http://127.0.0.1")


def test_accounts_and_their_credentials() -> None:
    assert parse(BANK).credential is None
    text = f"DefaultEndpointsProtocol=https;AccountName=bank;AccountKey={KEY};EndpointSuffix=core.windows.net"
    assert isinstance(parse(BANK, AZURE_STORAGE_CONNECTION_STRING=text).credential, AzureNamedKeyCredential)
    other = "https://other.blob.core.windows.net/"
    assert parse(other, AZURE_STORAGE_CONNECTION_STRING=text).credential is None
    assert isinstance(parse(BANK, AZURE_STORAGE_SAS_TOKEN="?sv=1&sig=x").credential, AzureSasCredential)


@pytest.mark.parametrize("text", [f"{BANK}/?sig=c2VjcmV0", "https://user:c2VjcmV0@bank.blob.core.windows.net"])
def test_secrets_on_the_command_line_are_refused_unseen(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert "c2VjcmV0" not in f"{caught.value}{caught.value.hint}"


SECRET = "c2VjcmV0LXNpZ25hdHVyZQ"


@pytest.mark.parametrize(
    "text",
    [
        f"htps://bank.blob.core.windows.net/?sv=1&sig={SECRET}",
        f"bank.blob.core.windows.net/?sv=1&sig={SECRET}",
        f"//bank.blob.core.windows.net?sig={SECRET}",
        f"{BANK}/c;sig={SECRET}",
        f"{BANK}/c&SIG={SECRET}",
        f"{BANK}/c%3Fsv=1%26sig%3D{SECRET}",
        f"{BANK}/c%253Fsig%253D{SECRET}",
        f"{BANK}#sig={SECRET}",
        f"https:\\\\bank?{SECRET}",
        f"ftp://me:{SECRET}@bank",
        f"./capture?sig={SECRET}",
        f"AccountName=bank;AccountKey={SECRET};EndpointSuffix=core.windows.net",
        f"BlobEndpoint={BANK};SharedAccessSignature=sv=1&sig={SECRET}",
        f"azurite?sig={SECRET}",
        f"https://me:{SECRET}@[bank/x",
    ],
)
def test_no_spelling_of_a_source_is_repeated_with_its_secret(text: str) -> None:
    for read in (parse, lambda text: parse_inventory(text, settings=ScanSettings(), environ={})):
        with pytest.raises(UsageError) as caught:
            read(text)
        assert SECRET not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize("text", [f"azurite/c?sig={SECRET}", f"azurite/c?{SECRET}", f"{BANK}/c?{SECRET}"])
def test_no_address_of_reports_carries_a_query(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_inventory(text, settings=ScanSettings(), environ={})
    assert SECRET not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize("extra", [f"?sv=1&sig={SECRET}", f"?{SECRET}", f"#{SECRET}"])
@pytest.mark.parametrize("host", ["http://127.0.0.1:9999/bank", BANK])
def test_an_endpoint_in_the_environment_carries_no_query(host: str, extra: str) -> None:
    text = f"AccountName=bank;AccountKey={KEY};BlobEndpoint={host}{extra}"
    for source in ("azurite", BANK):
        with pytest.raises(ConfigError, match="is not an address alone") as caught:
            parse(source, AZURE_STORAGE_CONNECTION_STRING=text)
        assert SECRET not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize(
    ("endpoint", "account", "signed"),
    [
        (BANK, "", True),
        (BANK, "bank", True),
        (BANK, "other", False),
        ("https://bank.z12.blob.storage.azure.net", "", True),
        ("https://bank.privatelink.blob.core.windows.net", "bank", True),
        ("http://127.0.0.1:10000/lake", "", True),
        ("http://127.0.0.1:10000/lake", "bank", False),
        ("https://bank.evil.example", "bank", False),
        ("https://blob.core.windows.net.evil.example", "", False),
        ("https://evilblob.core.windows.net", "", False),
        ("https://10.0.0.1/bank", "bank", False),
    ],
)
def test_a_signature_goes_to_the_account_it_is_for_and_to_no_other_host(
    endpoint: str, account: str, signed: bool
) -> None:
    source = parse(endpoint, AZURE_STORAGE_SAS_TOKEN=f"sv=1&sig={SECRET}", AZURE_STORAGE_ACCOUNT=account)
    assert source.signed is signed


def test_one_signature_is_not_sent_to_several_accounts() -> None:
    other = "https://other.blob.core.windows.net"
    environ = {"AZURE_STORAGE_SAS_TOKEN": f"sv=1&sig={SECRET}"}
    with pytest.raises(UsageError, match="is for one account, and there are 2 sources") as caught:
        refuse_shared_signature([parse(BANK, **environ), parse(other, **environ)])
    assert "AZURE_STORAGE_ACCOUNT" in str(caught.value.hint)
    refuse_shared_signature([parse(BANK, **environ)] * 2)
    environ["AZURE_STORAGE_ACCOUNT"] = "bank"
    found = [parse(BANK, **environ), parse(other, **environ)]
    refuse_shared_signature(found)
    assert [source.signed for source in found] == [True, False]


def test_plain_http_and_broken_connection_strings() -> None:
    with pytest.raises(UsageError, match="loopback only"):
        parse("http://bank.example")
    with pytest.raises(ConfigError) as caught:
        parse(BANK, AZURE_STORAGE_CONNECTION_STRING=f"AccountKey={KEY}")
    assert KEY not in f"{caught.value}{caught.value.hint}"


def test_no_credential_is_ever_shown() -> None:
    assert KEY not in repr(parse("azurite", AZURITE_ACCOUNTS=f"devstoreaccount1:{KEY}"))


def test_plain_http_without_a_key_is_refused_with_a_hint() -> None:
    source = parse("http://127.0.0.1:10000/devstoreaccount1")
    with pytest.raises(UsageError, match="nothing to sign with") as raised:
        StorageClient(source, settings=ScanSettings())
    assert "AZURE_STORAGE_CONNECTION_STRING" in str(raised.value.hint)
