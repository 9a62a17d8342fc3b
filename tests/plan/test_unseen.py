"""A plan deletes nothing, and takes nobody out of a group, where it was not looked at who else has access."""

import json
from dataclasses import replace

import polars as pl
import pytest

from lakezones.model import tables as t
from lakezones.model.facts import FACTS
from lakezones.model.frames import Plan, conform
from lakezones.plan.unseen import unseen
from tests.plan.journeys import Journey, golden_journey
from tests.plan.small import facts
from tests.plan.staff import staff

TABLES = ("principals", "memberships", "role_assignments", "acls")


@pytest.fixture(scope="module")
def tiny() -> Journey:
    return golden_journey()


def blind(lake: Journey, *tables: str) -> Journey:
    """The same lake and proposal, some tables not assessed as far as the plan can tell."""
    return replace(lake, facts=replace(lake.facts, **dict.fromkeys(tables)))


def actions(plan: Plan) -> set[str]:
    return set(plan.steps["action"].cast(pl.String))


def test_where_everything_was_looked_at_sources_go(tiny: Journey) -> None:
    plan = tiny.plan()
    assert {"delete_source", "remove_member"} <= actions(plan)
    assert "no_op" not in actions(plan)
    assert plan.summary["not_scanned"] == {"tables": [], "memberships_kept": 0}


@pytest.mark.parametrize("table", ["role_assignments", "acls"])
def test_where_a_route_was_not_looked_at_nothing_goes(tiny: Journey, table: str) -> None:
    lake = blind(tiny, table)
    plan = lake.plan()
    assert not {"delete_source", "remove_member"} & actions(plan)
    kept = plan.steps.filter(pl.col("step_id").str.contains("keep-sources"))
    assert kept.height > 0
    assert all(table in text and "not scanned" in text for text in kept["check"])
    moved = plan.items.join(plan.steps.filter(action="cutover"), on="step_id", how="semi")["container"]
    named = plan.items.join(kept, on="step_id", how="semi")["container"]
    assert sorted(named) == sorted(moved)
    assert plan.summary["not_scanned"]["tables"] == [table]
    assert plan.summary["not_scanned"]["memberships_kept"] > 0
    stay = plan.items.join(plan.steps.filter(step_id="w00-memberships-kept"), on="step_id", how="semi")
    assert stay.height == plan.summary["not_scanned"]["memberships_kept"]


@pytest.mark.parametrize("table", ["principals", "memberships"])
def test_where_the_directory_was_not_looked_at_no_source_goes(tiny: Journey, table: str) -> None:
    plan = blind(tiny, table).plan()
    assert "delete_source" not in actions(plan)
    assert plan.summary["not_scanned"]["tables"] == [table]


def test_a_failed_read_that_was_accepted_is_not_looked_at(tiny: Journey) -> None:
    gap = {"source": "acls", "object_id": "crm-raw-lead", "code": "403", "reason": "no right to read it"}
    gaps = conform(pl.DataFrame([gap]), t.Gaps)
    plan = replace(tiny, facts=replace(tiny.facts, gaps=gaps)).plan()
    assert not {"delete_source", "remove_member"} & actions(plan)


def test_acls_decide_nothing_without_a_hierarchical_namespace() -> None:
    flat = facts(accounts=[{"account": "lake", "hns": False}])
    assert unseen(flat) == ["principals", "memberships", "role_assignments"]
    assert unseen(facts(accounts=[{"account": "lake", "hns": True}])) == list(TABLES)
    assert unseen(facts(accounts=[{"account": "lake", "hns": None}])) == list(TABLES)
    empty = replace(flat, **{name: FACTS[name].create_empty() for name in TABLES})
    assert unseen(empty) == []


def test_each_wave_still_ends_with_its_gate(tiny: Journey) -> None:
    plan = blind(tiny, "memberships").plan()
    ends = plan.steps.filter(pl.col("step_id").str.ends_with("b-gate-end-of-wave"))
    assert all(json.loads(text)[0].endswith("keep-sources") for text in ends["depends_on"])


def test_the_proof_holds_where_nothing_goes() -> None:
    lake = blind(staff(), "acls")
    plan = lake.plan()
    assert plan.summary["not_scanned"]["memberships_kept"] > 0
    proof = lake.prove(plan)
    assert proof.holds, proof.counterexample
