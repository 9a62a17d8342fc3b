"""Azure's limits counted before, at their peak and after; exactly at a limit holds, one beyond does not."""

from typing import Any

import pytest

from lakezones.model.frames import Facts, Plan
from lakezones.model.limits import LimitsSettings
from lakezones.plan.counts import WORST, limits_table
from tests.plan.small import AFTER, BEFORE, NOW, access, assigned, facts, limits, plan

ENTRIES = "named_acl_entries_per_path"
ASSIGNMENTS = "role_assignments_per_subscription"
GROUPS = "groups_per_principal"


def counted(
    lake: Facts, made: Plan, limit: str, settings: LimitsSettings | None = None
) -> dict[str, tuple[int, int, int, bool]]:
    """Object to before, peak, after and whether it holds."""
    table = limits_table(lake, access(), made.steps, made.items, limits=settings or limits())
    rows = table.filter(limit=limit).select("object_id", "before", "peak", "after", "holds").rows()
    return {name: (before, peak, after, holds) for name, before, peak, after, holds in rows}


def item(**columns: Any) -> dict[str, Any]:
    return {"container": "box", "access": "read", **columns}


@pytest.mark.parametrize(("allowed", "holds"), [(2, False), (3, True), (4, True)])
def test_a_peak_at_the_limit_holds_and_one_beyond_does_not(allowed: int, holds: bool) -> None:
    lake = facts(acls=[{"container": "box", "acl": "user::rwx,group:a:r-x,user:b:r-x,default:group:d:r-x"}])
    made = plan(
        ("grant", "acl_entry", [item(group="c"), item(group="a")]),
        ("revoke", "acl_entry", [item(principal_id="b"), item(principal_id="a")]),
    )
    assert counted(lake, made, ENTRIES, limits(named_acl_entries_per_path=allowed)) == {"box": (2, 3, 1, holds)}


def test_what_is_granted_on_a_source_is_counted_on_every_path_that_was_read_and_at_a_target_on_the_folder() -> None:
    lake = facts(
        acls=[{"container": "box", "acl": "user::rwx"}, {"container": "box", "path": "/p/", "acl": "group:a:r-x"}]
    )
    made = plan(
        (
            "grant",
            "acl_entry",
            [item(group="c"), item(group="d", container="bin"), item(group="e", container="z", path="f")],
        )
    )
    assert counted(lake, made, ENTRIES) == {
        "box": (0, 1, 1, True),
        "box/p": (1, 2, 2, True),
        "bin": (0, 1, 1, True),
        "z/f": (0, 1, 1, True),
    }


def test_assignments_in_force_of_a_subscription() -> None:
    lake = facts(
        role_assignments=[
            assigned("a"),
            assigned("b", state="eligible"),
            assigned("c", expires_at=NOW),
            assigned("d", expires_at=BEFORE),
            assigned("e", expires_at=AFTER),
            assigned("f", grant_id=None),
        ]
    )
    made = plan(
        ("grant", "assignment", [item(group="g"), item(group="g"), item(group="g", container="zone", path="f")]),
        ("revoke", "assignment", [item(principal_id="a", object_id="ra-a")]),
    )
    assert counted(lake, made, ASSIGNMENTS) == {"s1": (3, 5, 4, True)}
    assert counted(lake, made, ASSIGNMENTS, limits(role_assignments_per_subscription=4)) == {"s1": (3, 5, 4, False)}


def test_groups_of_a_person_at_any_depth() -> None:
    lake = facts(
        memberships=[
            {"group_id": "inner", "member_id": "ann"},
            {"group_id": "outer", "member_id": "inner"},
            {"group_id": "old", "member_id": "ann", "expires_at": NOW},
            {"group_id": "maybe", "member_id": "ann", "state": "Eligible"},
            {"group_id": "own", "member_id": "bob", "state": "ACTIVE"},
        ]
    )
    made = plan(
        ("create_group", None, [{"group": "new"}]),
        (
            "add_member",
            "membership",
            [{"group": "outer", "principal_id": "new"}, {"group": "new", "principal_id": "bob"}],
        ),
        ("remove_member", "membership", [{"group": "inner", "principal_id": "ann"}]),
    )
    assert counted(lake, made, GROUPS) == {"ann": (2, 2, 0, True), "bob": (1, 3, 3, True)}


def test_the_worst_are_listed_and_all_that_break() -> None:
    members = [{"group_id": f"g{n}", "member_id": f"p{who}"} for who in range(8) for n in range(who + 1)]
    made = plan(("add_member", "membership", [{"group": "g0", "principal_id": "p0"}]))
    lake = facts(memberships=members)
    assert list(counted(lake, made, GROUPS)) == [f"p{n}" for n in range(8 - WORST, 8)]
    broken = counted(lake, made, GROUPS, limits(groups_per_principal=1))
    assert [name for name, (*_, holds) in broken.items() if not holds] == [f"p{n}" for n in range(1, 8)]
