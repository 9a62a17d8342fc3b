"""A small lake whose roles each have one planted defect, made by hand: nothing is mined.

Risk analysts (ann, bob, cyd, eve) read market data (m1 to m4). Beside them are dan, whose account is disabled; `ghost`,
whom no directory knows; tom of Treasury; and fay, who makes and releases payments.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from lakezones import api
from lakezones.config import Settings
from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, Proposal, conform
from lakezones.model.policies import Duty, PoliciesSettings, SodPair
from tests import golden

STAFF = {
    "ann": ("Ann Berg", "Risk", "Risk Analyst"),
    "bob": ("Bob Lind", "Risk", "Risk Analyst"),
    "cyd": ("Cyd Moss", "Risk", "Risk Analyst"),
    "eve": ("Eve Noor", "Risk", "Risk Analyst"),
    "dan": ("Dan Gone", "Risk", "Risk Analyst"),
    "tom": ("Tom Pike", "Treasury", "Dealer"),
    "fay": ("Fay Ruiz", "Payments", "Payments Clerk"),
    "olga": ("Olga Owner", "Market Data", "Product Owner"),
}
BOXES = {
    "m1": {"system": "MKT", "owner": "olga", "domain": "market"},
    "m2": {"system": "MKT", "owner": "olga", "domain": "market"},
    "m3": {"system": "MKT", "owner": "olga", "domain": "market"},
    "m4": {"system": "MKT", "owner": "olga", "domain": "market"},
    "pii": {"system": "CRM", "owner": "olga", "domain": "customers", "sensitivity": "PII"},
    "open": {"system": "WEB", "owner": "olga", "domain": "web"},
    "lost": {"system": "OLD", "domain": "old"},
    "idle": {"system": "ARC", "owner": "olga", "domain": "archive"},
    "pay-entry": {"system": "PAY", "owner": "olga", "domain": "payments"},
    "pay-release": {"system": "PAY", "owner": "olga", "domain": "payments"},
}
MARKET = ("m1", "m2", "m3", "m4")
ANALYSTS = ("ann", "bob", "cyd", "eve")

ROLES: Mapping[str, tuple[tuple[str, ...], Mapping[str, int]]] = {
    "fine": (ANALYSTS, dict.fromkeys(MARKET, 1)),
    "leaver": ((*ANALYSTS, "dan"), {"m1": 1}),
    "stranger": ((*ANALYSTS, "ghost"), {"m2": 1}),
    "foreign": ((*ANALYSTS, "tom"), {"m3": 1}),
    "secret": (ANALYSTS, {"pii": 1}),
    "public": (ANALYSTS, {"open": 1}),
    "writes": (ANALYSTS, {"m4": 3}),
    "unowned": (ANALYSTS, {"lost": 1}),
    "unused": (ANALYSTS, {"idle": 1}),
    "duties": (("fay", "tom"), {"pay-entry": 3}),
}
"""People of each role, and containers with the level that it opens."""

EXPECTED = {
    "leaver": ("leaver", "Dan Gone has a disabled account"),
    "stranger": ("leaver", "ghost is not in the directory"),
    "foreign": ("foreign", "Tom Pike (Treasury) is of another department"),
    "secret": ("restricted", "1 container holds restricted data: pii"),
    "public": ("public", "Anybody who knows the address can read open"),
    "writes": ("write", "It lets its members write 1 container"),
    "unowned": ("no_owner", "No owner is declared for its data"),
    "unused": ("unused", "Nobody in the role used its one container"),
    "duties": ("sod", "Fay Ruiz holds two duties that are to stay apart, 'make and release'"),
}
"""By role, what is wrong with it, which must come first, in words that name whom or what it is about."""

POLICIES = PoliciesSettings(
    sod=(
        SodPair(
            name="make and release",
            left=Duty(containers=("pay-entry",), access="write"),
            right=Duty(containers=("pay-release",), access="write"),
        ),
    )
)


@dataclass(frozen=True)
class SmallLake:
    """Facts, access and a proposal."""

    facts: Facts
    access: Access
    proposal: Proposal


@cache
def lake() -> SmallLake:
    """The lake with a role of each defect."""
    grants = [
        (who, box, "write" if level > 1 else "read")
        for people, reach in ROLES.values()
        for who in people
        for box, level in reach.items()
    ]
    grants.append(("fay", "pay-release", "write"))
    # A machine of its own on each container outside of the market data: they are classes of their own.
    grants += [(f"svc-{box}", box, "read") for box in BOXES if box not in MARKET]
    used = [(who, box) for who, box, _ in grants if box != "idle" and not who.startswith("svc-")]
    facts = Facts.of(
        {
            "principals": pl.DataFrame(
                [
                    {
                        "principal_id": one,
                        "kind": "user",
                        "name": name,
                        "department": department,
                        "title": title,
                        "enabled": one != "dan",
                    }
                    for one, (name, department, title) in STAFF.items()
                ]
                + [{"principal_id": f"svc-{box}", "kind": "service_principal"} for box in BOXES]
            ),
            "containers": pl.DataFrame(
                [
                    {
                        "container": box,
                        "metadata": str(said).replace("'", '"'),
                        "public_access": "container" if box == "open" else None,
                    }
                    for box, said in BOXES.items()
                ]
            ),
            "accounts": pl.DataFrame({"account": ["lake"], "allow_public": [True]}),
            "grants": pl.DataFrame(grants, schema=["principal_id", "container", "access"], orient="row").unique(
                maintain_order=True
            ),
            "usage": pl.DataFrame(used, schema=["principal_id", "container"], orient="row")
            .unique(maintain_order=True)
            .with_columns(access=pl.lit("read"), last_used=pl.lit(golden.AS_OF).dt.offset_by("-60d")),
        },
        as_of=golden.AS_OF,
    )
    access = api.access(facts, settings=Settings())
    return SmallLake(facts, access, proposed(facts, access))


def class_of(access: Access, container: str) -> str:
    """The class that a container is in."""
    return dict(access.container_classes.select("container", "class_id").iter_rows())[container]


def proposed(
    facts: Facts, access: Access, roles: Mapping[str, tuple[tuple[str, ...], Mapping[str, int]]] = ROLES
) -> Proposal:
    """A proposal of these roles, and nothing else."""
    classes = dict(access.container_classes.select("container", "class_id").iter_rows())
    members = [(f"role-{name}", who) for name, (people, _) in roles.items() for who in people]
    content = [
        (f"role-{name}", classes[box], level) for name, (_, reach) in roles.items() for box, level in reach.items()
    ]
    rows = [
        {
            "role_id": f"role-{name}",
            "name": f"lake-{name}",
            "domain": BOXES[next(iter(reach))]["domain"],
            "zones": "curated",
            "access": "write" if max(reach.values()) > 1 else "read",
            "members": len(people),
            "containers": len(reach),
            "requests_covered": 0,
            "pairs_covered": len(people) * len(reach),
            "new_access": 0,
            "evidence": "by hand",
            "risk": "low",
            "content_hash": f"hash-{name}",
            "layer": "job",
            "purpose": f"Lets people use {name}",
        }
        for name, (people, reach) in roles.items()
    ]
    rules = [
        {
            "role_id": f"role-{name}",
            "layer": "job",
            "rule": "none",
            "by_rule": False,
            "entry": "by request",
            "leave": "on leaving",
            "approvers": "the manager",
            "owner": STAFF[BOXES[next(iter(reach))]["owner"]][0] if "owner" in BOXES[next(iter(reach))] else None,
        }
        for name, (_, reach) in roles.items()
    ]
    zones = [
        {
            "container": box,
            "zone": "curated",
            "confidence": 1.0,
            "domain": said["domain"],
            "domain_confidence": 1.0,
            "evidence": "by hand",
            "needs_review": False,
        }
        for box, said in BOXES.items()
    ]
    empty = {name: schema.create_empty() for name, schema in t.PROPOSAL_TABLES.items()}
    made = {
        "roles": conform(pl.DataFrame(rows), t.Roles),
        "role_members": conform(pl.DataFrame(members, schema=["role_id", "principal_id"], orient="row"), t.RoleMembers),
        "role_classes": conform(
            pl.DataFrame(content, schema=["role_id", "class_id", "level"], orient="row").unique(
                ["role_id", "class_id"]
            ),
            t.RoleClasses,
        ),
        "role_rules": conform(pl.DataFrame(rules), t.RoleRules),
        "zones": conform(pl.DataFrame(zones), t.Zones),
    }
    return Proposal(**(empty | made))
