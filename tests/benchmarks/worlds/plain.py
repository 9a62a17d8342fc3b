"""A plain family, for tests of the benchmark itself: flat departments, a title per team, names that mostly tell.

Reported nowhere.
"""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import polars as pl

from tests.benchmarks.worlds.world import ZONES, Joiner, PlantedRole, Truth, World, facts_of

AREAS = {"Risk": "rsk", "Payments": "pay", "Treasury": "trs", "Lending": "lnd2", "Finance": "fin"}
TITLES = ("Analyst", "Controller")
PARTS = ("common", "analyst-a", "analyst-b", "controller-a", "controller-b")
WORDS = ("raw", "curated", "mart")
AS_OF = datetime(2026, 6, 1, tzinfo=UTC)


def generate(seed: int, *, size: Literal["small", "large"] = "small") -> World:
    """A lake of 5 areas, 10 teams, 60 people and 300 containers; `size` changes nothing."""
    del size
    draw = random.Random(seed)
    containers, references, zones, areas, opens = _lake(draw)
    people, roles = _people(draw, opens)
    needed = {(p, e) for role in roles for p in role.people for e in role.entitlements}
    movers = [p[0] for p in draw.sample(people, 5)]
    moved = {(p, e) for p in movers for e in draw.choice(roles[6:16]).entitlements} - needed
    held = sorted({pair for pair in sorted(needed) if draw.random() >= 0.04} | moved)
    when = AS_OF - timedelta(days=200)
    tables = {
        "containers": pl.DataFrame(containers, orient="row"),
        "references": pl.DataFrame(references, schema=["tool", "artifact", "container", "direction"], orient="row"),
        "principals": pl.DataFrame(
            people, schema=["principal_id", "kind", "name", "department", "title", "enabled"], orient="row"
        ),
        "entitlements": pl.DataFrame(held, schema=["principal_id", "entitlement"], orient="row").with_columns(
            status=pl.lit("approved"), approved_at=pl.lit(when, dtype=pl.Datetime("us", "UTC"))
        ),
        "entitlement_containers": pl.DataFrame(
            [(e, c, "write" if e.endswith("-write") else "read") for e, found in opens.items() for c in found],
            schema=["entitlement", "container", "access"],
            orient="row",
        ),
        "usage": pl.DataFrame(
            [
                (p, c, when, 3)
                for p, e in sorted(needed)
                if (p, e) in set(held)
                for c in opens[e]
                if draw.random() < 0.6
            ],
            schema=["principal_id", "container", "last_used", "operations"],
            orient="row",
        ).unique(["principal_id", "container"], maintain_order=True),
    }
    pairs = ["principal_id", "entitlement"]
    truth = Truth(
        zones=pl.DataFrame(zones, schema=["container", "zone"], orient="row"),
        areas=pl.DataFrame(areas, schema=["container", "area"], orient="row"),
        area_of={p[0]: p[3] for p in people},
        areas_knowable=True,
        teams=frozenset(f"{area} {title}" for area in AREAS for title in TITLES),
        roles=tuple(roles),
        layered=True,
        needed=pl.DataFrame(sorted(needed), schema=pairs, orient="row"),
        leftovers=pl.DataFrame(sorted(moved), schema=pairs, orient="row"),
        joiners=(_joiner(roles),),
        used_later=tables["usage"].select("principal_id", "container").head(200),
    )
    return World(name=f"plain-{seed}", facts=facts_of(tables, AS_OF), truth=truth, conventions={"words": WORDS})


def _joiner(roles: list[PlantedRole]) -> Joiner:
    given = {role.name: role.entitlements for role in roles}
    return Joiner(
        department="Risk",
        title="Analyst",
        needed=given["everybody"] | given["Risk"] | given["Risk Analyst"],
        area="Risk",
    )


def _lake(draw: random.Random) -> tuple[list[Any], list[Any], list[Any], list[Any], dict[str, list[str]]]:
    containers, references, zones, areas = [], [], [], []
    opens: dict[str, list[str]] = {"reference-data": []}
    for area, code in AREAS.items():
        layers: list[list[str]] = [[], [], []]
        for i in range(60):
            zone = i if i < 3 else draw.choice((0, 1, 2))
            name = f"{code}-{WORDS[zone]}-t{i:03d}" if draw.random() < 0.7 else f"{code}-t{i:03d}"
            tags = {"system": code.upper(), "table": f"T{i:03d}"} | ({"sensitivity": "restricted"} if i > 55 else {})
            form = ("csv", "parquet", "delta")[zone] if draw.random() < 0.7 else "parquet"
            containers.append({"container": name, "format": form, "metadata": json.dumps(tags)})
            zones.append((name, ZONES[zone]))
            areas.append((name, area))
            if zone and draw.random() < 0.6:
                references += [("flows", f"f-{name}", source, "read") for source in draw.sample(layers[zone - 1], 1)]
                references.append(("flows", f"f-{name}", name, "write"))
            if zone == 2 and draw.random() < 0.4:
                references.append(("tableau", f"b-{name}", name, "read"))
            layers[zone].append(name)
            part = "restricted" if i > 55 else PARTS[i % 5]
            opens.setdefault(f"{code}-{part}", []).append(name)
            if i % 2 and i < 56:
                opens.setdefault(f"{code}-write", []).append(name)
            if i == 3:
                opens["reference-data"].append(name)
    return containers, references, zones, areas, opens


def _people(draw: random.Random, opens: dict[str, list[str]]) -> tuple[list[tuple[Any, ...]], list[PlantedRole]]:
    people, jobs, area_roles, extra = [], [], [], []
    for a, (area, code) in enumerate(AREAS.items()):
        teams = {title: [f"p{a}{t}{i}" for i in range(6)] for t, title in enumerate(TITLES)}
        everyone = [p for team in teams.values() for p in team]
        people += [(p, "user", f"Person {p}", area, title, True) for title, team in teams.items() for p in team]
        area_roles.append(_role(area, "area", everyone, [f"{code}-common"]))
        for title, team in teams.items():
            parts = [e for e in opens if e.startswith(f"{code}-{title.lower()}")]
            jobs.append(_role(f"{area} {title}", "job", team, parts))
        extra.append(_role(f"{area} engineers", "engineer", draw.sample(everyone, 3), [f"{code}-write"]))
        extra.append(_role(f"{area} restricted", "restricted", draw.sample(everyone, 3), [f"{code}-restricted"]))
    birthright = _role("everybody", "birthright", [p[0] for p in people], ["reference-data"])
    return people, [birthright, *area_roles, *jobs, *extra]


def _role(name: str, layer: Any, people: list[str], entitlements: list[str]) -> PlantedRole:
    return PlantedRole(name=name, layer=layer, people=frozenset(people), entitlements=frozenset(entitlements))
