"""Odd groups and odd conditions: access is the same as by a search person by person, and nothing ends in a crash.

Groups that contain themselves, rings of rings, rings with an edge that has ended, edges given twice, ids nobody knows,
groups that own groups; conditions cut anywhere, nested, negated, in other alphabets, of exactly the length allowed. A
tenth of the seeds run in every test run.
"""

import random
from datetime import timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from lakezones.access import AccessSettings, resolve
from lakezones.access.explanations.explanation import explain
from lakezones.access.routes.conditions import MAX_BYTES, parse_condition
from lakezones.model.facts import FACTS
from lakezones.model.frames import Access, Facts
from tests.access.estates import AS_OF, CONTAINERS
from tests.access.reference_model import BLOBS

SEEDS = [seed if seed % 10 == 0 else pytest.param(seed, marks=pytest.mark.torture) for seed in range(200)]
READER = "Storage Blob Data Reader"
READ = f"{BLOBS}/read"
NAME = f"@Resource[{CONTAINERS}:name]"
ENDED, LATER = AS_OF - timedelta(seconds=1), AS_OF + timedelta(days=1)


def lake(**tables: list[dict[str, Any]]) -> tuple[Facts, Access]:
    frames = {
        name: pl.DataFrame(rows, schema={k: v.dtype for k, v in FACTS[name].columns().items()}, orient="row")
        for name, rows in tables.items()
    }
    facts = Facts.of(frames, as_of=AS_OF)
    return facts, resolve(facts, settings=AccessSettings())


def edge(group: str, member: str, *, ends: Any = None, state: str | None = None) -> dict[str, Any]:
    return {"group_id": group, "member_id": member, "expires_at": ends, "state": state}


def odd_groups(rnd: random.Random) -> list[dict[str, Any]]:
    """One of the shapes, or several on top of each other."""
    count = rnd.randint(2, 40)
    groups = [f"g{i}" for i in range(count)]
    ring = [edge(a, b) for a, b in zip(groups, [*groups[1:], groups[0]], strict=True)]
    rings = [edge(f"g{i}", f"g{i - i % 5 + (i + 1) % 5}") for i in range(count)] + [
        edge(f"g{i}", f"g{(i + 5) % count}") for i in range(0, count, 5)
    ]
    ended = [dict(row) for row in ring]
    rnd.choice(ended)["expires_at"] = ENDED
    eligible = [dict(row) for row in ring]
    rnd.choice(eligible)["state"] = "eligible"
    shapes = [
        ring,
        rings,
        ended,
        eligible,
        [edge(g, g) for g in groups],
        [row for row in ring for _ in range(3)] + [edge(group="g0", member="g1", ends=LATER)],
        [edge(g, "nobody-knows") for g in groups],
        [edge("nobody-lists", g) for g in groups],
        [edge(a, b) for a in groups[:8] for b in groups[:8]],
        [edge("g0", g) for g in groups] + [edge(g, "g0") for g in groups],
        [edge(a, b) for a, b in pairwise(groups)],
        [],
    ]
    rows = [row for shape in rnd.sample(shapes, rnd.randint(1, 3)) for row in shape]
    rows += [edge(rnd.choice(groups), f"p{rnd.randint(0, 9)}") for _ in range(rnd.randint(0, 20))]
    rnd.shuffle(rows)
    return rows


@pytest.mark.parametrize("seed", SEEDS)
def test_odd_groups(seed: int) -> None:
    rnd = random.Random(seed)
    rows = odd_groups(rnd)
    held = [(f"g{rnd.randint(0, 12)}", f"c{i}") for i in range(rnd.randint(1, 4))] + [("p0", "c0"), ("unknown", "c0")]
    listed = [{"principal_id": f"g{i}", "kind": "group"} for i in range(rnd.randint(0, 40))]
    owners = [{"group_id": "g0", "owner_id": "g1"}, {"group_id": "g1", "owner_id": "p9"}]
    facts, access = lake(
        memberships=rows,
        principals=listed,
        group_owners=owners,
        grants=[{"principal_id": who, "container": what} for who, what in held],
    )
    groups = {row["group_id"] for row in rows} | {row["principal_id"] for row in listed}
    edges = {
        (row["group_id"], row["member_id"])
        for row in rows
        if row["expires_at"] != ENDED and row["state"] in (None, "active")
    }
    expected = set()
    for who, what in held:
        inside = {who}
        while more := {member for group, member in edges if group in inside & groups} - inside:
            inside |= more
        expected |= {(what, one) for one in inside - groups}
    data = access.class_access.filter(pl.col("lane") == "data").join(access.container_classes, on="class_id")
    assert set(data.select("container", "principal_id").iter_rows()) == expected, f"seed {seed}"
    for what, who in sorted(expected)[:2]:
        answer = explain(facts, access, principal=who, container=what)
        assert answer.summary["access"] == {"data": "read"}, f"seed {seed}"
        assert answer.summary["paths"] >= 1, f"seed {seed}"


WORDS = [
    "!", "NOT ",
    "(", ")", "{", "}", ",", " AND ", " OR ", "&&", "||", "'", "''", "'c0'", "\\", "*", "?", "\x00", "\u202e",
    "ActionMatches", "SubOperationMatches", "Exists ", NAME, f"@Resource[{CONTAINERS}/metadata:a\nb]", "@Request[x]",
    " StringEquals ", " StringNotLike ", " stringLikeIgnoreCase ", " NumericEquals ", " DateTimeGreaterThan ",
    " ForAnyOfAllValues:StringEquals ", " ＳtringEquals ", " \u017ftringequals ", "！", "（", "９" * 40, "9" * 4_000,
    f"'{READ}'", "true", "1e999", "\ud7ff", "é" * 100,
]  # fmt: skip


def odd_condition(rnd: random.Random) -> str:
    """Some text that a condition might be."""
    good = f"(!(ActionMatches{{'{READ}'}}) OR ({NAME} StringEquals 'c0'))"
    text = "".join(rnd.choices([*WORDS, good], k=rnd.randint(1, 30)))
    match rnd.randrange(6):
        case 0:
            return good[: rnd.randrange(len(good))]
        case 1:
            at = rnd.randrange(len(good))
            return good[:at] + rnd.choice(WORDS) + good[at:]
        case 2:
            return "(" * rnd.choice([99, 100, 101, 1_000]) + good + ")" * rnd.choice([98, 99, 100, 101, 1_000])
        case 3:
            return "!" * rnd.choice([1, 2, 1_001, 7_000, 10_000]) + good
        case 4:
            return " OR ".join([good] * rnd.choice([2, 30, 900]))
        case _:
            return text


@pytest.mark.parametrize("seed", SEEDS)
def test_odd_conditions(seed: int) -> None:
    """Never an error, never more than without the condition, never firm where the text cannot be read."""
    rnd = random.Random(seed)
    scope = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/x"
    scope += rnd.choice(["", "/blobServices/default/containers/c0"])
    texts = [odd_condition(rnd) for _ in range(5)]
    for text in texts:
        assigned = {"principal_id": "ann", "role": READER, "scope": scope, "condition": text}
        _, access = lake(
            accounts=[{"account": "x"}],
            containers=[{"container": c, "account": "x"} for c in ("c0", "c1")],
            role_assignments=[assigned],
        )
        found = access.class_access.select("lane", "level").unique().rows()
        assert {(lane, level) for lane, level in found} <= {("data", 1), ("conditional", 1)}, f"seed {seed}: {text!r}"
        if len(text.encode(errors="replace")) > MAX_BYTES:
            assert found == [("conditional", 1)], f"seed {seed}: {text[:80]!r}"


@pytest.mark.parametrize("length", [MAX_BYTES - 1, MAX_BYTES, MAX_BYTES + 1])
def test_a_condition_about_as_long_as_azure_allows(length: int) -> None:
    text = f"{NAME} StringEquals 'c0' OR {NAME} StringEquals '"
    text += "x" * (length - len(text) - 1) + "'"
    assert parse_condition(text).per_container is (length <= MAX_BYTES)
