"""The review of a workspace held against what was kept of it elsewhere.

In: a workspace, a checkpoint, perhaps an older one and a signature. Out: `LogVerdict`. Files are read as they are, not
as the manifest says they should be: whoever changes the log can change the manifest too.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import dataframely as dy
import polars as pl

from lakezones.errors import InputError, LakezonesError, MissingStageError, UsageError, WorkspaceError
from lakezones.model.tables import Decisions
from lakezones.model.words import counted
from lakezones.pipeline.recording import CHECKPOINTS, LOG, SIGNATURES
from lakezones.pipeline.workspace import Workspace
from lakezones.review.log import Checkpoint, LogVerdict, all_of, read, verify
from lakezones.review.log.records import tree
from lakezones.store.tables import to_csv

if TYPE_CHECKING:
    from securesystemslib.signer import Key

LONGEST: Final = 1 << 20
"""Bytes of a file with a checkpoint, a key or a signature."""
SHOWN: Final = 3
"""Decisions that differ from the log and are named."""
_NAMED: Final = ["object_kind", "object_id", "part_kind", "part_id", "reviewer", "decision"]


def audit(
    ws: Workspace,
    checkpoint: Path,
    *,
    older: Path | None = None,
    signature: Path | None = None,
    key: Path | None = None,
) -> LogVerdict:
    """Hold the audit log, and the decisions beside it, against a checkpoint.

    Parameters
    ----------
    checkpoint, older
        Files with checkpoints that were kept outside of the workspace, in the change ticket for instance.
    signature, key
        The signature of `checkpoint`, and the public key of who should have signed it.

    Raises
    ------
    MissingStageError
        If nothing was ever recorded.
    InputError, UsageError
        If a file is not what it should be, or a signature comes without a key.
    """
    if (signature is None) != (key is None):
        given, missing = ("--signature", "--key") if key is None else ("--key", "--signature")
        raise UsageError(f"{given} without {missing}", hint="a signature is held against the public key of its signer")
    newest = read_checkpoint(checkpoint)
    before = None if older is None else read_checkpoint(older)
    from lakezones.review.log.signing import signature_fault

    signer = None if key is None else _public_key(key)
    text = _log(ws)
    verdict = verify(text, newest, older=before, known=known(ws.root / "review"))
    faults, proven = list(verdict.faults), list(verdict.proven)
    if signature is not None and signer is not None:
        why = signature_fault(read_small(signature).decode("utf-8", "replace"), signer, newest)
        (faults if why else proven).append(why or f"the checkpoint is signed with the key {signer.keyid[:16]}")
    if not any(fault.startswith("line ") for fault in faults):
        _hold_signatures(ws, text, signer, faults, proven)
    try:
        wrong = _unlike_log(ws.root / "review", folded(read(text)))
    except LakezonesError as error:
        faults.append(f"decisions cannot be worked out from the log: {error.message}")
    else:
        faults += wrong
        proven += [] if wrong else ["decisions.parquet and decisions.csv say what follows from the log"]
    return LogVerdict(faults=tuple(faults), proven=tuple(proven), covered=verdict.covered, records=verdict.records)


def _hold_signatures(ws: Workspace, text: str, signer: "Key | None", faults: list[str], proven: list[str]) -> None:
    """Look for the signature of every batch that names a key: it is evidence where two reviewers must agree."""
    records = read(text)
    named = sum(bool(one.get("key_id")) for one in records if one["kind"] == "batch")
    if not named:
        return
    envelopes = kept_signatures(ws.root / "review")
    from lakezones.review.log.signing import unsigned

    missing = unsigned(records, tree(text), envelopes, signer)
    faults += missing
    if not missing:
        verified = f", those of {signer.keyid[:16]} verified" if signer is not None else ", not verified without --key"
        proven.append(f"a signature is kept of every batch that names a key ({named:,}{verified})")


def kept_signatures(folder: Path) -> list[str]:
    """Envelopes that a review's folder holds; none where they cannot be read."""
    try:
        return (folder / SIGNATURES).read_bytes().decode("utf-8", "replace").splitlines()
    except OSError:
        return []


def read_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint in a file; ``-`` is what is pasted on standard input.

    Raises
    ------
    InputError
        If the file cannot be read, or holds none.
    """
    if str(path) == "-":
        return Checkpoint.parse(sys.stdin.read(LONGEST), name="standard input")
    return Checkpoint.parse(read_small(path).decode("utf-8", "replace"), name=str(path))


def read_small(path: Path) -> bytes:
    """A file that somebody names.

    Raises
    ------
    InputError
        If it cannot be read, or is far too long to be what it should be.
    """
    try:
        if path.stat().st_size > LONGEST:
            raise InputError(f"{path} has more than {LONGEST:,} bytes", hint="give the file itself, not what it is of")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", hint="check its name and permissions") from None


def _public_key(path: Path) -> "Key":
    from lakezones.review.log.signing import public_key

    return public_key(read_small(path), name=str(path))


def _log(ws: Workspace) -> str:
    ws.has("review")  # finishes the swap of a run that was killed in it
    path = ws.root / "review" / LOG
    if not path.is_file():
        raise MissingStageError(
            f"there is no {path}: nothing was recorded, or the log is gone",
            hint="decisions are recorded by: lakezones review serve or review import",
        )
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be read: {error.strerror}", hint="check its permissions") from None


def known(folder: Path) -> Sequence[Checkpoint]:
    """Checkpoints in a review's folder; none where they cannot be read, since they only help to find a fault."""
    try:
        return all_of((folder / CHECKPOINTS).read_bytes().decode("utf-8", "replace"))
    except (OSError, InputError):
        return []


def folded(records: Sequence[Mapping[str, Any]]) -> dy.DataFrame[Decisions]:
    """Decisions in force by records that somebody may have written by hand.

    Raises
    ------
    InputError
        If a record lacks what a decision needs.
    """
    from lakezones.review.decisions import fold

    try:
        return fold(records)
    except (KeyError, TypeError, ValueError, dy.exc.ValidationError, pl.exceptions.PolarsError) as error:
        raise InputError(f"a record lacks what a decision needs ({type(error).__name__})") from None


def _unlike_log(folder: Path, expected: dy.DataFrame[Decisions]) -> list[str]:
    """What the files of decisions say that does not follow from the log; files of older versions have fewer columns."""
    faults = []
    try:
        found = pl.read_parquet(folder / "decisions.parquet", glob=False)
        columns = [name for name in expected.columns if name in found.columns]
        missing = [name for name in _NAMED if name not in columns]
        if missing:
            faults.append(f"decisions.parquet has no column {missing[0]!r}")
        else:
            faults += _differences(found.select(columns), expected.select(columns))
    except OSError as error:
        faults.append(f"decisions.parquet cannot be read: {error.strerror or type(error).__name__}")
    except pl.exceptions.PolarsError as error:
        faults.append(f"decisions.parquet cannot be read: {str(error).splitlines()[0][:120]}")
    try:
        rows = (folder / "decisions.csv").read_bytes().decode("utf-8", "replace")
    except OSError as error:
        return [*faults, f"decisions.csv cannot be read: {error.strerror}"]
    header = rows.split("\n", 1)[0].split(",")
    fits = set(_NAMED) <= set(header) <= set(expected.columns)
    text = to_csv(expected.select(header) if fits else expected).decode()
    if rows != text:
        pairs = zip([*rows.split("\n"), ""], [*text.split("\n"), ""], strict=False)
        line = next((number for number, (one, other) in enumerate(pairs, start=1) if one != other), 1)
        faults.append(f"decisions.csv is not what follows from the log, from line {line:,} on")
    return faults


def _differences(found: pl.DataFrame, expected: pl.DataFrame) -> list[str]:
    """Decisions that only one of both has, the first of them by name."""
    try:
        found = found.cast(dict(expected.schema))  # type: ignore[arg-type]
        extra = found.join(expected, on=expected.columns, how="anti", nulls_equal=True)
        missing = expected.join(found, on=expected.columns, how="anti", nulls_equal=True)
    except pl.exceptions.PolarsError:
        return ["decisions.parquet has columns of other types than decisions have"]
    faults = []
    for frame, what in ((extra, "does not follow from the log"), (missing, "is missing, or says something else")):
        if not frame.height:
            continue
        named = [
            f"{row['decision']} of {row['object_kind']} {row['object_id']}"
            f"{', ' + row['part_kind'] + ' ' + row['part_id'] if row['part_kind'] else ''} by {row['reviewer']}"
            for row in frame.select(pl.col(_NAMED).cast(pl.String)).head(SHOWN).iter_rows(named=True)
        ]
        more = f" and {frame.height - SHOWN:,} more" if frame.height > SHOWN else ""
        faults.append(f"decisions.parquet: {counted(frame.height, 'decision')} {what}: {'; '.join(named)}{more}")
    if not faults and found.height != expected.height:
        faults.append(f"decisions.parquet has {found.height:,} rows where {expected.height:,} follow from the log")
    return faults
