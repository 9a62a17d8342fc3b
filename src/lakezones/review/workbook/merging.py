"""What several files say together: what is new, what has changed meanwhile, what reviewers say against each other.

In: sheets that came back, what there is to decide on now, decisions in force. Out: `HandedIn`: drafts by where they
come from, rows that cannot be taken, conflicts. One denial denies, so that it is taken beside an approval; of changes
that contradict each other none is.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.errors import InputError, UsageError
from lakezones.model.book import SheetCells
from lakezones.model.tables import Decisions, Rejected
from lakezones.review.decisions import Draft
from lakezones.review.people import Deciders
from lakezones.review.workbook.columns import SHOWN
from lakezones.review.workbook.reading import Returned, Unread, read
from lakezones.review.workbook.taking import Handed, drafts

SAID: Final = ("decision", "option", "detail", "effective", "justification", "comment", "ticket")
"""What a decision says."""
_NO_VIEW: Final = "its people, containers, their sensitivity or what is known about it"


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """What reviewers say against each other.

    Attributes
    ----------
    taken
        Whether the decisions are taken all the same: one denial denies. Contradictory changes are not.
    """

    rows: Sequence[Handed]
    taken: bool
    sentence: str


@dataclass(frozen=True, kw_only=True)
class SheetBatch:
    """Drafts of one file and one workbook; `source` is empty where the file names no workbook."""

    drafts: Sequence[Draft]
    source: str
    file: str


@dataclass(frozen=True, kw_only=True)
class HandedIn:
    """What came back, ready to be submitted.

    Attributes
    ----------
    unchanged
        Rows that say nothing, or nothing new.
    """

    batches: Sequence[SheetBatch]
    rejected: dy.DataFrame[Rejected]
    conflicts: Sequence[Conflict]
    unchanged: int
    ignored: Sequence[str]


def hand_in(
    sheets: Sequence[SheetCells],
    items: pl.DataFrame,
    *,
    principals: pl.DataFrame | None,
    in_force: dy.DataFrame[Decisions] | None = None,
    names: Mapping[str, str] | None = None,
    reviewer: str = "",
    ticket: str = "",
) -> HandedIn:
    """Read sheets that came back, and hold them against what there is now.

    Parameters
    ----------
    items
        `lakezones.model.tables.ReviewItems`: what there is to decide on now.
    principals
        The table ``principals``; None where it was not assessed.
    in_force
        Decisions in force: a row that says the same again says nothing new.
    names
        Names of people by id.
    reviewer, ticket
        Who decides, and evidence, where a file names none.

    Raises
    ------
    UsageError
        If `reviewer` is another person than a file names.
    InputError
        If no sheet is one that was given out.
    """
    returned = read(sheets)
    if not returned.tables and not returned.unread:
        files = ", ".join(dict.fromkeys(sheet.file for sheet in sheets)) or "the file"
        hint = (
            "hand in the file that `lakezones review export` wrote; its headings and its last, hidden column are needed"
        )
        raise InputError(f"{files}: no sheet of a review is in it", hint=hint)
    deciders = Deciders(principals)
    _check_names(returned, deciders, reviewer)
    made = drafts(returned, reviewer=reviewer, ticket=ticket)
    now = {
        (row["object_kind"], row["object_id"]): row
        for row in items.with_columns(pl.col("object_kind", "risk").cast(pl.String)).iter_rows(named=True)
    }
    before = _before(in_force)
    fresh: list[Handed] = []
    unread: list[Unread] = list(made.unread)
    once = _once(made.handed, deciders)
    same = len(made.handed) - len(once)
    for one in once:
        if _said(one.draft) == before.get(_of(one.draft, deciders)):
            same += 1
        elif why := _outdated(one, now):
            unread.append(_unread(one, why))
        else:
            fresh.append(one)
    found = conflicts(fresh, deciders, {key: str(row["name"]) for key, row in now.items()}, names or {})
    dropped = {id(one): conflict for conflict in found if not conflict.taken for one in conflict.rows}
    unread += [_unread(one, dropped[id(one)].sentence) for one in fresh if id(one) in dropped]
    return HandedIn(
        batches=_batches(one for one in fresh if id(one) not in dropped),
        rejected=_rejected(unread),
        conflicts=found,
        unchanged=returned.empty + same,
        ignored=returned.ignored,
    )


def _check_names(returned: Returned, deciders: Deciders, reviewer: str) -> None:
    """Refuse to take one person's workbook for another's."""
    for file, name in returned.names.items():
        if reviewer and deciders.name(name) != deciders.name(reviewer):
            hint = "leave --reviewer out, or put the right name on the sheet Summary"
            raise UsageError(f"{file} was filled in by {name}, and --reviewer says {reviewer}", hint=hint)


def _once(handed: Iterable[Handed], deciders: Deciders) -> list[Handed]:
    """Rows without those that say word by word what another row of the same reviewer says: a file handed in twice."""
    seen = set()
    found = []
    for one in handed:
        mark = (_of(one.draft, deciders), _said(one.draft))
        if mark not in seen:
            seen.add(mark)
            found.append(one)
    return found


def _of(draft: Draft, deciders: Deciders) -> tuple[Any, ...]:
    return (*draft.key, draft.content_hash, deciders.name(draft.reviewer))


def _said(draft: Draft) -> tuple[Any, ...]:
    """What a draft says, options that need no word left out."""
    option = None if draft.option == "proposed" else draft.option
    return (draft.decision, option, draft.detail, draft.effective, draft.justification, draft.comment, draft.ticket)


def _before(in_force: dy.DataFrame[Decisions] | None) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """What each reviewer has said, by what it is about."""
    if in_force is None:
        return {}
    found = {}
    enums = ("object_kind", "part_kind", "decision", "option")
    for row in in_force.with_columns(pl.col(enums).cast(pl.String)).iter_rows(named=True):
        of = tuple(
            row[name] for name in ("object_kind", "object_id", "part_kind", "part_id", "content_hash", "reviewer")
        )
        option = None if row["option"] == "proposed" else row["option"]
        detail = None if row["option"] == "fitted" else row["detail"]
        found[of] = (row["decision"], option, detail, *(row[name] for name in SAID[3:]))
    return found


def _outdated(one: Handed, now: Mapping[tuple[str, str], Mapping[str, Any]]) -> str:
    """Why a row is no longer about what there is; empty where it is. Says what has changed, as far as the row shows."""
    kind, object_id, part_kind, _ = one.row.key
    item = now.get((kind, object_id))
    if item is None:
        return f"{kind} {object_id} is not in the proposal: it is from another one"
    if item["content_hash"] == one.row.content_hash:
        return ""
    changes = []
    for heading, name in SHOWN.items() if not part_kind else ():
        was, is_now = one.row.shown.get(name), item[name]
        if was is not None and not _equal(was, is_now):
            changes.append(f"{heading.lower()} {was}, now {is_now}")
    what = "; ".join(changes) or _NO_VIEW
    return f"{item['name']} has changed since the file was given out ({what}): export again and look at it as it is now"


def _equal(was: str, is_now: Any) -> bool:
    try:
        return float(was) == float(is_now)
    except (TypeError, ValueError):
        return was == str(is_now)


def conflicts(
    handed: Sequence[Handed], deciders: Deciders, names: Mapping[tuple[str, str], str], people: Mapping[str, str]
) -> list[Conflict]:
    """What several reviewers say against each other on the same item or part.

    Parameters
    ----------
    names, people
        Name of each item, by kind and id; names of people by id.
    """
    by_key: dict[Any, list[Handed]] = defaultdict(list)
    for one in handed:
        by_key[one.draft.key].append(one)
    found = []
    for (kind, object_id, part_kind, part_id), rows in by_key.items():
        said = {_statement(one.draft) for one in rows}
        if len(said) < 2 or len({deciders.name(one.draft.reviewer) for one in rows}) < 2:
            continue
        shaping = [one for one in said if one[0] not in ("deny", "defer")]
        denied = any(one[0] == "deny" for one in said)
        if len(shaping) < 2 and not (denied and shaping):
            continue
        taken = len(shaping) < 2
        what = f"{kind} {names.get((kind, object_id), object_id)}" + (
            f", {part_kind} {people.get(part_id, part_id)}" if part_kind else ""
        )
        end = "one denial denies" if taken else "that cannot all be carried out, so none is taken: agree on one"
        sentence = f"{what}: {'; '.join(map(_who_says, rows))}; {end}"
        found.append(Conflict(rows=rows, taken=taken, sentence=sentence))
    return found


def _statement(draft: Draft) -> tuple[Any, ...]:
    return draft.decision, None if draft.option == "proposed" else draft.option, draft.detail, draft.effective


def _who_says(one: Handed) -> str:
    cells = one.row.cells
    words = [cells["decision"], cells.get("new", ""), one.draft.effective.isoformat() if one.draft.effective else ""]
    where = place(one.row.file, one.row.sheet, one.row.line)
    return f"{one.draft.reviewer} says {' '.join(filter(None, words))} ({where})"


def place(file: str, sheet: str, line: int | None) -> str:
    """Where a row is, in words.

    Examples
    --------
    >>> place("a.xlsx", "Roles", 7), place("a.csv", "", 7)
    ('a.xlsx, sheet Roles row 7', 'a.csv line 7')
    """
    where = f"{file}, sheet {sheet}" if sheet else file
    return f"{where} {'row' if sheet else 'line'} {line}" if line else where


def _unread(one: Handed, why: str) -> Unread:
    row = one.row
    return Unread(file=row.file, sheet=row.sheet, line=row.line, reason=why, cells=row.cells)


def _rejected(unread: Sequence[Unread]) -> dy.DataFrame[Rejected]:
    rows = [
        {
            "table": "decisions",
            "file": place(one.file, one.sheet, None),
            "line": one.line,
            "reason": one.reason,
            "row": json.dumps(dict(one.cells), ensure_ascii=False),
        }
        for one in unread
    ]
    return Rejected.validate(pl.DataFrame(rows, schema=Rejected.create_empty().schema))


def _batches(handed: Iterable[Handed]) -> list[SheetBatch]:
    """Drafts by file and workbook, in the order in which they came."""
    by_source: dict[tuple[str, str], list[Draft]] = defaultdict(list)
    for one in handed:
        by_source[one.row.file, one.row.workbook].append(one.draft)
    return [SheetBatch(drafts=rows, source=source, file=file) for (file, source), rows in by_source.items()]
