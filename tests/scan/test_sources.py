"""What a SOURCE is, and where its credential comes from."""

import base64

import pytest
from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential

from lakezones.errors import ConfigError, UsageError
from lakezones.scan import ScanSettings
from lakezones.scan.azure.client import StorageClient
from lakezones.scan.sources import Source, parse_source

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
