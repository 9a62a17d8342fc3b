"""Workbooks that come back: found by key whatever people did around the rows, and refused in plain words."""

import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from lakezones.errors import InputError, UsageError
from lakezones.review.decisions import Draft
from lakezones.review.workbook import HandedIn, flat, hand_in
from lakezones.review.workbook.columns import KEY
from lakezones.store.sheets import read_cells, write_flat
from tests.review.lake import lake
from tests.review.workbook import books
from tests.review.workbook.books import column, edited, put

PEOPLE = lake().facts.table("principals")


def handed(*files: Path, **options: Any) -> HandedIn:
    sheets = [sheet for file in files for sheet in read_cells(file)]
    return hand_in(sheets, books.items(), principals=PEOPLE, **options)


def drafts(made: HandedIn) -> list[Draft]:
    return [draft for batch in made.batches for draft in batch.drafts]


def only(path: Path, change: Callable[[Any], None], **options: Any) -> Draft:
    """The one draft that comes of a change."""
    made = handed(edited(path, change), **options)
    assert made.rejected.is_empty(), made.rejected["reason"].to_list()
    (draft,) = drafts(made)
    return draft


def refused(path: Path, change: Callable[[Any], None], **options: Any) -> str:
    """Why the one row that was changed is not taken."""
    made = handed(edited(path, change), **options)
    assert not drafts(made)
    (row,) = made.rejected.iter_rows(named=True)
    assert row["file"].startswith(path.name)
    return str(row["reason"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


def test_a_workbook_that_nobody_filled_in_says_nothing(path: Path) -> None:
    path.write_bytes(books.content())
    made = handed(path)
    assert not made.batches
    assert made.rejected.is_empty()
    assert made.unchanged == sum(books.book().rows().values())
    assert made.ignored == ["book.xlsx, Lists", "book.xlsx, How to"]


def test_a_decision_is_read_with_who_why_and_the_ticket(path: Path) -> None:
    def change(book: Any) -> None:
        book["Summary"]["B4"], book["Summary"]["B5"] = "Olga Owner", "CHG-7"
        put(book["Roles"], 2, Decision="deny", Your_reason="too wide", Comment="see mail")

    draft = only(path, change)
    first = books.book().sheets[1].frame.row(0, named=True)
    assert (draft.object_kind, draft.object_id, draft.content_hash) == (
        "role",
        first["object_id"],
        first["content_hash"],
    )
    assert (draft.decision, draft.option, draft.reviewer, draft.ticket) == ("deny", None, "Olga Owner", "CHG-7")
    assert (draft.justification, draft.comment, draft.sheet, draft.line) == ("too wide", "see mail", "Roles", 2)


def test_a_row_names_its_reviewer_and_ticket_itself(path: Path) -> None:
    def change(book: Any) -> None:
        book["Summary"]["B4"], book["Summary"]["B5"] = "Olga Owner", "CHG-7"
        put(book["Roles"], 2, Decision="approve", Decided_by="Tom Pike", Ticket="CHG-8")

    draft = only(path, change)
    assert (draft.reviewer, draft.ticket) == ("Tom Pike", "CHG-8")


@pytest.mark.parametrize(
    ("sheet", "cells", "said"),
    [
        ("Roles", {"Decision": "approve"}, ("approve", "proposed", None, None)),
        ("Roles", {"Decision": " APPROVE\u00a0Fitted"}, ("approve", "fitted", None, None)),
        (
            "Roles",
            {"Decision": "rename", "New_name_or_domain": "risk-r"},
            ("change", "rename", '{"name": "risk-r"}', None),
        ),
        ("Members", {"Decision": "leave out", "Your_reason": "moved"}, ("change", "leave_out", None, None)),
        (
            "Members",
            {"Decision": "revoke from date", "Date": date(2027, 1, 31)},
            ("revoke", None, None, date(2027, 1, 31)),
        ),
        (
            "Entitlements and containers",
            {"Decision": "Revoke", "Date": "31 Jan 2027"},
            ("revoke", None, None, date(2027, 1, 31)),
        ),
        ("Suggestions", {"Decision": "approve"}, ("approve", None, None, None)),
        ("Residual", {"Decision": "deny", "Your_reason": "x"}, ("deny", None, None, None)),
        ("Findings", {"Decision": "accept until date", "Date": 46418}, ("accept", None, None, date(2027, 1, 31))),
        (
            "Zones",
            {"Decision": "move zone", "New_zone_or_domain": "raw"},
            ("change", "move_zone", '{"zone": "raw"}', None),
        ),
    ],
)
def test_each_word_is_its_verdict(path: Path, sheet: str, cells: dict[str, Any], said: tuple[Any, ...]) -> None:
    draft = only(path, lambda book: put(book[sheet], 2, **cells), reviewer="Olga Owner")
    assert (draft.decision, draft.option, draft.detail, draft.effective) == said


@pytest.mark.parametrize(
    ("sheet", "cells", "words"),
    [
        ("Roles", {"Decision": "aprove"}, "the decision 'aprove' is not one of approve, approve fitted,"),
        ("Roles", {"Decision": "aprove"}, "did you mean 'approve'?"),
        ("Roles", {"Decision": "leave out"}, "is not one of"),
        ("Roles", {"Your_reason": "no"}, "there is 'Your reason' without a decision: choose one, or clear the cell"),
        ("Roles", {"Decision": "rename"}, "'rename' needs the new name"),
        ("Roles", {"Decision": "deny", "New_name_or_domain": "x"}, "a new name does not go with 'deny'"),
        ("Members", {"Decision": "revoke from date"}, "'revoke from date' needs a date in the column 'Date'"),
        ("Members", {"Decision": "leave out", "Date": date(2027, 1, 1)}, "a date does not go with 'leave out'"),
        ("Members", {"Decision": "revoke", "Date": "01/02/2027"}, "may be two days: write it as 2027-01-31"),
        ("Members", {"Decision": "revoke", "Date": "soon"}, "the date 'soon' is none: write it as 2027-01-31"),
        ("Members", {"Decision": "revoke", "Date": "2027-02-30"}, "is none: write it as"),
    ],
)
def test_what_cannot_be_meant_is_refused(path: Path, sheet: str, cells: dict[str, Any], words: str) -> None:
    assert words in refused(path, lambda book: put(book[sheet], 3, **cells), reviewer="Olga Owner")
    made = handed(path, reviewer="Olga Owner")
    assert made.rejected.row(0, named=True)["file"] == f"book.xlsx, sheet {sheet}"
    assert made.rejected.row(0, named=True)["line"] == 3


def test_a_ticket_or_a_name_that_was_filled_down_decides_nothing(path: Path) -> None:
    def change(book: Any) -> None:
        for row in range(2, book["Roles"].max_row + 1):
            put(book["Roles"], row, Ticket="CHG-1", Decided_by="Olga Owner")

    made = handed(edited(path, change))
    assert not made.batches
    assert made.rejected.is_empty()


def sort(sheet: Worksheet) -> None:
    """Sort the rows of a sheet the other way round."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    for at, row in enumerate(reversed(rows), start=2):
        for place, value in enumerate(row, start=1):
            sheet.cell(at, place).value = value


def shuffle(sheet: Worksheet) -> None:
    """Put the columns into another order."""
    columns = [[cell.value for cell in column] for column in sheet.iter_cols()]
    random.Random(1).shuffle(columns)
    for place, cells in enumerate(columns, start=1):
        for at, value in enumerate(cells, start=1):
            sheet.cell(at, place).value = value


def test_sorting_moving_adding_and_deleting_change_nothing(path: Path) -> None:
    def change(book: Any) -> None:
        sheet = book["Roles"]
        put(sheet, 3, Decision="deny", Your_reason="no")
        sheet.delete_rows(5)
        sort(sheet)
        shuffle(sheet)
        sheet.cell(1, sheet.max_column + 1, "My notes")
        sheet.cell(2, sheet.max_column, "ask Ann")
        sheet.insert_rows(1, 3)
        sheet["A1"] = "Review, second round"
        sheet.title = "Mine"
        book.create_sheet("Scratch")["A1"] = "x"
        del book["Findings"]
        book.move_sheet("Zones", -5)

    draft = only(path, change, reviewer="Olga Owner")
    assert draft.object_id == books.book().sheets[1].frame["object_id"][1]
    assert draft.sheet == "Mine"


def test_numbers_and_dates_that_became_text_are_the_same(path: Path) -> None:
    def change(book: Any) -> None:
        sheet = book["Members"]
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                cell.value = None if cell.value is None else str(cell.value)
        put(sheet, 2, Decision="revoke from date", Date="2027-01-31 00:00:00")

    assert only(path, change, reviewer="Olga Owner").effective == date(2027, 1, 31)


@pytest.mark.parametrize(
    ("row", "heading", "value", "words"),
    [
        (1, KEY, "x", "the column 'Key (leave as it is)' is gone"),
        (1, "Name", "Decision", "two columns named 'Decision'"),
        (2, KEY, '["role"]', "is not as it was given out"),
        (2, KEY, "[" * 9999, "is not as it was given out"),
        (2, KEY, None, "the row has no key"),
    ],
)
def test_rows_that_cannot_be_known_are_named(path: Path, row: int, heading: str, value: str | None, words: str) -> None:
    def change(book: Any) -> None:
        sheet = book["Roles"]
        put(sheet, 2, Decision="approve")
        sheet.cell(row, column(sheet, heading)).value = value

    assert words in refused(path, change, reviewer="Olga Owner")


def test_a_file_without_any_sheet_of_ours_is_refused(path: Path) -> None:
    def change(book: Any) -> None:
        for name in books.SHEETS:
            del book[name]

    with pytest.raises(InputError, match="no sheet of a review is in it"):
        handed(edited(path, change))


def test_another_reviewer_than_the_file_says_is_refused(path: Path) -> None:
    def change(book: Any) -> None:
        book["Summary"]["B4"] = "Owner, Olga"
        put(book["Roles"], 2, Decision="approve")

    assert only(path, change, reviewer="olga").reviewer == "Owner, Olga"
    with pytest.raises(UsageError, match="filled in by Owner, Olga, and --reviewer says Tom Pike"):
        handed(path, reviewer="Tom Pike")


def test_rows_of_an_older_proposal_say_what_has_changed(path: Path) -> None:
    edited(path, lambda book: put(book["Roles"], 2, Decision="approve"))
    first = books.book().sheets[1].frame.row(0, named=True)
    is_first = pl.col("object_id") == first["object_id"]
    people = pl.when(is_first).then(pl.col("people") + 2).otherwise("people")
    grown = books.items().with_columns(
        people=people, content_hash=pl.when(is_first).then(pl.lit("new")).otherwise("content_hash")
    )
    made = hand_in(read_cells(path), grown, principals=PEOPLE, reviewer="Olga Owner")
    (reason,) = made.rejected["reason"]
    assert reason.startswith(f"{first['name']} has changed since the file was given out (people {first['people']}, now")
    gone = books.items().filter(~is_first)
    made = hand_in(read_cells(path), gone, principals=PEOPLE, reviewer="Olga Owner")
    assert "is not in the proposal" in made.rejected["reason"][0]


def two(tmp_path: Path, one: dict[str, Any], other: dict[str, Any]) -> HandedIn:
    files = []
    for name, cells in (("Olga Owner", one), ("Tom Pike", other)):

        def change(book: Any, name: str = name, cells: dict[str, Any] = cells) -> None:
            book["Summary"]["B4"] = name
            put(book[cells.get("sheet", "Roles")], 2, **{key: value for key, value in cells.items() if key != "sheet"})

        files.append(edited(tmp_path / f"{name[:3]}.xlsx", change))
    return handed(*files)


def test_two_who_agree_do_not_conflict(tmp_path: Path) -> None:
    made = two(tmp_path, {"Decision": "approve"}, {"Decision": "approve"})
    assert [draft.reviewer for draft in drafts(made)] == ["Olga Owner", "Tom Pike"]
    assert not made.conflicts


def test_one_denial_is_taken_and_shown(tmp_path: Path) -> None:
    made = two(tmp_path, {"Decision": "approve"}, {"Decision": "deny", "Your_reason": "no"})
    assert [draft.decision for draft in drafts(made)] == ["approve", "deny"]
    (conflict,) = made.conflicts
    assert conflict.sentence.endswith(
        "Olga Owner says approve (Olg.xlsx, sheet Roles row 2); Tom Pike says deny (Tom.xlsx, sheet Roles row 2);"
        " one denial denies"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"Decision": "rename", "New_name_or_domain": "a"}, {"Decision": "rename", "New_name_or_domain": "b"}),
        ({"Decision": "approve"}, {"Decision": "approve fitted"}),
        (
            {"sheet": "Members", "Decision": "leave out", "Your_reason": "x"},
            {"sheet": "Members", "Decision": "revoke", "Date": "2027-01-31", "Your_reason": "x"},
        ),
    ],
)
def test_changes_that_contradict_each_other_are_listed_and_none_is_taken(
    tmp_path: Path, one: dict[str, Any], other: dict[str, Any]
) -> None:
    made = two(tmp_path, one, other)
    assert not drafts(made)
    assert made.rejected.height == 2
    assert made.rejected["file"].n_unique() == 2
    (conflict,) = made.conflicts
    assert "none is taken: agree on one" in conflict.sentence


def test_a_file_handed_in_twice_counts_once(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        book["Summary"]["B4"] = "Olga Owner"
        put(book["Roles"], 2, Decision="approve")

    files = [edited(tmp_path / name, change) for name in ("a.xlsx", "b.xlsx")]
    assert len(drafts(handed(*files))) == 1


def test_a_flat_file_says_the_same(tmp_path: Path) -> None:
    table = flat(books.items(), as_of=lake().facts.as_of)
    file = tmp_path / "review.csv"
    write_flat(file, table.with_columns(decision=pl.when(pl.col("object_id") == "zone-1").then(pl.lit("approve"))))
    text = file.read_text()
    (draft,) = drafts(handed(file, reviewer="Olga Owner"))
    assert (draft.object_kind, draft.object_id, draft.decision) == ("zone", "zone-1", "approve")
    assert draft.line == 1 + next(at for at, line in enumerate(text.splitlines()) if ",zone-1," in line)
    # As Excel saves it where the comma is the decimal mark.
    frame = pl.read_csv(file, infer_schema=False)
    file.write_bytes(b"\xef\xbb\xbf" + frame.write_csv(separator=";").encode())
    assert drafts(handed(file, reviewer="Olga Owner")) == [draft]


def test_scripts_may_write_the_columns_of_decisions(tmp_path: Path) -> None:
    first = books.items().row(0, named=True)
    file = tmp_path / "review.csv"
    rows = {name: [str(first[name])] for name in ("object_kind", "object_id", "content_hash")}
    made = {
        "decision": ["change"],
        "option": ["merge"],
        "detail": ['{"into": "role-fine"}'],
        "reviewer": ["Olga Owner"],
    }
    pl.DataFrame(rows | made).write_csv(file)
    (draft,) = drafts(handed(file))
    assert (draft.decision, draft.option, draft.detail) == ("change", "merge", '{"into": "role-fine"}')
