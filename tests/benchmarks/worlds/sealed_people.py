"""People and teams of the family `sealed`: departments as each institution spells them, titles, staff of others."""

import random
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from tests.benchmarks.worlds.sealed_customs import Half, Lake
from tests.benchmarks.worlds.sealed_words import VENDORS, AreaWords

OWN = ("log", "job-run", "ticket", "monitor", "access-review")


@dataclass(kw_only=True, eq=False)
class Team:
    """A team: business, data (the spoke of an area), hub, technology or vendor."""

    index: int
    half: Half
    kind: str
    area: str | None
    words: AreaWords | None
    unit: str
    department: str = ""
    size: int = 0
    members: list["Person"] = field(default_factory=list)


@dataclass(kw_only=True, eq=False)
class Person:
    """Somebody in the directory, as they are and as the directory has them."""

    pid: str
    name: str
    team: Team
    title: str | None
    department: str | None
    external: bool = False
    enabled: bool = True
    manager: str | None = None

    @property
    def area(self) -> str | None:
        """The area they work for."""
        return self.team.area


@dataclass(kw_only=True, eq=False)
class Staff:
    """Everybody, by team; `lookup` leads codes of departments to areas where the bank would hand it over."""

    teams: list[Team]
    people: list[Person]
    services: list[tuple[str, str, str]]
    lookup: dict[str, str]
    vendor: str

    def insiders(self) -> list[Person]:
        """Enabled people on the payroll."""
        return [person for person in self.people if person.enabled and not person.external]


def ascii_of(text: str) -> str:
    """Lower-case letters and digits of `text`, without accents; other characters become hyphens."""
    folded = text.lower().replace("ø", "o").replace("æ", "ae").replace("å", "a").replace("ð", "d")
    plain = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())


def technology_words(half: Half) -> AreaWords:
    """Information technology as an area that owns systems of its own."""
    name = half.house.technology[0]
    return AreaWords(name=name, short="IT", units=(half.house.technology[1],), nouns=OWN, titles=half.house.engineers)


def build_staff(lake: Lake, rng: random.Random) -> Staff:
    """Draw teams of uneven size, then the people in them."""
    teams = _teams(lake, rng)
    lookup: dict[str, str] = {}
    _spell(lake, teams, lookup, rng)
    vendor = rng.choice(VENDORS)
    for team in teams:
        if team.kind == "vendor":
            team.department = vendor
    staff = Staff(teams=teams, people=[], services=[], lookup=lookup, vendor=vendor)
    taken: set[str] = set()
    for team in teams:
        for place in range(team.size):
            _hire(lake, staff, team, place, taken, rng)
    _managers(teams)
    _blur(staff, rng)
    staff.services = _services(lake, rng)
    return staff


def _teams(lake: Lake, rng: random.Random) -> list[Team]:
    teams: list[Team] = []

    def add(half: Half, kind: str, area: str | None, words: AreaWords | None, unit: str, size: float) -> None:
        teams.append(
            Team(index=len(teams), half=half, kind=kind, area=area, words=words, unit=unit, size=max(1, int(size)))
        )

    floor = 10 * sum(len(half.areas) for half in lake.halves)
    total = max(lake.people, min(floor, 190))
    business = total * 0.82
    share = sum(half.weight * len(half.areas) for half in lake.halves)
    for half in lake.halves:
        for words in half.areas:
            people = business * half.weight / share * rng.uniform(0.55, 1.5)
            count = max(1, min(len(words.units), round(people / rng.uniform(6.0, 14.0))))
            parts = [rng.lognormvariate(0, 0.9) for _ in range(count)]
            for unit, part in zip(rng.sample(words.units, count), parts, strict=True):
                add(half, "business", words.name, words, unit, min(25, max(3, people * part / sum(parts))))
            if rng.random() < half.spoke:
                add(half, "data", words.name, words, half.house.data_unit, rng.randint(3, 5))
    first = lake.halves[0]
    owner = first.house.technology[0] if lake.technology_owns and len(lake.areas) < 15 else None
    words_of = technology_words(first) if owner else None
    hub = min(16, max(4, total * rng.uniform(0.03, 0.1)))
    for unit in [first.house.hub, *([f"{first.house.hub} 2"] if hub > 9 else [])]:
        add(first, "hub", owner, words_of, unit, hub / (2 if hub > 9 else 1))
    for half in lake.halves:
        if half is first or rng.random() < 0.6:
            area = owner if half is first else None
            add(half, "technology", area, words_of if area else None, half.house.technology[1], rng.randint(3, 7))
    if any(half.writers == "vendor" for half in lake.halves) or rng.random() < 0.25:
        add(first, "vendor", None, None, "operations", rng.randint(4, 9))
    _fit(teams, int(total))
    return teams


def _fit(teams: list[Team], total: int) -> None:
    """Grow or shrink the business teams so that everybody together comes near `total`."""
    business = [team for team in teams if team.kind == "business"]
    for _ in range(4):
        spare = total - sum(team.size for team in teams)
        factor = 1 + spare / sum(team.size for team in business)
        for team in business:
            team.size = min(25 if total < 250 else 32, max(3, round(team.size * factor)))


def _spell(lake: Lake, teams: list[Team], lookup: dict[str, str], rng: random.Random) -> None:
    """Give every team the department string by which the directory knows it."""
    numbers: dict[tuple[int, str], int] = {}
    blocks = {name: 11 + 7 * place for place, name in enumerate(sorted({team.area or "IT" for team in teams}))}
    orderly = rng.random() < 0.5
    prefix = {half.index: rng.choice(("", "", "CC ", "KST-", "U.O. ")) for half in lake.halves}
    own = {half.index: rng.sample(half.house.own_names, len(half.house.own_names)) for half in lake.halves}
    taken: set[str] = set()
    for team in teams:
        half = team.half
        style = half.second_style if rng.random() < half.second_share else half.style
        area = team.area or half.house.technology[0]
        key = (half.index, area)
        numbers[key] = numbers.get(key, rng.randrange(3)) + 1
        number = numbers[key]
        if style in ("code", "lookup"):
            text = (
                f"{blocks[area if area in blocks else 'IT']}{number:02d}" if orderly else str(rng.randint(10200, 98900))
            )
            text = f"{prefix[half.index]}{half.index + 1}{text}"
            while text in taken:
                text += "9"
            if style == "lookup" and team.area:
                lookup[text] = team.area
        elif style == "own" and own[half.index]:
            text = f"{half.house.team_word} {own[half.index].pop()}"
        else:
            text = _written(style, half, area, team, number)
        taken.add(text)
        team.department = text


def _written(style: str, half: Half, area: str, team: Team, number: int) -> str:
    short = team.words.short if team.words else "IT"
    return {
        "flat": area,
        "unit": f"{area}{half.separator}{team.unit}",
        "reversed": f"{team.unit} ({area})" if half.quirk == 0 else f"{team.unit}, {area}",
        "entity": f"{half.house.entity}{half.separator}{area}{half.separator}{team.unit}",
        "number": f"{area} {half.house.team_word} {number:02d}",
        "short": f"{short}-{team.unit}",
    }.get(style, f"{area}{half.separator}{team.unit}")


def _title(team: Team, place: int, rng: random.Random) -> str | None:
    half = team.half
    if half.titles == "missing" and rng.random() < 0.95:
        return None
    if rng.random() < 0.02:
        return None
    if team.kind in ("data", "hub", "technology", "vendor"):
        pool = half.house.engineers if team.kind != "vendor" else half.house.titles[:2]
        return rng.choice(pool[:1] * 3 + pool)
    telling = half.titles == "telling" or (half.titles == "mixed" and rng.random() < 0.5)
    if telling and team.words and (place > 1 or rng.random() < 0.5):
        return rng.choice(team.words.titles[:1] * 2 + team.words.titles + half.house.titles[-1:])
    return rng.choice(half.house.titles[:2] * 2 + half.house.titles)


def _hire(lake: Lake, staff: Staff, team: Team, place: int, taken: set[str], rng: random.Random) -> None:
    half = team.half
    external = team.kind == "vendor" or (place > 0 and rng.random() < lake.external)
    first, last = rng.choice(half.house.first), rng.choice(half.house.last)
    title, name, department = _title(team, place, rng), f"{first} {last}", team.department
    domain = f"{ascii_of(half.house.entity).replace('-', '')}.{half.house.country}"
    pid = {
        "guid": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "staff": f"{half.house.country}{rng.randint(10000, 99999)}",
        "upn": f"{ascii_of(first)}.{ascii_of(last)}@{domain}",
    }[half.id_style]
    mark = half.external_mark if external else ""
    if mark == "title":
        title = rng.choice(("Contractor", "External Consultant", f"Consultant - {staff.vendor}"))
    elif mark == "suffix":
        name += rng.choice((" (ext)", " - EXT", f" ({staff.vendor})"))
    elif mark == "prefix":
        pid = f"ext-{pid}" if half.quirk == 0 else f"c-{pid}"
    elif mark == "vendor":
        department = staff.vendor
    if half.quirk == 1 and mark != "suffix":
        name = f"{last}, {first}"
    while pid in taken:
        pid = pid.replace("@", f"{rng.randint(2, 9)}@") if "@" in pid else f"{pid}{rng.randint(0, 9)}"
    taken.add(pid)
    enabled = place < 3 or rng.random() >= lake.leavers
    person = Person(
        pid=pid, name=name, team=team, title=title, department=department, external=external, enabled=enabled
    )
    team.members.append(person)
    staff.people.append(person)


def _managers(teams: Sequence[Team]) -> None:
    """Team leads answer to the head of their area, members to their lead."""
    heads: dict[tuple[int, str | None], Person] = {}
    for team in teams:
        lead = team.members[0]
        head = heads.setdefault((team.half.index, team.area), lead)
        if head is lead and team.kind in ("business", "hub") and team.half.titles != "missing":
            lead.title = team.half.house.head
        lead.manager = None if head is lead else head.pid
        for member in team.members[1:]:
            member.manager = lead.pid


def _blur(staff: Staff, rng: random.Random) -> None:
    """Blank some departments, leave some stale, and write a few in another case."""
    for person in staff.people:
        half = person.team.half
        if rng.random() < half.blank:
            person.department = None
        elif rng.random() < half.stale:
            former = rng.choice([team for team in staff.teams if team.half is half])
            person.department = former.department
        elif person.department and half.style not in ("code", "lookup") and rng.random() < 0.02:
            person.department = person.department.upper()


def _services(lake: Lake, rng: random.Random) -> list[tuple[str, str, str]]:
    """Identities that are nobody: id, kind, name. The first writes, the second serves reports."""
    tool = lake.halves[0].tools
    names = [("service_principal", f"sp-{ascii_of(tool[1])}-prd"), ("managed_identity", f"mi-{ascii_of(tool[2])}-gw")]
    names += [("service_principal", f"svc-{half.house.country}-{half.house.systems[0]}-load") for half in lake.halves]
    names += [("managed_identity", "synapse-ws-prd")]
    return [(str(uuid.UUID(int=rng.getrandbits(128), version=4)), kind, name) for kind, name in names]


def principals_frame(lake: Lake, staff: Staff, rng: random.Random) -> pl.DataFrame:
    """The directory: everybody, and the identities that are nobody."""
    rows = [
        {
            "principal_id": person.pid,
            "kind": "user",
            "name": person.name,
            "department": person.department,
            "title": person.title,
            "manager_id": person.manager,
            "enabled": person.enabled,
        }
        for person in staff.people
    ]
    rows += [{"principal_id": pid, "kind": kind, "name": name, "enabled": True} for pid, kind, name in staff.services]
    rng.shuffle(rows)
    schema = dict.fromkeys(("principal_id", "kind", "name", "department", "title", "manager_id"), pl.String)
    return pl.DataFrame(rows, schema=schema | {"enabled": pl.Boolean})
