"""What a world is: the facts that lakezones may read, and the truth that only the benchmark reads.

A family draws *conventions* first (how a shop names, stores, feeds, staffs and grants), then a lake that follows them.
Entitlement names, containers and people are plain text as a bank would have them; nothing in the facts names the truth
but by the conventions drawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

import polars as pl

from lakezones.model.frames import Facts

Layer = Literal["birthright", "area", "job", "engineer", "restricted", "project"]
LAYERS: Final = ("birthright", "area", "job", "engineer", "restricted", "project")
ZONES: Final = ("raw", "curated", "consumption")


@dataclass(frozen=True, kw_only=True)
class PlantedRole:
    """A role as the generator gave it to people.

    Attributes
    ----------
    layer
        Its layer; in a flat world every role is ``job``.
    people, entitlements
        Whom it was meant for and what they need by it. Layers are disjoint in a layered world: a job has only what
        birthright and area do not give. Birthright and area hold no write, nothing restricted and nobody external.
    """

    name: str
    layer: Layer
    people: frozenset[str]
    entitlements: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Joiner:
    """Somebody who joins a team after the scan: in no table of the facts."""

    department: str | None
    title: str | None
    needed: frozenset[str]
    area: str
    manager_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What the generator knows.

    Attributes
    ----------
    zones
        container, zone: raw, curated or consumption; every container but the few that belong to no zone.
    areas
        container, area: the business area that owns it (5 to 15 of them); a name as the bank would write it.
    area_of
        Person to business area, for those who have one.
    areas_knowable
        Whether anything in the facts or settings leads from departments, tags, systems or owners to areas. Where it
        is false (departments blank, stale or codes without a lookup, and nothing else), "not assessed" is right.
    teams
        Names of teams below the areas, as departments spell them: none of them is a domain.
    roles
        The planted roles.
    layered
        Whether access was made of layers, or of flat jobs.
    needed
        principal_id, entitlement: what people need, before missing, odd and left-over grants.
    leftovers
        principal_id, entitlement: what movers kept of a former job and do not need.
    joiners
        People held out.
    used_later
        principal_id, container: pairs used in the 150 days after `as_of`; empty where the world has no log.
    """

    zones: pl.DataFrame
    areas: pl.DataFrame
    area_of: Mapping[str, str]
    areas_knowable: bool
    teams: frozenset[str]
    roles: tuple[PlantedRole, ...]
    layered: bool
    needed: pl.DataFrame
    leftovers: pl.DataFrame
    joiners: tuple[Joiner, ...] = ()
    used_later: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema={"principal_id": pl.String, "container": pl.String})
    )


@dataclass(frozen=True, kw_only=True)
class World:
    """A lake.

    Attributes
    ----------
    name
        Family and seed, such as ``ledger-7``.
    facts
        What lakezones may read.
    settings
        Sections of settings that the bank would have filled in; mostly empty. For department codes with a lookup:
        ``{"domains": {"departments": {"0412": "Risk"}}}``.
    truth
        For the benchmark alone.
    conventions
        What was drawn, for people who read a table of results.
    """

    name: str
    facts: Facts
    truth: Truth
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    conventions: Mapping[str, Any] = field(default_factory=dict)


def facts_of(tables: Mapping[str, pl.DataFrame | None], as_of: datetime) -> Facts:
    """Facts of a world; optional columns that a table lacks are null, tables that are missing were not assessed."""
    return Facts.of(tables, as_of=as_of)
