"""A market-risk desk made by hand, each fact of which is known: the truth that dossiers are held against.

Ana, Bo and Cy read market data (mkt-a, mkt-b) as members of a group that enforces R_MKT, and one feed (fx-a) by grants
of their own under R_FX. Pat of Payments reads all of it as well; Zed has left. Use was logged for 90 days.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from lakezones import api
from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, Proposal, conform
from lakezones.model.policies import Duty, PoliciesSettings, SodPair
from tests import golden

SCOPE = (
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/lake/blobServices/default"
    "/containers/"
)
PEOPLE: Mapping[str, Mapping[str, Any]] = {
    "ana": {"name": "Ana Ray", "department": "Risk", "title": "Analyst", "manager_id": "mia", "signed": 3},
    "bo": {"name": "Bo Sun", "department": "Risk", "title": "Analyst", "manager_id": "mia", "signed": 0},
    "cy": {"name": "Cy Lim", "department": None, "title": None, "manager_id": None, "signed": None},
    "mia": {"name": "Mia Head", "department": "Risk", "title": "Head", "manager_id": None, "signed": 1},
    "pat": {"name": "Pat Fox", "department": "Payments", "title": "Clerk", "manager_id": "mia", "signed": 1},
    "zed": {"name": "Zed Old", "department": "Risk", "title": "Analyst", "manager_id": "mia", "signed": 200},
}
BOXES: Mapping[str, Mapping[str, Any]] = {
    "mkt-a": {"system": "MKT", "size": 10, "zone": "curated", "tag": "internal"},
    "mkt-b": {"system": "MKT", "size": 30, "zone": "raw", "tag": "internal"},
    "fx-a": {"system": "FX", "size": None, "zone": "curated", "tag": "restricted"},
    "pay-in": {"system": "PAY", "size": 1, "zone": "curated", "tag": None},
}
USED = (("ana", "mkt-a", 2), ("ana", "fx-a", 5), ("bo", "mkt-a", 40), ("pat", "pay-in", 90))
"""Person, container and days before the scan."""

POLICIES = PoliciesSettings(
    sod=(
        SodPair(
            name="price and pay",
            left=Duty(containers=("fx-*",)),
            right=Duty(containers=("pay-*",)),
            reason="nobody prices what they pay for",
        ),
    )
)


@dataclass(frozen=True)
class DeskLake:
    """Facts, access and a proposal with the role ``desk``."""

    facts: Facts
    access: Access
    proposal: Proposal


def desk_facts(*, names: Mapping[str, str] | None = None, without: tuple[str, ...] = ()) -> Facts:
    """The facts; `without` leaves tables out, `names` calls people something else."""
    as_of = golden.AS_OF
    people = [
        {
            "principal_id": one,
            "kind": "user",
            "name": (names or {}).get(one, said["name"]),
            "department": said["department"],
            "title": said["title"],
            "manager_id": said["manager_id"],
            "enabled": one != "zed",
            "last_sign_in": None if said["signed"] is None else as_of - timedelta(days=said["signed"]),
        }
        for one, said in PEOPLE.items()
    ] + [{"principal_id": "g-mkt", "kind": "group", "name": "grp-market-data"}]
    grants = [
        *((who, "fx-a", "R_FX") for who in ("ana", "bo", "cy", "pat")),
        ("pat", "pay-in", None),
    ]
    tables: dict[str, pl.DataFrame] = {
        "accounts": pl.DataFrame({"account": ["lake"], "subscription_id": ["s"], "hns": [False]}),
        "principals": pl.DataFrame(people),
        "containers": pl.DataFrame(
            [
                {
                    "container": box,
                    "account": "lake",
                    "size_bytes": said["size"],
                    "metadata": _metadata(said),
                    "public_access": "blob" if box == "mkt-b" else None,
                }
                for box, said in BOXES.items()
            ]
        ),
        "memberships": pl.DataFrame(
            {"group_id": ["g-mkt"] * 4, "member_id": ["ana", "bo", "cy", "pat"], "state": ["active"] * 4}
        ),
        "role_assignments": pl.DataFrame(
            [
                {"principal_id": "g-mkt", "role": "Storage Blob Data Reader", "scope": SCOPE + box}
                for box in ("mkt-a", "mkt-b")
            ]
        ),
        "entitlements": pl.DataFrame(
            {"principal_id": ["ana", "bo", "cy", "pat"], "entitlement": ["R_MKT"] * 4, "status": ["approved"] * 4}
        ),
        "entitlement_containers": pl.DataFrame(
            {
                "entitlement": ["R_MKT", "R_MKT", "R_FX"],
                "container": ["mkt-a", "mkt-b", "fx-a"],
                "access": ["read"] * 3,
                "group_id": ["g-mkt", "g-mkt", None],
            }
        ),
        "grants": pl.DataFrame(grants, schema=["principal_id", "container", "entitlement"], orient="row"),
        "usage": pl.DataFrame(
            [
                {"principal_id": who, "container": box, "access": "read", "last_used": as_of - timedelta(days=days)}
                for who, box, days in USED
            ]
        ),
    }
    return Facts.of({name: frame for name, frame in tables.items() if name not in without}, as_of=as_of)


def desk(
    members: tuple[str, ...] = ("ana", "bo", "cy"),
    boxes: Mapping[str, int] | None = None,
    *,
    facts: Facts | None = None,
    others: Mapping[str, tuple[tuple[str, ...], Mapping[str, int]]] | None = None,
    layer: str = "job",
) -> DeskLake:
    """The lake with a role of these members and containers, and further roles."""
    facts = facts or desk_facts()
    access = api.access(facts)
    roles = {"desk": (members, boxes or {"mkt-a": 1, "mkt-b": 1, "fx-a": 1}), **(others or {})}
    return DeskLake(facts, access, made_proposal(access, roles, layer=layer))


def made_proposal(
    access: Access, roles: Mapping[str, tuple[tuple[str, ...], Mapping[str, int]]], *, layer: str = "job"
) -> Proposal:
    """A proposal of these roles by hand: people, and containers whose classes they open."""
    classes = dict(access.container_classes.select("container", "class_id").iter_rows())
    content = {(name, classes[box]): level for name, (_, reach) in roles.items() for box, level in reach.items()}
    tables: dict[str, list[dict[str, Any]]] = {
        "roles": [
            {
                "role_id": name,
                "name": f"lake-prd-job-{name}-r",
                "domain": "risk",
                "zones": "raw, curated",
                "access": "read",
                "members": len(people),
                "containers": len(reach),
                "requests_covered": 0,
                "pairs_covered": 0,
                "new_access": 0,
                "evidence": "3 people hold it; made by hand",
                "risk": "low",
                "content_hash": f"hash-{name}",
                "layer": layer,
                "purpose": f"Lets {len(people)} people read {len(reach)} containers; owner Mia Head; {name}",
            }
            for name, (people, reach) in roles.items()
        ],
        "role_members": [
            {"role_id": name, "principal_id": who} for name, (people, _) in roles.items() for who in people
        ],
        "role_classes": [
            {"role_id": name, "class_id": class_id, "level": level} for (name, class_id), level in content.items()
        ],
        "role_rules": [
            {
                "role_id": name,
                "layer": layer,
                "rule": "department is Risk",
                "by_rule": True,
                "entry": "by rule",
                "leave": "by rule",
                "approvers": "the owner",
                "owner": None if name.startswith("unowned") else "Mia Head",
            }
            for name in roles
        ],
        "zones": [
            {
                "container": box,
                "zone": said["zone"],
                "confidence": 0.9,
                "domain": "risk",
                "domain_confidence": 0.9,
                "evidence": "by hand",
                "needs_review": False,
            }
            for box, said in BOXES.items()
            if box in classes
        ],
    }
    empty = {name: schema.create_empty() for name, schema in t.PROPOSAL_TABLES.items()}
    made = {name: conform(pl.DataFrame(rows), t.PROPOSAL_TABLES[name]) for name, rows in tables.items() if rows}
    return Proposal(**(empty | made))


def _metadata(said: Mapping[str, Any]) -> str:
    tag = f', "sensitivity": "{said["tag"]}"' if said["tag"] else ""
    return f'{{"system": "{said["system"]}"{tag}}}'
