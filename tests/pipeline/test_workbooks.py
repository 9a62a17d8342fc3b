"""Workbooks of a workspace: who gets which rows, what an import changes, and that a second one changes nothing."""

from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from lakezones.errors import NotFoundError
from lakezones.pipeline import Workspace
from lakezones.pipeline.workbooks import BookWish, ImportedSheets, import_sheets, review_book, review_flat
from lakezones.store.sheets import read_cells, write_book
from tests.journey import copy_of_golden_lake
from tests.review.workbook.books import put


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace(copy_of_golden_lake(tmp_path))


def given_out(ws: Workspace, name: str = "book.xlsx", **wish: str) -> Path:
    path = ws.root.parent / name
    write_book(path, review_book(ws, BookWish(**wish)))
    return path


def fill(path: Path, *rows: tuple[str, int, dict[str, Any]]) -> Path:
    book = openpyxl.load_workbook(path)
    for sheet, number, cells in rows:
        put(book[sheet], number, **cells)
    book.save(path)
    return path


def taken(ws: Workspace, *files: Path, **options: str) -> ImportedSheets:
    return import_sheets(ws, [sheet for file in files for sheet in read_cells(file)], **options)


def test_a_workbook_that_comes_back_as_it_was_changes_nothing(ws: Workspace) -> None:
    done = taken(ws, given_out(ws))
    assert done.sentence.startswith("no decision; ")
    assert not ws.has("review")
    assert done.rejected.is_empty()


def test_what_is_filled_in_is_decided_once(ws: Workspace) -> None:
    path = fill(
        given_out(ws),
        ("Roles", 2, {"Decision": "approve"}),
        ("Roles", 3, {"Decision": "deny", "Your_reason": "too wide"}),
        ("Members", 2, {"Decision": "leave out", "Your_reason": "moved"}),
    )
    done = taken(ws, path, reviewer="ivy", ticket="CHG-1")
    assert done.sentence.startswith("3 decisions: 1 role approved, 1 role denied, 1 person left out; ")
    assert done.sentence.endswith(" rows unchanged")
    made = ws.in_force()
    assert made["ticket"].unique().to_list() == ["CHG-1"]
    assert made["source"][0].startswith("workbook-")
    log = ws.read_log()
    again = taken(ws, path, reviewer="ivy", ticket="CHG-1")
    assert again.sentence.startswith("no decision; ")
    assert ws.read_log() == log
    now = review_book(ws, BookWish()).sheets[1].frame
    assert [standing.split(" by ")[0] for standing in now["standing"].drop_nulls()] == ["approved", "denied"]
    members = review_book(ws, BookWish()).sheets[2].frame["standing"].drop_nulls().to_list()
    assert [standing.split(" by ")[0] for standing in members] == ["left out"]
    changed = taken(ws, fill(path, ("Roles", 2, {"Comment": "as discussed"})), reviewer="ivy", ticket="CHG-1")
    assert changed.summary["changed"] == 1


def test_rejected_rows_are_listed_and_decide_nothing(ws: Workspace) -> None:
    path = fill(given_out(ws), ("Roles", 2, {"Decision": "aprove"}))
    done = taken(ws, path, reviewer="ivy")
    assert done.summary["rejected"] == 1
    listed = pl.read_csv(ws.root / "review" / "rejected.csv", infer_schema=False)
    assert listed.select("file", "line").row(0) == ("book.xlsx, sheet Roles", "2")
    assert ws.read_decisions() is None
    assert ws.plan().summary["status"] == "draft"


def test_two_workbooks_are_two_sources(ws: Workspace) -> None:
    row = ("Roles", 2, {"Decision": "approve"})
    files = [fill(given_out(ws, f"{who}.xlsx", approve_all=who), row) for who in ("ivy", "kim")]
    for file in files:
        book = openpyxl.load_workbook(file)
        for number in range(3, book["Roles"].max_row + 1):
            book["Roles"].cell(number, 1).value = None
        book.save(file)
    taken(ws, *files)
    made = ws.in_force()
    assert made["source"].n_unique() == made["reviewer"].n_unique() == made.height == 2


def test_two_people_get_workbooks_of_their_own_on_the_same_items(ws: Workspace) -> None:
    row = ("Roles", 2, {"Decision": "approve"})
    files = [fill(given_out(ws, f"{who}.xlsx", person=who), row) for who in ("ivy", "kim")]
    taken(ws, *files, ticket="CHG-2")
    made = ws.in_force()
    assert made["source"].n_unique() == made["reviewer"].n_unique() == made.height == 2
    with pytest.raises(NotFoundError, match="'nobody at all' is not in the directory"):
        review_book(ws, BookWish(person="nobody at all"))


def test_a_workbook_is_for_somebody_a_domain_or_a_worklist(ws: Workspace) -> None:
    every = review_flat(ws, BookWish())
    for column, wish in (("asked", "reviewer"), ("domain", "domain"), ("worklist", "worklist")):
        name = every[column].drop_nulls()[0]
        part = review_flat(ws, BookWish(**{wish: name}))
        assert part[column].unique().to_list() == [name]
        assert part.height == every.filter(pl.col(column) == name).height
    with pytest.raises(NotFoundError, match="nothing to decide for domain 'moon'") as caught:
        review_book(ws, BookWish(domain="moon"))
    assert str(caught.value.hint).startswith("there is ")


def test_the_same_workspace_gives_the_same_bytes(ws: Workspace) -> None:
    assert given_out(ws, "a.xlsx").read_bytes() == given_out(ws, "b.xlsx").read_bytes()
