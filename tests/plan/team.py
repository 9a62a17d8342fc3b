"""A team whose role is nearly whole, with suggestions of every kind, and reviewers to decide on them.

    person  e1  e2  e3  e4  e5
    ann     x   x   x   x   x
    bob     x   x   x   x   x
    cyd     x   x   x   x
    dee     x
    eve     x   x   x   x

The role is ann, bob, cyd and eve with e1 to e4; e2 and e3 are one class. Suggested are e2 to e4 to dee, who would join,
and e5 to cyd, eve and dee, which would complete the role.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Facts, conform
from lakezones.model.levels import NAMES
from lakezones.model.suggestions import described
from tests import decided, golden
from tests.plan.journeys import Journey, journey

HELD = {
    "ann": "12345",
    "bob": "12345",
    "cyd": "1234",
    "dee": "1",
    "eve": "1234",
}
UNDER = {"1": "CRM", "2": "CRM", "3": "CRM", "4": "LEDGER", "5": "MART"}
"""Entitlement of each container."""

EVERYTHING = {("dee", "e2"), ("dee", "e4"), ("dee", "e5"), ("cyd", "e5"), ("eve", "e5")}
"""All that is suggested, as person and a container of the class."""


@cache
def team() -> Journey:
    """The team's lake up to its proposal."""
    rows = [(person, f"e{n}", UNDER[n]) for person, held in HELD.items() for n in held]
    names = ["e1", "e2", "e3", "e4", "e5"]
    containers = pl.DataFrame({"container": names})
    grants = pl.DataFrame(rows, schema=["principal_id", "container", "entitlement"], orient="row")
    facts = Facts.of({"grants": grants, "containers": containers}, as_of=golden.AS_OF)
    lake = journey(facts, containers.with_columns(zone=pl.lit("raw"), domain=pl.lit("crm")), min_members=4)
    assert lake.proposal.roles.height == 1
    return suggesting(lake, [(role(lake), person, container, "read") for person, container in sorted(EVERYTHING)])


def role(lake: Journey) -> str:
    """Id of the first role."""
    return str(lake.proposal.roles["role_id"].sort()[0])


def suggesting(lake: Journey, rows: list[tuple[str, str, str, str]]) -> Journey:
    """A lake with these suggestions: role, person, a container of the class, access."""
    classes = dict(lake.access.container_classes.select("container", "class_id").iter_rows())
    content = lake.proposal.role_classes.select("role_id", "class_id", "level").iter_rows()
    opens = {(role_id, class_id): level for role_id, class_id, level in content}
    frame = pl.DataFrame(
        [
            {
                "suggestion_id": f"s-{person}-{container}" + ("" if access == "read" else f"-{access}"),
                "role_id": role_id,
                "principal_id": person,
                "class_id": classes[container],
                "access": access,
                "kind": "extend" if NAMES[access] & ~opens.get((role_id, classes[container]), 0) else "join",
                "peers": 1.0,
                "used_by_peers": None,
                "reason": "others in the role hold it",
            }
            for role_id, person, container, access in rows
        ],
        schema=t.Suggestions.create_empty().schema,
    )
    return replace(lake, proposal=replace(lake.proposal, suggestions=conform(frame, t.Suggestions)))


def decide(
    lake: Journey, verdicts: Mapping[str, str], *, reviewer: str = "sec", roles: str = "approve"
) -> pl.DataFrame:
    """Decisions of one reviewer: on suggestions by id, and the same on every role."""
    known = described(lake.proposal.suggestions, lake.access.container_classes)
    hashes = dict(known.select("suggestion_id", "content_hash").iter_rows())
    rows = [
        ("role", one, seen, roles) for one, seen in lake.proposal.roles.select("role_id", "content_hash").iter_rows()
    ]
    rows += [("suggestion", one, hashes[one], verdict) for one, verdict in verdicts.items()]
    frame = pl.DataFrame(rows, schema=["object_kind", "object_id", "content_hash", "decision"], orient="row")
    return decided.decisions(
        frame.with_columns(
            reviewer=pl.lit(reviewer), justification=pl.lit(None, pl.String), decided_at=pl.lit(golden.AS_OF)
        )
    )


def approve(lake: Journey, *ids: str) -> pl.DataFrame:
    """Approvals of every role and of these suggestions."""
    return decide(lake, dict.fromkeys(ids, "approve"))
