"""Review and proof read the same decisions by rules of their own: what one carries out the other expects."""

from dataclasses import replace
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakezones.model import tables as t
from lakezones.review.binding import content
from lakezones.verify.outcome import outcome
from lakezones.verify.rulings import Rulings
from tests import decided, golden
from tests.plan.journeys import Journey
from tests.plan.staff import staff
from tests.plan.team import team
from tests.review.target.decisions import present

LAKES = {"team": team, "staff": lambda: staff(sue=True)}
VERDICTS: dict[str, list[tuple[str, str | None]]] = {
    "": [("approve", "proposed"), ("approve", "proposed"), ("approve", "proposed"), ("deny", None), ("defer", None)],
    "member": [("change", "leave_out"), ("revoke", None), ("approve", None)],
    "class": [("change", "leave_out"), ("revoke", None), ("approve", None)],
    "container": [("approve", None)],
}


def review(lake: Journey, random: Random) -> tuple[Journey, pl.DataFrame]:
    """Decisions of several reviewers, some of whom saw less than there is now; and the lake with what they saw."""
    contents = content(lake.facts, lake.access, lake.proposal)
    now = present(lake)
    rows: list[dict[str, Any]] = []
    saw: list[pl.DataFrame] = []
    for kind, one, seen in now.filter(pl.col("object_kind").is_in(["role", "suggestion", "residual"])).iter_rows():
        parts = contents.of(kind, one)
        classes = contents.parts.filter(pl.col("object_id") == one, pl.col("object_kind").cast(pl.String) == kind)
        for reviewer in ("sec", "owner"):
            if random.random() < 0.35:
                continue
            version = seen if random.random() < 0.6 else f"old-{reviewer}"
            if version != seen:
                saw.append(_less(parts, version, random))
            for _ in range(random.choice([1, 1, 2, 3])):
                part = random.choice(["", "", "member", "class", "container"]) if kind == "role" else ""
                named = classes if part in ("member", "class") else parts
                ids = (
                    [""] if not part else named.filter(pl.col("part_kind").cast(pl.String) == part)["part_id"].to_list()
                )
                verdict, option = random.choice(VERDICTS[part])
                if kind != "role":
                    option = None
                rows.append(
                    {
                        "object_kind": kind,
                        "object_id": one,
                        "content_hash": version,
                        "decision": verdict if (kind, verdict) != ("residual", "deny") else "revoke",
                        "option": option,
                        "part_kind": part,
                        "part_id": random.choice(ids),
                        "reviewer": reviewer,
                        "source": random.choice(["desk", "book"]),
                        "ticket": random.choice([None, "CHG-1", "CHG-2"]),
                    }
                )
    two = frozenset((kind, one) for kind, one, _ in now.iter_rows() if random.random() < 0.3)
    schema = dict.fromkeys(
        ("object_kind", "object_id", "content_hash", "decision", "option", "part_kind", "part_id", "reviewer"),
        pl.String,
    ) | {"source": pl.String, "ticket": pl.String}
    frame = pl.DataFrame(rows, schema=schema).unique(
        ["object_kind", "object_id", "part_kind", "part_id", "reviewer"], keep="last", maintain_order=True
    )
    frame = frame.with_columns(
        justification=pl.lit("so"),
        decided_at=pl.lit(golden.AS_OF),
        effective=pl.when(pl.col("decision") == "revoke").then(pl.lit(golden.AS_OF.date())),
    )
    seen_then = t.Seen.cast(pl.concat(saw).unique(t.Seen.primary_key())) if saw else t.Seen.create_empty()
    return replace(lake, seen=seen_then, two=two), decided.decisions(frame)


def _less(parts: pl.DataFrame, version: str, random: Random) -> pl.DataFrame:
    """What a reviewer saw, with something of it that was not there, was less, or was known otherwise."""
    gone = random.sample(range(parts.height), k=min(parts.height - 1, random.choice([0, 1, 2])))
    lower = random.choice(range(parts.height))
    at = pl.int_range(pl.len())
    rows = parts.with_columns(
        content_hash=pl.lit(version),
        sensitivity=pl.when((at == lower) & (random.random() < 0.3)).then(pl.lit("public")).otherwise("sensitivity"),
    ).filter(~pl.int_range(pl.len()).is_in(gone))
    return rows.select(t.Seen.column_names()).cast(dict(t.Seen.create_empty().schema))


@pytest.mark.parametrize("name", LAKES)
@given(seed=st.integers(0, 100_000), accept=st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_carried_out_is_what_the_proof_expects(name: str, seed: int, accept: bool) -> None:
    lake, made = review(LAKES[name](), Random(seed))
    if made.is_empty():
        return
    target = lake.target(made, accept_asserted=accept)
    reviewed = lake.reviewed(made)
    assert reviewed is not None
    expected = outcome(lake.access, lake.proposal, Rulings(reviewed, accept_asserted=accept))
    assert set(target.roles["role_id"]) == expected.roles.keys()
    place = dict(target.parts.select("container", "class_id").iter_rows())
    boxes = lake.access.container_classes.select("container", "class_id").rows()
    for role_id, role in expected.roles.items():
        assert dict(target.roles.select("role_id", "name").iter_rows())[role_id] == role.name
        joined = target.members.filter(role_id=role_id)
        assert set(joined.filter(pl.col("approvals").is_null())["principal_id"]) == role.members
        opened = dict(target.classes.filter(role_id=role_id).select("class_id", "level").iter_rows())
        for container, class_id in boxes:
            level = role.level(class_id, container)
            assert opened.get(place.get(container, class_id), 0) & level == level
    plan = lake.plan(made, accept_asserted=accept)
    proof = lake.prove(plan, made)
    assert proof.holds, proof.counterexample
