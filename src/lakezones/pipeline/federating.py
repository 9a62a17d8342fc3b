"""Decisions of another workspace, taken out of its audit log.

In: a workspace, the log of another one, a checkpoint of that. Out: records in this workspace's log, each with the place
that it has in the other. A log that is not what its checkpoint says is refused, and nothing is taken from it.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.errors import CheckFailed, InputError, UsageError
from lakezones.model import tables as t
from lakezones.model.book import SheetCells
from lakezones.model.words import counted
from lakezones.pipeline.auditing import folded, kept_signatures, known, read_checkpoint
from lakezones.pipeline.recording import CHECKPOINT, LOG
from lakezones.pipeline.reviewing import Reviewing
from lakezones.pipeline.workbooks import ImportedSheets, by_name, import_sheets
from lakezones.review import log as audit
from lakezones.review.decisions.others import Brought, OtherLog, brought, imports_of, records_of, since_seen
from lakezones.review.decisions.rejections import rejected_rows
from lakezones.review.log.merkle import Tree
from lakezones.review.log.records import tree
from lakezones.review.people import Deciders

MOST: Final = 1 << 29
"""Bytes of a log that is read."""


def import_files(
    ws: Reviewing,
    sheets: Sequence[SheetCells],
    logs: Sequence[Path],
    *,
    reviewer: str = "",
    ticket: str = "",
    checkpoint: Path | None = None,
) -> ImportedSheets:
    """Take decisions from logs of other workspaces, then from sheets that were filled in.

    Parameters
    ----------
    sheets, reviewer, ticket
        As in `lakezones.pipeline.workbooks.import_sheets`.
    logs, checkpoint
        As in `import_log`; a checkpoint goes with one log.

    Raises
    ------
    UsageError
        If an option goes with none of the files.
    """
    if checkpoint is not None and len(logs) != 1:
        raise UsageError(
            f"--checkpoint with {counted(len(logs), 'log')}", hint="it is of one other workspace's review/audit.jsonl"
        )
    if (reviewer or ticket) and not sheets:
        raise UsageError(
            f"{'--reviewer' if reviewer else '--ticket'} without a workbook",
            hint="a log says itself who decided, and with which ticket",
        )
    with ws.exclusive():
        done: list[ImportedSheets] = []
        for path in logs:
            done.append(import_log(ws, path, checkpoint=checkpoint, unread=done[-1].rejected if done else None))
        if sheets:
            unread = done[-1].rejected if done else None
            done.append(import_sheets(ws, sheets, reviewer=reviewer, ticket=ticket, unread=unread))
    sums = {name: sum(one.summary[name] for one in done) for name in ("changed", "unchanged", "conflicts")}
    return ImportedSheets(
        summary={**done[-1].summary, **sums},
        sentence="; ".join(one.sentence for one in done),
        conflicts=[sentence for one in done for sentence in one.conflicts],
        rejected=done[-1].rejected,
        ignored=[name for one in done for name in one.ignored],
        notes=[sentence for one in done for sentence in one.notes],
    )


def import_log(
    ws: Reviewing, path: Path, *, checkpoint: Path | None = None, unread: dy.DataFrame[t.Rejected] | None = None
) -> ImportedSheets:
    """Take the decisions that another workspace has and this one does not.

    Parameters
    ----------
    path
        Its log, ``review/audit.jsonl``.
    checkpoint
        A checkpoint of it, from the change ticket; by default the ``checkpoint.txt`` beside it. Only what it covers is
        taken.
    unread
        Rows of other files that could not be taken; listed with those of this one.

    Raises
    ------
    CheckFailed
        If the log is not what the checkpoint says, or was written again since it was imported before.
    InputError
        If it cannot be read, has no checkpoint, or is older than what was imported before.
    UsageError
        If it is this workspace's own.
    """
    from lakezones.review.workbook import counts, in_a_sentence

    with ws.exclusive():
        at = datetime.now(UTC)
        text, own_text = _read(path), audit.carry(ws.read_log())
        _check_other(ws, path, text, own_text)
        other, whole = _held(path, text, checkpoint)
        own = audit.read(own_text)
        _check_grown(path, other, whole, own)
        basis = ws.review_basis()
        fitted = basis.hashes.filter(pl.col("object_kind").cast(pl.String) == "unused")
        found = brought(
            other,
            own,
            _leaves(tree(own_text)),
            deciders=Deciders(basis.principals),
            source=ws.source(),
            variants=dict(fitted.select("object_id", "content_hash").iter_rows()),
            at=at,
        )
        stale = since_seen(found.drafts, basis.contents, basis.hashes, _seen(path.parent))
        left = {id(draft) for draft, _ in stale}
        drafts = [one for one in found.drafts if id(one) not in left]
        accepted = ws.accepted(drafts, basis, at=at, source="", file=str(path), earlier=found.earlier)
        earlier = [] if unread is None else [unread]
        refused = [rejected_rows([*found.rejected, *stale], file=str(path)), accepted.rejected]
        every = [*found.drafts, *(draft for draft, _ in found.rejected)]
        rejected = by_name(t.Rejected.cast(pl.concat([*earlier, *refused])), every, basis)

        def entries(key_id: str | None) -> list[dict[str, Any]]:
            records = records_of(accepted.decisions, found, other, at=at, key_id=key_id)
            return [one | basis.about.about(one) if one["kind"] == "decision" else one for one in records]

        new: list[Mapping[str, Any]] = []
        if accepted.decisions.height or found.withdrawals or rejected.height:
            new = [*ws.record(entries, render=ws.rendering(rejected, basis), started=at).records]
        standings = ws.review_stand(basis).standings
    decided = [one for one in new if one["kind"] == "decision"]
    unchanged, refusals = found.unchanged + accepted.unchanged, sum(one.height for one in refused)
    sentence = in_a_sentence(decided, unchanged=unchanged, rejected=refusals, of="decision")
    back = f"; {counted(len(found.withdrawals), 'decision')} withdrawn" if found.withdrawals else ""
    numbers = {"changed": len(decided) + len(found.withdrawals), "unchanged": unchanged, "rejected": rejected.height}
    return ImportedSheets(
        summary={**numbers, "conflicts": 0, "withdrawn": len(found.withdrawals), **counts(standings)},
        sentence=f"{path}: {sentence}{back}",
        conflicts=[],
        rejected=rejected,
        notes=_notes(path, found, other, len(whole)),
    )


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MOST:
            raise InputError(f"{path} has more than {MOST:,} bytes", hint="give a workspace's review/audit.jsonl")
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", hint="check its name and permissions") from None
    if not text:
        raise InputError(f"{path} is empty", hint="give the review/audit.jsonl of a workspace with decisions")
    return text


def _check_other(ws: Reviewing, path: Path, text: str, own: str) -> None:
    """Refuse the workspace's own log, wherever it lies."""
    if path.resolve() == (ws.root / "review" / LOG).resolve():
        raise UsageError(
            f"{path} is this workspace's own log", hint="give the review/audit.jsonl of the other reviewer's workspace"
        )
    if own.startswith(text):
        raise UsageError(
            f"{path} is a copy of this workspace's own log: nothing in it is new",
            hint="give the review/audit.jsonl of a workspace that somebody else decided in",
        )


def _held(path: Path, text: str, given: Path | None) -> tuple[OtherLog, Tree]:
    """The log held against its checkpoint, and the tree over all of it."""
    beside = path.parent / CHECKPOINT
    if given is None and not beside.is_file():
        raise InputError(
            f"there is no {beside}, and no other checkpoint of {path} was given",
            hint="--checkpoint FILE: the three lines in the change ticket of that workspace; - pastes them",
        )
    point = read_checkpoint(given or beside)
    verdict = audit.verify(text, point, known=known(path.parent))
    if not verdict.holds:
        raise CheckFailed(
            f"{path} is not what its checkpoint says: {verdict.faults[0]}",
            hint="nothing was taken from it; ask for the log again, and for the checkpoint in the change ticket",
        )
    if not point.size:
        raise InputError(f"the checkpoint of {path} covers no record", hint="give a newer one")
    whole = tree(text)
    records = audit.read(text)[: point.size]
    folded(records)
    signatures = kept_signatures(path.parent)
    signed: frozenset[str] = frozenset()
    if signatures:
        from lakezones.review.log.signing import signed as signed_batches

        signed = signed_batches(records, whole, signatures)
    root = base64.b64encode(point.root).decode()
    leaves = _leaves(whole)[: point.size]
    return OtherLog(
        origin=point.origin, size=point.size, root=root, records=records, leaves=leaves, signed=signed
    ), whole


def _seen(folder: Path) -> dy.DataFrame[t.Seen]:
    """What was seen there, to say what has changed; empty where that cannot be read."""
    try:
        return t.Seen.cast(pl.read_parquet(folder / "seen.parquet", glob=False))
    except (OSError, pl.exceptions.PolarsError, dy.exc.SchemaError):
        return t.Seen.create_empty()


def _check_grown(path: Path, other: OtherLog, whole: Tree, own: list[dict[str, Any]]) -> None:
    """Refuse a log that is not the one that was imported before with more at its end."""
    for before in imports_of(own, other):
        size = int(before["size"])
        if other.size < size:
            raise InputError(
                f"{path}: the checkpoint covers {counted(other.size, 'record')}, and {size:,} were imported before",
                hint="give the log and the checkpoint as they are now",
            )
        if base64.b64encode(whole.root(size)).decode() != before["root"]:
            raise CheckFailed(
                f"{path} is not the log that was imported before with more at its end: of its first "
                f"{counted(size, 'record')} some were written again",
                hint="nothing was taken from it; hold it against the checkpoint in its change ticket",
            )


def _leaves(whole: Tree) -> list[str]:
    return [leaf.hex() for leaf in whole.leaves]


def _notes(path: Path, found: Brought, other: OtherLog, records: int) -> list[str]:
    notes = []
    if (after := records - other.size) > 0:
        notes.append(f"{path}: {counted(after, 'record')} after the checkpoint not read; give a newer checkpoint")
    if found.copied:
        notes.append(
            f"{path} is the log of a copy of this workspace, which is no second source: where two must agree, what "
            "comes from it is asserted. Give each reviewer a workspace of their own before they begin"
        )
    return notes
