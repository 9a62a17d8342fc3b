"""Worklists: under the limit, one reviewer each, nothing lost, roles with what belongs to them, the same every time."""

from collections import defaultdict
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from lakezones.review.items.worklists import Work, worklists

work = st.builds(
    Work,
    key=st.tuples(
        st.sampled_from(["role", "suggestion", "drop", "finding"]), st.text("abcdefgh", min_size=1, max_size=4)
    ),
    reviewer=st.sampled_from(["Ann", "Bob"]),
    domain=st.sampled_from(["risk", "market", None]),
    together=st.sampled_from(["r1", "r2", "r3"]),
    risk=st.sampled_from(["low", "medium", "high"]),
    name=st.sampled_from(["x", "y"]),
    minutes=st.floats(0.1, 40.0),
)
several = st.lists(work, max_size=40, unique_by=lambda one: one.key)


@given(several, st.integers(0, 99))
def test_worklists_hold_everything_once_within_the_limit(rows: list[Work], seed: int) -> None:
    named = worklists(rows, most=30)
    assert set(named) == {one.key for one in rows}
    inside = defaultdict(list)
    for one in rows:
        inside[named[one.key]].append(one)
    for part in inside.values():
        assert len({one.reviewer for one in part}) == 1
        assert sum(one.minutes for one in part) <= 30 + 1e-6 or len(part) == 1
    again = list(rows)
    Random(seed).shuffle(again)
    assert worklists(again, most=30) == named


def one(name: str, domain: str | None, minutes: float, together: str = "", kind: str = "role") -> Work:
    return Work(
        key=(kind, name),
        reviewer="Ann",
        domain=domain,
        together=together or name,
        risk="low",
        name=name,
        minutes=minutes,
    )


def test_a_domain_that_fits_is_not_split_and_small_ones_share_a_worklist() -> None:
    rows = [one("a", "cards", 10), one("b", "market", 12), one("c", "market", 13), one("d", "risk", 4)]
    assert worklists(rows, most=30) == {
        ("role", "a"): "Ann 1: cards",
        ("role", "b"): "Ann 2: market, risk",
        ("role", "c"): "Ann 2: market, risk",
        ("role", "d"): "Ann 2: market, risk",
    }


def test_a_role_comes_with_its_suggestions() -> None:
    rows = [
        one("r1", "risk", 9),
        one("r2", "risk", 9),
        one("s1", "risk", 9, together="r1", kind="suggestion"),
        one("s2", "risk", 9, together="r2", kind="suggestion"),
    ]
    named = worklists(rows, most=20)
    assert named["role", "r1"] == named["suggestion", "s1"] != named["role", "r2"] == named["suggestion", "s2"]
