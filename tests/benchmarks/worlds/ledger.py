"""Family ``ledger``: European universal banks with mainframe and DB2 heritage.

Containers are named like unloaded tables, in German, French, Dutch and English; SAS, WebFOCUS and dbt stand around;
departments are hierarchical, numbered, coded or names of their own; entitlements are named by system.
"""

from random import Random
from typing import Any, Literal

import polars as pl

from tests.benchmarks.worlds import (
    ledger_access,
    ledger_catalogue,
    ledger_conventions,
    ledger_lake,
    ledger_lineage,
    ledger_org,
    ledger_roles,
    ledger_use,
)
from tests.benchmarks.worlds.ledger_conventions import Conventions
from tests.benchmarks.worlds.ledger_org import Org
from tests.benchmarks.worlds.world import ZONES, Joiner, PlantedRole, Truth, World, facts_of


def generate(seed: int, *, size: Literal["small", "large"] = "small") -> World:
    """The bank of this seed: its conventions, its lake, and the truth about both.

    Parameters
    ----------
    seed
        Everything follows from it.
    size
        ``small``: 60 to 200 people, 40 to 180 entitlements, 800 to 4,000 containers; ``large``: 300, 540, 50,000.
    """
    c = ledger_conventions.draw(seed, size)
    org = ledger_org.build(c)
    lake = ledger_lake.build(c, org.names)
    catalogue = ledger_catalogue.build(c, lake)
    roles = ledger_roles.plant(c, org, catalogue)
    held = ledger_access.hold(c, org, catalogue, roles)
    usage, later = ledger_use.used(c, lake, catalogue, held)
    tables: dict[str, pl.DataFrame | None] = {
        "containers": ledger_lake.containers(c, org, lake),
        "principals": ledger_access.principals(c, org, held),
        **ledger_access.access_tables(c, org, lake, catalogue, held),
        "systems": ledger_lake.register(c, org, lake),
        "references": ledger_lineage.references(c, lake, sorted(held.services.values())),
        "usage": usage,
    }
    pairs = {"principal_id": pl.String, "entitlement": pl.String}
    truth = Truth(
        zones=lake.frame.filter(pl.col("zone").is_not_null()).select(
            "container", pl.col("zone").replace_strict({0: ZONES[0], 1: ZONES[1], 2: ZONES[2]}, return_dtype=pl.String)
        ),
        areas=lake.frame.select("container", pl.col("area").replace_strict(org.names, return_dtype=pl.String)),
        area_of={one.id: org.names[one.area] for one in org.people},
        areas_knowable=_knowable(c),
        teams=_team_names(c, org),
        roles=roles,
        layered=c.layered,
        needed=pl.DataFrame(held.needed, schema=pairs, orient="row"),
        leftovers=pl.DataFrame(held.leftovers, schema=pairs, orient="row"),
        joiners=_joiners(c, org, roles),
        used_later=later,
    )
    return World(
        name=f"ledger-{seed}",
        facts=facts_of(tables, c.as_of),
        truth=truth,
        settings={"domains": {"departments": dict(sorted(org.lookup.items()))}} if org.lookup else {},
        conventions=_summary(c, tables, roles),
    )


def _knowable(c: Conventions) -> bool:
    """Whether departments, tags, the register or owners lead to areas, for a fair share of the lake."""
    spoken = c.department in ("flat", "path", "numbered", "codes-lookup") and c.blank_departments < 0.7
    owners = c.owner_rate > 0.2 and c.owner_values in ("mailbox", "desk")
    return spoken or c.domain_rate > 0.2 or (c.register_rate > 0 and c.register_area) or owners


def _team_names(c: Conventions, org: Org) -> frozenset[str]:
    """Teams as departments spell them; a flat directory has none."""
    if c.department == "flat":
        return frozenset()
    names = {one.department for one in org.teams}
    if c.department == "path":
        names |= {one.unit for one in org.teams}
    return frozenset(names - set(org.names.values()))


def _joiners(c: Conventions, org: Org, roles: tuple[PlantedRole, ...]) -> tuple[Joiner, ...]:
    """People who join a team of four or more, with a title that it has, and need what most of those there need."""
    rng = Random(f"ledger:{c.seed}:{c.size}:joiners")
    joiners: list[Joiner] = []
    wanted = rng.randint(4, 12)
    for _ in range(60):
        number = rng.randrange(len(org.teams))
        mates = [
            one for one in org.people if one.team == number and one.enabled and not one.external and not one.engineer
        ]
        if len(mates) < 4 or len(joiners) == wanted:
            continue
        like = rng.choice(mates)
        same = [one for one in mates if one.true_title == like.true_title]
        needed = ledger_roles.usual_job(roles, same)
        if needed:
            team = org.teams[number]
            said = None if c.blank_departments >= 1 else team.department
            joiners.append(
                Joiner(
                    department=said,
                    title=None if c.titles == "missing" else like.true_title,
                    needed=needed,
                    area=org.names[team.area],
                    manager_id=like.manager,
                )
            )
    return tuple(joiners)


def _summary(c: Conventions, tables: dict[str, pl.DataFrame | None], roles: tuple[PlantedRole, ...]) -> dict[str, Any]:
    """Conventions, and how big the lake came out."""
    rows = {f"rows_{name}": frame.height for name, frame in tables.items() if frame is not None}
    return {**c.summary(), **rows, "roles": len(roles)}
