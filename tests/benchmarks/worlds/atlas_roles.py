"""The planted roles: birthright, area, job, engineer, restricted and project; or flat jobs that hold everything."""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tests.benchmarks.worlds.atlas_conventions import Conventions, chance, weighted
from tests.benchmarks.worlds.atlas_entitlements import Entitlement
from tests.benchmarks.worlds.atlas_people import IT, Staff
from tests.benchmarks.worlds.atlas_words import LEADS
from tests.benchmarks.worlds.world import Layer


@dataclass(kw_only=True)
class Role:
    """A role by numbers of people and entitlements; ``basis`` says who is in it."""

    name: str
    layer: Layer
    people: set[int]
    entitlements: set[int]
    basis: str
    team: int | None = None


@dataclass(frozen=True, kw_only=True)
class Pools:
    """Which entitlements each layer draws from; no two layers share any."""

    birthright: list[int]
    area: dict[str, list[int]]
    job: dict[str, list[int]]
    engineer: dict[str, list[int]]
    restricted: dict[str, list[int]]


def pools_of(rng: random.Random, c: Conventions, entitlements: list[Entitlement], areas: list[str]) -> Pools:
    """Deal the entitlements out among the layers."""
    job: dict[str, list[int]] = {area: [] for area in areas}
    engineer: dict[str, list[int]] = {area: [] for area in areas}
    restricted: dict[str, list[int]] = {area: [] for area in areas}
    for number, one in enumerate(entitlements):
        hidden = one.raw and c.raw_reads == "engineers" and c.central_writers != "service"
        writes = one.access == "write" or (hidden and chance(rng, 0.8))
        where = restricted if one.restricted else engineer if writes else job
        where[one.area].append(number)
    area_pool: dict[str, list[int]] = {}
    for area in areas:
        usual = [n for n in job[area] if not entitlements[n].raw] or job[area]
        count = min(len(job[area]) // 3, rng.randint(1, 3 if c.size == "small" else 5))
        area_pool[area] = sorted(rng.sample(usual, k=min(count, len(usual))))
        job[area] = [n for n in job[area] if n not in area_pool[area]]
    common: list[int] = []
    for area in rng.sample(areas, k=min(len(areas), rng.randint(2, 5))):
        if len(job[area]) > 3:
            common.append(job[area].pop(rng.randrange(len(job[area]))))
    if not common:
        largest = max(areas, key=lambda area: (len(job[area]), area))
        common = [job[largest].pop() for _ in range(min(2, len(job[largest]) - 1))]
    return Pools(birthright=sorted(common), area=area_pool, job=job, engineer=engineer, restricted=restricted)


def _teams(rng: random.Random, c: Conventions, staff: Staff, pools: Pools) -> dict[int, set[int]]:
    """What each team needs: every entitlement of an area goes to one to three of its teams, some to others' teams."""
    needs: dict[int, set[int]] = {team: set() for team in range(len(staff.teams))}
    for area in sorted(pools.job):
        own = [t for t in needs if staff.teams[t].area == area]
        other = [t for t in needs if t not in own]
        most = max(6, len(pools.job[area]) * 2 // max(1, len(own)))
        for number in pools.job[area]:
            able = [t for t in own if len(needs[t]) < most]
            for team in rng.sample(able, k=min(len(able), rng.choices((1, 2, 3), weights=(6, 3, 1))[0])):
                needs[team].add(number)
            if other and chance(rng, 0.3):
                needs[rng.choice(other)].add(number)
    everything = sorted(number for pool in pools.job.values() for number in pool)
    for team, found in needs.items():
        own_pool = pools.job.get(staff.teams[team].area, everything)
        while len(found) < 3 and len(everything) > 3:
            found.add(rng.choice(own_pool if own_pool and chance(rng, 0.6) else everything))
    return needs


def _split(rng: random.Random, staff: Staff, members: list[int], basis: str) -> list[tuple[str, set[int]]]:
    """People of a team by basis: all together, by title (small cells with the largest), or in two working groups."""
    if basis == "department" or len(members) < 6:
        return [("all", set(members))]
    if basis == "group":
        mixed = rng.sample(members, k=len(members))
        half = rng.randint(3, len(members) - 3)
        return [("group a", set(mixed[:half])), ("group b", set(mixed[half:]))]
    cells: defaultdict[str, set[int]] = defaultdict(set)
    for person in members:
        cells[staff.people[person].title].add(person)
    largest = max(sorted(cells), key=lambda title: len(cells[title]))
    for title in sorted(cells):
        if len(cells[title]) < 3 and title != largest:
            cells[largest] |= cells.pop(title)
    return sorted(cells.items())


def job_roles(rng: random.Random, c: Conventions, staff: Staff, pools: Pools) -> list[Role]:
    """Jobs of teams, and of titles across teams where titles tell."""
    roles: list[Role] = []
    weights = {**c.bases, "cell": c.bases["cell"] if c.titles == "telling" else 0.0}
    needs = _teams(rng, c, staff, pools)
    for team, numbers in needs.items():
        members = [p for p in staff.teams[team].people if staff.people[p].enabled]
        if not members or not numbers:
            continue
        cells = _split(rng, staff, members, basis := weighted(rng, weights))
        for cell, people in cells:
            keep = max(2, round(len(numbers) * (1.0 if len(cells) == 1 else rng.uniform(0.5, 0.8))))
            chosen = set(rng.sample(sorted(numbers), k=min(keep, len(numbers))))
            unit = staff.teams[team]
            roles.append(Role(name=f"{unit.area} {unit.unit} {cell}", layer="job", people=people, entitlements=chosen,
                              basis="department" if cell == "all" else basis, team=team))  # fmt: skip
    if c.titles == "telling" and chance(rng, 0.6):
        held = held_by(roles)
        everything = sorted(number for pool in pools.job.values() for number in pool)
        titles = sorted({staff.people[p].title for unit in staff.teams for p in unit.people} - set(LEADS))
        for title in rng.sample(titles, k=min(len(titles), 12)):
            people = {n for n, p in enumerate(staff.people) if p.title == title and p.enabled}
            free = [e for e in everything if not any(e in held[p] for p in people)]
            spread = {staff.people[p].team for p in people}
            if len(people) >= 4 and len(spread) >= 2 and len(free) >= 4 and sum(r.basis == "title" for r in roles) < 6:
                chosen = set(rng.sample(free, k=rng.randint(2, min(4, len(free)))))
                roles.append(
                    Role(name=f"{title} everywhere", layer="job", people=people, entitlements=chosen, basis="title")
                )
    return roles


def _engineers(rng: random.Random, c: Conventions, staff: Staff, pools: Pools) -> list[Role]:
    """Writers: an area's own engineers, a central team, or nobody but a service."""
    platform = [n for n, p in enumerate(staff.people) if staff.area(n) == IT and p.enabled]
    roles = []
    for area in sorted(pools.engineer):
        own = [n for n, p in enumerate(staff.people) if staff.area(n) == area and p.enabled]
        typed = [n for n in own if "Engineer" in staff.people[n].title or "Developer" in staff.people[n].title]
        people = typed if len(typed) >= 3 else typed + rng.sample([n for n in own if n not in typed], k=3 - len(typed))
        if c.central_writers == "team" and len(platform) >= 4:
            people = rng.sample(platform, k=max(3, int(len(platform) * 0.7)))
        if pools.engineer[area]:
            roles.append(Role(name=f"{area} engineers", layer="engineer", people=set(people),
                              entitlements=set(pools.engineer[area]), basis="engineers"))  # fmt: skip
    if c.central_writers == "team" and roles:
        crew = roles[0].people
        merged = {number for role in roles for number in role.entitlements}
        roles = [Role(name="central engineers", layer="engineer", people=crew, entitlements=merged, basis="engineers")]
    return roles


def _on_request(rng: random.Random, c: Conventions, staff: Staff, pools: Pools, jobs: list[Role]) -> list[Role]:
    """Restricted data by request, mostly within the area; projects across areas."""
    roles = []
    able = [n for n, p in enumerate(staff.people) if p.enabled]
    for area in sorted(pools.restricted):
        numbers = pools.restricted[area]
        own = [n for n in able if staff.area(n) == area]
        for start in range(0, len(numbers), 3):
            people = set(rng.sample(own, k=min(len(own), rng.randint(3, 6))))
            people |= {rng.choice(able)} if chance(rng, 0.3) else set()
            roles.append(Role(name=f"{area} restricted {start // 3 + 1}", layer="restricted", people=people,
                              entitlements=set(numbers[start : start + 3]), basis="request"))  # fmt: skip
    held = held_by(jobs)
    everything = sorted(number for pool in pools.job.values() for number in pool)
    for number in range(rng.randint(0, 4 if c.size == "small" else 8)):
        people = set(rng.sample(able, k=rng.randint(4, 12)))
        free = [e for e in everything if not any(e in held[p] for p in people)]
        if len(free) >= 3:
            chosen = set(rng.sample(free, k=min(len(free), rng.randint(2, 5))))
            roles.append(
                Role(name=f"project {number + 1}", layer="project", people=people, entitlements=chosen, basis="project")
            )
            for person in people:
                held[person] |= chosen
    return roles


def held_by(roles: Iterable[Role]) -> defaultdict[int, set[int]]:
    """Person to the entitlements of all their roles."""
    held: defaultdict[int, set[int]] = defaultdict(set)
    for role in roles:
        for person in role.people:
            held[person] |= role.entitlements
    return held


def _flatten(
    rng: random.Random, c: Conventions, staff: Staff, entitlements: list[Entitlement], layered: list[Role]
) -> list[Role]:
    """Jobs only, with everything in them: by team, or team and title; some people hold another team's job too."""
    basis = "cell" if c.titles == "telling" and chance(rng, 0.6) else "department"
    held = held_by(role for role in layered if role.layer in ("birthright", "area", "job", "engineer"))
    limited = sorted(number for role in layered if role.layer == "restricted" for number in role.entitlements)
    roles: list[Role] = []
    for team, unit in enumerate(staff.teams):
        members = [p for p in unit.people if staff.people[p].enabled]
        for cell, people in _split(rng, staff, members, basis) if members else []:
            counts: defaultdict[int, int] = defaultdict(int)
            for person in people:
                for number in held[person]:
                    counts[number] += 1
            chosen = {number for number in counts if counts[number] * 2 >= len(people)}
            chosen |= set(rng.sample(limited, k=1)) if limited and chance(rng, 0.2) else set()
            if chosen:
                name, kind = f"{unit.area} {unit.unit} {cell}", "department" if cell == "all" else basis
                roles.append(
                    Role(name=name, layer="job", people=set(people), entitlements=chosen, basis=kind, team=team)
                )
    covered = {number for role in roles for number in role.entitlements}
    for number, one in enumerate(entitlements):
        own = [role for role in roles if role.team is not None and staff.teams[role.team].area == one.area]
        if own and number not in covered and not one.restricted:
            for role in rng.sample(own, k=min(len(own), rng.randint(1, 2) if one.access == "read" else 1)):
                role.entitlements.add(number)
    for person in sorted(n for role in list(roles) for n in role.people):
        if chance(rng, 0.1):
            rng.choice(roles).people.add(person)
    return roles


def roles_of(
    rng: random.Random, c: Conventions, staff: Staff, entitlements: list[Entitlement], areas: list[str]
) -> list[Role]:
    """Every planted role; in a layered world no two layers give anybody the same entitlement."""
    pools = pools_of(rng, c, entitlements, areas)
    internal = {n for n, p in enumerate(staff.people) if p.enabled and not p.external}
    roles = []
    if pools.birthright:
        roles.append(
            Role(name="everybody", layer="birthright", people=internal, entitlements=set(pools.birthright), basis="all")
        )
    for area in areas:
        people = {n for n in internal if staff.area(n) == area}
        if pools.area[area] and people:
            roles.append(Role(name=area, layer="area", people=people, entitlements=set(pools.area[area]), basis="area"))
    jobs = job_roles(rng, c, staff, pools)
    roles += [*jobs, *(_engineers(rng, c, staff, pools) if c.central_writers != "service" else [])]
    roles += _on_request(rng, c, staff, pools, jobs)
    return roles if c.layered else _flatten(rng, c, staff, entitlements, roles)
