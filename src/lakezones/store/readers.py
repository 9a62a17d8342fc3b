"""Reads a table from a file as text columns, with the line that each row came from.

In: delimited text (UTF-8, a byte order mark is fine) or Parquet. Out: `TextTable`, whose frame holds the file's own
columns plus ``LINE``, and the rows that have too many values to be rows. Nothing is interpreted here;
`lakezones.store.cells` gives the columns their types.

Plain files go through polars. A file with quotes or blank lines goes through the standard library's reader, which
knows the physical line of each row even where a quoted value spans several.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from lakezones.errors import InputError
from lakezones.store.text import BOM, MARKS, decode, separator

LINE: Final = "__line__"
"""Column with the line in the source file: the header of a CSV is line 1; rows of Parquet count from 1."""


@dataclass(frozen=True, kw_only=True)
class WideRow:
    """A row with more values than the header has names."""

    line: int
    reason: str
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TextTable:
    """A file as read.

    Attributes
    ----------
    path
        Where it was read, for messages.
    frame
        Text columns, empty cells null (Parquet keeps its own types), and the line per row.
    wide
        Rows that are not in the frame.
    """

    path: Path
    frame: pl.DataFrame
    wide: list[WideRow] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        """The file's own columns."""
        return [name for name in self.frame.columns if name != LINE]


def read_text(path: Path, *, marks: Sequence[str] = MARKS) -> TextTable:
    """Read a ``.csv`` or ``.parquet`` file.

    Parameters
    ----------
    marks
        Separators that are tried; the one the header has most of counts.

    Raises
    ------
    EncodingError
        If text is not UTF-8; names the line and the byte.
    InputError
        If the file is empty, has no header, repeats a column, is malformed or cannot be opened.
    """
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: not a file", hint="give the path of a file; pipes and folders are not read")
    try:
        return _read_parquet(path) if path.suffix == ".parquet" else parse_text(path, path.read_bytes(), marks=marks)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})", hint="give the path of a file") from None


def _read_parquet(path: Path) -> TextTable:
    if path.stat().st_size == 0:
        raise _empty(path)
    try:
        frame = pl.read_parquet(path, glob=False)
    except pl.exceptions.PolarsError as error:
        raise InputError(
            f"{path}: not a Parquet file that can be read ({str(error).splitlines()[0]})",
            hint="write it again, or give the table as CSV",
        ) from None
    return TextTable(path=path, frame=frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(LINE)))


def parse_text(path: Path, data: bytes, *, marks: Sequence[str] = MARKS) -> TextTable:
    """Read the content of a delimited file; `path` is named in errors, which are those of `read_text`."""
    text = decode(data, str(path))
    if not text.strip():
        raise _empty(path)
    mark = separator(text.partition("\n")[0], marks)
    header = _header(path, text, mark)
    if '"' not in text and "\n\n" not in text and "\n\r\n" not in text and "\r" not in text.replace("\r\n", ""):
        try:
            return TextTable(path=path, frame=_plain(data.removeprefix(BOM), header, mark))
        except pl.exceptions.PolarsError:
            pass  # a row with too many values: the other reader names its line
    return _quoted(path, text, header, mark)


def _plain(data: bytes, header: Sequence[str], mark: str) -> pl.DataFrame:
    frame = pl.read_csv(
        data,
        infer_schema=False,
        quote_char=None,
        row_index_name=LINE,
        row_index_offset=2,
        null_values=[""],
        separator=mark,
    )
    names = dict(zip([name for name in frame.columns if name != LINE], header, strict=True))
    return frame.rename(names).with_columns(pl.col(LINE).cast(pl.Int64))


def _quoted(path: Path, text: str, header: Sequence[str], mark: str) -> TextTable:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=mark)
    rows: list[list[str | None]] = []
    lines: list[int] = []
    wide: list[WideRow] = []
    width = len(header)
    try:
        next(reader)
        line = reader.line_num + 1
        for row in reader:
            if len(row) > width:
                reason = f"{len(row)} values where the header has {width}"
                wide.append(WideRow(line=line, reason=reason, values=tuple(row)))
            elif row:
                rows.append([value or None for value in row] + [None] * (width - len(row)))
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{path}: line {reader.line_num}: {error}", hint="look for a quote that is opened and never closed"
        ) from None
    frame = pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row")
    return TextTable(path=path, frame=frame.with_columns(pl.Series(LINE, lines, dtype=pl.Int64)), wide=wide)


def _header(path: Path, text: str, mark: str) -> list[str]:
    first = next(csv.reader(io.StringIO(text, newline=""), delimiter=mark), [])
    names = [name.strip() for name in first]
    if not any(names):
        raise InputError(f"{path}: the first line holds no column names", hint="the first line must be the header")
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(
            f"{path}: column {repeated[0]!r} appears more than once in the header",
            hint="leave one of them, under a name of its own",
        )
    if LINE in names:
        raise InputError(f"{path}: a column may not be called {LINE!r}", hint="give it another name")
    return names


def _empty(path: Path) -> InputError:
    return InputError(
        f"{path}: the file is empty",
        hint="a table with no rows needs its header line; leave the file out if the table was not assessed",
    )
