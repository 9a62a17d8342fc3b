"""Duties that stay apart, against rules spelled out person by person."""

from fnmatch import fnmatchcase
from itertools import product

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakezones.model import tables as t
from lakezones.model.duties import Duties
from lakezones.model.frames import Access, conform
from lakezones.model.policies import Duty, SodPair

BOXES = {"c1": ["pay-1", "pay-2"], "c2": ["release-1"], "c3": ["other", "release-x"], "c4": ["plain"]}
OPENED = {"Payments": {"c1": 1, "c4": 3}, "Release": {"c2": 3, "c3": 1}}


def access() -> Access:
    """Four classes and two entitlements."""
    classes = pl.DataFrame(
        [(c, box) for c, boxes in BOXES.items() for box in boxes], schema=["class_id", "container"], orient="row"
    )
    opened = pl.DataFrame(
        [(name, c, level) for name, reach in OPENED.items() for c, level in reach.items()],
        schema={"entitlement": pl.String, "class_id": pl.String, "level": pl.UInt8},
        orient="row",
    )
    empty = {name: schema.create_empty() for name, schema in t.ACCESS_TABLES.items()}
    made = {
        "container_classes": conform(classes, t.ContainerClasses),
        "entitlement_classes": conform(opened, t.EntitlementClasses),
    }
    return Access(**(empty | made))


def holds(duty: Duty, reach: dict[str, int]) -> bool:
    """Whether a person with this reach holds a duty, by the words of policies.toml."""
    least = {"read": 1, "write": 3, "manage": 7}[duty.access]
    for class_id, level in reach.items():
        for box, pattern in product(BOXES[class_id], duty.containers):
            if fnmatchcase(box, pattern) and level & least == least:
                return True
    for name, opened in OPENED.items():
        named = any(fnmatchcase(name, pattern) for pattern in duty.entitlements)
        strong = any(level & least == least for level in opened.values())
        if named and strong and all(reach.get(c, 0) & level == level for c, level in opened.items()):
            return True
    return False


REACH = st.dictionaries(st.sampled_from(sorted(BOXES)), st.sampled_from([1, 3, 7]))
DUTY = st.builds(
    Duty,
    containers=st.sampled_from([("pay-*",), ("release-*",), ("*",), ("nothing",)]),
    entitlements=st.sampled_from([(), ("Pay*",), ("Release",), ("*",)]),
    access=st.sampled_from(["read", "write"]),
)


@given(left=DUTY, right=DUTY, held=REACH, added=REACH)
def test_what_is_not_forbidden_brings_no_duties_together(
    left: Duty, right: Duty, held: dict[str, int], added: dict[str, int]
) -> None:
    forbidden = Duties([SodPair(name="p", left=left, right=right)], access()).conflicts(held, added)
    both = {c: held.get(c, 0) | added.get(c, 0) for c in held | added}
    meeting = holds(left, both) and holds(right, both) and not (holds(left, held) and holds(right, held))
    assert bool(forbidden) == meeting
    assert set(forbidden) <= set(added)
    kept = {c: level for c, level in added.items() if c not in forbidden}
    after = {c: held.get(c, 0) | kept.get(c, 0) for c in held | kept}
    assert not (holds(left, after) and holds(right, after)) or (holds(left, held) and holds(right, held))


@pytest.mark.parametrize(
    ("held", "added", "forbidden"),
    [
        ({"c1": 1}, {"c2": 3}, {"c2"}),
        ({"c1": 1}, {"c2": 1}, set()),  # the duty takes writing
        ({}, {"c1": 1, "c2": 3, "c4": 1}, {"c1", "c2"}),  # neither: which of the two is for people to say
        ({"c1": 1, "c2": 3}, {"c3": 3}, set()),  # who holds both already gains no conflict
        ({"c1": 1}, {"c4": 7}, set()),
    ],
)
def test_both_sides_are_forbidden_alone(held: dict[str, int], added: dict[str, int], forbidden: set[str]) -> None:
    pair = SodPair(
        name="books", left=Duty(containers=("pay-*",)), right=Duty(containers=("release-*",), access="write")
    )
    assert Duties([pair], access()).conflicts(held, added) == dict.fromkeys(forbidden, "books")


def test_without_pairs_nothing_is_forbidden() -> None:
    assert Duties([], access()).conflicts({"c1": 7}, {"c2": 7}) == {}
