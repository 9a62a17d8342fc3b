"""Filled sheets made to deceive or to break: each row may be anything, and so may the file."""

import csv
import io
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lakezones.review.decisions import sayable

Row = dict[str, str]

VERDICTS: Final = ("approve", "deny", "change", "revoke", "accept", "defer")
REVIEWERS: Final = (
    "ana",
    "ANA@golden.example",
    " Ben ",
    "b\u200ben",
    "\uff43\uff41\uff54",
    "lou",
    "sp-adf",
    "t-risk",
    "nobody",
    "",
    "ana; ben",
    "=HYPERLINK(1)",
    "\u202enaa",
    "'dan",
)
TEXTS: Final = (
    "",
    "as agreed",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "\u202eevil",
    "a\nb\r\nc",
    "'quoted",
    "x" * 40_000,
    "\u2028\u0085",
    '"',
    "NULL",
    "\x00",
    "Zoë 😀",
)
DETAILS: Final = (
    "",
    "{}",
    "[]",
    "null",
    "[" * 3000,
    '{"name": "golden"}',
    '{"name": {"a": 1}}',
    '{"roles": [{"name": "a", "members": ["ana"]}, {"name": "b", "members": 7}]}',
    '{"roles": [{}, {}]}',
    '{"roles": "ab"}',
    '{"into": "../../etc"}',
    '{"zone": "raw"}',
    '{"zone": ["raw"]}',
    '{"domain": 1e999}',
    '{"domain": "finance"}',
)
DAYS: Final = (
    "",
    "2026-12-31",
    "31.12.2026",
    "2026-02-30",
    "tomorrow",
    "9999-12-31",
    "1970-01-01",
    "46000",
    "=TODAY()",
)
FORGED: Final = {
    "key_id": "ab" * 32,
    "record_id": "d-0000",
    "batch_id": "b-0000",
    "decided_at": "1999-01-01T00:00:00+00:00",
    "effect": "nobody loses anything",
    "access_ended": "0",
    "source": "another",
    "campaign": "forged",
    "kind": "batch",
    "number": "1",
    "salt": "00",
}
"""Columns that are not for reviewers to fill in."""


def plausible(kind: str, draw: random.Random) -> Row:
    """What a reviewer may well fill in."""
    verdict, _ = draw.choice([said for said in sayable(kind) if said[1] in (None, "proposed")])
    return {
        "decision": verdict,
        "reviewer": draw.choice(["ana", "ben@golden.example", "cat", "DAN"]),
        "justification": "as agreed",
        "effective": str(datetime.now(UTC).date() + timedelta(days=30)) if verdict in ("revoke", "accept") else "",
    }


def filled(rows: Sequence[Row], draw: random.Random) -> list[Row]:
    """Rows as somebody with bad intentions, or none, fills them in."""
    found = []
    for row in rows:
        row = dict(row)
        chance = draw.random()
        if chance < 0.4:
            row |= plausible(row["object_kind"], draw)
            found.append(row)
            continue
        if chance < 0.8:
            row |= {
                "decision": draw.choice([*VERDICTS, *(word.upper() for word in VERDICTS), "yes", "approve deny", ""]),
                "reviewer": draw.choice(REVIEWERS),
                "justification": draw.choice(TEXTS),
                "effective": draw.choice(DAYS),
                "comment": draw.choice(TEXTS),
                "ticket": draw.choice(["", "CHG-1", "=1+1", "\u200b"]),
                "option": draw.choice(
                    ["", "proposed", "fitted", "rename", "split", "merge", "move_zone", "leave_out", "x"]
                ),
                "detail": draw.choice(DETAILS),
                "new": draw.choice(["", "other name", "a; b", "raw"]),
            }
        if draw.random() < 0.1:
            row["content_hash"] = draw.choice(["", "0" * 64, row["content_hash"].upper(), row["content_hash"] + " "])
        if draw.random() < 0.1:
            row["object_id"] = draw.choice(["", "../x", row["object_id"] + "\u200b", "R" * 5000])
        if draw.random() < 0.1:
            row["object_kind"] = draw.choice(["", "role", "batch", "ROLE", "suggestion", "canary"])
        if draw.random() < 0.2:
            row |= {"part_kind": draw.choice(["member", "class", "container", "evidence", "x"]), "part_id": "ana"}
        found += [row] * draw.choice([1, 1, 1, 1, 2])
    draw.shuffle(found)
    return found


def written(rows: Sequence[Row], draw: random.Random) -> tuple[bytes, list[range]]:
    """The rows as a CSV, with columns that nobody asked for; and the lines of each."""
    forged = draw.sample(sorted(FORGED), draw.randint(0, 4))
    columns = list(dict.fromkeys([*rows[0], "option", "detail", *forged]))
    draw.shuffle(columns)
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", delimiter=draw.choice([",", ",", ";", "\t"]))
    writer.writeheader()
    places = []
    for row in rows:
        first = out.getvalue().count("\n") + 1
        writer.writerow({**row, **{name: FORGED[name] for name in forged}})
        places.append(range(first, out.getvalue().count("\n") + 1))
    return out.getvalue().encode("utf-8", "replace"), places


def _flipped(data: bytes, draw: random.Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(draw.randint(1, 40)):
        damaged[draw.randrange(len(damaged))] = draw.randrange(256)
    return bytes(damaged)


DAMAGES: Final[list[Callable[[bytes, random.Random], bytes]]] = [
    _flipped,
    lambda data, draw: data[: draw.randrange(len(data))],
    lambda data, draw: data[draw.randrange(len(data)) :],
    lambda data, _: data.decode("utf-8", "replace").encode("utf-16"),
    lambda data, _: b"\xff\xfe" + data,
    lambda data, _: data.replace(b"\n", b"\r"),
    lambda data, _: data + data,
    lambda data, _: data.replace(b"decision", b"reviewer", 1),
    lambda _data, _draw: b"",
    lambda data, draw: data.replace(b'"', b"", draw.randint(1, 9)),
    lambda _data, draw: draw.randbytes(2000),
]
"""What happens to files on their way."""


def damaged(data: bytes, draw: random.Random) -> bytes:
    """The file after something happened to it."""
    return draw.choice(DAMAGES)(data, draw)


def as_rows(frame: Any) -> list[Row]:
    """Rows of a table as text."""
    return [
        {name: "" if value is None else str(value) for name, value in row.items()}
        for row in frame.iter_rows(named=True)
    ]
