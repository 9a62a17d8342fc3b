"""Systems of record and their containers: what was delivered, what was made of it, what was made for readers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any, Final

import numpy as np
import polars as pl

from tests.benchmarks.worlds import ledger_words as words
from tests.benchmarks.worlds.ledger_conventions import Conventions, Shop
from tests.benchmarks.worlds.ledger_names import Namer
from tests.benchmarks.worlds.ledger_org import Org
from tests.benchmarks.worlds.world import ZONES

SHOP_WEIGHTS: Final = {
    "host": (3.0, 0.8, 0.3),
    "dwh": (0.8, 2.0, 1.8),
    "sas": (0.3, 1.0, 1.2),
    "focus": (0.4, 0.3, 1.5),
    "cloud": (1.0, 1.0, 1.0),
    "dbt": (0.05, 2.0, 1.4),
}


@dataclass(frozen=True, kw_only=True)
class System:
    """A system of record, or a mart that others feed; `shops` says who builds each of its zones."""

    number: int
    area: str
    kind: str
    code: str
    product: str
    application: str
    subjects: tuple[str, ...]
    shops: tuple[tuple[int, ...], ...]
    restricted: float


@dataclass(frozen=True, kw_only=True)
class Lake:
    """Systems and containers.

    Attributes
    ----------
    frame
        container, system (number), area (key), zone (null: set aside), subject, shop (number), restricted; in the
        order in which they were made.
    """

    systems: list[System]
    frame: pl.DataFrame


def _codes(rng: Random, count: int) -> list[str]:
    """Codes as a mainframe has them: two to four letters, some with a figure."""
    letters, drawn = "abcdefghikklmnoprstuvwz", set[str]()
    figures = rng.random() < 0.4
    while len(drawn) < count:
        code = "".join(rng.choice(letters) for _ in range(rng.choice((2, 3, 3, 4))))
        drawn.add(code[:2] + str(rng.randrange(10)) if figures and rng.random() < 0.5 else code)
    codes = sorted(drawn)
    rng.shuffle(codes)
    return codes


def _owners(c: Conventions, rng: Random, count: int) -> list[tuple[str, str]]:
    """Area and kind of each system: shared reference data first, one for each area at least, then as it comes."""
    home = "finance" if "finance" in c.area_keys else rng.choice(c.area_keys)
    listed = [(rng.choice((home, rng.choice(c.area_keys))), "reference")]
    listed += [(area, "source") for area in c.area_keys]
    weights = [rng.uniform(0.4, 2.0) for _ in c.area_keys]
    mart_share = rng.uniform(0.2, 0.45)
    while len(listed) < count:
        kind = "mart" if rng.random() < mart_share else "source"
        listed.append((rng.choices(c.area_keys, weights)[0], kind))
    if c.it_owns:
        listed.append(("it", "source"))
    return listed


def _systems(c: Conventions, rng: Random) -> list[System]:
    owners = _owners(
        c, rng, max(len(c.area_keys) + 1, round(c.entitlements / (2.3 if c.opened_by == "system" else 3.4)))
    )
    codes = _codes(rng, len(owners))
    systems = []
    for number, (area, kind) in enumerate(owners):
        known = words.SUBJECTS["reference" if kind == "reference" else area].split("|")
        products = words.PRODUCTS[area].split("|")
        product = (
            f"{rng.choice(products)} {codes[number].upper()}" if kind == "source" else f"DM {codes[number].upper()}"
        )
        shops = tuple(_builders(c, rng, zone) for zone in range(3))
        systems.append(
            System(
                number=number,
                area=area,
                kind=kind,
                code=codes[number],
                product="Stammdaten" if kind == "reference" else product,
                application=f"APP-{1000 + 7 * number + rng.randrange(7):05}",
                subjects=tuple(rng.sample(known, rng.randint(min(3, len(known)), len(known)))),
                shops=shops,
                restricted=0.0 if kind == "reference" or rng.random() < 0.6 else rng.uniform(0.04, 0.18),
            )
        )
    return systems


def _builders(c: Conventions, rng: Random, zone: int) -> tuple[int, ...]:
    weights = [SHOP_WEIGHTS[one.kind][zone] for one in c.shops]
    return tuple(sorted(set(rng.choices(range(len(c.shops)), weights, k=rng.choice((1, 1, 2))))))


def _shares(c: Conventions, rng: Random) -> dict[str, tuple[float, ...]]:
    """Shares of the zones by kind of system."""
    raw = rng.uniform(0.4, 0.65)
    return {
        "source": (raw, (1 - raw) * 0.65, (1 - raw) * 0.35),
        "mart": (0.04, rng.uniform(0.2, 0.5), rng.uniform(0.4, 0.7)),
        "reference": (0.4, 0.35, 0.25),
    }


def build(c: Conventions, names: Mapping[str, str]) -> Lake:
    """Systems and containers of these conventions; `names` are those of the areas."""
    rng = Random(f"ledger:{c.seed}:{c.size}:lake")
    systems, namer = _systems(c, rng), Namer(c, names)
    shares = _shares(c, rng)
    weights = [rng.lognormvariate(0, 0.8) * (0.4 if one.kind == "reference" else 1) for one in systems]
    scale = c.containers / sum(weights)
    rows: list[tuple[str, int, str, int | None, str, int, bool]] = []
    for system in systems:
        count = max(6, round(scale * weights[system.number]))
        # Restricted subjects come first: personal data sits in few tables, through all zones.
        for place in range(count):
            zone = place if place < 3 else rng.choices((0, 1, 2), shares[system.kind])[0]
            restricted = rng.random() < system.restricted or (system.restricted > 0 and place < 2)
            subject, shop = rng.choice(system.subjects), rng.choice(system.shops[zone])
            aside = rng.random() < c.set_aside and place > 3
            named = (
                namer.aside(system.code, subject)
                if aside
                else namer.name(system.code, subject, zone, shop, system.area)
            )
            rows.append((named, system.number, system.area, None if aside else zone, subject, shop, restricted))
    frame = pl.DataFrame(
        rows,
        schema={
            "container": pl.String,
            "system": pl.Int64,
            "area": pl.String,
            "zone": pl.Int64,
            "subject": pl.String,
            "shop": pl.Int64,
            "restricted": pl.Boolean,
        },
        orient="row",
    )
    return Lake(systems=systems, frame=frame)


def _pull(kind: str) -> tuple[float, ...]:
    """How far raw, curated and consumption differ, in units of a natural logarithm."""
    return {
        "tells": (1.3, 0.0, -1.6),
        "partly": (0.6, 0.0, -0.7),
        "nothing": (0.0, 0.0, 0.0),
        "misleads": (-1.0, 0.3, 1.0),
    }[kind]


FORMATS: Final[dict[str, tuple[dict[str, float], ...]]] = {
    "tells": (
        {"csv": 5, "txt": 3, "avro": 2, "xml": 1},
        {"parquet": 8, "delta": 3, "csv": 0.3},
        {"delta": 5, "sas7bdat": 3, "parquet": 1},
    ),
    "partly": (
        {"csv": 4, "parquet": 3, "avro": 1, "json": 1},
        {"parquet": 6, "delta": 2, "csv": 1.5},
        {"parquet": 4, "csv": 2, "sas7bdat": 1.5, "xlsx": 0.5},
    ),
    "nothing": ({"parquet": 5, "csv": 1}, {"parquet": 5, "csv": 1}, {"parquet": 5, "csv": 1}),
    "misleads": ({"parquet": 5, "delta": 3, "csv": 1}, {"csv": 2, "parquet": 3}, {"csv": 5, "txt": 2, "parquet": 2}),
}


def _format(c: Conventions, rng: Random, zone: int, shop: Shop) -> str | None:
    if rng.random() < c.formats_missing:
        return None
    if shop.kind == "sas" and c.formats != "nothing" and rng.random() < 0.6:
        return "sas7bdat"
    kinds = FORMATS[c.formats][zone]
    return rng.choices(list(kinds), list(kinds.values()))[0]


def containers(c: Conventions, org: Org, lake: Lake) -> pl.DataFrame:
    """Table `containers`: formats, sizes, ages and metadata as this bank keeps them."""
    rng = Random(f"ledger:{c.seed}:{c.size}:containers")
    noise = np.random.default_rng([c.seed, 11])
    frame, count = lake.frame, lake.frame.height
    zone = frame["zone"].fill_null(1).to_numpy()
    size = np.exp(noise.normal(18.5, 1.9, count) + np.array(_pull(c.sizes))[zone])
    age = np.exp(noise.normal(1.6, 1.5, count) - np.array(_pull(c.ages))[zone])
    age = np.where(frame["zone"].is_null().to_numpy(), age * 40 + 200, age)
    known = rng.random() < 0.9
    moments = [c.as_of - timedelta(seconds=int(min(days, 2400) * 86_400)) for days in age.tolist()]
    formats = [
        _format(c, rng, at, c.shops[shop]) for at, shop in zip(zone.tolist(), frame["shop"].to_list(), strict=True)
    ]
    said = _Metadata(c, org, lake)
    return pl.DataFrame(
        {
            "container": frame["container"],
            "account": pl.Series(["stledgerprd"] * count),
            "last_modified": moments if known else pl.Series([None] * count, dtype=pl.Datetime("us", "UTC")),
            "size_bytes": size.astype(np.int64) if c.sizes != "nothing" or rng.random() < 0.7 else None,
            "blob_count": np.maximum(1, size / 6e7 * np.exp(noise.normal(0, 0.6, count))).astype(np.int64),
            "format": pl.Series(formats, dtype=pl.String),
            "metadata": pl.Series([said.of(row) for row in frame.iter_rows(named=True)], dtype=pl.String),
        }
    )


class _Metadata:
    """What containers say of themselves, as far as anybody filled it in."""

    def __init__(self, c: Conventions, org: Org, lake: Lake) -> None:
        self.c, self.org, self.lake = c, org, lake
        self.rng = Random(f"ledger:{c.seed}:{c.size}:metadata")
        self.spelling = self.rng.choice(("code", "product", "application"))
        self.stewards = {
            area: [one.id for one in org.people if one.area == area and one.enabled and not one.external][:3]
            for area in org.names
        }
        self.tables = self.rng.choice((0.0, 0.5, 1.0))
        # Some banks fill tags in system by system, others container by container.
        self.by_system = self.rng.random() < 0.4
        self.tagged = [self.rng.random() for _ in lake.systems]

    def domain(self, area: str) -> str:
        """An area as a tag writes it."""
        name = self.org.names[area]
        values = {
            "name": name,
            "slug": words.plain(name),
            "english": words.AREAS[area][3] if area in words.AREAS else name,
        }
        return values[self.c.domain_values]

    def owner(self, area: str) -> str:
        """An owner as a tag writes one."""
        name = self.org.names[area]
        if self.c.owner_values == "mailbox":
            return f"{words.plain(name)}.daten@bank.example"
        if self.c.owner_values == "desk":
            return f"{name} Data Office"
        return self.rng.choice(self.stewards.get(area) or self.stewards["it"] or [name])

    def _zone(self, zone: int | None, shop: Shop) -> str | None:
        if zone is None:
            return None
        if self.rng.random() < self.c.zone_lies:
            zone = (zone + self.rng.choice((1, 2))) % 3
        medallion = ("bronze", "silver", "gold")
        values = {"plain": ZONES[zone], "medallion": medallion[zone], "shop": shop.words[zone][0]}
        return values[self.c.zone_values]

    def of(self, row: dict[str, Any]) -> str | None:
        """Metadata of one container as JSON; null where there is none."""
        c, rng, system = self.c, self.rng, self.lake.systems[row["system"]]
        chance = self.tagged[system.number] if self.by_system else rng.random()
        said: dict[str, str | None] = {}
        if rng.random() < c.system_rate:
            said[c.system_key] = {"code": system.code.upper(), "product": system.product}.get(
                self.spelling, system.application
            )
        if rng.random() < self.tables:
            said["table"] = f"DB2P.{system.code.upper()}.{words.clipped(row['subject'], 6).upper()}"
        if c.zone_key and rng.random() < c.zone_rate:
            said[c.zone_key] = self._zone(row["zone"], c.shops[row["shop"]])
        if chance < c.domain_rate:
            area = rng.choice(c.area_keys) if rng.random() < c.domain_lies else system.area
            said[c.domain_key] = self.domain(area)
        if rng.random() < c.owner_rate:
            said["owner"] = self.owner(system.area)
        if row["restricted"]:
            said["sensitivity"] = c.sensitive[system.number % len(c.sensitive)]
        elif rng.random() < 0.3 * self.tables:
            said["sensitivity"] = "internal"
        kept = {key: value for key, value in said.items() if value is not None}
        return json.dumps(kept, ensure_ascii=False, sort_keys=True) if kept else None


def register(c: Conventions, org: Org, lake: Lake) -> pl.DataFrame | None:
    """Table `systems`, as far as the bank keeps one."""
    if not c.register_rate:
        return None
    rng = Random(f"ledger:{c.seed}:{c.size}:register")
    spelling = rng.choice(("code", "code", "product"))
    identity = rng.random() < 0.4
    stewards = {
        area: [
            one.id if identity else one.name
            for one in org.people
            if one.area == area and one.enabled and not one.external
        ]
        for area in org.names
    }
    rows = []
    for system in lake.systems:
        if rng.random() < c.register_rate:
            known = stewards.get(system.area)
            rows.append(
                {
                    "system": system.code.upper()
                    if spelling == "code"
                    else f"{system.product} ({system.code.upper()})",
                    "application_id": system.application,
                    "owner": rng.choice(known) if known and rng.random() < 0.8 else None,
                    "area": org.names[system.area] if c.register_area else None,
                }
            )
    schema = dict.fromkeys(("system", "application_id", "owner", "area"), pl.String)
    return pl.DataFrame(rows, schema=schema)
