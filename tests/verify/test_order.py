"""Partial orders of steps: what comes before what, cycles, and orders that take some steps early."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakezones.plan.steps import Step
from lakezones.verify.order import Order, elements


def steps(depends: dict[str, str]) -> list[Step]:
    """Steps by id; `depends` has the ids, one letter each, that a step waits for."""
    return [
        Step(
            step_id=name,
            wave=0,
            sequence=at,
            action="no_op",
            depends_on=tuple(before),
        )
        for at, (name, before) in enumerate(depends.items())
    ]


DIAMOND = {"a": "", "b": "a", "c": "a", "d": "bc", "e": ""}


def test_what_comes_before_each_step() -> None:
    order = Order(steps(DIAMOND))
    assert order.cycle == []
    assert [order.before(at) for at in range(5)] == [[], [0], [0], [0, 1, 2], []]
    assert order.precedes("a", "d")
    assert not order.precedes("d", "a")
    assert not order.precedes("a", "a")
    assert not order.precedes("b", "c")


def test_unknown_dependencies_are_left_aside() -> None:
    order = Order(steps({"a": "x", "b": "ax"}))
    assert order.cycle == []
    assert order.before(1) == [0]


@pytest.mark.parametrize(
    ("depends", "stuck"),
    [
        ({"a": "a"}, ["a"]),
        ({"a": "b", "b": "a", "c": ""}, ["a", "b"]),
        ({"a": "", "b": "c", "c": "b", "d": "c"}, ["b", "c", "d"]),
    ],
)
def test_steps_that_wait_for_each_other(depends: dict[str, str], stuck: list[str]) -> None:
    assert Order(steps(depends)).cycle == stuck


def test_orders_that_depends_on_allows() -> None:
    order = Order(steps(DIAMOND))
    allowed = [sequence for sequence in permutations(range(5)) if order.is_order(sequence) is None]
    assert len(allowed) == 10  # the two orders of the diamond, and e in any of five places
    assert order.is_order([1, 0, 2, 3, 4]) == 1
    assert order.is_order([0, 3, 1, 2, 4]) == 3


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("e", [4, 0, 1, 2, 3]),
        ("c", [0, 2, 1, 3, 4]),
        ("d", [0, 1, 2, 3, 4]),
        ("de", [4, 0, 1, 2, 3]),
        ("", [0, 1, 2, 3, 4]),
    ],
)
def test_wanted_steps_come_as_early_as_they_may_the_least_waiting_first(wanted: str, expected: list[int]) -> None:
    assert Order(steps(DIAMOND)).eager(lambda step: step.step_id in wanted) == expected


GRAPH = st.lists(st.sets(st.integers(0, 7)), min_size=1, max_size=8)


@given(graph=GRAPH, wanted=st.sets(st.integers(0, 7)))
def test_every_early_order_is_whole_and_allowed(graph: list[set[int]], wanted: set[int]) -> None:
    names = "abcdefgh"
    acyclic = {names[at]: "".join(names[one] for one in before if one < at) for at, before in enumerate(graph)}
    order = Order(steps(acyclic))
    found = order.eager(lambda step: names.index(step.step_id) in wanted)
    assert sorted(found) == list(range(len(graph)))
    assert order.is_order(found) is None
    waiting = {at for at in found if at in wanted}
    needed = set(waiting).union(*(order.before(at) for at in waiting)) if waiting else set()
    assert set(found[: len(needed)]) == needed


@given(st.sets(st.integers(0, 200)))
def test_elements_of_a_bit_set(numbers: set[int]) -> None:
    assert elements(sum(1 << one for one in numbers)) == sorted(numbers)
