"""The whole way of an import under attack: whatever is handed in, the log only grows, and what it says is allowed.

Every sheet is imported by the command. Afterwards the old log begins the new one, both checkpoints hold, decisions in
force are of known people on what is proposed, nobody decided in their own favour, nothing claims evidence that a sheet
cannot give, and every row that says something was taken, was known, or is listed with the reason.
"""

import io
import random
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from lakezones.pipeline import Workspace
from lakezones.pipeline.bound import ReviewBasis
from lakezones.pipeline.workbooks import BookWish, review_book, review_flat
from lakezones.review.decisions import sayable
from lakezones.review.log import Checkpoint, read, verify
from lakezones.store.sheets import write_book
from tests.journey import Ran, golden_lake, run
from tests.torture import sheets
from tests.torture.test_review import lake

PEOPLE = {"ana", "ben", "cat", "dan", "eve", "fay", "gus", "hal", "ivy", "jon", "kim"}


@cache
def basis() -> ReviewBasis:
    return Workspace(golden_lake()).review_basis()


@cache
def flat() -> list[sheets.Row]:
    return sheets.as_rows(review_flat(Workspace(golden_lake()), BookWish()))


def check_run(ran: Ran, where: str) -> None:
    assert ran.code in (0, 1, 2, 3), (where, ran.err[-500:])
    assert "Traceback" not in ran.err, (where, ran.err[-900:])
    assert "fault of lakezones" not in ran.err, (where, ran.err)
    assert ran.code not in (1, 2) or "hint:" in ran.err, (where, ran.err)


def check_log(root: Path, before: str, point: str, where: str) -> str:
    """The log grew from what it was, and everything beside it follows from it."""
    ws = Workspace(root)
    log, newest = ws.read_log(), ws.read_checkpoint()
    assert log.startswith(before), where
    if newest:
        verdict = verify(log, Checkpoint.parse(newest), older=Checkpoint.parse(point) if point else None)
        assert verdict.holds, (where, verdict.faults)
        assert verdict.records == verdict.covered, where
    check_decisions(ws.in_force(), where)
    for record in read(log):
        assert record["kind"] in ("batch", "decision"), where
        assert record.get("key_id") is None, (where, "a sheet cannot sign")
        assert record.get("campaign") is None, where
        assert "1999" not in str(record.get("decided_at")), where
    return log


def check_decisions(decisions: pl.DataFrame, where: str) -> None:
    """Whoever decided may do so, on what there is, and says what the button would have said."""
    hashes = {(kind, one): seen for kind, one, seen in basis().hashes.iter_rows()}
    gaining = basis().proposal.suggestions.select("suggestion_id", "principal_id").iter_rows()
    gains = dict(gaining)
    for row in decisions.with_columns(pl.col(pl.Enum).cast(pl.String)).iter_rows(named=True):
        what = (where, row["object_kind"], row["object_id"], row["decision"], row["reviewer"])
        assert row["reviewer"] in PEOPLE, what
        assert hashes[row["object_kind"], row["object_id"]] == row["content_hash"], what
        said = {verdict for verdict, _ in sayable(row["object_kind"], row["part_kind"])}
        assert row["decision"] in said, what
        assert ("access ends" in row["effect"]) == (row["decision"] == "revoke"), what
        assert (row["access_ended"] or 0) == 0 or row["decision"] == "revoke", what
        assert row["decision"] != "revoke" or row["effective"] is not None, what
        if row["object_kind"] == "suggestion" and row["decision"] == "approve":
            assert gains[row["object_id"]] != row["reviewer"], what


def hand_in(root: Path, file: Path, where: str, *words: str) -> Ran:
    ws = Workspace(root)
    before, point = (ws.read_log(), ws.read_checkpoint()) if ws.has("review") else ("", "")
    ran = run("review", "import", file, *words, "-w", root, "--json")
    check_run(ran, where)
    if Workspace(root).has("review"):
        check_log(root, before, point, where)
    return ran


def check_heard(root: Path, rows: list[sheets.Row], places: list[range], where: str) -> None:
    """Each row that says something is in force as it says, or is listed with its line."""
    listed = pl.read_csv(root / "review" / "rejected.csv", infer_schema=False)
    lines = {int(line) for line in listed["line"].drop_nulls()}
    made = Workspace(root).in_force().with_columns(pl.col("object_kind", "part_kind", "decision").cast(pl.String))
    said = set(made.select("object_kind", "object_id", "part_kind", "part_id", "decision").rows())
    same: dict[str, set[int]] = {}  # a row that is there twice is taken, or listed, once
    for row, place in zip(rows, places, strict=True):
        same.setdefault(str(row), set()).update(place)
    for row in rows:
        if row["decision"].strip() and not lines & same[str(row)]:
            key = (*(row[name].strip() for name in ("object_kind", "object_id")), row.get("part_kind", ""))
            found = (*key, row.get("part_id", ""), row["decision"].strip().lower())
            assert found in said, (where, found)


def attacked(root: Path, *, seed: int, rounds: int) -> int:
    """CSV files, whole ones and damaged ones, one after the other into one workspace; how many decisions were made."""
    draw = random.Random(seed)
    made = 0
    for number in range(rounds):
        where = f"seed {seed}, round {number}"
        rows = sheets.filled(draw.sample(flat(), 25), draw)
        data, places = sheets.written(rows, draw)
        harmed = number % 3 == 2
        file = root.parent / f"sheet-{number}.csv"
        file.write_bytes(sheets.damaged(data, draw) if harmed else data)
        ran = hand_in(root, file, where, *draw.choice([(), ("--reviewer", "ivy"), ("--ticket", "CHG-9")]))
        if not harmed and ran.code in (0, 3):
            made += ran.json["changed"]
            check_heard(root, rows, places, where)
    return made


@pytest.mark.parametrize("seed", range(3))
def test_no_sheet_gets_past_the_rules(seed: int, tmp_path: Path) -> None:
    assert attacked(lake(tmp_path / "lake"), seed=seed, rounds=4), "some decisions are taken"


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(3, 33))
def test_none_of_many_sheets_gets_past_the_rules(seed: int, tmp_path: Path) -> None:
    attacked(lake(tmp_path / "lake"), seed=seed, rounds=10)


@cache
def book() -> bytes:
    out = golden_lake().parent / "book.xlsx"
    write_book(out, review_book(Workspace(golden_lake()), BookWish()))
    return out.read_bytes()


def scribbled(draw: random.Random) -> bytes:
    """The workbook with anything in any cell."""
    opened: Any = openpyxl.load_workbook(io.BytesIO(book()))
    values = [*sheets.TEXTS[:6], *sheets.VERDICTS, *sheets.REVIEWERS, *sheets.DAYS, 7, -1.5, 1e300, True, None]
    for name in draw.sample(opened.sheetnames, min(4, len(opened.sheetnames))):
        sheet = opened[name]
        for _ in range(draw.randint(1, 60)):
            cell = sheet.cell(draw.randint(1, sheet.max_row + 2), draw.randint(1, sheet.max_column + 1))
            value = draw.choice(values)
            if isinstance(value, str):
                value = "".join(c for c in value if c >= " " or c in "\n\t")[:32_000]
            if type(cell).__name__ == "Cell":
                cell.value = value
        if draw.random() < 0.2:
            sheet.delete_rows(draw.randint(1, sheet.max_row), draw.randint(1, 3))
        if draw.random() < 0.1:
            sheet.delete_cols(draw.randint(1, sheet.max_column))
    if draw.random() < 0.2:
        opened.create_sheet("mine")["A1"] = "decision"
    out = io.BytesIO()
    opened.save(out)
    return out.getvalue()


def scribbled_on(root: Path, *, seed: int, rounds: int) -> None:
    draw = random.Random(seed)
    for number in range(rounds):
        data = scribbled(draw)
        file = root.parent / f"book-{number}.xlsx"
        file.write_bytes(sheets.damaged(data, draw) if number % 4 == 3 else data)
        hand_in(root, file, f"seed {seed}, round {number}", *draw.choice([(), ("--reviewer", "ivy")]))


def test_no_workbook_gets_past_the_rules(tmp_path: Path) -> None:
    scribbled_on(lake(tmp_path / "lake"), seed=1, rounds=4)


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(2, 22))
def test_none_of_many_workbooks_gets_past_the_rules(seed: int, tmp_path: Path) -> None:
    scribbled_on(lake(tmp_path / "lake"), seed=seed, rounds=8)
