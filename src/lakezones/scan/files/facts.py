"""Makes fact tables of the tables in files: their names of columns, what a file must have, and what it has too much.

In: a `TextTable` and the name of a fact table. Out: what `lakezones.scan.gate` lets through, which checks the rows of
every source alike, and rejected rows with their line and the reason in words.
"""

import difflib
import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

import polars as pl

from lakezones.errors import MissingColumnError
from lakezones.model.facts import FACTS, ONE_OF, required_columns
from lakezones.model.tables import Rejected
from lakezones.scan.gate import Checked, check, note
from lakezones.scan.result import Outcome, Reading
from lakezones.store.readers import TextTable

ALIASES: Final = {"grants": {"principal": "principal_id"}}
"""Other names that a column of a table may go by."""


def read_facts(text: TextTable, table: str, *, moment: datetime | None = None) -> Checked:
    """Make a fact table of a file's columns.

    Raises
    ------
    MissingColumnError
        If a required column is not there; names the columns that are.
    """
    text = _renamed(text, ALIASES.get(table, {}))
    _require(text, table)
    known = FACTS[table].column_names()
    name = text.path.name
    unknown = [column for column in text.columns if column not in known]
    warnings = [f"{name}: column {column!r} is unknown and left out{_near(column, known)}" for column in unknown]
    checked = check(text.frame, table, name=name, moment=moment)
    rejected = pl.concat([checked.rejected, _wide(text, table)]).sort("line", "reason", maintain_order=True)
    return replace(checked, warnings=warnings + checked.warnings, rejected=Rejected.cast(rejected))


def add_facts(outcome: Outcome, table: str, found: Checked, *, file: str, seconds: float) -> None:
    """Put a table from a file into an outcome; rows that were lost make a gap."""
    outcome.tables[table] = found.frame
    note(outcome, table, found, name=file)
    reading = Reading(
        table=table, pages=1, items=found.frame.height, expected=found.frame.height + found.rejected.height
    )
    reading.seconds = seconds
    if found.lost:
        reading.failures["rejected"] = found.lost
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


def _wide(text: TextTable, table: str) -> pl.DataFrame:
    """Rows with more values than the header has names."""
    found = [(row.line, row.reason, json.dumps(list(row.values), ensure_ascii=False)) for row in text.wide]
    out = pl.DataFrame(found, schema={"line": pl.Int64, "reason": pl.String, "row": pl.String}, orient="row")
    named = out.with_columns(table=pl.lit(table), file=pl.lit(text.path.name))
    return Rejected.validate(named.select(Rejected.column_names()), cast=True)
