"""Suggestions by the command line: proposed, reviewed in a spreadsheet, planned, proven."""

import csv
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from shutil import copytree
from tempfile import mkdtemp

import polars as pl
import pytest
from tests.journey import run
from tests.plan.staff import tables

Row = dict[str, str]


@cache
def proposed() -> Path:
    """A workspace with two suggestions."""
    folder = Path(mkdtemp(prefix="staff-"))
    capture = folder / "capture"
    capture.mkdir()
    reviewers = pl.DataFrame({"principal_id": ["Eva", "Max"], "kind": "user"})
    for name, frame in tables().items():
        if name == "principals":
            frame = pl.concat([frame, reviewers], how="diagonal")
        frame.write_csv(capture / f"{name}.csv")
    lake = folder / "lake"
    lake.mkdir()
    (lake / "lakezones.toml").write_text("[roles]\nmin_members = 3\n")
    for words in (["scan", capture], ["access"], ["propose"]):
        ran = run(*words, "-w", lake)
        assert ran.code == 0, ran.err
    return lake


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return Path(copytree(proposed(), tmp_path / "lake"))


def fill(lake: Path, change: Callable[[Row], None], **style: str) -> Path:
    """The sheet with all roles approved and `change` made to every row, as a spreadsheet would save it."""
    sheet = lake.parent / "review.csv"
    assert run("review", "export", sheet, "--approve-all", "Eva", "-w", lake).code == 0
    with sheet.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        change(row)
    with sheet.open("w", newline="", encoding=style.pop("encoding", "utf-8")) as file:
        writer = csv.DictWriter(file, list(rows[0]), **style)  # type: ignore[arg-type]
        writer.writeheader()
        writer.writerows(rows)
    return sheet


def say(verdict: str, *, on: str = "") -> Callable[[Row], None]:
    """A decision on the suggestions of a person, or on all."""

    def change(row: Row) -> None:
        if row["object_kind"] == "suggestion" and on in row["sentence"]:
            row |= {"decision": verdict, "reviewer": "Max", "justification": "as discussed"}

    return change


def roles(lake: Path) -> int:
    return pl.read_csv(lake / "proposal" / "roles.csv", infer_schema=False).height


def approvals(lake: Path) -> pl.DataFrame:
    return pl.read_csv(lake / "plan" / "approvals.csv", infer_schema=False)


def test_approved_suggestions_are_planned_and_proven(lake: Path) -> None:
    sheet = fill(lake, say("approve"))
    ran = run("review", "import", sheet, "-w", lake, "--json")
    assert (ran.code, ran.json["suggestions_waiting"], ran.json["undecided"]) == (0, 2, 0)
    # New access takes two: until the second has agreed, nobody gets it.
    ran = run("plan", "-w", lake)
    assert "2 suggestions waiting for a second reviewer" in ran.err
    assert approvals(lake).is_empty()
    assert run("verify", "-w", lake).code == 0
    ran = run("plan", "--accept-asserted", "-w", lake)
    assert "approved as new      " in ran.out
    assert "not granted" not in ran.out
    assert "taken without a second reviewer or evidence, as --accept-asserted says: 2 suggestion" in ran.err
    manifest = json.loads((lake / "plan" / "manifest.json").read_text("utf-8"))
    assert manifest["accepted_asserted"] is True
    summary = json.loads((lake / "plan" / "summary.json").read_text("utf-8"))
    assert summary["accepted_asserted"] == {"suggestion": 2}
    left = pl.read_csv(lake / "target" / "untouched.csv", infer_schema=False)
    assert set(left["standing"]) <= {"undecided"}
    assert approvals(lake)["approved_by"].to_list() == ["Max", "Max"]
    ran = run("verify", "-w", lake, "--json")
    assert (ran.code, ran.json["holds"]) == (0, True)
    [claim] = [one for one in ran.json["claims"] if one["id"] == "approvals"]
    assert claim["checked"] == "2 approved suggestions; 2 approvals taken without evidence of two, as the plan says"
    assert run("export", "csv", "-w", lake).code == 0
    items = pl.read_csv(lake / "export" / "csv" / "items.csv", infer_schema=False).drop_nulls("approval")
    assert {one for text in items["approval"] for one in json.loads(text)} == set(approvals(lake)["suggestion_id"])
    assert run("report", "-w", lake).code == 0


def test_a_denied_suggestion_leaves_no_trace(lake: Path) -> None:
    run("review", "import", fill(lake, lambda _: None), "-w", lake)
    run("plan", "-w", lake)
    names = ("plan.csv", "waves.csv", "limits.csv", "approvals.csv", "items.parquet", "summary.json")
    before = {name: (lake / "plan" / name).read_bytes() for name in names}
    assert run("review", "import", fill(lake, say("deny")), "-w", lake).code == 0
    run("plan", "-w", lake)
    assert {name: (lake / "plan" / name).read_bytes() for name in names} == before
    assert run("verify", "-w", lake).code == 0


def test_an_approval_that_no_longer_fits_is_told_and_not_granted(lake: Path) -> None:
    run("review", "import", fill(lake, say("approve")), "-w", lake)
    assert run("propose", "--no-suggest", "-w", lake).code == 0
    ran = run("plan", "-w", lake)
    assert ran.code == 0
    assert "2 approved suggestions lapsed, first s-" in ran.err
    assert "it is no longer suggested" in ran.err
    assert "hint:" in ran.err
    assert "approved as new      2 lapsed" in ran.out
    assert approvals(lake)["outcome"].to_list() == ["lapsed"] * 2
    assert run("verify", "-w", lake).code == 0


def test_a_plan_whose_new_access_was_withdrawn_is_stale_and_an_older_one_does_not_hold(lake: Path) -> None:
    run("review", "import", fill(lake, say("approve")), "-w", lake)
    run("plan", "--accept-asserted", "-w", lake)
    older = (lake / "plan" / "plan.csv").read_bytes()
    run("review", "import", fill(lake, say("deny", on="Risk")), "-w", lake)
    ran = run("verify", "-w", lake)
    assert ran.code == 1
    assert "hint: run again: lakezones plan" in ran.err
    run("plan", "-w", lake)
    assert run("verify", "-w", lake).code == 0
    (lake.parent / "older.csv").write_bytes(older)
    assert run("verify", "--plan", lake.parent / "older.csv", "-w", lake).code == 4


def test_a_sheet_that_excel_saved_loses_nothing(lake: Path) -> None:
    def odd(row: Row) -> None:
        say("approve", on="Risk0")(row)
        say("aprove", on="Risk1")(row)
        row["evidence"] = "two\nlines; and a semicolon"

    sheet = fill(lake, odd, encoding="utf-8-sig", delimiter=";", lineterminator="\r\n")
    text = sheet.read_bytes()
    sheet.write_bytes(
        text + text.splitlines(keepends=True)[1].replace(b"role-", b"role-x") + b'lines"' + b";" * 3 + b"\r\n"
    )
    ran = run("review", "import", sheet, "-w", lake)
    assert ran.code == 3
    rejected = pl.read_csv(lake / "review" / "rejected.csv", infer_schema=False)
    assert rejected["reason"].sort().to_list() == [
        "role role-x" + text.split(b"role-")[1][:10].decode() + " is not in the proposal: it is from another one",
        "the decision 'aprove' is not one of approve, deny, defer; did you mean 'approve'?",
    ]
    taken = pl.read_csv(lake / "review" / "decisions.csv", infer_schema=False)
    assert taken.filter(pl.col("reviewer") == "Max")["object_kind"].to_list() == ["suggestion"]
    assert taken["object_kind"].to_list().count("role") == roles(lake)


def test_a_workbook_says_the_same(lake: Path) -> None:
    book = lake.parent / "review.xlsx"
    assert run("review", "export", book, "--approve-all", "Eva", "-w", lake).code == 0
    ran = run("review", "import", book, "-w", lake, "--json")
    assert (ran.json["approved"], ran.json["suggestions_undecided"]) == (roles(lake), 2)
    assert ran.json["rejected"] == 0
