"""Conventions of the family `sealed`: one set for the lake, and one for each institution that was merged into it."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from tests.benchmarks.worlds.sealed_words import ANYWHERE, HOUSES, NATIVE, ZONE_WORDS, AreaWords, HouseWords

Size = Literal["small", "large"]

TELLING_STYLES: Final = frozenset({"flat", "unit", "reversed", "entity", "number", "short", "lookup"})
"""Styles of department strings that lead to an area."""

TEMPLATES: Final = ("WSE", "SWE", "SEW", "HSEW", "HWSE", "AWSE", "WASE", "ESW", "SHEW", "AESW", "WSEV", "SWEV")
"""Orders of word, system, entity, house, area and version in a container name."""


@dataclass(kw_only=True, eq=False)
class Half:
    """What one institution does its own way; `areas` are those of its areas that are in the lake."""

    index: int
    house: HouseWords
    weight: float
    areas: list[AreaWords]
    # people
    style: str
    second_style: str
    second_share: float
    separator: str
    blank: float
    stale: float
    titles: str
    external_mark: str
    id_style: str
    spoke: float
    writers: str
    job_kinds: dict[str, float]
    # data
    vocabulary: str
    words: tuple[tuple[str, ...], ...]
    word_rate: tuple[float, float, float]
    lies: float
    template: str
    glued: bool
    zone_mix: tuple[float, float, float]
    hints: float
    opaque: float
    formats: str
    sizes: str
    ages: str
    lineage: float
    deep: bool
    batch: bool
    tools: tuple[str, str, str]
    # metadata and entitlements
    tag_rate: float
    tag_form: str
    system_key: str | None
    owner_key: str | None
    owner_rate: float
    zone_key: str | None
    zone_rate: float
    sensitivity_key: str
    register_rate: float
    register_area: bool
    sensitive: str
    granularity: str
    entitlement_style: str
    quirk: int

    @property
    def departments_tell(self) -> bool:
        """Whether the department strings of this half lead to areas."""
        second = self.second_style in TELLING_STYLES or self.second_share < 0.3
        return self.style in TELLING_STYLES and second and self.blank + self.stale < 0.55

    @property
    def told_otherwise(self) -> bool:
        """Whether tags or the register of systems lead to areas."""
        return self.tag_rate >= 0.35 or (self.register_rate >= 0.6 and self.register_area)


@dataclass(kw_only=True, eq=False)
class Lake:
    """What holds for the whole lake."""

    size: Size
    as_of: datetime
    halves: list[Half]
    layered: bool
    split_birthright: bool
    converted: float
    carrier: str
    log_days: int
    gateway: float
    approver: str
    approver_as: str
    people: int
    containers: int
    entitlements_per_team: float
    external: float
    movers: float
    missing: float
    odd: float
    leavers: float
    strangers: float
    other_rows: float
    joiners: int
    project_count: int
    technology_owns: bool

    @property
    def areas(self) -> list[str]:
        """Names of all business areas, sorted; one that two institutions share is there once."""
        return sorted({area.name for half in self.halves for area in half.areas})


def stream(seed: int, topic: str) -> random.Random:
    """A stream of its own for each topic, so that what is drawn for one does not move another."""
    return random.Random(f"sealed/{seed}/{topic}")


def _pick(rng: random.Random, **weights: float) -> str:
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def _level(rng: random.Random, *, none: float, full: float) -> float:
    """A share that is often nothing, sometimes all, else anything between."""
    draw = rng.random()
    if draw < none:
        return 0.0
    return 1.0 if draw < none + full else round(rng.uniform(0.15, 0.9), 2)


def draw_lake(seed: int, size: Size) -> Lake:
    """Draw the lake's conventions and those of its one to three institutions."""
    rng = stream(seed, "lake")
    count = rng.choices((1, 2, 3), weights=(30, 52, 18))[0]
    keys = rng.sample(sorted(HOUSES), count)
    weights = [1.0] + [rng.uniform(0.25, 1.0) for _ in range(count - 1)]
    most = {1: (5, 9), 2: (3, 7), 3: (2, 5)}[count]
    halves = [draw_half(seed, i, HOUSES[key], weights[i], most) for i, key in enumerate(keys)]
    large = size == "large"
    return Lake(
        size=size,
        as_of=datetime(2026, 1, 5, 6, tzinfo=UTC) + timedelta(days=rng.randrange(330), minutes=rng.randrange(600)),
        halves=halves,
        layered=rng.random() < 0.75,
        split_birthright=count > 1 and rng.random() < 0.3,
        converted=rng.choice((0.0, 0.0, 0.1, 0.25)) if count > 1 else 0.0,
        carrier="grants" if not large and rng.random() < 1 / 6 else "entitlements",
        log_days=rng.choices((450, 60, 0), weights=(50, 35, 15))[0],
        gateway=rng.choice((0.0, 0.1, 0.3, 0.5)),
        approver=_pick(rng, senior=6, desk=2, mixed=2),
        approver_as=_pick(rng, id=5, name=5),
        people=300 if large else int(rng.triangular(60, 195, 130)),
        containers=50_000 if large else int(min(3600, max(820, rng.lognormvariate(7.4, 0.5)))),
        entitlements_per_team=rng.uniform(4.0, 9.0),
        external=rng.choice((0.0, 0.05, 0.1, 0.18, 0.25)),
        movers=rng.uniform(0.05, 0.2),
        missing=rng.uniform(0.0, 0.1),
        odd=rng.uniform(0.0, 0.05),
        leavers=rng.uniform(0.0, 0.08),
        strangers=rng.choice((0.0, 0.0, 0.01)),
        other_rows=rng.choice((0.0, 0.0, 0.03)),
        joiners=rng.randint(4, 12),
        project_count=rng.randint(0, 6 if large else 3),
        technology_owns=rng.random() < 0.4,
    )


def draw_half(seed: int, index: int, house: HouseWords, weight: float, most: tuple[int, int]) -> Half:
    """Draw the conventions of one institution."""
    rng = stream(seed, f"half-{index}")
    areas = rng.sample(house.areas, min(len(house.areas), rng.randint(*most)))
    half = Half(
        index=index,
        house=house,
        weight=weight,
        areas=sorted(areas, key=lambda area: area.name),
        **_people_customs(stream(seed, f"people-{index}")),  # type: ignore[arg-type]
        **_data_customs(stream(seed, f"data-{index}"), house.tongue),  # type: ignore[arg-type]
        **_label_customs(stream(seed, f"labels-{index}")),  # type: ignore[arg-type]
    )
    _leave_something(half, rng)
    return half


def _people_customs(rng: random.Random) -> dict[str, object]:
    style = _pick(rng, unit=4, entity=2.5, reversed=2, number=3, flat=2, short=2, lookup=2, code=1, own=1.5)
    return {
        "style": style,
        "second_style": _pick(rng, unit=3, flat=2, number=1, short=1, own=1),
        "second_share": rng.choice((0.0, 0.0, 0.1, 0.25)),
        "separator": rng.choice((" / ", " - ", " > ", " | ", ": ", "/", " – ")),
        "blank": 1.0 if rng.random() < 0.04 else rng.choice((0.0, 0.02, 0.08, 0.2, 0.35)),
        "stale": rng.choice((0.0, 0.02, 0.05, 0.12)),
        "titles": _pick(rng, telling=4, mixed=3, generic=3, missing=1),
        "external_mark": _pick(rng, title=3, suffix=3, prefix=2, vendor=2, none=1),
        "id_style": _pick(rng, guid=4, staff=3, upn=3),
        "spoke": rng.choice((0.2, 0.6, 0.9, 1.0)),
        "writers": _pick(rng, spokes=7, hub=3, service=2, vendor=1.5),
        "job_kinds": {
            "team": rng.uniform(0.2, 1.0),
            "title": rng.choice((0.0, 0.3, 0.8)),
            "across": rng.choice((0.0, 0.3)),
            "group": rng.choice((0.0, 0.25, 0.7)),
        },
    }


def _data_customs(rng: random.Random, tongue: str) -> dict[str, object]:
    vocabulary = rng.choice(NATIVE[tongue] if rng.random() < 0.4 else ANYWHERE)
    rate = rng.choice((0.0, 0.25, 0.45, 0.6, 0.75, 0.8, 0.8))
    uneven = rng.random() < 0.35
    rates = tuple(round(rate * (rng.uniform(0.2, 1.0) if uneven else 1.0), 2) for _ in range(3))
    mix = [0.25 + rng.gammavariate(1.5, 0.3), 0.12 + rng.gammavariate(1.2, 0.3), 0.12 + rng.gammavariate(1.2, 0.3)]
    return {
        "vocabulary": vocabulary,
        "words": tuple(tuple(words.split(";")) for words in ZONE_WORDS[vocabulary]),
        "word_rate": rates,
        "lies": rng.choice((0.0, 0.01, 0.03, 0.06)),
        "template": rng.choice(TEMPLATES),
        "glued": rng.random() < 0.12,
        "zone_mix": tuple(part / sum(mix) for part in mix),
        "hints": rng.choice((0.0, 0.15, 0.3, 0.5)),
        "opaque": rng.choice((0.0, 0.0, 0.2, 0.7)),
        "formats": _pick(rng, telling=4, lake=3, null=2, reverse=1.2, system=2),
        "sizes": _pick(rng, telling=3, none=3, mislead=2, system=2),
        "ages": _pick(rng, telling=3, none=3, mislead=2),
        "lineage": rng.choice((0.0, 0.05, 0.3, 0.6, 0.8, 0.9)),
        "deep": rng.random() < 0.5,
        "batch": rng.random() < 0.35,
        "tools": (
            rng.choice(
                ("adf", "Azure Data Factory", "informatica", "nifi", "goldengate", "ferry", "Correo/7", "sqoop")
            ),
            rng.choice(("dbt", "databricks", "sas", "ssis", "talend", "odi", "molino", "batchmill", "SAS DI")),
            rng.choice(("tableau", "Power BI", "qlik", "cognos", "SAP BO", "MicroStrategy", "Vitrina", "deskview")),
        ),
    }


def _label_customs(rng: random.Random) -> dict[str, object]:
    described = rng.random() < 0.7
    return {
        "tag_rate": _level(rng, none=0.55, full=0.15) if described else 0.0,
        "tag_form": _pick(rng, name=4, lower=2, short=2),
        "system_key": rng.choice(("system", "source_system", "application", "app", "sistema")) if described else None,
        "owner_key": rng.choice(("owner", "data_owner", "steward")) if described and rng.random() < 0.6 else None,
        "owner_rate": rng.choice((0.2, 0.6, 0.95)),
        "zone_key": rng.choice(("zone", "layer")) if described and rng.random() < 0.3 else None,
        "zone_rate": rng.choice((0.1, 0.4, 0.9)),
        "sensitivity_key": rng.choice(("sensitivity", "classification")),
        "sensitive": rng.choice(("restricted", "restricted", "pii", "secret")),
        "quirk": rng.randrange(2),
        "register_rate": _level(rng, none=0.45, full=0.25),
        "register_area": rng.random() < 0.75,
        "granularity": _pick(rng, system=3, zone=3, part=3, mixed=3, bundle=2),
        "entitlement_style": _pick(rng, code=2, native=3, group=3, path=2, app=2),
    }


def _leave_something(half: Half, rng: random.Random) -> None:
    """Leave a reviewer something to go by: most institutions know somehow what is raw, and who owns what."""
    words = sum(half.word_rate) / 3
    declared = half.zone_rate if half.zone_key else 0.0
    if max(words, half.lineage, declared, half.hints) < 0.5 and rng.random() < 0.75:
        if rng.random() < 0.5:
            half.word_rate = (0.7, 0.55, 0.65)
        else:
            half.lineage = 0.75
    if not half.departments_tell and not half.told_otherwise and rng.random() < 0.6:
        half.register_rate, half.register_area = 0.9, True
