"""Makes fact tables of the tables in files, and rejected rows of what does not fit.

In: a `TextTable` and the name of a fact table. Out: a frame with exactly the fact table's schema, and rejected rows
with their line and the reason in words. Cells are typed by `lakezones.store.cells`; here is what facts have beside
their types: other names of columns, the forms of ACLs and metadata, and that a row may come only once.
"""

import difflib
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import dataframely as dy
import polars as pl

from lakezones.errors import MissingColumnError
from lakezones.model.facts import FACTS, KEYS, ONE_OF, required_columns
from lakezones.model.tables import Rejected
from lakezones.model.words import counted
from lakezones.scan.result import EXACT_REPEAT, Gap, Outcome, Reading
from lakezones.store.cells import Form, json_object, map_distinct, type_columns
from lakezones.store.readers import LINE, TextTable

ALIASES: Final = {"grants": {"principal": "principal_id"}}
"""Other names that a column of a table may go by."""

_REASON: Final = "__reason__"
_ACL_ENTRY: Final = r"\s*(default:)?(user|group|mask|other):[^:,]*:[r-][w-][xtT-]\s*"
_ACL: Final = rf"^({_ACL_ENTRY},)*({_ACL_ENTRY})?$"
FORMS: Final = {
    "acls": {
        "acl": Form(
            words="an ACL (for example user::rwx,group::r-x,group:ID:r-x,mask::r-x,other::---)",
            read=lambda text: text.set(~text.str.contains(_ACL).fill_null(value=True), None),
        )
    },
    "containers": {
        "metadata": Form(words="a JSON object", read=lambda text: map_distinct(text, json_object, pl.String()))
    },
}
"""Text columns of a form of their own. One row that cannot be read must not stop a run."""

RULES: Final = {"names_a_place": "container and location are empty; one of them is needed"}
"""What is wrong with a row that breaks a rule of its schema."""


@dataclass(frozen=True, kw_only=True)
class FactTable:
    """A fact table as read from a file.

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
    rejected: dy.DataFrame[Rejected]
    warnings: list[str]


def read_facts(text: TextTable, table: str) -> FactTable:
    """Make a fact table of text columns.

    Raises
    ------
    MissingColumnError
        If a required column is not there; names the columns that are.
    """
    schema = FACTS[table]
    text = _renamed(text, ALIASES.get(table, {}))
    _require(text, table)
    known = schema.column_names()
    unknown = [name for name in text.columns if name not in known]
    warnings = [f"{text.path.name}: column {name!r} is unknown and left out{_near(name, known)}" for name in unknown]
    trimmed = text.frame.with_columns(
        pl.when(pl.col(name).cast(pl.String).str.strip_chars() != "")
        .then(pl.col(name).cast(pl.String).str.strip_chars())
        .alias(name)
        for name in known
        if name in text.columns and isinstance(text.frame.schema[name], pl.String | pl.Categorical | pl.Enum)
    )
    typed = type_columns(TextTable(path=text.path, frame=trimmed), schema, forms=FORMS.get(table), rules=RULES)
    empty = pl.format("{} is empty", "column")
    wrong = pl.format("{}: {} is not {}", "column", "text", "expected")
    reason = pl.when(pl.col("column").is_null()).then("expected").otherwise(pl.coalesce(wrong, empty)).alias(_REASON)
    repeats = _repeats(typed.frame, KEYS[table])
    frame = typed.frame.join(repeats, on=LINE, how="anti", maintain_order="left") if repeats.height else typed.frame
    reasons = pl.concat([typed.problems.select(LINE, reason), repeats])
    return FactTable(frame=frame.select(known), rejected=_rejected(text, reasons, table), warnings=warnings)


def add_facts(outcome: Outcome, table: str, found: FactTable, *, file: str, seconds: float) -> None:
    """Put a table from a file into an outcome; rows that were lost make a gap."""
    outcome.tables[table] = found.frame
    outcome.rejected = Rejected.cast(pl.concat([outcome.rejected, found.rejected]))
    reading = Reading(
        table=table, pages=1, items=found.frame.height, expected=found.frame.height + found.rejected.height
    )
    reading.seconds = seconds
    lost = found.rejected.filter(~pl.col("reason").str.starts_with(EXACT_REPEAT)).height
    if lost:
        reading.failures["rejected"] = lost
        reason = f"{counted(lost, 'row')} rejected, see rejected.csv"
        outcome.gaps.append(Gap(source=table, object_id=file, code="rejected", reason=reason))
    outcome.readings.append(reading)


def _renamed(text: TextTable, aliases: dict[str, str]) -> TextTable:
    names = {alias: name for alias, name in aliases.items() if alias in text.columns and name not in text.columns}
    return TextTable(path=text.path, frame=text.frame.rename(names), wide=text.wide)


def _require(text: TextTable, table: str) -> None:
    found = text.columns
    missing = [name for name in required_columns(table) if name not in found]
    if (choice := ONE_OF.get(table)) and not set(choice) & set(found):
        missing.append(choice[0])
    if not missing:
        return
    guess = difflib.get_close_matches(missing[0], found, n=1)
    if len(found) == 1 and any(mark in found[0] for mark in ";\t|"):
        hint = "the columns are not separated by commas; export the file again with commas"
    elif guess:
        hint = f"did you mean {guess[0]!r}? rename it to {missing[0]!r}"
    else:
        hint = f"{table} needs: {', '.join(required_columns(table))}"
    columns = "columns" if len(missing) > 1 else "column"
    names = ", ".join(repr(name) for name in missing)
    raise MissingColumnError(f"{text.path}: no {columns} {names}; found: {', '.join(found)}", hint=hint)


def _near(name: str, known: Collection[str]) -> str:
    guess = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {guess[0]!r}?" if guess else ""


def _repeats(good: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Line and reason of rows whose key an earlier row already has."""
    key = list(keys)
    firsts = good.unique(subset=key, keep="first", maintain_order=True)
    if firsts.height == good.height:
        return pl.DataFrame(schema={LINE: pl.Int64, _REASON: pl.String})
    others = [name for name in good.columns if name not in (LINE, *key)]
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
    return (
        good.join(firsts.select(LINE), on=LINE, how="anti")
        .join(firsts, on=key, how="left", nulls_equal=True, suffix="__first")
        .select(LINE, reason.alias(_REASON))
    )


def _rejected(text: TextTable, reasons: pl.DataFrame, table: str) -> dy.DataFrame[Rejected]:
    """Rejected rows with their text as JSON, in file order."""
    rows = text.frame.join(reasons, on=LINE, how="inner", maintain_order="left")
    found = [
        (
            row[LINE],
            row[_REASON],
            json.dumps({name: row[name] for name in text.columns}, ensure_ascii=False, default=str),
        )
        for row in rows.iter_rows(named=True)
    ]
    found += [(row.line, row.reason, json.dumps(list(row.values), ensure_ascii=False)) for row in text.wide]
    out = pl.DataFrame(
        sorted(found), schema={"line": pl.Int64, "reason": pl.String, "row": pl.String}, orient="row"
    ).with_columns(table=pl.lit(table), file=pl.lit(text.path.name))
    return Rejected.validate(out.select(Rejected.column_names()), cast=True)
