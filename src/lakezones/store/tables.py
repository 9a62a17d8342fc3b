"""Tables as people get them and give them back: CSV in UTF-8, ISO times in UTC, formulas made harmless.

In: a frame, or a file that lakezones wrote and somebody may have edited. Out: bytes, or a frame of strings or of the
types of a schema. Formulas are escaped as `lakezones.store.text` says.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar, cast

import dataframely as dy
import polars as pl

from lakezones.errors import InputError, MissingColumnError
from lakezones.store.cells import type_columns
from lakezones.store.readers import LINE, TextTable, parse_text, read_text

Table = TypeVar("Table", bound=dy.Schema)

_FORMULA: Final = r"^[=+\-@\t\r]"
_UNNAMED: Final = Path("the file")


def escape(column: str) -> pl.Expr:
    """Expression that makes a text column safe to open in a spreadsheet.

    Examples
    --------
    >>> pl.DataFrame({"a": ["=1+1", "'x", "ok"]}).select(escape("a")).to_series().to_list()
    ["'=1+1", "''x", 'ok']
    """
    text = pl.col(column)
    risky = text.str.contains(_FORMULA) | text.str.starts_with("'")
    return pl.when(risky).then(pl.lit("'") + text).otherwise(text).alias(column)


def unescape(column: str) -> pl.Expr:
    """Expression that undoes `escape`.

    Examples
    --------
    >>> pl.DataFrame({"a": ["'=1+1", "''x", "'plain"]}).select(unescape("a")).to_series().to_list()
    ['=1+1', "'x", "'plain"]
    """
    text = pl.col(column)
    return pl.when(text.str.contains(r"^'[=+\-@\t\r']")).then(text.str.slice(1)).otherwise(text).alias(column)


def render(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every column as it is written to CSV."""
    columns = []
    for name, dtype in frame.schema.items():
        match dtype:
            case pl.Enum() | pl.Categorical():
                columns.append(pl.col(name).cast(pl.String))
            case pl.String():
                columns.append(escape(name))
            case pl.Datetime():
                columns.append(pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
            case pl.Boolean():
                columns.append(pl.col(name).cast(pl.String))
            case pl.Float64():
                columns.append(pl.col(name).round(6))
            case pl.List():
                columns.append(
                    pl.col(name).map_elements(
                        lambda values: json.dumps(list(values), ensure_ascii=False), return_dtype=pl.String
                    )
                )
            case _:
                columns.append(pl.col(name))
    return frame.select(columns)


def to_csv(frame: pl.DataFrame) -> bytes:
    """CSV bytes of a frame; an empty frame keeps its header."""
    return render(frame).write_csv().encode()


def from_csv(content: bytes, path: Path = _UNNAMED) -> pl.DataFrame:
    """A frame of strings from CSV that `to_csv` wrote and somebody may have edited; empty cells are null.

    Semicolons or tabs between columns will do as well: Excel writes them where the comma is the decimal mark.

    Raises
    ------
    EncodingError
        If it is not UTF-8; names the line.
    InputError
        If it is empty or not a table.
    """
    return _edited(parse_text(path, content)).frame.drop(LINE)


def read_csv(path: Path) -> pl.DataFrame:
    """`from_csv` of a file."""
    return _edited(read_text(path)).frame.drop(LINE)


def lines(content: bytes) -> list[int]:
    """Line on which each record after the header starts; cells may hold line breaks.

    Examples
    --------
    >>> lines(b'a,b\\n1,"x\\ny"\\n2,z\\n')
    [2, 4]
    """
    return parse_text(_UNNAMED, content).frame.get_column(LINE).to_list()


def read_table(path: Path, schema: type[Table]) -> dy.DataFrame[Table]:
    """A CSV that people may have edited, with the types of `schema`; columns that are not in it are left out.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column or holds a value that does not fit; names the line.
    """
    text = _edited(read_text(path))
    for name, column in schema.columns().items():
        if name not in text.columns and not column.nullable:
            raise MissingColumnError(f"{path} has no column {name!r}", hint="columns found: " + ", ".join(text.columns))
    typed = type_columns(text, schema)
    if typed.problems.height:
        line, name, cell, expected = typed.problems.row(0)
        what = expected if name is None else f"{name} cannot be {cell!r}"
        raise InputError(f"{path} line {line}: {what}", hint=f"expected {expected}" if name else None)
    return cast("dy.DataFrame[Table]", typed.frame.drop(LINE))


def _edited(text: TextTable) -> TextTable:
    """A table that lakezones wrote, its cells as they were before they were made harmless."""
    if text.wide:
        raise InputError(
            f"{text.path}: not a CSV: line {text.wide[0].line} has {text.wide[0].reason}",
            hint="columns are separated by commas",
        )
    return replace(text, frame=text.frame.with_columns(unescape(name) for name in text.columns))
