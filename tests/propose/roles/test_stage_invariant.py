"""Roles plus residual are the access there is, recomputed through the groups by a slow reference."""

from collections import defaultdict

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakezones.model.naming import NamingSettings
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.stage import RolesResult, propose_roles
from tests.propose.roles.estates import Estate, random_estate

LEVEL = {"read": 1, "write": 3, "manage": 7}
SMALL = RolesSettings(min_members=2, min_gain=1)


def propose(estate: Estate, options: RolesSettings = SMALL) -> RolesResult:
    return propose_roles(estate.facts(), estate.access(), estate.zones(), settings=options, naming=NamingSettings())


def through_groups(estate: Estate, result: RolesResult) -> dict[tuple[str, str], int]:
    """What members get when only the proposed nesting and resource groups exist, walked edge by edge."""
    carried: dict[str, dict[str, int]] = defaultdict(dict)
    for group, class_id, access in result.resource_groups.select("group_id", "class_id", "access").iter_rows():
        carried[group][class_id] = LEVEL[access]
    got: dict[tuple[str, str], int] = defaultdict(int)
    nested = defaultdict(list)
    for role, group in result.role_groups.iter_rows():
        nested[role].append(group)
    for role, person in result.role_members.iter_rows():
        for group in nested[role]:
            for class_id, level in carried[group].items():
                got[class_id, person] |= level
    return got


@given(st.integers(0, 10**6), st.sampled_from([None, 0, 1, 3]))
@settings(max_examples=25, deadline=None)
def test_roles_and_residual_are_the_access_there_is(seed: int, max_roles: int | None) -> None:
    estate = random_estate(seed)
    result = propose(estate, RolesSettings(min_members=2, min_gain=1, max_roles=max_roles))
    held = estate.level()
    got = through_groups(estate, result)
    rest: dict[tuple[str, str], int] = defaultdict(int)
    for class_id, principal, lane, level in result.residual_classes.select(
        "class_id", "principal_id", pl.col("lane").cast(pl.String), "level"
    ).iter_rows():
        if lane == "data":
            assert rest[class_id, principal] & level == 0, "a bit in two rows"
            rest[class_id, principal] |= level
    for cell in set(held) | set(got) | set(rest):
        assert got.get(cell, 0) & ~held.get(cell, 0) == 0, ("new access", cell)
        assert got.get(cell, 0) | rest.get(cell, 0) == held.get(cell, 0), cell
        assert got.get(cell, 0) & rest.get(cell, 0) == 0, cell
    for class_id, principal, lane, level in estate.access().class_access.iter_rows():
        if lane != "data":
            row = result.residual_classes.filter(
                (pl.col("class_id") == class_id) & (pl.col("principal_id") == principal) & (pl.col("lane") == lane)
            )
            assert row["level"].to_list() == [level]
            assert row["disposition"].to_list() == [f"keep_{lane}"]


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_groups_carry_exactly_the_role(seed: int) -> None:
    estate = random_estate(seed)
    result = propose(estate)
    content: dict[str, dict[str, int]] = defaultdict(dict)
    for role, class_id, level in result.role_classes.iter_rows():
        content[role][class_id] = level
    carried: dict[str, dict[str, int]] = defaultdict(dict)
    for group, class_id, access in result.resource_groups.select("group_id", "class_id", "access").iter_rows():
        carried[group][class_id] = LEVEL[access]
    union: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    narrow = estate.level(scope="container")
    for role, group in result.role_groups.iter_rows():
        for class_id, level in carried[group].items():
            union[role][class_id] |= level
        if group in estate.groups:
            # Nesting brings what the group and every group above it opens, whatever the tables say.
            estate.members.add((group, "probe"))
            reached = {(c, level) for (c, p), level in estate.level().items() if p == "probe"}
            other = [
                cell
                for lane in ("conditional", "eligible", "bearer", "control")
                for cell in estate.level(lane)
                if cell[1] == "probe"
            ]
            estate.members.remove((group, "probe"))
            assert reached == set(carried[group].items())
            assert not other
            assert estate.groups[group]["managed_by"] != "ad_sync"
    assert {role: dict(levels) for role, levels in union.items()} == content
    for role, person in result.role_members.iter_rows():
        for class_id, level in content[role].items():
            assert narrow.get((class_id, person), 0) & level == level
        assert estate.people[person]["kind"] == "user"
        assert estate.people[person]["enabled"] is not False


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_dispositions_say_what_can_be_done(seed: int) -> None:
    estate = random_estate(seed)
    result = propose(estate)
    groups = set(result.resource_groups["group_id"])
    narrow, held = estate.level(scope="container"), estate.level()
    carried = {
        (g, c): LEVEL[a] for g, c, a in result.resource_groups.select("group_id", "class_id", "access").iter_rows()
    }
    for row in result.residual_classes.iter_rows(named=True):
        cell = (row["class_id"], row["principal_id"])
        match row["disposition"]:
            case "keep_membership":
                assert (row["group_id"], row["principal_id"]) in estate.members
                assert row["level"] & ~carried[row["group_id"], row["class_id"]] == 0
            case "keep_exception":
                assert row["group_id"] in groups
                level = carried[row["group_id"], row["class_id"]]
                assert row["level"] & ~level == 0
                assert level & ~narrow[cell] == 0, "an exception gives nothing new"
                assert [c for g, c in carried if g == row["group_id"]] == [row["class_id"]]
            case "keep_service":
                assert estate.people[row["principal_id"]]["kind"] == "service_principal"
            case "keep_wide_scope":
                assert row["level"] & narrow.get(cell, 0) == 0
                assert row["level"] & ~held[cell] == 0
            case "keep_writeonly":
                assert row["level"] not in (1, 3, 7)


def test_nothing_at_all() -> None:
    result = propose(Estate())
    assert result.roles.is_empty()
    assert result.coverage["coverage"].to_list() == [0.0]


@pytest.mark.parametrize("seed", [3, 77])
def test_same_input_same_output(seed: int) -> None:
    estate = random_estate(seed)
    first, second = propose(estate), propose(estate)
    for name in ("roles", "role_members", "role_classes", "resource_groups", "role_groups", "residual_classes"):
        assert getattr(first, name).equals(getattr(second, name))
