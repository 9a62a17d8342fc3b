"""`review status` says first how far the review is; the tables fit a narrow terminal; bad reviewers are named."""

import json
import shutil
from pathlib import Path

import pytest
from tests.cli.test_commands import run
from tests.journey import golden_lake


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    return Path(shutil.copytree(golden_lake(), tmp_path / "lake"))


def test_the_sentence_comes_first_and_everything_is_in_the_document(ws: Path) -> None:
    shown = run("review", "status", "-w", ws)
    assert shown.code == 0, shown.err
    found = json.loads(run("review", "status", "-w", ws, "--json").out)
    assert shown.out.splitlines()[0] == found["sentence"]
    assert found["sentence"].startswith(f"0 of {found['items']:,} items are decided; ")
    assert found["left"] == found["items"] == sum(row["left"] for row in found["by_reviewer"])
    assert "By reviewer" in shown.out


def test_a_narrow_terminal_cuts_nothing_off(ws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    lines = run("review", "status", "-w", ws).out.splitlines()
    tables = lines[lines.index("By kind") :]
    assert max(len(line) for line in tables if not line.startswith("By ")) <= 40


def test_rows_of_reviewers_that_cannot_be_used_are_named_and_the_rest_counts(ws: Path) -> None:
    (ws / "reviewers.csv").write_text("Kind;Reviewer\nrole;Nobody Known\npilot;security team\n", "utf-8")
    shown = run("review", "status", "-w", ws)
    assert shown.code == 3
    assert "reviewers.csv line 2: " in shown.err
    found = json.loads(run("review", "status", "-w", ws, "--json").out)
    assert found["reviewers_rejected"][0]["line"] == 2
    (ws / "reviewers.csv").write_text("kind\nrole\n", "utf-8")
    broken = run("review", "status", "-w", ws)
    assert broken.code == 1
    assert "needs one column 'reviewer'" in broken.err
