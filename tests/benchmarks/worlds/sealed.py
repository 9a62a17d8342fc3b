"""The family `sealed`: institutions merged into one lake, each with conventions of its own; for reporting only.

Banks, insurers and asset managers of several countries share a lake after a merger: departments, names, entitlements
and teams of one half follow other customs than those of the other. Written apart from whatever proposes, and opened by
nobody who works on it. ``sealed_customs`` draws conventions, ``sealed_people`` staff, ``sealed_data`` systems and
containers, ``sealed_marks`` what can be seen of them, ``sealed_access`` entitlements, ``sealed_roles`` who should have
them, ``sealed_holdings`` who does, ``sealed_use`` what is used; ``sealed_words`` and ``sealed_houses`` hold the words.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from tests.benchmarks.worlds import sealed_marks as marks
from tests.benchmarks.worlds.sealed_access import build_units
from tests.benchmarks.worlds.sealed_customs import Lake, Size, draw_lake, stream
from tests.benchmarks.worlds.sealed_data import NONE, Data, build_data, entitlement_target
from tests.benchmarks.worlds.sealed_holdings import Holdings, carriers, hold, joiners, pairs_frame
from tests.benchmarks.worlds.sealed_people import Staff, build_staff, principals_frame
from tests.benchmarks.worlds.sealed_roles import Role, build_roles
from tests.benchmarks.worlds.sealed_use import build_use
from tests.benchmarks.worlds.world import ZONES, Truth, World, facts_of


def generate(seed: int, *, size: Size = "small") -> World:
    """Draw the world of `seed`: 60 to 200 people and up to 4,000 containers, or 300 and 50,000."""
    lake = draw_lake(seed, size)
    staff = build_staff(lake, stream(seed, "staff"))
    data = build_data(lake, staff, stream(seed, "containers"))
    units = build_units(data, entitlement_target(lake, staff), stream(seed, "units"))
    roles = build_roles(lake, staff, units, stream(seed, "roles"))
    holdings = hold(lake, staff, roles, units, stream(seed, "holdings"))
    noise = np.random.default_rng(stream(seed, "use").getrandbits(63))
    usage, later = build_use(lake, data, staff, units, holdings, noise)
    tables: dict[str, pl.DataFrame | None] = {
        "containers": marks.containers_frame(lake, data, staff, stream(seed, "marks")),
        "principals": principals_frame(lake, staff, stream(seed, "directory")),
        "systems": marks.systems_frame(lake, data, staff, stream(seed, "register")),
        "references": marks.references_frame(lake, data, staff, stream(seed, "lineage")),
        "usage": usage,
        **carriers(lake, data, staff, units, holdings, stream(seed, "carriers")),
    }
    truth = _truth(lake, data, staff, roles, holdings, later, seed)
    settings: Mapping[str, Mapping[str, Any]] = {"domains": {"departments": staff.lookup}} if staff.lookup else {}
    return World(
        name=f"sealed-{seed}",
        facts=facts_of(tables, lake.as_of),
        settings=settings,
        truth=truth,
        conventions=_conventions(lake, staff, data, len(units)),
    )


def _truth(
    lake: Lake,
    data: Data,
    staff: Staff,
    roles: list[Role],
    holdings: Holdings,
    later: pl.DataFrame,
    seed: int,
) -> Truth:
    zoned = [place for place, zone in enumerate(data.zone) if zone != NONE]
    names = [data.names[place] for place in zoned]
    owners = [data.systems[data.system[place]].area for place in zoned]
    return Truth(
        zones=pl.DataFrame({"container": names, "zone": [ZONES[data.zone[place]] for place in zoned]}),
        areas=pl.DataFrame({"container": names, "area": owners}),
        area_of={person.pid: person.area for person in staff.people if person.area and person.enabled},
        areas_knowable=all(half.departments_tell or half.told_otherwise for half in lake.halves),
        teams=_team_names(staff),
        roles=tuple(role.planted() for role in roles),
        layered=lake.layered,
        needed=pairs_frame(holdings.needed),
        leftovers=pairs_frame(holdings.leftovers),
        joiners=joiners(lake, staff, roles, stream(seed, "joiners")),
        used_later=later,
    )


def _team_names(staff: Staff) -> frozenset[str]:
    """Teams as departments spell them, and their units where a department names one."""
    areas = {team.area for team in staff.teams if team.area}
    found: set[str] = set()
    for team in staff.teams:
        if team.department not in areas:
            found.add(team.department)
            if team.unit in team.department:
                found.add(team.unit)
    return frozenset(found - areas)


def _conventions(lake: Lake, staff: Staff, data: Data, entitlements: int) -> dict[str, Any]:
    """What was drawn, one value per institution where they differ."""
    halves = lake.halves
    said: dict[str, Any] = {
        "houses": [half.house.key for half in halves],
        "layered": lake.layered,
        "carrier": lake.carrier,
        "log_days": lake.log_days,
        "people": len(staff.people),
        "teams": len(staff.teams),
        "containers": len(data.names),
        "entitlements": entitlements,
        "areas": len({system.area for system in data.systems}),
    }
    for name in (
        *("style", "blank", "stale", "titles", "vocabulary", "word_rate", "lies", "hints", "formats", "sizes", "ages"),
        *("lineage", "tag_rate", "register_rate", "zone_key", "writers", "granularity", "entitlement_style"),
    ):
        said[name] = [getattr(half, name) for half in halves]
    return said
