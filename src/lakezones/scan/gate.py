"""The one gate that every fact table passes, whatever source it is from: captures, exports, inventories, live answers.

In: rows of a fact table as text or with types, each with its line, and the moment of the scan. Out: rows that satisfy
the table's schema, rejected rows with line and reason, warnings, and how keys were spelt. Cells are typed by
`lakezones.store.cells`; here is what facts have beside their types:

- A cell of text has at most `LONGEST` bytes.
- A time lies between 1970 and `YEARS` after the scan. What is said to have happened after the scan does not count: the
  cell is emptied, with a warning, and never moves the clock.
- Vendors write "no end" and "never" as times too (`NEVER`, `UNSET`): such a cell is empty.
- An ACL can be read, and names nobody twice. Metadata is a JSON object. Accounts have names that Azure allows.
- Keys have one spelling (`lakezones.scan.spelling`), and a row comes once.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

import dataframely as dy
import polars as pl

from lakezones.model import acls
from lakezones.model.facts import FACTS, KEYS
from lakezones.model.places import ACCOUNT_NAME
from lakezones.model.tables import Rejected
from lakezones.model.words import counted
from lakezones.scan.merge import once
from lakezones.scan.result import EXACT_REPEAT, Gap, Outcome
from lakezones.scan.spelling import COLUMNS, Spellings, controls, spell, spell_columns
from lakezones.store.cells import Form, as_text, form_of, json_object, map_distinct, type_columns
from lakezones.store.readers import LINE, TextTable

LONGEST: Final = 1 << 20
"""Bytes of a cell; Azure's own longest text, a condition, has 8 KB."""
YEARS: Final = 50
"""Years after the scan beyond which an end is taken for a mistake."""
OBSERVED: Final = {
    "containers": ("last_modified",),
    "principals": ("last_sign_in",),
    "role_assignments": ("created_at",),
    "entitlements": ("requested_at", "approved_at"),
    "grants": ("granted_at",),
    "usage": ("last_used",),
}
"""Times at which something had happened. Expiries lie in the future and say nothing of when a capture was made."""
NEVER: Final = (2099, 2999, 9999)
"""Years by which directories and request systems say that there is no end; 9999 is .NET's greatest time."""
UNSET: Final = (1, 1601)
"""Years by which they say that something never happened: .NET's least time, and that of Windows file times."""

SKEW: Final = timedelta(minutes=15)
"""How far the clocks of a source may be ahead; Azure Storage refuses requests that differ by more."""
RULES: Final = {"names_a_place": "container and location are empty; one of them is needed"}
"""What is wrong with a row that breaks a rule of its schema."""

Repeats = Literal["reject", "fill"]
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_REASON: Final = "__reason__"
_PLACE: Final = rf"^{ACCOUNT_NAME}/."
_GLOBS: Final = r"^[a-z0-9*?\[\]!-]+/."
_SHOWN: Final = 1000


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A fact table that passed the gate.

    Attributes
    ----------
    frame
        Schema of the fact table; each key once.
    rejected
        Schema `lakezones.model.tables.Rejected`.
    warnings
        What was changed and what did not count.
    spellings
        How its keys were written.
    """

    frame: pl.DataFrame
    rejected: dy.DataFrame[Rejected]
    warnings: list[str] = field(default_factory=list)
    spellings: Spellings = field(default_factory=Spellings)

    @property
    def lost(self) -> int:
        """Rejected rows that said something which no other row says."""
        return self.rejected.filter(~pl.col("reason").str.starts_with(EXACT_REPEAT)).height


def check(
    rows: pl.DataFrame,
    table: str,
    *,
    name: str,
    moment: datetime | None = None,
    repeats: Repeats = "reject",
) -> Checked:
    """Check a fact table.

    Parameters
    ----------
    rows
        Columns named as in the fact table, text or typed, and ``LINE``; other columns are left out.
    name
        File or source, for messages.
    moment
        When the scan takes place; now where None.
    repeats
        What becomes of containers and accounts whose key came before: they are rejected, or fill what the earlier row
        left empty. Rows of other tables are rejected, and usage is summed up.
    """
    moment = moment or datetime.now(UTC)
    spellings = Spellings()
    frame = spell_columns(_trimmed(rows, table), table, spellings)
    typed = type_columns(
        TextTable(path=Path(name), frame=frame), FACTS[table], forms=_forms(table, moment), rules=RULES
    )
    found, warnings = _counting(typed.frame, table, moment)
    found, again, said = _single(found, table, repeats)
    empty = pl.format("{} is empty", "column")
    wrong = pl.format("{}: {} is not {}", "column", "text", "expected")
    reason = pl.when(pl.col("column").is_null()).then("expected").otherwise(pl.coalesce(wrong, empty)).alias(_REASON)
    reasons = pl.concat([typed.problems.select(LINE, reason), again])
    return Checked(
        frame=found.select(FACTS[table].column_names()),
        rejected=_rejected(rows, reasons, table, name),
        warnings=[f"{name}: {line}" for line in [*warnings, *said]],
        spellings=spellings,
    )


def check_outcome(outcome: Outcome, *, moment: datetime | None = None) -> Outcome:
    """The outcome of a live source with each of its tables checked; rows that are lost make a gap."""
    for table, frame in list(outcome.tables.items()):
        take(outcome, table, frame, name=outcome.source, moment=moment)
    return outcome


def take(
    outcome: Outcome, table: str, frame: pl.DataFrame, *, name: str, moment: datetime | None = None
) -> pl.DataFrame:
    """Check rows that are no lines of a file, and put them into an outcome in place of the table that is there."""
    numbered = frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(LINE))
    checked = check(numbered, table, name=name, moment=moment, repeats="fill")
    outcome.tables[table] = checked.frame
    note(outcome, table, checked, name=name)
    return checked.frame


def note(outcome: Outcome, table: str, checked: Checked, *, name: str) -> None:
    """Add to an outcome what a check found beside the rows: rejected rows, the gap they leave, warnings, spellings."""
    outcome.warnings += checked.warnings
    outcome.spellings.append(checked.spellings)
    if checked.rejected.is_empty():
        return
    outcome.rejected = Rejected.cast(pl.concat([outcome.rejected, checked.rejected]))
    if checked.lost:
        reason = f"{counted(checked.lost, 'row')} rejected, see rejected.csv"
        outcome.gaps.append(Gap(source=table, object_id=name, code="rejected", reason=reason))


def newest_time(tables: Mapping[str, pl.DataFrame], *, moment: datetime | None = None) -> datetime | None:
    """Newest time at which something happened, the scan's at most, or None where no table has one: the clock."""
    times = [
        value
        for table, columns in OBSERVED.items()
        if table in tables
        for column in columns
        if isinstance(value := tables[table].get_column(column).max(), datetime)
    ]
    return min(max(times), moment or datetime.now(UTC)) if times else None


# ------------------------------------------------------------------------------------------------ cells


def _trimmed(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """The fact table's columns, text without spaces around; a cell of nothing else is empty."""
    known = [name for name in FACTS[table].column_names() if name in rows.columns]
    text = [name for name in known if isinstance(rows.schema[name], pl.String | pl.Categorical)]
    stripped = {name: pl.col(name).cast(pl.String).str.strip_chars() for name in text}
    return rows.select(LINE, *known).with_columns(
        pl.when(cell != "").then(cell).alias(name) for name, cell in stripped.items()
    )


def _forms(table: str, moment: datetime) -> dict[str, Form]:
    return {name: _form(table, name, column, moment) for name, column in FACTS[table].columns().items()}


def _form(table: str, name: str, column: dy.Column, moment: datetime) -> Form:
    form = form_of(column)
    if isinstance(column.dtype, pl.Datetime):
        words = f"{form.words} from 1970 to {YEARS} years after the scan"
        return Form(words=words, read=form.read, fits=lambda times: _in_range(times, table, name, moment))
    if column.dtype != pl.String:
        return form
    match table, name:
        case "acls", "acl":
            return Form(words=acls.FORM, read=_readable_acls, fits=_short)
        case "containers", "metadata":
            return Form(
                words="a JSON object", read=lambda text: map_distinct(text, _metadata, pl.String()), fits=_short
            )
        case _, "account":
            words = "the name of a storage account (3 to 24 lower-case letters and digits)"
            return Form(words=words, read=form.read, fits=lambda text: text.str.contains(rf"^{ACCOUNT_NAME}$"))
        case _, "container":
            words = "a container, or ACCOUNT/CONTAINER with an account of 3 to 24 lower-case letters and digits"
            pattern = _GLOBS if table == "entitlement_containers" else _PLACE
            return Form(words=words, read=form.read, fits=lambda text: _plain(text) & _placed(text, pattern))
    if name in COLUMNS:
        words = f"text of at most {LONGEST:,} bytes without control characters"
        return Form(words=words, read=form.read, fits=_plain)
    return Form(words=f"text of at most {LONGEST:,} bytes", read=form.read, fits=_short)


def _short(text: pl.Series) -> pl.Series:
    return text.str.len_bytes() <= LONGEST


def _plain(text: pl.Series) -> pl.Series:
    return _short(text) & ~controls(text)


def _placed(text: pl.Series, pattern: str) -> pl.Series:
    """Where a container's name names no account, or one that can be."""
    slash = text.str.contains("/", literal=True)
    return ~slash | text.str.contains(pattern) if slash.any() else ~slash


def _in_range(times: pl.Series, table: str, name: str, moment: datetime) -> pl.Series:
    observed = name in OBSERVED.get(table, ())
    fits = (times >= _FIRST) & (times <= moment + timedelta(days=366 * YEARS))
    placeholders = UNSET if observed or name == "starts_at" else NEVER
    for year in placeholders:
        fits |= _in_year(times, year)
    return fits


def _in_year(times: pl.Series, year: int) -> pl.Series:
    return (times >= datetime(year, 1, 1, tzinfo=UTC)) & (
        times <= datetime(year, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    )


def _readable_acls(text: pl.Series) -> pl.Series:
    found = text.set(~text.str.contains(acls.PATTERN).fill_null(value=True), None)
    return map_distinct(found, lambda acl: None if acls.names_twice(acl) else acl, pl.String())


def _metadata(text: str) -> str | None:
    """A JSON object, its keys and values in their one spelling, since domains and systems are read from it."""
    known = json_object(text)
    if known is None or known.isascii():
        return known
    value: dict[str, Any] = json.loads(known)
    spelt = {spell(key): spell(one) if isinstance(one, str) else one for key, one in value.items()}
    return json.dumps(spelt, ensure_ascii=False, sort_keys=True)


# ------------------------------------------------------------------------------------------------ rows


def _counting(frame: pl.DataFrame, table: str, moment: datetime) -> tuple[pl.DataFrame, list[str]]:
    """The table with times that say something: no placeholders, and nothing that is to happen after the scan."""
    warnings = []
    observed = OBSERVED.get(table, ())
    for name, dtype in frame.schema.items():
        if not isinstance(dtype, pl.Datetime):
            continue
        times = frame.get_column(name)
        latest, first = times.max(), times.min()
        if latest is None:
            continue
        if name in observed and latest > moment + SKEW:  # type: ignore[operator]
            later = (times > moment + SKEW).fill_null(value=False)
            line, value = frame.filter(later).select(LINE, name).row(0)
            count = counted(int(later.sum()), "time")
            warnings.append(f"{count} of {name} after the scan, not counted; line {line} for example: {value:%Y-%m-%d}")
            times = times.set(later, None)
        for year in UNSET if name in observed or name == "starts_at" else NEVER:
            if first.year <= year <= latest.year:  # type: ignore[union-attr]
                times = times.set(_in_year(times, year).fill_null(value=False), None)
        frame = frame.with_columns(times)
    return frame, warnings


def _single(frame: pl.DataFrame, table: str, repeats: Repeats) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Each key once; line and reason of the rows that are rejected for that; and what to say of the others."""
    none = pl.DataFrame(schema={LINE: pl.Int64, _REASON: pl.String})
    key = list(KEYS[table])
    keyed = frame
    if table == "acls":  # the root goes by several names
        key = ["container", "__path__"]
        keyed = frame.with_columns(pl.col("path").fill_null("").str.strip_chars("/").alias("__path__"))
    said = [name for name in key if keyed.get_column(name).null_count() < keyed.height] or key[:1]
    firsts = keyed.unique(subset=said, keep="first", maintain_order=True)
    if firsts.height == frame.height:
        return frame, none, []
    if table == "usage":
        total = pl.col("operations").cast(pl.Int128).sum().clip(0, 2**63 - 1).cast(pl.Int64)
        some = pl.col("operations").count() > 0
        grouped = frame.group_by(key, maintain_order=True)
        newest = grouped.agg(
            pl.col(LINE).first(), pl.col("last_used").max(), pl.when(some).then(total).alias("operations")
        )
        return newest.select(frame.columns), none, []
    if repeats == "fill" and table in ("containers", "accounts"):
        again = frame.filter(frame.get_column(key[0]).is_duplicated())
        text = f"{counted(again.get_column(key[0]).n_unique(), table[:-1])} listed more than once, taken once"
        return once(frame, key), none, [f"{text}, {again.item(0, key[0])!r} for example"]
    left = _repeats(keyed, firsts, key, KEYS[table])
    return frame.join(left, on=LINE, how="anti", maintain_order="left"), left, []


def _repeats(good: pl.DataFrame, firsts: pl.DataFrame, key: list[str], names: tuple[str, ...]) -> pl.DataFrame:
    """Line and reason of rows whose key an earlier row already has."""
    others = [name for name in good.columns if name not in (LINE, *key, *names)]
    same = pl.all_horizontal(
        pl.lit(value=True), *(pl.col(name).eq_missing(pl.col(f"{name}__first")) for name in others)
    )
    reason = (
        pl.when(same)
        .then(pl.format(f"{EXACT_REPEAT} line {{}}", f"{LINE}__first"))
        .otherwise(
            pl.format(f"says something else than line {{}}, which has the same {', '.join(names)}", f"{LINE}__first")
        )
    )
    return (
        good.join(firsts.select(LINE), on=LINE, how="anti")
        .join(firsts, on=key, how="left", nulls_equal=True, suffix="__first")
        .select(LINE, reason.alias(_REASON))
    )


def _rejected(rows: pl.DataFrame, reasons: pl.DataFrame, table: str, name: str) -> dy.DataFrame[Rejected]:
    """Rejected rows with their cells as JSON, in order; cells without end are cut."""
    if reasons.is_empty():
        return Rejected.create_empty()
    found = rows.join(reasons, on=LINE, how="inner", maintain_order="left")
    found = found.with_columns(
        pl.Series(column, as_text(found.get_column(column)), dtype=pl.String)
        for column, dtype in found.schema.items()
        if dtype.is_temporal() or dtype.is_nested() or dtype == pl.Binary
    )
    shown = found.with_columns(
        pl.when(cell.str.len_chars() > _SHOWN)
        .then(pl.format("{}... ({} characters)", cell.str.head(_SHOWN), cell.str.len_chars()))
        .otherwise(cell)
        .alias(column)
        for column, dtype in found.schema.items()
        if dtype == pl.String
        for cell in [pl.col(column)]
    )
    cells = shown.drop(LINE, _REASON)
    out = shown.select(
        pl.col(LINE).alias("line"),
        pl.col(_REASON).alias("reason"),
        pl.Series(
            "row", [json.dumps(row, ensure_ascii=False, default=str) for row in cells.iter_rows(named=True)], pl.String
        ),
        table=pl.lit(table),
        file=pl.lit(name),
    )
    return Rejected.validate(out.select(Rejected.column_names()), cast=True)
