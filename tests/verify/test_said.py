"""Each column of each action, changed once, is noticed, or is listed here as harmless with the reason."""

import json
from datetime import date, timedelta

import polars as pl
import pytest

from lakezones.model import tables as t
from lakezones.model.frames import Plan
from lakezones.plan.steps import from_frame
from lakezones.verify.acts import acts
from lakezones.verify.order import Order
from lakezones.verify.said import Waits, missaid, too_early, unsoaked
from tests.plan.journeys import Journey, golden_journey
from tests.verify.test_mutations import edit, failed, step_of

HARMLESS = {
    "sequence": "a position for reading; depends_on alone is the order, and a sequence against it is noticed",
    "check": "prose for whoever carries the step out; a blank one is noticed",
    "rollback": "prose likewise; a blank one is noticed",
    "owner": "who does it is the bank's to say; nobody is noticed",
    "domain": "a heading; two in one wave are noticed where the wave has more than one step",
    "people_affected": "a figure for planning, which nothing is done by",
    "effort_minutes": "a figure for planning, which nothing is done by",
    "earliest_start": "a later day is no less safe; one before what it waits for is noticed",
    "tools": "a note for owners of tools, which nothing is done by",
}
OTHER = {
    "wave": 0,
    "action": "copy_delta",
    "object_kind": "key",
    "access": "manage",
    "before": "{",
    "after": '{"granted": "perhaps"}',
    "depends_on": "[]",
    "owner": " \u00a0",
    "check": "",
    "rollback": "",
    "reversible": None,
    "earliest_start": date(2020, 1, 1),
    "until": date(2030, 1, 1),
    "items_file": "other.parquet",
    "domain": "another",
}
"""What a column is changed to; any text it never has for the others."""


@pytest.fixture(scope="module")
def tiny() -> Journey:
    return golden_journey()


@pytest.fixture(scope="module")
def plan(tiny: Journey) -> Plan:
    return tiny.plan()


def noticed(lake: Journey, plan: Plan) -> bool:
    """Whether the proof fails; the cheap part of it first."""
    steps = from_frame(plan.steps)
    order = Order(steps)
    if missaid(steps, order, plan.items, acts(plan)) or unsoaked(steps, order, Waits()) or too_early(steps, order):
        return True
    return not lake.prove(plan).holds


def test_a_plan_says_what_it_may(tiny: Journey, plan: Plan) -> None:
    assert tiny.prove(plan).holds


@pytest.mark.parametrize("column", [name for name in t.Steps.column_names() if name != "step_id"])
def test_every_column_of_every_action_changed_once(column: str, tiny: Journey, plan: Plan) -> None:
    unnoticed = []
    for step in plan.steps.unique(["action", "object_kind", "access"], keep="last").sort("sequence").rows(named=True):
        value = not step[column] if column == "reversible" else OTHER.get(column, "other")
        if column in ("people_affected", "effort_minutes", "sequence"):
            value = step[column] + 1
        if column == "action" and step["action"] == value:
            value = "copy"
        if column == "depends_on" and step[column] == value:
            continue
        if column == "wave" and step[column] == value:
            value = 99
        if not noticed(tiny, edit(plan, step["step_id"], **{column: value})):
            unnoticed.append(step["step_id"])
    assert unnoticed == [] or column in HARMLESS


@pytest.mark.parametrize(
    ("action", "name", "changes", "claim"),
    [
        ("grant", "assignment", {"role": "Owner"}, "well-formed"),
        ("grant", "assignment", {"role": None}, "well-formed"),
        ("gate", "b-gate-soak", {"after": '{"wait_hours": 1}'}, "reversible"),
        ("gate", "b-gate-soak", {"after": '{"wait_hours": -720}'}, "reversible"),
        ("gate", "b-gate-soak", {"after": '{"wait_hours": true}'}, "reversible"),
        ("gate", "b-gate-soak", {"after": '{"wait_hours": NaN}'}, "reversible"),
        ("gate", "b-gate-soak", {"after": '{"approval": true}'}, "reversible"),
        ("gate", "a-gate-memberships", {"after": '{"wait_hours": 23}'}, "grants-before-revokes"),
        ("remove_member", "", {"owner": "\u200b"}, "well-formed"),
        ("cutover", "", {"owner": None}, "well-formed"),
        ("copy", "", {"before": "{"}, "well-formed"),
        ("copy", "", {"before": "[" * 100_000}, "well-formed"),
        ("add_member", "", {"after": '{"member": true, "approved_by": ["nobody"]}'}, "well-formed"),
        ("copy", "", {"target": "otheraccount"}, "well-formed"),
    ],
)
def test_what_must_not_pass(
    action: str, name: str, changes: dict[str, object], claim: str, tiny: Journey, plan: Plan
) -> None:
    assert claim in failed(tiny.prove(edit(plan, step_of(plan, action, name=name), **changes)))


def dropped(plan: Plan, step_id: str) -> Plan:
    """A plan without a step; what depended on it depends on what it depended on."""
    [ahead] = plan.steps.filter(step_id=step_id)["depends_on"]
    steps = [
        json.dumps([*(set(json.loads(text)) - {step_id}), *json.loads(ahead)]) if step_id in text else text
        for text in plan.steps["depends_on"]
    ]
    left = plan.steps.with_columns(depends_on=pl.Series(steps)).filter(pl.col("step_id") != step_id)
    return Plan(**{**vars(plan), "steps": left, "items": plan.items.filter(pl.col("step_id") != step_id)})


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("b-gate-soak", "reversible"),
        ("b-verify-copy", "one-writer"),
        ("b-verify-delta", "one-writer"),
        ("b-verify-access-at-target", "reversible"),
        ("a-gate-memberships", "grants-before-revokes"),
        ("a-verify-new-routes", "reversible"),
    ],
)
def test_a_step_left_out_is_noticed(name: str, claim: str, tiny: Journey, plan: Plan) -> None:
    [step, *_] = plan.steps.filter(pl.col("step_id").str.ends_with(name))["step_id"]
    assert claim in failed(tiny.prove(dropped(plan, step)))


def test_waits_are_those_of_the_settings(tiny: Journey, plan: Plan) -> None:
    steps = from_frame(plan.steps)
    order = Order(steps)
    assert unsoaked(steps, order, Waits(soak_days=30)) == []
    assert unsoaked(steps, order, Waits(soak_days=31))[0].expected == "a soak of 31 days lies after the cutover"


def test_a_day_too_early_is_noticed(tiny: Journey, plan: Plan) -> None:
    deleting = plan.steps.filter(action="delete_source").row(0, named=True)
    sooner = edit(plan, deleting["step_id"], earliest_start=deleting["earliest_start"] - timedelta(days=1))
    assert "grants-before-revokes" in failed(tiny.prove(sooner))
