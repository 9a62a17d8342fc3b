"""The records of the audit log: one JSON object per line, which are appended and never changed.

In: what was decided, as plain values. Out: lines of the log, and the records read back from them. Each record has

- ``kind``: ``decision``, ``withdrawal``, ``batch``, ``campaign``, or ``carried`` for a line of the log that was there
  before there were records;
- ``record_id``: its number in the log, for instance ``r000012``, so that a record that is missing or out of its place
  is found by name;
- ``salt``: 16 random bytes. A proof that one record is in the log shows the hashes of its neighbours; a salted one
  cannot be guessed at by hashing names until one fits;
- the columns of what was decided.

Keys are sorted, text is UTF-8 as it is. Only a line feed ends a line: JSON escapes those within text, while other
characters that some programs take for line ends stay.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from lakezones.errors import InputError
from lakezones.review.log.merkle import Tree, leaf_hash

KINDS: Final = ("decision", "withdrawal", "batch", "campaign", "carried")
SALT: Final = 16
"""Random bytes in each record."""

Salt = Callable[[int], bytes]
"""Gives that many random bytes."""


def append(log: str, entries: Iterable[Mapping[str, Any]], *, salt: Salt = secrets.token_bytes) -> str:
    """The log with more records at its end; what was in it stays, byte by byte.

    Parameters
    ----------
    log
        The log as it is; see `carry` for one that was written before there were records.
    entries
        Columns of each record, with its ``kind``: what JSON can hold, and dates and times. ``record_id`` and ``salt``
        are given here.
    salt
        Where randomness comes from; another one in tests alone.

    Raises
    ------
    InputError
        If the log does not end with a whole line.
    ValueError
        If an entry is of an unknown kind, or has an id that is not its number or a salt of its own.

    Examples
    --------
    >>> log = append("", [{"kind": "campaign", "name": "Spring"}], salt=bytes)
    >>> log
    '{"kind": "campaign", "name": "Spring", "record_id": "r000001", "salt": "00000000000000000000000000000000"}\\n'
    """
    number = len(lines(log))
    new = []
    for entry in entries:
        number += 1
        new.append(_line(entry, number, salt(SALT)) + "\n")
    return log + "".join(new)


def carry(log: str, *, salt: Salt = secrets.token_bytes) -> str:
    """A log with its old lines as records of kind ``carried``, so that the root covers their text as well.

    A log of records is given back as it is.

    Parameters
    ----------
    log
        The log as it is: of records, or of JSON lines without ``kind`` and ``salt``, which are kept word by word.
    """
    old = lines(log)
    if any(_is_record(line) for line in old):
        return log
    return append("", ({"kind": "carried", "line": line} for line in old), salt=salt)


def record_id(number: int) -> str:
    """Id of a record by its number in the log, the first being 1.

    Examples
    --------
    >>> record_id(12)
    'r000012'
    """
    return f"r{number:06}"


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
        if why := misfit(line, number):
            raise InputError(
                f"audit log, line {number}: {why}",
                hint="compare it with a checkpoint: lakezones review verify --checkpoint FILE",
            )
        found.append(json.loads(line))
    return found


def misfit(line: str, number: int) -> str:
    """Why a line cannot be record `number` of a log, in words; empty where it can."""
    record = _parsed(line)
    if record is None:
        return "not a JSON object"
    missing = [key for key in ("kind", "record_id", "salt") if not isinstance(record.get(key), str)]
    if missing:
        return f"no {missing[0]!r}"
    if record["kind"] not in KINDS:
        return f"kind {record['kind'][:40]!r} is none of {', '.join(KINDS)}"
    if record["record_id"] != record_id(number):
        return f"record {record['record_id'][:40]!r} stands where {record_id(number)} belongs"
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
    record = {**entry, "record_id": record_id(number), "salt": salt.hex()}
    if taken := [key for key in ("record_id", "salt") if entry.get(key) not in (None, record[key])]:
        raise ValueError(f"{taken[0]} of a record is given by the log, not {entry[taken[0]]!r}")
    text = json.dumps(record, sort_keys=True, ensure_ascii=False, default=_plain, allow_nan=False)
    # Half of a pair of surrogates has no UTF-8; what replaces it here is how JSON escapes it.
    return text.encode("utf-8", "backslashreplace").decode()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a record cannot hold {type(value).__name__}")


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _is_record(line: str) -> bool:
    record = _parsed(line)
    return record is not None and "kind" in record and "salt" in record
