"""Phase A: what closes and waits, and when."""

import json

import polars as pl
import pytest

from lakezones.model.frames import Facts, Plan
from tests import golden
from tests.plan.journeys import Journey, golden_journey, journey
from tests.plan.staff import tables


@pytest.fixture(scope="module")
def shared() -> Journey:
    """Two departments, of which one entitlement opens data of both, through a group of each."""
    made = tables()
    one = pl.col("entitlement").is_in(["Risk-4", "Sales-4"])
    for name in ("entitlements", "entitlement_containers"):
        made[name] = made[name].with_columns(entitlement=pl.when(one).then(pl.lit("Shared")).otherwise("entitlement"))
    zones = made["containers"].select(
        "container", zone=pl.lit("raw"), domain=pl.col("container").str.split("-").list[0]
    )
    return journey(Facts.of(made, as_of=golden.AS_OF), zones, min_members=3)


def waves_of(plan: Plan, action: str, items: pl.Expr) -> list[int]:
    """Waves of the steps of an action that have such items."""
    rows = plan.items.filter(items).select("step_id").unique()
    return plan.steps.filter(action=action).join(rows, on="step_id", how="semi")["wave"].sort().to_list()


def test_an_entitlement_is_closed_once_in_the_last_wave_that_replaces_any_of_it(shared: Journey) -> None:
    plan = shared.plan()
    assert waves_of(plan, "remove_member", pl.col("group").is_in(["g-Risk-4", "g-Sales-4"])) == [1, 2]
    assert waves_of(plan, "close_entitlement", pl.col("entitlement") == "Shared") == [2]
    assert waves_of(plan, "close_entitlement", pl.col("entitlement") == "Risk-0") == [1]


def test_an_entitlement_is_closed_after_what_replaces_it_was_verified(shared: Journey) -> None:
    plan = shared.plan()
    closing = plan.steps.filter(action="close_entitlement")
    assert closing["wave"].to_list() == [1, 2]
    for wave, text in closing.select("wave", "depends_on").iter_rows():
        assert {f"w{wave:02d}-a-verify-new-routes", f"w{wave:02d}-a-remove-personal-memberships"} <= set(
            json.loads(text)
        )


@pytest.mark.parametrize("days", [1, 2])
def test_the_gate_after_memberships_waits_whole_days(days: int) -> None:
    plan = golden_journey().plan(membership_wait_days=days)
    gates = plan.steps.filter(pl.col("step_id").str.ends_with("-a-gate-memberships"))
    assert gates.height == plan.summary["waves"] > 0
    assert {json.loads(after)["wait_hours"] for after in gates["after"]} == {24 * days}
    starts = dict(plan.steps.select("step_id", "earliest_start").iter_rows())
    for gate, start in gates.select("step_id", "earliest_start").iter_rows():
        waited = starts[gate.replace("gate-memberships", "verify-new-routes")] - start
        assert waited.days == days
