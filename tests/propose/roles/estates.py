"""Small estates for tests of the roles stage, and slow references that share no code with it.

Access is worked out here with sets and loops, person by person, so that the stage can be tested without `access`.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, conform

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
ACCOUNT = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/lake"


@dataclass
class Estate:
    """People, groups and grants; a class is named after its containers."""

    people: dict[str, dict] = field(default_factory=dict)
    groups: dict[str, dict] = field(default_factory=dict)
    members: set[tuple[str, str]] = field(default_factory=set)
    eligible: set[tuple[str, str]] = field(default_factory=set)
    classes: dict[str, list[str]] = field(default_factory=dict)
    grants: set[tuple[str, str, str, int, str]] = field(default_factory=set)
    """class, grantee, lane, level, scope_kind"""
    denies: set[tuple[str, str, str, int, str]] = field(default_factory=set)
    entitlements: dict[str, tuple[str, dict[str, int]]] = field(default_factory=dict)
    """entitlement to its group and what it opens"""
    metadata: dict[str, str] = field(default_factory=dict)

    def inside(self, group: str) -> set[str]:
        """Principals in a group, through nesting, by brute force."""
        seen, todo = set(), [group]
        while todo:
            current = todo.pop()
            for parent, member in self.members:
                if parent == current and member not in seen:
                    seen.add(member)
                    todo.append(member)
        return {member for member in seen if member not in self.groups}

    def holders(self, grantee: str) -> set[str]:
        return self.inside(grantee) if grantee in self.groups else {grantee}

    def level(self, lane: str = "data", *, scope: str | None = None) -> dict[tuple[str, str], int]:
        """(class, principal) to level bits."""
        result: dict[tuple[str, str], int] = defaultdict(int)
        for class_id, grantee, in_lane, level, scope_kind in self.grants:
            if in_lane == lane and scope in (None, scope_kind):
                for principal in self.holders(grantee):
                    result[class_id, principal] |= level
        for class_id, grantee, in_lane, level, _ in self.denies:
            if in_lane == lane:
                for principal in self.holders(grantee):
                    result[class_id, principal] &= ~level
        return {cell: level for cell, level in result.items() if level}

    def facts(self) -> Facts:
        principals = [{"principal_id": p, "kind": "user", **row} for p, row in self.people.items()]
        principals += [{"principal_id": g, "kind": "group", "name": g, **row} for g, row in self.groups.items()]
        edges = [{"group_id": g, "member_id": m, "state": None} for g, m in sorted(self.members)]
        edges += [{"group_id": g, "member_id": m, "state": "eligible"} for g, m in sorted(self.eligible)]
        containers = [
            {"container": c, "metadata": self.metadata.get(c)} for names in self.classes.values() for c in names
        ]
        schema = {"principal_id": pl.String, "kind": pl.String, "name": pl.String}
        return Facts.of(
            {
                "principals": pl.DataFrame(principals, schema_overrides=schema, infer_schema_length=None)
                if principals
                else pl.DataFrame(schema=schema),
                "memberships": pl.DataFrame(
                    edges, schema={"group_id": pl.String, "member_id": pl.String, "state": pl.String}
                ),
                "containers": pl.DataFrame(containers, schema={"container": pl.String, "metadata": pl.String}),
            },
            as_of=AS_OF,
        )

    def access(self) -> Access:
        rows: list[tuple[str, str, str, int]] = []
        for lane in ("data", "conditional", "eligible", "bearer", "control"):
            rows += [(c, p, lane, level) for (c, p), level in self.level(lane).items()]
        grants = [
            {
                "class_id": c,
                "route": "assignment" if scope != "container" else "acl",
                "grantee_id": g,
                "lane": lane,
                "level": level,
                "scope_kind": scope,
                "scope": "" if scope == "container" else ACCOUNT,
                "role": "",
                "entitlement": "",
                "effect": effect,
                "reason": "" if lane == "data" else "why",
            }
            for effect, rows in (("allow", self.grants), ("deny", self.denies))
            for c, g, lane, level, scope in sorted(rows)
        ]
        return Access(
            container_classes=t.ContainerClasses.cast(
                pl.DataFrame(
                    [(k, c) for k, names in sorted(self.classes.items()) for c in names],
                    schema={"class_id": pl.String, "container": pl.String},
                    orient="row",
                ),
            ),
            class_access=t.ClassAccess.cast(
                pl.DataFrame(
                    rows,
                    schema={"class_id": pl.String, "principal_id": pl.String, "lane": pl.String, "level": pl.Int64},
                    orient="row",
                ),
            ),
            class_grants=t.ClassGrants.cast(
                pl.DataFrame(
                    grants, schema={**dict.fromkeys(t.ClassGrants.column_names(), pl.String), "level": pl.Int64}
                ),
            ),
            entitlement_classes=t.EntitlementClasses.cast(
                pl.DataFrame(
                    [
                        (e, c, level, g)
                        for e, (g, opens) in sorted(self.entitlements.items())
                        for c, level in opens.items()
                    ],
                    schema={"entitlement": pl.String, "class_id": pl.String, "level": pl.Int64, "group_id": pl.String},
                    orient="row",
                ),
            ),
            requests=t.Requests.cast(
                pl.DataFrame(
                    self.requests(),
                    schema={"principal_id": pl.String, "entitlement": pl.String, "class_id": pl.String},
                    orient="row",
                ),
            ),
        )

    def requests(self) -> list[tuple[str, str, str]]:
        """What people asked for: entitlements whose group they are in and hold in full, else single classes."""
        held = self.level()
        rows, explained = set(), set()
        for entitlement, (group, opens) in self.entitlements.items():
            for person in self.inside(group):
                if self.people.get(person, {}).get("kind", "user") != "user":
                    continue
                if all(held.get((c, person), 0) & level == level for c, level in opens.items()):
                    rows.add((person, entitlement, ""))
                    explained |= {(c, person) for c, level in opens.items() if held[c, person] == level}
        for class_id, person in held:
            if (class_id, person) not in explained and self.people.get(person, {}).get("kind", "user") == "user":
                rows.add((person, "", class_id))
        return sorted(rows)

    def zones(self) -> pl.DataFrame:
        rows = [
            {
                "container": c,
                "zone": "curated",
                "confidence": 1.0,
                "runner_up": None,
                "domain": k.split("-")[0],
                "domain_confidence": 1.0,
                "evidence": "given",
                "needs_review": False,
            }
            for k, names in self.classes.items()
            for c in names
        ]
        frame = pl.DataFrame(
            rows,
            schema=dict.fromkeys(("container", "zone", "runner_up", "domain", "evidence"), pl.String)
            | {"confidence": pl.Float64, "domain_confidence": pl.Float64, "needs_review": pl.Boolean},
        )
        return conform(frame, t.Zones)


def random_estate(seed: int) -> Estate:
    """An estate with every kind of route to access in some place; small enough for brute force."""
    draw = random.Random(seed)
    estate = Estate()
    for i in range(draw.randint(1, 9)):
        kind = draw.choices(["user", "service_principal"], [9, 1])[0]
        estate.people[f"p{i}"] = {
            "kind": kind,
            "enabled": draw.choice([True, True, None, False]),
            "department": draw.choice(["Risk", "Sales", None]),
        }
    for i in range(draw.randint(0, 6)):
        estate.groups[f"g{i}"] = {"managed_by": draw.choice([None, "entra", "ad_sync", "access_package"])}
    for i in range(draw.randint(1, 6)):
        estate.classes[f"c-{i}"] = [f"box{i}-{k}" for k in range(draw.randint(1, 3))]
        if draw.random() < 0.3:
            estate.metadata[f"box{i}-0"] = '{"sensitivity": "restricted"}'
    groups, people, classes = list(estate.groups), list(estate.people), list(estate.classes)
    for group in groups:
        for member in people + groups:
            if member != group and draw.random() < (0.4 if member in people else 0.12):
                (estate.eligible if draw.random() < 0.05 else estate.members).add((group, member))
    for class_id in classes:
        for grantee in groups + people:
            if draw.random() < (0.4 if grantee in groups else 0.2):
                lane = draw.choices(["data", "conditional", "eligible", "bearer", "control"], [20, 1, 1, 1, 1])[0]
                scope = draw.choices(["container", "account"], [8, 1])[0]
                estate.grants.add((class_id, grantee, lane, draw.choice([1, 1, 1, 3, 3, 7, 2, 5]), scope))
            if draw.random() < 0.04:
                estate.denies.add((class_id, grantee, "data", draw.choice([7, 7, 6]), "container"))
    for group in groups:
        opens: dict[str, int] = defaultdict(int)
        for class_id, grantee, lane, level, scope in estate.grants:
            if grantee == group and lane == "data" and scope == "container":
                opens[class_id] |= level
        if opens and draw.random() < 0.6:
            estate.entitlements[f"E{group}"] = (group, dict(opens))
    return estate
