"""Group expansion beside a search from each group by itself, and its bounds."""

import random
from collections.abc import Mapping

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakezones.access.membership import audiences, closure, group_reach
from lakezones.errors import LimitExceeded

Edges = list[tuple[str, str]]

NAMES = st.sampled_from(["g0", "g1", "g2", "g3", "g4", "g5", "p0", "p1", "p2"])


def frame(edges: Edges) -> pl.DataFrame:
    return pl.DataFrame(sorted(set(edges)), schema={"group_id": pl.String, "member_id": pl.String}, orient="row")


def reached(edges: Edges, group: str) -> set[str]:
    """The group and everything in it, one step at a time."""
    found = {group}
    while more := {member for head, member in edges if head in found} - found:
        found |= more
    return found


def slow(edges: Edges, groups: set[str]) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    every = {(group, one) for group in groups for one in reached([e for e in edges if e[0] in groups], group)}
    return {pair for pair in every if pair[1] not in groups}, {pair for pair in every if pair[1] in groups}


def agrees(edges: Edges, groups: set[str], named: set[str]) -> None:
    ids = pl.Series("group_id", sorted(groups), dtype=pl.String)
    people, nested = slow(edges, groups)
    fast = closure(frame(edges), ids)
    assert fast.is_unique().all()
    assert set(fast.iter_rows()) == people
    assert set(group_reach(frame(edges), ids).iter_rows()) == nested
    some = audiences(frame(edges), ids, named=pl.Series(sorted(named), dtype=pl.String))
    assert set(some.members_of().iter_rows()) == {pair for pair in people if pair[0] in named}
    counts: dict[str, int] = {}
    for group, person in people:
        if group in named:
            counts[person] = counts.get(person, 0) + 1
    assert dict(some.counts().iter_rows()) == counts
    asked = pl.DataFrame(
        [(g, i % 2) for i, g in enumerate(sorted(named))] * 2, schema=["grantee_id", "n"], orient="row"
    )
    expected = {(n, person) for g, n in asked.iter_rows() for group, person in people if group == g}
    if named:
        held = some.holders(asked)
        assert held.is_unique().all()
        assert set(held.select("n", "principal_id").iter_rows()) == expected


@given(edges=st.lists(st.tuples(NAMES, NAMES), max_size=30), unnamed=st.sets(NAMES))
@settings(max_examples=200, deadline=None)
def test_random_graphs(edges: Edges, unnamed: set[str]) -> None:
    """Self-membership, groups that are listed as members twice, cycles of cycles, groups nobody lists as such."""
    groups = {group for group, _ in edges} | {"g0"}
    agrees(edges, groups, groups - unnamed)


@pytest.mark.parametrize("seed", range(20))
def test_larger_graphs(seed: int) -> None:
    rnd = random.Random(seed)
    groups = [f"g{i}" for i in range(rnd.randint(1, 60))]
    people = [f"p{i}" for i in range(rnd.randint(1, 30))]
    edges = [(rnd.choice(groups), rnd.choice(groups)) for _ in range(rnd.randint(0, 80))]
    edges += [(rnd.choice(groups), rnd.choice(people)) for _ in range(rnd.randint(0, 60))]
    agrees(edges, set(groups), set(rnd.sample(groups, len(groups) // 2)))


def around(count: int, people: int) -> tuple[pl.DataFrame, pl.Series]:
    """Many groups around one."""
    groups = [f"g{i}" for i in range(count)]
    edges = pl.DataFrame(
        {
            "group_id": ["core"] * people + groups,
            "member_id": [f"p{i}" for i in range(people)] + ["core"] * count,
        }
    )
    return edges, pl.Series("group_id", ["core", *groups])


def test_groups_with_the_same_members_are_one_audience() -> None:
    edges, groups = around(100_000, 1_000)
    found = audiences(edges, groups, limit=1_000)
    assert [len(one) for one in found.sets] == [1_000]
    assert found.counts()["groups"].unique().to_list() == [100_001]
    rows = pl.DataFrame({"grantee_id": groups}).with_columns(container=pl.lit("c"))
    assert found.holders(rows).height == 1_000


def chain(length: int) -> Mapping[str, list[str]]:
    names = [f"g{i:05d}" for i in range(length)]
    return {
        "group_id": [*names[:-1], *names],
        "member_id": [*names[1:], *(f"p{i:05d}" for i in range(length))],
    }


def test_a_long_chain_and_a_ring() -> None:
    edges = pl.DataFrame(chain(3_000))
    groups = edges["group_id"].unique()
    assert dict(audiences(edges, groups).counts().iter_rows())["p02999"] == 3_000
    ring = pl.concat([edges, pl.DataFrame({"group_id": ["g02999"], "member_id": ["g00000"]})])
    found = audiences(ring, groups)
    assert [len(one) for one in found.sets] == [3_000]


def test_the_bound_is_reached_with_its_message() -> None:
    edges = pl.DataFrame(chain(100))
    groups = edges["group_id"].unique()
    assert audiences(edges, groups, limit=5_050).members_of().height == 5_050
    with pytest.raises(LimitExceeded, match="groups expand to more than 5,049 pairs of a group and a member") as raised:
        audiences(edges, groups, limit=5_049)
    assert raised.value.hint
    assert audiences(edges, groups, named=pl.Series(["g00099"]), limit=1).members_of().height == 1
