"""Claims about the form of a plan, on a few steps each."""

import json
from datetime import date
from typing import Any

import pytest

from lakezones.plan.steps import Step
from lakezones.verify import form
from lakezones.verify.order import Order

DAY = date(2026, 10, 1)


def step(name: str, action: str, waits_for: str = "", **columns: Any) -> Step:
    columns = {"wave": 1, "sequence": 0, "rollback": "undo it", "earliest_start": DAY} | columns
    return Step(step_id=name, action=action, depends_on=tuple(waits_for), **columns)


def wait(hours: object) -> str:
    return json.dumps({"wait_hours": hours})


def found(problems: list[Any]) -> list[tuple[str | None, str]]:
    return [(one.step_id, one.expected) for one in problems]


@pytest.mark.parametrize("removing", ["remove_member", "revoke", "cutover"])
@pytest.mark.parametrize(
    ("hours", "starts", "expected"),
    [
        (24, date(2026, 10, 2), None),
        (24, date(2026, 10, 9), None),
        (24, None, None),
        (23, date(2026, 10, 2), "a gate of 24 hours lies after a"),
        ("24", date(2026, 10, 2), "a gate of 24 hours lies after a"),
        (24, date(2026, 10, 1), "starts a day after a"),
    ],
)
def test_a_removal_waits_a_day_after_the_memberships_before_it(
    removing: str, hours: object, starts: date | None, expected: str | None
) -> None:
    steps = [
        step("a", "add_member"),
        step("g", "gate", "a", after=wait(hours)),
        step("r", removing, "g", earliest_start=starts),
        step("x", "add_member"),  # nothing relies on it
    ]
    assert found(form.hasty(steps, Order(steps))) == ([] if expected is None else [("r", expected)])


def test_a_gate_beside_the_membership_or_after_the_removal_is_no_wait() -> None:
    steps = [
        step("a", "add_member"),
        step("g", "gate", after=wait(24)),
        step("r", "revoke", "ag", earliest_start=date(2026, 10, 9)),
        step("h", "gate", "r", after=wait(24)),
    ]
    assert found(form.hasty(steps, Order(steps))) == [("r", "a gate of 24 hours lies after a")]
    copied = [step("a", "add_member"), step("c", "copy", "a"), step("d", "delete_source", "a")]
    assert form.hasty(copied, Order(copied)) == []


def test_a_wave_ends_with_a_gate_after_all_else_in_it() -> None:
    steps = [
        step("a", "gate"),
        step("b", "copy", "a"),
        step("c", "gate", "b"),
        step("d", "copy", "c", wave=2),
        step("e", "gate", "c", wave=2),
        step("f", "no_op", wave=3),
    ]
    assert found(form.ungated(steps, Order(steps))) == [
        ("e", "wave 2 ends with a gate"),
        ("f", "wave 3 ends with a gate"),
    ]


@pytest.mark.parametrize("action", ["unfreeze", "delete_source", "delete_group"])
def test_a_point_of_no_return_is_marked_and_behind_a_gate(action: str) -> None:
    steps = [
        step("g", "gate"),
        step("a", action, "g", reversible=False, rollback=None),
        step("b", action, "g"),
        step("c", action, reversible=False),
        step("d", action),
    ]
    assert found(form.irrevocable(steps, Order(steps))) == [
        ("b", "marked as not reversible"),
        ("c", "a gate comes before the point of no return"),
        ("d", "marked as not reversible"),
        ("d", "a gate comes before the point of no return"),
    ]


def test_every_other_step_can_be_rolled_back_and_says_how() -> None:
    steps = [
        step("a", "copy"),
        step("b", "cutover", reversible=False),
        step("c", "copy", rollback=""),
        step("d", "grant", rollback=None),
    ]
    assert found(form.irrevocable(steps, Order(steps))) == [
        ("b", "can be rolled back"),
        ("c", "says how to roll back"),
        ("d", "says how to roll back"),
    ]


def test_steps_that_can_take_access_away() -> None:
    actions = [
        "add_member",
        "remove_member",
        "grant",
        "revoke",
        "copy",
        "cutover",
        "delete_group",
        "delete_source",
        "gate",
    ]
    steps = [step(str(at), action) for at, action in enumerate(actions)]
    assert [steps[at].action for at in form.removals(steps)] == [
        "remove_member",
        "revoke",
        "cutover",
        "delete_group",
        "delete_source",
    ]
