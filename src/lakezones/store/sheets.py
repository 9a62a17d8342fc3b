"""Review sheets as files: a workbook or a CSV, by the suffix of the name, written whole and read back as text.

In: a `Book` or a frame; files that people filled in. Out: files that only their owner may read; `SheetCells`. What
would not fit into memory is refused before it is unpacked, and what somebody has open is not read half saved.
"""

import re
import zipfile
import zlib
from pathlib import Path
from typing import IO, Final

import polars as pl

from lakezones.errors import InputError, UsageError
from lakezones.model.book import Book, SheetCells
from lakezones.store import tables
from lakezones.store.books import to_book
from lakezones.store.files import replace_private

SUFFIXES: Final = (".csv", ".xlsx")
MAX_UNPACKED: Final = 256 * 2**20
"""Bytes that a workbook may unpack to."""
MAX_CELLS: Final = 20_000_000
"""Cells that a sheet may span, from the first row and column to the last."""
_CELL: Final = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_BLOCK: Final = 2**20
_ZIP: Final = b"PK\x03\x04"
_COMPOUND: Final = b"\xd0\xcf\x11\xe0"
"""How a file begins that is an old .xls, or a workbook with a password (Microsoft, MS-CFB 2.2)."""
_AGAIN: Final = "hand in the file that `lakezones review export` wrote, without anything else in it"


def check_suffix(file: Path) -> None:
    """Check that a sheet can be written under this name.

    Raises
    ------
    UsageError
        If it ends neither in .csv nor in .xlsx.
    """
    if file.suffix.lower() not in SUFFIXES:
        raise UsageError(f"cannot write {file.suffix or 'a file without suffix'}", hint="use .csv or .xlsx")


def write_book(file: Path, book: Book) -> None:
    """Write a workbook that only its owner may read; it names people. Errors as `write_flat`."""
    _write(file, to_book(book))


def write_flat(file: Path, frame: pl.DataFrame) -> None:
    """Write a CSV that only its owner may read; it names people.

    Raises
    ------
    InputError
        If it cannot be written there, or somebody has it open.
    """
    _write(file, tables.to_csv(frame))


def _write(file: Path, content: bytes) -> None:
    _check_closed(file, "written over")
    try:
        replace_private(file, content)
    except OSError as error:
        raise InputError(f"cannot write {file}: {error.strerror}", hint="choose another file") from None


def read_cells(file: Path) -> list[SheetCells]:
    """The sheets of a file that somebody filled in, as text.

    Raises
    ------
    InputError
        If the file does not exist, cannot be read, is open in a spreadsheet, half written or too large.
    """
    if not file.is_file():
        what = "is not a file" if file.exists() else "does not exist"
        raise InputError(f"{file} {what}", hint="give the file that `lakezones review export` wrote")
    try:
        with file.open("rb") as opened:
            start = opened.read(len(_ZIP))
    except OSError as error:
        hint = "close it where it is open, or check its permissions"
        raise InputError(f"cannot read {file}: {error.strerror}", hint=hint) from None
    if start == _COMPOUND:
        hint = "save it as .xlsx without a password"
        raise InputError(f"{file} has a password, or is in the old format .xls", hint=hint)
    if file.suffix.lower() != ".xlsx" and start != _ZIP:
        frame = tables.read_csv(file)
        lines = tables.lines(file.read_bytes())
        return [SheetCells(file=file.name, sheet="", header=frame.columns, frame=frame, lines=lines)]
    _check_closed(file, "read")
    _check_size(file)
    return _sheets(file)


def _sheets(file: Path) -> list[SheetCells]:
    import fastexcel

    found = []
    try:
        book = fastexcel.read_excel(file.read_bytes())
        for name in book.sheet_names:
            frame = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
            lines = range(1, frame.height + 1)
            found.append(SheetCells(file=file.name, sheet=name, header=None, frame=frame, lines=lines))
    except (fastexcel.FastExcelError, OSError) as error:
        raise _no_workbook(file, str(error).splitlines()[0]) from None
    return found


def _check_closed(file: Path, what: str) -> None:
    """Refuse a file that a spreadsheet has open: what is on the screen may not be saved.

    Excel leaves ``~$NAME`` beside it, LibreOffice ``.~lock.NAME#``.
    """
    for lock in (file.with_name(f"~${file.name}"), file.with_name(f".~lock.{file.name}#")):
        if lock.exists():
            hint = f"save and close it; if nobody has it open, delete {lock.name}"
            raise InputError(f"{file} is open in a spreadsheet and cannot be {what}", hint=hint)


def _no_workbook(file: Path, why: str) -> InputError:
    hint = "save it again as .xlsx and wait until it is whole, or use .csv"
    return InputError(f"{file} is not a workbook, or only part of one: {why}", hint=hint)


def _check_size(file: Path) -> None:
    """Refuse a workbook that would not fit into memory, before anything of it is unpacked.

    Raises
    ------
    InputError
        If it is no workbook, or larger than `MAX_UNPACKED` or a sheet of it wider than `MAX_CELLS`.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if (size := sum(part.file_size for part in parts)) > MAX_UNPACKED:
                raise InputError(f"{file} unpacks to {size:,} bytes; at most {MAX_UNPACKED:,} are read", hint=_AGAIN)
            left = MAX_UNPACKED
            for part in parts:
                with archive.open(part) as opened:
                    left = _check_part(file, opened, left, sheet=part.filename.startswith("xl/worksheets/"))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise _no_workbook(file, str(error) or "it ends too early") from None


def _check_part(file: Path, opened: IO[bytes], left: int, *, sheet: bool) -> int:
    """Unpack a part block by block and refuse it when it is too much; return the bytes that others may still have.

    What the archive says of sizes may be wrong. A sheet is refused whose last row and last column span too many cells:
    a reader makes room for all of them.
    """
    rows = columns = 1
    tail = b""
    while block := opened.read(_BLOCK):
        left -= len(block)
        if left < 0:
            raise InputError(f"{file} unpacks to more than {MAX_UNPACKED:,} bytes", hint=_AGAIN)
        if not sheet:
            continue
        # A reference that is cut by the end of a block is found with the next one.
        for letters, digits in _CELL.findall(tail + block):
            number = 0
            for letter in letters:
                number = number * 26 + letter - 64
            rows, columns = max(rows, int(digits)), max(columns, number)
        tail = block[-32:]
        if rows * columns > MAX_CELLS:
            cells = f"{rows:,} rows and {columns:,} columns; at most {MAX_CELLS:,} cells are read"
            raise InputError(f"{file} has a sheet of {cells}", hint=_AGAIN)
    return left
