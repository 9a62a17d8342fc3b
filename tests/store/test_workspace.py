"""The workspace: whole or absent, hashed, private, one writer at a time, and never quietly stale."""

import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from lakezones.errors import MissingStageError, StaleInputError, WorkspaceError
from lakezones.model.outputs import Outputs
from lakezones.model.tables import ContainerClasses
from lakezones.store import files
from lakezones.store.manifest import FORMAT
from lakezones.store.stages import LEFTOVER
from lakezones.store.workspace import Store
from tests.golden import AS_OF

CLASSES = {"container_classes": ContainerClasses}


def frame(rows: int = 3, tag: str = "c") -> pl.DataFrame:
    return pl.DataFrame({"class_id": [tag] * rows, "container": [f"{tag}-{number:06}" for number in range(rows)]})


def grants(person: str = "ana") -> pl.DataFrame:
    return pl.DataFrame(
        {"principal_id": [person], "container": ["c1"], "access": ["read"], "source": ["x"], "grant_id": ["g1"]}
    )


def scanned(root: Path, person: str = "ana", as_of: datetime = AS_OF) -> Store:
    ws = Store(root)
    ws.write_snapshot({"grants": grants(person)}, as_of=as_of)
    return ws


def write(ws: Store, stage: str = "access", inputs: tuple[str, ...] = (), **output: object) -> Path:
    output.setdefault("frames", {"container_classes": frame()})
    output.setdefault("documents", {"summary": {"rows": 3}})
    return ws.write_stage(stage, Outputs(**output), inputs=inputs)  # type: ignore[arg-type]


def chain(root: Path) -> Store:
    """snapshot, access, proposal, plan, verify; each made from the one before."""
    ws = scanned(root)
    before = f"snapshots/{ws.current_snapshot()}"
    for stage in ("access", "proposal", "plan", "verify"):
        write(ws, stage, (before,))
        before = stage
    return ws


# ---------------------------------------------------------------------------------------- round trip


def test_facts_and_stages_come_back_as_written(tmp_path: Path) -> None:
    ws = scanned(tmp_path / "lake")
    facts = ws.read_facts()
    assert facts.as_of == AS_OF
    assert facts.table("grants")["principal_id"].to_list() == ["ana"]
    assert not facts.assessed("acls")
    write(ws, inputs=(f"snapshots/{ws.current_snapshot()}",))
    assert ws.read_frames("access", CLASSES)["container_classes"].equals(frame())
    assert ws.read_document("access") == {"rows": 3}


def test_modes_are_private(tmp_path: Path) -> None:
    os.umask(0o022)
    root = tmp_path / "lake"
    ws = chain(root)
    write(ws, "export/az", ("plan",), texts={"plan.az.sh": "x"})
    for path in [root, *root.rglob("*")]:
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_equal_content_makes_equal_bytes_but_for_the_manifest(tmp_path: Path) -> None:
    one, two = chain(tmp_path / "one"), chain(tmp_path / "two")
    for path in sorted(one.root.rglob("*")):
        other = two.root / path.relative_to(one.root)
        if path.is_file() and path.name != "manifest.json":
            assert path.read_bytes() == other.read_bytes(), path
    assert one.digest("verify") == two.digest("verify")


# ----------------------------------------------------------------------------------------- snapshots


def test_a_snapshot_of_the_same_content_reuses_the_folder(tmp_path: Path) -> None:
    ws = scanned(tmp_path)
    scanned(tmp_path)
    assert len(ws.snapshots()) == 1


def test_snapshots_of_the_same_time_and_other_content_stand_side_by_side(tmp_path: Path) -> None:
    ws = Store(tmp_path)
    for number in range(11):
        scanned(tmp_path, f"p{number}")
    names = ws.snapshots()
    assert len(names) == 11
    assert names[-1].endswith("Z-11")
    assert ws.current_snapshot() == names[-1]
    scanned(tmp_path, "p3")  # scanned again: the last scan counts, not the newest name
    assert ws.current_snapshot() == names[3]
    assert ws.read_facts().table("grants")["principal_id"].to_list() == ["p3"]


def test_a_lost_pointer_falls_back_to_the_newest(tmp_path: Path) -> None:
    ws = scanned(tmp_path)
    scanned(tmp_path, "ben", AS_OF + timedelta(days=1))
    (tmp_path / "snapshots" / "current").write_text("")
    assert ws.read_facts().table("grants")["principal_id"].to_list() == ["ben"]


# ---------------------------------------------------------------------------------- bad content, hints


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-20]), "hash differs"),
        (lambda path: frame(4).write_parquet(path), "hash differs"),
        (lambda path: path.unlink(), "missing"),
    ],
    ids=["truncated", "edited", "deleted"],
)
def test_damaged_tables_are_refused(tmp_path: Path, damage: object, message: str) -> None:
    ws = scanned(tmp_path)
    write(ws)
    damage(tmp_path / "access" / "container_classes.parquet")  # type: ignore[operator]
    with pytest.raises(StaleInputError, match=message) as error:
        ws.read_frames("access", CLASSES)
    assert error.value.hint == f"make it again: lakezones access -w {tmp_path}"


def test_a_table_that_is_as_written_and_does_not_fit_says_how_to_make_it_again(tmp_path: Path) -> None:
    ws = scanned(tmp_path)
    write(ws, frames={"container_classes": frame().drop("container")})
    with pytest.raises(WorkspaceError, match="cannot be read") as error:
        ws.read_frames("access", CLASSES)
    assert error.value.hint == f"make it again: lakezones access -w {tmp_path}"


def test_a_damaged_snapshot_is_refused(tmp_path: Path) -> None:
    ws = scanned(tmp_path)
    path = next(tmp_path.glob("snapshots/*/grants.parquet"))
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(StaleInputError, match="hash differs") as error:
        ws.read_facts()
    assert "lakezones scan" in str(error.value.hint)


def test_an_edited_document_is_refused(tmp_path: Path) -> None:
    ws = scanned(tmp_path)
    write(ws)
    (tmp_path / "access" / "summary.json").write_text("{")
    with pytest.raises(StaleInputError, match="hash differs"):
        ws.read_document("access")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not a manifest"),
        ("[]", "not a manifest"),
        ("{}", "not a manifest"),
        ("\x00", "not a manifest"),
        (json.dumps({"format": FORMAT}), "has no 'inputs'"),
        (json.dumps({"format": FORMAT - 1}), f"written in format {FORMAT - 1}"),
        (json.dumps({"format": FORMAT + 1}), f"reads format {FORMAT}"),
    ],
)
def test_manifests_that_are_broken_or_of_another_format(tmp_path: Path, content: str, message: str) -> None:
    ws = scanned(tmp_path)
    write(ws)
    (tmp_path / "access" / "manifest.json").write_text(content)
    with pytest.raises(WorkspaceError, match=message) as error:
        ws.read_frames("access", CLASSES)
    assert "lakezones access" in str(error.value.hint)


def test_missing_things_say_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(MissingStageError, match="there is no workspace") as error:
        Store(tmp_path / "nowhere").read_facts()
    assert "lakezones scan" in str(error.value.hint)
    with pytest.raises(MissingStageError, match="no workspace"):
        Store(tmp_path / "nowhere").manifest("plan")
    ws = scanned(tmp_path)
    with pytest.raises(MissingStageError, match="plan has not been made") as error:
        ws.manifest("plan")
    assert error.value.hint == f"run: lakezones plan -w {tmp_path}"
    with pytest.raises(MissingStageError, match="no snapshot 'x'"):
        ws.read_facts("x")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot write snapshot") as error:
        scanned(tmp_path / "file" / "lake")
    assert "-w" in str(error.value.hint)
    with pytest.raises(WorkspaceError, match="cannot write"):
        scanned(tmp_path / "file")


# ---------------------------------------------------------------------------------------------- stale


@pytest.mark.parametrize("again", ["access", "proposal", "plan"])
def test_what_was_made_from_something_older_is_stale_all_the_way(tmp_path: Path, again: str) -> None:
    ws = chain(tmp_path)
    order = ["access", "proposal", "plan", "verify"]
    for stage in order:
        ws.check_fresh(stage)
    before = ws.manifest(again)["inputs"]
    write(ws, again, tuple(before), frames={"container_classes": frame(5)})
    ws.check_fresh(again)
    next_stage = order[order.index(again) + 1]
    for stage in order[order.index(again) + 1 :]:
        with pytest.raises(StaleInputError) as error:
            ws.check_fresh(stage)
        assert f"{next_stage} was made from another {again}" in error.value.message
        assert "run again: lakezones" in str(error.value.hint)


def test_the_same_content_again_is_not_stale(tmp_path: Path) -> None:
    ws = chain(tmp_path)
    write(ws, "access", tuple(ws.manifest("access")["inputs"]))
    ws.check_fresh("verify")


def test_a_newer_snapshot_makes_stale_and_an_equal_one_does_not(tmp_path: Path) -> None:
    ws = chain(tmp_path)
    scanned(tmp_path)
    ws.check_fresh("verify")
    scanned(tmp_path, "ben", AS_OF + timedelta(days=1))
    with pytest.raises(StaleInputError, match="there is a newer snapshots/20261001T000000Z") as error:
        ws.check_fresh("verify")
    assert error.value.hint == f"run again: lakezones access -w {tmp_path}"


def test_an_input_that_has_gone_is_stale(tmp_path: Path) -> None:
    ws = chain(tmp_path)
    for path in (tmp_path / "proposal").iterdir():
        path.unlink()
    with pytest.raises(StaleInputError, match="no longer"):
        ws.check_fresh("plan")


def test_what_another_process_wrote_after_reading_does_not_count_as_read(tmp_path: Path) -> None:
    ws = chain(tmp_path)
    reader = Store(tmp_path)
    reader.read_frames("access", CLASSES)
    write(ws, "access", tuple(ws.manifest("access")["inputs"]), frames={"container_classes": frame(7)})
    write(reader, "proposal", ("access",))
    with pytest.raises(StaleInputError, match="proposal was made from another access"):
        reader.check_fresh("proposal")


# ----------------------------------------------------------------------------------- kills and locks

WRITER = """
import sys, polars as pl
from lakezones.model.outputs import Outputs
from lakezones.store.workspace import Store
ws = Store(sys.argv[1])
print("ready", flush=True)
number = 0
while True:
    number += 1
    frame = pl.DataFrame({"class_id": ["k"] * 20000, "container": [f"{number}-{i}" for i in range(20000)]})
    ws.write_stage("access", Outputs(frames={"container_classes": frame}, csv={"classes": frame},
                   documents={"summary": {"number": number}}), inputs=[])
    print(number, flush=True)
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", script, *map(str, arguments)], stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_kill_at_any_moment_leaves_the_last_good_output(tmp_path: Path) -> None:
    ws = scanned(tmp_path)
    write(ws)
    generator = random.Random(7)
    seen = set()
    for _ in range(6):
        process = start(WRITER, tmp_path)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(generator.uniform(0.0, 0.4))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        table = ws.read_frames("access", CLASSES)["container_classes"]  # hashes are checked
        document = ws.read_document("access")
        assert table.height == (20000 if "number" in document else 3)
        if "number" in document:
            assert table["container"][0] == f"{document['number']}-0"
        seen.add(document.get("number"))
    write(ws)
    assert not [path for path in tmp_path.iterdir() if LEFTOVER.fullmatch(path.name)]
    assert ws.read_document("access") == {"rows": 3}
    assert len(seen) > 1, "the writer never got to write"


def test_a_run_killed_between_the_two_renames_is_taken_back(tmp_path: Path) -> None:
    ws = scanned(tmp_path)
    path = write(ws)
    path.rename(files.previous(path))
    assert ws.read_document("access") == {"rows": 3}
    assert path.is_dir()
    assert not files.previous(path).exists()


def test_leftovers_of_killed_runs_are_cleared_and_nothing_else(tmp_path: Path) -> None:
    ws = scanned(tmp_path)
    left = tmp_path / ".access.999999.tmp"
    left.mkdir()
    (left / "half.parquet").write_text("x")
    own = tmp_path / ".notes.tmp"
    own.mkdir()
    write(ws)
    assert not left.exists()
    assert own.is_dir()


HOLDER = """
import sys, time
from pathlib import Path
from lakezones.store import files
with files.locked(Path(sys.argv[1]) / ".lock", patience=1):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def test_a_second_writer_waits_or_says_so(tmp_path: Path) -> None:
    scanned(tmp_path)
    process = start(HOLDER, tmp_path, 2)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with pytest.raises(WorkspaceError, match="another lakezones is writing"):
        write(Store(tmp_path, patience=0.2))
    assert not (tmp_path / "access").exists()
    write(Store(tmp_path, patience=20))
    assert (tmp_path / "access").is_dir()
    process.wait()
    process.stdout.close()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    scanned(tmp_path)
    process = start(HOLDER, tmp_path, 60)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    process.kill()
    process.wait()
    process.stdout.close()
    write(Store(tmp_path, patience=1))


def test_manifests_say_what_was_not_read(tmp_path: Path) -> None:
    started = datetime.now(UTC)
    ws = Store(tmp_path)
    name = ws.write_snapshot({"grants": grants()}, as_of=AS_OF, sources=[{"source": "x", "pages": 2}], started=started)
    manifest = ws.manifest(f"snapshots/{name}")
    assert manifest["sources"] == [{"source": "x", "pages": 2}]
    assert "acls" in manifest["not_assessed"]
    assert manifest["rows"] == {"grants": 1}
    assert manifest["seconds"] >= 0
    assert set(manifest["outputs"]) == {"grants.parquet", "gaps.parquet", "rejected.csv"}


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise pl.exceptions.ComputeError("parquet: underlying IO error: No space left on device (os error 28)")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", full)
    ws = Store(tmp_path / "lake")
    frames = {"findings": pl.DataFrame({"a": [1]})}
    with pytest.raises(WorkspaceError, match="No space left on device"):
        ws.write_stage("access", Outputs(frames=frames), inputs=[])
    assert not ws.has("access")
    assert not [path for path in ws.root.iterdir() if path.is_dir()]


def test_a_snapshot_of_an_earlier_version_lacks_columns_and_is_read(tmp_path: Path) -> None:
    ws = Store(tmp_path)
    tables = {
        "grants": grants(),
        "accounts": pl.DataFrame({"account": ["lake"], "hns": [True], "versioning": [True]}),
        "references": pl.DataFrame(
            {
                "tool": ["sas"],
                "artifact": ["load"],
                "direction": ["read"],
                "location": ["db:loans"],
                "where": ["line 3"],
            }
        ),
        "group_owners": pl.DataFrame({"group_id": ["g1"], "owner_id": ["ana"]}),
        "systems": pl.DataFrame({"system": ["loans"], "area": ["Lending"]}),
    }
    folder = tmp_path / "snapshots" / ws.write_snapshot(tables, as_of=AS_OF)
    facts = ws.read_facts()
    for name, rows in tables.items():
        assert facts.table(name).select(rows.columns).cast(pl.String).rows() == rows.cast(pl.String).rows()
    known = ["account", "subscription_id", "resource_group", "region", "hns", "allow_shared_key", "allow_public"]
    pl.read_parquet(folder / "accounts.parquet").select(known).write_parquet(folder / "accounts.parquet")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["outputs"]["accounts.parquet"] = files.sha256(folder / "accounts.parquet")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    accounts = Store(tmp_path).read_facts().table("accounts")
    assert accounts.select("account", "hns", "versioning").rows() == [("lake", True, None)]
