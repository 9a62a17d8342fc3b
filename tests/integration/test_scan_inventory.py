"""Blob inventory reports fetched from the account itself: the newest of each rule, many files, and what is a gap."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient

from lakezones.demo.emulators.azurite import Azurite
from lakezones.errors import UsageError
from lakezones.scan import ScanResult, ScanSettings, Selection, check, scan

pytestmark = pytest.mark.azurite

FIELDS = ["Name", "Content-Length", "Last-Modified", "AccessTier", "Owner", "Group", "Acl"]
NAMES = [f"inv-{number}" for number in range(4)]
PARTS = 9


def rows(size: int) -> list[dict[str, str]]:
    return [
        {
            "Name": f"{name}/t/part-{number:05}.parquet",
            "Content-Length": str(size),
            "Last-Modified": "2026-10-01T00:00:00Z",
            "AccessTier": "Cool",
            "Owner": "o",
            "Group": "g",
            "Acl": "user::rw-,group::r--,other::---",
        }
        for name in NAMES
        for number in range(10)
    ]


@pytest.fixture
def store(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> Iterator[ContainerClient]:
    """Four containers and a report of yesterday, which is wrong, beside one of today."""
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azurite.connection_string)
    with BlobServiceClient.from_connection_string(azurite.connection_string) as client:
        for found in client.list_containers():
            client.delete_container(found.name)
        for name in NAMES:
            client.create_container(name).close()
        with client.create_container("inventory") as container:
            put(container, azurite, "daily/2026/10/31/03-00-00/blobs", rows(1))
            put(container, azurite, "daily/2026/11/01/03-00-00/blobs", rows(100))
            yield container
        for name in [*NAMES, "inventory"]:
            client.delete_container(name)


def put(container: ContainerClient, azurite: Azurite, folder: str, found: list[dict[str, str]], **changes: Any) -> None:
    """Write a report as the service does: the files first, the manifest last."""
    files = []
    for part in range(PARTS):
        body = pl.DataFrame(found[part::PARTS], schema=dict.fromkeys(FIELDS, pl.String)).write_csv().encode()
        name = f"{folder}/blobs_1000000_{part}.csv"
        container.upload_blob(name, body, overwrite=True)
        files.append({"blob": name, "size": len(body)})
    manifest = {
        "destinationContainer": "inventory",
        "endpoint": azurite.endpoint,
        "files": files,
        "inventoryCompletionTime": "2026-11-01T03:10:00Z",
        "ruleDefinition": {"format": "csv", "objectType": "blob", "schemaFields": FIELDS},
        "ruleName": "blobs",
        "status": "Succeeded",
        "summary": {"objectCount": len(found)},
    }
    container.upload_blob(f"{folder}/blobs-manifest.json", json.dumps(manifest | changes), overwrite=True)


def read(address: str = "azurite/inventory/daily", journal: Path | None = None, **changes: Any) -> ScanResult:
    return scan(
        ["azurite"],
        settings=ScanSettings(inventory=(address,), backoff_seconds=0.01, retries=1),
        selection=Selection(exclude=("inventory",)),
        journal=journal,
        now=datetime(2026, 11, 2, tzinfo=UTC),
        **changes,
    )


def test_the_newest_report_arrives_whole(store: ContainerClient, azurite: Azurite) -> None:
    result = read()
    assert result.gaps.rows() == []
    containers = result.tables["containers"]
    assert containers.get_column("container").to_list() == NAMES
    assert containers.select("size_bytes", "blob_count", "format", "tier").unique().rows() == [
        (1000, 10, "parquet", "cool")
    ]
    assert set(containers.get_column("last_modified")) == {datetime(2026, 10, 1, tzinfo=UTC)}
    assert result.tables["acls"].get_column("container").to_list() == NAMES
    report = next(source for source in result.sources if source["kind"] == "inventory")
    assert (report["reads"][0]["pages"], report["reads"][0]["items"], report["reads"][0]["expected"]) == (PARTS, 40, 40)
    by_address = read(f"{azurite.endpoint}/inventory/daily/2026/10/31")
    assert by_address.tables["containers"].get_column("size_bytes").unique().to_list() == [10]


def test_what_cannot_be_had_is_a_gap_with_its_name(store: ContainerClient, azurite: Azurite) -> None:
    folder = "daily/2026/11/01/03-00-00/blobs"
    store.delete_blob(f"{folder}/blobs_1000000_3.csv")
    store.upload_blob(f"{folder}/blobs_1000000_5.csv", b"Name\n", overwrite=True)
    result = read()
    assert sorted(result.gaps.select("source", "object_id", "code").rows()) == [
        (table, f"{folder}/blobs_1000000_{part}.csv", code)
        for table in ("acls", "containers")
        for part, code in ((3, "404"), (5, "size"))
    ]
    kept = [row for part in range(PARTS) if part not in (3, 5) for row in rows(100)[part::PARTS]]
    assert result.tables["containers"].get_column("blob_count").sum() == len(kept)


@pytest.mark.parametrize(
    ("address", "code"),
    [("azurite/inventory/weekly", "no_report"), ("azurite/no-such-container", "404")],
)
def test_no_report_is_a_gap(store: ContainerClient, address: str, code: str) -> None:
    result = read(address)
    assert result.gaps.get_column("code").to_list() == [code]
    assert result.tables["containers"].height == len(NAMES)


def test_a_manifest_that_is_none_is_a_gap(store: ContainerClient) -> None:
    store.upload_blob("daily/2026/11/02/03-00-00/blobs/blobs-manifest.json", b"{")
    result = read()
    assert result.gaps.select("code").rows() == [("malformed",)]
    assert "acls" not in result.tables


def test_going_on_does_not_fetch_again(store: ContainerClient, tmp_path: Path) -> None:
    store.upload_blob("daily/2026/11/01/03-00-00/blobs/blobs_1000000_5.csv", b"Name\n", overwrite=True)
    journal = tmp_path / ".scan"
    first = read(journal=journal)
    kept = sorted(path for path in journal.rglob("*.csv"))
    assert len(kept) == PARTS
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    inodes = {path.name: path.stat().st_ino for path in kept}
    second = read(journal=journal, resume=True)
    again = {path.name for path in kept if path.stat().st_ino != inodes[path.name]}
    assert again == {"blobs_1000000_5.csv"}
    assert second.gaps.equals(first.gaps)
    assert second.tables["acls"].equals(first.tables["acls"])


def test_check_tries_to_list_the_reports(store: ContainerClient) -> None:
    found = check(
        ["azurite"], settings=ScanSettings(inventory=("azurite/inventory", "azurite/nothing-there"), retries=0)
    )
    assert [(item.read, item.ok) for item in found[-2:]] == [("inventory", True), ("inventory", False)]


@pytest.mark.parametrize("address", ["./folder", "https://bank.blob.core.windows.net", "azurite/", "https://"])
def test_an_address_that_names_no_container_is_refused(address: str) -> None:
    with pytest.raises(UsageError):
        scan(["azurite"], settings=ScanSettings(inventory=(address,)))
