"""Records of the audit log as the history shows them.

In: records, newest first. Out: records of `lakezones.review.pages.views`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from lakezones.review.pages.views import RecordView
from lakezones.review.serve.state import ReviewState

SHOWN: Final = ("decision", "withdrawal", "carried")
"""Kinds of records that say something about an item."""


def record_views(state: ReviewState, reviewer: str, records: Iterable[Mapping[str, Any]]) -> list[RecordView]:
    """Records in words, in their order.

    Parameters
    ----------
    reviewer
        Whose records may be withdrawn.
    """
    return [_view(state, reviewer, record) for record in records if record["kind"] in SHOWN]


def _view(state: ReviewState, reviewer: str, record: Mapping[str, Any]) -> RecordView:
    about = record
    if record["kind"] == "withdrawal":
        about = state.record(record["withdraws"]) or record
    kind, object_id = str(about.get("object_kind") or ""), str(about.get("object_id") or "")
    row = state.by_key.get((kind, object_id))
    withdrawn = state.withdrawn.get(record["record_id"])
    standing = state.standing((kind, object_id))
    part_kind, part_id = str(about.get("part_kind") or ""), str(about.get("part_id") or "")
    return RecordView(
        record_id=record["record_id"],
        words=_words(record, about),
        reviewer=state.base.name(str(record.get("reviewer") or "")),
        at=_moment(record),
        kind=kind,
        id=object_id,
        name=row["name"] if row else object_id,
        verdict=str(about.get("decision") or ""),
        access="none" if record["kind"] == "withdrawal" else _access(record),
        part_name=state.base.name(part_id) if part_kind == "member" else part_id,
        justification=record.get("justification"),
        comment=record.get("comment"),
        ticket=record.get("ticket"),
        batch_id=record.get("batch_id"),
        withdrawn=withdrawn,
        withdraws=record.get("withdraws"),
        may_withdraw=withdrawn is None
        and record.get("reviewer") == reviewer
        and record["record_id"] in state.force_ids,
        standing=standing["standing"] if standing else "",
    )


def _words(record: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    said = str(about.get("effect") or about.get("decision") or "a decision of an earlier version")
    return f"Withdrawn: {said[:1].lower()}{said[1:]}" if record["kind"] == "withdrawal" else said


def _access(record: Mapping[str, Any]) -> Any:
    for change in ("ended", "added", "kept"):
        if record.get(f"access_{change}"):
            return change
    return "none"


def _moment(record: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(str(record.get("decided_at") or record.get("at")))
