"""The lake of a world: its systems and the containers they own, with names, zones and parents.

Zones come from how the data came to be: a table as a source delivers it is raw; what is cleaned or joined from it is
curated; what is made for readers is consumption. Names, formats and metadata follow afterwards, as the shop does it.
"""

import random
import string
from dataclasses import dataclass, field

from tests.benchmarks.worlds.atlas_conventions import Conventions, Shop, chance
from tests.benchmarks.worlds.atlas_words import AREAS, CODENAMES, CURATED_TOPICS, MART_TOPICS, QUALIFIERS, VENDORS
from tests.benchmarks.worlds.world import ZONES

SCRATCH = ("sandbox", "tmp", "poc", "old", "zz")


@dataclass(kw_only=True)
class Source:
    """A system of record, or an area's data product; both carry a code that stands in names."""

    code: str
    application: str
    label: str
    area: str
    kind: str
    shop: Shop
    boxes: list[int] = field(default_factory=list)


@dataclass(kw_only=True)
class Box:
    """A container: whose, of which zone (none for scratch and dead ones) and made from which others."""

    name: str
    source: int
    zone: str | None
    subject: str
    restricted: bool
    parents: list[int]


@dataclass(frozen=True, kw_only=True)
class Lake:
    """Areas of the bank, their systems, and the containers."""

    areas: list[str]
    sources: list[Source]
    boxes: list[Box]

    def area(self, box: int) -> str:
        """The area that owns a container."""
        return self.sources[self.boxes[box].source].area


def _codes(rng: random.Random, style: str, count: int) -> list[tuple[str, str, str]]:
    """Code in names, application id and label of each system; unique."""
    vendors, codenames = list(VENDORS), list(CODENAMES)
    rng.shuffle(vendors)
    rng.shuffle(codenames)
    prefix, seen, found = rng.choice(("app", "a", "ci", "ait", "")), set[str](), list[tuple[str, str, str]]()
    while len(found) < count:
        how = rng.choice(("vendor", "letters", "number", "codename")) if style == "mixed" else style
        number = str(rng.randint(10_000, 99_999))
        letters = "".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 4)))
        names = {"vendor": vendors, "codename": codenames}.get(how, [])
        label = names.pop() if names else letters
        code = prefix + number if how == "number" else label
        if code in seen:
            continue
        seen.add(code)
        known = (vendors or [letters])[-1].title() if how == "number" else label
        found.append((code, f"APP{number}", known if chance(rng, 0.5) else code.upper()))
    return found


def sources_of(rng: random.Random, c: Conventions, areas: list[str]) -> list[Source]:
    """Systems and products, at least two per area, shops by area with some exceptions."""
    count = max(2 * len(areas), int(c.entitlements / rng.uniform(4.5, 7)))
    usual = {area: rng.choice(c.shops) for area in areas}
    owners = [area for area in areas for _ in range(2)]
    owners += rng.choices(areas, weights=[rng.uniform(0.5, 2.5) for _ in areas], k=count - len(owners))
    found = []
    for number, ((code, application, label), area) in enumerate(zip(_codes(rng, c.codes, count), owners, strict=True)):
        kind = (
            ("source", "product")[number % 2] if number < 2 * len(areas) else rng.choice(("source", "feed", "product"))
        )
        shop = usual[area] if chance(rng, 0.85) else rng.choice(c.shops)
        found.append(Source(code=code, application=application, label=label, area=area, kind=kind, shop=shop))
    return found


def _shares(rng: random.Random, c: Conventions, source: Source) -> tuple[float, float, float]:
    """Share of each zone among a system's containers."""
    raw, curated, made = (part * rng.uniform(0.7, 1.4) for part in c.mix)
    if source.kind == "product":
        raw, made = 0.0, made * 2.2
    elif source.kind == "feed":
        curated, made = curated * 0.4, made * 0.2
    else:
        raw, made = raw * 1.3, made * 0.5
    total = raw + curated + made
    return raw / total, curated / total, made / total


def _core(rng: random.Random, c: Conventions, source: Source, zone: str, subject: str) -> str:
    """The part of a name that says what is inside."""
    if chance(rng, source.shop.cryptic):
        return f"{rng.choice('tkqxd')}{rng.choice(string.ascii_lowercase)}{rng.randint(1000, 99_999)}"
    parts = [subject]
    if chance(rng, 0.75):
        parts.append(rng.choice(QUALIFIERS))
    if zone == "curated" and chance(rng, 0.3):
        parts.append(rng.choice(CURATED_TOPICS))
    if zone == "consumption" and chance(rng, 0.3):
        parts.append(rng.choice(MART_TOPICS))
    if zone == "raw" and chance(rng, 0.25):
        parts.append(rng.choice(QUALIFIERS))
    return "-".join(parts)


def _name(rng: random.Random, c: Conventions, source: Source, zone: str, subject: str, joined: bool) -> str:
    """A container's name without what keeps it unique."""
    shop, code = source.shop, source.code
    core = _core(rng, c, source, zone, subject)
    if chance(rng, c.area_in_name):
        code = f"{AREAS[source.area][0].split()[1]}-{code}"
    word = ""
    if chance(rng, shop.rates[zone]):
        said = rng.choice([one for one in ZONES if one != zone]) if chance(rng, c.lies) else zone
        word = rng.choice(list(shop.words[said]))
        if said == "curated" and shop.vocabulary == "dbt":
            word = "int" if joined else rng.choice(("stg", "stg", "stg", "base"))
    if not word:
        return f"{code}-{core}"
    if shop.glued:
        return f"{word}{code}-{core}" if shop.position in ("front", "second") else f"{code}{word}-{core}"
    return {
        "front": f"{word}-{code}-{core}",
        "second": f"dl-{word}-{code}-{core}",
        "middle": f"{code}-{word}-{core}",
        "back": f"{code}-{core}-{word}",
    }[shop.position]


def _unique(name: str, taken: set[str]) -> str:
    """A valid name that nobody has yet: 3 to 63 characters, single hyphens; numbered where it must be."""
    name = "-".join(part for part in name.split("-") if part)[:58].rstrip("-")
    tried, number = name, 1
    while tried in taken:
        number += 1
        tried = f"{name}-{number:02d}"
    taken.add(tried)
    return tried


def _parents(
    rng: random.Random, source: Source, zone: str, made: dict[str, list[int]], other: dict[str, list[int]]
) -> list[int]:
    """What a container is made from: its own system's, a product's from other systems' too."""
    if zone == "raw":
        return []
    before = ("curated", "raw") if zone == "consumption" and chance(rng, 0.9) else ("raw", "curated")
    own = made[before[0]] or made[before[1]]
    pool = own if own and (source.kind != "product" or (zone == "consumption" and chance(rng, 0.85))) else []
    pool = pool or other["curated"] or other["raw"]
    most = 1 if zone == "curated" and source.kind != "product" else 4
    return sorted({rng.choice(pool) for _ in range(rng.randint(1, most))}) if pool else []


def lake_of(rng: random.Random, c: Conventions, areas: list[str]) -> Lake:
    """Systems first, feeds before products, so that whatever is made from something comes after it."""
    sources = sources_of(rng, c, areas)
    weights = [rng.lognormvariate(0, 0.8) for _ in sources]
    counts = [max(6, int(c.containers * weight / sum(weights))) for weight in weights]
    counts[counts.index(max(counts))] += c.containers - sum(counts)
    order = sorted(range(len(sources)), key=lambda s: (sources[s].kind == "product", s))
    boxes: list[Box] = []
    taken: set[str] = set()
    other: dict[str, list[int]] = {zone: [] for zone in ZONES}
    scratch, prefix = rng.choice((0.0, 0.01, 0.03)), rng.choice(("", "", "", "prd-", "p-", "edl-"))
    for number in order:
        source = sources[number]
        subjects = AREAS[source.area][3].split()
        shares = _shares(rng, c, source)
        secret = set(rng.sample(subjects, rng.choice((0, 1, 1, 2))))
        zones = sorted(rng.choices(ZONES, weights=shares, k=counts[number]), key=ZONES.index)
        made: dict[str, list[int]] = {zone: [] for zone in ZONES}
        for zone in zones:
            subject = rng.choice(subjects)
            dead = chance(rng, scratch)
            parents = [] if dead else _parents(rng, source, zone, made, other)
            joined = len(parents) > 1 or source.kind == "product"
            name = f"{rng.choice(SCRATCH)}-{source.code}-{subject}"
            name = name if dead else prefix + _name(rng, c, source, zone, subject, joined)
            made[zone] += [] if dead else [len(boxes)]
            source.boxes.append(len(boxes))
            boxes.append(
                Box(name=_unique(name, taken), source=number, zone=None if dead else zone, subject=subject,
                    restricted=subject in secret and not dead, parents=parents)
            )  # fmt: skip
        for zone in ZONES:
            other[zone] += made[zone]
    return Lake(areas=areas, sources=sources, boxes=boxes)
