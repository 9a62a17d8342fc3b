"""Areas, teams and people of a bank: departments as its directory spells them, titles, contractors, leavers."""

from dataclasses import dataclass, field, replace
from random import Random
from uuid import UUID

from tests.benchmarks.worlds import ledger_words as words
from tests.benchmarks.worlds.ledger_conventions import Conventions


@dataclass(frozen=True, kw_only=True)
class Team:
    """A team: its area, what the directory calls it, and the titles in it."""

    area: str
    department: str
    unit: str
    size: int
    titles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with an account; `team` is where they work, `department` what the directory says."""

    id: str
    name: str
    team: int
    area: str
    department: str | None
    title: str | None
    true_title: str
    manager: str | None
    external: bool = False
    enabled: bool = True
    former: int | None = None
    engineer: bool = False


@dataclass(frozen=True, kw_only=True)
class Org:
    """Everybody, and the names of areas."""

    names: dict[str, str]
    teams: list[Team]
    people: list[Person]
    heads: dict[str, str]
    lookup: dict[str, str] = field(default_factory=dict)

    def by_id(self) -> dict[str, Person]:
        """People by object id."""
        return {one.id: one for one in self.people}


def area_names(c: Conventions) -> dict[str, str]:
    """Area key to its name in the bank's language; now and then in the second one."""
    rng = Random(f"ledger:{c.seed}:names")
    names: dict[str, str] = {}
    for key in (*c.area_keys, "it"):
        language = c.second if rng.random() < 0.15 else c.language
        name = words.IT[language] if key == "it" else words.AREAS[key][words.LANGUAGES.index(language)]
        names[key] = name if name not in names.values() else f"{name} {words.AREAS[key][3]}"
    return names


def _department(c: Conventions, names: dict[str, str], area: str, unit: str, at: tuple[int, int, int]) -> str:
    """How the directory spells a team; `at` are the numbers of area, team in the area and team in the bank."""
    name, form = names[area], c.department_form
    board, (a, t, n) = words.BOARD[area], at
    if c.department == "flat":
        return name.upper() if form == 0 else name
    if c.department == "path":
        return (
            f"{name} / {unit}",
            f"{name} - {unit}",
            f"{board}/{name}/{unit}",
            f"{name} > {unit} > Team {t + 1}",
            f"Bank AG / {name} / {unit}",
            f"{name}: {unit}",
        )[form]
    if c.department == "numbered":
        team = {"de": "team", "fr": "équipe", "nl": "team", "en": "team"}[c.language]
        return (
            f"{name.lower()} {team} {n + 1:02}",
            f"{name} {t + 1}",
            f"{name} {team.title()} {t + 1:02}",
            f"{name.lower()}-{team}-{t + 1}",
            f"{name} {chr(65 + t % 26)}",
            f"{name} {team} {n + 1:02}",
        )[form]
    if c.department == "names":
        return ("{}", "Team {}", "Tribe {}", "{}", "Squad {}", "{}")[form].format(words.NICKNAMES[n % 48])
    return (f"{a + 3}{t + 1:02}0", f"OE {a + 41}{t + 1:02}", f"0{a + 10}.{t + 1:02}")[form % 3]


def _titles(c: Conventions, area: str, rng: Random) -> tuple[str, ...]:
    telling = [*words.TITLES[area].split("|")]
    rng.shuffle(telling)
    generic = [*words.GENERIC[c.language]]
    rng.shuffle(generic)
    if c.titles == "telling":
        return tuple(telling[:3])
    return tuple(generic[:3]) if c.titles in ("generic", "missing") else (telling[0], generic[0], generic[1])


def _teams(c: Conventions, names: dict[str, str], rng: Random) -> list[Team]:
    """Teams of 3 to 25 until everybody has a place, first one for each area."""
    keys, places = [*c.area_keys, "it"], c.people - len(c.area_keys) - 1
    mean = rng.uniform(5, 11)
    drawn: list[tuple[str, int]] = []
    weights = [rng.uniform(0.4, 1.6) for _ in keys]
    titles = {key: _titles(c, key, rng) for key in keys}
    while places > 2:
        area = keys[len(drawn)] if len(drawn) < len(keys) else rng.choices(keys, weights)[0]
        room = max(3, places - 4 * max(0, len(keys) - len(drawn) - 1))
        size = min(25, room, max(3, round(rng.lognormvariate(0, 0.45) * mean)))
        if places - size < 3:
            size = min(25, places)
        drawn.append((area, size))
        places -= size
    teams: list[Team] = []
    units = {key: rng.sample(words.UNITS[key].split("|"), len(words.UNITS[key].split("|"))) for key in keys}
    for number, (area, size) in enumerate(drawn):
        inside = sum(one.area == area for one in teams)
        unit = units[area][inside % len(units[area])] + (f" {inside + 1}" if inside >= len(units[area]) else "")
        department = _department(c, names, area, unit, (keys.index(area), inside, number))
        teams.append(Team(area=area, department=department, unit=unit, size=size, titles=titles[area]))
    return teams


def _identity(c: Conventions, rng: Random, external: bool) -> tuple[str, str]:
    """Object id and name; a contractor's say so where the bank marks them there."""
    identity = str(UUID(int=rng.getrandbits(128), version=4))
    name = f"{rng.choice(words.FIRST)} {rng.choice(words.LAST)}"
    if external and c.external == "suffix":
        name += " (ext)"
    elif external and c.external == "prefix":
        name = f"EXT-{name}"
    elif external and c.external == "id":
        identity = f"x-{identity[2:]}"
    return identity, name


def _untidy(c: Conventions, rng: Random, department: str) -> str:
    if rng.random() >= c.untidy_departments:
        return department
    return rng.choice((department.upper(), department.lower(), department.replace(" / ", "/"), f"{department} "))


def _listed_department(c: Conventions, rng: Random, teams: list[Team], team: int, former: int | None) -> str | None:
    """What the directory says of somebody: blank, stale, untidy or right."""
    if rng.random() < c.blank_departments:
        return None
    if former is not None and rng.random() < 4 * c.stale_departments:
        return teams[former].department
    if rng.random() < c.stale_departments / 2:
        return rng.choice(teams).department
    return _untidy(c, rng, teams[team].department)


def _title_said(c: Conventions, rng: Random, title: str, external: bool) -> str | None:
    if c.titles == "missing" or rng.random() < c.blank_titles:
        return None
    return f"Extern - {title}" if external and c.external == "title" else title


def build(c: Conventions) -> Org:
    """Everybody of the bank of these conventions."""
    rng = Random(f"ledger:{c.seed}:{c.size}:org")
    names = area_names(c)
    teams = _teams(c, names, rng)
    heads: dict[str, str] = {}
    people: list[Person] = []
    for area in (*c.area_keys, "it"):
        first = next((number for number, one in enumerate(teams) if one.area == area), None)
        if first is None:
            continue
        identity, name = _identity(c, rng, False)
        senior = f"{words.SENIOR[c.language]} {names[area]}"
        spelled = None if rng.random() < c.blank_departments else _head_department(c, names[area], teams[first])
        said = None if c.titles == "missing" else senior
        heads[area] = identity
        people.append(
            Person(
                id=identity,
                name=name,
                team=-1,
                area=area,
                department=spelled,
                title=said,
                true_title=senior,
                manager=None,
            )
        )
    places = [(number, place) for number, team in enumerate(teams) for place in range(1, team.size)]
    movers = set(rng.sample(places, round(c.movers * len(places))))
    for number, team in enumerate(teams):
        people += _members(c, rng, teams, number, heads.get(team.area), movers)
    people = _engineers(c, rng, _leave(rng, people))
    lookup = {one.department: names[one.area] for one in teams} if c.department == "codes-lookup" else {}
    return Org(names=names, teams=teams, people=people, heads=heads, lookup=lookup)


def _head_department(c: Conventions, name: str, team: Team) -> str:
    """A head sits at the top of the area, where departments know one; otherwise with the first team."""
    return name if c.department in ("flat", "path", "numbered") and c.department_form != 2 else team.department


def _members(
    c: Conventions, rng: Random, teams: list[Team], number: int, head: str | None, movers: set[tuple[int, int]]
) -> list[Person]:
    """People of a team, its lead first; `movers` are teams and places in them of people who worked elsewhere before."""
    team, members, lead = teams[number], [], head
    shares = [rng.uniform(0.3, 1.0) for _ in team.titles]
    for place in range(team.size):
        moved = (number, place) in movers
        external = place > 0 and not moved and rng.random() < c.external_share
        identity, name = _identity(c, rng, external)
        title = rng.choices(team.titles, shares)[0]
        former = None
        if moved:
            elsewhere = [at for at, one in enumerate(teams) if at != number]
            former = rng.choice(elsewhere) if elsewhere else None
        one = Person(
            id=identity,
            name=name,
            team=number,
            area=team.area,
            department=_listed_department(c, rng, teams, number, former),
            title=_title_said(c, rng, words.LEAD[c.language] if c.lead_titles and place == 0 else title, external),
            true_title=title,
            manager=lead,
            external=external,
            former=former,
        )
        members.append(one)
        if place == 0:
            lead = identity
    return members


def _leave(rng: Random, people: list[Person]) -> list[Person]:
    """A few have left: their accounts are disabled, what they held is still there."""
    ordinary = [at for at, one in enumerate(people) if one.team >= 0 and one.manager and one.former is None]
    gone = set(rng.sample(ordinary, min(len(ordinary) // 20, 6)))
    managers = {one.manager for one in people}
    return [
        replace(one, enabled=False) if at in gone and one.id not in managers else one for at, one in enumerate(people)
    ]


def _engineers(c: Conventions, rng: Random, people: list[Person]) -> list[Person]:
    """Who writes: a few in each area, or in IT alone; some of them have a title that says so."""
    areas = [*c.area_keys] if c.writer == "area" else ["it"]
    spoken = c.titles in ("telling", "mixed") and rng.random() < 0.75
    chosen: set[int] = set()
    for area in areas:
        able = [at for at, one in enumerate(people) if one.area == area and one.team >= 0 and one.enabled]
        most = {"area": rng.randint(3, 6), "central": rng.randint(5, 14), "service": rng.randint(3, 4)}[c.writer]
        chosen |= set(rng.sample(able, min(len(able), most)))
    return [
        replace(one, engineer=True, title=words.ENGINEER[c.language] if spoken and one.title else one.title)
        if at in chosen
        else one
        for at, one in enumerate(people)
    ]
