"""Systems and containers of the family `sealed`: what is loaded, cleaned and made for readers, and its names."""

import random
import re
from dataclasses import dataclass, field
from typing import Final

from tests.benchmarks.worlds.sealed_customs import Half, Lake
from tests.benchmarks.worlds.sealed_people import Staff, technology_words
from tests.benchmarks.worlds.sealed_words import HINTS, QUALIFIERS, AreaWords

RAW, CURATED, CONSUMPTION, NONE = 0, 1, 2, -1
ODD_NAMES: Final = ("sbx", "tmp", "zz-old", "test", "borrar", "scratch", "bkp")


@dataclass(kw_only=True, eq=False)
class System:
    """A system of record, a data product or a set of reference data, and the containers that belong to it.

    `half` owns it; it is stored by the `habits` of another where it was moved over after the merger.
    """

    index: int
    code: str
    half: Half
    habits: Half
    words: AreaWords
    kind: str
    size: int
    restricted: float
    opaque: bool
    containers: list[int] = field(default_factory=list)

    @property
    def area(self) -> str:
        """The business area that owns it."""
        return self.words.name


@dataclass(kw_only=True, eq=False)
class Data:
    """Containers by position: lists of equal length, one value each."""

    systems: list[System]
    names: list[str] = field(default_factory=list)
    system: list[int] = field(default_factory=list)
    entity: list[str] = field(default_factory=list)
    zone: list[int] = field(default_factory=list)
    restricted: list[bool] = field(default_factory=list)
    inputs: list[tuple[int, ...]] = field(default_factory=list)

    def half(self, place: int) -> Half:
        """The institution whose conventions a container follows."""
        return self.systems[self.system[place]].habits


def build_data(lake: Lake, staff: Staff, rng: random.Random) -> Data:
    """Draw systems for every area, then their tables, sources before products."""
    data = Data(systems=_systems(lake, staff, rng))
    taken: set[str] = set()
    cleaned: dict[tuple[int, str], list[int]] = {}
    for system in sorted(data.systems, key=lambda one: (one.kind == "product", one.index)):
        _fill(data, system, taken, cleaned, rng)
    _odd_containers(data, taken, rng)
    return data


def entitlement_target(lake: Lake, staff: Staff) -> int:
    """How many entitlements the lake should have."""
    if lake.size == "large":
        return 540
    return int(min(180, max(40, lake.entitlements_per_team * len(staff.teams))))


def _systems(lake: Lake, staff: Staff, rng: random.Random) -> list[System]:
    owners = [(half, words) for half in lake.halves for words in half.areas]
    if any(team.kind == "hub" and team.area for team in staff.teams):
        owners.append((lake.halves[0], technology_words(lake.halves[0])))
    wanted = max(2 * len(owners) + len(lake.halves), entitlement_target(lake, staff) // 3)
    kinds = [(half, words, kind) for half, words in owners for kind in ("source", "product")]
    kinds += [(half, rng.choice(half.areas), "reference") for half in lake.halves]
    weights = [half.weight * rng.uniform(0.4, 1.6) for half, _ in owners]
    while len(kinds) < wanted:
        half, words = rng.choices(owners, weights=weights)[0]
        kinds.append((half, words, rng.choices(("source", "product"), weights=(65, 35))[0]))
    parts = [_part(half, kind, rng) for half, _, kind in kinds]
    codes: dict[tuple[int, str], list[str]] = {}
    for half in lake.halves:
        codes[half.index, "source"] = rng.sample(half.house.systems, len(half.house.systems))
        codes[half.index, "product"] = rng.sample(half.house.products, len(half.house.products))
    systems: list[System] = []
    taken: set[str] = set()
    for place, (half, words, kind) in enumerate(kinds):
        pool = codes[half.index, "product" if kind == "product" else "source"]
        code = pool.pop() if pool else _code(half, words, kind, rng)
        while code in taken:
            code = _code(half, words, kind, rng)
        taken.add(code)
        systems.append(
            System(
                index=place,
                code=code,
                half=half,
                habits=rng.choice(lake.halves) if rng.random() < lake.converted else half,
                words=words,
                kind=kind,
                size=max(6, round(lake.containers * parts[place] / sum(parts))),
                restricted=0.0 if kind == "reference" else rng.choice((0.0, 0.0, 0.0, 0.0, 0.0, 0.06, 0.15, 0.3)),
                opaque=rng.random() < half.opaque * (0.25 if kind == "product" else 1.0),
            )
        )
    return systems


def _part(half: Half, kind: str, rng: random.Random) -> float:
    return (
        float(rng.lognormvariate(0, 0.8)) * {"source": 1.0, "product": 0.2 + half.zone_mix[2], "reference": 0.3}[kind]
    )


def _code(half: Half, words: AreaWords, kind: str, rng: random.Random) -> str:
    """A code once the names in the house are used up."""
    if kind == "product" and rng.random() < 0.4:
        return f"{words.short.lower()}{rng.choice(('dw', 'bi', 'dp', '360'))}{rng.randint(1, 99)}"
    base = rng.choice(half.house.systems)
    return rng.choice(
        (f"ap{rng.randint(100, 9999):04d}", f"{base[:4]}{rng.randint(2, 99)}", f"{base}{rng.choice('xyz')}")
    )


def _fill(
    data: Data, system: System, taken: set[str], cleaned: dict[tuple[int, str], list[int]], rng: random.Random
) -> None:
    """Add the containers of one system, entity by entity, until it has its size."""
    half = system.habits
    raw, curated, consumption = half.zone_mix
    near = cleaned.setdefault((system.half.index, system.area), [])
    wide = cleaned.setdefault((system.half.index, ""), [])
    seen: set[str] = set()
    while len(system.containers) < system.size:
        entity = _entity(system, seen, rng)
        hidden = rng.random() < system.restricted
        if system.kind == "product":
            steps = _product_steps(half, rng)
        else:
            steps = [RAW] * (2 if rng.random() < raw - 0.3 else 1)
            steps += [CURATED] * ((rng.random() < curated / raw) + (rng.random() < curated / raw - 0.9))
            steps += [CONSUMPTION] * (rng.random() < 0.45 * consumption / raw)
        made: list[int] = []
        for zone in steps:
            inputs = _inputs(data, half, zone, made, near, wide, rng)
            place = _add(data, system, entity, zone, hidden, inputs, taken, rng)
            made.append(place)
            if zone == CURATED and not hidden:
                near.append(place)
                wide.append(place)
    return


def _product_steps(half: Half, rng: random.Random) -> list[int]:
    steps = [RAW] if rng.random() < 0.06 else []
    steps += [CURATED] * (rng.random() < (0.5 if half.deep else 0.2))
    return steps + [CONSUMPTION] * (1 + (rng.random() < 0.2))


def _inputs(
    data: Data, half: Half, zone: int, made: list[int], near: list[int], wide: list[int], rng: random.Random
) -> tuple[int, ...]:
    """What a container is made from: its own entity's steps, else cleaned tables of the area, else of the house."""
    if zone == RAW:
        return ()
    below = [place for place in made if data.zone[place] == zone - 1] or [p for p in made if data.zone[p] < zone]
    if below:
        chosen = below if not half.deep or zone == CONSUMPTION else below[-1:]
        if near and rng.random() < 0.25:
            chosen = [*chosen, rng.choice(near)]
    else:
        pool = near if near and rng.random() < 0.75 else wide
        chosen = [rng.choice(pool) for _ in range(rng.randint(1, 4))] if pool else []
    return tuple(sorted(set(chosen)))


def _entity(system: System, seen: set[str], rng: random.Random) -> str:
    if system.opaque:
        text = rng.choice(("t{:04d}", "f{:04d}", "tb{:05d}", "x{:04d}")).format(rng.randrange(10_000))
    else:
        house = system.half.house
        text = rng.choice(system.words.nouns if rng.random() < 0.6 else house.nouns)
        if rng.random() < 0.55 or text in seen:
            text = f"{text}-{rng.choice(QUALIFIERS[house.tongue])}"
        if text in seen:
            text = f"{rng.choice(house.nouns)}-{text}"
    if text in seen:
        text = f"{text}{rng.randint(2, 99)}"
    seen.add(text)
    return text


def _add(
    data: Data,
    system: System,
    entity: str,
    zone: int,
    hidden: bool,
    inputs: tuple[int, ...],
    taken: set[str],
    rng: random.Random,
) -> int:
    half = system.habits
    text = entity
    if zone != NONE and rng.random() < half.hints:
        hint = rng.choice(HINTS[half.house.tongue][zone].split(";"))
        text = f"{hint}-{entity}" if rng.random() < 0.5 else f"{entity}-{hint}"
    name = _unique(_name(half, system, text, zone, rng), taken, rng)
    place = len(data.names)
    data.names.append(name)
    data.system.append(system.index)
    data.entity.append(entity)
    data.zone.append(zone)
    data.restricted.append(hidden)
    data.inputs.append(inputs)
    system.containers.append(place)
    return place


def _name(half: Half, system: System, entity: str, zone: int, rng: random.Random) -> str:
    word = ""
    if zone != NONE and rng.random() < half.word_rate[zone]:
        meant = zone if rng.random() >= half.lies else rng.choice([one for one in range(3) if one != zone])
        word = rng.choice(half.words[meant])
    if not word and rng.random() < 0.6:  # nothing sets copies of a table apart but what people happen to append
        entity = f"{entity}-{rng.choice((*QUALIFIERS[half.house.tongue], *'123456789', 'new', 'b', 'x'))}"
    version = rng.choice(("v1", "v2", "2024", "2025", "prd")) if rng.random() < 0.5 else ""
    parts = {
        "W": word,
        "S": system.code,
        "E": entity,
        "H": half.house.country,
        "A": re.sub("[^a-z]", "", system.words.short.lower()),
        "V": version,
    }
    tokens = [parts[letter] for letter in half.template if parts[letter]]
    if half.glued and word and len(word) > 1 and "WS" in half.template:
        at = tokens.index(word)
        tokens[at : at + 2] = [word + system.code]
    return "-".join(tokens)


def _unique(name: str, taken: set[str], rng: random.Random) -> str:
    """A valid container name that is not taken yet."""
    name = re.sub("-+", "-", re.sub("[^a-z0-9-]", "", name)).strip("-")[:56].strip("-").ljust(3, "0")
    fresh = name
    while fresh in taken:
        fresh = f"{name}-{rng.randint(1, 9 if rng.random() < 0.7 else 999)}"
    taken.add(fresh)
    return fresh


def _odd_containers(data: Data, taken: set[str], rng: random.Random) -> None:
    """Sandboxes, scratch space and the dead: in no zone."""
    share = rng.choice((0.0, 0.005, 0.015, 0.03))
    for _ in range(int(share * len(data.names))):
        system = rng.choice(data.systems)
        entity = f"{rng.choice(ODD_NAMES)}-{ascii_word(rng, system.half)}"
        _add(data, system, entity, NONE, False, (), taken, rng)


def ascii_word(rng: random.Random, half: Half) -> str:
    """A first name or a noun, as people name their scratch space."""
    word = rng.choice(half.house.nouns) if rng.random() < 0.5 else rng.choice(half.house.first).lower()
    return re.sub("[^a-z0-9]", "", word.replace("é", "e").replace("í", "i").replace("ã", "a")) or "user"
