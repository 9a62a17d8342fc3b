"""Reads one file of a capture as text columns with the line each row came from.

In: a CSV (UTF-8, a byte order mark is fine) or Parquet file. Out: `RawTable`, whose frame holds the file's own
columns plus ``LINE``, and the rows that are no rows at all. Nothing is interpreted here; `lakezones.scan.files.cells`
gives the columns their types.

Plain files go through polars. A file with quotes or blank lines goes through the standard library's reader, which
knows the physical line of each row even where a quoted value spans several.
"""

import csv
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

from lakezones.errors import EncodingError, InputError

LINE: Final = "__line__"
"""Column with the line in the source file: the header of a CSV is line 1; rows of Parquet count from 1."""

_BOM: Final = b"\xef\xbb\xbf"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, kw_only=True)
class BadRow:
    """A row that could not be taken apart."""

    line: int
    reason: str
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """A file as read: text columns (Parquet keeps its own types), the line per row, and rows that are none."""

    path: Path
    frame: pl.DataFrame
    bad: list[BadRow] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        """The file's own columns."""
        return [name for name in self.frame.columns if name != LINE]


def read_table(path: Path) -> RawTable:
    """Read a ``.csv`` or ``.parquet`` file.

    Raises
    ------
    EncodingError
        If CSV text is not UTF-8; names the line and the byte.
    InputError
        If the file is empty, has no header, repeats a column, is malformed or cannot be opened.
    """
    try:
        return _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None


def _read_parquet(path: Path) -> RawTable:
    if path.stat().st_size == 0:
        raise _empty(path)
    try:
        frame = pl.read_parquet(path, glob=False)
    except pl.exceptions.PolarsError as error:
        raise InputError(
            f"{path}: not a Parquet file that can be read ({str(error).splitlines()[0]})",
            hint="write it again, or give the table as CSV",
        ) from None
    return RawTable(path=path, frame=frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(LINE)))


def _read_csv(path: Path) -> RawTable:
    data = path.read_bytes()
    data = data.removeprefix(_BOM)
    if not data.strip():
        raise _empty(path)
    _check_encoding(path, data)
    header = _header(path, data)
    if b'"' not in data and b"\n\n" not in data and b"\n\r\n" not in data and b"\r" not in data.replace(b"\r\n", b""):
        try:
            return RawTable(path=path, frame=_fast(data, header))
        except pl.exceptions.PolarsError:
            pass  # a row with too many values: the careful reader names its line
    return _careful(path, data, header)


def _fast(data: bytes, header: list[str]) -> pl.DataFrame:
    frame = pl.read_csv(
        data, infer_schema=False, quote_char=None, row_index_name=LINE, row_index_offset=2, null_values=[""]
    )
    names = dict(zip([name for name in frame.columns if name != LINE], header, strict=True))
    return frame.rename(names).with_columns(pl.col(LINE).cast(pl.Int64))


def _careful(path: Path, data: bytes, header: list[str]) -> RawTable:
    reader = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    bad: list[BadRow] = []
    width = len(header)
    for line, row in _numbered(path, reader):
        if not row:
            continue
        if len(row) > width:
            reason = f"{len(row)} values where the header has {width}"
            bad.append(BadRow(line=line, reason=reason, values=tuple(row)))
            continue
        rows.append(row if len(row) == width else row + [""] * (width - len(row)))
        lines.append(line)
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    frame = pl.DataFrame(
        {name: pl.Series(name, values, dtype=pl.String) for name, values in zip(header, columns, strict=True)}
    ).with_columns(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in header)
    return RawTable(path=path, frame=frame.with_columns(pl.Series(LINE, lines, dtype=pl.Int64)), bad=bad)


def _numbered(path: Path, reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows after the header with the line each begins on."""
    try:
        next(reader)
        for _ in itertools.count():
            line = reader.line_num + 1
            row = next(reader, None)
            if row is None:
                return
            yield line, row
    except csv.Error as error:
        raise InputError(
            f"{path}: line {reader.line_num}: {error}", hint="look for a quote that is opened and never closed"
        ) from None


def _header(path: Path, data: bytes) -> list[str]:
    first = next(csv.reader(io.StringIO(data.decode(), newline="")), [])
    names = [name.strip() for name in first]
    if not any(names):
        raise InputError(f"{path}: the first line holds no column names", hint="the first line must be the header")
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{path}: column {repeated[0]!r} appears more than once in the header")
    if LINE in names:
        raise InputError(f"{path}: a column may not be called {LINE!r}")
    return names


def _check_encoding(path: Path, data: bytes) -> None:
    if data[:2] in _UTF16:
        raise EncodingError(
            f"{path}: UTF-16 text, UTF-8 is needed",
            hint=f"convert it: iconv -f UTF-16 -t UTF-8 {path.name} > fixed.csv",
        )
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise EncodingError(
            f"{path}: line {line}: byte 0x{data[error.start]:02x} is not UTF-8",
            hint=f"if it is Latin-1, convert it: iconv -f LATIN1 -t UTF-8 {path.name} > fixed.csv",
        ) from None


def _empty(path: Path) -> InputError:
    return InputError(
        f"{path}: the file is empty",
        hint="a table with no rows needs its header line; leave the file out if the table was not assessed",
    )
