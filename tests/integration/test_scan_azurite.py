"""The scan of a real emulator: every page, every stored policy, and one line when nobody is there."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from azure.storage.blob import AccessPolicy, BlobServiceClient
from typer.testing import CliRunner

from lakezones.demo.emulators.azurite import Azurite
from lakezones.errors import LakezonesError, ServiceUnavailable, UsageError
from lakezones.scan import ScanSettings, scan

pytestmark = pytest.mark.azurite


@pytest.fixture
def lake(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Twelve containers, two with stored policies, one public; the environment points at them."""
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azurite.connection_string)
    names = [f"scan-{number:02}" for number in range(12)]
    with BlobServiceClient.from_connection_string(azurite.connection_string) as client:
        for found in client.list_containers():
            client.delete_container(found.name)
        for number, name in enumerate(names):
            client.create_container(
                name,
                metadata={"system": "db2", "Table": f"t&<{number}>"} if number else None,
                public_access="blob" if number == 3 else None,
            ).close()
        expiry = datetime(2027, 1, 1, tzinfo=UTC)
        policies = {f"p{n}": AccessPolicy(permission="rl", expiry=expiry) for n in range(5)}
        client.get_container_client(names[1]).set_container_access_policy(policies)
        client.get_container_client(names[2]).set_container_access_policy(
            {"q": AccessPolicy(permission="racwdl", start=datetime(2026, 1, 1, tzinfo=UTC), expiry=expiry)}
        )
        yield names
        for name in names:
            client.delete_container(name)


def test_everything_arrives_over_many_pages(lake: list[str]) -> None:
    result = scan(["azurite"], settings=ScanSettings(page_size=5))
    containers = result.tables["containers"]
    assert containers.get_column("container").to_list() == lake
    assert json.loads(containers.item(1, "metadata")) == {"system": "db2", "Table": "t&<1>"}
    assert containers.item(0, "metadata") is None
    assert containers.get_column("public_access").to_list() == [None] * 3 + ["blob"] + [None] * 8
    assert containers.get_column("last_modified").null_count() == 0
    policies = result.tables["stored_policies"]
    assert policies.get_column("policy").to_list() == ["p0", "p1", "p2", "p3", "p4", "q"]
    assert policies.row(5, named=True) == {
        "container": lake[2],
        "policy": "q",
        "permissions": "racwdl",
        "starts_at": datetime(2026, 1, 1, tzinfo=UTC),
        "expires_at": datetime(2027, 1, 1, tzinfo=UTC),
    }
    reads = {read["table"]: read for read in result.sources[0]["reads"]}
    assert (reads["containers"]["pages"], reads["containers"]["items"]) == (3, 12)
    assert (reads["stored_policies"]["pages"], reads["stored_policies"]["expected"]) == (12, 12)
    assert result.complete


def test_what_the_scan_reads_is_what_the_sdk_reads(lake: list[str], azurite: Azurite) -> None:
    frame = scan(["azurite"]).tables["containers"]
    with BlobServiceClient.from_connection_string(azurite.connection_string) as client:
        for row, item in zip(frame.iter_rows(named=True), client.list_containers(include_metadata=True), strict=True):
            assert row["container"] == item.name
            assert row["last_modified"] == item.last_modified
            assert (row["metadata"] and json.loads(row["metadata"])) == (item.metadata or None)
            assert row["public_access"] == item.public_access
            assert row["immutability"] == item.has_immutability_policy
            assert row["legal_hold"] == item.has_legal_hold


def test_a_capture_adds_and_does_not_overrule(lake: list[str], tmp_path: Path) -> None:
    (tmp_path / "grants.csv").write_text(f"principal,container\nann,{lake[0]}\n")
    (tmp_path / "containers.csv").write_text(
        f"container,size_bytes,public_access\n{lake[3]},77,container\nelsewhere,1,\n"
    )
    result = scan([str(tmp_path), "azurite"])
    containers = {row["container"]: row for row in result.tables["containers"].iter_rows(named=True)}
    assert len(containers) == 13
    assert (containers[lake[3]]["size_bytes"], containers[lake[3]]["public_access"]) == (77, "blob")
    assert result.tables["grants"].height == 1


def test_sampled_blobs_tell_formats_and_sizes_of_what_was_seen_whole(lake: list[str], azurite: Azurite) -> None:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as client:
        for name, blobs in {
            lake[0]: ["t/_delta_log/0.json", "t/p.parquet"],
            lake[1]: ["a.csv", "b.csv", "c.csv"],
        }.items():
            for blob in blobs:
                client.get_blob_client(name, blob).upload_blob(b"1234")
    result = scan(["azurite"], settings=ScanSettings(sample_blobs=2))
    rows = result.tables["containers"].select("format", "size_bytes", "blob_count").rows()
    assert rows[:3] == [("delta", 8, 2), ("csv", None, None), (None, 0, 0)]
    assert result.complete


def test_the_command_line(lake: list[str], tmp_path: Path) -> None:
    from lakezones.cli.app import app

    done = CliRunner().invoke(app, ["scan", "azurite", "-w", str(tmp_path / "lake"), "--json"])
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout)
    assert summary["rows"]["containers"] == 12
    assert summary["complete"] is True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_nobody_there_is_one_line_with_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_CONNECTION_STRING", raising=False)
    endpoint = f"http://127.0.0.1:{free_port()}/devstoreaccount1"
    with pytest.raises(ServiceUnavailable, match=f"nothing answers at {endpoint}") as caught:
        scan(["azurite"], settings=ScanSettings(azurite_endpoint=endpoint))
    assert "start it" in str(caught.value.hint)


def test_a_wrong_key_is_told_and_the_key_is_not(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_CONNECTION_STRING", raising=False)
    with pytest.raises(LakezonesError, match="cannot be listed") as caught:
        scan(["azurite"], settings=ScanSettings(azurite_endpoint=azurite.endpoint))
    assert "Eby8" not in f"{caught.value}{caught.value.hint}"


def test_secrets_and_plain_http_are_refused_unseen() -> None:
    with pytest.raises(UsageError) as caught:
        scan(["https://bank.blob.core.windows.net/?sv=2026&sig=c2VjcmV0"])
    assert "c2VjcmV0" not in f"{caught.value}{caught.value.hint}"
    with pytest.raises(UsageError, match="loopback only"):
        scan(["http://bank.blob.core.windows.net"])
