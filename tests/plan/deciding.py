"""Decisions at random on a lake, and what must come of them: an obviously correct reference, person by person.

The reference knows decisions as they were drawn. It shares nothing with review, plan and proof but the tables.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.review.binding import content, hashes
from lakezones.review.binding.kinds import outside_roles
from tests import decided, golden
from tests.plan.journeys import Journey

Pair = tuple[str, str]

LATER = golden.AS_OF.date() + timedelta(days=90)


@dataclass
class Drawn:
    """Decisions, and what they mean.

    Attributes
    ----------
    rows
        Columns of `lakezones.model.tables.Decisions` that matter.
    ended
        Person and container to the bits that end; ``until`` to the day before which they may not.
    added
        Person and container to the bits that are new, where nothing else is in the way.
    carried
        Roles that come to be, with their people and the containers they open with the level.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    ended: dict[Pair, int] = field(default_factory=dict)
    until: dict[Pair, date] = field(default_factory=dict)
    carried: dict[str, tuple[set[str], dict[str, int]]] = field(default_factory=dict)
    approved: list[str] = field(default_factory=list)

    def say(self, kind: str, one: str, verdict: str, part: Pair = ("", ""), **more: Any) -> None:
        """Add a decision."""
        row = {"object_kind": kind, "object_id": one, "decision": verdict, "part_kind": part[0], "part_id": part[1]}
        self.rows.append(row | more)

    def end(self, person: str, containers: list[str], level: int, day: date) -> None:
        """Note that access ends."""
        for container in containers:
            pair = person, container
            self.ended[pair] = self.ended.get(pair, 0) | level
            self.until[pair] = max(day, self.until.get(pair, day))


def draw(lake: Journey, seed: int) -> Drawn:
    """Decisions of one reviewer on all there is, at random."""
    random, drawn = Random(seed), Drawn()
    boxes: dict[str, list[str]] = {}
    for class_id, container in lake.access.container_classes.select("class_id", "container").iter_rows():
        boxes.setdefault(class_id, []).append(container)
    roles = lake.proposal.roles.sort("role_id")
    for role_id, name in roles.select("role_id", "name").iter_rows():
        _role(lake, drawn, random, boxes, role_id, name)
    for one in lake.proposal.suggestions["suggestion_id"].sort():
        verdict = random.choice(["approve", "approve", "deny", "defer", ""])
        if verdict:
            drawn.say("suggestion", one, verdict)
        if verdict == "approve":
            drawn.approved.append(one)
    for kind in ("drop", "residual"):
        items = outside_roles(lake.proposal, kind).filter(pl.col("lane").cast(pl.String) == "data")
        for (one, person), rows in sorted(items.partition_by("object_id", "principal_id", as_dict=True).items()):
            verdict = random.choice(["revoke", "defer", "", "deny" if kind == "drop" else "approve"])
            day = random.choice([golden.AS_OF.date(), LATER])
            if verdict:
                drawn.say(kind, one, verdict, effective=day if verdict in ("revoke", "approve") else None)
            if verdict == "revoke":
                for class_id, level in rows.select("class_id", "level").iter_rows():
                    drawn.end(person, boxes[class_id], level, day)
    return drawn


def _role(lake: Journey, drawn: Drawn, random: Random, boxes: Mapping[str, list[str]], role_id: str, name: str) -> None:
    """Decisions on one role: a verdict on the whole, and sometimes on a member and a class."""
    people = lake.proposal.role_members.filter(role_id=role_id)["principal_id"].sort().to_list()
    content = dict(
        lake.proposal.role_classes.filter(role_id=role_id).sort("class_id").select("class_id", "level").rows()
    )
    verdict = random.choice(["approve", "approve", "rename", "split", "deny", "defer", ""])
    inside, opened = set(people), dict(content)
    out = random.choice(["", "leave_out", "revoke"])
    day = random.choice([golden.AS_OF.date(), LATER])
    member, class_id = random.choice(people), random.choice(sorted(content))
    if out and random.random() < 0.6:
        _say_part(drawn, role_id, ("member", member), out, day)
        inside.discard(member)
        if out == "revoke":
            for one, level in content.items():
                drawn.end(member, boxes[one], level, day)
    if out and random.random() < 0.4:
        _say_part(drawn, role_id, ("class", class_id), out, day)
        opened.pop(class_id)
        if out == "revoke":
            for person in inside:
                drawn.end(person, boxes[class_id], content[class_id], day)
    if verdict == "split":
        half = sorted(content)[: max(1, len(content) // 2)]
        rest = [one for one in sorted(content) if one not in half] or half
        detail = {"roles": [{"name": f"{name} one", "classes": half}, {"name": f"{name} two", "classes": rest}]}
        drawn.say("role", role_id, "change", option="split", detail=json.dumps(detail))
        for number, classes in enumerate([half, rest], 1):
            _carry(drawn, f"{role_id}-{number}", inside, {c: opened[c] for c in classes if c in opened}, boxes)
    elif verdict == "rename":
        drawn.say("role", role_id, "change", option="rename", detail=json.dumps({"name": f"{name} again"}))
        _carry(drawn, role_id, inside, opened, boxes)
    elif verdict:
        drawn.say("role", role_id, verdict, option="proposed" if verdict == "approve" else None)
        if verdict == "approve":
            _carry(drawn, role_id, inside, opened, boxes)


def _say_part(drawn: Drawn, role_id: str, part: Pair, out: str, day: date) -> None:
    if out == "revoke":
        drawn.say("role", role_id, "revoke", part, effective=day)
    else:
        drawn.say("role", role_id, "change", part, option="leave_out")


def _carry(
    drawn: Drawn, role_id: str, people: set[str], content: Mapping[str, int], boxes: Mapping[str, list[str]]
) -> None:
    if people and content:
        opened = {container: level for class_id, level in content.items() for container in boxes[class_id]}
        drawn.carried[role_id] = set(people), opened


def decisions(lake: Journey, drawn: Drawn) -> dy.DataFrame[t.Decisions]:
    """The decisions as a table, bound to what there is to see."""
    now = hashes(content(lake.facts, lake.access, lake.proposal))
    schema = {
        "object_kind": pl.String,
        "object_id": pl.String,
        "decision": pl.String,
        "part_kind": pl.String,
        "part_id": pl.String,
        "option": pl.String,
        "detail": pl.String,
        "effective": pl.Date,
    }
    rows = pl.DataFrame(drawn.rows, schema=schema).join(now, on=["object_kind", "object_id"])
    assert rows.height == len(drawn.rows)
    return decided.decisions(
        rows.with_columns(reviewer=pl.lit("sec"), justification=pl.lit("so"), decided_at=pl.lit(golden.AS_OF))
    )
