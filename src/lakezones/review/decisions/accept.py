"""Drafts become decisions, or are rejected with the reason.

In: drafts, what can be decided on, who may decide. Out: `Accepted`. A decision is taken where the verdict exists for
what it is about, what is decided on is as it was seen, the reviewer is a person whom the directory knows, and nobody
decides in favour of themselves.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.model.tables import Decisions, Rejected
from lakezones.review.binding import Contents
from lakezones.review.decisions.decidable import Decidable
from lakezones.review.decisions.drafts import Draft
from lakezones.review.decisions.rejections import rejected_rows
from lakezones.review.decisions.rules import completed, misfit
from lakezones.review.decisions.vocabulary import effect_words
from lakezones.review.people import Deciders
from lakezones.review.settings import ReviewSettings

SAID: Final = ("decision", "option", "detail", "effective", "justification", "comment", "ticket")
"""Columns in which a decision may differ from the reviewer's earlier one on the same content."""
KEY: Final = ("object_kind", "object_id", "part_kind", "part_id", "content_hash", "reviewer")
"""What a reviewer decides on once."""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What became of drafts.

    Attributes
    ----------
    decisions
        Those that say something new, without ids of records: `lakezones.review.decisions.submit` gives them.
    unchanged
        How many say what their reviewer has said before.
    rejected
        The others, each with its line and the reason.
    """

    decisions: dy.DataFrame[Decisions]
    unchanged: int
    rejected: dy.DataFrame[Rejected]


def accept(
    drafts: Iterable[Draft],
    items: pl.DataFrame,
    *,
    principals: pl.DataFrame | None,
    settings: ReviewSettings,
    earlier: dy.DataFrame[Decisions] | None,
    at: datetime,
    source: str,
    contents: Contents | None = None,
    file: str | None = None,
    campaign: str | None = None,
    opened: Collection[tuple[str, str]] | None = None,
    refusals: Callable[[Sequence[Draft]], Sequence[str]] | None = None,
) -> Accepted:
    """Decisions out of drafts.

    Parameters
    ----------
    drafts
        What reviewers want to decide.
    items
        What can be decided on: object_kind, object_id, content_hash and, where known, the other columns of
        `lakezones.model.tables.ReviewItems`.
    principals
        The table ``principals``; None where it was not assessed, and anybody may review.
    settings
        Section ``review``.
    earlier
        Decisions in force.
    at
        When they are handed in, UTC.
    source
        Where: the id of the workspace, or of the workbook.
    contents
        What there is to see. Without it parts cannot be decided on, and access is not counted.
    file
        What rejected rows name; `source` by default.
    campaign
        The campaign they are made in.
    opened
        Kind and id of what reviewers opened; None where that is not known. High risk is not decided unopened.
    refusals
        What a change would break, draft by draft (`lakezones.review.checks.Checker.refusals`); not looked at without.

    Returns
    -------
    Accepted
        Every draft is in it once. Of one reviewer's drafts on the same part that contradict each other none is taken.
    """
    known, deciders = Decidable(items, contents), Deciders(principals)
    given = list(drafts)
    full = [completed(replace(draft, reviewer=deciders.name(draft.reviewer)), known, settings, at) for draft in given]
    broken = refusals(full) if refusals is not None else [""] * len(full)
    found = [
        misfit(draft, known, deciders, settings, at, opened) or breaks
        for draft, breaks in zip(full, broken, strict=True)
    ]
    reasons = [reason or against for reason, against in zip(found, _against_each_other(full, found), strict=True)]
    taken = [draft for draft, reason in zip(full, reasons, strict=True) if not reason]
    rejected = [(draft, reason) for draft, reason in zip(given, reasons, strict=True) if reason]
    rows = [_row(draft, known, at=at, source=source, campaign=campaign) for draft in taken]
    fresh = _fresh(rows, earlier)
    return Accepted(
        decisions=Decisions.validate(
            pl.DataFrame(fresh, schema=Decisions.create_empty().schema).sort(
                "object_kind", "object_id", "part_kind", "part_id", "reviewer"
            )
        ),
        unchanged=len(rows) - len(fresh),
        rejected=rejected_rows(rejected, file=file or source),
    )


def _against_each_other(drafts: Sequence[Draft], misfits: Sequence[str]) -> list[str]:
    """Why a draft cannot be taken beside the others of its reviewer on the same part; empty where it can."""
    said: dict[tuple[Any, ...], set[tuple[Any, ...]]] = {}
    for draft in drafts:
        said.setdefault((draft.key, draft.reviewer), set()).add((draft.decision, draft.option, draft.detail))
    taken: set[tuple[Any, ...]] = set()
    reasons = []
    for draft, wrong in zip(drafts, misfits, strict=True):
        mark, reason = (draft.key, draft.reviewer), ""
        if len(said[mark]) > 1:
            verdicts = sorted({str(verdict) for verdict, *_ in said[mark]})
            both = f"both {' and '.join(verdicts)}" if len(verdicts) > 1 else f"{verdicts[0]} in two ways"
            reason = f"{draft.reviewer} says {both} on {draft.what}"
        elif mark in taken:
            reason = f"{draft.reviewer} decided on {draft.what} twice"
        elif not wrong:
            taken.add(mark)
        reasons.append(reason)
    return reasons


def _row(draft: Draft, known: Decidable, *, at: datetime, source: str, campaign: str | None) -> dict[str, Any]:
    """A decision with what it does to access."""
    effect = effect_words(draft.object_kind, draft.part_kind, draft.decision, draft.option, effective=draft.effective)
    pairs = known.pairs(draft.key)
    counts: dict[str, int | None] = {
        f"access_{change}": None if pairs is None else pairs if effect.access == change else 0
        for change in ("kept", "ended", "added")
    }
    return {
        "object_kind": draft.object_kind,
        "object_id": draft.object_id,
        "content_hash": draft.content_hash,
        "decision": draft.decision,
        "reviewer": draft.reviewer,
        "justification": draft.justification,
        "decided_at": at,
        "part_kind": draft.part_kind,
        "part_id": draft.part_id,
        "option": draft.option,
        "detail": draft.detail,
        "effective": draft.effective,
        "effect": effect.record,
        **counts,
        "comment": draft.comment,
        "record_id": None,
        "batch_id": None,
        "source": source,
        "ticket": draft.ticket,
        "key_id": None,
        "campaign": campaign,
    }


def _fresh(rows: Sequence[dict[str, Any]], earlier: dy.DataFrame[Decisions] | None) -> list[dict[str, Any]]:
    """Rows that say something else than the same reviewer's decision in force."""
    if earlier is None or not rows:
        return list(rows)
    before = {tuple(row[name] for name in KEY): row for row in earlier.iter_rows(named=True)}

    def same(row: dict[str, Any]) -> bool:
        old = before.get(tuple(row[name] for name in KEY))
        return old is not None and all(row[name] == old[name] for name in SAID)

    return [row for row in rows if not same(row)]
