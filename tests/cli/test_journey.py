"""The journey by the command line on the golden lake: outputs, exit codes, terminals, and the same bytes twice."""

import filecmp
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from tests.golden import CAPTURE
from tests.journey import STAGES, copy_of_golden_lake, golden_lake, make, run

MAIN = [sys.executable, "-c", "from lakezones.cli import main; main()"]


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return copy_of_golden_lake(tmp_path)


def files_of(root: Path) -> list[Path]:
    return sorted(path.relative_to(root) for path in root.rglob("*") if path.is_file())


def test_two_runs_are_the_same_bytes_but_for_manifests(tmp_path: Path) -> None:
    one, two = golden_lake(), make(tmp_path / "other", *STAGES)
    assert files_of(one) == files_of(two)
    differing = [path for path in files_of(one) if not filecmp.cmp(one / path, two / path, shallow=False)]
    assert {path.name for path in differing} <= {"manifest.json"}


@pytest.mark.parametrize("stage", STAGES)
def test_json_is_one_document_and_nothing_else(stage: str, lake: Path) -> None:
    ran = run(stage, "-w", lake, "--json", "-q")
    assert ran.code == 0
    assert isinstance(ran.json, dict)
    assert ran.err == ""


def test_stages_in_the_wrong_order_and_stale_ones_say_what_to_run(tmp_path: Path, lake: Path) -> None:
    root = make(tmp_path / "new")
    ran = run("plan", "-w", root)
    assert (ran.code, ran.out) == (1, "")
    assert f"hint: run: lakezones propose -w {root}" in ran.err
    newer = tmp_path / "capture"
    newer.mkdir()
    for path in CAPTURE.iterdir():
        (newer / path.name).write_bytes(path.read_bytes())
    text = (newer / "grants.csv").read_text().splitlines()
    (newer / "grants.csv").write_text("\n".join(text[:-1]) + "\n")
    assert run("scan", newer, "-w", lake, "-q").code == 0
    ran = run("export", "csv", "-w", lake)
    assert ran.code == 1
    assert f"hint: run again: lakezones access -w {lake}" in ran.err


def test_an_unwritable_folder_is_an_error_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run("scan", CAPTURE, "-w", tmp_path / "file")
    assert ran.code == 1
    assert "cannot write" in ran.err
    assert "Traceback" not in ran.err


def test_review_approve_all_makes_a_plan_that_is_not_a_draft(lake: Path, tmp_path: Path) -> None:
    assert run("export", "az", "-w", lake).code == 4
    assert run("export", "az", "-w", lake, "--debug").code == 4
    assert run("export", "az", "--draft", "-w", lake).code == 0
    for suffix in ("csv", "xlsx"):
        sheet = tmp_path / f"review.{suffix}"
        assert run("review", "export", sheet, "--approve-all", "ivy", "-w", lake).code == 0
        assert sheet.stat().st_mode & 0o777 == 0o600
        ran = run("review", "import", sheet, "-w", lake, "--json")
        assert (ran.code, ran.json["undecided"], ran.json["rejected"]) == (0, 0, 0)
    assert len((lake / "review" / "audit.jsonl").read_text().splitlines()) == 1 + ran.json["roles"]
    assert run("verify", "-w", lake).code in (0, 1)  # the draft may still be proven
    assert run("plan", "-w", lake, "--json").json["status"] != "draft"
    assert run("export", "az", "-w", lake).code == 0
    assert run("verify", "-w", lake).code == 0


def test_a_sheet_with_bad_rows_is_taken_in_part(lake: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "review.csv"
    run("review", "export", sheet, "--approve-all", "=Eva", "-w", lake)
    rows = sheet.read_text().splitlines()
    assert "'=Eva" in rows[1]
    sheet.write_text("\n".join([rows[0], rows[1].replace("role-", "rule-"), *rows[2:]]).replace("'=Eva", "Ivy") + "\n")
    ran = run("review", "import", sheet, "-w", lake)
    assert ran.code == 3
    assert "review.csv line 2: role" in ran.err
    assert pl.read_parquet(lake / "review" / "decisions.parquet")["reviewer"].unique().to_list() == ["ivy"]
    before = (lake / "review" / "audit.jsonl").read_text()
    sheet.write_bytes(sheet.read_bytes().replace(b",Ivy,", b",Ren\xe9,"))
    ran = run("review", "import", sheet, "-w", lake)
    assert ran.code == 1
    assert "line 2 is not UTF-8" in ran.err
    assert (lake / "review" / "audit.jsonl").read_text() == before


def test_a_plan_that_does_not_hold_exits_4(lake: Path, tmp_path: Path) -> None:
    edited = tmp_path / "plan.csv"
    steps = pl.read_csv(lake / "plan" / "plan.csv", infer_schema=False)
    edited.write_text(steps.with_columns(depends_on=pl.lit("[]")).write_csv())
    ran = run("verify", "--plan", edited, "-w", lake)
    assert ran.code == 4
    assert "Traceback" not in ran.err
    broken = pl.read_csv(lake / "verify" / "counterexample.csv", infer_schema=False)
    assert broken.height
    run("verify", "-w", lake)


def test_a_plan_whose_steps_depend_on_steps_that_are_not_there_does_not_hold(lake: Path, tmp_path: Path) -> None:
    edited = tmp_path / "plan.csv"
    steps = pl.read_csv(lake / "plan" / "plan.csv", infer_schema=False)
    edited.write_text(steps.filter(pl.col("action") != "gate").write_csv())
    ran = run("verify", "--plan", edited, "-w", lake)
    assert ran.code == 4
    assert "Traceback" not in ran.err
    run("verify", "-w", lake)


def test_a_control_sequence_in_a_name_does_not_reach_the_terminal(lake: Path) -> None:
    ran = run("impact", "no\x1b[31msuch", "-w", lake)
    assert ran.code == 1
    assert "\x1b" not in ran.err


def test_colour_and_width(lake: Path) -> None:
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "60", "TERM": "xterm"}
    done = subprocess.run([*MAIN, "plan", "-w", lake], capture_output=True, text=True, env=environment)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr
    assert max(map(len, done.stdout.splitlines()[1:])) <= 60


def test_a_closed_pipe_ends_quietly(lake: Path) -> None:
    command = f"{' '.join(map(repr, MAIN))} access --json -w '{lake}' | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.strip() in ("0", "1")


@pytest.mark.parametrize(
    ("raised", "code", "words"),
    [(KeyboardInterrupt(), 130, "stopped"), (ValueError("odd"), 1, "unexpected ValueError")],
)
def test_interruptions_and_faults_show_no_traceback(
    raised: BaseException, code: int, words: str, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lakezones import Workspace

    def fail(*_: object, **__: object) -> None:
        raise raised

    before = (lake / "access" / "summary.json").read_bytes()
    monkeypatch.setattr(Workspace, "access", fail)
    ran = run("access", "-w", lake)
    assert ran.code == code
    assert words in ran.err
    assert "Traceback" not in ran.err
    assert (lake / "access" / "summary.json").read_bytes() == before


def test_a_plan_edited_in_place_is_refused_and_checked_on_request(lake: Path) -> None:
    file = lake / "plan" / "plan.csv"
    file.write_text(file.read_text().replace("Storage Blob Data Reader", "Owner"))
    ran = run("verify", "-w", lake)
    assert ran.code == 1
    assert "plan.csv is not the file that was written" in ran.err
    assert run("export", "csv", "-w", lake).code == 1
    ran = run("verify", "--plan", file, "-w", lake, "--json")
    assert ran.code == 4
    assert [claim["id"] for claim in ran.json["claims"] if not claim["holds"]] == ["well-formed"]
