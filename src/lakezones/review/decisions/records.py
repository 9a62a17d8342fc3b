"""Decisions as records of the audit log, and back.

In: accepted decisions; records. Out: `Submission`, one batch record per reviewer followed by its decisions;
decisions in force. The log is the truth and is only ever added to: a newer decision of the same reviewer on the same
part replaces the older one, a withdrawal is a record that names the one it takes back, and what stood before stands
again.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.errors import InputError
from lakezones.model.tables import Decisions
from lakezones.model.tables.review import REVIEW_KINDS, VERDICTS

Record = dict[str, Any]
"""One line of the audit log, before it is salted: what it is under ``kind``, its id under ``record_id``."""

DECIDING: Final = ("decision", "carried")
"""Kinds of records that are decisions: made here, or carried over from a log of an earlier format."""
_EARLIER: Final = ("object_kind", "object_id", "content_hash", "decision", "reviewer", "decided_at")
"""Columns that a decision had before there were parts."""
_WHAT: Final = ("object_kind", "object_id", "part_kind", "part_id", "reviewer")
"""What a reviewer decides on, whatever they saw of it."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """Records of what was submitted.

    Attributes
    ----------
    records
        To be added to the log, in order: a batch, then its decisions.
    decisions
        The decisions with the ids of their records.
    """

    records: list[Record]
    decisions: dy.DataFrame[Decisions]


def submit(
    accepted: dy.DataFrame[Decisions],
    *,
    at: datetime,
    source: str,
    ticket: str | None = None,
    key_id: str | None = None,
    campaign: str | None = None,
    instruction: str | None = None,
    comment: str | None = None,
) -> Submission:
    """Records for accepted decisions: each reviewer's are a batch.

    Parameters
    ----------
    accepted
        Decisions of `lakezones.review.decisions.accept`.
    at, source
        When and where they were submitted.
    ticket, key_id
        Evidence for the whole batch; a decision's own ticket comes first.
    campaign, instruction
        The campaign, and what its reviewers were asked to do.
    comment
        A remark of whoever submits.

    Returns
    -------
    Submission
        The batch says how many decisions it has, and how many pairs of person and container they keep, end and add.
    """
    records: list[Record] = []
    rows: list[Record] = []
    for reviewer in accepted["reviewer"].unique().sort():
        own = accepted.filter(pl.col("reviewer") == reviewer)
        made = [
            {
                **row,
                "decided_at": at,
                "source": source,
                "ticket": row["ticket"] or ticket,
                "key_id": row["key_id"] or key_id,
                "campaign": row["campaign"] or campaign,
            }
            for row in own.iter_rows(named=True)
        ]
        about = {"at": _text(at), "reviewer": reviewer, "source": source}
        batch_id = _id("b", about, [_plain(row) for row in made])
        batch = {
            "kind": "batch",
            "record_id": batch_id,
            "batch_id": batch_id,
            **about,
            "ticket": ticket,
            "key_id": key_id,
            "campaign": campaign,
            "instruction": instruction,
            "comment": comment,
            "decisions": len(made),
            **{name: _total(made, name) for name in ("access_kept", "access_ended", "access_added")},
        }
        records.append(batch)
        for number, row in enumerate(made):
            row |= {"batch_id": batch_id, "record_id": _id("d", batch_id, number)}
            records.append({"kind": "decision", **_plain(row)})
            rows.append(row)
    return Submission(records=records, decisions=_frame(rows))


def withdraw(
    records: Sequence[Mapping[str, Any]],
    record_id: str,
    *,
    reviewer: str,
    at: datetime,
    source: str,
    justification: str | None = None,
    ticket: str | None = None,
) -> Record:
    """The record that takes a decision, or an earlier withdrawal, back.

    Raises
    ------
    InputError
        If there is no such record, it is no decision, it is withdrawn already, or somebody else made it.
    """
    named = next((one for one in records if one.get("record_id") == record_id), None)
    if named is None:
        raise InputError(f"there is no record {record_id!r} in the audit log", hint="its id is in decisions.csv")
    if named["kind"] not in (*DECIDING, "withdrawal"):
        raise InputError(f"record {record_id} is a {named['kind']}, not a decision", hint="name a decision")
    if record_id in withdrawn(records):
        raise InputError(f"record {record_id} is withdrawn already", hint="decide again instead")
    if named["reviewer"] != reviewer:
        raise InputError(
            f"record {record_id} is of {named['reviewer']}, not of {reviewer}",
            hint="only who decided takes a decision back; another reviewer may deny it",
        )
    about = {"reviewer": reviewer, "at": _text(at), "source": source}
    return {
        "kind": "withdrawal",
        "record_id": _id("w", record_id, about),
        "withdraws": record_id,
        **about,
        "justification": justification,
        "ticket": ticket,
    }


def withdrawn(records: Iterable[Mapping[str, Any]]) -> set[str]:
    """Ids of records that are taken back by a later record, which is itself not taken back."""
    gone: set[str] = set()
    for record in reversed(list(records)):
        if record["kind"] == "withdrawal" and record["record_id"] not in gone:
            gone.add(record["withdraws"])
    return gone


def fold(records: Sequence[Mapping[str, Any]]) -> dy.DataFrame[Decisions]:
    """Decisions in force.

    Parameters
    ----------
    records
        All records of the log, in their order; those of other kinds are passed over, and carried lines that were none.

    Returns
    -------
    polars.DataFrame
        Schema `lakezones.model.tables.Decisions`: of each reviewer and part the newest decision that nobody took back.
    """
    gone = withdrawn(records)
    standing: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for record in records:
        if record["kind"] in DECIDING and record["record_id"] not in gone and (row := _decided(record)) is not None:
            standing[tuple(row[name] for name in _WHAT)] = row
    return _frame([_typed(record) for record in standing.values()])


def _decided(record: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A decision out of its record; None where a line that was carried over says none that could be in force."""
    if record["kind"] != "carried":
        return record
    row = {name: record.get(name) for name in (*_EARLIER, "justification", "record_id")}
    try:
        datetime.fromisoformat(str(row["decided_at"]))
    except ValueError:
        return None
    if row["object_kind"] not in REVIEW_KINDS or row["decision"] not in VERDICTS:
        return None
    if not all(isinstance(row[name], str) for name in _EARLIER):
        return None
    option = "proposed" if (row["object_kind"], row["decision"]) == ("role", "approve") else None
    why = row["justification"] if isinstance(row["justification"], str) else None
    return {**row, "justification": why, "part_kind": "", "part_id": "", "option": option}


def _frame(rows: Sequence[Mapping[str, Any]]) -> dy.DataFrame[Decisions]:
    schema = Decisions.create_empty().schema
    frame = pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
    return Decisions.validate(frame.sort(*_WHAT, "content_hash"))


def _typed(record: Mapping[str, Any]) -> Record:
    """A record with its times as times."""
    decided = record["decided_at"]
    effective = record.get("effective")
    return {
        **record,
        "decided_at": datetime.fromisoformat(decided).astimezone(UTC) if isinstance(decided, str) else decided,
        "effective": date.fromisoformat(effective) if isinstance(effective, str) else effective,
    }


def _plain(row: Mapping[str, Any]) -> Record:
    """A row with its times as text, as the log has them."""
    return {name: _text(value) for name, value in row.items()}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _total(rows: Sequence[Mapping[str, Any]], name: str) -> int:
    return sum(row[name] or 0 for row in rows)


def _id(prefix: str, *parts: object) -> str:
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return f"{prefix}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
