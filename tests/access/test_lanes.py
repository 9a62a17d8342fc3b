"""The lanes ``destroy`` and ``control``: one case per rule and the neighbour that gives nothing, with the document."""

from typing import Any

import polars as pl
import pytest

from lakezones.access import AccessSettings, resolve
from lakezones.access.explanations.single import one_container
from lakezones.access.routes.roles import BLOBS
from tests.access.test_acls import acl, held
from tests.access.test_rules import ACCOUNT, CONTAINER, CONTRIBUTOR, EVERYONE, LEARN, READER, access, assignment, facts

STORAGE = LEARN + "role-based-access-control/permissions/storage"
DENY = LEARN + "role-based-access-control/deny-assignments"
SHARED_KEY = LEARN + "storage/common/shared-key-authorization-prevent"
ACL = LEARN + "storage/blobs/data-lake-storage-access-control#common-scenarios-related-to-acl-permissions"
STICKY = LEARN + "storage/blobs/data-lake-storage-access-control#the-sticky-bit"
DELEGATION = LEARN + "role-based-access-control/delegate-role-assignments-examples"
OWNERS = "https://learn.microsoft.com/entra/fundamentals/how-to-manage-groups"
PIM_REST = "https://learn.microsoft.com/rest/api/authorization/privileged-role-assignment-rest-sample"

GROUP = "/subscriptions/s/resourceGroups/rg"
CONTAINERS = "Microsoft.Storage/storageAccounts/blobServices/containers"
AUTHORIZATION = "Microsoft.Authorization"
REFUSING = [{"account": "lake", "subscription_id": "s", "resource_group": "rg", "allow_shared_key": False}]


def custom(*, data: tuple[str, ...] = (), control: tuple[str, ...] = (), name: str = "Custom") -> dict[str, Any]:
    return {"role": name, "data_actions": [f"{BLOBS}/{one}" for one in data], "actions": list(control)}


def by(*definitions: dict[str, Any], rows: list[dict[str, Any]] | None = None, **tables: Any) -> dict[str, int]:
    """What ann has by the first of the definitions, or by `rows`; the explanation has to say the same."""
    assigned = rows or [assignment("Custom")]
    every = {"role_definitions": list(definitions), "role_assignments": assigned, **tables}
    found = access(**every)
    groups = {row["group_id"] for row in tables.get("memberships", []) if row["member_id"] == "ann"}
    one = one_container(facts(**every), "c", settings=AccessSettings())
    assert one.held("ann", groups) == found, "the explanation says something else"
    return found


def reasons(**tables: list[dict[str, Any]]) -> list[str]:
    """Why, as the grants of the container say."""
    resolved = resolve(facts(**tables), settings=AccessSettings())
    lanes = resolved.class_grants.filter(pl.col("lane").cast(pl.String).is_in(["control", "destroy"]))
    return sorted(lanes["reason"])


@pytest.mark.parametrize(
    ("definition", "scope", "expected"),
    [
        (custom(data=("delete",)), CONTAINER, {"destroy": 2}),
        (custom(data=("move/action",)), CONTAINER, {"destroy": 2}),
        (custom(data=("deleteBlobVersion/action",)), CONTAINER, {"destroy": 2}),
        (custom(data=("permanentDelete/action",)), CONTAINER, {"destroy": 2}),
        (custom(data=("read", "delete")), CONTAINER, {"data": 1, "destroy": 2}),
        (custom(data=("write", "delete")), CONTAINER, {"data": 2}),
        (custom(data=("tags/write",)), CONTAINER, {}),
        (custom(control=(f"{BLOBS}/delete",)), CONTAINER, {}),
        (custom(control=(f"{CONTAINERS}/delete",)), CONTAINER, {"destroy": 2}),
        (custom(control=(f"{CONTAINERS}/write",)), CONTAINER, {}),
        (custom(control=("Microsoft.Storage/storageAccounts/delete",)), ACCOUNT, {"destroy": 2}),
        (custom(control=("Microsoft.Storage/storageAccounts/delete",)), CONTAINER, {}),
        (custom(control=("Microsoft.Storage/storageAccounts/delete",)), f"{ACCOUNT}/blobServices/default", {}),
        (custom(control=("Microsoft.Storage/storageAccounts/managementPolicies/write",)), ACCOUNT, {"destroy": 2}),
        (custom(control=("Microsoft.Storage/storageAccounts/managementPolicies/read",)), ACCOUNT, {}),
        (custom(control=("Microsoft.Resources/subscriptions/resourceGroups/delete",)), GROUP, {"destroy": 2}),
        (custom(control=("Microsoft.Resources/subscriptions/resourceGroups/delete",)), ACCOUNT, {}),
        (custom(control=("Microsoft.Storage/storageAccounts/queueServices/queues/delete",)), ACCOUNT, {}),
    ],
)
def test_operations_that_destroy(definition: dict[str, Any], scope: str, expected: dict[str, int]) -> None:
    assert by(definition, rows=[assignment("Custom", scope)]) == expected, STORAGE


DELETER = custom(data=("delete",))
MOVER = custom(data=("delete", "move/action"))
ERASER = custom(data=("delete",), name="Eraser")
WRITER = custom(data=("write", "add/action"), name="Writer")
UNSURE = "@Request[x] StringEquals 'y'"


@pytest.mark.parametrize(
    ("definition", "rows", "expected"),
    [
        (DELETER, [assignment("Custom"), assignment("Eraser", effect="deny")], {}),
        (DELETER, [assignment("Custom"), assignment("Eraser", effect="deny", principal_id=EVERYONE)], {}),
        (DELETER, [assignment("Custom"), assignment("Eraser", effect="deny", principal_id="bob")], {"destroy": 2}),
        (DELETER, [assignment("Custom"), assignment("Eraser", effect="deny", condition=UNSURE)], {"destroy": 2}),
        (MOVER, [assignment("Custom"), assignment("Eraser", effect="deny")], {"destroy": 2}),
        (DELETER, [assignment(CONTRIBUTOR), assignment("Writer", effect="deny")], {"data": 1, "destroy": 2}),
        (DELETER, [assignment("Custom"), assignment("Writer")], {"data": 2}),
        (DELETER, [assignment("Custom"), assignment("Writer", state="eligible")], {"destroy": 2, "eligible": 2}),
        (DELETER, [assignment("Custom", state="eligible")], {"destroy": 2}),
        (DELETER, [assignment("Custom", condition=UNSURE)], {"destroy": 2}),
        (DELETER, [assignment("Custom", condition=f"!(ActionMatches{{'{BLOBS}/delete'}})")], {}),
    ],
)
def test_denies_and_conditions_take_operations_one_by_one(
    definition: dict[str, Any], rows: list[dict[str, Any]], expected: dict[str, int]
) -> None:
    assert by(definition, ERASER, WRITER, rows=rows) == expected, DENY


@pytest.mark.parametrize(
    ("paths", "more", "expected"),
    [
        ({"/": acl("user:ann:-wx"), "f": acl()}, {}, {"destroy": 2}),
        ({"/": acl("user:ann:-w-"), "f": acl()}, {}, {}),
        ({"/": acl("user:ann:--x"), "f": acl()}, {}, {}),
        ({"/": acl("user:ann:-wx", mask="r-x"), "f": acl()}, {}, {}),
        ({"/": acl("user:ann:-wx"), "f": acl("user:ann:-w-")}, {}, {"data": 2}),
        ({"/": acl("user:ann:--x"), "d": acl("user:ann:-wx"), "d/f": acl()}, {}, {"destroy": 2}),
        ({"/": acl("user:ann:r--"), "d": acl("user:ann:-wx"), "d/f": acl()}, {}, {}),
        ({"/": acl("group:g:--x"), "d": acl("group:h:-wx"), "d/f": acl()}, {"member_of": ("g", "h")}, {"destroy": 2}),
        ({"/": acl("group:g:--x"), "d": acl("group:h:-wx"), "d/f": acl()}, {"member_of": ("h",)}, {}),
        ({"/": acl("user:ann:---", "group:g:-wx"), "f": acl()}, {"member_of": ("g",)}, {}),
    ],
)
def test_acls_that_destroy(paths: dict[str, str], more: dict[str, Any], expected: dict[str, int]) -> None:
    assert held(paths, **more) == expected, ACL


def test_the_sticky_bit_spares_what_others_own() -> None:
    paths = {"/": acl("user:ann:-wx", other="--t"), "f": acl("user:ann:---", user="---")}
    assert held(paths) == {}, STICKY
    barren = {**paths, "/": acl("user:ann:-wx", user="---", other="--t")}
    assert held(barren, owner="ann") == {}, "the owner's own entry decides, and has no w on the folder"
    owned = {"/": acl("user:ann:-wx", user="-wx", other="--t"), "f": acl(user="---")}
    assert held(owned, owner="ann") == {"destroy": 2}, STICKY
    rows = [
        {"container": "c", "path": "/", "acl": acl("user:ann:-wx", other="--t"), "owner": "bob"},
        {"container": "c", "path": "f", "acl": acl(user="---"), "owner": "ann"},
    ]
    assert access(acls=rows) == {"destroy": 2}, "a child's owner may delete the child"


def test_acls_destroy_no_more_where_deleting_is_denied() -> None:
    rows = [
        {"container": "c", "path": path, "acl": text} for path, text in {"/": acl("user:ann:-wx"), "f": acl()}.items()
    ]
    denied = [assignment("Eraser", effect="deny")]
    assert access(acls=rows, role_definitions=[ERASER], role_assignments=denied) == {}, DENY


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([assignment("Storage Account Contributor", ACCOUNT)], {"control": 7, "destroy": 2}),
        ([assignment("Reader and Data Access", ACCOUNT)], {}),
        ([assignment("Switch", ACCOUNT)], {}),
        ([assignment("Reader and Data Access", ACCOUNT), assignment("Switch", ACCOUNT)], {"control": 7}),
        ([assignment("Reader and Data Access", ACCOUNT), assignment("Switch", ACCOUNT, principal_id="bob")], {}),
        ([assignment("Reader and Data Access", ACCOUNT), assignment("Switch")], {}),
        (
            [
                assignment("Reader and Data Access", ACCOUNT),
                assignment("Switch", ACCOUNT),
                assignment("Switch", ACCOUNT, effect="deny"),
            ],
            {},
        ),
    ],
)
def test_keys_switched_on_again(rows: list[dict[str, Any]], expected: dict[str, int]) -> None:
    switch = custom(control=("Microsoft.Storage/storageAccounts/write",), name="Switch")
    assert by(switch, rows=rows, accounts=REFUSING) == expected, SHARED_KEY


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("roleAssignments/write", {"control": 7}),
        ("roleAssignmentScheduleRequests/write", {"control": 7}),
        ("roleEligibilityScheduleRequests/write", {"control": 7}),
        ("roleAssignments/delete", {}),
        ("roleAssignmentScheduleRequests/read", {}),
        ("roleAssignmentScheduleRequests/cancel/action", {}),
    ],
)
def test_ways_to_assign_roles(operation: str, expected: dict[str, int]) -> None:
    assert by(custom(control=(f"{AUTHORIZATION}/{operation}",))) == expected, PIM_REST


def test_a_deny_of_assigning_leaves_the_request_for_it() -> None:
    both = custom(control=(f"{AUTHORIZATION}/*",))
    now = custom(control=(f"{AUTHORIZATION}/roleAssignments/write",), name="Now")
    rows = [assignment("Custom"), assignment("Now", effect="deny")]
    assert by(both, now, rows=rows) == {"control": 7}, DENY
    assert by(now, rows=[assignment("Now"), assignment("Now", effect="deny")]) == {}, DENY


ROLE, WHO, KIND = (
    f"@Request[{AUTHORIZATION}/roleAssignments:{name}]" for name in ("RoleDefinitionId", "PrincipalId", "PrincipalType")
)
ARM_READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
ARM_OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
NOBODY_KNOWS = "11111111-2222-4333-8444-555555555555"
SALES = "86951b8b-723a-407b-a74a-1bca3f0c95d0"


def only(expression: str) -> str:
    """A condition in the form of the portal's templates."""
    return f"((!(ActionMatches{{'{AUTHORIZATION}/roleAssignments/write'}})) OR ({expression}))"


def roles(*ids: str) -> str:
    return f"{ROLE} ForAnyOfAnyValues:GuidEquals {{{', '.join(ids)}}}"


@pytest.mark.parametrize("role", ["Role Based Access Control Administrator", "User Access Administrator"])
@pytest.mark.parametrize(
    ("condition", "expected", "words"),
    [
        (only(roles(ARM_READER)), {}, []),
        (only(roles(BLOB_READER)), {"control": 1}, ["can assign only Storage Blob Data Reader"]),
        (only(roles(BLOB_READER.upper())), {"control": 1}, ["can assign only Storage Blob Data Reader"]),
        (only(roles(ARM_READER, ARM_OWNER)), {"control": 7}, ["can assign only Owner, Reader"]),
        (only(roles(NOBODY_KNOWS)), {"control": 7}, [f"can assign only {NOBODY_KNOWS}"]),
        (
            only(f"{ROLE} ForAnyOfAllValues:GuidNotEquals {{{ARM_OWNER}}}"),
            {"control": 7},
            ["can assign all roles but Owner"],
        ),
        (
            only(f"{roles(BLOB_READER)} AND {WHO} ForAnyOfAnyValues:GuidEquals {{{SALES}}}"),
            {},
            [f"can assign only Storage Blob Data Reader to {SALES}"],
        ),
        (
            only(f"{roles(BLOB_READER)} AND {KIND} ForAnyOfAnyValues:StringEqualsIgnoreCase {{'ServicePrincipal'}}"),
            {},
            ["can assign only Storage Blob Data Reader to principals of type ServicePrincipal"],
        ),
        (only(roles(BLOB_READER)).replace("/write", "/delete"), {"control": 7}, ["can assign roles"]),
        ("what ( is this", {"control": 7}, ["can assign roles, as far as a condition allows that was not evaluated"]),
    ],
)
def test_constrained_delegation(role: str, condition: str, expected: dict[str, int], words: list[str]) -> None:
    people = [{"principal_id": "ann", "kind": "user"}]
    rows = [assignment(role, ACCOUNT, condition=condition)]
    assert by(rows=rows, principals=people) == expected, DELEGATION
    assert sorted(set(reasons(role_assignments=rows, principals=people))) == words


def test_a_delegation_to_ones_own_group_reaches_oneself() -> None:
    condition = only(f"{roles(BLOB_READER)} AND {WHO} ForAnyOfAnyValues:GuidEquals {{{SALES}}}")
    rows = [assignment("Role Based Access Control Administrator", ACCOUNT, condition=condition)]
    inside = [{"group_id": SALES, "member_id": "ann"}]
    assert by(rows=rows, memberships=inside) == {"control": 1}, DELEGATION
    assert by(rows=rows, memberships=[{"group_id": SALES, "member_id": "bob"}]) == {}, DELEGATION


@pytest.mark.parametrize(
    ("given", "managed_by", "expected"),
    [
        ([assignment(READER, principal_id="g")], None, {"control": 1}),
        ([assignment(CONTRIBUTOR, ACCOUNT, principal_id="g")], "entra", {"control": 3}),
        ([assignment("Owner", ACCOUNT, principal_id="g")], None, {"control": 7}),
        ([assignment("Custom", principal_id="g")], None, {"control": 2}),
        ([assignment(READER, principal_id="above")], None, {"control": 1}),
        ([assignment(READER, principal_id="beside")], None, {}),
        ([assignment(READER, principal_id="g")], "ad_sync", {}),
        ([assignment(READER, principal_id="g")], "dynamic", {}),
        ([assignment(READER, principal_id="g"), assignment(READER, effect="deny")], None, {}),
        ([assignment(READER, principal_id="g"), assignment(READER, effect="deny", principal_id="g")], None, {}),
    ],
)
def test_owners_of_groups(given: list[dict[str, Any]], managed_by: str | None, expected: dict[str, int]) -> None:
    tables: dict[str, Any] = {
        "principals": [{"principal_id": "g", "kind": "group", "managed_by": managed_by}],
        "memberships": [{"group_id": "above", "member_id": "g"}, {"group_id": "beside", "member_id": "bob"}],
        "group_owners": [{"group_id": "g", "owner_id": "ann"}],
    }
    assert by(DELETER, rows=given, **tables) == expected, OWNERS


def test_owners_reach_what_acls_give_the_group() -> None:
    rows = [
        {"container": "c", "path": p, "acl": t} for p, t in {"/": acl("group:g:--x"), "f": acl("group:g:r--")}.items()
    ]
    assert access(acls=rows, group_owners=[{"group_id": "g", "owner_id": "ann"}]) == {"control": 1}, OWNERS
    assert access(acls=rows, group_owners=[{"group_id": "h", "owner_id": "ann"}]) == {}, OWNERS


def test_a_deny_of_writing_elsewhere_sets_no_deleting_apart() -> None:
    """Grants of what writers destroy would keep containers from moving: they are there only where they count."""
    tables: dict[str, Any] = {
        "containers": [{"container": one, "account": "lake"} for one in ("c", "d")],
        "role_definitions": [WRITER],
        "role_assignments": [assignment(CONTRIBUTOR), assignment("Writer", f"{CONTAINER[:-1]}d", effect="deny")],
        "acls": [
            {"container": "c", "path": path, "acl": text}
            for path, text in {"/": acl("user:bob:-wx"), "f": acl("user:bob:-w-")}.items()
        ],
    }
    assert reasons(**tables) == []
    assert reasons(
        **{**tables, "role_assignments": [assignment(CONTRIBUTOR), assignment("Writer", effect="deny")]}
    ) == [
        "can delete and create files in a folder (-wx)",
        "can delete blobs, move blobs, delete the container",
    ]
