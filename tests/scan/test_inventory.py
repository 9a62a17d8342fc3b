"""Blob inventory reports: what is aggregated from many files, and what is a gap."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from lakezones.errors import InputError
from lakezones.scan import ScanResult, scan
from lakezones.scan.files.formats import format_of

FIELDS = ["Name", "Content-Length", "Last-Modified", "AccessTier", "hdi_isfolder", "Owner", "Group", "Acl"]


def report(folder: Path, rows: list[dict[str, Any]], *, form: str = "csv", parts: int = 2, **changes: Any) -> Path:
    """Write a report the way the service does: several files and a manifest."""
    folder.mkdir(exist_ok=True)
    files = []
    for part in range(parts):
        frame = pl.DataFrame(rows[part::parts], schema=dict.fromkeys(FIELDS, pl.String))
        path = folder / f"rule_{part}.{form}"
        frame.write_csv(path) if form == "csv" else frame.with_columns(
            pl.col("Content-Length").cast(pl.Int64), pl.col("Last-Modified").str.to_datetime(time_zone="UTC")
        ).write_parquet(path)
        files.append({"blob": f"2026/11/01/rule/{path.name}", "size": path.stat().st_size})
    manifest = {
        "destinationContainer": "inventory",
        "endpoint": "https://bank.blob.core.windows.net",
        "files": files,
        "inventoryCompletionTime": "2026-11-01T03:00:00Z",
        "ruleDefinition": {"format": form, "objectType": "blob", "schemaFields": FIELDS},
        "status": "Succeeded",
        "summary": {"objectCount": len(rows)},
    }
    (folder / "rule-manifest.json").write_text(json.dumps(manifest | changes))
    return folder


def blob(name: str, size: int, day: int, acl: str | None = None, **more: str) -> dict[str, Any]:
    return {
        "Name": name,
        "Content-Length": str(size),
        "Last-Modified": f"2026-10-{day:02}T00:00:00Z",
        "AccessTier": "Hot",
        "hdi_isfolder": None,
        "Owner": "o",
        "Group": "g",
        "Acl": acl,
    } | more


ROWS = [
    blob("sales/a/part-0.parquet", 100, 1, "user::rw-,group::r--,other::---"),
    blob("sales/a/part-1.parquet", 50, 3, "user::rw-,group::r--,other::---"),
    blob("sales/readme.csv", 1, 2, "user::rw-,group::---,other::---"),
    blob("sales/a", 0, 1, "user::rwx,group::r-x,other::---", hdi_isfolder="true"),
    blob("risk/t/_delta_log/0.json", 1, 4),
    blob("risk/t/p.parquet", 900, 5, AccessTier="Archive"),
]


def read(folder: Path, grants: Path) -> ScanResult:
    grants.mkdir(exist_ok=True)
    (grants / "grants.csv").write_text("principal,container\nann,sales\n")
    return scan([str(folder), str(grants)])


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_sums_formats_and_acls_over_many_files(tmp_path: Path, form: str) -> None:
    result = read(report(tmp_path / "inventory", ROWS, form=form), tmp_path / "grants")
    assert result.gaps.rows() == []
    rows = {row["container"]: row for row in result.tables["containers"].to_dicts()}
    assert (rows["sales"]["size_bytes"], rows["sales"]["blob_count"], rows["sales"]["format"]) == (151, 3, "parquet")
    assert rows["sales"]["last_modified"] == datetime(2026, 10, 3, tzinfo=UTC)
    assert (rows["risk"]["format"], rows["risk"]["tier"], rows["risk"]["account"]) == ("delta", "archive", "bank")
    acls = result.tables["acls"].select("container", "path", "acl").rows()
    assert acls == [
        ("sales", "a", "user::rwx,group::r-x,other::---"),
        ("sales", "a/part-0.parquet", "user::rw-,group::r--,other::---"),
        ("sales", "readme.csv", "user::rw-,group::---,other::---"),
    ]
    assert result.as_of == datetime(2026, 11, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"status": "PartiallySucceeded"}, "status"), ({"summary": {"objectCount": 99}}, "count")],
)
def test_what_the_manifest_says_is_checked(tmp_path: Path, changes: dict[str, Any], code: str) -> None:
    result = read(report(tmp_path / "inventory", ROWS, **changes), tmp_path / "grants")
    assert result.gaps.select("source", "code").rows() == [("acls", code), ("containers", code)]


def test_a_missing_or_cut_off_file_is_a_gap(tmp_path: Path) -> None:
    folder = report(tmp_path / "inventory", ROWS)
    (folder / "rule_0.csv").unlink()
    (folder / "rule_1.csv").write_text("Name\n")
    result = read(folder, tmp_path / "grants")
    assert sorted(result.gaps.select("source", "code").rows()) == [
        ("acls", "missing"),
        ("acls", "size"),
        ("containers", "missing"),
        ("containers", "size"),
    ]
    assert "containers" not in result.tables


def containers_report(folder: Path, names: list[str], **changes: Any) -> Path:
    """A report of the containers themselves beside that of their blobs."""
    fields = ["Name", "Last-Modified", "HasImmutabilityPolicy", "HasLegalHold", "LeaseState", "Metadata"]
    rows = {
        "Name": names,
        "Last-Modified": ["2026-01-01T00:00:00Z"] * len(names),
        "HasImmutabilityPolicy": ["True"] + ["False"] * (len(names) - 1),
        "HasLegalHold": ["False"] * len(names),
        "LeaseState": ["Available"] * len(names),
        "Metadata": ['{"system":"db2"}'] * len(names),
    }
    path = folder / "aaa_0.csv"
    pl.DataFrame(rows).write_csv(path)
    manifest = {
        "endpoint": "https://bank.blob.core.windows.net",
        "files": [{"blob": path.name, "size": path.stat().st_size}],
        "ruleDefinition": {"format": "csv", "objectType": "container", "schemaFields": fields},
        "status": "Succeeded",
        "summary": {"objectCount": len(names)},
    }
    (folder / "aaa-manifest.json").write_text(json.dumps(manifest | changes))
    return folder


def test_reports_of_containers_and_of_blobs_complete_each_other(tmp_path: Path) -> None:
    folder = containers_report(report(tmp_path / "inventory", ROWS), ["empty", "risk", "sales"])
    rows = {row["container"]: row for row in read(folder, tmp_path / "grants").tables["containers"].to_dicts()}
    assert [rows[name]["immutability"] for name in ("empty", "risk", "sales")] == [True, False, False]
    assert rows["sales"]["last_modified"] == datetime(2026, 10, 3, tzinfo=UTC)  # its newest blob, not its own change
    assert rows["empty"]["last_modified"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert (rows["empty"]["size_bytes"], rows["empty"]["blob_count"]) == (0, 0)


def test_without_a_report_of_all_blobs_nothing_is_called_empty(tmp_path: Path) -> None:
    some = {"format": "csv", "objectType": "blob", "schemaFields": FIELDS, "filters": {"prefixMatch": ["sales/"]}}
    folder = containers_report(report(tmp_path / "inventory", ROWS, ruleDefinition=some), ["empty", "risk", "sales"])
    rows = {row["container"]: row for row in read(folder, tmp_path / "grants").tables["containers"].to_dicts()}
    assert rows["empty"]["blob_count"] is None


def test_reports_of_two_accounts_are_told_apart(tmp_path: Path) -> None:
    folder = report(tmp_path / "inventory", ROWS)
    other = {"endpoint": "https://other.blob.core.windows.net"}
    containers_report(folder, ["sales", "third"], **other)
    result = read(folder, tmp_path / "grants")
    assert result.tables["containers"].get_column("container").to_list() == [
        "bank/risk",
        "bank/sales",
        "other/sales",
        "other/third",
    ]
    assert result.tables["acls"].get_column("container").unique().to_list() == ["bank/sales"]
    assert result.tables["grants"].get_column("container").to_list() == ["sales"]
    assert any("'sales' is a container of several accounts" in warning for warning in result.warnings)


def test_a_manifest_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("Name\nx/y\n")
    files = [{"blob": str(tmp_path / "secret.csv")}, {"blob": "../secret.csv"}, {"blob": ".."}]
    folder = report(tmp_path / "inventory", ROWS, files=files)
    result = read(folder, tmp_path / "grants")
    assert set(result.gaps.get_column("code")) == {"missing"}
    assert "containers" not in result.tables


def test_a_file_that_is_no_table_is_a_gap(tmp_path: Path) -> None:
    folder = report(tmp_path / "inventory", ROWS, form="parquet")
    path = folder / "rule_0.parquet"
    path.write_bytes(b"x" * path.stat().st_size)
    assert set(read(folder, tmp_path / "grants").gaps.get_column("code")) == {"malformed"}


def test_a_broken_manifest_is_refused(tmp_path: Path) -> None:
    folder = report(tmp_path / "inventory", ROWS)
    (folder / "rule-manifest.json").write_text("{")
    with pytest.raises(InputError, match="not a manifest"):
        read(folder, tmp_path / "grants")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.csv", "b.csv.gz", "c.json"], "csv"),
        (["t/metadata/v1.metadata.json", "t/data/x.parquet"], "iceberg"),
        (["t/x.ORC"], "orc"),
        (["_SUCCESS", "readme"], None),
        ([], None),
    ],
)
def test_formats_by_name(names: list[str], expected: str | None) -> None:
    assert format_of(names) == expected
