"""Hostile captures, inventories and workspaces: whatever comes in, an answer, a rejected row or an error in one line.

Each attack is seeded; a failure prints its name and seed. A tenth runs in every test run, all of them under the
torture marker.
"""

import json
import os
import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from lakezones import api
from lakezones.errors import LakezonesError
from lakezones.pipeline import Workspace
from lakezones.scan import scan
from lakezones.scan.gate import LONGEST

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SEEDS = 10
HOSTILE = [
    "2062-01-01", "9999-12-31T23:59:59.9999999Z", "0001-01-01", "10000-01-01", "-0001-01-01", "2026-13-01", "1e309",
    "-1", "NaN", "9" * 40, "\u202eann", "ann\u200b", "Jose\u0301", "a\x00b", "evil.example#/c", "../../etc", "/", "//",
    "a/b/c", "[", "*", "{}", "[]", '{"a": "\\ud800"}', "[" * 3000, "=cmd()", "A1B2C3D4-0000-4000-8000-00000000000F",
    "user::rwx,user::---", "user:ann:rwx,user:ann:---", "mask:x:rwx", "default:", ",", "\ufeff", "\u00a0", "\U000e0041",
    "x" * 140_000, "true", "maybe", "PT1H", "2026-02-30", "24:00", "🧪", "ﬁ", "\u2028", "'", "\\",
]  # fmt: skip
COLUMNS = {
    "grants": ("principal_id", "container", "access", "grant_id", "granted_at", "expires_at"),
    "containers": ("container", "account", "last_modified", "size_bytes", "legal_hold", "metadata"),
    "acls": ("container", "acl", "path", "owner"),
    "usage": ("principal_id", "container", "last_used", "operations"),
    "principals": ("principal_id", "kind", "last_sign_in", "enabled"),
    "memberships": ("group_id", "member_id", "expires_at"),
    "role_definitions": ("role", "actions"),
    "stored_policies": ("container", "policy", "starts_at", "expires_at"),
    "accounts": ("account", "hns", "soft_delete_days"),
}


def plain(column: str, number: int) -> str:
    """A cell that fits."""
    fitting = {"acl": "user::rwx,user:ann:r-x", "access": "read", "kind": "user", "actions": "[]", "metadata": "{}"}
    if column.endswith("_at") or column.startswith("last_"):
        return "2026-01-01"
    if column in ("size_bytes", "operations", "soft_delete_days"):
        return "5"
    if column in ("legal_hold", "enabled", "hns"):
        return "true"
    return fitting.get(column, f"name{number}")


def hostile_capture(folder: Path, rng: random.Random) -> int:
    """Tables of fitting rows, in every third of which one cell is hostile; how many rows there are."""
    rows = 0
    for table, columns in COLUMNS.items():
        found = []
        for number in range(12):
            row = [plain(column, number) for column in columns]
            if rng.random() < 1 / 3:
                row[rng.randrange(len(row))] = rng.choice(HOSTILE)
            found.append(row)
        rows += len(found)
        frame = pl.DataFrame(found, schema=list(columns), orient="row")
        if rng.random() < 0.5:
            frame.write_csv(folder / f"{table}.csv", quote_style=rng.choice(["necessary", "always"]))
        else:
            frame.write_parquet(folder / f"{table}.parquet")
    return rows


def seeds() -> list[object]:
    return [pytest.param(seed, marks=() if seed < SEEDS else pytest.mark.torture) for seed in range(10 * SEEDS)]


@pytest.mark.parametrize("seed", seeds())
def test_no_cell_ends_a_scan_and_no_row_is_lost_in_silence(tmp_path: Path, seed: int) -> None:
    rows = hostile_capture(tmp_path, random.Random(seed))
    result = scan([str(tmp_path)], now=NOW)
    kept = sum(frame.height for frame in result.tables.values())
    summed = 12 - result.tables["usage"].height - result.rejected.filter(pl.col("table") == "usage").height
    assert kept + result.rejected.height + summed == rows, f"seed {seed}"
    assert result.as_of <= NOW, f"seed {seed}"
    for frame in result.tables.values():
        for name in frame.select(pl.selectors.temporal()).columns:
            assert frame.filter(~pl.col(name).dt.year().is_between(1970, 2077)).is_empty(), f"seed {seed}"
    api.access(result.facts)


Attack = Callable[[Path], object]
GRANTS = "principal_id,container\nann,sales\n"


def fifo(path: Path) -> None:
    os.mkfifo(path)


def link(path: Path) -> None:
    path.symlink_to("nowhere")


NAMED: dict[str, tuple[str, Attack, str]] = {
    "folder": ("containers.csv", Path.mkdir, "not_a_file"),
    "folder of parquet": ("usage.parquet", Path.mkdir, "not_a_file"),
    "link to nothing": ("containers.csv", link, "not_a_file"),
    "link to itself": ("acls.csv", lambda path: path.symlink_to(path.name), "not_a_file"),
    "pipe": ("memberships.csv", fifo, "not_a_file"),
    "pipe of logs": ("StorageBlobLogs.csv", fifo, "not_a_file"),
    "capital suffix": ("memberships.CSV", lambda path: path.write_text("group_id,member_id\n"), "not_read"),
    "capital name": ("Memberships.csv", lambda path: path.write_text("group_id,member_id\n"), "not_read"),
    "capital parquet": ("USAGE.Parquet", lambda path: path.write_bytes(b"x"), "not_read"),
}


@pytest.mark.parametrize("name", NAMED)
def test_what_has_the_name_of_a_table_is_never_passed_over(tmp_path: Path, name: str) -> None:
    file, make, code = NAMED[name]
    (tmp_path / "grants.csv").write_text(GRANTS)
    make(tmp_path / file)
    result = scan([str(tmp_path)], now=NOW)
    assert [(gap["object_id"], gap["code"]) for gap in result.gaps.to_dicts()] == [(file, code)]
    assert not result.complete


@pytest.mark.parametrize(("file", "hint"), [("GRANTS.csv", "rename it to grants.csv"), ("grants.CSV", "grants.csv")])
def test_grants_in_capitals_alone_get_a_hint(tmp_path: Path, file: str, hint: str) -> None:
    (tmp_path / file).write_text(GRANTS)
    with pytest.raises(LakezonesError, match=hint):
        scan([str(tmp_path)])


@pytest.mark.parametrize(("encoding", "name"), [("utf-16", "UTF-16"), ("utf-32", "UTF-32")])
def test_wide_encodings_are_called_by_their_names(tmp_path: Path, encoding: str, name: str) -> None:
    (tmp_path / "grants.csv").write_bytes(GRANTS.encode(encoding))
    with pytest.raises(LakezonesError, match=f"{name} text") as raised:
        scan([str(tmp_path)])
    assert f"iconv -f {name} " in (raised.value.hint or "")


# ---------------------------------------------------------------------------------- workspaces


def changed(**entries: object) -> Attack:
    def change(path: Path) -> None:
        path.write_text(json.dumps(json.loads(path.read_text()) | entries))

    return change


def huge(path: Path) -> None:
    with path.open("ab") as file:
        file.truncate(1 << 40)  # sparse: it takes no room


MANIFESTS: dict[str, Attack] = {
    "empty": lambda path: path.write_text(""),
    "not JSON": lambda path: path.write_text("{"),
    "binary": lambda path: path.write_bytes(bytes(range(256))),
    "list": lambda path: path.write_text("[]"),
    "text": lambda path: path.write_text('"x"'),
    "number": lambda path: path.write_text("1"),
    "null": lambda path: path.write_text("null"),
    "deep": lambda path: path.write_text("[" * 100_000),
    "huge": huge,
    "folder": lambda path: (path.unlink(), path.mkdir()),
    "pipe": lambda path: (path.unlink(), fifo(path)),
    "link to nothing": lambda path: (path.unlink(), link(path)),
    "missing": Path.unlink,
    "format of tomorrow": changed(format=99),
    "format true": changed(format=True),
    "format of text": changed(format="1"),
    "inputs a list": changed(inputs=[]),
    "inputs of numbers": changed(inputs={"access": 1}),
    "outputs null": changed(outputs=None),
    "outputs of lists": changed(outputs={"grants.parquet": []}),
    "rows a list": changed(rows=["grants"]),
    "rows negative": changed(rows={"grants": -1}),
    "rows of an unknown table": changed(rows={"../../x": 1}),
    "as_of no time": changed(as_of="yesterday"),
    "as_of a number": changed(as_of=5),
    "as_of without offset": changed(as_of="2026-01-01T00:00:00"),
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace of two snapshots: the newer one is the current one."""
    lake, capture = Workspace(tmp_path / "lake"), tmp_path / "capture"
    capture.mkdir()
    for day in (1, 2):
        (capture / "grants.csv").write_text(f"principal_id,container,granted_at\nann,sales,2026-01-0{day}\n")
        lake.scan(str(capture))
    return lake


def one_line(work: Callable[[], object]) -> LakezonesError:
    """The error of some work, which has to be one for users, with a hint; nothing may hang."""
    with pytest.raises(LakezonesError) as raised:
        work()
    assert "\n" not in raised.value.message
    assert raised.value.hint
    return raised.value


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_broken_manifest_is_refused_and_never_replaced_by_an_older_one(workspace: Workspace, name: str) -> None:
    MANIFESTS[name](workspace.root / "snapshots" / workspace.current_snapshot() / "manifest.json")
    one_line(workspace.read_facts)
    one_line(workspace.access)


POINTERS: dict[str, Attack] = {
    "another": lambda path: path.write_text("20200101T000000Z\n"),
    "outside": lambda path: path.write_text("../../etc"),
    "binary": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "huge": huge,
    "folder": lambda path: (path.unlink(), path.mkdir()),
    "pipe": lambda path: (path.unlink(), fifo(path)),
    "link to nothing": lambda path: (path.unlink(), link(path)),
}


@pytest.mark.parametrize("name", POINTERS)
def test_a_broken_pointer_is_said(workspace: Workspace, name: str) -> None:
    POINTERS[name](workspace.root / "snapshots" / "current")
    thread = threading.Thread(target=lambda: one_line(workspace.current_snapshot), daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    one_line(workspace.current_snapshot)


# ---------------------------------------------------------------------------------- inventories


def inventory(folder: Path, rows: str, *, fields: list[str], name: str = "r", **entries: object) -> None:
    (folder / f"{name}.csv").write_text(rows)
    rule = {"schemaFields": fields, "objectType": "blob", "format": "csv"}
    manifest = {"ruleName": name, "endpoint": "https://lake.blob.core.windows.net", "ruleDefinition": rule}
    manifest |= {"files": [{"blob": f"{name}.csv"}], "inventoryCompletionTime": "2026-10-01T00:00:00Z", **entries}
    (folder / f"{name}-manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("size", ["many", "-5", "1.5", "9" * 30, "0x10"])
def test_a_size_that_is_none_is_a_gap_and_no_size_is_made_up(tmp_path: Path, size: str) -> None:
    inventory(tmp_path, f"Name,Content-Length\na/x,5\na/y,{size}\nb/x,7\n", fields=["Name", "Content-Length"])
    result = scan([str(tmp_path)], now=NOW)
    assert result.tables["containers"].select("container", "size_bytes").rows() == [("a", None), ("b", 7)]
    assert result.gaps["reason"].to_list() == ["blob inventory: 1 blob of a size that cannot be read"]


def test_an_inventory_is_checked_like_a_capture(tmp_path: Path) -> None:
    blobs = [("a/x", "user:ann:r--,user:ann:rwx", "2026-01-01"), ("b/x", "user::rwx", "2062-01-01")]
    rows = "".join(f'{name},"{acl}",{day}T00:00:00Z\n' for name, acl, day in blobs)
    inventory(tmp_path, "Name,Acl,Last-Modified\n" + rows, fields=["Name", "Acl", "Last-Modified"])
    result = scan([str(tmp_path)], now=NOW)
    assert result.tables["acls"]["container"].to_list() == ["b"]
    assert result.rejected["table"].to_list() == ["acls"]
    assert result.tables["containers"]["last_modified"].null_count() == 1
    assert "last_modified after the scan" in result.warnings[0]


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "", '{"files": 5}', '"x"', "\x00"])
def test_a_broken_report_beside_a_good_one_is_a_gap(tmp_path: Path, text: str) -> None:
    inventory(tmp_path, "Name\na/x\n", fields=["Name"])
    (tmp_path / "z-manifest.json").write_text(text)
    result = scan([str(tmp_path)], now=NOW)
    assert result.tables["containers"]["container"].to_list() == ["a"]
    assert set(result.gaps["object_id"]) == {"z-manifest.json"}


def test_an_account_that_cannot_be_is_no_prefix_of_anything(tmp_path: Path) -> None:
    inventory(tmp_path, "Name\na/x\n", fields=["Name"], endpoint="https://evil_#host.example")
    result = scan([str(tmp_path)], now=NOW)
    assert result.tables["containers"].is_empty()
    assert not result.complete


@pytest.mark.torture
@pytest.mark.parametrize("quote", ["", '"'])
def test_cells_of_megabytes_are_one_rejected_row(tmp_path: Path, quote: str) -> None:
    cell = quote + "x" * (64 * LONGEST) + quote
    (tmp_path / "grants.csv").write_text(f"principal_id,container\nann,{cell}\nbob,sales\n")
    result = scan([str(tmp_path)], now=NOW)
    assert result.rejected["line"].to_list() == [2]
    assert result.tables["grants"]["principal_id"].to_list() == ["bob"]
