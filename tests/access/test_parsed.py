"""The parsed tables that other stages use: assignments by scope, ACL entries under the mask, approvals."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from lakezones.access import AccessSettings, parsed, resolve
from lakezones.access.membership import active_edges
from lakezones.findings import FindingsSettings, run
from lakezones.model.frames import Access, Facts
from lakezones.model.limits import Limit, LimitsSettings
from lakezones.model.tables import Items, Steps
from lakezones.plan.counts import limits_table
from lakezones.plan.taking import assignments_on_containers
from lakezones.propose.layout.propose import _assignments
from lakezones.propose.layout.stays import denied
from lakezones.propose.roles.membership import read_directory
from lakezones.scan.azure.denies import spell_out
from tests.access.estates import AS_OF, FUTURE, PAST
from tests.access.test_rules import ACCOUNT, CONTAINER, assignment, facts


def test_assignments_have_their_scope_taken_apart() -> None:
    rows = [
        assignment(grant_id="1"),
        assignment(grant_id="2", scope="/subscriptions/S", state="eligible", condition="x"),
        assignment(grant_id="3", scope="/", effect="deny", expires_at=FUTURE),
        assignment(grant_id="4", expires_at=AS_OF),
    ]
    found = parsed.assignments(facts(role_assignments=rows)).sort("grant_id").drop("principal_id", "role", "scope")
    assert found.rows() == [
        ("1", "allow", True, False, "container", "s", "lake", "c"),
        ("2", "allow", False, True, "subscription", "s", "", ""),
        ("3", "deny", True, False, "management_group", "", "", ""),
    ]
    assert parsed.active_grants(facts(role_assignments=rows))["grant_id"].to_list() == ["1"]


@pytest.mark.parametrize(("names", "named"), [(["c"], "c"), (["lake/c", "other/c"], "lake/c"), (["d"], "c")])
def test_assignments_on_containers_are_named_as_the_snapshot_names_them(names: list[str], named: str) -> None:
    rows = parsed.assignments(facts(role_assignments=[assignment(), assignment(scope=ACCOUNT)]))
    assert parsed.on_containers(rows, pl.Series(names))["container"].to_list() == [named]


def test_the_mask_caps_entries_and_default_entries_are_none() -> None:
    acl = "user::rwx,user:ann:rwx,group::r-x,group:g:r-x,mask::-wx,other::---,default:user:bob:rwx"
    rows = [{"container": "c", "acl": acl, "path": "/d/"}, {"container": "c", "acl": "user::rwx,other::---"}]
    assert parsed.acl_entries(facts(acls=rows)).rows() == [("c", "d", "user", "ann", 3), ("c", "d", "group", "g", 1)]


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        ({}, True),
        ({"status": " Approved "}, True),
        ({"status": "Provisioned"}, False),
        ({"expires_at": FUTURE}, True),
        ({"expires_at": AS_OF}, False),
    ],
)
def test_approvals(row: dict[str, Any], counts: bool) -> None:
    given = facts(entitlements=[{"principal_id": "ann", "entitlement": "E", **row}])
    assert parsed.approvals(given, settings=AccessSettings()).height == counts


def test_the_words_for_approved_are_a_setting() -> None:
    given = facts(entitlements=[{"principal_id": "ann", "entitlement": "E", "status": "provisioned"}])
    settings = AccessSettings(approved_statuses=("Provisioned", "done"))
    assert parsed.approvals(given, settings=settings).rows() == [("ann", "E")]


# ------------------------------------------------------- every stage reads the same end and the same state

ENDS = pytest.mark.parametrize(
    ("row", "counts"), [({}, True), ({"expires_at": AS_OF}, False), ({"state": "eligible"}, False)]
)


@ENDS
def test_assignments_count_everywhere_or_nowhere(row: dict[str, Any], counts: bool) -> None:
    rows = [assignment(grant_id="1", scope=CONTAINER.replace("/s/", "/S/"), **row)]
    given = facts(role_assignments=rows)
    access = resolve(given, settings=AccessSettings())
    held = access.class_access.filter(pl.col("lane") == "data")
    assert held.height == counts
    assert _assignments(given) == ({"s": 1} if counts else {})
    assert assignments_on_containers(given).height == counts
    assert _before(given, access) == ({"s": 1} if counts else {})
    one = LimitsSettings(role_assignments_per_subscription=Limit(value=1, hard=True, source="x"))
    found = run(given, access, None, settings=FindingsSettings(), access_settings=AccessSettings(), limits=one).filter(
        pl.col("finding_id") == "assignments-near-limit"
    )
    assert found.height == counts


def _before(given: Facts, access: Access) -> dict[str, int]:
    table = limits_table(given, access, Steps.create_empty(), Items.create_empty(), limits=LimitsSettings())
    rows = table.filter(pl.col("limit") == "role_assignments_per_subscription")
    return dict(rows.select("object_id", "before").iter_rows())


@pytest.mark.parametrize(("limit", "holds"), [(1, True), (0, False)])
def test_a_plan_is_within_a_limit_up_to_and_with_it(limit: int, holds: bool) -> None:
    given = facts(role_assignments=[assignment()])
    access = resolve(given, settings=AccessSettings())
    limits = LimitsSettings(role_assignments_per_subscription=Limit(value=limit, hard=True, source="x"))
    table = limits_table(given, access, Steps.create_empty(), Items.create_empty(), limits=limits)
    rows = table.filter(pl.col("limit") == "role_assignments_per_subscription")
    assert rows.select("peak", "holds").rows() == [(1, holds)]


@ENDS
def test_denies_count_everywhere_or_nowhere(row: dict[str, Any], counts: bool) -> None:
    given = facts(role_assignments=[assignment(), assignment(effect="deny", role="deny:x", **row)])
    assert denied(given, pl.Series(["c"])).height == counts


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        ({}, True),
        ({"state": "ACTIVE"}, True),
        ({"state": "Eligible"}, False),
        ({"expires_at": AS_OF}, False),
        ({"expires_at": AS_OF + timedelta(microseconds=1)}, True),
        ({"expires_at": PAST}, False),
    ],
)
def test_memberships_count_everywhere_or_nowhere(row: dict[str, Any], counts: bool) -> None:
    given = facts(
        memberships=[{"group_id": "g", "member_id": "ann", **row}],
        role_assignments=[{**assignment(), "principal_id": "g"}],
        principals=[{"principal_id": who, "kind": "group" if who == "g" else "user"} for who in ("ann", "bob", "g")],
    )
    access = resolve(given, settings=AccessSettings())
    assert access.class_access.filter(pl.col("principal_id") == "ann").height == counts
    assert active_edges(given).height == counts
    assert read_directory(given, access).direct.height == counts
    tables = {name: given.table(name) for name in ("principals", "memberships", "role_assignments")}
    deny = {"id": "d", "role": "deny:x", "scope": CONTAINER, "condition": None, "condition_version": None}
    spelt, _ = spell_out([{**deny, "principals": ["g"], "excluded": ["bob"]}], tables, as_of=given.as_of)
    assert (spelt["role_assignments"]["effect"] == "deny").sum() == counts
