"""Random small estates with everything that makes access hard: cycles, scopes, denies, conditions, masks."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from lakezones.model.facts import FACTS
from lakezones.model.frames import Facts
from lakezones.scan.azure.denies import spell_out
from tests.access.reference_model import BLOBS, CONTAINERS, EVERYONE, Estate

AS_OF = datetime(2026, 9, 30, tzinfo=UTC)
ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
PAST, FUTURE = AS_OF - timedelta(days=3), AS_OF + timedelta(days=3)

BUILTIN: dict[str, dict[str, list[str]]] = {
    "Storage Blob Data Reader": {"actions": [f"{CONTAINERS}/read"], "data_actions": [f"{BLOBS}/read"]},
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": {"actions": [f"{CONTAINERS}/read"], "data_actions": [f"{BLOBS}/read"]},
    "Storage Blob Data Contributor": {
        "actions": [f"{CONTAINERS}/{name}" for name in ("delete", "read", "write")],
        "data_actions": [f"{BLOBS}/{name}" for name in ("read", "write", "delete", "move/action", "add/action")],
    },
    "/providers/Microsoft.Authorization/roleDefinitions/B7E6DC6D-F1E8-4753-8033-0F276BB0955B": {
        "actions": [f"{CONTAINERS}/*"],
        "data_actions": [f"{BLOBS}/*"],
    },
    "Owner": {"actions": ["*"]},
    "Contributor": {"actions": ["*"], "not_actions": ["Microsoft.Authorization/*/Write"]},
    "Reader": {"actions": ["*/read"]},
}
PATTERNS = [
    f"{BLOBS}/read",
    f"{BLOBS}/write",
    f"{BLOBS}/*",
    f"{BLOBS}/add/action",
    "Microsoft.Storage/*/blobs/re?d",
    f"{BLOBS}/modifyPermissions/action",
    f"{BLOBS}/runAsSuperUser/action",
    "*",
]
ACTIONS = ["*", "*/read", "Microsoft.Storage/storageAccounts/*", "Microsoft.Authorization/roleAssignments/write"]


SHAPES = [[""], ["", "f"], ["", "d", "d/f"], ["", "f", "d/e/f"], ["", "d", "d/f", "d/g"], ["d/f"]]


def some(rnd: random.Random, values: list[Any], most: int) -> list[Any]:
    return [rnd.choice(values) for _ in range(rnd.randint(0, most))]


def tree(rnd: random.Random, depth: int = 2) -> Any:
    """A random condition."""
    if depth and rnd.random() < 0.6:
        kind = rnd.choice(["and", "or", "not"])
        return ("not", tree(rnd, depth - 1)) if kind == "not" else (kind, tree(rnd, depth - 1), tree(rnd, depth - 1))
    return rnd.choice(
        [
            ("action", rnd.choice(PATTERNS[:4])),
            ("name", f"c{rnd.randint(0, 3)}"),
            ("like", rnd.choice(["c?", "*1", "c*", "?0"])),
            ("meta", "system", rnd.choice("ab")),
            ("meta_not", "system", rnd.choice("ab")),
            ("has", "system"),
            ("path",),
        ]
    )


def text_of(node: Any) -> str:
    """The condition as Azure writes it."""
    match node:
        case ("not", inner):
            return f"!({text_of(inner)})"
        case ("and" | "or" as kind, left, right):
            return f"(({text_of(left)}) {kind.upper()} ({text_of(right)}))"
        case ("action", pattern):
            return f"ActionMatches{{'{pattern}'}}"
        case ("name", value):
            return f"@Resource[{CONTAINERS}:name] StringEquals '{value}'"
        case ("like", value):
            return f"@Resource[{CONTAINERS}:name] StringLike '{value}'"
        case ("meta", key, value):
            return f"@Resource[{CONTAINERS}/metadata:{key}] StringEquals '{value}'"
        case ("meta_not", key, value):
            return f"@Resource[{CONTAINERS}/metadata:{key}] StringNotEquals '{value}'"
        case ("has", key):
            return f"Exists @Resource[{CONTAINERS}/metadata:{key}]"
        case ("role", ids):
            return f"@Request[{ASSIGNMENTS}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{', '.join(ids)}}}"
        case ("principal", ids):
            return f"@Request[{ASSIGNMENTS}:PrincipalId] ForAnyOfAnyValues:GuidEquals {{{', '.join(ids)}}}"
        case ("type", types):
            quoted = ", ".join(f"'{kind}'" for kind in types)
            return f"@Request[{ASSIGNMENTS}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{{quoted}}}"
        case _:
            return f"@Resource[{BLOBS}:path] StringLike 'x*'"


def acl(rnd: random.Random, users: list[str], groups: list[str]) -> str:
    """A random ACL text."""

    def rights() -> str:
        return "".join(c if rnd.random() < 0.6 else "-" for c in "rwx")

    named = [f"user:{u}:{rights()}" for u in dict.fromkeys(some(rnd, users, 1))]
    named += [f"group:{g}:{rights()}" for g in dict.fromkeys(some(rnd, groups, 3))]
    mask = [f"mask::{rnd.choice(['rwx', 'rwx', 'r-x', '---'])}"] if rnd.random() < 0.6 else []
    other = rnd.choice(["---", "---", "--x", "r-x"])
    return ",".join([f"user::{rights()}", f"group::{rights()}", *named, *mask, f"other::{other}"])


def estate(rnd: random.Random, prefix: str = "", *, bare: bool = True) -> Estate:
    """One small estate; `prefix` keeps its names apart from those of others."""
    people = [f"{prefix}p{i}" for i in range(4)]
    groups = [f"{prefix}g{i}" for i in range(4)]
    account, subscription, resource_group = f"{prefix}acct", f"{prefix}sub", f"{prefix}rg"
    names = [f"c{i}" for i in range(rnd.randint(2, 4))]
    full = {name: name if bare else f"{account}/{name}" for name in names}
    end = [None, None, None, PAST, FUTURE]
    metadata: dict[str, dict[str, str]] = {
        name: rnd.choice([{}, {"system": "a"}, {"system": "b"}, {"table": "t"}]) for name in names
    }
    metadata[names[0]] = {"system": "a"}
    containers = [
        {
            "container": full[name],
            "account": account,
            "public_access": "blob" if rnd.random() < 0.1 else None,
            "metadata": json.dumps(metadata[name]) if metadata[name] else None,
        }
        for name in names
    ]
    arm = f"/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.Storage/storageAccounts"
    scopes = [f"{arm}/{account}/blobServices/default/containers/{name}" for name in names] * 2 + [
        f"{arm}/{account.upper()}",
        f"/subscriptions/{subscription}/resourcegroups/{resource_group}",
        f"/subscriptions/{subscription}",
        f"/subscriptions/{prefix}elsewhere",
        f"{arm}/{account}/queueServices/default",
    ]
    if bare:
        scopes.append("/providers/Microsoft.Management/managementGroups/root")
    custom = {
        f"{prefix}custom{i}": {
            "actions": some(rnd, ACTIONS, 2),
            "not_actions": some(rnd, ACTIONS[1:], 1),
            "data_actions": some(rnd, PATTERNS, 2),
            "not_data_actions": some(rnd, PATTERNS[:4], 1),
        }
        for i in range(2)
    }
    conditions: dict[str, Any] = {}

    def condition() -> str | None:
        if rnd.random() < 0.6:
            return None
        drawn = tree(rnd)
        return conditions.setdefault(text_of(drawn), drawn) and text_of(drawn)

    assignments = []
    for i in range(rnd.randint(0, 7)):
        deny = rnd.random() < 0.25
        assignments.append(
            {
                "principal_id": rnd.choice([*people, *groups, *([EVERYONE] if deny and bare else [])]),
                "role": rnd.choice([*BUILTIN, *custom, *custom, *(["Nobody Knows"] if rnd.random() < 0.1 else [])]),
                "scope": rnd.choice(scopes),
                "grant_id": f"{prefix}ra{i}",
                "condition": condition(),
                "state": rnd.choice(["active", "active", None, "eligible"]),
                "effect": "deny" if deny else rnd.choice(["allow", None]),
                "expires_at": rnd.choice(end),
            }
        )
    acls = []
    for name in names:
        if rnd.random() < 0.7:
            shape = rnd.choice(
                [[""], ["", "f"], ["", "d", "d/f"], ["", "f", "d/e/f"], ["", "d", "d/f", "d/g"], ["d/f"]]
            )
            acls += [
                {
                    "container": full[name],
                    "acl": acl(rnd, people, groups),
                    "path": path or rnd.choice(["/", "", None]),
                    "owner": rnd.choice([None, "$superuser", rnd.choice(people)]),
                    "owning_group": rnd.choice([None, "$superuser", rnd.choice(groups)]),
                }
                for path in shape
            ]
    for row in acls:
        row["owner"] = None if row["owner"] == "$superuser" and rnd.random() < 0.5 else row["owner"]
    entitlements = [f"{prefix}e{i}" for i in range(3)]
    opens = [
        {
            "entitlement": e,
            "container": rnd.choice([*full.values(), full[names[0]][:-1] + "*", full[names[0]][:-1] + "?"]),
            "access": rnd.choice(["read", "write", None]),
            "group_id": rnd.choice([None, rnd.choice(groups)]),
        }
        for e in some(rnd, entitlements, 4)
    ]
    asked = [
        {
            "principal_id": rnd.choice(people),
            "entitlement": e,
            "status": rnd.choice(["approved", "approved", None, "pending", "expired"]),
            "expires_at": rnd.choice(end),
        }
        for e in some(rnd, entitlements, 5)
    ]
    tables: dict[str, list[dict[str, Any]] | None] = {
        "accounts": [
            {
                "account": account,
                "subscription_id": subscription,
                "resource_group": resource_group,
                "hns": rnd.choice([True, True, None, False]),
                "allow_shared_key": rnd.choice([True, None, False]),
                "allow_public": rnd.choice([True, None, False]),
            }
        ],
        "containers": containers,
        "principals": [
            *({"principal_id": p, "kind": rnd.choice(["user", "user", "service_principal", None])} for p in people[:3]),
            *({"principal_id": g, "kind": "group"} for g in groups[:2]),
        ],
        "memberships": [
            {
                "group_id": rnd.choice(groups),
                "member_id": rnd.choice([*people, *groups]),
                "state": rnd.choice(["active", None, "active", "eligible"]),
                "expires_at": rnd.choice(end),
            }
            for _ in range(rnd.randint(0, 10))
        ],
        "role_definitions": [{"role": role, **lists} for role, lists in custom.items()],
        "role_assignments": assignments,
        "acls": acls,
        "stored_policies": [
            {
                "container": full[name],
                "policy": "pol",
                "permissions": rnd.choice(["r", "rl", "racwd", "w", "", None]),
                "starts_at": rnd.choice([None, PAST, FUTURE]),
                "expires_at": rnd.choice(end),
            }
            for name in names
            if rnd.random() < 0.2
        ],
        "entitlements": asked,
        "entitlement_containers": opens,
        "grants": [
            {
                "principal_id": rnd.choice([*people, *groups]),
                "container": rnd.choice(list(full.values())),
                "access": rnd.choice(["read", "write", "manage", None]),
                "entitlement": rnd.choice([None, *entitlements]),
                "expires_at": rnd.choice(end),
            }
            for _ in range(rnd.randint(0, 4))
        ],
    }
    return Estate(tables, conditions, {**BUILTIN, **custom}, AS_OF)


def drop(estate_: Estate, missing: list[str]) -> Estate:
    """The same estate with tables that were not assessed."""
    return Estate({**estate_.tables, **dict.fromkeys(missing)}, estate_.conditions, estate_.roles, estate_.as_of)


def merge(estates: list[Estate]) -> Estate:
    """Several estates as one."""
    tables: dict[str, list[dict[str, Any]] | None] = {}
    for name in FACTS:
        lists = [e.tables.get(name) for e in estates]
        assessed = [rows for rows in lists if rows is not None]
        tables[name] = [row for rows in assessed for row in rows] if assessed else None
    conditions = {text: node for e in estates for text, node in e.conditions.items()}
    roles = {name: role for e in estates for name, role in e.roles.items()}
    return Estate(tables, conditions, roles, AS_OF)


def for_reference(estate_: Estate) -> Estate:
    """The estate as the reference reads it: names bare, metadata parsed, no null owners."""
    tables = dict(estate_.tables)
    tables["containers"] = [
        {**row, "name": row["container"].split("/")[-1], "metadata": json.loads(row["metadata"] or "{}")}
        for row in estate_.rows("containers")
    ]
    if estate_.tables.get("acls") is not None:
        tables["acls"] = [
            {**row, **{k: None if row[k] == "$superuser" else row[k] for k in ("owner", "owning_group")}}
            for row in estate_.rows("acls")
        ]
    return Estate(tables, estate_.conditions, estate_.roles, estate_.as_of)


def to_facts(estate_: Estate) -> Facts:
    """The estate as facts; denies that exclude principals are spelled out, as a scan does."""
    frames: dict[str, pl.DataFrame] = {}
    denies = []
    for name, rows in estate_.tables.items():
        if rows is None:
            continue
        if name == "role_assignments":
            denies = [row for row in rows if row.get("excluded")]
            rows = [row for row in rows if not row.get("excluded")]
        columns = FACTS[name].columns()
        schema = {column: definition.dtype for column, definition in columns.items()}
        frames[name] = pl.DataFrame(rows, schema=schema, orient="row") if rows else pl.DataFrame(schema=schema)
    as_scanned = [
        {**row, "id": row["grant_id"], "principals": [row["principal_id"]], "condition_version": None}
        for row in denies
        if row["state"] != "eligible" and (row["expires_at"] is None or row["expires_at"] > AS_OF)
    ]
    spelled, gaps = spell_out(as_scanned, frames, as_of=AS_OF)
    assert not gaps
    return Facts.of(dict(spelled), as_of=AS_OF)
