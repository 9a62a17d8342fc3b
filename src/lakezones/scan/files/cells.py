"""Gives text columns the types of a fact table, and turns what does not fit into rejected rows.

In: a `RawTable` and the name of a fact table. Out: a frame with exactly the table's schema, and rejected rows with
their line and the reason in words. The work is vectorised; Python looks only at the distinct values that the fast
expressions could not read.
"""

import difflib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.errors import MissingColumnError
from lakezones.model.facts import FACTS, KEYS, ONE_OF, required_columns
from lakezones.model.tables import Rejected
from lakezones.scan.files.readers import LINE, RawTable
from lakezones.scan.result import EXACT_REPEAT

ALIASES: Final = {"grants": {"principal": "principal_id"}}
"""Other names that a column of a table may go by."""

JSON_OBJECTS: Final = {("containers", "metadata")}
"""Text columns that must hold a JSON object."""

_ACL_ENTRY: Final = r"\s*(default:)?(user|group|mask|other):[^:,]*:[r-][w-][xtT-]\s*"
FORMS: Final = {
    ("acls", "acl"): (
        rf"^({_ACL_ENTRY},)*({_ACL_ENTRY})?$",
        "an ACL (for example user::rwx,group::r-x,group:ID:r-x,mask::r-x,other::---)",
    )
}
"""Text columns of one form: the pattern, and the form in words. One row that cannot be read must not stop a run."""

_REASON: Final = "__reason__"
_TIMES: Final = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d")
_TRUE: Final = ["true", "yes", "1"]
_FALSE: Final = ["false", "no", "0"]


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A table with its types.

    Attributes
    ----------
    frame
        Schema of the fact table.
    rejected
        Schema `lakezones.model.tables.Rejected`.
    warnings
        Columns left out.
    """

    frame: pl.DataFrame
    rejected: pl.DataFrame
    warnings: list[str]


def type_table(raw: RawTable, table: str) -> Typed:
    """Give a raw table the schema of a fact table.

    Raises
    ------
    MissingColumnError
        If a required column is not there; names the columns that are.
    """
    schema = FACTS[table]
    frame = _rename(raw.frame, table)
    columns = schema.columns()
    _require(raw, frame, table)
    unknown = [name for name in frame.columns if name not in columns and name != LINE]
    warnings = [f"{raw.path.name}: column {name!r} is unknown and left out{_near(name, columns)}" for name in unknown]

    parsed = frame.select(LINE)
    reasons: list[pl.Expr] = []
    for name, column in columns.items():
        if name not in frame.columns:
            parsed = parsed.with_columns(pl.lit(None, dtype=column.dtype).alias(name))
            continue
        text = _text(frame.get_column(name))
        values = _parse(text, table, name, column)
        parsed = parsed.with_columns(values.alias(name))
        if not column.nullable:
            reasons.append(pl.when(pl.Series(text).is_null()).then(pl.lit(f"{name} is empty")))
        bad = pl.Series(text.is_not_null() & values.is_null())
        if bad.any():
            told = pl.format(f"{name}: {{}} is not {_expected(table, name, column)}", text.str.slice(0, 60))
            reasons.append(pl.when(bad).then(told))
    if choice := ONE_OF.get(table):
        none = pl.all_horizontal(pl.col(name).is_null() for name in choice)
        reasons.append(pl.when(none).then(pl.lit(f"{' and '.join(choice)} are empty; one of them is needed")))
    parsed = parsed.with_columns(pl.coalesce(*reasons, pl.lit(None, dtype=pl.String)).alias(_REASON))
    parsed = _repeats(parsed, table)
    taken = parsed.filter(pl.col(_REASON).is_null()).select(schema.column_names())
    rejected = _rejected(raw, frame, parsed, table)
    return Typed(frame=schema.validate(taken, cast=True), rejected=rejected, warnings=warnings)


# ---------------------------------------------------------------------------------------------- columns


def _rename(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    aliases = ALIASES.get(table, {})
    return frame.rename({a: b for a, b in aliases.items() if a in frame.columns and b not in frame.columns})


def _require(raw: RawTable, frame: pl.DataFrame, table: str) -> None:
    missing = [name for name in required_columns(table) if name not in frame.columns]
    if (choice := ONE_OF.get(table)) and not set(choice) & set(frame.columns):
        missing.append(choice[0])
    if not missing:
        return
    found = raw.columns
    guess = difflib.get_close_matches(missing[0], found, n=1)
    if len(found) == 1 and any(mark in found[0] for mark in ";\t|"):
        hint = "the columns are not separated by commas; export the file again with commas"
    elif guess:
        hint = f"did you mean {guess[0]!r}? rename it to {missing[0]!r}"
    else:
        hint = f"{table} needs: {', '.join(required_columns(table))}"
    columns = "columns" if len(missing) > 1 else "column"
    names = ", ".join(repr(name) for name in missing)
    raise MissingColumnError(f"{raw.path}: no {columns} {names}; found: {', '.join(found)}", hint=hint)


def _near(name: str, columns: dict[str, Any]) -> str:
    guess = difflib.get_close_matches(name, list(columns), n=1)
    return f"; did you mean {guess[0]!r}?" if guess else ""


# ------------------------------------------------------------------------------------------------ cells


def _text(series: pl.Series) -> pl.Series:
    """Trimmed text of a column, empty as null; columns that Parquet gave a type stay as they are."""
    if series.dtype == pl.String or series.dtype in (pl.Categorical, pl.Enum):
        trimmed = series.cast(pl.String).str.strip_chars()
        return trimmed.set(trimmed == "", None)
    return series


def _parse(series: pl.Series, table: str, name: str, column: dy.Column) -> pl.Series:
    """Values of a column; null where a value cannot be read."""
    dtype = column.dtype
    if series.dtype == pl.Null:
        return pl.Series(series.name, [None] * len(series), dtype=dtype)
    if series.dtype != pl.String:
        return _from_typed(series, dtype)
    if isinstance(dtype, pl.Enum):
        lower = series.str.to_lowercase()
        return lower.set(~lower.is_in(dtype.categories.to_list()).fill_null(value=True), None).cast(dtype)
    if isinstance(dtype, pl.Datetime):
        return _times(series)
    if dtype == pl.Boolean:
        lower = series.str.to_lowercase()
        return pl.select(
            pl.when(lower.is_in(_TRUE)).then(statement=True).when(lower.is_in(_FALSE)).then(statement=False)
        ).to_series()
    if dtype == pl.Int64:
        numbers = series.cast(pl.Int64, strict=False)
        return numbers.set((numbers < 0).fill_null(value=False), None)
    if isinstance(dtype, pl.List):
        return map_distinct(series, _json_list, dtype)
    if (table, name) in JSON_OBJECTS:
        return map_distinct(series, json_object, pl.String())
    if (table, name) in FORMS:
        pattern, _ = FORMS[table, name]
        return series.set(~series.str.contains(pattern).fill_null(value=True), None)
    return series


def _from_typed(series: pl.Series, dtype: pl.DataType | Any) -> pl.Series:
    """A column that Parquet gave a type."""
    if isinstance(series.dtype, pl.Datetime) and isinstance(dtype, pl.Datetime):
        zone = series.dtype.time_zone
        aware = series.dt.convert_time_zone("UTC") if zone else series.dt.replace_time_zone("UTC")
        return aware.dt.cast_time_unit("us")
    if series.dtype == pl.Date and isinstance(dtype, pl.Datetime):
        return series.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if isinstance(series.dtype, pl.Struct) and dtype == pl.String:
        return pl.Series(series.name, [_dump(value) for value in series.to_list()], dtype=pl.String)
    if isinstance(dtype, pl.Datetime | pl.List | pl.Enum) and not isinstance(series.dtype, pl.List):
        return pl.Series(series.name, [None] * len(series), dtype=dtype)
    try:
        values = series.cast(dtype, strict=False)
    except pl.exceptions.PolarsError:
        return pl.Series(series.name, [None] * len(series), dtype=dtype)
    return values.set((values < 0).fill_null(value=False), None) if dtype == pl.Int64 else values


def _times(series: pl.Series) -> pl.Series:
    """Times in ISO 8601; a time without an offset is UTC."""
    text = series.str.replace(r"^(\d{4}-\d{2}-\d{2}) ", "${1}T")
    parsed = pl.select(
        pl.coalesce(
            *(
                text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False, ambiguous="earliest")
                if form.endswith("z")
                else text.str.to_datetime(form, time_unit="us", strict=False).dt.replace_time_zone("UTC")
                for form in _TIMES
            )
        )
    ).to_series()
    left = series.is_not_null() & parsed.is_null()
    if not left.any():
        return parsed
    rest = map_distinct(series.set(~left, None), iso_time, pl.Datetime("us", "UTC"))
    return pl.select(pl.coalesce(parsed, rest)).to_series()


def map_distinct(series: pl.Series, read: Callable[[str], Any], dtype: Any) -> pl.Series:
    """Apply a Python reader to the distinct values of a column; None where it cannot read one."""
    unique = series.drop_nulls().unique(maintain_order=True)
    read_values = pl.Series("value", [read(value) for value in unique], dtype=dtype, strict=False)
    lookup = pl.DataFrame({"text": unique, "value": read_values})
    return series.to_frame("text").join(lookup, on="text", how="left", maintain_order="left").get_column("value")


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


def _json_list(text: str) -> list[str] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list) and all(isinstance(item, str) for item in value) else None


def json_object(text: str) -> str | None:
    """A JSON object with its keys in order; None if it is none.

    Examples
    --------
    >>> json_object('{"b": 1, "a": 2}'), json_object("[]")
    ('{"a": 2, "b": 1}', None)
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _dump(value) if isinstance(value, dict) else None


def _dump(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _expected(table: str, name: str, column: dy.Column) -> str:
    dtype = column.dtype
    if isinstance(dtype, pl.Enum):
        return "one of " + ", ".join(dtype.categories.to_list())
    if isinstance(dtype, pl.Datetime):
        return "a time (ISO 8601, for example 2026-01-31T12:00:00Z)"
    if dtype == pl.Boolean:
        return "true or false"
    if dtype == pl.Int64:
        return "a whole number of 0 or more"
    if isinstance(dtype, pl.List):
        return "a JSON array of strings"
    if (table, name) in FORMS:
        return FORMS[table, name][1]
    return "a JSON object" if (table, name) in JSON_OBJECTS else "text"


# ------------------------------------------------------------------------------------------------- rows


def _repeats(parsed: pl.DataFrame, table: str) -> pl.DataFrame:
    """Mark rows whose key an earlier good row already has."""
    key = list(KEYS[table])
    good = parsed.filter(pl.col(_REASON).is_null())
    firsts = good.unique(subset=key, keep="first", maintain_order=True)
    if firsts.height == good.height:
        return parsed
    others = [name for name in good.columns if name not in (LINE, _REASON, *key)]
    same = pl.all_horizontal(
        pl.lit(value=True), *(pl.col(name).eq_missing(pl.col(f"{name}__first")) for name in others)
    )
    reason = (
        pl.when(same)
        .then(pl.format(f"{EXACT_REPEAT} line {{}}", f"{LINE}__first"))
        .otherwise(
            pl.format(f"says something else than line {{}}, which has the same {', '.join(key)}", f"{LINE}__first")
        )
    )
    repeats = (
        good.join(firsts.select(LINE), on=LINE, how="anti")
        .join(firsts, on=key, how="left", nulls_equal=True, suffix="__first")
        .select(LINE, reason.alias("repeat"))
    )
    joined = parsed.join(repeats, on=LINE, how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce(_REASON, "repeat").alias(_REASON)).drop("repeat")


def _rejected(raw: RawTable, frame: pl.DataFrame, parsed: pl.DataFrame, table: str) -> pl.DataFrame:
    """Rejected rows with their text as JSON, in file order."""
    reasons = parsed.filter(pl.col(_REASON).is_not_null()).select(LINE, _REASON)
    rows = frame.join(reasons, on=LINE, how="inner", maintain_order="left")
    names = [name for name in frame.columns if name != LINE]
    found = [
        (row[LINE], row[_REASON], json.dumps({name: row[name] for name in names}, ensure_ascii=False, default=str))
        for row in rows.iter_rows(named=True)
    ]
    found += [(bad.line, bad.reason, json.dumps(list(bad.values), ensure_ascii=False)) for bad in raw.bad]
    if not found:
        return Rejected.create_empty()
    found.sort()
    out = pl.DataFrame(found, schema={"line": pl.Int64, "reason": pl.String, "row": pl.String}, orient="row")
    out = out.with_columns(table=pl.lit(table), file=pl.lit(raw.path.name))
    return Rejected.validate(out.select(Rejected.column_names()), cast=True)
