"""Which containers are replayed as one, and what each step does to them."""

from typing import Any

import polars as pl
import pytest

from lakezones.model.frames import Plan
from lakezones.verify.acts import acts
from lakezones.verify.cohorts import Split, split_classes
from lakezones.verify.state import Script
from tests.plan.small import access, assigned, facts, plan


def split(made: Plan, **tables: list[dict[str, Any]]) -> Split:
    """Cohorts of the containers box and bin, which are of one class."""
    return split_classes(facts(**tables), access(), acts(made))


def test_containers_that_every_step_treats_alike_are_one_cohort() -> None:
    both = [{"group": "g", "container": name, "access": "read"} for name in ("box", "bin")]
    [one] = split(plan(("grant", "acl_entry", both))).cohorts
    assert (one.class_id, one.container, one.size, one.same_account) == ("c-1", "bin", 2, True)


@pytest.mark.parametrize(
    "change",
    [{"group": "h"}, {"access": "write"}, {"group": None, "principal_id": "ann"}, {"container": "bin"}],
    ids=["another group", "another level", "a person", "one container alone"],
)
def test_whatever_differs_makes_them_two(change: dict[str, Any]) -> None:
    first = {"group": "g", "container": "box", "access": "read"}
    second = {**first, "container": "bin", **change}
    items = [second, second] if change == {"container": "bin"} else [first, second]
    assert [one.container for one in split(plan(("grant", "acl_entry", items))).cohorts] == ["bin", "box"]


def test_grants_on_a_zone_container_reach_all_that_moves_there_and_on_a_folder_one() -> None:
    moves = [{"container": name, "target": f"zone/{name}", "path": name} for name in ("box", "bin")]
    granted = [
        {"group": "wide", "container": "zone", "path": "", "access": "read"},
        {"group": "narrow", "container": "zone", "path": "box", "access": "write"},
        {"group": "lost", "container": "zone", "path": "nowhere", "access": "read"},
        {"group": "at source", "container": "box", "access": "manage"},
    ]
    found = split(plan(("grant", "acl_entry", granted), ("cutover", None, moves)))
    names = [one.container for one in found.cohorts]
    events = {
        names[index]: sorted((event.place, str(event.grantee), event.level) for event in some)
        for index, some in found.events["s0"].items()
    }
    assert events == {
        "bin": [("target", "wide", 1)],
        "box": [("source", "at source", 7), ("target", "narrow", 3), ("target", "wide", 1)],
    }
    assert found.strays == [("zone/nowhere", "s0")]


def test_a_dataset_that_takes_a_whole_container_is_granted_there_once() -> None:
    granted = [{"group": "g", "container": "zone", "path": "", "access": "read"}]
    found = split(
        plan(("grant", "acl_entry", granted), ("copy", None, [{"container": "box", "target": "zone", "path": ""}]))
    )
    assert [len(some) for some in found.events["s0"].values()] == [1]
    assert found.strays == []


def test_what_no_container_of_the_lake_is_strays() -> None:
    items = [{"group": "g", "container": "nowhere", "access": "read"}]
    assert split(plan(("grant", "acl_entry", items))).strays == [("nowhere", "s0")]


@pytest.mark.parametrize(
    ("account", "target", "same"),
    [("lake", "lake", True), ("LAKE", "lake", True), ("lake", "other", False), (None, "other", False)],
)
def test_whether_a_container_stays_in_its_account(account: str | None, target: str, same: bool) -> None:
    containers = [{"container": name, "account": account} for name in ("box", "bin")]
    moves = [{"container": name, "target": f"{target}/zone/{name}", "path": name} for name in ("box", "bin")]
    tables: dict[str, list[dict[str, Any]]] = {
        "containers": containers,
        "accounts": [{"account": "a1"}, {"account": "a2"}],
    }
    found = split(plan(("copy", None, moves)), **tables)
    assert [(one.size, one.same_account, one.target) for one in found.cohorts] == [(2, same, target)]


def test_what_stays_has_no_target_and_conditions_tell_zone_containers_apart() -> None:
    moves = [{"container": name, "target": f"lake/{name}-zone/f", "path": "f"} for name in ("box", "bin")]
    assert [one.target for one in split(plan(("gate", None, []))).cohorts] == [""]
    assert [one.target for one in split(plan(("copy", None, moves))).cohorts] == ["lake"]
    above = [assigned("kim", condition="@Resource")]
    found = split(plan(("copy", None, moves)), role_assignments=above).cohorts
    assert [one.target for one in found] == ["lake/bin-zone", "lake/box-zone"]


def test_an_entitlement_is_revoked_everywhere_or_on_one_container() -> None:
    items = [
        {"principal_id": "ann", "entitlement": "CRM"},
        {"principal_id": "bob", "entitlement": "CRM", "container": "box"},
    ]
    script = Script(acts(plan(("revoke", "entitlement", items), ("revoke", "assignment", [{"principal_id": "cyd"}]))))
    assert script.entitlements == {"s0": [("ann", "CRM")]}
    assert script.memberships == {}


def test_memberships_are_read_from_items_and_where_there_are_none_from_the_step() -> None:
    made = plan(
        ("add_member", "membership", [{"group": "g", "principal_id": "ann"}]), ("remove_member", "membership", [])
    )
    single = made.steps.with_columns(group=pl.lit("h"), principal_id=pl.lit("bob"))
    object.__setattr__(made, "steps", single)
    assert Script(acts(made)).memberships == {"s0": [("g", "ann")], "s1": [("h", "bob")]}
