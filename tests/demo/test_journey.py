"""The demonstration from end to end: what is read from where, that all of it arrives, and that it means the same."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from lakezones import access
from lakezones.config import Settings
from lakezones.demo.firm.generate import generate
from lakezones.demo.firm.inventory import reports
from lakezones.demo.firm.settings import load
from lakezones.demo.journey import EXPORTED, check_arrived
from lakezones.errors import CheckFailed
from lakezones.pipeline import Workspace

TINY = "containers = 120\npeople = 14\ndomains = 2\nteams = 4\nsystems = 4\nentitlements = 14\nseed = 5\n"


def demo(folder: Path, *more: str) -> dict[str, object]:
    from lakezones.cli.app import app

    (folder / "tiny.toml").write_text(TINY)
    arguments = ["demo", "--size", str(folder / "tiny.toml"), "-w", str(folder / "lake"), "--json", *more]
    done = CliRunner().invoke(app, arguments, standalone_mode=False)
    assert done.exception is None, done.output
    assert done.return_value == 0
    return dict(json.loads(done.stdout))


@pytest.mark.azurite
@pytest.mark.slow
@pytest.mark.usefixtures("azurite")
def test_every_table_comes_from_the_service_that_holds_it(tmp_path: Path) -> None:
    summary = demo(tmp_path)
    assert (summary["emulated"], summary["note"]) == (True, "")
    ws = Workspace(tmp_path / "lake")
    manifest = ws.manifest(f"snapshots/{ws.current_snapshot()}")
    reads: dict[str, set[str]] = {}
    for source in manifest["sources"]:
        reads.setdefault(source["kind"], set()).update(read["table"] for read in source["reads"])
    assert reads == {
        "arm": {"accounts", "role_assignments", "role_definitions"},
        "storage": {"containers", "stored_policies", "acls"},
        "inventory": {"containers"},
        "directory": {"principals", "memberships", "group_owners"},
        "usage": {"usage"},
        "capture": set(EXPORTED),
    }
    facts = ws.read_facts()
    assert facts.gaps.is_empty()
    firm = generate(load(tmp_path / "tiny.toml"), account="devstoreaccount1")
    assert facts.as_of == firm.as_of
    check_arrived(firm.facts, facts)
    columns = ["container", "size_bytes", "blob_count", "last_modified", "immutability", "legal_hold", "public_access"]
    assert facts.containers.select(columns).equals(firm.facts["containers"].select(columns))
    said, written = (frame["metadata"].to_list() for frame in (facts.containers, firm.facts["containers"]))
    assert [json.loads(text or "{}") for text in said] == [json.loads(text) for text in written]
    # Ids are spelt as ARM spells them, and mean what the capture's mean.
    offline = access.resolve(firm.snapshot(), settings=Settings().access)
    scanned = ws.read_access()
    pairs = ["container", "principal_id", "lane", "level"]
    found, expected = (
        one.class_access.join(one.container_classes, on="class_id").select(pairs).sort(pairs)
        for one in (scanned, offline)
    )
    assert found.equals(expected)


def test_without_azurite_it_reads_the_capture_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEZONES_AZURITE", str(tmp_path / "nowhere"))
    summary = demo(tmp_path)
    assert summary["emulated"] is False
    assert "Azurite is not available" in str(summary["note"])
    assert not (tmp_path / "lake-firm" / "exports").exists()


def test_a_row_too_few_or_too_many_is_an_error() -> None:
    firm = generate(load("small"), 3)
    facts = firm.snapshot()
    check_arrived(firm.facts, facts)
    for table in ("memberships", "usage"):
        short = firm.facts | {table: firm.facts[table].head(-1)}
        with pytest.raises(CheckFailed, match=f"rows of {table}"):
            check_arrived(short, facts)


def test_reports_add_up_to_the_tables() -> None:
    firm = generate(load("small"), 4)
    files = reports(firm, "http://127.0.0.1:1/devstoreaccount1")
    manifests = [json.loads(body) for name, body in files.items() if name.endswith("manifest.json")]
    for manifest in manifests:
        for file in manifest["files"]:
            assert len(files[file["blob"]]) == file["size"]
    blobs = pl.concat([pl.read_parquet(body) for name, body in files.items() if name.endswith(".parquet")])
    assert blobs.height == next(m["summary"]["objectCount"] for m in manifests if m["ruleName"] == "blobs")
    assert blobs["Name"].is_unique().all()
    sums = blobs.group_by(pl.col("Name").str.extract(r"^([^/]+)/").alias("container")).agg(
        pl.col("Content-Length").sum().alias("size_bytes"), pl.len().cast(pl.Int64).alias("blob_count")
    )
    expected = firm.facts["containers"].filter(pl.col("blob_count") > 0).select(sums.columns)
    assert sums.sort("container").equals(expected.sort("container"))
