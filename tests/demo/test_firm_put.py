"""Putting the Firm into an emulator: what arrives there, and endpoints that are refused."""

import base64
import json

import pytest
from azure.storage.blob import BlobServiceClient

from lakezones.demo.emulators.azure_put import put_containers, refuse_remote
from lakezones.demo.emulators.azurite import Azurite
from lakezones.demo.firm.generate import GeneratedFirm, generate
from lakezones.demo.firm.settings import FirmSettings
from lakezones.errors import ServiceUnavailable, UsageError

KEY = base64.b64encode(b"k" * 64).decode()


@pytest.fixture(scope="module")
def tiny() -> GeneratedFirm:
    return generate(FirmSettings(containers=100, people=12, domains=2, teams=3), 3)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://bankdatalake.blob.core.windows.net",
        "http://10.0.0.4:10000/devstoreaccount1",
        "http://127.0.0.1.example.com/devstoreaccount1",
        "http://127.0.0.1@example.com/devstoreaccount1",
        "http://localhost.example.com/a",
        "ftp://127.0.0.1/a",
        "127.0.0.1:10000/a",
        "http://[::1",
        "",
    ],
)
def test_other_machines_are_refused(endpoint: str, tiny: GeneratedFirm) -> None:
    with pytest.raises(UsageError, match="this machine"):
        put_containers(endpoint, KEY, tiny)


@pytest.mark.parametrize("host", ["127.0.0.1:1", "127.8.0.1", "[::1]:9", "localhost:10000"])
def test_this_machine_is_accepted(host: str) -> None:
    refuse_remote(f"http://{host}/devstoreaccount1")


def test_a_silent_endpoint_is_an_error(tiny: GeneratedFirm) -> None:
    with pytest.raises(ServiceUnavailable, match="does not answer"):
        put_containers("http://127.0.0.1:1/devstoreaccount1", KEY, tiny)


def test_a_bad_key_is_an_error(tiny: GeneratedFirm) -> None:
    with pytest.raises(UsageError, match="base64"):
        put_containers("http://127.0.0.1:1/devstoreaccount1", "no key", tiny)


@pytest.mark.azurite
def test_everything_arrives(tiny: GeneratedFirm, azurite: Azurite) -> None:
    put = put_containers(azurite.endpoint, azurite.account_key, tiny, blobs=True)
    rows = tiny.facts["containers"]
    assert put.containers == rows.height
    assert put.blobs == tiny.blobs.height
    client = BlobServiceClient.from_connection_string(azurite.connection_string)
    try:
        found = {one.name: one for one in client.list_containers(include_metadata=True)}
        for name, metadata, public in rows.select("container", "metadata", "public_access").iter_rows():
            assert (found[name].metadata or {}) == json.loads(metadata)
            assert found[name].public_access == public
        for name, policy, letters in (
            tiny.facts["stored_policies"].select("container", "policy", "permissions").iter_rows()
        ):
            rules = client.get_container_client(name).get_container_access_policy()["signed_identifiers"]
            assert [(one.id, one.access_policy.permission) for one in rules] == [(policy, letters)]
        name, blob = tiny.blobs.row(0)
        assert blob in [one.name for one in client.get_container_client(name).list_blobs()]
        with pytest.raises(ServiceUnavailable, match="409"):
            put_containers(azurite.endpoint, azurite.account_key, tiny)
    finally:
        for name in rows["container"]:
            client.delete_container(name)
        client.close()
