"""Findings about escalation and destruction: who, and by which way; and who is not meant."""

from typing import Any

import pytest

from lakezones import findings
from lakezones.access import AccessSettings, resolve
from lakezones.access.routes.roles import BLOBS
from tests.access.test_acls import acl
from tests.access.test_lanes import ARM_READER, BLOB_READER, REFUSING, only, roles
from tests.access.test_rules import ACCOUNT, READER, assignment, facts

RBAC = "Role Based Access Control Administrator"
DELETER = [{"role": "Deleter", "data_actions": [f"{BLOBS}/delete"]}]


def found(**tables: list[dict[str, Any]]) -> dict[str, str]:
    """Evidence by finding of those about ann."""
    lake = facts(**tables)
    access = resolve(lake, settings=AccessSettings())
    frame = findings.run(lake, access, None, settings=findings.FindingsSettings(), access_settings=AccessSettings())
    mine = frame.filter(object_kind="principal", object_id="ann")
    return dict(mine.select("finding_id", "evidence").iter_rows())


WAYS = {"assigns-roles", "delegates-roles", "destroys-data", "lists-account-keys", "owns-granting-group"}


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        (
            {"role_definitions": DELETER, "role_assignments": [assignment("Deleter")]},
            {"destroys-data": "Deleter (can delete blobs) at containers; 1 container"},
        ),
        (
            {"acls": [{"container": "c", "path": p, "acl": t} for p, t in (("/", acl("user:ann:-wx")), ("f", acl()))]},
            {"destroys-data": "ACL entry (can delete and create files in a folder (-wx)) at containers; 1 container"},
        ),
        (
            {"role_assignments": [assignment(RBAC, condition=only(roles(BLOB_READER)))]},
            {"delegates-roles": f"{RBAC} (can assign only Storage Blob Data Reader) at containers; 1 container"},
        ),
        ({"role_assignments": [assignment(RBAC, condition=only(roles(ARM_READER)))]}, {}),
        ({"role_assignments": [assignment(RBAC)]}, {"assigns-roles": f"{RBAC} at containers; 1 container"}),
        (
            {"accounts": REFUSING, "role_assignments": [assignment("Contributor", ACCOUNT)]},
            {
                "destroys-data": "Contributor (can delete the container, delete the account, set lifecycle rules that "
                f"delete blobs) at {ACCOUNT}; 1 container",
                "lists-account-keys": f"Contributor at {ACCOUNT}; 1 container",
            },
        ),
        ({"accounts": REFUSING, "role_assignments": [assignment("Reader and Data Access", ACCOUNT)]}, {}),
        (
            {
                "principals": [{"principal_id": "g", "kind": "group", "name": "Readers"}],
                "group_owners": [{"group_id": "g", "owner_id": "ann"}],
                "role_assignments": [assignment(READER, principal_id="g")],
            },
            {"owns-granting-group": "owns Readers at containers; 1 container"},
        ),
        (
            {
                "group_owners": [{"group_id": "h", "owner_id": "ann"}],
                "role_assignments": [assignment(READER, principal_id="g")],
                "memberships": [{"group_id": "g", "member_id": "bob"}],
            },
            {},
        ),
    ],
)
def test_ways_are_named(tables: dict[str, Any], expected: dict[str, str]) -> None:
    assert {name: text for name, text in found(**tables).items() if name in WAYS} == expected
