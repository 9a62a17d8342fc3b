"""A log of decisions in three domains, whose people never meet."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import polars as pl

from lakezones.model.tables import ReviewItems
from lakezones.review.log import Checkpoint, append, checkpoint
from lakezones.review.signoff import Gathering

START = datetime(2026, 10, 1, 9, tzinfo=UTC)
ORIGIN = "bank.example/lake"
PEOPLE = {
    "payments": ["Ana Payer", "Bo Giro"],
    "risk": ["Cy Hazard", "Di Chance"],
    "</script><script>alert(1)</script>": ["Eve <b>Bold</b>", "\u202eFlip \u2028Line & Co"],
}


def decision(number: int, domain: str | None, reviewer: str, **more: Any) -> dict[str, Any]:
    """A record of a decision on a role, as a submission makes it."""
    record = {
        "kind": "decision",
        "record_id": f"d-{number}",
        "object_kind": "role",
        "object_id": f"R{number}",
        "part_kind": "",
        "part_id": "",
        "content_hash": "h",
        "decision": "deny",
        "option": None,
        "reviewer": reviewer,
        "reviewer_name": reviewer,
        "decided_at": (START + timedelta(minutes=number)).isoformat(),
        "justification": f"{reviewer} says so",
        "effect": "Deny this role: nobody loses anything",
        "access_kept": 10,
        "access_ended": 0,
        "access_added": 0,
        "ticket": "CHG-1",
        "name": f"role {number}",
        "domain": domain,
        "part_name": None,
    }
    return record | more


def items(domains: Mapping[str, str | None] | None = None) -> pl.DataFrame:
    """Roles as they are proposed now, with their domains; columns of others are empty."""
    rows = [
        {"object_kind": "role", "object_id": key, "name": key, "domain": one} for key, one in (domains or {}).items()
    ]
    schema = {name: ReviewItems.create_empty().schema[name] for name in ("object_kind", "object_id", "name", "domain")}
    return pl.DataFrame(rows, schema=schema)


def standings(rows: list[tuple[str, str]]) -> pl.DataFrame:
    """Where roles as a whole stand, and why."""
    return pl.DataFrame(
        [
            {
                "object_kind": "role",
                "object_id": object_id,
                "part_kind": "",
                "part_id": "",
                "standing": standing,
                "reason": f"it is {standing}",
            }
            for object_id, standing in rows
        ]
    )


@cache
def log() -> str:
    """Batches of three domains, one decision taken back, one replaced."""
    draw = random.Random(7)
    entries: list[dict[str, Any]] = []
    for number in range(30):
        domain = list(PEOPLE)[number % 3]
        reviewer = draw.choice(PEOPLE[domain])
        entries.append({"kind": "batch", "record_id": f"b-{number}", "reviewer": reviewer, "comment": "all of us"})
        entries.append(decision(number, domain, reviewer, access_ended=number % 4))
    first = entries[1]
    entries.append(
        {
            "kind": "withdrawal",
            "record_id": "w-1",
            "withdraws": "d-0",
            "reviewer": first["reviewer"],
            "justification": "x",
        }
    )
    second = entries[3]
    entries.append({**second, "record_id": "d-99", "decision": "approve", "effect": "Approve this role"})
    return append("", entries, salt=draw.randbytes)


def point(text: str) -> Checkpoint:
    """The checkpoint of a log."""
    return Checkpoint.parse(checkpoint(text, ORIGIN))


def gather(domain: str, text: str, given: Checkpoint, *, items: pl.DataFrame, **more: Any) -> dict[str, Any]:
    """The sign-off of one domain."""
    return Gathering(text, given, items=items, **more).of(domain)
