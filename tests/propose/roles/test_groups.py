"""Two levels of groups: which existing group may carry a role, and what is made new."""

import pytest

from lakezones.propose.roles.groups import nest, resource_group_id, within
from lakezones.propose.roles.membership import named_level, read_directory
from tests.propose.roles.estates import Estate


def estate() -> Estate:
    """A group per source, one of them nested in a wider group, and a person in each."""
    made = Estate()
    made.people = {"p": {"kind": "user"}}
    for name in ("a", "b", "c"):
        made.classes[f"c-{name}"] = [f"box-{name}"]
        made.groups[f"g-{name}"] = {}
        made.members.add((f"g-{name}", "p"))
        made.grants.add((f"c-{name}", f"g-{name}", "data", 1, "container"))
    made.groups["g-all"] = {}
    return made


def nested(made: Estate, content: dict[str, int]) -> list[str]:
    return nest({"r": content}, read_directory(made.facts(), made.access())).nested["r"]


def test_existing_groups_are_reused() -> None:
    assert nested(estate(), {"c-a": 1, "c-b": 1}) == ["g-a", "g-b"]


def test_a_group_that_opens_more_than_the_role_is_not() -> None:
    made = estate()
    made.grants.add(("c-b", "g-a", "data", 1, "container"))
    assert nested(made, {"c-a": 1}) == ["rg-a-read"]


def test_a_group_inside_a_wider_one_brings_that_too() -> None:
    made = estate()
    made.members.add(("g-all", "g-a"))
    made.grants.add(("c-c", "g-all", "data", 1, "container"))
    assert nested(made, {"c-a": 1}) == ["rg-a-read"]
    assert nested(made, {"c-a": 1, "c-c": 1}) == ["g-a"]


def test_a_level_above_what_the_group_gives_gets_a_group_of_its_own() -> None:
    assert nested(estate(), {"c-a": 3}) == ["g-a", "rg-a-write"]


@pytest.mark.parametrize("managed", ["ad_sync", "dynamic"])
def test_groups_that_cannot_be_written_are_not_reused(managed: str) -> None:
    made = estate()
    made.groups["g-a"] = {"managed_by": managed}
    assert nested(made, {"c-a": 1}) == ["rg-a-read"]


@pytest.mark.parametrize(
    "grant",
    [
        ("c-c", "g-all", "conditional", 1, "container"),
        ("c-c", "g-all", "data", 1, "account"),
        ("c-a", "g-all", "eligible", 1, "container"),
    ],
)
def test_groups_that_bring_anything_but_plain_grants_are_not_reused(grant: tuple[str, str, str, int, str]) -> None:
    made = estate()
    made.members.add(("g-all", "g-a"))
    made.grants.add(grant)
    assert nested(made, {"c-a": 1, "c-c": 1}) == ["g-c", "rg-a-read"]


def test_a_denied_group_is_not_reused() -> None:
    made = estate()
    made.denies.add(("c-c", "g-a", "data", 7, "container"))
    assert nested(made, {"c-a": 1}) == ["rg-a-read"]


def test_cycles_of_groups_end() -> None:
    made = estate()
    made.members |= {("g-a", "g-b"), ("g-b", "g-a")}
    assert nested(made, {"c-a": 1, "c-b": 1}) == ["g-a"]


def test_levels() -> None:
    assert [named_level(level) for level in range(8)] == [0, 1, 0, 3, 0, 1, 0, 7]
    assert within({"c-a": 1}, {"c-a": 3})
    assert not within({"c-a": 2}, {"c-a": 3}), "write without read has no group level"
    assert resource_group_id("c-0123456789", 7) == "rg-0123456789-manage"
