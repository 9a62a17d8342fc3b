"""Seeded tamperings with what a checkpoint covers; each gives a log that is no longer the one it was."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

from lakezones.review.log import append

NAMES = ["Ana Doe", "Björk, Bo", "Zoë\u2028Line", "=cmd()", "\u202eevil", "Łukasz 😀"]


@cache
def log(records: int = 40, seed: int = 0) -> str:
    """A log of batches of decisions, with some names that deceive."""
    draw = random.Random(seed)
    entries = []
    for number in range(records):
        if number % 8 == 7:
            entries.append({"kind": "batch", "batch_id": f"b{number // 8}", "records": 7})
        elif number % 11 == 10:
            entries.append({"kind": "withdrawal", "withdraws": f"r{number - 3:06}", "reviewer": draw.choice(NAMES)})
        else:
            entries.append(
                {
                    "kind": "decision",
                    "object_kind": "role",
                    "object_id": f"R{number:03}",
                    "decision": draw.choice(["approve", "deny", "defer"]),
                    "reviewer": draw.choice(NAMES),
                    "decided_at": datetime(2026, 10, 1, number % 24, tzinfo=UTC),
                    "justification": draw.choice([None, "as agreed", 'a "quote" and\na line']),
                }
            )
    return append("", entries, salt=draw.randbytes)


def _rows(text: str) -> list[str]:
    return text.split("\n")[:-1]


def _joined(rows: list[str]) -> str:
    return "".join(row + "\n" for row in rows)


def byte(text: str, draw: random.Random, covered: int) -> str:
    """One byte of what is covered set to another."""
    data = bytearray(text.encode())
    end = len(_joined(_rows(text)[:covered]).encode())
    place = draw.randrange(end)
    data[place] = draw.choice([value for value in range(256) if value != data[place]])
    return data.decode("utf-8", "surrogateescape")


def lost_byte(text: str, draw: random.Random, covered: int) -> str:
    """One byte of what is covered taken away."""
    data = text.encode()
    place = draw.randrange(len(_joined(_rows(text)[:covered]).encode()))
    return (data[:place] + data[place + 1 :]).decode("utf-8", "surrogateescape")


def field(text: str, draw: random.Random, covered: int) -> str:
    """A column of a record given another value."""
    rows = _rows(text)
    number = draw.randrange(covered)
    record = json.loads(rows[number])
    key = draw.choice(sorted(record))
    record[key] = draw.choice(["approve", "deny", "Somebody Else", "", None, 7]) if key != "kind" else "campaign"
    if record == json.loads(rows[number]):  # it was that already
        record[key] = "another"
    rows[number] = json.dumps(record, sort_keys=True, ensure_ascii=False)
    return _joined(rows)


def rewritten(text: str, draw: random.Random, covered: int) -> str:
    """A record written in another way that means the same: another order of keys, or other blanks."""
    rows = _rows(text)
    number = draw.randrange(covered)
    record = dict(reversed(json.loads(rows[number]).items()))
    rows[number] = json.dumps(record, ensure_ascii=False, separators=draw.choice([(",", ":"), None]))
    return _joined(rows)


def reordered(text: str, draw: random.Random, covered: int) -> str:
    """Two records in each other's place, their ids kept or exchanged too."""
    rows = _rows(text)
    first, second = draw.sample(range(covered), 2)
    rows[first], rows[second] = rows[second], rows[first]
    return _joined(_numbered(rows) if draw.random() < 0.5 else rows)


def deleted(text: str, draw: random.Random, covered: int) -> str:
    """A record taken out, those after it numbered again or not."""
    rows = _rows(text)
    del rows[draw.randrange(covered)]
    return _joined(_numbered(rows) if draw.random() < 0.5 else rows)


def truncated(text: str, draw: random.Random, covered: int) -> str:
    """Records gone from the end, some of them covered."""
    return _joined(_rows(text)[: draw.randrange(covered)])


def cut(text: str, draw: random.Random, covered: int) -> str:
    """The file cut off somewhere in what is covered."""
    data = text.encode()
    end = len(_joined(_rows(text)[:covered]).encode())
    return data[: draw.randrange(end)].decode("utf-8", "surrogateescape")


def inserted(text: str, draw: random.Random, covered: int) -> str:
    """A record more among those that are covered."""
    rows = _rows(text)
    new = append("", [{"kind": "decision", "object_id": "R999", "decision": "approve"}], salt=draw.randbytes)
    rows.insert(draw.randrange(covered), new[:-1])
    return _joined(_numbered(rows) if draw.random() < 0.5 else rows)


def duplicated(text: str, draw: random.Random, covered: int) -> str:
    """A record twice."""
    rows = _rows(text)
    rows.insert(draw.randrange(covered), rows[draw.randrange(covered)])
    return _joined(_numbered(rows) if draw.random() < 0.5 else rows)


def all_new(text: str, draw: random.Random, covered: int) -> str:
    """Every record with another salt, and one verdict changed: a log that is in order by itself."""
    records = [json.loads(row) for row in _rows(text)]
    decisions = [record for record in records[:covered] if record["kind"] == "decision"]
    draw.choice(decisions)["decision"] = "revoke"
    bare = [{key: record[key] for key in record if key not in ("salt", "number")} for record in records]
    return append("", bare, salt=draw.randbytes)


def line_ends(text: str, draw: random.Random, covered: int) -> str:
    """Line ends as another system writes them, or an empty line."""
    rows = _rows(text)
    number = draw.randrange(covered)
    rows[number] += draw.choice(["\r", " ", "\n", "\u2028"])
    return _joined(rows)


def _numbered(rows: list[str]) -> list[str]:
    records = [{**json.loads(row), "number": number} for number, row in enumerate(rows, start=1)]
    return [json.dumps(record, sort_keys=True, ensure_ascii=False) for record in records]


TAMPERINGS: list[Callable[[str, random.Random, int], str]] = [
    byte,
    lost_byte,
    field,
    rewritten,
    reordered,
    deleted,
    truncated,
    cut,
    inserted,
    duplicated,
    all_new,
    line_ends,
]


def tampered(seed: int) -> tuple[str, str, str, int]:
    """One tampering: the log, the log after it, what was done, and how many records the checkpoint covers."""
    draw = random.Random(seed)
    text = log(records=draw.choice([2, 3, 8, 13, 40]), seed=seed % 5)
    covered = draw.randint(2, text.count("\n"))
    work = TAMPERINGS[seed % len(TAMPERINGS)]
    for _ in range(50):
        if not (after := work(text, draw, covered)).startswith(_joined(_rows(text)[:covered])):
            return text, after, work.__name__, covered
    raise AssertionError(f"{work.__name__} changes nothing")
