"""Workbooks as files: text that comes back, sizes checked before anything is unpacked, files open or broken."""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from lakezones.errors import InputError, UsageError
from lakezones.model.book import Book, BookCell, BookColumn, BookLists, BookPage, BookTable
from lakezones.store import books, sheets
from lakezones.store.books import to_book
from lakezones.store.tables import unescape
from tests.store.test_tables import HOSTILE

AS_OF = datetime(2026, 9, 30, tzinfo=UTC)


def one(frame: pl.DataFrame) -> Book:
    columns = [BookColumn(name=name, heading=name.upper()) for name in frame.columns]
    return Book(title="T", created=AS_OF, sheets=[BookTable(name="Rows", columns=columns, frame=frame)])


def saved(path: Path, **pages: list[list[str]]) -> Path:
    """A workbook with these rows on its sheets, as somebody else's program writes it."""
    with xlsxwriter.Workbook(path) as workbook:
        for name, rows in pages.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\r" not in text])
def test_a_workbook_keeps_text(text: str, tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [text, "http://x.example"], "b": ["007", None]})
    path = tmp_path / "x.xlsx"
    sheets.write_book(path, one(frame))
    assert path.stat().st_mode & 0o777 == 0o600
    (cells,) = sheets.read_cells(path)
    assert cells.frame.row(0) == ("A", "B")
    back = cells.frame.slice(1).with_columns(unescape(name) for name in cells.frame.columns)
    shown = [None if text == "" else pl.Series([text]).str.replace_all(books.UNSEEN, "\ufffd")[0], "http://x.example"]
    assert back.rows() == list(zip(shown, ["007", None], strict=True))


def test_characters_that_steer_or_hide_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    sheets.write_book(path, one(pl.DataFrame({"a": ["Ana\u202e eaB", "An\u200ba", "x\x1b[31m"]})))
    (cells,) = sheets.read_cells(path)
    assert cells.frame.to_series().to_list() == ["A", "Ana\ufffd eaB", "An\ufffda", "x\ufffd[31m"]


def test_the_same_book_is_the_same_bytes_and_formulas_are_ours_alone() -> None:
    page = BookPage(name="Page", widths=[9, 9], rows=[[BookCell("=1+1"), BookCell(3, "count", formula="=COUNTA(A1)")]])
    book = Book(title="T", created=AS_OF, sheets=[page, BookLists()], lists={"words": ["a", "b"]})
    assert to_book(book) == to_book(book)
    with zipfile.ZipFile(io.BytesIO(to_book(book))) as archive:
        assert archive.read("xl/worksheets/sheet1.xml").count(b"<f>") == 1
        assert b">'=1+1<" in archive.read("xl/sharedStrings.xml")


def test_lines_are_those_of_the_sheet_whatever_lies_above(tmp_path: Path) -> None:
    path = saved(tmp_path / "b.xlsx", Cover=[["Please review"]], Rows=[[], [], ["id"], ["r1"]])
    cover, rows = sheets.read_cells(path)
    assert (cover.sheet, rows.sheet) == ("Cover", "Rows")
    assert dict(zip(rows.lines, rows.frame.to_series(), strict=True)) == {1: None, 2: None, 3: "id", 4: "r1"}


def test_a_sheet_without_cells_is_no_error(tmp_path: Path) -> None:
    path = saved(tmp_path / "b.xlsx", Empty=[], Rows=[["id"]])
    assert [one.sheet for one in sheets.read_cells(path)] == ["Empty", "Rows"]


def test_a_sheet_that_spans_too_many_cells_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        workbook.add_worksheet("review").write(1_048_575, 16_383, "x")
    with pytest.raises(InputError, match=r"a sheet of 1,048,576 rows and 16,384 columns; at most 20,000,000 cells"):
        sheets.read_cells(path)


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "b.xlsx", review=[["id"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image.png", bytes(3 * 2**20))
    monkeypatch.setattr(sheets, "MAX_UNPACKED", 2 * 2**20)
    with pytest.raises(InputError, match=r"unpacks to 3,\d{3},\d{3} bytes; at most 2,097,152 are read") as caught:
        sheets.read_cells(path)
    assert caught.value.hint


def test_a_workbook_that_lies_about_its_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "b.xlsx", review=[["id"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image.png", bytes(3 * 2**20))
    honest = zipfile.ZipFile.infolist

    def lying(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
        parts = honest(archive)
        for part in parts:
            part.file_size = min(part.file_size, 10)
        return parts

    monkeypatch.setattr(zipfile.ZipFile, "infolist", lying)
    monkeypatch.setattr(sheets, "MAX_UNPACKED", 2 * 2**20)
    with pytest.raises(InputError):
        sheets.read_cells(path)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK nothing", b"id,decision\n", bytes(100)])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "b.xlsx"
    path.write_bytes(content)
    with pytest.raises(InputError, match="is not a workbook, or only part of one"):
        sheets.read_cells(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_half_a_workbook_is_refused(tmp_path: Path, share: float) -> None:
    path = saved(tmp_path / "b.xlsx", review=[["id", "decision"]] * 50)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError, match="only part of one") as caught:
        sheets.read_cells(path)
    assert "wait until it is whole" in str(caught.value.hint)


@pytest.mark.parametrize("lock", ["~$b.xlsx", ".~lock.b.xlsx#"])
def test_a_workbook_that_is_open_is_neither_read_nor_written_over(tmp_path: Path, lock: str) -> None:
    path = saved(tmp_path / "b.xlsx", review=[["id"]])
    (tmp_path / lock).touch()
    with pytest.raises(InputError, match="is open in a spreadsheet and cannot be read") as caught:
        sheets.read_cells(path)
    assert "save and close it" in str(caught.value.hint)
    with pytest.raises(InputError, match="cannot be written over"):
        sheets.write_book(path, one(pl.DataFrame({"a": ["x"]})))


def test_a_password_and_a_missing_file_are_named(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    with pytest.raises(InputError, match="does not exist"):
        sheets.read_cells(path)
    with pytest.raises(InputError, match="is not a file"):
        sheets.read_cells(tmp_path)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(InputError, match="has a password, or is in the old format") as caught:
        sheets.read_cells(path)
    assert caught.value.hint == "save it as .xlsx without a password"


def test_other_formats_are_not_written() -> None:
    with pytest.raises(UsageError, match=r"cannot write \.ods"):
        sheets.check_suffix(Path("x.ods"))
