"""Entitlements of the family `sealed`: cut as finely as each institution does, named as each institution does."""

import random
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.worlds.sealed_customs import Half
from tests.benchmarks.worlds.sealed_data import NONE, RAW, Data, System

READ_WORDS: Final = {
    "es": ("Consulta", "Carga", "datos protegidos"),
    "pt": ("Leitura", "Escrita", "dados pessoais"),
    "it": ("Lettura", "Scrittura", "dati riservati"),
    "sv": ("Läs", "Skriv", "skyddad"),
    "da": ("Læs", "Skriv", "fortrolig"),
    "in": ("Enquiry", "Maker", "confidential"),
    "en": ("Reader", "Contributor", "sensitive"),
}
"""Words for reading, writing and restricted data in names of entitlements."""


@dataclass(kw_only=True, eq=False)
class Unit:
    """An entitlement: what it opens and whose it is; `layer` is filled once it is planned for somebody."""

    half: Half
    area: str
    short: str
    system: System
    part: str
    kind: str
    access: str
    restricted: bool
    containers: list[int]
    name: str = ""
    layer: str = ""
    used: int = 0
    below: float = 0.0

    @property
    def key(self) -> tuple[int, str, str, str, bool]:
        """What must agree for two of them to be merged."""
        return self.half.index, self.area, self.kind, self.access, self.restricted


def build_units(data: Data, target: int, rng: random.Random) -> list[Unit]:
    """Cut the lake into about `target` entitlements and name them."""
    units: list[Unit] = []
    for system in data.systems:
        units += _read_units(data, system, rng)
        units += _write_unit(data, system)
    units = _bundled(units)
    units = _merged(units, target)
    while len(units) < target:
        largest = max((unit for unit in units if unit.access == "read"), key=lambda one: len(one.containers))
        if len(largest.containers) < 4:
            break
        middle = int(len(largest.containers) * rng.uniform(0.35, 0.65))
        rest = Unit(**{**vars(largest), "containers": largest.containers[middle:]})
        largest.containers = largest.containers[:middle]
        for one in (largest, rest):
            one.part = data.entity[one.containers[0]].split("-")[0]
        units.append(rest)
    taken: set[str] = set()
    for unit in units:
        below = sum(1 for place in unit.containers if data.zone[place] == RAW)
        unit.below = below / len(unit.containers)
        unit.name = _unit_name(unit, taken, rng)
    return units


def _unit(system: System, part: str, access: str, restricted: bool, containers: list[int]) -> Unit:
    return Unit(
        half=system.half,
        area=system.area,
        short=system.words.short,
        system=system,
        part=part,
        kind=system.kind,
        access=access,
        restricted=restricted,
        containers=containers,
    )


def _read_units(data: Data, system: System, rng: random.Random) -> list[Unit]:
    hidden = [place for place in system.containers if data.restricted[place]]
    shown = [place for place in system.containers if not data.restricted[place]]
    style = system.half.granularity
    if style == "mixed":
        style = rng.choice(("system", "zone", "part"))
    groups: list[tuple[str, list[int]]]
    if style == "zone" and system.kind != "reference":
        words = system.half.words
        groups = [(words[zone][0], [place for place in shown if data.zone[place] == zone]) for zone in range(3)]
        small = [places for _, places in groups if 0 < len(places) < 3]
        groups = [("", shown)] if small else groups
    elif style == "part" and len(shown) > 20:
        count = rng.randint(2, 3)
        step = -(-len(shown) // count)
        groups = [(data.entity[shown[at]].split("-")[0], shown[at : at + step]) for at in range(0, len(shown), step)]
    else:
        groups = [("", shown)]
    units = [_unit(system, part, "read", False, places) for part, places in groups if places]
    return [*units, _unit(system, "", "read", True, hidden)] if hidden else units


def _write_unit(data: Data, system: System) -> list[Unit]:
    places = [p for p in system.containers if not data.restricted[p] and data.zone[p] != NONE]
    return [_unit(system, "", "write", False, places)] if places else []


def _bundled(units: list[Unit]) -> list[Unit]:
    """In institutions that grant by area: one entitlement for what agrees in area, kind, access and sensitivity."""
    kept: list[Unit] = []
    first: dict[tuple[int, str, str, str, bool], Unit] = {}
    for unit in units:
        if unit.half.granularity == "bundle" and unit.key in first:
            first[unit.key].containers += unit.containers
            first[unit.key].part = "all"
        else:
            first.setdefault(unit.key, unit)
            kept.append(unit)
    return kept


def _merged(units: list[Unit], target: int) -> list[Unit]:
    """Join the smallest that may be joined, writes and restricted ones first, until there are few enough."""
    while len(units) > target:
        groups: dict[tuple[int, str, str, str, bool], list[Unit]] = {}
        for unit in units:
            groups.setdefault(unit.key, []).append(unit)
        able = [group for group in groups.values() if len(group) > 1]
        if not able:
            break
        group = min(able, key=lambda g: (g[0].access == "read" and not g[0].restricted, -len(g), g[0].key))
        group.sort(key=lambda unit: len(unit.containers))
        group[0].containers = sorted(group[0].containers + group[1].containers)
        group[0].part = group[0].part if group[0].system is group[1].system else "set"
        gone = group[1]
        units = [unit for unit in units if unit is not gone]
    return units


def _unit_name(unit: Unit, taken: set[str], rng: random.Random) -> str:
    half, code = unit.half, unit.system.code
    read, write, hidden = READ_WORDS[half.house.tongue]
    verb = write if unit.access == "write" else read
    part = "" if unit.part in ("", "all", "set") else unit.part
    whole = unit.part == "all"
    right = "RW" if unit.access == "write" else "R"
    said = {
        "code": f"ENT{rng.randint(1000, 99999):05d}",
        "native": " ".join((verb, unit.area if whole else code.upper(), *([part] if part else []))),
        "group": "_".join(
            (
                "GG",
                half.house.country.upper(),
                unit.short,
                *([] if whole else [code.upper()]),
                *([part] if part else []),
                right,
            )
        ),
        "path": f"lake/{unit.short.lower() if whole else code}/{part or '*'}:{right.lower()}",
        "app": f"{code.upper()} {part} {verb} ({unit.area})".replace("  ", " "),
    }[half.entitlement_style]
    if unit.restricted and half.entitlement_style != "code":
        said = f"{said} {hidden}" if half.entitlement_style in ("native", "app") else f"{said}_PII"
    fresh, number = said, 1
    while fresh in taken:
        number += 1
        fresh = f"{said} {number}" if " " in said else f"{said}_{number}"
    taken.add(fresh)
    return fresh


def drawn(
    pool: list[Unit], count: int, area: str | None, half: Half, engineering: bool, rng: random.Random
) -> list[Unit]:
    """Some entitlements for a job: mostly of its own area and institution, seldom the same as others' already."""

    def weight(unit: Unit) -> float:
        near = 60.0 if area and unit.area == area else 1.0
        mine = 1.0 if unit.half is half else 0.2
        layer = 1.0 + unit.below if engineering else 1.2 - unit.below
        return near * mine * layer * 0.5**unit.used

    ranked = sorted(pool, key=lambda unit: -(rng.random() ** (1 / max(weight(unit), 1e-6))))
    return ranked[:count]
