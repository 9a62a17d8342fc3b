"""Whether a log is what its checkpoints say, and where it is not.

In: the log, a checkpoint that was kept elsewhere, perhaps an older one, and the checkpoints of the workspace. Out:
`Verdict`: faults in words, and what holds. The one checkpoint from outside is what everything is held against; those
of the workspace could have been rewritten together with the log, and only narrow down where to look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from lakezones.model.words import counted
from lakezones.review.log.checkpoints import Checkpoint
from lakezones.review.log.merkle import Tree, leaf_hash, verify_consistency
from lakezones.review.log.records import as_bytes, lines, misfit, parsed

MOST: Final = 20
"""Faults of single lines that are listed."""


@dataclass(frozen=True, kw_only=True)
class LogVerdict:
    """What became of a check.

    Attributes
    ----------
    faults
        What does not hold and where, a sentence each; empty where all holds.
    proven
        What holds, a sentence each.
    covered, records
        Records that the checkpoint covers, and all that there are.
    """

    faults: tuple[str, ...]
    proven: tuple[str, ...]
    covered: int
    records: int

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def document(self) -> dict[str, Any]:
        """The verdict as plain values."""
        return {
            "holds": self.holds,
            "records": self.records,
            "covered": self.covered,
            "not_covered": max(self.records - self.covered, 0),
            "proven": list(self.proven),
            "faults": list(self.faults),
        }


def verify(
    log: str, checkpoint: Checkpoint, *, older: Checkpoint | None = None, known: Sequence[Checkpoint] = ()
) -> LogVerdict:
    """Hold a log against a checkpoint.

    Parameters
    ----------
    log
        The log as it stands in the file.
    checkpoint
        What somebody kept of it: the change ticket's, not the workspace's own.
    older
        An older checkpoint, for a proof that the log only grew from it to `checkpoint`.
    known
        Checkpoints that the workspace holds, one per batch; they only help to say where a fault is.

    Returns
    -------
    LogVerdict
        Faults: records of before the checkpoint that were edited, moved, removed or added; lines that are no records.
    """
    whole = log[: log.rfind("\n") + 1]
    rows = lines(whole)
    tree = Tree([leaf_hash(as_bytes(row)) for row in rows])
    faults = _misfits(rows)
    proven = []
    if whole != log:
        faults.append(f"line {len(rows) + 1} is cut off: the log does not end with a whole line")
    if checkpoint.size > len(tree):
        gone = counted(checkpoint.size - len(tree), "record")
        faults.append(
            f"the checkpoint covers {counted(checkpoint.size, 'record')}, the log has {len(tree):,}: "
            f"{gone} of before the checkpoint gone; {_whole_until(tree, known, len(tree))}"
        )
    elif tree.root(checkpoint.size) != checkpoint.root:
        faults.append(
            f"the first {counted(checkpoint.size, 'record')} of the log are not those that the checkpoint was made of: "
            f"{_whole_until(tree, known, checkpoint.size)}"
        )
    else:
        proven.append(f"{_first(checkpoint.size)} are exactly those that the checkpoint was made of")
        if after := rows[checkpoint.size :]:
            proven.append(
                f"{_span(checkpoint.size + 1, len(rows))} ({_kinds(after)}) came after the checkpoint, "
                "which says nothing of them"
            )
    if older is not None:
        _hold_older(tree, checkpoint, older, faults, proven)
    return LogVerdict(faults=tuple(faults), proven=tuple(proven), covered=checkpoint.size, records=len(tree))


def _hold_older(tree: Tree, newer: Checkpoint, older: Checkpoint, faults: list[str], proven: list[str]) -> None:
    """Prove that the log only grew from one checkpoint to another."""
    if older.origin != newer.origin:
        faults.append(f"the older checkpoint is of another log: {older.origin!r} instead of {newer.origin!r}")
    elif older.size > newer.size:
        faults.append(
            f"the older checkpoint covers {counted(older.size, 'record')}, the newer one only {newer.size:,}: "
            "they are given in the wrong order, or the log was cut in between"
        )
    elif newer.size <= len(tree):
        proof = tree.consistency_proof(older.size, newer.size) if 0 < older.size < newer.size else []
        if verify_consistency(older.size, older.root, newer.size, newer.root, proof):
            proven.append(
                f"from the older checkpoint ({counted(older.size, 'record')}) to the newer one ({newer.size:,}) "
                "the log only grew: nothing of before was edited, moved or removed"
            )
        else:
            faults.append(
                f"the newer checkpoint ({counted(newer.size, 'record')}) is not of a log that only grew "
                f"from the older one ({older.size:,})"
            )


def _misfits(rows: Sequence[str]) -> list[str]:
    """Lines that cannot be records where they stand, and copies of others: ids and salts are each of one record."""
    if rows and not any("kind" in (parsed(row) or {}) for row in rows):
        return ["no line of the log is a record: a version of before wrote it, and the next submission carries it over"]
    found = []
    places: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows, start=1):
        record = parsed(row)
        if record is None or (why := misfit(record, number)):
            found.append((number, "not a JSON object" if record is None else why))
            continue
        for key in ("salt", "record_id"):
            if (first := places.setdefault((key, record[key]), number)) != number:
                found.append((number, f"its {key} is that of record {first:,}"))
                break
    listed = [f"line {number}: {why}" for number, why in found[:MOST]]
    return listed + ([f"{len(found) - MOST:,} more lines are not as they should be"] if len(found) > MOST else [])


def _whole_until(tree: Tree, known: Sequence[Checkpoint], size: int) -> str:
    """Where to look, as far as the checkpoints of the workspace show it."""
    sizes = sorted({one.size for one in known if 0 < one.size <= size and tree.root(one.size) == one.root})
    later = sorted({one.size for one in known if (sizes[-1] if sizes else 0) < one.size <= size})
    if not sizes:
        return f"look at {_span(1, later[0] if later else size)}" if size else "nothing is left of it"
    whole = f"the workspace's own checkpoints still fit {_span(1, sizes[-1])}"
    return f"{whole}, look at {_span(sizes[-1] + 1, later[0] if later else size)}" if sizes[-1] < size else whole


def _first(size: int) -> str:
    return f"the first {counted(size, 'record')} of the log"


def _span(first: int, last: int) -> str:
    return f"record {last:,}" if first >= last else f"records {first:,} to {last:,}"


def _kinds(rows: Sequence[str]) -> str:
    """How many records of each kind."""
    kinds: dict[str, int] = {}
    for row in rows:
        kind = str((parsed(row) or {}).get("kind", "unknown"))
        kinds[kind] = kinds.get(kind, 0) + 1
    return ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
