"""A workbook or a flat file that came back: its rows by their keys, whatever people did around them.

In: sheets as text. Out: `Returned`: the rows that somebody filled in, how many nobody did, and what cannot be read.
Sheets are known by their headings and rows by the key in their hidden column, so that sorting, filtering, moved
columns, other sheets, other columns and deleted rows change nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from lakezones.model.book import SheetCells
from lakezones.model.identity import plain
from lakezones.review.workbook.columns import FILLED, KEY, SHOWN
from lakezones.review.workbook.pages import WORKBOOK, YOUR_NAME, YOUR_TICKET
from lakezones.store.tables import unescape
from lakezones.store.text import unescape as unescape_text

HEADER_WITHIN: Final = 100
"""Rows from the top among which the header is looked for."""
_SAID: Final = ("decision", "justification", "effective", "new", "comment")
"""Cells that say something by themselves: a ticket or a name that was filled down a sheet does not."""
_HEADINGS: Final = {plain(heading): name for heading, name in (FILLED | SHOWN).items()} | {plain(KEY): "key"}
FLAT_KEY: Final = ("object_kind", "object_id", "content_hash")
"""Columns that a flat file cannot do without, besides the decision."""
_FLAT: Final = {
    name: name
    for name in (
        *FLAT_KEY,
        *("part_kind", "part_id", "workbook"),
        *("decision", "option", "effective", "new", "detail", "justification", "comment", "ticket", "reviewer"),
        *SHOWN.values(),
    )
}


@dataclass(frozen=True, kw_only=True)
class FilledRow:
    """A row that somebody filled in.

    Attributes
    ----------
    key
        object_kind, object_id, part_kind, part_id.
    content_hash, workbook
        What was shown, and in which workbook.
    cells
        What was filled in, by the names of drafts; what is empty is left out.
    shown
        What the row said when it was given out, as far as it is compared with now.
    """

    file: str
    sheet: str
    line: int
    key: tuple[str, str, str, str]
    content_hash: str
    workbook: str
    cells: Mapping[str, str]
    shown: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Unread:
    """Something that cannot be read, with where it is and why."""

    file: str
    sheet: str
    line: int | None
    reason: str
    cells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Returned:
    """What came back.

    Attributes
    ----------
    rows, empty
        Rows that were filled in, and how many were not.
    unread
        What cannot be read.
    names, tickets
        What the summary of each file says of its reviewer, by file.
    ignored
        Sheets that are none of ours, as "file, sheet".
    """

    rows: Sequence[FilledRow]
    empty: int
    unread: Sequence[Unread]
    names: Mapping[str, str]
    tickets: Mapping[str, str]
    ignored: Sequence[str]
    tables: int


def read(sheets: Sequence[SheetCells]) -> Returned:
    """Read the sheets of one file or several."""
    rows: list[FilledRow] = []
    unread: list[Unread] = []
    empty = tables = 0
    names: dict[str, str] = {}
    tickets: dict[str, str] = {}
    ignored: list[str] = []
    for sheet in sheets:
        found = _header(sheet)
        if found is None:
            said = _labelled(sheet, (YOUR_NAME, YOUR_TICKET, WORKBOOK))
            if WORKBOOK in said:
                names |= {sheet.file: said[YOUR_NAME]} if said.get(YOUR_NAME) else {}
                tickets |= {sheet.file: said[YOUR_TICKET]} if said.get(YOUR_TICKET) else {}
            else:
                ignored.append(f"{sheet.file}, {sheet.sheet}")
            continue
        start, headings = found
        if why := _misfit(headings):
            unread.append(Unread(file=sheet.file, sheet=sheet.sheet, line=sheet.lines[start], reason=why))
            continue
        tables += 1
        filled, wrong, without = _rows(sheet, start, headings)
        rows += filled
        unread += wrong
        empty += without
    return Returned(rows=rows, empty=empty, unread=unread, names=names, tickets=tickets, ignored=ignored, tables=tables)


def _header(sheet: SheetCells) -> tuple[int, list[str]] | None:
    """Index of the row with the headings, and what each column is; None where it is no sheet of ours."""
    rows = [tuple(sheet.header)] if sheet.header is not None else sheet.frame.head(HEADER_WITHIN).iter_rows()
    for index, row in enumerate(rows):
        words = [plain(cell) for cell in row]
        names = [_HEADINGS.get(word, "") for word in words]
        if "key" in names or {"decision", "justification", "reviewer"} <= set(names):
            return (index if sheet.header is None else -1), names
        if {"object_id", "decision"} <= set(words):
            return (index if sheet.header is None else -1), [_FLAT.get(word, "") for word in words]
    return None


def _misfit(headings: Sequence[str]) -> str:
    """Why rows under these headings cannot be known; empty where they can."""
    titles = {name: heading for heading, name in FILLED.items()} | {"key": KEY} | {name: name for name in FLAT_KEY}
    for name in ("decision", *(FLAT_KEY if "object_id" in headings else ("key",))):
        if name not in headings:
            return (
                f"the column {titles[name]!r} is gone: rows cannot be known without it; take it from the file as it was"
            )
    twice = [titles.get(name, name) for name in dict.fromkeys(headings) if name and headings.count(name) > 1]
    return f"there are two columns named {twice[0]!r}: rename the one that you added" if twice else ""


def _rows(sheet: SheetCells, start: int, headings: Sequence[str]) -> tuple[list[FilledRow], list[Unread], int]:
    """Rows that were filled in, those of them that cannot be read, and how many were not filled in."""
    places = [place for place, name in enumerate(headings) if name]
    columns = [pl.col(sheet.frame.columns[place]).str.strip_chars().alias(headings[place]) for place in places]
    frame = sheet.frame.select(columns).slice(start + 1)
    frame = frame.with_columns(unescape(name) for name in frame.columns).with_row_index("row")
    said = pl.any_horizontal([pl.col(name) != "" for name in _SAID if name in frame.columns]).fill_null(value=False)
    of = "object_id" if "object_id" in frame.columns else "key"
    empty = frame.filter(~said, pl.col(of) != "").height
    fields = [name for name in (*dict.fromkeys(FILLED.values()), "option", "detail") if name in frame.columns]
    shown = [name for name in SHOWN.values() if name in frame.columns]
    rows: list[FilledRow] = []
    unread: list[Unread] = []
    for row in frame.filter(said).iter_rows(named=True):
        line = sheet.lines[start + 1 + row["row"]]
        cells = {name: row[name] for name in fields if row[name]}
        key = _key(row["key"]) if of == "key" else _flat_key(row)
        if isinstance(key, str):
            unread.append(Unread(file=sheet.file, sheet=sheet.sheet, line=line, reason=key, cells=cells))
            continue
        kind, object_id, part_kind, part_id, content_hash, workbook = key
        rows.append(
            FilledRow(
                file=sheet.file,
                sheet=sheet.sheet,
                line=line,
                key=(kind, object_id, part_kind, part_id),
                content_hash=content_hash,
                workbook=workbook,
                cells=cells,
                shown={name: row[name] for name in shown if row[name]},
            )
        )
    return rows, unread, empty


def _flat_key(row: Mapping[str, str | None]) -> tuple[str, ...] | str:
    """What a row of a flat file is about; why that cannot be known, otherwise."""
    if missing := [name for name in FLAT_KEY if not row[name]]:
        return f"the row has no {missing[0]}: take it from the file as it was given out"
    names = ("object_kind", "object_id", "part_kind", "part_id", "content_hash", "workbook")
    return tuple(row.get(name) or "" for name in names)


def _key(cell: str | None) -> tuple[str, ...] | str:
    """What a row is about; why that cannot be known, otherwise."""
    if not cell:
        return "the row has no key: decisions go on the rows of the workbook, not on rows that were added"
    try:
        key = json.loads(cell)
    except (ValueError, RecursionError):
        key = None
    if not (isinstance(key, list) and len(key) == 6 and all(isinstance(part, str) for part in key)):
        return "the key of the row is not as it was given out: take the row from the file as it was"
    return tuple(key)


def _labelled(sheet: SheetCells, labels: Sequence[str]) -> dict[str, str]:
    """What is written in the cell after each label; empty where nothing is."""
    wanted = {plain(label): label for label in labels}
    found: dict[str, str] = {}
    for row in sheet.frame.head(HEADER_WITHIN).iter_rows():
        for cell, after in zip(row, (*row[1:], None), strict=True):
            if cell and (label := wanted.get(plain(cell))) and label not in found:
                found[label] = unescape_text((after or "").strip())
    return found
