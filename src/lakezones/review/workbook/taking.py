"""Rows that came back become drafts of decisions.

In: rows by key. Out: `Drafts`; what cannot be understood, with sheet and row in plain words. Whether an item is still
as it was, and who may decide, `lakezones.review.workbook.merging` and `lakezones.review.decisions.accept` say.
"""

import difflib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from lakezones.model.identity import plain
from lakezones.review.decisions.drafts import Draft
from lakezones.review.workbook.columns import FILLED
from lakezones.review.workbook.reading import FilledRow, Returned, Unread
from lakezones.review.workbook.words import WORDS, DecisionWord

_EPOCH: Final = date(1899, 12, 30)
"""Day 0 of a workbook's dates (ECMA-376 part 1, 18.17.4.1), as spreadsheets count since 1900-03-01."""
_HEADINGS: Final = {name: heading for heading, name in reversed(FILLED.items())}


@dataclass(frozen=True, kw_only=True)
class Handed:
    """A draft, with the row and the file that it came from, and the workbook that is its source."""

    draft: Draft
    row: FilledRow


@dataclass(frozen=True, kw_only=True)
class Drafts:
    """What rows say.

    Attributes
    ----------
    handed
        Drafts, in the order of the rows.
    unread
        Rows that say nothing that can be understood.
    """

    handed: Sequence[Handed]
    unread: Sequence[Unread]


def drafts(returned: Returned, *, reviewer: str = "", ticket: str = "") -> Drafts:
    """What was filled in, as drafts.

    Parameters
    ----------
    reviewer
        Who decides where neither the row nor the summary of the file names somebody.
    ticket
        Evidence, where neither names any.
    """
    handed: list[Handed] = []
    unread: list[Unread] = list(returned.unread)
    for row in returned.rows:
        said = _said(row)
        if isinstance(said, str):
            unread.append(Unread(file=row.file, sheet=row.sheet, line=row.line, reason=said, cells=row.cells))
            continue
        who = row.cells.get("reviewer") or returned.names.get(row.file) or reviewer
        evidence = row.cells.get("ticket") or returned.tickets.get(row.file) or ticket
        draft = replace(said, reviewer=who, ticket=evidence or None)
        handed.append(Handed(draft=draft, row=row))
    return Drafts(handed=handed, unread=unread)


def _said(row: FilledRow) -> Draft | str:
    """What a row says, still without reviewer; why it says nothing that can be understood, otherwise."""
    kind, object_id, part_kind, part_id = row.key
    cells = row.cells
    words = WORDS.get((kind, part_kind))
    if words is None:
        return f"a {part_kind or kind} cannot be decided on in a workbook"
    if "decision" not in cells:
        what = " and ".join(f"'{_HEADINGS.get(name, name)}'" for name in cells if name not in ("reviewer", "ticket"))
        return f"there is {what} without a decision: choose one, or clear the cell"
    if "option" in cells or "detail" in cells:
        return _plain_draft(row)
    word = _word(cells["decision"], words)
    if isinstance(word, str):
        return word
    effective = None
    if "effective" in cells:
        if not word.dated:
            return f"a date does not go with {word.word!r}: clear it, or choose another decision"
        day = parse_day(cells["effective"])
        if isinstance(day, str):
            return day
        effective = day
    elif word.dated:
        return f"the decision {word.word!r} needs a date in the column 'Date'"
    detail = None
    if "new" in cells:
        if not word.detail:
            others = " or ".join(repr(one.word) for one in words if one.detail)
            return f"a new name does not go with {word.word!r}: " + (
                f"choose {others}, or clear it" if others else "clear it"
            )
        detail = json.dumps({word.detail: cells["new"]}, ensure_ascii=False)
    elif word.detail:
        return f"the decision {word.word!r} needs the new {word.detail} in the column beside your reason"
    return Draft(
        object_kind=kind,
        object_id=object_id,
        part_kind=part_kind,
        part_id=part_id,
        content_hash=row.content_hash,
        decision=word.verdict,
        option=word.option,
        detail=detail,
        effective=effective,
        justification=cells.get("justification"),
        comment=cells.get("comment"),
        reviewer="",
        line=row.line,
        sheet=row.sheet or None,
    )


def _plain_draft(row: FilledRow) -> Draft | str:
    """What a row of a flat file says in the columns of decisions, as scripts write them."""
    kind, object_id, part_kind, part_id = row.key
    effective = parse_day(row.cells["effective"]) if "effective" in row.cells else None
    if isinstance(effective, str):
        return effective
    keys = {"object_kind": kind, "object_id": object_id, "part_kind": part_kind, "part_id": part_id}
    cells = {**row.cells, **keys, "content_hash": row.content_hash, "effective": effective}
    return replace(Draft.of_cells(cells, line=row.line), sheet=row.sheet or None)


def _word(cell: str, words: Sequence[DecisionWord]) -> DecisionWord | str:
    """The word that a cell says, however it is written; why it says none, otherwise."""
    given = " ".join(plain(cell).replace("_", " ").split())
    known = {word.word: word for word in words}
    for word in words:  # the verdict alone will do where it is clear
        if sum(other.verdict == word.verdict for other in words) == 1:
            known.setdefault(word.verdict, word)
    if given in known:
        return known[given]
    near = difflib.get_close_matches(given, known, n=1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    return f"the decision {cell!r} is not one of {', '.join(word.word for word in words)}{meant}"


def parse_day(cell: str) -> date | str:
    """The day that a cell says: a date, a date as text, or the number that a spreadsheet keeps for one.

    Examples
    --------
    >>> parse_day("2027-01-31 00:00:00"), parse_day("31.1.2027"), parse_day("46418")
    (datetime.date(2027, 1, 31), datetime.date(2027, 1, 31), datetime.date(2027, 1, 31))
    >>> parse_day("31 January 2027"), parse_day("13/01/2027")
    (datetime.date(2027, 1, 31), datetime.date(2027, 1, 13))
    >>> parse_day("01/02/2027")
    "the date '01/02/2027' may be two days: write it as 2027-01-31"
    """
    text = " ".join(cell.split())
    unknown = f"the date {cell!r} is none: write it as 2027-01-31"
    if re.fullmatch(r"\d{5}(\.0*)?", text):
        return _EPOCH + timedelta(days=int(float(text)))
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ][\d:.]+Z?)?", text):
        return _day(int(found[1]), int(found[2]), int(found[3])) or unknown
    if found := re.fullmatch(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", text):
        return _day(int(found[3]), int(found[2]), int(found[1])) or unknown
    if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        days = {day for day in (_day(year, second, first), _day(year, first, second)) if day}
        if len(days) > 1:
            return f"the date {cell!r} may be two days: write it as 2027-01-31"
        return days.pop() if days else unknown
    for form in ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%B %d, %Y", "%b %d, %Y", "%d-%b-%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    return unknown


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
