"""Decisions that another workspace recorded: which of them are new here, and how they are put on record.

In: its log, held against a checkpoint, and the records of this workspace. Out: `Brought`: drafts that go the way of
every other, with the evidence that each has there; withdrawals of what was taken from it earlier. A record that was
taken names where it stands in the other log, so that the way back to it can be proven.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, cast

import dataframely as dy
import polars as pl

from lakezones.errors import InputError
from lakezones.model.tables import Decisions, Seen
from lakezones.model.words import counted
from lakezones.review.binding import Contents, changed
from lakezones.review.decisions.accept import KEY, SAID
from lakezones.review.decisions.drafts import Draft
from lakezones.review.decisions.records import DECIDING, Record, fold, submit, withdraw, withdrawn
from lakezones.review.decisions.standings import lapsed_parts
from lakezones.review.people import Deciders

WORKBOOK: Final = "workbook-"
"""How ids of workbooks begin: two copies of a workspace may import one each."""
MOST: Final = 3
"""Changes of an item that are named."""
_SAYS: Final = tuple(name for name in SAID if name not in ("comment", "ticket"))


@dataclass(frozen=True, kw_only=True)
class OtherLog:
    """A log of another workspace, as far as its checkpoint covers it.

    Attributes
    ----------
    origin, size, root
        The checkpoint that it was held against.
    records
        The records that this covers, oldest first.
    leaves
        The hash of each in the tree, in hex.
    signed
        Batches of which a signature is kept beside the log.
    """

    origin: str
    size: int
    root: str
    records: Sequence[Mapping[str, Any]]
    leaves: Sequence[str]
    signed: frozenset[str] = frozenset()

    @property
    def about(self) -> Record:
        """What a record taken from it says of it; ``log`` is the hash of its first record, which it keeps."""
        return {"origin": self.origin, "size": self.size, "root": self.root, "log": self.leaves[0]}

    def place(self, number: int) -> Record:
        """What a record says of the one that it was taken from; ``made`` is the leaf in the log it was made in."""
        record, leaf = self.records[number - 1], self.leaves[number - 1]
        return {"record_id": record["record_id"], "number": number, "leaf": leaf, "made": made(record, leaf)}


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What another log has that this workspace does not.

    Attributes
    ----------
    drafts
        Decisions in force there, each with its number as its line.
    evidence
        Of each, by `lakezones.review.decisions.accept.KEY`: columns that it keeps.
    withdrawals
        Records that take back what was taken from that log before.
    earlier
        Decisions in force here after them.
    rejected
        What cannot be taken, with the reason.
    unchanged
        How many are here already.
    copied
        How many drafts come from a copy of this workspace: they are of the same source.
    """

    drafts: Sequence[Draft]
    evidence: Mapping[tuple[Any, ...], Record]
    withdrawals: Sequence[Record]
    earlier: dy.DataFrame[Decisions]
    rejected: Sequence[tuple[Draft, str]]
    unchanged: int
    copied: int


def made(record: Mapping[str, Any], leaf: str) -> str:
    """The leaf of a record in the log in which it was made, however many workspaces it went through."""
    found = record.get("taken_from")
    first = found.get("made") if isinstance(found, Mapping) else None
    return first if isinstance(first, str) else leaf


def imports_of(records: Sequence[Mapping[str, Any]], other: OtherLog) -> list[Mapping[str, Any]]:
    """Records that say what was taken from a log before, oldest first."""
    places = (one["from_log"] for one in records if isinstance(one.get("from_log"), Mapping))
    return [place for place in places if place.get("log") == other.leaves[0]]


def brought(
    other: OtherLog,
    own: Sequence[Mapping[str, Any]],
    leaves: Sequence[str],
    *,
    deciders: Deciders,
    source: str,
    variants: Mapping[str, str],
    at: datetime,
) -> Brought:
    """What of another log is new.

    Parameters
    ----------
    own, leaves
        Records of this workspace, and the hash of each, in hex.
    deciders
        Who may decide here, by whom the reviewers of the other log are found.
    source
        Id of this workspace.
    variants
        Hash of what the fitted variant of each role leaves out.
    at
        When it is taken.
    """
    here = {made(record, leaf): record for record, leaf in zip(own, leaves, strict=True)}
    copy = _is_copy(other, own, leaves)
    withdrawals, rejected = _withdrawals(other, own, here, deciders, source if copy else None, at)
    earlier = fold([*own, *withdrawals])
    before = {tuple(row[name] for name in KEY if name != "content_hash"): row for row in earlier.iter_rows(named=True)}
    numbers = {record["record_id"]: number for number, record in enumerate(other.records, start=1)}
    batches = {one["record_id"]: one for one in other.records if one["kind"] == "batch"}
    drafts: list[Draft] = []
    evidence: dict[tuple[Any, ...], Record] = {}
    unchanged = 0
    for row in fold(other.records).iter_rows(named=True):
        place = other.place(numbers[row["record_id"]])
        draft = Draft.of_cells(row, line=place["number"])
        reviewer = deciders.name(draft.reviewer)
        mine = before.get((*draft.key, reviewer))
        if place["made"] in here or (mine is not None and _says_the_same(row, mine)):
            unchanged += 1
        elif why := _outdated(replace(draft, reviewer=reviewer), row, mine, variants):
            rejected.append((draft, why))
        else:
            drafts.append(draft)
            mark = tuple(getattr(replace(draft, reviewer=reviewer), name) for name in KEY)
            evidence.setdefault(mark, _evidence(other, row, place, batches, source if copy else None, at))
    return Brought(
        drafts=drafts,
        evidence=evidence,
        withdrawals=withdrawals,
        earlier=earlier,
        rejected=rejected,
        unchanged=unchanged,
        copied=sum(one["source"] == source for one in evidence.values()),
    )


def _says_the_same(row: Mapping[str, Any], mine: Mapping[str, Any]) -> bool:
    """Whether the reviewer said here, later, what they said there."""
    later = mine["decided_at"] > row["decided_at"] and mine["content_hash"] == row["content_hash"]
    return later and all(mine[name] == row[name] for name in _SAYS)


def _outdated(draft: Draft, row: Mapping[str, Any], mine: Mapping[str, Any] | None, variants: Mapping[str, str]) -> str:
    """Why a decision that was made elsewhere does not hold here; empty where it may."""
    if mine is not None and mine["decided_at"] > row["decided_at"]:
        day = f"{mine['decided_at']:%Y-%m-%d %H:%M} UTC"
        return f"{draft.reviewer} decided on {draft.what} here later, on {day}: that stands"
    # What the approval names is not what would be approved now: the draft would be completed with that.
    if draft.option == "fitted" and _variant(draft.detail) != variants.get(draft.object_id):
        return f"what nobody used of {draft.what} has changed since it was reviewed: look at it again"
    return ""


def _evidence(
    other: OtherLog,
    row: Mapping[str, Any],
    place: Record,
    batches: Mapping[str, Mapping[str, Any]],
    copied: str | None,
    at: datetime,
) -> Record:
    """What a decision keeps of the workspace that it was made in."""
    batch = batches.get(row["batch_id"] or "", {})
    signed = row["batch_id"] in other.signed and row["key_id"] == batch.get("key_id")
    return {
        "source": _source(other.records[place["number"] - 1], copied),
        "ticket": row["ticket"],
        "key_id": row["key_id"] if signed else None,
        "campaign": row["campaign"],
        "decided_at": min(row["decided_at"], at).isoformat(),
        "taken_from": place,
        "batch": batch,
    }


def since_seen(
    drafts: Sequence[Draft], contents: Contents, hashes: pl.DataFrame, seen: dy.DataFrame[Seen]
) -> list[tuple[Draft, str]]:
    """Drafts on what is not as their reviewers saw it, with what has changed.

    Parameters
    ----------
    contents, hashes
        What there is to see, and its hashes.
    seen
        What was seen in the other workspace; those of which it has nothing are left to `accept`.
    """
    now = {(kind, object_id): seen for kind, object_id, seen in _texts(hashes).iter_rows()}
    stale = [one for one in drafts if now.get((one.object_kind, one.object_id), one.content_hash) != one.content_hash]
    known = set(_texts(seen).unique().iter_rows())
    stale = [one for one in stale if (one.object_kind, one.object_id, one.content_hash) in known]
    if not stale:
        return []
    blank = Decisions.create_empty().schema
    rows = [dict.fromkeys(blank) | {name: getattr(one, name) for name in (*KEY, "decision")} for one in stale]
    parts = lapsed_parts(changed(contents, seen, cast("dy.DataFrame[Decisions]", pl.DataFrame(rows, schema=blank))))
    found = []
    for one in stale:
        grown = list(parts.get((one.object_kind, one.object_id), {}).get(one.content_hash, {}).values())
        said = "; ".join(grown[:MOST]) + (f"; {counted(len(grown) - MOST, 'change')} more" if grown[MOST:] else "")
        said = said or "some of it is gone or less than it was"
        what = f"{one.object_kind} {one.object_id}"
        found.append((one, f"{what} has changed since it was reviewed ({said}): look at it again"))
    return found


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.col("object_kind").cast(pl.String), "object_id", "content_hash")


def records_of(
    accepted: dy.DataFrame[Decisions], found: Brought, other: OtherLog, *, at: datetime, key_id: str | None
) -> list[Record]:
    """Records of what was taken: withdrawals, then a batch for each batch of the other log, with its decisions.

    Parameters
    ----------
    accepted
        Those of the drafts that were accepted.
    key_id
        The key that signs here: it is named by the batch, and is no evidence for decisions that were made elsewhere.
    """
    records = list(found.withdrawals)
    groups: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for row in accepted.iter_rows(named=True):
        mark = tuple(row[name] for name in KEY)
        kept = found.evidence[mark]
        groups.setdefault((str(kept["batch"].get("record_id", "")), str(kept["source"] or "")), []).append(mark)

    def place(marks: list[tuple[Any, ...]]) -> int:
        return min(int(found.evidence[mark]["taken_from"]["number"]) for mark in marks)

    for (batch_id, source), marks in sorted(groups.items(), key=lambda group: place(group[1])):
        there = found.evidence[marks[0]]["batch"]
        wanted = pl.DataFrame(marks, schema=accepted.select(KEY).schema, orient="row")
        rows = Decisions.cast(accepted.join(wanted, on=list(KEY), how="semi", maintain_order="left"))
        texts = {name: _text(there, name) for name in ("ticket", "comment")}
        for record in submit(rows, at=at, source=source, **texts).records:
            if record["kind"] == "batch":
                records.append(record | {"key_id": key_id, "from_log": {**other.about, "batch": batch_id or None}})
            else:
                kept = found.evidence[tuple(record[name] for name in KEY)]
                given = {name: value for name, value in kept.items() if name != "batch"}
                records.append(record | given)
    return records


def _withdrawals(
    other: OtherLog,
    own: Sequence[Mapping[str, Any]],
    here: Mapping[str, Mapping[str, Any]],
    deciders: Deciders,
    copied: str | None,
    at: datetime,
) -> tuple[list[Record], list[tuple[Draft, str]]]:
    """Take back what was taken back there, and has its record here."""
    gone_there, gone = withdrawn(other.records), withdrawn(own)
    by = {
        one["withdraws"]: number
        for number, one in enumerate(other.records, start=1)
        if one["kind"] == "withdrawal" and one["record_id"] not in gone_there
    }
    new: list[Record] = []
    rejected: list[tuple[Draft, str]] = []
    for record, leaf in zip(other.records, other.leaves, strict=True):
        mine = here.get(made(record, leaf))
        number = by.get(record["record_id"])
        takes_part = record["kind"] in (*DECIDING, "withdrawal") and mine is not None
        if not takes_part or mine is None or number is None or mine["record_id"] in gone:
            continue
        place, back = other.place(number), other.records[number - 1]
        if place["made"] in here:  # taken, and itself taken back here
            continue
        try:
            taken = withdraw(
                [*own, *new],
                mine["record_id"],
                reviewer=deciders.name(str(back.get("reviewer", ""))),
                at=at,
                source=str(_source(back, copied) or ""),
                justification=_text(back, "justification"),
                ticket=_text(back, "ticket"),
            )
        except InputError as error:
            rejected.append((Draft.of_cells(mine, line=number), f"the withdrawal cannot be taken: {error.message}"))
            continue
        new.append(taken | {"from_log": other.about, "taken_from": place})
    return new, rejected


def _is_copy(other: OtherLog, own: Sequence[Mapping[str, Any]], leaves: Sequence[str]) -> bool:
    """Whether the other log began as this one: salts are random, so that two logs share no record by chance."""
    if not own:
        return False
    both = own[0], other.records[0]
    carried = all(one["kind"] == "carried" for one in both) and both[0].get("line") == both[1].get("line")
    return leaves[0] == other.leaves[0] or carried


def _source(record: Mapping[str, Any], copied: str | None) -> str | None:
    """Where a decision was submitted; in a copy of this workspace, that is here."""
    source = _text(record, "source")
    if copied is None or "taken_from" in record or (source or "").startswith(WORKBOOK):
        return source
    return copied


def _text(record: Mapping[str, Any], name: str) -> str | None:
    """A column of a record that anybody may have written."""
    found = record.get(name)
    return found if isinstance(found, str) else None


def _variant(detail: str | None) -> str | None:
    try:
        found = json.loads(detail or "")
    except ValueError:
        return None
    return found.get("variant") if isinstance(found, dict) else None
