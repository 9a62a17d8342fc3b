"""Planted roles of the family `sealed`: birthright, area, job, engineer, restricted, project; or flat jobs alone."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from tests.benchmarks.worlds.sealed_access import Unit, drawn
from tests.benchmarks.worlds.sealed_customs import Lake
from tests.benchmarks.worlds.sealed_people import Person, Staff, Team
from tests.benchmarks.worlds.sealed_words import PROJECTS
from tests.benchmarks.worlds.world import Layer, PlantedRole


@dataclass(kw_only=True, eq=False)
class Role:
    """A role while it is drawn: `team` is the team it was made for, if one."""

    name: str
    layer: str
    people: list[Person]
    units: list[Unit]
    team: Team | None = None

    def planted(self) -> PlantedRole:
        """The role as truth has it."""
        return PlantedRole(
            name=self.name,
            layer=cast("Layer", self.layer),
            people=frozenset(person.pid for person in self.people),
            entitlements=frozenset(unit.name for unit in self.units),
        )


def build_roles(lake: Lake, staff: Staff, units: list[Unit], rng: random.Random) -> list[Role]:
    """Draw the roles of all layers; in a flat lake fold them into jobs."""
    roles = _common(lake, staff, units, rng)
    projects = _projects(lake, staff, units, rng)
    roles += _jobs(lake, staff, units, rng)
    roles += _engineers(lake, staff, units, rng)
    roles += _restricted(staff, units, rng)
    roles += projects
    roles = [role for role in roles if len(role.people) >= 2 and role.units]
    return roles if lake.layered else _flat(roles, rng)


def _take(units: Iterable[Unit], layer: str) -> list[Unit]:
    taken = list(units)
    for unit in taken:
        unit.layer = layer
    return taken


def _open(units: list[Unit]) -> list[Unit]:
    """Reading of what is not restricted and belongs to no layer yet."""
    return [unit for unit in units if unit.access == "read" and not unit.restricted and not unit.layer]


def _common(lake: Lake, staff: Staff, units: list[Unit], rng: random.Random) -> list[Role]:
    """What everybody on the payroll has, and what everybody of an area has."""
    insiders = staff.insiders()
    shared = [unit for unit in _open(units) if unit.kind == "reference"][: 6 if lake.size == "small" else 10]
    roles = []
    for half in lake.halves if lake.split_birthright else lake.halves[:1]:
        mine = [unit for unit in shared if unit.half is half or not lake.split_birthright]
        people = [one for one in insiders if one.team.half is half or not lake.split_birthright]
        roles.append(Role(name=f"birthright {half.index}", layer="birthright", people=people, units=mine))
        _take(mine, "birthright")
    for area in sorted({team.area for team in staff.teams if team.area}):
        pool = [unit for unit in _open(units) if unit.area == area]
        people = [person for person in insiders if person.area == area]
        if len(pool) < 2 or len(people) < 3 or rng.random() < 0.12:
            continue
        pool.sort(key=lambda unit: (unit.kind != "product", rng.random()))
        count = min(rng.choice((1, 1, 2, 3)), max(1, len(pool) // 3))
        roles.append(Role(name=f"area {area}", layer="area", people=people, units=_take(pool[:count], "area")))
    return roles


def _projects(lake: Lake, staff: Staff, units: list[Unit], rng: random.Random) -> list[Role]:
    """Work across areas, with data that no job has."""
    roles: list[Role] = []
    enabled = [person for person in staff.people if person.enabled]
    for name in rng.sample(PROJECTS, lake.project_count):
        pool = _open(units)
        if len(pool) < 14:
            break
        chosen = _take(rng.sample(pool, rng.randint(2, 3)), "project")
        areas = {unit.area for unit in chosen}
        near = [person for person in enabled if person.area in areas] or enabled
        people = rng.sample(near, min(len(near), rng.randint(3, 7)))
        people += rng.sample([one for one in enabled if one not in people], rng.randint(2, 5))
        roles.append(Role(name=f"project {name}", layer="project", people=people, units=chosen))
    return roles


def _groups(lake: Lake, team: Team, rng: random.Random) -> list[tuple[str, list[Person], bool]]:
    """How a team's work is divided: name of the job, who does it, whether it is what the whole team shares."""
    members = [person for person in team.members if person.enabled]
    weights = {kind: share for kind, share in team.half.job_kinds.items() if kind != "across"}
    kind = rng.choices(list(weights), weights=list(weights.values()))[0]
    base = f"{team.half.house.key} {team.area or team.kind} {team.unit} {team.index}"
    if len(members) < (9 if kind == "group" else 7) or kind == "team":
        return [(base, members, False)]
    if kind == "title":
        titles = sorted({person.title for person in members if person.title})
        parts = [(title, [one for one in members if one.title == title]) for title in titles]
        split = [(f"{base} as {title}", people, False) for title, people in parts if len(people) >= 3]
        return [(base, members, True), *split]
    shuffled = rng.sample(members, len(members))
    middle = rng.randint(4, len(members) - 4)
    split = [(f"{base} group 1", shuffled[:middle], False), (f"{base} group 2", shuffled[middle:], False)]
    return [(base, members, True), *split] if rng.random() < 0.35 else split


def _jobs(lake: Lake, staff: Staff, units: list[Unit], rng: random.Random) -> list[Role]:
    """Business roles: by team, by team and title, by a group that the directory does not name, by title."""
    plans = [(team, *group) for team in staff.teams for group in _groups(lake, team, rng)]
    pool = _open(units)
    mean = min(14.0, max(3.6, 0.9 * len(pool) / max(1, len(plans))))
    roles: list[Role] = []
    for team, name, people, shared in plans:
        count = max(2 if shared else 3, min(18, round(rng.lognormvariate(0, 0.4) * mean * (0.5 if shared else 1.0))))
        own = [role for role in roles if role.team is team]
        free = [unit for unit in pool if not any(unit in role.units for role in own)]
        engineering = team.kind in ("data", "hub", "technology")
        focus = team.area or (rng.choice(lake.areas) if team.kind == "vendor" else None)
        for _ in range(12):
            chosen = drawn(free, count, focus, team.half, engineering, rng)
            if all(_likeness(chosen, role.units) < 0.5 for role in roles):
                break
        for unit in chosen:
            unit.used += 1
        roles.append(Role(name=f"job {name}", layer="job", people=people, units=chosen, team=team))
    roles += _across(staff, pool, roles, rng)
    _owners_read(pool, roles, rng)
    _take(pool, "job")
    return roles


def _owners_read(pool: list[Unit], roles: list[Role], rng: random.Random) -> None:
    """Most of what an area owns is read by one of its own teams; what nobody reads yet falls to the hub."""
    for unit in pool:
        own = [role for role in roles if role.team and role.team.area == unit.area]
        if any(unit in role.units for role in own) or (unit.used and rng.random() < 0.15):
            continue
        able = [role for role in own if len(role.units) < 14]
        if not able and not unit.used:
            able = [role for role in roles if role.team and role.team.kind == "hub" and len(role.units) < 25]
        if able:
            min(able, key=lambda role: len(role.units)).units.append(unit)
            unit.used += 1


def _likeness(one: list[Unit], other: list[Unit]) -> float:
    names = {unit.name for unit in one}
    others = {unit.name for unit in other}
    return len(names & others) / max(1, len(names | others))


def _across(staff: Staff, pool: list[Unit], roles: list[Role], rng: random.Random) -> list[Role]:
    """Jobs by title over all teams of an area, beside the team's own."""
    made: list[Role] = []
    for area in sorted({team.area for team in staff.teams if team.area and team.words}):
        people = [person for person in staff.people if person.area == area and person.enabled and person.title]
        for title in sorted({person.title for person in people if person.title}):
            chosen = [person for person in people if person.title == title]
            teams = {person.team.index for person in chosen}
            half = chosen[0].team.half
            if len(chosen) < 4 or len(teams) < 2 or rng.random() >= half.job_kinds["across"]:
                continue
            held = {unit.name for role in roles for unit in role.units if role.team and role.team.index in teams}
            free = [unit for unit in pool if unit.name not in held]
            units = drawn(free, rng.randint(2, 4), area, half, False, rng)
            for unit in units:
                unit.used += 1
            made.append(Role(name=f"job {area} any {title}", layer="job", people=chosen, units=units))
            break
    return made


def _engineers(lake: Lake, staff: Staff, units: list[Unit], rng: random.Random) -> list[Role]:
    """Who writes: spokes, the hub, an outsourcer, or next to nobody but a service."""
    writes = [unit for unit in units if unit.access == "write"]
    _take(writes, "engineer")
    hubs = [team for team in staff.teams if team.kind == "hub"]
    spokes = {(team.half.index, team.area): team for team in staff.teams if team.kind == "data"}
    vendors = [team for team in staff.teams if team.kind == "vendor"]
    platforms = [team for team in staff.teams if team.kind == "technology"]
    inside = {(team.half.index, team.area): team for team in reversed(staff.teams) if team.kind == "business"}
    areas = sorted({unit.area for unit in writes})
    homely = rng.random() < 0.5
    held: dict[int, list[Unit]] = {}
    for unit in writes:
        hub, key = hubs[areas.index(unit.area) % len(hubs)], (unit.half.index, unit.area)
        writer = {
            "spokes": spokes.get(key) or (inside.get(key, hub) if homely else hub),
            "hub": hub,
            "vendor": vendors[0] if vendors else hub,
            "service": rng.choice(platforms) if rng.random() < 0.25 else None,
        }[unit.half.writers]
        if writer is not None:
            held.setdefault(writer.index, []).append(unit)
    roles = []
    for index in sorted(held):
        team = staff.teams[index]
        people = [person for person in team.members if person.enabled]
        people = people[-4:] if team.kind == "business" else people
        name = f"engineer {team.unit} {team.index}"
        roles.append(Role(name=name, layer="engineer", people=people, units=held[index], team=team))
    return roles


def _restricted(staff: Staff, units: list[Unit], rng: random.Random) -> list[Role]:
    """A few people, by request, for what is restricted."""
    hidden = _take([unit for unit in units if unit.restricted], "restricted")
    insiders = staff.insiders()
    roles: list[Role] = []
    by_area: dict[str, list[Unit]] = {}
    for unit in hidden:
        by_area.setdefault(unit.area, []).append(unit)
    for area in sorted(by_area):
        size = rng.randint(2, 4)
        own = by_area[area]
        for at in range(0, len(own), size):
            near = [person for person in insiders if person.area == area]
            people = rng.sample(near, min(len(near), rng.randint(3, 6)))
            if rng.random() < 0.4 or len(people) < 3:
                people += rng.sample([one for one in insiders if one not in people], 2)
            name = f"restricted {area} {at // size + 1}"
            roles.append(Role(name=name, layer="restricted", people=people, units=own[at : at + size]))
    return roles


def _flat(roles: list[Role], rng: random.Random) -> list[Role]:
    """Fold layers into jobs that hold everything; what few have by request goes to one job of those who ask."""
    below = [role for role in roles if role.layer in ("birthright", "area")]
    jobs = [role for role in roles if role.layer == "job"]
    for job in jobs:
        for role in below:
            if job.team is None or not any(person in role.people for person in job.people):
                continue
            job.units = job.units + [unit for unit in role.units if unit not in job.units]
    for role in roles:
        if role.layer == "engineer":
            same = [job for job in jobs if job.team is role.team]
            for job in same:
                job.units = job.units + [unit for unit in role.units if unit not in job.units]
        elif role.layer == "restricted":
            near = [job for job in jobs if any(person in job.people for person in role.people)]
            if near:
                job = rng.choice(near)
                job.units = job.units + [unit for unit in role.units if unit not in job.units]
        elif role.layer == "project":
            role.name, role.layer = f"job {role.name}", "job"
            jobs.append(role)
    return jobs
