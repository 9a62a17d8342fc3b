"""The records of the audit log: one JSON object per line, which are appended and never changed.

In: what was decided, as plain values. Out: lines of the log, and the records read back from them. Each record has

- ``kind``: ``decision``, ``withdrawal``, ``batch``, ``campaign``, or ``carried`` for a line of the log that was there
  before there were records;
- ``record_id``: what others name it by;
- ``number``: its place in the log, the first being 1, so that a record that is missing or out of its place is found;
- ``salt``: 16 random bytes. A proof that one record is in the log shows the hashes of its neighbours; a salted one
  cannot be guessed at by hashing names until one fits;
- the columns of what was decided.

Keys are sorted, text is UTF-8 as it is. Only a line feed ends a line: JSON escapes those within text, while other
characters that some programs take for line ends stay.
"""

import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from lakezones.errors import InputError
from lakezones.review.log.merkle import Tree, leaf_hash

KINDS: Final = ("decision", "withdrawal", "batch", "campaign", "carried")
SALT: Final = 16
"""Random bytes in each record."""
_SALT: Final = re.compile(f"[0-9a-f]{{{2 * SALT}}}")
_DECISION: Final = ("object_kind", "object_id", "content_hash", "decision", "reviewer", "decided_at")
"""Columns that a decision always had."""

Salt = Callable[[int], bytes]
"""Gives that many random bytes."""


def append(log: str, entries: Iterable[Mapping[str, Any]], *, salt: Salt = secrets.token_bytes) -> str:
    """The log with more records at its end; what was in it stays, byte by byte.

    Parameters
    ----------
    log
        The log as it is; see `carry` for one that was written before there were records.
    entries
        Columns of each record, with its ``kind``: what JSON can hold, and dates and times. ``number`` and ``salt`` are
        given here, and a ``record_id`` where it has none.
    salt
        Where randomness comes from; another one in tests alone.

    Raises
    ------
    InputError
        If the log does not end with a whole line.
    ValueError
        If an entry is of an unknown kind, or has a number or a salt already.

    Examples
    --------
    >>> read(append("", [{"kind": "campaign", "name": "Spring"}], salt=bytes))[0]["number"]
    1
    """
    first = len(lines(log)) + 1
    return log + "".join(_line(entry, number, salt(SALT)) + "\n" for number, entry in enumerate(entries, start=first))


def carry(log: str, *, salt: Salt = secrets.token_bytes) -> str:
    """A log with its old lines as records of kind ``carried``, so that the root covers their text as well.

    A log of records is given back as it is.

    Parameters
    ----------
    log
        The log as it is: of records, or of JSON lines without ``kind`` and ``salt``. Each is kept word by word as
        ``line``; one that is a decision has its columns beside it, for all of what it was made on.
    """
    old = lines(log)
    if any(_is_record(line) for line in old):
        return log
    return append("", (_carried(line) for line in old), salt=salt)


def _carried(line: str) -> dict[str, Any]:
    found = parsed(line)
    if found is None or not all(isinstance(found.get(name), str) for name in _DECISION):
        return {"kind": "carried", "line": line}
    columns = {name: value for name, value in found.items() if name not in ("kind", "record_id", "number", "salt")}
    return {"part_kind": "", "part_id": "", **columns, "kind": "carried", "line": line}


def lines(log: str) -> list[str]:
    """Lines of a log, without what ends them.

    Raises
    ------
    InputError
        If the last one is cut off.
    """
    if not log:
        return []
    found = log.split("\n")
    if found.pop():
        raise InputError(
            f"the audit log ends in the middle of line {len(found) + 1}", hint="put back a copy that is whole"
        )
    return found


def read(log: str) -> list[dict[str, Any]]:
    """Records of a log, oldest first.

    Raises
    ------
    InputError
        If a line is no record, or is not at its number; names the line.
    """
    found = []
    for number, line in enumerate(lines(log), start=1):
        record = parsed(line)
        if record is None or (why := misfit(record, number)):
            raise InputError(
                f"audit log, line {number}: {'not a JSON object' if record is None else why}",
                hint="compare it with a checkpoint: lakezones review verify --checkpoint FILE",
            )
        found.append(record)
    return found


def misfit(record: Mapping[str, Any] | None, number: int) -> str:
    """Why what was `parsed` of a line cannot be record `number` of a log, in words; empty where it can."""
    if record is None:
        return "not a JSON object"
    missing = [key for key in ("kind", "record_id", "salt") if not isinstance(record.get(key), str)]
    if missing:
        return f"no {missing[0]!r}"
    if record["kind"] not in KINDS:
        return f"kind {record['kind'][:40]!r} is none of {', '.join(KINDS)}"
    if not _SALT.fullmatch(record["salt"]):
        return "its salt is not 16 bytes"
    if type(record.get("number")) is not int or record["number"] != number:
        return f"record number {str(record.get('number'))[:40]} stands where number {number} belongs"
    return ""


def tree(log: str) -> Tree:
    """The Merkle tree over the lines of a log."""
    return Tree([leaf_hash(as_bytes(line)) for line in lines(log)])


def root(log: str) -> bytes:
    """Root of the Merkle tree over the lines of a log, 32 bytes."""
    return tree(log).root()


def as_bytes(line: str) -> bytes:
    """The bytes of a line as they stand in the file."""
    return line.encode("utf-8", "surrogateescape")


def _line(entry: Mapping[str, Any], number: int, salt: bytes) -> str:
    if entry.get("kind") not in KINDS:
        raise ValueError(f"records are of kind {', '.join(KINDS)}, not {entry.get('kind')!r}")
    if taken := [key for key in ("number", "salt") if key in entry]:
        raise ValueError(f"the {taken[0]} of a record is given by the log, not {entry[taken[0]]!r}")
    given = entry.get("record_id") or f"r{number:06}"
    record = {**entry, "record_id": given, "number": number, "salt": salt.hex()}
    text = json.dumps(record, sort_keys=True, ensure_ascii=False, default=_plain, allow_nan=False)
    # Half of a pair of surrogates has no UTF-8; what replaces it here is how JSON escapes it.
    return text.encode("utf-8", "backslashreplace").decode()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a record cannot hold {type(value).__name__}")


def parsed(line: str) -> dict[str, Any] | None:
    """The JSON object that a line is; None where it is none."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _is_record(line: str) -> bool:
    record = parsed(line)
    return record is not None and "kind" in record and "salt" in record
