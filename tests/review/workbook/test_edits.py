"""Each single edit of a workbook changes exactly one decision, whoever wrote the file."""

import io
import json
import shutil
import subprocess
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakezones.model.tables import ReviewItems
from lakezones.review.workbook import HandedIn, build, hand_in
from lakezones.review.workbook.columns import FILLED
from lakezones.review.workbook.merging import SAID
from lakezones.review.workbook.reading import read
from lakezones.review.workbook.words import WORDS, DecisionWord
from lakezones.store.books import to_book
from lakezones.store.sheets import read_cells
from tests.review.lake import lake
from tests.review.workbook import books
from tests.review.workbook.books import column

PEOPLE = lake().facts.table("principals")
DAY = date(2027, 1, 31)
Said = dict[tuple[str, ...], tuple[Any, ...]]


@cache
def items() -> pl.DataFrame:
    """A few items of every kind."""
    kind = pl.col("object_kind").cast(pl.String)
    return ReviewItems.cast(
        books.items().filter((kind != "role") | pl.col("object_id").is_in(["role-fine", "role-foreign"]))
    )


def first_word(key: tuple[str, ...]) -> DecisionWord:
    """The first word of a row that needs nothing but a reason or a day."""
    return next(word for word in WORDS[key[0], key[2]] if not word.detail)


@cache
def filled() -> bytes:
    """The workbook with a decision in every row."""
    book = build(items(), books.dossiers(), as_of=lake().facts.as_of)
    opened = openpyxl.load_workbook(io.BytesIO(to_book(book)))
    opened["Summary"]["B4"] = "Olga Owner"
    for table in book.sheets[1 : 1 + len(books.SHEETS)]:
        sheet = opened[table.name]
        for number in range(2, sheet.max_row + 1):
            key = sheet.cell(number, sheet.max_column).value
            word = first_word(tuple(json.loads(key)))
            books.put(sheet, number, Decision=word.word, Your_reason="as seen", **({"Date": DAY} if word.dated else {}))
    content = io.BytesIO()
    opened.save(content)
    return content.getvalue()


def opened() -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(filled()))


def handed(path: Path) -> HandedIn:
    return hand_in(read_cells(path), items(), principals=PEOPLE)


def said(path: Path) -> Said:
    """What is decided on each part, or why nothing is."""
    made = handed(path)
    found: Said = {
        draft.key: tuple(getattr(draft, name) for name in (*SAID, "reviewer"))
        for batch in made.batches
        for draft in batch.drafts
    }
    rows = {(row.file, row.sheet, row.line): row.key for row in read(read_cells(path)).rows}
    for row in made.rejected.iter_rows(named=True):
        file, _, sheet = row["file"].partition(", sheet ")
        found[rows[file, sheet, row["line"]]] = ("rejected", row["reason"])
    return found


def differing(one: Said, other: Said) -> set[tuple[str, ...]]:
    return {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, int, str, Any]:
    """A sheet, a row of it, a column to fill in and what somebody writes there, which is not there yet."""
    book = opened()
    name = draw(st.sampled_from(books.SHEETS))
    sheet = book[name]
    row = draw(st.integers(2, sheet.max_row))
    heading = draw(st.sampled_from([cell.value for cell in sheet[1] if cell.value in FILLED]))
    now = sheet.cell(row, column(sheet, heading)).value
    words = sorted({word.word for several in WORDS.values() for word in several})
    texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Z"]), min_size=1, max_size=20)
    values: dict[str, st.SearchStrategy[Any]] = {
        "Decision": st.sampled_from([*words, "perhaps", None]),
        "Date": st.one_of(st.dates(date(2027, 2, 1), date(2029, 1, 1)), st.just("never"), st.none()),
        "Decided by": st.sampled_from(["Tom Pike", "bob"]),
    }
    value = draw(values.get(heading, st.one_of(texts, st.sampled_from(["=1+1", "'quoted", "-5", "007", "@x", " x "]))))
    return name, row, heading, value if value != now else f"{value} again"


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(edit=edits())
def test_each_single_edit_changes_exactly_one_decision(edit: tuple[str, int, str, Any], tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("edit")
    (folder / "book.xlsx").write_bytes(filled())
    before = said(folder / "book.xlsx")
    name, row, heading, value = edit
    book = opened()
    sheet = book[name]
    cell = sheet.cell(row, column(sheet, heading))
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # as text: this library keeps no value of a formula, as spreadsheets do
    book.save(folder / "book.xlsx")
    after = said(folder / "book.xlsx")
    key = tuple(json.loads(sheet.cell(row, sheet.max_column).value)[:4])
    # A date that is taken away where none is needed, or a word that means the same, may change nothing; never two.
    assert differing(before, after) <= {key}
    if heading not in ("Decision", "Date") or value in ("perhaps", "never"):
        assert differing(before, after) == {key}


def test_every_row_says_what_is_written_in_it(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(filled())
    made = said(path)
    book = build(items(), books.dossiers(), as_of=lake().facts.as_of)
    assert len(made) == sum(book.rows().values())
    assert {(one[0], one[1]) for one in made.values()} >= {
        ("approve", "proposed"),
        ("change", "leave_out"),
        ("revoke", None),
    }
    assert handed(path).rejected.is_empty()


def converted(path: Path, folder: Path) -> Path:
    """The file as LibreOffice writes it."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("no soffice on this machine to write the file anew")
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = [office, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(folder / "out"), str(path)]
    done = subprocess.run(command, capture_output=True, timeout=180)
    assert done.returncode == 0, done.stderr
    return folder / "out" / path.name


@pytest.mark.slow
def test_libreoffice_may_write_the_file_anew(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = opened()
    odd = ["=1+1", "'quoted", "-5", "007", "@x", "1,5", "2027-01-31", "ümlaut \u2013 TRUE", "two\nlines"]
    for at, text in enumerate(odd):
        books.put(book["Members"], 2 + at, Comment=text)
        book["Members"].cell(2 + at, column(book["Members"], "Comment")).data_type = "s"
    books.put(book["Findings"], 2, Date=date(2028, 2, 29))
    books.put(book["Residual"], 2, Date="31 Jan 2028")
    book["Roles"].delete_rows(2)
    book.create_sheet("Mine")["A1"] = "notes"
    book.save(path)
    assert said(converted(path, tmp_path)) == said(path)


@pytest.mark.slow
def test_libreoffice_keeps_lists_protection_and_what_is_hidden(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(books.content())
    again = openpyxl.load_workbook(converted(path, tmp_path))
    assert again.sheetnames == ["Summary", *books.SHEETS, "Lists", "How to"]
    for name in books.SHEETS:
        sheet = again[name]
        assert sheet.protection.sheet
        assert sheet.column_dimensions[sheet.cell(1, sheet.max_column).column_letter].hidden
        (lists,) = [one for one in sheet.data_validations.dataValidation if one.type == "list"]
        assert "words_" in lists.formula1
    made = handed(tmp_path / "out" / "book.xlsx")
    assert not made.batches
    assert made.rejected.is_empty()
