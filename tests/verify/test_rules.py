"""Azure's rules as the proof derives them: on the border of time, state and mask."""

from typing import Any

import polars as pl
import pytest

from lakezones.verify.rules.acls import entries_by_path, named_entries
from lakezones.verify.rules.assignments import assignments_in_force
from lakezones.verify.rules.memberships import active_memberships
from tests.plan.small import ACCOUNT, AFTER, BEFORE, NOW, assigned, facts


@pytest.mark.parametrize(
    ("membership", "counts"),
    [
        ({}, True),
        ({"state": "active"}, True),
        ({"state": "Active"}, True),
        ({"state": " ACTIVE "}, True),
        ({"state": ""}, True),
        ({"state": "eligible"}, False),
        ({"state": "inactive"}, False),
        ({"expires_at": AFTER}, True),
        ({"expires_at": NOW}, False),
        ({"expires_at": BEFORE}, False),
        ({"state": "eligible", "expires_at": AFTER}, False),
    ],
)
def test_memberships(membership: dict[str, Any], counts: bool) -> None:
    if membership.get("state") == "":  # the schema takes no empty text; a frame made by hand may hold one
        lake = facts(memberships=[{"group_id": "g", "member_id": "ann", "state": "x"}])
        object.__setattr__(lake, "memberships", lake.table("memberships").with_columns(state=pl.lit("")))
    else:
        lake = facts(memberships=[{"group_id": "g", "member_id": "ann", **membership}])
    assert active_memberships(lake) == ([("g", "ann")] if counts else [])


@pytest.mark.parametrize(
    ("row", "places", "subscription"),
    [
        ({}, set(), "s1"),
        ({"scope": f"{ACCOUNT}/blobServices/default/containers/Box/"}, {"box", "lake/box"}, "s1"),
        ({"scope": f"{ACCOUNT}/blobServices/default/containers/box/blobs/b"}, set(), "s1"),
        ({"scope": f"{ACCOUNT}/queueServices/default/queues/box"}, set(), "s1"),
        ({"scope": "/subscriptions/S2"}, set(), "s2"),
        ({"scope": "/providers/Microsoft.Management/managementGroups/m"}, set(), None),
        ({"scope": "/"}, set(), None),
    ],
)
def test_where_an_assignment_lies(row: dict[str, Any], places: set[str], subscription: str | None) -> None:
    [one] = assignments_in_force(facts(role_assignments=[assigned("ann", **row)]))
    assert (one.places, one.subscription) == (places, subscription)
    assert (one.active, one.denies, one.conditional) == (True, False, False)


def test_what_an_assignment_is() -> None:
    rows = [
        assigned("a", state="eligible"),
        assigned("b", effect="deny", state="active"),
        assigned("c", condition="@Resource", effect="allow"),
        assigned("d", expires_at=AFTER),
        assigned("e", expires_at=NOW),
        assigned("f", expires_at=BEFORE),
    ]
    found = assignments_in_force(facts(role_assignments=rows))
    assert [(one.principal_id, one.active, one.denies, one.conditional) for one in found] == [
        ("a", False, False, False),
        ("b", True, True, False),
        ("c", True, False, True),
        ("d", True, False, False),
    ]


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("user::rwx,group::r-x,other::r--", []),
        ("user:ann:rwx", [("user", "ann", "rwx")]),
        ("user:ann:rwx, group:g:r-x ,mask::r--", [("user", "ann", "r"), ("group", "g", "r")]),
        ("user:ann:r-x,mask::---", [("user", "ann", "")]),
        ("user:ann:-wx,default:user:bob:rwx,default:mask::r--", [("user", "ann", "wx")]),
        ("", []),
    ],
)
def test_entries_are_cut_by_the_mask(text: str, entries: list[tuple[str, str, str]]) -> None:
    found = [
        (entry.kind, entry.grantee, "".join(sorted(entry.rights, key="rwx".index))) for entry in named_entries(text)
    ]
    assert found == entries


def test_entries_of_every_path_that_was_read() -> None:
    same = "user:ann:r--,group:g:rwx,mask::-wx"
    lake = facts(acls=[{"container": "box", "acl": same}, {"container": "bin", "path": "p", "acl": same}])
    assert sorted(entries_by_path(lake).select("container", "path", "kind", "grantee", "readable").rows()) == [
        ("bin", "p", "group", "g", False),
        ("bin", "p", "user", "ann", False),
        ("box", "/", "group", "g", False),
        ("box", "/", "user", "ann", False),
    ]
