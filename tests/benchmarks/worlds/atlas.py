"""Atlas: North American and Asian banks that went to the cloud.

Medallion and dbt vocabularies stand beside in-house codes, Tableau, Alteryx, Data Factory and Synapse beside dbt
projects, squads and tribes beside cost-centre codes; people rotate much, and contractors are many.
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
import polars as pl

from tests.benchmarks.worlds.atlas_conventions import Conventions, draw
from tests.benchmarks.worlds.atlas_entitlements import Entitlement, entitlements_of
from tests.benchmarks.worlds.atlas_grants import Holding, access_tables, holding_of, services_of
from tests.benchmarks.worlds.atlas_lake import Lake, lake_of
from tests.benchmarks.worlds.atlas_people import IT, Staff, principals_of, staff_of
from tests.benchmarks.worlds.atlas_roles import Role, roles_of
from tests.benchmarks.worlds.atlas_tables import accounts_of, containers_of, full_names, references_of, systems_of
from tests.benchmarks.worlds.atlas_use import Log, log_of
from tests.benchmarks.worlds.atlas_words import AREAS
from tests.benchmarks.worlds.world import Joiner, PlantedRole, Truth, World, facts_of


def _joiners(
    rng: random.Random, c: Conventions, staff: Staff, roles: list[Role], names: list[str]
) -> tuple[Joiner, ...]:
    """People who join a team of four or more with a title it has, and need what somebody like them needs."""
    wanted = [
        r for r in roles if r.layer in ("birthright", "area", "job") and r.basis not in ("group", "request", "project")
    ]
    grouped = {number for role in roles if role.basis == "group" for number in role.people}
    ranked: dict[bool, list[int]] = {True: [], False: []}
    for number, person in enumerate(staff.people):
        team = staff.teams[person.team]
        mates = [p for p in team.people if staff.people[p].enabled and not staff.people[p].external]
        alike = [m for m in mates if staff.people[m].shown_department == person.shown_department]
        peers = [m for m in alike if staff.people[m].shown_title == person.shown_title]
        ordinary = person.enabled and not person.external and person.manager is not None and team.area != IT
        listed = person.shown_department == team.department or c.blank == 1.0
        if ordinary and listed and len(mates) >= 4 and len(peers) >= 2:
            ranked[len(peers) >= 3 and number not in grouped].append(number)
    count = rng.randint(4, 12)
    able = rng.sample(ranked[True], k=min(len(ranked[True]), count))
    able += rng.sample(ranked[False], k=min(len(ranked[False]), max(0, 4 - len(able))))
    found = []
    for number in able:
        person = staff.people[number]
        needed = {names[e] for role in wanted if number in role.people for e in role.entitlements}
        lead = staff.people[person.manager].id if c.managers and person.manager is not None else None
        if needed:
            found.append(Joiner(department=person.shown_department, title=person.shown_title, needed=frozenset(needed),
                                area=staff.area(number), manager_id=lead))  # fmt: skip
    return tuple(found)


def _knowable(c: Conventions) -> bool:
    """Whether departments, tags, systems or owners lead to areas."""
    department = c.departments in ("flat", "unit", "numbered", "tribes") or c.lookup
    named = department and c.blank < 0.6
    owner = c.owner_tags > 0 and (c.owner_style == "desk" or named)
    return named or owner or c.domain_tags > 0 or (c.systems > 0 and (c.systems_area or c.owner_style == "desk"))


def _truth(
    rng: random.Random, c: Conventions, lake: Lake, staff: Staff, entitlements: list[Entitlement], roles: list[Role],
    holding: Holding, names: list[str], log: Log | None,
) -> Truth:  # fmt: skip
    """What the generator knows, by ids and names."""
    ids, titles = [p.id for p in staff.people], [e.name for e in entitlements]

    def frame(pairs: set[tuple[int, int]]) -> pl.DataFrame:
        rows = [(ids[p], titles[e]) for p, e in sorted(pairs)]
        return pl.DataFrame(rows, schema={"principal_id": pl.String, "entitlement": pl.String}, orient="row")

    zoned = [number for number, box in enumerate(lake.boxes) if box.zone is not None]
    planted = tuple(
        PlantedRole(name=r.name, layer=r.layer, people=frozenset(ids[p] for p in r.people),
                    entitlements=frozenset(titles[e] for e in r.entitlements))
        for r in roles
    )  # fmt: skip
    later = {"used_later": log.later} if log is not None else {}
    return Truth(
        zones=pl.DataFrame({"container": [names[b] for b in zoned], "zone": [lake.boxes[b].zone for b in zoned]}),
        areas=pl.DataFrame({"container": names, "area": [lake.area(b) for b in range(len(names))]}),
        area_of={p.id: staff.area(n) for n, p in enumerate(staff.people) if staff.area(n) != IT},
        areas_knowable=_knowable(c),
        teams=staff.team_names,
        roles=planted,
        layered=c.layered,
        needed=frame(holding.needed),
        leftovers=frame(holding.leftovers),
        joiners=_joiners(rng, c, staff, roles, titles),
        **later,
    )


def generate(seed: int, *, size: Literal["small", "large"] = "small") -> World:
    """A world of this family; the same seed and size give the same world, whatever else runs.

    Parameters
    ----------
    seed
        Draws the conventions first, then the lake that follows them.
    size
        small: 60 to 200 people and 800 to 4,000 containers; large: 300 people, 540 entitlements, 50,000 containers.
    """
    rng = random.Random(f"atlas {seed} {size}")
    c = draw(rng, size)
    as_of = datetime(2026, 1, 5, 6, 0, tzinfo=UTC) + timedelta(days=rng.randint(0, 350))
    areas = sorted(rng.sample(list(AREAS), k=c.areas))
    lake, staff = lake_of(rng, c, areas), staff_of(rng, c, areas)
    entitlements = entitlements_of(rng, c, lake)
    roles = roles_of(rng, c, staff, entitlements, areas)
    holding = holding_of(rng, c, staff, roles, entitlements)
    services, service_pairs = services_of(rng, c, entitlements)
    accounts = accounts_of(rng, c, lake)
    names = full_names(lake, accounts)
    tables: dict[str, pl.DataFrame | None] = {
        "containers": containers_of(rng, c, lake, staff, accounts, as_of),
        "principals": principals_of(rng, c, staff, services),
        **access_tables(rng, c, staff, holding, entitlements, service_pairs, names, as_of),
        "systems": systems_of(rng, c, lake, staff),
        "references": references_of(rng, c, lake, staff, names),
    }
    numbers = np.random.default_rng(rng.getrandbits(64))
    log = log_of(numbers, c, lake, staff, holding, entitlements, names, services[2][0], as_of)
    tables["usage"] = log.usage if log is not None else None
    return World(
        name=f"atlas-{seed}",
        facts=facts_of(tables, as_of),
        settings={"domains": {"departments": staff.lookup}} if staff.lookup else {},
        truth=_truth(rng, c, lake, staff, entitlements, roles, holding, names, log),
        conventions=c.summary(),
    )
