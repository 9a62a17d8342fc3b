"""Limits recounted at their worst: exactly at a limit holds, one beyond does not."""

from typing import Any

import polars as pl
import pytest

from lakezones.model import tables as t
from lakezones.model.frames import conform
from lakezones.verify.acts import acts
from lakezones.verify.limits import broken_limits
from lakezones.verify.violations import Violation
from tests.plan.small import ACCOUNT, AFTER, BEFORE, NOW, assigned, facts, limits, plan

ACL = "user::rwx,group::r-x,group:a:r-x, user:b:r-x,mask::r-x,other::---,default:group:z:r-x"
"""Two named entries count: those of the owner, of others and of the default ACL do not."""


def granting(*groups: str, **item: Any) -> list[dict[str, Any]]:
    return [{"group": group, "container": "box", "access": "read", **item} for group in groups]


@pytest.mark.parametrize(
    ("items", "count"),
    [
        (granting("c"), 3),
        (granting("a"), 2),  # it is there already
        (granting("c", "c", "d"), 4),
        (granting("c", path=""), 3),
        (granting("c", "d", container="zone", path="raw/box"), 2),  # another place
        (granting("c", container="bin"), 1),  # no ACL of which was read
    ],
)
def test_named_entries_of_a_path(items: list[dict[str, Any]], count: int) -> None:
    lake = facts(
        acls=[{"container": "box", "path": "/", "acl": ACL}, {"container": "box", "path": "p", "acl": "user::r-x"}]
    )
    made = plan(("grant", "acl_entry", items))
    assert broken_limits(lake, made, acts(made), limits=limits(named_acl_entries_per_path=count)) == []
    problems = broken_limits(lake, made, acts(made), limits=limits(named_acl_entries_per_path=count - 1))
    assert [one.actual for one in problems] == [str(count)]
    assert problems[0].expected.startswith(f"at most {count - 1} named ACL entries on {items[0]['container']}/")


def test_paths_that_the_plan_does_not_touch_are_not_its_limit() -> None:
    lake = facts(acls=[{"container": "bin", "path": "/", "acl": ACL}])
    made = plan(("grant", "acl_entry", granting("c")))
    assert broken_limits(lake, made, acts(made), limits=limits(named_acl_entries_per_path=1)) == []


def test_every_path_of_a_container_gets_the_entry_and_the_worst_comes_first() -> None:
    paths = [("/", "user::rwx"), ("p", "group:a:r-x"), ("q", "group:a:r-x,group:b:r-x")]
    lake = facts(acls=[{"container": "box", "path": path, "acl": acl} for path, acl in paths])
    made = plan(("grant", "acl_entry", granting("c")))
    problems = broken_limits(lake, made, acts(made), limits=limits(named_acl_entries_per_path=0))
    assert [(one.expected.rsplit(" ", 1)[1], one.actual) for one in problems] == [
        ("box/q", "3"),
        ("box/p", "2"),
        ("box/", "1"),
    ]


@pytest.mark.parametrize(
    ("today", "new", "count"),
    [
        ([assigned("a"), assigned("b")], ["c"], 3),
        ([assigned("a", scope=ACCOUNT.upper().replace("SUBSCRIPTIONS", "subscriptions"))], ["c", "d", "d"], 3),
        ([assigned("a", state="eligible")], ["c"], 1),
        ([assigned("a", state="active")], ["c"], 2),
        ([assigned("a", expires_at=AFTER)], ["c"], 2),
        ([assigned("a", expires_at=NOW)], ["c"], 1),
        ([assigned("a", expires_at=BEFORE)], ["c"], 1),
        ([assigned("a", scope="/subscriptions/s2")], ["c"], 1),
        ([assigned("a", scope="/providers/Microsoft.Management/managementGroups/m")], ["c"], 1),
    ],
)
def test_assignments_of_a_subscription(today: list[dict[str, Any]], new: list[str], count: int) -> None:
    lake = facts(role_assignments=today)
    made = plan(("grant", "assignment", granting(*new)))
    assert broken_limits(lake, made, acts(made), limits=limits(role_assignments_per_subscription=count)) == []
    problems = broken_limits(lake, made, acts(made), limits=limits(role_assignments_per_subscription=count - 1))
    assert problems == [Violation(f"at most {count - 1} role assignments in subscription s1", str(count))]


def test_containers_to_be_made_count_where_the_lake_has_one_subscription_only() -> None:
    made = plan(("grant", "assignment", granting("c", "d", container="zone")))
    for accounts, name in (
        ([{"account": "lake", "subscription_id": "S1"}], "s1"),
        ([{"account": "lake", "subscription_id": "S1"}, {"account": "other", "subscription_id": "S2"}], "unknown"),
    ):
        problems = broken_limits(
            facts(accounts=accounts), made, acts(made), limits=limits(role_assignments_per_subscription=1)
        )
        assert problems == [Violation(f"at most 1 role assignments in subscription {name}", "2")]


def test_a_limit_that_the_plan_itself_says_is_broken_counts_where_it_is_hard() -> None:
    rows = [("hard", True, False), ("soft", False, False), ("kept", True, True)]
    stated = pl.DataFrame(
        [
            {"limit": name, "object_id": "x", "before": 1, "peak": 9, "after": 1, "allowed": 5, "source": "s"}
            | {"hard": hard, "holds": holds}
            for name, hard, holds in rows
        ]
    )
    made = plan(("grant", "acl_entry", granting("c")))
    object.__setattr__(made, "limits", conform(stated, t.Limits))
    assert broken_limits(facts(), made, acts(made), limits=limits()) == [
        Violation("hard of x within 5", "9 at its peak")
    ]
