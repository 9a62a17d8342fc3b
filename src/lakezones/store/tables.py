"""CSV as people get it and give it back: UTF-8, ISO times in UTC, lists as JSON, formulas made harmless.

In: a frame, or CSV text that lakezones wrote and somebody may have edited. Out: bytes, or a frame of strings.
A cell that a spreadsheet would run as a formula gets a leading ``'``, a cell that starts with ``'`` gets a second
one, and `unescape` undoes both, so that text survives the round trip.
"""

import csv
import io
import json
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import polars as pl

from lakezones.errors import EncodingError, InputError, MissingColumnError

_FORMULA = r"^[=+\-@\t\r]"


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


def from_csv(content: bytes) -> pl.DataFrame:
    """A frame of strings from CSV that `to_csv` wrote; empty cells are null.

    Semicolons or tabs between columns will do as well: Excel writes them where the comma is the decimal mark.

    Raises
    ------
    EncodingError
        If it is not UTF-8; names the line.
    InputError
        If it is empty or not a table.
    """
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise EncodingError(f"line {line} is not UTF-8", hint="save it as 'CSV UTF-8'") from None
    try:
        frame = pl.read_csv(content, infer_schema=False, null_values=[""], separator=_separator(content))
    except pl.exceptions.NoDataError:
        raise InputError("the file is empty", hint="a CSV has at least a header") from None
    except pl.exceptions.PolarsError as error:
        raise InputError(f"not a CSV: {str(error).splitlines()[0]}", hint="columns are separated by commas") from None
    return frame.with_columns(unescape(name) for name in frame.columns)


def read_csv(path: Path) -> pl.DataFrame:
    """`from_csv` of a file; errors name it."""
    try:
        return from_csv(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", hint="give the path of a CSV file") from None
    except InputError as error:
        raise type(error)(f"{path}: {error.message}", hint=error.hint) from None


def to_xlsx(frame: pl.DataFrame) -> bytes:
    """A workbook of one sheet, with the cells that `to_csv` would write; text is never a formula or a link."""
    import xlsxwriter  # here, since it takes a third of a second that no other command should wait for

    content = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, {"in_memory": True, "nan_inf_to_errors": True, **options}) as workbook:
        workbook.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
        render(frame).write_excel(workbook, worksheet="review", autofit=True, freeze_panes=(1, 0))
    return content.getvalue()


def read_xlsx(path: Path) -> pl.DataFrame:
    """The first sheet of a workbook that `to_xlsx` wrote and somebody may have edited, as strings.

    Raises
    ------
    InputError
        If it is not a workbook.
    """
    import fastexcel

    try:
        sheet = fastexcel.read_excel(path.read_bytes()).load_sheet(0, dtypes="string")
    except (fastexcel.FastExcelError, OSError) as error:
        raise InputError(f"{path} is not a workbook: {str(error).splitlines()[0]}", hint="use XLSX or CSV") from None
    frame = sheet.to_polars()
    return frame.with_columns(unescape(name) for name in frame.columns)


def lines(content: bytes) -> list[int]:
    """Line on which each record after the header starts; cells may hold line breaks.

    Examples
    --------
    >>> lines(b'a,b\\n1,"x\\ny"\\n2,z\\n')
    [2, 4]
    """
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    reader = csv.reader(text, strict=False, delimiter=_separator(content))
    starts, start = [], 1
    for record in reader:
        if record:
            starts.append(start)
        start = reader.line_num + 1
    return starts[1:]


def _separator(content: bytes) -> str:
    """What stands between columns: the comma, unless the header has none and one of the others."""
    header = content.split(b"\n", 1)[0]
    if b"," in header:
        return ","
    return next((mark for mark in (";", "\t") if mark.encode() in header), ",")


def read_table(path: Path, schema: Any, *, optional: Collection[str] = ()) -> pl.DataFrame:
    """A CSV that people may have edited, with the types of `schema`.

    Parameters
    ----------
    path
        The file.
    schema
        A dataframely schema; columns that are not in it are left out.
    optional
        Columns that may be missing besides the nullable ones.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column or holds a value of the wrong type; names the line.
    """
    text = read_csv(path)
    columns = schema.columns()
    for name, column in columns.items():
        if name not in text.columns:
            if not column.nullable and name not in optional:
                raise MissingColumnError(
                    f"{path} has no column {name!r}", hint="columns found: " + ", ".join(text.columns)
                )
            text = text.with_columns(pl.lit(None, pl.String).alias(name))
    if not text.height:
        return cast(pl.DataFrame, schema.create_empty())
    parsed = text.select(_parsed(name, column.dtype) for name, column in columns.items())
    for name, column in columns.items():
        wrong = parsed[name].is_null() & (text[name].is_not_null() if column.nullable else pl.lit(True))
        bad = pl.select(wrong).to_series().arg_true()
        if bad.len() and name not in optional:
            line = lines(path.read_bytes())[int(bad[0])]
            raise InputError(
                f"{path} line {line}: {name} cannot be {text[name][int(bad[0])]!r}", hint=f"expected {column.dtype}"
            )
    return parsed


def _parsed(name: str, dtype: pl.DataType) -> pl.Expr:
    text = pl.col(name)
    match dtype:
        case pl.Datetime():
            return text.str.to_datetime("%+", time_zone="UTC", time_unit="us", strict=False)
        case pl.Boolean():
            return text.str.to_lowercase().replace_strict(
                {"true": True, "false": False}, default=None, return_dtype=pl.Boolean
            )
        case pl.Date():
            return text.str.to_date("%Y-%m-%d", strict=False)
        case _:
            return text.cast(dtype, strict=False)
