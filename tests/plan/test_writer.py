"""Steps as they are collected: ids, effort, owners, and the day from which each may start."""

import json
from datetime import date, timedelta

import polars as pl
import pytest

from lakezones.plan.settings import Effort, PlanSettings
from lakezones.plan.writer import PlanWriter

MONDAY = date(2026, 9, 28)


def writer(**minutes: float) -> PlanWriter:
    effort = {action: Effort(fixed=fixed, per_item=0.3) for action, fixed in minutes.items()}
    return PlanWriter(PlanSettings(work_minutes_per_day=480, effort=effort), MONDAY)


@pytest.mark.parametrize(("minutes", "days"), [(0, 0), (479, 0), (480, 1), (959, 1), (960, 2), (2400, 5)])
def test_a_step_longer_than_a_working_day_pushes_what_depends_on_it(minutes: int, days: int) -> None:
    plan = writer(copy=minutes)
    [copy] = plan.add("copy", "copy", wave=1)
    plan.add("cutover", "cutover", wave=1, depends_on=[copy])
    first, second = plan.steps
    assert first.effort_minutes == minutes
    assert first.earliest_start == MONDAY
    assert second.earliest_start == MONDAY + timedelta(days=days) == plan.end_of(copy)


def test_the_longer_of_wait_and_work_counts_and_the_latest_dependency() -> None:
    plan = writer(copy=960)
    [long] = plan.add("copy", "long", wave=0, wait_days=1)
    [wait] = plan.gate("wait", wave=0, wait_days=3)
    assert (plan.end_of(long), plan.end_of(wait)) == (MONDAY + timedelta(days=2), MONDAY + timedelta(days=3))
    plan.add("no_op", "after", wave=0, depends_on=[wait, long])
    assert plan.steps[-1].earliest_start == MONDAY + timedelta(days=3)


def test_effort_counts_every_item_and_is_rounded_up_once() -> None:
    plan = writer(copy=10)
    plan.add("copy", "copy", wave=0, items=pl.DataFrame({"container": ["a", "b"]}))
    assert plan.steps[0].effort_minutes == 11  # 10 + 2 x 0.3
    steps, items = plan.frames()
    assert steps["step_id"].to_list() == ["w00-copy"]
    assert items.select("step_id", "item", "container").rows() == [("w00-copy", 0, "a"), ("w00-copy", 1, "b")]


def test_a_gate_waits_or_asks_for_an_approval() -> None:
    plan = writer()
    plan.gate("wait", wave=0, wait_days=2)
    plan.gate("go", wave=0)
    assert [json.loads(step.after or "") for step in plan.steps] == [{"wait_hours": 48}, {"approval": True}]
    assert {step.rollback for step in plan.steps} == {"nothing to undo"}


def test_an_empty_batch_is_no_step_and_an_id_is_given_once() -> None:
    plan = writer()
    assert plan.add("copy", "copy", wave=0, items=pl.DataFrame({"container": []})) == []
    assert plan.steps == []
    assert plan.frames()[1].height == 0
    plan.add("copy", "copy", wave=0)
    with pytest.raises(ValueError, match="added twice"):
        plan.add("copy", "copy", wave=0)


@pytest.mark.parametrize(
    ("action", "kind", "owner"),
    [
        ("gate", None, "security team and domain owner"),
        ("add_member", "membership", "identity team"),
        ("delete_group", None, "identity team"),
        ("close_entitlement", "entitlement", "access-request team"),
        ("revoke", "entitlement", "access-request team"),
        ("revoke", "acl_entry", "lake platform team"),
        ("grant", "entitlement", "lake platform team"),
        ("copy", None, "lake platform team"),
    ],
)
def test_who_does_it(action: str, kind: str | None, owner: str) -> None:
    plan = writer()
    plan.add(action, "one", wave=0, object_kind=kind)
    plan.add(action, "other", wave=0, object_kind=kind, owner="somebody else")
    assert [step.owner for step in plan.steps] == [owner, "somebody else"]


def test_steps_after_the_point_of_no_return_are_not_reversible() -> None:
    plan = writer()
    for action in ("copy", "cutover", "unfreeze", "delete_source", "delete_group"):
        plan.add(action, action, wave=0)
    assert [step.reversible for step in plan.steps] == [True, True, False, False, False]
