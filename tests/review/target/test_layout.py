"""Zones and domains that reviewers changed, and containers they do not want brought together."""

from dataclasses import replace

import polars as pl
import pytest

from lakezones.model import tables as t
from lakezones.review.binding.kinds import merges, zone_questions
from lakezones.review.target.layout import APART, MOVED
from tests.plan.journeys import Journey, golden_journey
from tests.review.target.decisions import made, say
from tests.verify.test_mutations import failed


@pytest.fixture(scope="module")
def tiny() -> Journey:
    """The golden lake, all of whose zones are to be looked at."""
    lake = golden_journey()
    zones = t.Zones.cast(lake.proposal.zones.with_columns(needs_review=pl.lit(value=True)))
    return replace(lake, proposal=replace(lake.proposal, zones=zones))


def approvals(lake: Journey) -> list[dict[str, object]]:
    return [say("role", one, "approve", option="proposed") for one in lake.proposal.roles["role_id"].sort()]


def moved(lake: Journey, decisions: pl.DataFrame) -> set[str]:
    plan = lake.plan(decisions)
    assert lake.prove(plan, decisions).holds
    return set(plan.items.join(plan.steps.filter(action="cutover"), on="step_id", how="semi")["container"])


def test_a_container_that_was_put_elsewhere_stays_until_there_is_a_place_for_it(tiny: Journey) -> None:
    going = moved(tiny, made(tiny, *approvals(tiny)))
    asked = zone_questions(tiny.facts, tiny.access, tiny.proposal).filter(pl.col("container").is_in(sorted(going)))
    one = asked["object_id"].sort()[0]
    places = set(zone_questions(tiny.facts, tiny.access, tiny.proposal).filter(object_id=one)["container"])
    decisions = made(
        tiny, *approvals(tiny), say("zone", one, "change", option="move_domain", detail={"domain": "risk"})
    )
    target = tiny.target(decisions)
    rows = target.zones.filter(pl.col("container").is_in(sorted(places)))
    assert rows["domain"].unique().to_list() == ["risk"]
    assert rows["evidence"].unique().to_list() == ["decided by sec"]
    assert not rows["needs_review"].any()
    assert set(target.staying.filter(reason=MOVED)["container"]) == places
    assert moved(tiny, decisions) == going - places
    others = target.zones.filter(~pl.col("container").is_in(sorted(places)))
    assert others.equals(tiny.proposal.zones.join(rows, on="container", how="anti"))


def test_what_is_not_to_be_brought_together_stays(tiny: Journey) -> None:
    going = moved(tiny, made(tiny, *approvals(tiny)))
    brought = merges(tiny.proposal).filter(pl.col("container").is_in(sorted(going)))
    one = brought["object_id"].sort()[0]
    places = set(merges(tiny.proposal).filter(object_id=one)["container"])
    decisions = made(tiny, *approvals(tiny), say("merge", one, "deny"))
    assert set(tiny.target(decisions).staying.filter(reason=APART)["container"]) == places
    assert moved(tiny, decisions) == going - places
    wrong = tiny.prove(tiny.plan(made(tiny, *approvals(tiny))), decisions)
    assert failed(wrong) == {"approvals"}
