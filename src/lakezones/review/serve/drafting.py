"""Drafts as they are kept: plain values, and what each is called in forms.

In: drafts of `lakezones.review.decisions`. Out: plain values, and back.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, unquote

from lakezones.review.decisions import Draft
from lakezones.review.decisions.rules import completed
from lakezones.review.serve.state import ReviewState

KEY: Final = ("object_kind", "object_id", "part_kind", "part_id")
_TEXTS: Final = (*KEY, "content_hash", "decision", "option", "detail", "justification", "comment", "bulk")


def values_of(draft: Draft) -> dict[str, Any]:
    """A draft as plain values."""
    effective = draft.effective.isoformat() if draft.effective else None
    return {name: getattr(draft, name) for name in _TEXTS} | {"effective": effective}


def draft_of(reviewer: str, values: Mapping[str, Any], *, ticket: str | None = None) -> Draft:
    """A draft out of plain values."""
    effective = values.get("effective")
    given = {name: values[name] for name in _TEXTS if name in values}
    day = date.fromisoformat(effective) if effective else None
    return Draft(**given, effective=day, reviewer=reviewer, ticket=ticket)


def draft_id(part: Sequence[str]) -> str:
    """What a draft is called in forms.

    Examples
    --------
    >>> draft_id(("role", "r/1", "", "")), part_of("role,r%2F1,,")
    ('role,r%2F1,,', ('role', 'r/1', '', ''))
    """
    return ",".join(quote(one, safe="") for one in part)


def part_of(name: str) -> tuple[str, ...] | None:
    """The key of a draft by what it is called; None where that is no such name."""
    parts = tuple(unquote(one) for one in name.split(","))
    return parts if len(parts) == len(KEY) else None


def is_recorded(draft: Draft, drafted_at: datetime, state: ReviewState) -> bool:
    """Whether a draft is a decision in force already, made of it or of one that said the same.

    Parameters
    ----------
    drafted_at
        When it was made; decisions carry the whole second in which they were submitted.
    """
    said = ("content_hash", "decision", "option", "detail", "effective", "justification", "comment")
    for row in state.in_force.get((draft.object_kind, draft.object_id), ()):
        same = (row["part_kind"], row["part_id"], row["reviewer"]) == (draft.part_kind, draft.part_id, draft.reviewer)
        if same and drafted_at < row["decided_at"] + timedelta(seconds=1):
            full = completed(draft, state.base.known, state.settings, row["decided_at"])
            return all(getattr(full, name) == row[name] for name in said)
    return False
