"""Azure's access rules, one case each, with the document each rests on."""

from typing import Any

import polars as pl
import pytest

from lakezones.access import AccessSettings, resolve
from lakezones.access.explanations.single import one_container
from lakezones.access.routes.conditions import parse_condition
from lakezones.access.routes.globs import glob_regex
from lakezones.access.routes.roles import BLOBS, RoleBook
from lakezones.model.facts import FACTS
from lakezones.model.frames import Facts
from lakezones.model.principals import on_container
from lakezones.model.scopes import parse_scope
from tests.access.estates import AS_OF, FUTURE, PAST

LEARN = "https://learn.microsoft.com/azure/"
DEFINITIONS = LEARN + "role-based-access-control/role-definitions"
BUILTIN = LEARN + "role-based-access-control/built-in-roles"
SCOPES = LEARN + "role-based-access-control/scope-overview"
DENY = LEARN + "role-based-access-control/deny-assignments"
CONDITIONS = LEARN + "role-based-access-control/conditions-format"
ATTRIBUTES = LEARN + "storage/blobs/storage-auth-abac-attributes"
SUPERUSER = LEARN + "storage/blobs/data-lake-storage-access-control#the-super-user"
SHARED_KEY = LEARN + "storage/common/shared-key-authorization-prevent"
ANONYMOUS = LEARN + "storage/blobs/anonymous-read-access-prevent"
POLICIES = "https://learn.microsoft.com/rest/api/storageservices/define-stored-access-policy"
PIM = "https://learn.microsoft.com/entra/id-governance/privileged-identity-management/pim-configure"
NESTING = LEARN + "role-based-access-control/role-assignments"

EVERYONE = "00000000-0000-0000-0000-000000000000"
ASSIGNER = "User Access Administrator"
ACCOUNT = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/lake"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/c"
READER, CONTRIBUTOR, OWNER = (f"Storage Blob Data {name}" for name in ("Reader", "Contributor", "Owner"))
NAME = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name]"
PATH = f"@Resource[{BLOBS}:path]"
META = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers/metadata:system]"


def facts(**tables: list[dict[str, Any]]) -> Facts:
    """Facts about one container c with system CRM in account lake, and whatever else is given."""
    rows: dict[str, list[dict[str, Any]]] = {
        "accounts": [{"account": "lake", "subscription_id": "s", "resource_group": "rg", "hns": True}],
        "containers": [{"container": "c", "account": "lake", "metadata": '{"system": "CRM"}'}],
        **tables,
    }
    frames: dict[str, pl.DataFrame | None] = {
        name: pl.DataFrame(given, schema={k: v.dtype for k, v in FACTS[name].columns().items()}, orient="row")
        for name, given in rows.items()
    }
    return Facts.of(frames, as_of=AS_OF)


def access(person: str = "ann", container: str = "c", **tables: list[dict[str, Any]]) -> dict[str, int]:
    """Level by lane of a person on a container."""
    resolved = resolve(facts(**tables), settings=AccessSettings())
    pairs = resolved.class_access.join(resolved.container_classes, on="class_id").with_columns(on_container())
    mine = pairs.filter((pl.col("principal_id") == person) & (pl.col("container") == container))
    return dict(mine.select(pl.col("lane").cast(pl.String), "level").iter_rows())


def assignment(role: str = READER, scope: str = CONTAINER, **more: Any) -> dict[str, Any]:
    return {"principal_id": "ann", "role": role, "scope": scope, **more}


# -------------------------------------------------------------------------------------- role definitions


@pytest.mark.parametrize(
    ("definition", "level", "keys", "assigns", "source"),
    [
        pytest.param({"data_actions": [f"{BLOBS}/read"]}, 1, False, False, DEFINITIONS, id="read"),
        pytest.param({"data_actions": [f"{BLOBS}/write"]}, 2, False, False, DEFINITIONS, id="write-without-read"),
        pytest.param({"data_actions": [f"{BLOBS}/add/action"]}, 2, False, False, DEFINITIONS, id="append"),
        pytest.param({"data_actions": [f"{BLOBS}/*"]}, 7, False, False, DEFINITIONS, id="wildcard"),
        pytest.param({"data_actions": ["*"]}, 7, False, False, DEFINITIONS, id="all-data"),
        pytest.param({"data_actions": [BLOBS.upper() + "/READ"]}, 1, False, False, DEFINITIONS, id="case"),
        pytest.param(
            {"data_actions": [f"{BLOBS}/*"], "not_data_actions": [f"{BLOBS}/write", f"{BLOBS}/add/action"]},
            7,
            False,
            False,
            SUPERUSER,
            id="superuser-needs-no-permission",
        ),
        pytest.param(
            {"data_actions": [f"{BLOBS}/read", f"{BLOBS}/write"], "not_data_actions": [f"{BLOBS}/w*"]},
            1,
            False,
            False,
            DEFINITIONS,
            id="not-list-with-wildcard",
        ),
        pytest.param({"actions": [f"{BLOBS}/read"]}, 0, False, False, DEFINITIONS, id="control-action-is-no-data"),
        pytest.param({"actions": ["*"]}, 0, True, True, DEFINITIONS, id="owner-reaches-keys-not-data"),
        pytest.param({"actions": ["*/read"]}, 0, False, False, DEFINITIONS, id="reader"),
        pytest.param(
            {"actions": ["*"], "not_actions": ["Microsoft.Authorization/*/Write"]},
            0,
            True,
            False,
            BUILTIN,
            id="contributor",
        ),
        pytest.param(
            {"actions": ["Microsoft.Storage/storageAccounts/listkeys/action"]}, 0, True, False, SHARED_KEY, id="keys"
        ),
        pytest.param(
            {"actions": ["Microsoft.Storage/storageAccounts/ListAccountSas/action"]},
            0,
            True,
            False,
            SHARED_KEY,
            id="account-sas",
        ),
        pytest.param({}, 0, False, False, DEFINITIONS, id="nothing"),
    ],
)
def test_role_definitions(definition: dict[str, list[str]], level: int, keys: bool, assigns: bool, source: str) -> None:
    table = facts(role_definitions=[{"role": "Custom", **definition}]).table("role_definitions")
    can = RoleBook(table).capabilities("custom")
    assert (can.level, bool(can.keys), bool(can.assigns)) == (level, keys, assigns), source


@pytest.mark.parametrize(
    ("role", "level", "keys"),
    [
        (READER, 1, False),
        ("2A2B9908-6EA1-4AE2-8E65-A410DF84E7D1", 1, False),
        (
            "/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/ba92f5b4-2d11-453d-a403-e96b0029c9fe",
            3,
            False,
        ),
        (OWNER, 7, False),
        ("Owner", 0, True),
        ("Contributor", 0, True),
        ("Reader", 0, False),
        ("Storage Account Contributor", 0, True),
        ("Reader and Data Access", 0, True),
        ("Storage Account Key Operator Service Role", 0, True),
        ("Storage Blob Delegator", 0, False),
    ],
)
def test_built_in_roles(role: str, level: int, keys: bool) -> None:
    """Source: BUILTIN."""
    can = RoleBook(facts().table("role_definitions")).capabilities(role)
    assert (can.known, can.level, bool(can.keys)) == (True, level, keys), BUILTIN


def test_a_scanned_definition_wins_over_the_built_in_one() -> None:
    table = facts(role_definitions=[{"role": "acdd72a7-3385-48ef-bd42-f606fba81ae7", "data_actions": ["*"]}])
    assert RoleBook(table.table("role_definitions")).capabilities("Reader").level == 7


# -------------------------------------------------------------------------------- scope, deny, condition

ASSIGNMENTS = [
    pytest.param([assignment()], {"data": 1}, SCOPES, id="on-the-container"),
    pytest.param([assignment(scope=CONTAINER.upper())], {"data": 1}, SCOPES, id="scope-case"),
    pytest.param([assignment(scope=ACCOUNT)], {"data": 1}, SCOPES, id="account"),
    pytest.param([assignment(scope=f"{ACCOUNT}/blobServices/default")], {"data": 1}, SCOPES, id="blob-service"),
    pytest.param([assignment(scope="/subscriptions/s/resourceGroups/RG")], {"data": 1}, SCOPES, id="resource-group"),
    pytest.param([assignment(scope="/subscriptions/s")], {"data": 1}, SCOPES, id="subscription"),
    pytest.param(
        [assignment(scope="/providers/Microsoft.Management/managementGroups/root")],
        {"data": 1},
        SCOPES,
        id="management-group",
    ),
    pytest.param([assignment(scope="/subscriptions/other")], {}, SCOPES, id="other-subscription"),
    pytest.param([assignment(scope="/subscriptions/s/resourceGroups/rg2")], {}, SCOPES, id="other-resource-group"),
    pytest.param([assignment(scope=f"{ACCOUNT}2")], {}, SCOPES, id="other-account-with-the-same-start"),
    pytest.param([assignment(scope=f"{ACCOUNT}/queueServices/default")], {}, SCOPES, id="queue-service"),
    pytest.param([assignment(), assignment(effect="deny")], {}, DENY, id="deny-wins"),
    pytest.param(
        [assignment(CONTRIBUTOR), assignment(effect="deny")], {"data": 2}, DENY, id="deny-of-read-leaves-write"
    ),
    pytest.param([assignment(), assignment(effect="deny", scope="/subscriptions/s")], {}, DENY, id="deny-is-inherited"),
    pytest.param(
        [assignment(), assignment(effect="deny", principal_id=EVERYONE)],
        {},
        DENY,
        id="deny-for-all-principals",
    ),
    pytest.param(
        [assignment(), assignment(effect="deny", principal_id="bob")], {"data": 1}, DENY, id="deny-of-another"
    ),
    pytest.param(
        [assignment(), assignment(effect="deny", expires_at=PAST)], {"data": 1}, DENY, id="deny-that-has-expired"
    ),
    pytest.param(
        [assignment(), assignment(effect="deny", condition="@Request[x] StringEquals 'y'")],
        {"conditional": 1},
        DENY,
        id="deny-that-may-hold",
    ),
    pytest.param(
        [assignment("Contributor", ACCOUNT), assignment("Contributor", ACCOUNT, effect="deny")],
        {},
        DENY,
        id="deny-of-keys",
    ),
    pytest.param(
        [assignment("Contributor", ACCOUNT), assignment("Contributor", ACCOUNT, effect="deny", principal_id=EVERYONE)],
        {},
        DENY,
        id="deny-of-keys-for-all-principals",
    ),
    pytest.param(
        [assignment(ASSIGNER), assignment(ASSIGNER, effect="deny", principal_id=EVERYONE)],
        {},
        DENY,
        id="deny-of-assigning-for-all-principals",
    ),
    pytest.param(
        [assignment(ASSIGNER, ACCOUNT), assignment("Contributor", ACCOUNT, effect="deny", principal_id=EVERYONE)],
        {"control": 7},
        DENY,
        id="deny-of-keys-leaves-assigning",
    ),
    pytest.param(
        [assignment("Contributor", ACCOUNT), assignment("Contributor", ACCOUNT, effect="deny", state="eligible")],
        {"control": 7, "destroy": 2},
        DENY,
        id="deny-that-is-not-active",
    ),
    pytest.param([assignment(expires_at=AS_OF)], {}, NESTING, id="expires-at-this-moment"),
    pytest.param(
        [assignment(), assignment(effect="deny", expires_at=AS_OF)], {"data": 1}, DENY, id="deny-that-expires-now"
    ),
    pytest.param([assignment(expires_at=PAST)], {}, NESTING, id="expired"),
    pytest.param([assignment(expires_at=FUTURE)], {"data": 1}, NESTING, id="not-yet-expired"),
    pytest.param([assignment(CONTRIBUTOR, state="eligible")], {"eligible": 3, "destroy": 2}, PIM, id="eligible"),
    pytest.param(
        [assignment("Contributor", ACCOUNT)], {"control": 7, "destroy": 2}, SHARED_KEY, id="keys-at-the-account"
    ),
    pytest.param([assignment("Contributor")], {"destroy": 2}, SHARED_KEY, id="keys-are-not-the-container's"),
    pytest.param([assignment("User Access Administrator")], {"control": 7}, BUILTIN, id="assigns-roles"),
    pytest.param([assignment("Never Heard Of")], {"conditional": 7}, DEFINITIONS, id="unknown-role"),
    pytest.param([assignment(condition=f"{NAME} StringEquals 'c'")], {"data": 1}, ATTRIBUTES, id="name-true"),
    pytest.param([assignment(condition=f"{NAME} StringEquals 'd'")], {}, ATTRIBUTES, id="name-false"),
    pytest.param(
        [assignment(scope=ACCOUNT, condition=f"{META} StringEquals 'CRM'")], {"data": 1}, ATTRIBUTES, id="metadata-true"
    ),
    pytest.param(
        [assignment(scope=ACCOUNT, condition=f"{META} StringEquals 'RISK'")], {}, ATTRIBUTES, id="metadata-false"
    ),
    pytest.param(
        [
            assignment(condition=f"{PATH} StringLike 'a*'"),
        ],
        {"conditional": 1},
        ATTRIBUTES,
        id="path-is-unknown",
    ),
    pytest.param([assignment(condition="what ( is this")], {"conditional": 1}, CONDITIONS, id="unreadable-condition"),
]


@pytest.mark.parametrize(("rows", "expected", "source"), ASSIGNMENTS)
def test_assignments(rows: list[dict[str, Any]], expected: dict[str, int], source: str) -> None:
    assert access(role_assignments=rows) == expected, source
    one = one_container(facts(role_assignments=rows), "c", settings=AccessSettings())
    assert one.held("ann", set()) == expected, "the explanation says something else"


def test_keys_are_nothing_where_shared_keys_are_refused() -> None:
    refusing = [{"account": "lake", "subscription_id": "s", "resource_group": "rg", "allow_shared_key": False}]
    rows = [assignment("Reader and Data Access", ACCOUNT)]
    assert access(role_assignments=rows) == {"control": 7}
    assert access(accounts=refusing, role_assignments=rows) == {}, SHARED_KEY


def test_an_account_of_unknown_place_makes_wide_grants_conditional() -> None:
    two = [{"account": "lake"}, {"account": "other"}]
    rows = [assignment(scope="/subscriptions/s")]
    containers = [{"container": "lake/c", "account": "lake"}, {"container": "other/c", "account": "other"}]
    assert access(container="lake/c", accounts=two, containers=containers, role_assignments=rows) == {"conditional": 1}


@pytest.mark.parametrize(
    ("group", "others", "expected"),
    [
        (None, [{"account": "other"}], {"conditional": 1}),
        (None, [], {"data": 1}),
        ("rg", [{"account": "other"}], {"data": 1}),
        ("rg2", [{"account": "other"}], {}),
    ],
)
def test_an_unknown_resource_group_is_not_taken_as_reached(
    group: str | None, others: list[dict[str, Any]], expected: dict[str, int]
) -> None:
    """Where there is only one account, what was scanned can only be that."""
    accounts = [{"account": "lake", "subscription_id": "s", "resource_group": group}, *others]
    rows = [assignment(scope="/subscriptions/s/resourceGroups/rg")]
    assert access(accounts=accounts, role_assignments=rows) == expected, SCOPES


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (CONTAINER, "container"),
        (ACCOUNT, "account"),
        (f"{ACCOUNT}/blobServices/default", "account"),
        ("/subscriptions/s/resourceGroups/rg", "resource_group"),
        ("/subscriptions/s/", "subscription"),
        ("/", "management_group"),
        ("/providers/Microsoft.Management/managementGroups/m", "management_group"),
        ("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/v", "other"),
        (f"{CONTAINER}/blobs/x", "other"),
        ("nonsense", "other"),
    ],
)
def test_scopes(text: str, kind: str) -> None:
    assert parse_scope(text).kind == kind, SCOPES


READ = f"{BLOBS}/read"
LISTING = "@Request[subOperation] ForAnyOfAnyValues:StringEqualsIgnoreCase {'Blob.List'}"
IN_CONTAINER = pl.DataFrame(
    {"name": ["c"], "account": ["lake"], "hns": [True], "metadata": ['{"system": "CRM", "Stage": "a\'b"}']}
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"ActionMatches{{'{READ}'}}", True),
        (f"ActionMatches{{'{BLOBS}/*'}}", True),
        (f"!(ActionMatches{{'{READ}'}})", False),
        (f"NOT ActionMatches{{'{BLOBS}/write'}}", True),
        (f"ActionMatches{{'{READ}'}} AND NOT SubOperationMatches{{'Blob.List'}}", True),
        (
            f"!(ActionMatches{{'{READ}'}} AND {LISTING})",
            True,
        ),
        (f"{NAME} StringEquals 'c'", True),
        (f"{NAME} StringEquals 'C'", False),
        (f"{NAME} StringEqualsIgnoreCase 'C'", True),
        (f"{NAME} StringNotEquals 'c'", False),
        (f"{NAME} StringLike '?'", True),
        (f"{NAME} StringLike 'c\\*'", False),
        (f"{NAME} StringStartsWith 'c'", True),
        (f"{NAME} StringNotStartsWith 'x'", True),
        (f"{NAME} ForAnyOfAnyValues:StringEquals {{'b', 'c'}}", True),
        (f"{NAME} ForAllOfAllValues:StringEquals {{'b', 'c'}}", False),
        (f"{NAME} ForAnyOfAnyValues:StringNotEquals {{'b', 'c'}}", True),
        (f"{META} StringEquals 'CRM'", True),
        (f"{META.replace('system', 'SYSTEM')} StringEquals 'CRM'", True),
        (f"{META.replace('system', 'stage')} StringEquals 'a''b'", True),
        (f"{META.replace('system', 'absent')} StringEquals 'x'", False),
        (f"{META.replace('system', 'absent')} StringNotEquals 'x'", None),
        (f"Exists {META}", True),
        (f"Exists {META.replace('system', 'absent')}", False),
        ("@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'lake'", True),
        ("@Resource[Microsoft.Storage/storageAccounts:isHnsEnabled] BoolEquals true", True),
        ("@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:a_b] StringEquals 'x'", None),
        ("@Environment[isPrivateLink] BoolEquals true", None),
        (f"{NAME} StringEquals @Request[x]", None),
        (f"{NAME} StringEquals 'x' AND @Request[x] StringEquals 'y'", False),
        (f"{NAME} StringEquals 'c' OR @Request[x] StringEquals 'y'", True),
        (f"{NAME} StringEquals 'c' && @Request[x] StringEquals 'y'", None),
        (f"{NAME} StringEquals 'x' || {NAME} StringEquals 'c'", True),
        (f"{NAME} NumericEquals 3", None),
        ("(", None),
        ("", None),
    ],
)
def test_conditions(text: str, expected: bool | None) -> None:
    assert IN_CONTAINER.select(parse_condition(text).value(READ)).item() is expected, CONDITIONS


# ------------------------------------------------------------------------- tokens, public, groups, approvals


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"permissions": "rl"}, {"bearer": 1}),
        ({"permissions": "l"}, {"bearer": 1}),
        ({"permissions": "racwdl"}, {"bearer": 3}),
        ({"permissions": "w"}, {"bearer": 2}),
        ({"permissions": ""}, {}),
        ({"permissions": "r", "expires_at": PAST}, {}),
        ({"permissions": "r", "starts_at": FUTURE}, {}),
        ({"permissions": "r", "expires_at": FUTURE}, {"bearer": 1}),
        ({"permissions": "r", "expires_at": AS_OF}, {}),
        ({"permissions": "r", "starts_at": AS_OF}, {"bearer": 1}),
    ],
)
def test_stored_policies(policy: dict[str, Any], expected: dict[str, int]) -> None:
    row = {"container": "c", "policy": "pol", **policy}
    assert access("sas:c/pol", stored_policies=[row]) == expected, POLICIES


def test_policies_make_classes_by_name_and_level() -> None:
    """A policy is its container's own, but containers with a policy of the same name and level are alike."""
    kinds = {"a": "report r", "b": "report rl", "c": "report rw", "d": "feed r", "e": ""}
    policies = [
        {"container": container, "policy": kind.split()[0], "permissions": kind.split()[1]}
        for container, kind in kinds.items()
        if kind
    ]
    containers = [{"container": container, "account": "lake"} for container in kinds]
    resolved = resolve(facts(containers=containers, stored_policies=policies), settings=AccessSettings())
    alike = resolved.container_classes.group_by("class_id").agg(pl.col("container").sort())["container"]
    assert sorted(alike.to_list()) == [["a", "b"], ["c"], ["d"], ["e"]], POLICIES
    named = resolved.class_access["principal_id"].unique().sort()
    assert named.to_list() == ["sas:*/feed", "sas:*/report"]


def test_stored_policies_need_shared_keys() -> None:
    refusing = [{"account": "lake", "allow_shared_key": False}]
    row = {"container": "c", "policy": "pol", "permissions": "r"}
    assert access("sas:c/pol", accounts=refusing, stored_policies=[row]) == {}, SHARED_KEY


@pytest.mark.parametrize(("allowed", "expected"), [(True, {"bearer": 1}), (None, {"bearer": 1}), (False, {})])
def test_public_access(allowed: bool | None, expected: dict[str, int]) -> None:
    public = [{"container": "c", "account": "lake", "public_access": "blob"}]
    assert access("public", accounts=[{"account": "lake", "allow_public": allowed}], containers=public) == expected, (
        ANONYMOUS
    )


def test_groups_nest_through_cycles() -> None:
    edges = [("g", "h"), ("h", "i"), ("i", "g"), ("i", "ann")]
    members = [{"group_id": group, "member_id": member} for group, member in edges]
    assert access(memberships=members, role_assignments=[assignment(principal_id="g")]) == {"data": 1}, NESTING
    assert access("h", memberships=members, role_assignments=[assignment(principal_id="g")]) == {}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"state": "active"}, {"data": 1}),
        ({"state": None}, {"data": 1}),
        ({"state": "eligible"}, {}),
        ({"expires_at": PAST}, {}),
        ({"expires_at": AS_OF}, {}),
        ({"expires_at": FUTURE}, {"data": 1}),
    ],
)
def test_memberships(row: dict[str, Any], expected: dict[str, int]) -> None:
    members = [{"group_id": "g", "member_id": "ann", **row}]
    assert access(memberships=members, role_assignments=[assignment(principal_id="g")]) == expected, PIM


ENTITLED = [{"entitlement": "E", "container": "c*", "access": "read", "group_id": "g"}]


@pytest.mark.parametrize(
    ("status", "expires_at", "expected"),
    [
        ("approved", None, {"data": 1}),
        (" Approved", None, {"data": 1}),
        (None, None, {"data": 1}),
        ("pending", None, {}),
        ("revoked", None, {}),
        ("approved", PAST, {}),
        ("approved", AS_OF, {}),
        ("approved", FUTURE, {"data": 1}),
    ],
)
def test_an_approval_is_access_where_enforcement_was_not_scanned(
    status: str | None, expires_at: Any, expected: dict[str, int]
) -> None:
    asked = [{"principal_id": "ann", "entitlement": "E", "status": status, "expires_at": expires_at}]
    assert access(entitlements=asked, entitlement_containers=ENTITLED) == expected


@pytest.mark.parametrize(("end", "expected"), [(PAST, {}), (AS_OF, {}), (FUTURE, {"data": 1}), (None, {"data": 1})])
def test_grants_end_at_the_moment_they_name(end: Any, expected: dict[str, int]) -> None:
    assert access(grants=[{"principal_id": "ann", "container": "c", "expires_at": end}]) == expected


def test_an_approval_is_nothing_where_enforcement_was_scanned() -> None:
    asked = [{"principal_id": "ann", "entitlement": "E"}]
    tables = {"entitlements": asked, "entitlement_containers": ENTITLED, "acls": [], "memberships": []}
    assert access(**tables) == {}
    members = [{"group_id": "g", "member_id": "ann"}]
    rows = [assignment(principal_id="g")]
    assert access(**{**tables, "memberships": members, "role_assignments": rows}) == {"data": 1}


@pytest.mark.parametrize(
    ("glob", "name", "matched"),
    [
        ("crm-*", "crm-orders", True),
        ("crm-*", "acrm-orders", False),
        ("c?", "cc", True),
        ("c?", "c", False),
        ("c[ab]", "ca", True),
        ("c[!ab]", "ca", False),
        ("c.d*", "cxd", False),
        ("[", "[", True),
        ("a[b", "a[b", True),
        ("*", "acct/any", True),
    ],
)
def test_globs(glob: str, name: str, matched: bool) -> None:
    assert pl.Series([name]).str.contains(glob_regex(glob)).item() is matched
