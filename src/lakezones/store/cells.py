"""Gives text columns the types of a schema, and finds the cells and rows that do not fit.

In: a `TextTable` and a dataframely schema. Out: `TypedTable`, with the rows that satisfy every rule of the schema and,
for the others, line, column and what was expected. A cell that cannot be read is found here; every other rule (empty
where a value is required, out of range, and the rules over whole rows) is the schema's own, by `Schema.filter`. The
work is vectorised; Python looks only at the distinct values that the fast expressions could not read.
"""

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

import dataframely as dy
import polars as pl

from lakezones.store.readers import LINE, TextTable

SHOWN: Final = 60
"""Characters of a cell that a message shows."""

_TIMES: Final = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d")
_FLAGS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, kw_only=True)
class Form:
    """How cells of a column are written.

    Attributes
    ----------
    words
        The form in words, for messages.
    read
        Values of a column of text; null where a cell is not of the form.
    fits
        Which values are in range, of a column that has its type; all are where None.
    """

    words: str
    read: Callable[[pl.Series], pl.Series]
    fits: Callable[[pl.Series], pl.Series] | None = None


@dataclass(frozen=True, kw_only=True)
class TypedTable:
    """A table with its types.

    Attributes
    ----------
    frame
        Rows that fit: the schema's columns and ``LINE``.
    problems
        A row per line that does not fit, its first problem in the schema's order: ``LINE``, column (null where a rule
        over the whole row is broken), text (null where the cell is empty), expected (in words).
    """

    frame: pl.DataFrame
    problems: pl.DataFrame


_PROBLEMS: Final = {LINE: pl.Int64, "column": pl.String, "text": pl.String, "expected": pl.String}


def type_columns(
    table: TextTable,
    schema: type[dy.Schema],
    *,
    forms: Mapping[str, Form] | None = None,
    rules: Mapping[str, str] | None = None,
) -> TypedTable:
    """Give a table the types of a schema.

    Parameters
    ----------
    table
        Columns that the schema does not have are left out; those that the table lacks are null.
    forms
        Columns that are written in a form of their own.
    rules
        What is wrong with a row that breaks a rule of the schema, in words.
    """
    frame = table.frame
    read = frame.select(LINE)
    unreadable: dict[str, pl.Series] = {}
    words: dict[str, str] = {}
    for name, column in schema.columns().items():
        form = (forms or {}).get(name) or form_of(column)
        words[name] = form.words
        if name in frame.columns:
            cells = frame.get_column(name)
            values = _values(cells, column.dtype, form)
            unreadable[name] = cells.is_not_null() & values.is_null()
            read = read.with_columns(values.alias(name))
        else:
            read = read.with_columns(pl.lit(None, dtype=column.dtype).alias(name))
    good, failure = _with_line(schema).filter(read)
    broken = {rule: _lines(failure.details().filter(pl.col(rule) == "invalid")) for rule in failure.counts()}
    problems = [pl.DataFrame(schema=_PROBLEMS)]
    for name in words:
        wrong = [lines for rule, lines in broken.items() if rule.partition("|")[0] == name]
        if name in unreadable and unreadable[name].any():
            wrong.append(_lines(frame.filter(unreadable[name])))
        if wrong:
            problems.append(_problems(frame, pl.concat(wrong), name, words[name]))
    for rule, lines in broken.items():
        if "|" not in rule:
            expected = pl.lit((rules or {}).get(rule) or f"breaks the rule {rule!r}")
            none = pl.lit(None, dtype=pl.String)
            problems.append(lines.to_frame().select(LINE, column=none, text=none, expected=expected))
    first = pl.concat(problems).unique(LINE, keep="first", maintain_order=True).sort(LINE)
    fitting = good.join(first, on=LINE, how="anti", maintain_order="left") if first.height else good
    return TypedTable(frame=fitting, problems=first)


@functools.cache
def _with_line(schema: type[dy.Schema]) -> type[dy.Schema]:
    """The schema with a column that tells the rows apart."""
    return cast("type[dy.Schema]", type(schema.__name__, (schema,), {"line": dy.Int64(alias=LINE)}))


def _lines(frame: pl.DataFrame) -> pl.Series:
    return frame.get_column(LINE)


def _problems(frame: pl.DataFrame, lines: pl.Series, name: str, expected: str) -> pl.DataFrame:
    if name in frame.columns:
        rows = frame.filter(pl.col(LINE).is_in(lines.implode()))
        shown = [None if text is None else text[:SHOWN] for text in as_text(rows.get_column(name))]
    else:
        rows, shown = pl.DataFrame({LINE: lines}), [None] * len(lines)
    return rows.select(LINE).with_columns(
        column=pl.lit(name), text=pl.Series(shown, dtype=pl.String), expected=pl.lit(expected)
    )


# ------------------------------------------------------------------------------------------------ forms


def form_of(column: dy.Column) -> Form:
    """How cells of a column are written where nothing else is said."""
    dtype = column.dtype
    match dtype:
        case pl.Enum():
            return Form(words="one of " + ", ".join(dtype.categories), read=lambda text: _choices(text, dtype))
        case pl.Datetime():
            return Form(words="a time (ISO 8601, for example 2026-01-31T12:00:00Z)", read=_times)
        case pl.Date():
            return Form(words="a day (for example 2026-01-31)", read=lambda text: text.str.to_date(strict=False))
        case pl.Boolean():
            return Form(words="true or false", read=_flags)
        case pl.Int64():
            words = "a whole number of 0 or more" if getattr(column, "min", None) == 0 else "a whole number"
            return Form(words=words, read=lambda text: text.cast(pl.Int64, strict=False))
        case pl.Float64():
            return Form(words="a number", read=lambda text: text.cast(pl.Float64, strict=False))
        case pl.List():
            return Form(words="a JSON array of strings", read=lambda text: map_distinct(text, _json_list, dtype))
        case _:
            return Form(words="text", read=lambda text: text)


def _values(cells: pl.Series, dtype: Any, form: Form) -> pl.Series:
    """Values of a column; null where a cell cannot be read or is out of range."""
    if cells.dtype == pl.String:
        values = form.read(cells)
    elif cells.dtype == pl.Null:
        return pl.Series([None] * len(cells), dtype=dtype)
    else:
        values = _converted(cells, dtype)
        values = form.read(values) if dtype == pl.String else values
    return values if form.fits is None else values.set(~form.fits(values).fill_null(value=True), None)


def _converted(cells: pl.Series, dtype: Any) -> pl.Series:
    """A column that Parquet gave a type; null where a value of the one type is none of the other."""
    found = cells.dtype
    nothing = pl.Series([None] * len(cells), dtype=dtype)
    if isinstance(dtype, pl.Datetime):
        return _moments(cells) if isinstance(found, pl.Date | pl.Datetime) else nothing
    if isinstance(dtype, pl.List):
        return cells.cast(dtype, strict=False) if found == pl.List(pl.String) else nothing
    if found == pl.Struct and dtype == pl.String:
        return pl.Series([_dump(value) for value in cells.to_list()], dtype=dtype)
    if found == pl.Binary and dtype == pl.String:
        return pl.Series([None if value is None else _decoded(value) for value in cells.to_list()], dtype=dtype)
    if found.is_nested() or found == pl.Binary:
        return nothing
    if isinstance(dtype, pl.Enum):
        return _choices(cells.cast(pl.String), dtype) if isinstance(found, pl.Categorical | pl.Enum) else nothing
    if found.is_temporal() and dtype != pl.String:
        return nothing  # a number of microseconds is neither a count nor a flag
    if found.is_float():
        cells = cells.set(~cells.is_finite().fill_null(value=True), None)
    try:
        values = cells.cast(dtype, strict=False)
    except pl.exceptions.PolarsError:
        return nothing
    # 1.5 is no whole number, NaN none at all, and 7 no flag.
    return values.set((values.cast(pl.Float64) != cells).fill_null(value=False), None) if found.is_numeric() else values


def _decoded(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


_SECONDS: Final = (-62_135_596_800, 253_402_300_799)
"""The years 1 to 9999, which are all that Python knows, in seconds."""
_PER_SECOND: Final = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def _moments(cells: pl.Series) -> pl.Series:
    """Times and days of Parquet in UTC; null where the year has no four digits."""
    ticks = cells.to_physical().cast(pl.Int64)
    unit = _PER_SECOND[cells.dtype.time_unit] if isinstance(cells.dtype, pl.Datetime) else 0
    first, last = (second * unit if unit else second // 86_400 for second in _SECONDS)
    last = min(last + max(unit - 1, 0), 2**63 - 1)
    cells = cells.set((ticks < max(first, -(2**63))) | (ticks > last), None)
    times = cells.cast(pl.Datetime("us", getattr(cells.dtype, "time_zone", None)))
    return times.dt.convert_time_zone("UTC") if times.dtype != pl.Datetime("us") else _utc(times)


def as_text(cells: pl.Series) -> list[str | None]:
    """Cells of any type as text, for messages: whatever a file may hold, a message about it must not fail."""
    if cells.dtype.is_temporal() and not cells.is_empty():
        ticks = cells.to_physical()
        known = _moments(cells) if isinstance(cells.dtype, pl.Date | pl.Datetime) else cells
        return [
            None if tick is None else str(tick) if value is None else str(value)
            for tick, value in zip(ticks, known.to_list(), strict=True)
        ]
    try:
        return [None if value is None else str(value) for value in cells.to_list()]
    except (ValueError, OverflowError):
        return ["a value that cannot be shown" for _ in range(len(cells))]


def _choices(text: pl.Series, dtype: pl.Enum) -> pl.Series:
    return text.str.to_lowercase().cast(dtype, strict=False)


def _flags(text: pl.Series) -> pl.Series:
    return text.str.to_lowercase().replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)


def _utc(times: pl.Series) -> pl.Series:
    return times.dt.replace_time_zone("UTC")


def _times(text: pl.Series) -> pl.Series:
    """Times in ISO 8601; a time without an offset is UTC."""
    iso = text.str.replace(r"^(\d{4}-\d{2}-\d{2}) ", "${1}T").str.replace(r"(\.\d{6})\d+", "${1}")
    parsed = pl.Series([None] * len(text), dtype=pl.Datetime("us", "UTC"))
    for form in _TIMES:
        left = iso.set(parsed.is_not_null(), None)
        if left.null_count() == len(left):
            return parsed
        if form.endswith("z"):
            times = left.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False, ambiguous="earliest")
        else:
            times = _utc(left.str.to_datetime(form, time_unit="us", strict=False))
        parsed = parsed.zip_with(parsed.is_not_null(), times)
    left = text.set(parsed.is_not_null(), None)
    return parsed.zip_with(parsed.is_not_null(), map_distinct(left, iso_time, parsed.dtype))


def map_distinct(text: pl.Series, read: Callable[[str], Any], dtype: Any) -> pl.Series:
    """Apply a Python reader to the distinct values of a column; None where it cannot read one."""
    unique = text.drop_nulls().unique(maintain_order=True)
    values = pl.Series("value", [read(value) for value in unique], dtype=dtype, strict=False)
    lookup = pl.DataFrame({"text": unique, "value": values})
    return text.to_frame("text").join(lookup, on="text", how="left", maintain_order="left").get_column("value")


def iso_time(text: str) -> datetime | None:
    """A time in ISO 8601, UTC where it names no offset; None if it is none.

    Examples
    --------
    >>> str(iso_time("2026-01-31T12:00:00+02:00"))
    '2026-01-31 10:00:00+00:00'
    """
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def json_object(text: str) -> str | None:
    """A JSON object with its keys in order; None if it is none.

    Examples
    --------
    >>> json_object('{"b": 1, "a": 2}'), json_object("[]")
    ('{"a": 2, "b": 1}', None)
    """
    value = _json(text)
    return _dump(value) if isinstance(value, dict) else None


def _json_list(text: str) -> list[str] | None:
    value = _json(text)
    return value if isinstance(value, list) and all(isinstance(item, str) for item in value) else None


def _json(text: str) -> object:
    try:
        value: object = json.loads(text, parse_constant=_no_constant)
        _dump(value)
    except (ValueError, RecursionError):  # a lone surrogate is no text either: UnicodeEncodeError is a ValueError
        return None
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _dump(value: object) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    text.encode()
    return text
