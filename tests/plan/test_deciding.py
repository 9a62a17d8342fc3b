"""Whatever is decided, a plan ends with today's access less what was ended, and what was approved, and is proven."""

from functools import cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakezones.model.frames import Plan
from lakezones.model.levels import level_bits
from lakezones.model.policies import DropRule, PoliciesSettings
from tests.plan.deciding import LATER, Drawn, decisions, draw
from tests.plan.journeys import Journey, golden_journey
from tests.plan.staff import staff
from tests.plan.team import team
from tests.plan.test_replay import replayed

DROPPING = PoliciesSettings(
    drop=[
        DropRule(name="leavers", when="disabled", reason="they left"),
        DropRule(name="idle", when="unused", reason="not used", days=30),
    ]
)
LAKES = {"golden": lambda: golden_journey(DROPPING), "team": team, "staff": lambda: staff(sue=True)}


@cache
def lake_of(name: str) -> Journey:
    return LAKES[name]()


def stays(plan: Plan) -> set[tuple[str, str]]:
    """People and containers of whom the plan says that access which should end stays."""
    rows = plan.items.join(plan.steps.filter(action="no_op").select("step_id"), on="step_id", how="semi")
    return set(rows.drop_nulls(["principal_id", "container"]).select("principal_id", "container").rows())


def new_access(lake: Journey, plan: Plan) -> dict[tuple[str, str], int]:
    rows = plan.approvals.filter(~pl.col("outcome").cast(pl.String).is_in(["not_granted", "lapsed"]))
    return lake.expand(rows.with_columns(level=level_bits(pl.col("access").cast(pl.String))))


def ends_as_decided(lake: Journey, drawn: Drawn, folder: Path) -> None:
    """Target, plan and proof of drawn decisions hold to the reference."""
    made = decisions(lake, drawn)
    target, plan = lake.target(made), lake.plan(made)
    assert set(target.roles["role_id"]) == drawn.carried.keys()
    for role_id, (people, opened) in drawn.carried.items():
        joined = target.members.filter(role_id=role_id)
        assert set(joined.filter(pl.col("approvals").is_null())["principal_id"]) == people
        levels = lake.expand(target.classes.filter(role_id=role_id).with_columns(principal_id=pl.lit("")))
        assert opened.items() <= {container: level for (_, container), level in levels.items()}.items()
    refused = {"not_granted", "lapsed"}
    assert set(plan.approvals["suggestion_id"]) == set(drawn.approved)
    assert set(plan.approvals.filter(pl.col("outcome").cast(pl.String).is_in(list(refused)))["reason"]) <= {
        "the role it completes is not approved"
    } | {one for one in plan.approvals["reason"] if one.startswith("the same access is denied")}
    before, after = replayed(lake, plan, folder)
    assert before == lake.effective()
    new, left = new_access(lake, plan), stays(plan)
    for pair in before | new | after:
        expected = (before.get(pair, 0) & ~drawn.ended.get(pair, 0)) | new.get(pair, 0)
        found = after.get(pair, 0)
        if pair in left:
            assert expected & ~found == 0, pair
            assert found & ~(before.get(pair, 0) | new.get(pair, 0)) == 0, pair
        else:
            assert found == expected, (pair, found, expected)
    proof = lake.prove(plan, made)
    assert proof.holds, proof.counterexample
    late = plan.steps.filter(pl.col("step_id").str.contains("-c-"))
    assert (late["earliest_start"] >= LATER).all()


@pytest.mark.parametrize("name", LAKES)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_decided_is_what_the_plan_ends_in(
    name: str, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lake = lake_of(name)
    drawn = draw(lake, seed)
    if drawn.rows:
        ends_as_decided(lake, drawn, tmp_path_factory.mktemp("plan"))
