"""Small random lakes as captures: every table present, empty or absent, and whatever names one gives them.

In: a seed, and how things are spelled. Out: a folder of CSV files that `lakezones scan` takes.
"""

import csv
import json
import random
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final

from lakezones.model.facts import FACTS, GRANT_TABLES

Spell = Callable[[str, int], str]
"""How the nth thing of a kind is called."""

LEVELS: Final = ("read", "read", "read", "write", "manage", "")
BUILT_IN: Final = (
    "Storage Blob Data Reader",
    "Storage Blob Data Contributor",
    "Storage Blob Data Owner",
    "Reader",
    "Contributor",
    "Owner",
    "User Access Administrator",
)
LIST_KEYS: Final = "Microsoft.Storage/storageAccounts/listKeys/action"
BLOBS: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
ACCOUNT: Final = "lakea"
STORAGE: Final = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts"
)

REVIEWER = "Zoe Reviewer"
"""Somebody in every directory that is there, who holds nothing."""


def plain(kind: str, number: int) -> str:
    """Names as most lakes have them."""
    stem = ("raw", "std", "mart")[number % 3]
    systems = ("crm", "pay", "risk")
    match kind:
        case "container":
            return f"{systems[number % 7 % 3]}-{stem}-table{number:02}"
        case "domain" | "department":
            return ("Retail", "Payments", "Risk")[number % 3]
        case "system":
            return systems[number % 3].upper()
    return f"{kind}-{number:02}"


def write_lake(
    folder: Path,
    seed: int,
    *,
    spell: Spell = plain,
    people: int = 8,
    containers: int = 10,
    absent: Collection[str] = (),
    empty: Collection[str] = (),
) -> Path:
    """Write a capture; the same one for the same arguments.

    Parameters
    ----------
    absent, empty
        Tables that are left out, and tables that have a header and no rows.
    """
    rng = random.Random(seed)
    tables = _tables(rng, spell, people, containers)
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        if table in absent:
            continue
        columns = list(dict.fromkeys(key for row in rows for key in row)) or FACTS[table].column_names()
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writeheader()
            writer.writerows(() if table in empty else rows)
    return folder


def some_tables(rng: random.Random) -> tuple[set[str], set[str]]:
    """Tables that are absent, and tables that are empty; one at least says who may do what."""
    kept = rng.choice(GRANT_TABLES)
    state = {table: rng.choice(("present", "present", "empty", "absent")) for table in FACTS if table != kept}
    return (
        {table for table, word in state.items() if word == "absent"},
        {table for table, word in state.items() if word == "empty"},
    )


def _time(rng: random.Random, years: tuple[int, int] = (2021, 2026)) -> str:
    return f"{rng.randint(*years)}-{rng.randint(1, 9):02}-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:00:00Z"


def _maybe(rng: random.Random, value: str, share: float = 0.5) -> str:
    return value if rng.random() < share else ""


def _tables(rng: random.Random, spell: Spell, people: int, containers: int) -> dict[str, list[dict[str, Any]]]:
    persons = [spell("person", n) for n in range(people)]
    services = [spell("service", n) for n in range(2)]
    groups = [spell("group", n) for n in range(5)]
    places = [spell("container", n) for n in range(containers)]
    requests = [spell("entitlement", n) for n in range(3)]
    anyone = [*persons, *services, *groups, spell("stranger", 0)]
    owners = [spell("owner", n) for n in range(3)]

    def scope() -> str:
        account = f"{STORAGE}/{ACCOUNT}"
        return rng.choice(
            [account] + [f"{account}/blobServices/default/containers/{p}" for p in rng.choices(places, k=6)]
        )

    def grant(number: int) -> dict[str, Any]:
        return {
            "principal_id": rng.choice(anyone),
            "container": rng.choice(places),
            "access": rng.choice(LEVELS),
            "source": _maybe(rng, spell("source", number)),
            "entitlement": _maybe(rng, rng.choice(requests)),
            "grant_id": spell("grant", number),
            "granted_at": _time(rng),
            "expires_at": _maybe(rng, _time(rng, (2025, 2027)), 0.1),
        }

    return {
        "accounts": [
            {
                "account": ACCOUNT,
                "subscription_id": "00000000-0000-0000-0000-000000000001",
                "resource_group": spell("resource_group", 0),
                "region": spell("region", 0),
                "hns": "true",
                "allow_shared_key": rng.choice(("true", "false", "")),
                "allow_public": rng.choice(("true", "false", "")),
            }
        ],
        "containers": [
            {
                "container": place,
                "account": ACCOUNT,
                "last_modified": _maybe(rng, _time(rng), 0.8),
                "size_bytes": rng.choice(("", 0, 1, 10**12)),
                "blob_count": rng.choice(("", 0, 1, 10**6)),
                "format": _maybe(rng, spell("format", n)),
                "public_access": rng.choice(("", "", "", "blob", "container")),
                "immutability": rng.choice(("", "true", "false")),
                "legal_hold": rng.choice(("", "", "true")),
                "tier": rng.choice(("", "hot", "archive")),
                "metadata": json.dumps(
                    {
                        "system": spell("system", n % 3),
                        "table": spell("table", n),
                        "domain": spell("domain", n % 3),
                        "sensitivity": rng.choice(("", "restricted", "internal", spell("sensitivity", n))),
                        "owner": rng.choice(owners),
                        spell("key", n): spell("value", n),
                    },
                    ensure_ascii=False,
                ),
            }
            for n, place in enumerate(places)
        ],
        "principals": [
            {
                "principal_id": one,
                "kind": kind,
                "name": spell(f"{kind}_name", n),
                "department": spell("department", n % 3) if kind == "user" else "",
                "title": _maybe(rng, spell("title", n % 2)),
                "manager_id": _maybe(rng, rng.choice(persons), 0.3),
                "enabled": rng.choice(("true", "true", "true", "false", "")),
                "last_sign_in": _maybe(rng, _time(rng)),
                "managed_by": rng.choice(("entra", "dynamic", "ad_sync", "access_package")) if kind == "group" else "",
            }
            for n, (one, kind) in enumerate(
                [(p, "user") for p in persons]
                + [(s, rng.choice(("service_principal", "managed_identity"))) for s in services]
                + [(g, "group") for g in groups]
            )
        ]
        + [
            dict.fromkeys(("department", "title", "manager_id", "last_sign_in", "managed_by"), "")
            | {"principal_id": "zoe", "kind": "user", "name": REVIEWER, "enabled": "true"}
        ],
        "memberships": [
            {"group_id": g, "member_id": m, "state": rng.choice(("", "active", "active", "eligible"))}
            for g, m in sorted({(rng.choice(groups), rng.choice(anyone)) for _ in range(25)})
        ],
        "group_owners": [
            {"group_id": g, "owner_id": p}
            for g, p in sorted({(rng.choice(groups), rng.choice(persons)) for _ in range(3)})
        ],
        "role_definitions": [
            {
                "role": spell("role", n),
                "actions": json.dumps(
                    [rng.choice(("*", "*/read", "Microsoft.Storage/storageAccounts/listKeys/action"))]
                ),
                "not_actions": "[]",
                "data_actions": json.dumps([f"{BLOBS}/{rng.choice(('read', 'write', '*'))}"]),
                "not_data_actions": "[]",
            }
            for n in range(2)
        ],
        "role_assignments": [
            {
                "principal_id": rng.choice(anyone),
                "role": rng.choice((*BUILT_IN, spell("role", 0), spell("role", 1), spell("role", 2))),
                "scope": scope(),
                "grant_id": spell("assignment", n),
                "condition": _maybe(rng, spell("condition", n), 0.1),
                "condition_version": "",
                "state": rng.choice(("active", "active", "active", "eligible", "")),
                "effect": rng.choice(("allow", "allow", "allow", "allow", "deny", "")),
                "created_at": _time(rng),
                "expires_at": "",
            }
            for n in range(8)
        ],
        "acls": [
            {
                "container": place,
                "acl": f"user::rwx,group::---,group:{rng.choice(groups)}:{rng.choice(('r-x', 'rwx', '-wx', '--x'))},"
                f"mask::{rng.choice(('rwx', 'r-x'))},other::---",
                "path": path,
                "owner": rng.choice(anyone),
                "owning_group": rng.choice(groups),
            }
            for place in rng.sample(places, 3)
            for path in ("/", spell("path", 0))
        ],
        "stored_policies": [
            {
                "container": place,
                "policy": spell("policy", n),
                "permissions": rng.choice(("r", "rl", "racwdl")),
                "starts_at": _maybe(rng, _time(rng)),
                "expires_at": _maybe(rng, _time(rng, (2025, 2030))),
            }
            for n, place in enumerate(rng.sample(places, 3))
        ],
        "entitlements": [
            {
                "principal_id": p,
                "entitlement": e,
                "status": rng.choice(("approved", "approved", "", "pending", "denied", spell("status", n))),
                "requested_at": _time(rng),
                "approved_at": _time(rng),
                "approver": rng.choice((*persons, spell("approver", n))),
                "expires_at": "",
            }
            for n, (p, e) in enumerate((p, e) for p in persons for e in requests if rng.random() < 0.6)
        ],
        "entitlement_containers": [
            {"entitlement": e, "container": c, "access": rng.choice(LEVELS), "group_id": _maybe(rng, groups[n % 5])}
            for n, (e, c) in enumerate((e, c) for e in requests for c in places if rng.random() < 0.4)
        ],
        "grants": [grant(n) for n in range(20)],
        "usage": [
            {
                "principal_id": rng.choice(anyone),
                "container": rng.choice(places),
                "access": rng.choice(LEVELS),
                "last_used": _time(rng),
                "operations": rng.randint(0, 999),
                "grant_id": "",
                "app_id": spell("app", n),
                "user_agent": spell("agent", n),
                "caller": spell("caller", n),
            }
            for n in range(12)
        ],
        "systems": [
            {
                "system": spell("system", n),
                "application_id": spell("app", n),
                "owner": owners[n],
                "area": spell("area", n),
            }
            for n in range(3)
        ],
        "references": [
            {
                "tool": spell("tool", n % 3),
                "artifact": spell("artifact", n),
                "container": rng.choice((*places, "")),
                "direction": rng.choice(("read", "write")),
                "owner": rng.choice(owners),
                "criticality": spell("criticality", n),
                "identity": rng.choice(anyone),
                "location": spell("location", n),
                "where": spell("where", n),
            }
            for n in range(8)
        ],
    }
