"""The workbook as it is given out: its sheets, its words, its protection, and the same bytes twice."""

import io
import re
import zipfile

import openpyxl
import pytest

from lakezones.review.decisions.vocabulary import sayable
from lakezones.review.workbook.columns import FILLED, KEY
from lakezones.review.workbook.words import WORDS
from lakezones.store.books import to_book
from tests.review.workbook import books


@pytest.fixture(scope="module")
def opened() -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(books.content()))


def test_sheets_are_in_the_order_of_working(opened: openpyxl.Workbook) -> None:
    assert opened.sheetnames == ["Summary", *books.SHEETS, "Lists", "How to"]


def test_the_same_items_give_the_same_bytes_and_another_reviewer_another_id() -> None:
    assert to_book(books.book()) == books.content()
    ids = {books.book(decider=who).sheets[1].frame["key"][0] for who in ("", "Ann", "Bob")}
    assert len(ids) == 3


@pytest.mark.parametrize("name", books.SHEETS)
def test_the_decision_comes_first_and_the_key_last_and_hidden(opened: openpyxl.Workbook, name: str) -> None:
    sheet = opened[name]
    headings = [cell.value for cell in sheet[1]]
    assert headings[0] == "Decision"
    assert headings[-1] == KEY
    assert sheet.column_dimensions[sheet.cell(1, len(headings)).column_letter].hidden
    assert sheet.freeze_panes.endswith("2")
    assert sheet.auto_filter.ref.startswith("A1:")
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape"
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize("name", books.SHEETS)
def test_only_what_is_to_be_filled_in_is_open(opened: openpyxl.Workbook, name: str) -> None:
    sheet = opened[name]
    assert sheet.protection.sheet
    assert not sheet.protection.password
    for cell in sheet[1]:
        below = sheet.cell(2, cell.column)
        assert below.protection.locked == (cell.value not in FILLED), cell.value


@pytest.mark.parametrize("name", books.SHEETS)
def test_the_decision_and_the_reason_for_it_are_in_view_on_a_laptop(opened: openpyxl.Workbook, name: str) -> None:
    sheet = opened[name]
    pixels = 30.0  # row numbers
    for cell in sheet[1]:
        # ECMA-376 part 1, 18.3.1.13: width in characters of 7 pixels, padding included.
        pixels += sheet.column_dimensions[cell.column_letter].width * 7
        if cell.value == "Your reason":
            break
    assert pixels <= 1366 - 20  # the scroll bar


def test_words_are_those_of_the_vocabulary_but_for_splits_and_merges(opened: openpyxl.Workbook) -> None:
    for (kind, part), words in WORDS.items():
        said = {(word.verdict, word.option) for word in words}
        assert set(sayable(kind, part)) - said <= {("change", "split"), ("change", "merge")}
        assert len({word.word for word in words}) == len(words)
    lists = [cell.value for cell in opened["Lists"]["A"]]
    assert lists == ["words role", "approve", "approve fitted", "rename", "move domain", "deny", "defer"]


def test_ends_of_access_and_shapes_of_roles_share_no_word() -> None:
    ending = {word.word for words in WORDS.values() for word in words if word.verdict == "revoke"}
    others = {word.word for words in WORDS.values() for word in words if word.verdict != "revoke"}
    assert ending == {"revoke from date"}
    assert not ending & others


def test_nothing_in_it_is_run_or_leads_outside() -> None:
    with zipfile.ZipFile(io.BytesIO(books.content())) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode()
            assert 'TargetMode="External"' not in text, name
            formulas = re.findall(r"<f>(.*?)</f>", text)
            assert all(re.fullmatch(r"(\d+-)?COUNTA\('[A-Za-z ]+'!\$A\$2:\$A\$\d+\)", one) for one in formulas), name
