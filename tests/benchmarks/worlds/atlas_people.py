"""People of a world: areas, teams, titles, contractors, leavers and movers, and how the directory shows them."""

import random
from dataclasses import dataclass, field
from uuid import UUID

import polars as pl

from tests.benchmarks.worlds.atlas_conventions import Conventions, chance
from tests.benchmarks.worlds.atlas_words import (
    AREAS,
    CROSS_TITLES,
    ENGINEER_TITLES,
    FIRST,
    GRADES,
    IT_NAMES,
    IT_TITLES,
    IT_UNITS,
    LAST,
    LEADS,
    SQUADS,
    TRIBES,
    VENDOR_FIRMS,
)

IT = "IT"


@dataclass(kw_only=True)
class Team:
    """A team: its area (or IT), its department string, and its people."""

    area: str
    unit: str
    department: str
    people: list[int] = field(default_factory=list)


@dataclass(kw_only=True)
class Person:
    """Somebody in the directory; ``title`` is what they are, ``shown`` what the directory says."""

    id: str
    name: str
    team: int
    title: str
    external: bool
    enabled: bool = True
    former: int | None = None
    shown_title: str | None = None
    shown_department: str | None = None
    manager: int | None = None


@dataclass(frozen=True, kw_only=True)
class Staff:
    """Teams and people, the settings that the bank filled in, and strings that name teams."""

    teams: list[Team]
    people: list[Person]
    lookup: dict[str, str]
    team_names: frozenset[str]

    def area(self, person: int) -> str:
        """The area somebody works in."""
        return self.teams[self.people[person].team].area


def _sizes(rng: random.Random, people: int, areas: list[str]) -> list[tuple[str, int]]:
    """Area and size of each team, IT last; sizes 3 to 25 that add up to the number of people."""
    share = max(6, int(people * rng.uniform(0.06, 0.14)))
    weights = [rng.uniform(0.6, 1.8) for _ in areas]
    counts = [max(7, int((people - share) * weight / sum(weights))) for weight in weights]
    while sum(counts) > people - share:
        counts[counts.index(max(counts))] -= 1
    counts[counts.index(max(counts))] += people - share - sum(counts)
    found = []
    for area, count in [*zip(areas, counts, strict=True), (IT, share)]:
        left, typical = count, rng.uniform(5, 11)
        teams = max(2 if count >= 7 else 1, -(-count // 22), round(count / typical))
        teams = min(teams, count // 3)
        for number in range(teams):
            rest = teams - number - 1
            size = (
                left if not rest else min(25, left - 3 * rest, max(3, round(left / (rest + 1) * rng.uniform(0.5, 1.5))))
            )
            size = max(size, left - 25 * rest)
            found.append((area, size))
            left -= size
    return found


def _departments(rng: random.Random, c: Conventions, areas: list[str], sizes: list[tuple[str, int]]) -> list[Team]:
    """Teams with their department strings in the style of the bank."""
    squads, tribes = rng.sample(SQUADS, k=len(SQUADS)), rng.sample(TRIBES, k=len(TRIBES))
    it, joint = rng.choice(IT_NAMES), rng.choice((" / ", " - ", " > ", ": ", "/"))
    suffix, lower = rng.choice(("", " Squad", " Team", "")), chance(rng, 0.5)
    matrix = tribes[: rng.randint(3, 6)] if chance(rng, 0.4) else []
    centre = {area: f"{number:02d}" for number, area in enumerate(rng.sample([*areas, IT], k=len(areas) + 1), start=11)}
    flat_codes = chance(rng, 0.5)
    found: list[Team] = []
    for area, _ in sizes:
        number = sum(team.area == area for team in found) + 1
        units = IT_UNITS if area == IT else AREAS[area][1].split("|")
        unit = units[(number - 1) % len(units)] + ("" if number <= len(units) else f" {number // len(units) + 1}")
        name = it if area == IT else area
        short = name if area == IT else AREAS[area][0].split()[0]
        code = f"{centre[area]}{number:02d}" if not flat_codes else str(rng.randint(100_000, 999_999))
        squad = squads.pop()
        department = {
            "flat": name,
            "unit": f"{name}{joint}{unit}",
            "numbered": f"{(short.lower() if lower else name)} team {number:02d}",
            "codes": code,
            "squads": f"{rng.choice(matrix)}{joint}{squad}" if matrix else squad + suffix,
            "tribes": f"{short.title()} Tribe{joint}{squad}",
        }[c.departments]
        found.append(Team(area=area, unit=unit, department=department))
    return found


def _identity(rng: random.Random, c: Conventions, external: bool, taken: set[str]) -> tuple[str, str]:
    """Id and display name, marked for external staff where the bank does so."""
    first, last = rng.choice(FIRST), rng.choice(LAST)
    name = f"{first} {last}" if c.ids != "employee" else f"{last}, {first}"
    while True:
        if c.ids == "guid":
            one = str(UUID(int=rng.getrandbits(128), version=4))
        elif c.ids == "employee":
            one = f"e{rng.randint(100_000, 999_999)}"
        else:
            one = f"{first[0]}{last[:5]}{rng.randint(1, 99):02d}".lower()
        if external and c.contractor_mark == "id":
            one = f"x-{one}"
        if one not in taken:
            break
    taken.add(one)
    if external and c.contractor_mark == "name":
        name += " (Contractor)" if c.ids == "guid" else " [EXT]"
    if external and c.contractor_mark == "firm":
        name += f" ({rng.choice(VENDOR_FIRMS)})"
    return one, name


def _title(rng: random.Random, c: Conventions, team: Team, position: int, external: bool) -> str:
    """What somebody is: few titles per team, engineers among them, one lead."""
    if position == 0:
        return rng.choice(LEADS)
    if team.area == IT:
        return rng.choice(IT_TITLES[:3])
    own = AREAS[team.area][2].split("|")
    start = len(team.unit) % len(own)
    kinds = [own[start], own[(start + 1) % len(own)], ENGINEER_TITLES[len(team.area) % len(ENGINEER_TITLES)]]
    if chance(rng, 0.06):
        return rng.choice(CROSS_TITLES)
    return rng.choices(kinds, weights=(5, 3, 3 if external else 1.6))[0]


def _show(rng: random.Random, c: Conventions, person: Person, staff_teams: list[Team]) -> None:
    """What the directory says of somebody: titles by the bank's habit, departments blank or stale for a share."""
    stale = person.former is not None and chance(rng, c.stale)
    team = staff_teams[person.former if stale and person.former is not None else person.team]
    person.shown_department = None if chance(rng, c.blank) else team.department
    if person.shown_department and chance(rng, c.untidy):
        person.shown_department = person.shown_department.upper()
    title: str | None = person.title
    if c.titles == "grades":
        title = rng.choice(GRADES) if person.title not in LEADS else person.title
    if c.titles == "missing" or chance(rng, c.blank_titles):
        title = None
    if person.external and c.contractor_mark == "title":
        title = rng.choice(("Contractor", "Consultant", f"Contractor - {person.title}"))
    person.shown_title = title


def staff_of(rng: random.Random, c: Conventions, areas: list[str]) -> Staff:
    """Everybody who has an account, in teams; leavers are disabled, movers came from another team."""
    teams = _departments(rng, c, areas, sizes := _sizes(rng, c.people, areas))
    people: list[Person] = []
    taken: set[str] = set()
    for number, (_, size) in enumerate(sizes):
        for position in range(size):
            external = position > 0 and chance(rng, c.contractors)
            one, name = _identity(rng, c, external, taken)
            title = _title(rng, c, teams[number], position, external)
            lead = len(people) - position
            teams[number].people.append(len(people))
            people.append(
                Person(
                    id=one, name=name, team=number, title=title, external=external, manager=lead if position else None
                )
            )
    followers = [p for p in range(len(people)) if people[p].manager is not None]
    rotating = rng.sample(followers, k=int(len(people) * (c.leavers + c.movers)))
    gone = int(len(people) * c.leavers)
    for one_gone in rotating[:gone]:
        people[one_gone].enabled = False
    for mover in rotating[gone:]:
        near = [t for t in range(len(teams)) if t != people[mover].team]
        same = [t for t in near if teams[t].area == teams[people[mover].team].area]
        people[mover].former = rng.choice(same if same and chance(rng, 0.35) else near)
    for person in people:
        _show(rng, c, person, teams)
    lookup = {t.department: ("Technology" if t.area == IT else t.area) for t in teams} if c.lookup else {}
    names = {t.department for t in teams} if c.departments != "flat" else set()
    if c.departments in ("unit", "tribes"):
        ends = {t.department: t.unit if c.departments == "unit" else t.department.split()[-1] for t in teams}
        names |= set(ends.values())
    return Staff(teams=teams, people=people, lookup=lookup, team_names=frozenset(names - set(areas)))


def principals_of(
    rng: random.Random, c: Conventions, staff: Staff, services: list[tuple[str, str, str]]
) -> pl.DataFrame:
    """Table `principals`; `services` are id, kind and name of what is no person."""
    rows = [
        {
            "principal_id": p.id,
            "kind": "user",
            "name": p.name,
            "department": p.shown_department,
            "title": p.shown_title,
            "manager_id": staff.people[p.manager].id if c.managers and p.manager is not None else None,
            "enabled": p.enabled,
        }
        for p in staff.people
    ]
    rows += [{"principal_id": i, "kind": kind, "name": name, "enabled": True} for i, kind, name in services]
    rng.shuffle(rows)
    schema = {"principal_id": pl.String, "kind": pl.String, "name": pl.String, "department": pl.String,
              "title": pl.String, "manager_id": pl.String, "enabled": pl.Boolean}  # fmt: skip
    return pl.DataFrame(rows, schema=schema)
