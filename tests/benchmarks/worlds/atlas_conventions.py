"""Conventions of one bank in the cloud, drawn independently of each other from a seed."""

import random
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from tests.benchmarks.worlds.atlas_words import VOCABULARIES
from tests.benchmarks.worlds.world import ZONES

Size = Literal["small", "large"]
LOADERS: Final = ("adf", "Azure Data Factory", "synapse pipeline", "informatica", "qlik replicate", "fivetran")
BUILDERS: Final = ("dbt", "databricks", "synapse", "alteryx", "sas", "adf", "dbt")
READERS: Final = ("tableau", "Tableau", "power bi", "alteryx", "microstrategy", "tableau")
IN_HOUSE: Final = ("conveyor", "mercury", "flowmate", "loomis", "grid-runner", "orca-jobs", "insight-hub", "kitchen")


def chance(rng: random.Random, probability: float) -> bool:
    """Whether something of this probability happens."""
    return rng.random() < probability


def weighted(rng: random.Random, options: Mapping[str, float]) -> str:
    """One of the options, by weight."""
    return rng.choices(list(options), weights=list(options.values()))[0]


@dataclass(frozen=True, kw_only=True)
class Shop:
    """How one platform team names its containers.

    ``rates`` are per zone; ``position`` is where the zone's word stands; ``glued`` joins it to what follows.
    """

    vocabulary: str
    words: Mapping[str, Sequence[str]]
    rates: Mapping[str, float]
    position: str
    glued: bool
    cryptic: float
    dbt: bool


@dataclass(frozen=True, kw_only=True)
class Conventions:
    """Everything that was drawn before the lake itself; see ``draw``."""

    size: Size
    people: int
    entitlements: int
    containers: int
    areas: int
    shops: tuple[Shop, ...]
    lies: float
    mix: tuple[float, float, float]
    starved: bool
    codes: str
    area_in_name: float
    formats: str
    sizes: str
    ages: str
    accounts: str
    lineage: float
    lineage_depth: str
    lineage_by: str
    tools: tuple[str, str, str]
    bi: float
    jobs_per: str
    zone_tags: float
    zone_tag_lies: float
    zone_tag_words: str
    domain_tags: float
    domain_tags_by: str
    domain_tag_style: str
    owner_tags: float
    owner_style: str
    other_tags: float
    systems: float
    systems_area: bool
    departments: str
    lookup: bool
    blank: float
    stale: float
    untidy: float
    titles: str
    blank_titles: float
    managers: bool
    contractors: float
    contractor_mark: str
    ids: str
    layered: bool
    bases: Mapping[str, float]
    carrier: str
    central_writers: str
    approver: str
    movers: float
    missing: float
    odd: float
    leavers: float
    raw_reads: str
    entitlement_names: str
    log_days: int
    gateway: float

    def summary(self) -> dict[str, Any]:
        """What a reader of a table of results wants to know."""
        shops = [
            f"{s.vocabulary}@{max(s.rates.values()):.2f}/{s.position}{'/glued' if s.glued else ''}" for s in self.shops
        ]
        hidden = ("shops", "mix", "size")
        return {"shops": shops} | {key: value for key, value in vars(self).items() if key not in hidden}


def _shop(rng: random.Random, starved: bool, dbt: bool) -> Shop:
    """One platform team; a starved one names no zones, a dbt one has the vocabulary of a project's folders."""
    vocabulary = rng.choice(("dbt", "dbt", "dbt-plain")) if dbt else rng.choice(sorted(VOCABULARIES))
    words: dict[str, Sequence[str]] = dict(zip(ZONES, (w.split() for w in VOCABULARIES[vocabulary]), strict=True))
    if not dbt and chance(rng, 0.15):
        vocabulary = "invented"
        words = {zone: ["".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 3)))] for zone in ZONES}
    top = 0.0 if starved else rng.choice((0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 0.8))
    rates = {zone: min(0.8, top * rng.uniform(0.6, 1.15)) for zone in ZONES}
    if chance(rng, 0.2):
        rates[rng.choice(ZONES)] *= 0.15
    position = weighted(rng, {"front": 4, "second": 2, "back": 3, "middle": 1})
    cryptic = rng.choice((0.0, 0.0, 0.1, 0.4, 0.9))
    glued = not dbt and chance(rng, 0.15)
    return Shop(
        vocabulary=vocabulary, words=words, rates=rates, position=position, glued=glued, cryptic=cryptic, dbt=dbt
    )


def _scale(rng: random.Random, size: Size) -> dict[str, Any]:
    """How large the bank's lake is."""
    if size == "large":
        return {"size": size, "people": 300, "entitlements": 540, "containers": 50_000, "areas": rng.randint(7, 14)}
    people = rng.randint(60, 200)
    return {
        "size": size,
        "people": people,
        "entitlements": max(40, min(180, int(people * rng.uniform(0.55, 1.2)))),
        "containers": int(800 * 5 ** rng.random()),
        "areas": rng.randint(5, max(5, min(15, people // 12))),
    }


def _naming(rng: random.Random, starved: bool) -> dict[str, Any]:
    """Zones in names, formats, sizes, ages and accounts."""
    count = rng.choice((1, 1, 2, 2, 3))
    project = chance(rng, 0.45)
    shops = tuple(_shop(rng, starved, project and number == 0) for number in range(count))
    mix = [rng.uniform(0.25, 0.5), rng.uniform(0.2, 0.45), rng.uniform(0.15, 0.4)]
    return {
        "shops": shops,
        "lies": rng.choice((0.0, 0.01, 0.02, 0.04, 0.06)),
        "mix": tuple(part / sum(mix) for part in mix),
        "starved": starved,
        "codes": weighted(rng, {"vendor": 3, "letters": 3, "number": 2, "codename": 2, "mixed": 3}),
        "area_in_name": rng.choice((0.0, 0.0, 0.0, 0.3, 0.8)),
        "formats": "same" if starved else weighted(rng, {"tells": 3, "leans": 3, "same": 3, "misleads": 1, "none": 1}),
        "sizes": "same" if starved else weighted(rng, {"tells": 2, "leans": 2, "same": 3, "misleads": 1.5, "none": 1}),
        "ages": "same" if starved else weighted(rng, {"tells": 2, "same": 4, "misleads": 1.5, "none": 0.5}),
        "accounts": weighted(rng, {"one": 6, "area": 1.5, "region": 1, "shop": 1}),
    }


def _knowledge(rng: random.Random, starved: bool) -> dict[str, Any]:
    """Lineage, metadata and the register of systems."""
    named = chance(rng, 0.7)
    pools = (LOADERS, BUILDERS, READERS) if named else (IN_HOUSE, IN_HOUSE, IN_HOUSE)
    lineage = rng.choice((0.0, 0.03, 0.05)) if starved else rng.choice((0.0, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9))
    return {
        "lineage": lineage,
        "lineage_depth": weighted(rng, {"deep": 4, "flat": 2, "loads": 1, "readers": 1}),
        "lineage_by": rng.choice(("system", "container")),
        "tools": tuple(rng.choice(pool) for pool in pools),
        "bi": rng.uniform(0.2, 0.8),
        "jobs_per": weighted(rng, {"container": 3, "system": 2}),
        "zone_tags": 0.0 if starved else rng.choice((0.0, 0.0, 0.0, 0.0, 0.1, 0.3, 0.6)),
        "zone_tag_lies": rng.choice((0.0, 0.02, 0.04)),
        "zone_tag_words": rng.choice(("standard", "shop")),
        "domain_tags": rng.choice((0.0, 0.0, 0.0, 0.2, 0.5, 1.0)),
        "domain_tags_by": rng.choice(("system", "container")),
        "domain_tag_style": rng.choice(("name", "slug", "short")),
        "owner_tags": rng.choice((0.0, 0.0, 0.3, 0.9)),
        "owner_style": rng.choice(("id", "name", "desk")),
        "other_tags": rng.choice((0.0, 0.3, 0.9)),
        "systems": rng.choice((0.0, 0.0, 0.5, 0.95)),
        "systems_area": chance(rng, 0.7),
    }


def _staff(rng: random.Random) -> dict[str, Any]:
    """How the directory shows people."""
    departments = weighted(rng, {"flat": 2, "unit": 3, "numbered": 2, "codes": 2, "squads": 2.5, "tribes": 1.5})
    return {
        "departments": departments,
        "lookup": departments == "codes" and chance(rng, 0.6),
        "blank": rng.choice((0.0, 0.02, 0.05, 0.1, 0.25, 1.0 if chance(rng, 0.35) else 0.02)),
        "stale": rng.choice((0.0, 0.2, 0.5, 0.9)),
        "untidy": rng.choice((0.0, 0.0, 0.03)),
        "titles": weighted(rng, {"telling": 5, "grades": 3, "missing": 1}),
        "blank_titles": rng.choice((0.0, 0.02, 0.08)),
        "managers": chance(rng, 0.75),
        "contractors": rng.uniform(0.05, 0.25),
        "contractor_mark": weighted(rng, {"title": 2, "name": 3, "id": 2, "firm": 2, "none": 1}),
        "ids": rng.choice(("guid", "employee", "login")),
    }


def draw(rng: random.Random, size: Size) -> Conventions:
    """Conventions of a world, each drawn independently of the others unless one makes no sense beside another."""
    starved = chance(rng, 0.12)
    telling = chance(rng, 0.6)
    return Conventions(
        **_scale(rng, size),
        **_naming(rng, starved),
        **_knowledge(rng, starved),
        **_staff(rng),
        layered=chance(rng, 0.75),
        bases={
            "department": rng.uniform(0.3, 2.5),
            "cell": rng.uniform(0, 3),
            "group": 0.0 if telling else rng.random(),
        },
        carrier="grants" if size == "small" and chance(rng, 1 / 6) else "entitlements",
        central_writers=weighted(rng, {"area": 4, "team": 1.5, "service": 1}),
        approver=weighted(rng, {"senior": 4, "desk": 1, "none": 0.5}),
        movers=rng.uniform(0.05, 0.2),
        missing=rng.uniform(0.0, 0.1),
        odd=rng.uniform(0.0, 0.05),
        leavers=rng.uniform(0.01, 0.06),
        raw_reads=rng.choice(("engineers", "anyone")),
        entitlement_names=rng.choice(("group", "telling", "opaque", "verbose")),
        log_days=rng.choice((450, 450, 60, 0)),
        gateway=rng.choice((0.0, 0.0, 0.15, 0.4)),
    )
