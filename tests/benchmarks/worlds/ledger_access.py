"""What people hold: what they need, less what was never granted, with leftovers and odd grants; tables of access."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import polars as pl

from tests.benchmarks.worlds.ledger_catalogue import Catalogue, opened
from tests.benchmarks.worlds.ledger_conventions import Conventions
from tests.benchmarks.worlds.ledger_lake import Lake
from tests.benchmarks.worlds.ledger_org import Org, Person
from tests.benchmarks.worlds.world import PlantedRole

Pair = tuple[str, str]
SERVICES = ("adf-prd", "dwh-batch", "webfocus-srv", "sasgrid", "mi-lake-load", "bi-gateway")


@dataclass(frozen=True, kw_only=True)
class Held:
    """Pairs of person and entitlement: needed, left over, and all that is held; each sorted.

    `services` are non-human principals by name; what they hold is in `by_service`.
    """

    needed: list[Pair]
    leftovers: list[Pair]
    odd: list[Pair]
    held: list[Pair]
    services: dict[str, str]
    by_service: list[Pair] = field(default_factory=list)


def _former(roles: Sequence[PlantedRole], org: Org, one: Person, rng: Random) -> set[str]:
    """What somebody of a former team has: the job and the area's lines of one of its people."""
    there = [p.id for p in org.people if p.team == one.former and p.enabled and p.id != one.id]
    if not there:
        return set()
    model = rng.choice(there)
    mine = [role for role in roles if model in role.people and role.layer in ("area", "job")]
    # Of a flat world's many jobs the first is the one of the team.
    return set().union(*(role.entitlements for role in mine[:2])) if mine else set()


def _services(c: Conventions, catalogue: Catalogue, rng: Random) -> tuple[dict[str, str], list[Pair]]:
    """Non-human principals, one of which may write nearly everything; now and then somebody whose account is gone."""
    names = [*sorted(rng.sample(SERVICES[:5], rng.randint(2, 5))), "bi-gateway"]
    services = {name: str(UUID(int=rng.getrandbits(128), version=4)) for name in names}
    share = {"service": 0.95, "central": 0.4, "area": rng.choice((0.0, 0.2))}[c.writer]
    pairs = set[Pair]()
    for line in catalogue.lines.values():
        if line.kind == "write" and rng.random() < share:
            pairs.add((services[names[0] if c.writer == "service" or rng.random() < 0.7 else names[1]], line.name))
        if line.kind == "read" and line.served > 0.3 and rng.random() < c.gateway + 0.1:
            pairs.add((services["bi-gateway"], line.name))
    if rng.random() < 0.3:
        gone, reads = str(UUID(int=rng.getrandbits(128), version=4)), catalogue.names(kind="read")
        pairs |= {(gone, name) for name in rng.sample(reads, min(3, len(reads)))}
    return services, sorted(pairs)


def hold(c: Conventions, org: Org, catalogue: Catalogue, roles: Sequence[PlantedRole]) -> Held:
    """What everybody needs and holds."""
    rng = Random(f"ledger:{c.seed}:{c.size}:held")
    needed = sorted({(person, name) for role in roles for person in role.people for name in role.entitlements})
    must = set(needed)
    leftovers: set[Pair] = set()
    for one in org.people:
        if one.former is not None and one.enabled:
            left = sorted(name for name in _former(roles, org, one, rng) if (one.id, name) not in must)
            leftovers |= {(one.id, name) for name in rng.sample(left, round(len(left) * rng.uniform(0.6, 0.95)))}
    held = {pair for pair in needed if rng.random() >= c.missing} | leftovers
    held |= _leavers(org, roles, rng)
    everybody = [one.id for one in org.people if one.enabled]
    reads, others = catalogue.names(kind="read"), catalogue.names(kind="restricted") + catalogue.names(kind="write")
    odd: set[Pair] = set()
    for _ in range(round(c.odd * len(needed))):
        pair = (rng.choice(everybody), rng.choice(others if others and rng.random() < 0.08 else reads))
        if pair not in must and pair not in leftovers:
            odd.add(pair)
    services, by_service = _services(c, catalogue, rng)
    return Held(
        needed=needed,
        leftovers=sorted(leftovers),
        odd=sorted(odd),
        held=sorted(held | odd),
        services=services,
        by_service=by_service,
    )


def _leavers(org: Org, roles: Sequence[PlantedRole], rng: Random) -> set[Pair]:
    """What people who left still hold: most of what a colleague of theirs has."""
    pairs: set[Pair] = set()
    for one in org.people:
        if one.enabled:
            continue
        mates = [p.id for p in org.people if p.team == one.team and p.enabled]
        if mates:
            model = rng.choice(mates)
            names = sorted(
                set().union(*(r.entitlements for r in roles if model in r.people and r.layer != "restricted"))
            )
            pairs |= {(one.id, name) for name in names if rng.random() < 0.8}
    return pairs


def principals(c: Conventions, org: Org, held: Held) -> pl.DataFrame:
    """Table `principals`: people in an order that says nothing, then services."""
    rng = Random(f"ledger:{c.seed}:{c.size}:principals")
    signed = rng.random() < 0.7
    managers = rng.random() < 0.75
    rows = [
        {
            "principal_id": one.id,
            "kind": "user",
            "name": one.name,
            "department": one.department,
            "title": one.title,
            "manager_id": one.manager if managers else None,
            "enabled": one.enabled,
            "last_sign_in": c.as_of
            - timedelta(hours=rng.randrange(1, 400) if one.enabled else rng.randrange(2000, 9000))
            if signed
            else None,
        }
        for one in sorted(org.people, key=lambda one: one.id)
    ]
    for at, (name, identity) in enumerate(sorted(held.services.items())):
        kind = "managed_identity" if name.startswith("mi-") or at % 3 == 2 else "service_principal"
        rows.append({"principal_id": identity, "kind": kind, "name": name, "enabled": True})
    text = dict.fromkeys(("principal_id", "kind", "name", "department", "title", "manager_id"), pl.String)
    return pl.DataFrame(
        rows, schema={**text, "enabled": pl.Boolean, "last_sign_in": pl.Datetime("us", "UTC")}, infer_schema_length=None
    )


class _Approvers:
    """Who approves: somebody senior of the owning area, a central desk, or nobody that was written down."""

    def __init__(self, c: Conventions, org: Org, rng: Random) -> None:
        self.c, self.rng, self.heads = c, rng, org.heads
        leads = {one.manager for one in org.people if one.manager}
        self.seniors = {
            area: [one.id for one in org.people if one.area == area and one.id in leads] for area in org.names
        }
        self.desk = rng.choice(("IAM Service Desk", org.heads.get("it", "IAM")))

    def of(self, area: str) -> str | None:
        """Who approved a request for a line of an area's system."""
        if self.c.approver == "absent":
            return None
        if self.c.approver == "central" or self.rng.random() < 0.03:
            return self.desk
        able = self.seniors.get(area) or [self.heads.get(area, self.desk)]
        return self.heads[area] if area in self.heads and self.rng.random() < 0.7 else self.rng.choice(able)


def entitlements(c: Conventions, org: Org, catalogue: Catalogue, held: Held) -> pl.DataFrame:
    """Table `entitlements`: approvals, with the dates of joining and moving in them, and a few that are none."""
    rng = Random(f"ledger:{c.seed}:{c.size}:approvals")
    people, approvers = org.by_id(), _Approvers(c, org, rng)
    joined = {one.id: rng.randint(60, 3000) for one in org.people}
    left = set(held.leftovers)
    status = rng.choice(("approved", "approved", None))
    rows: list[dict[str, str | datetime | None]] = []
    for person, name in [*held.held, *held.by_service]:
        since = joined.get(person, 1500)
        if person in people and people[person].former is not None:
            since += 700 if (person, name) in left else 0
        elif rng.random() < 0.25:
            since = rng.randint(5, max(6, since))
        asked = c.as_of - timedelta(days=since, minutes=rng.randrange(1, 20_000))
        approver = approvers.of(catalogue.lines[name].area)
        rows.append(
            {
                "principal_id": person,
                "entitlement": name,
                "status": status,
                "requested_at": asked,
                "approved_at": asked + timedelta(hours=rng.randrange(1, 190)),
                "approver": approver,
            }
        )
    rows += _not_approved(c, rng, sorted(people), catalogue, {*held.held, *held.needed})
    rng.shuffle(rows)
    times = dict.fromkeys(("requested_at", "approved_at"), pl.Datetime("us", "UTC"))
    text = dict.fromkeys(("principal_id", "entitlement", "status", "approver"), pl.String)
    return pl.DataFrame(rows, schema={**text, **times}, infer_schema_length=None)


def _not_approved(
    c: Conventions, rng: Random, people: list[str], catalogue: Catalogue, known: set[Pair]
) -> list[dict[str, str | datetime | None]]:
    """Requests that are no access: pending, expired, revoked or denied."""
    rows: list[dict[str, str | datetime | None]] = []
    names = list(catalogue.lines)
    for _ in range(rng.choice((0, 0, len(known) // 50, len(known) // 20))):
        pair = (rng.choice(people), rng.choice(names))
        if pair not in known:
            known.add(pair)
            asked = c.as_of - timedelta(days=rng.randint(1, 900))
            status = rng.choice(("pending", "expired", "revoked", "denied"))
            rows.append({"principal_id": pair[0], "entitlement": pair[1], "status": status, "requested_at": asked})
    return rows


def access_tables(c: Conventions, org: Org, lake: Lake, catalogue: Catalogue, held: Held) -> dict[str, pl.DataFrame]:
    """Entitlements and what they open; or grants worked out already, with the entitlement's name beside them."""
    opens, approvals = opened(catalogue, lake), entitlements(c, org, catalogue, held)
    if c.carried_by == "entitlements":
        return {"entitlements": approvals, "entitlement_containers": opens}
    granted = approvals.filter(pl.col("status").is_null() | (pl.col("status") == "approved"))
    grants = granted.join(opens, on="entitlement", maintain_order="left").select(
        "principal_id", "container", "access", "entitlement", granted_at="approved_at"
    )
    return {"grants": grants}
