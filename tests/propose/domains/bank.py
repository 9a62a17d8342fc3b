"""A small bank: areas with people in teams, systems that areas own, and a central team that writes everything."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl

from lakezones.access import AccessSettings, resolve
from lakezones.model.frames import Access, Facts
from lakezones.propose.domains import Domaining, DomainsSettings, assign_domains

NOW = datetime(2026, 11, 1, tzinfo=UTC)
AREAS = ("Risk", "Treasury", "Retail Banking", "Payments", "Markets", "Internal Audit")
PER_AREA, SYSTEMS, TABLES = 6, 3, 4


def owner_of(container: str) -> str:
    """Area that owns a container, written as a domain."""
    return AREAS[int(container[1])].lower().replace(" ", "-")


def bank(
    *,
    department: str = "{area} team {team:02d}",
    central: bool = True,
    writers: bool = True,
    tags: Mapping[str, str] | None = None,
    **tables: pl.DataFrame | None,
) -> Facts:
    """Facts: each area reads its systems, two of its people write them; everybody reads one table of each system.

    Parameters
    ----------
    department
        Pattern of departments, with ``area``, ``team`` and ``code``.
    central
        Whether a technology team writes everything.
    writers
        Whether people of the areas write.
    tags
        Metadata as JSON by container.
    """
    people, grants = [], []
    containers = [f"s{a}{s}-t{t}" for a in range(len(AREAS)) for s in range(SYSTEMS) for t in range(TABLES)]
    for a, area in enumerate(AREAS):
        for p in range(PER_AREA):
            person = f"p{a}{p}"
            code = f"{4000 + 10 * a + p % 3}"
            people.append((person, department.format(area=area, team=a * 3 + p % 3, code=code) or None))
            mine = [c for c in containers if c[1] == str(a)]
            grants += [(person, c, "read") for c in mine]
            grants += [(person, c, "read") for c in containers if c.endswith("t0")]
            grants += [(person, c, "write") for c in mine if writers and p < 2]
    for p in range(8 if central else 0):
        people.append((f"it{p}", "Technology"))
        grants += [(f"it{p}", c, "write") for c in containers if (int(c[1]) + int(c[2]) + p) % 3]
    given = {
        "principals": pl.DataFrame(
            {
                "principal_id": [p for p, _ in people],
                "kind": ["user"] * len(people),
                "name": [f"{p.title()} Somebody" for p, _ in people],
                "department": [d for _, d in people],
            },
            schema_overrides={"department": pl.String},
        ),
        "grants": pl.DataFrame(grants, schema=["principal_id", "container", "access"], orient="row"),
        "containers": pl.DataFrame(
            {"container": containers, "metadata": [(tags or {}).get(c) for c in containers]},
            schema_overrides={"metadata": pl.String},
        ),
    }
    return Facts.of({**given, **tables}, as_of=NOW)


def access_of(facts: Facts) -> Access:
    """Effective access."""
    return resolve(facts, settings=AccessSettings())


def assigned(facts: Facts, **settings: Any) -> Domaining:
    """Domains as assigned."""
    return assign_domains(facts, access_of(facts), settings=DomainsSettings(**settings))


def right(made: Domaining) -> float:
    """Share of containers with the domain of their owner, by name."""
    rows = made.domains.select("container", "domain").iter_rows()
    return sum(domain == owner_of(container) for container, domain in rows) / made.domains.height
