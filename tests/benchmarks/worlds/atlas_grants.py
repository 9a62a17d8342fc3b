"""Who holds what: needs with gaps, leftovers of movers, odd grants, leavers and services; as tables of the scan."""

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from tests.benchmarks.worlds.atlas_conventions import Conventions, chance
from tests.benchmarks.worlds.atlas_entitlements import Entitlement
from tests.benchmarks.worlds.atlas_people import IT, Staff
from tests.benchmarks.worlds.atlas_roles import Role, held_by


@dataclass(frozen=True, kw_only=True)
class Holding:
    """Pairs of person and entitlement, by numbers: needed, left over, odd, and what is held in fact."""

    needed: set[tuple[int, int]]
    leftovers: set[tuple[int, int]]
    odd: set[tuple[int, int]]
    held: list[tuple[int, int]]


def holding_of(
    rng: random.Random, c: Conventions, staff: Staff, roles: list[Role], entitlements: list[Entitlement]
) -> Holding:
    """Apply rotation, forgetting and favours to what people need."""
    needs = held_by(roles)
    needed = {(person, number) for person, numbers in needs.items() for number in numbers}
    by_team: defaultdict[int, list[Role]] = defaultdict(list)
    area_role = {role.name: role for role in roles if role.layer == "area"}
    for role in roles:
        if role.team is not None:
            by_team[role.team].append(role)
    held = {pair for pair in sorted(needed) if not chance(rng, c.missing)}
    leftovers: set[tuple[int, int]] = set()
    for number, person in enumerate(staff.people):
        jobs = by_team[person.former] if person.former is not None else []
        if person.former is not None and jobs:
            job = rng.choice(jobs)
            old = set(job.entitlements)
            if staff.teams[person.former].area in area_role and chance(rng, 0.5):
                old |= area_role[staff.teams[person.former].area].entitlements
            keeps = rng.uniform(0.6, 0.95)
            leftovers |= {(number, e) for e in sorted(old - needs[number]) if chance(rng, keeps)}
        if not person.enabled:
            jobs = by_team[person.team]
            job_old = rng.choice(jobs).entitlements if jobs else set[int]()
            held |= {(number, e) for e in sorted(job_old) if chance(rng, 0.8)}
    open_reads = [e for e, one in enumerate(entitlements) if one.access == "read" and not one.restricted]
    odd: set[tuple[int, int]] = set()
    active = [n for n, p in enumerate(staff.people) if p.enabled]
    for _ in range(int(len(needed) * c.odd)):
        pair = (rng.choice(active), rng.choice(open_reads) if chance(rng, 0.93) else rng.randrange(len(entitlements)))
        if pair not in needed and pair not in leftovers:
            odd.add(pair)
    return Holding(needed=needed, leftovers=leftovers, odd=odd, held=sorted(held | leftovers | odd))


def services_of(
    rng: random.Random, c: Conventions, entitlements: list[Entitlement]
) -> tuple[list[tuple[str, str, str]], list[tuple[str, int]]]:
    """Service principals and managed identities, and what they hold: loads, the BI gateway, a central writer."""
    kinds = [
        ("spn-adf-prd", "service_principal"),
        ("mi-synapse-prd", "managed_identity"),
        ("svc-bi-gateway", "service_principal"),
    ]
    if chance(rng, 0.5):
        kinds.append(("spn-dbt-cloud", "service_principal"))
    found = [
        (f"{rng.getrandbits(32):08x}-5e5e-4000-8000-{rng.getrandbits(48):012x}", kind, name) for name, kind in kinds
    ]
    share = 1.0 if c.central_writers == "service" else rng.choice((0.0, 0.2, 0.95))
    pairs = []
    for number, one in enumerate(entitlements):
        if one.access == "write" and chance(rng, share):
            pairs.append((found[0][0], number))
        if one.access == "read" and not one.restricted and chance(rng, 0.15):
            pairs.append((found[1][0], number))
        if one.access == "read" and not one.raw and chance(rng, 0.4):
            pairs.append((found[2][0], number))
    return found, pairs


def _approvers(
    rng: random.Random, c: Conventions, staff: Staff, entitlements: list[Entitlement]
) -> list[list[str | None]]:
    """Who may approve each entitlement: somebody senior of the owning area, or a central desk."""
    staff_it: list[str | None] = [p.id for n, p in enumerate(staff.people) if staff.area(n) == IT and p.enabled]
    desk = staff_it[:2]
    seniors: dict[str, list[str | None]] = {
        area: [p.id for n, p in enumerate(staff.people) if staff.area(n) == area and p.manager is None]
        for area in sorted({one.area for one in entitlements})
    }
    if c.approver == "none":
        return [[None] for _ in entitlements]
    if c.approver == "desk":
        return [desk for _ in entitlements]
    usual = {(e.source): rng.choice(seniors[e.area]) for e in entitlements}
    return [[usual[e.source]] * 8 + seniors[e.area][:1] + desk[:1] for e in entitlements]


def entitlement_rows(
    rng: random.Random,
    c: Conventions,
    staff: Staff,
    holding: Holding,
    pairs: list[tuple[str, int]],
    entitlements: list[Entitlement],
    as_of: datetime,
) -> pl.DataFrame:
    """Table `entitlements`: approvals, older for what movers kept, and a few requests that led to nothing."""
    people = staff.people
    since = {(people[p].id, e): (5, 500) for p, e in sorted(holding.needed) if people[p].former is not None}
    since |= {(people[p].id, e): (350, 1600) for p, e in sorted(holding.leftovers)}
    approvers = _approvers(rng, c, staff, entitlements)
    status = rng.choice(("approved", None))
    rows: list[tuple[Any, ...]] = []
    for person, number in pairs:
        low, high = since.get((person, number), (5, 1600))
        asked = as_of - timedelta(days=rng.uniform(low, high), seconds=rng.randint(0, 40_000))
        rows.append(
            (
                person,
                entitlements[number].name,
                status,
                asked,
                asked + timedelta(hours=rng.uniform(1, 90)),
                rng.choice(approvers[number]),
            )
        )
    held = set(pairs)
    for _ in range(len(pairs) // 60):
        pair = (rng.choice(staff.people).id, rng.randrange(len(entitlements)))
        if pair not in held:
            held.add(pair)
            asked = as_of - timedelta(days=rng.uniform(2, 500))
            rows.append(
                (
                    pair[0],
                    entitlements[pair[1]].name,
                    rng.choice(("denied", "pending", "revoked", "expired")),
                    asked,
                    None,
                    None,
                )
            )
    time = pl.Datetime("us", "UTC")
    schema: dict[str, Any] = dict.fromkeys(("principal_id", "entitlement", "status"), pl.String)
    schema |= {"requested_at": time, "approved_at": time, "approver": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("requested_at", "principal_id", "entitlement")


def entitlement_containers(entitlements: list[Entitlement], names: list[str]) -> pl.DataFrame:
    """Table `entitlement_containers`; read is left unsaid."""
    return pl.DataFrame(
        {
            "entitlement": [e.name for e in entitlements],
            "container": [[names[b] for b in e.boxes] for e in entitlements],
            "access": ["write" if e.access == "write" else None for e in entitlements],
        },
        schema={"entitlement": pl.String, "container": pl.List(pl.String), "access": pl.String},
    ).explode("container")


def grant_rows(
    rng: random.Random, pairs: list[tuple[str, int]], entitlements: list[Entitlement], names: list[str]
) -> pl.DataFrame:
    """Table `grants`: the same access, worked out person by person."""
    source = rng.choice(("entitlement", "acl", None))
    held = pl.DataFrame(
        {"principal_id": [p for p, _ in pairs], "entitlement": [entitlements[e].name for _, e in pairs]},
        schema={"principal_id": pl.String, "entitlement": pl.String},
    )
    opened = entitlement_containers(entitlements, names).with_columns(pl.col("access").fill_null("read"))
    return held.join(opened, on="entitlement", maintain_order="left_right").with_columns(
        pl.lit(source, pl.String).alias("source")
    )


def access_tables(
    rng: random.Random, c: Conventions, staff: Staff, holding: Holding, entitlements: list[Entitlement],
    services: list[tuple[str, int]], names: list[str], as_of: datetime,
) -> dict[str, pl.DataFrame]:  # fmt: skip
    """The tables that carry access, and a few orphans whom the directory no longer lists."""
    pairs = [(staff.people[p].id, e) for p, e in holding.held] + services
    for number in range(rng.randint(0, 3)):
        orphan = f"{rng.getrandbits(32):08x}-dead-4000-8000-{number:012x}"
        pairs += [(orphan, e) for e in sorted(rng.sample(range(len(entitlements)), k=rng.randint(1, 4)))]
    if c.carrier == "grants":
        return {"grants": grant_rows(rng, pairs, entitlements, names)}
    return {
        "entitlements": entitlement_rows(rng, c, staff, holding, pairs, entitlements, as_of),
        "entitlement_containers": entitlement_containers(entitlements, names),
    }
