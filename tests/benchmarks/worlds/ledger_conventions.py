"""Conventions of one bank of the family ``ledger``, drawn from a seed: each independently of the others as a rule."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, Literal

from tests.benchmarks.worlds import ledger_words as words
from tests.benchmarks.worlds.ledger_words import VOCABULARIES, Vocabulary

Tells = Literal["tells", "partly", "nothing", "misleads"]
SHOPS: Final = {"host": 0.75, "dwh": 0.5, "sas": 0.45, "focus": 0.4, "cloud": 0.4, "dbt": 0.25}
"""Kind of shop to how many of these banks have one."""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A team of builders with words and a place in a name of its own."""

    kind: str
    vocabulary: str
    words: Vocabulary
    position: str
    glued: bool
    template: str
    lineage: float


@dataclass(frozen=True, kw_only=True)
class Conventions:
    """What was drawn; shares are of 1."""

    seed: int
    size: str
    as_of: datetime
    language: str
    second: str
    people: int
    entitlements: int
    containers: int
    area_keys: tuple[str, ...]
    department: str
    department_form: int
    blank_departments: float
    stale_departments: float
    untidy_departments: float
    titles: str
    blank_titles: float
    lead_titles: bool
    layered: bool
    job_by: str
    writer: str
    external: str
    external_share: float
    shops: tuple[Shop, ...]
    word_rates: tuple[float, float, float]
    word_lies: float
    formats: Tells
    formats_missing: float
    sizes: Tells
    ages: Tells
    lineage_rate: float
    lineage_deep: bool
    lineage_reach: float
    lineage_wrong: float
    tools: str
    zone_key: str | None
    zone_values: str
    zone_rate: float
    zone_lies: float
    domain_key: str
    domain_rate: float
    domain_values: str
    domain_lies: float
    system_key: str
    system_rate: float
    owner_rate: float
    owner_values: str
    register_rate: float
    register_area: bool
    approver: str
    catalogue: str
    opened_by: str
    sensitive: tuple[str, ...]
    carried_by: str
    movers: float
    missing: float
    odd: float
    use_days: int
    gateway: float
    use_share: float
    set_aside: float
    it_owns: bool
    system_in_name: float

    @property
    def externals_known(self) -> bool:
        """Whether anything marks a contractor."""
        return self.external != "none"

    def summary(self) -> dict[str, Any]:
        """Conventions as plain values, for whoever reads a table of results."""
        plain = asdict(self)
        plain["shops"] = [f"{one.kind}:{one.vocabulary}:{one.position}" for one in self.shops]
        plain["as_of"] = self.as_of.isoformat()
        plain["area_keys"] = len(self.area_keys)
        return {key: round(value, 3) if isinstance(value, float) else value for key, value in plain.items()}


def _invented(rng: Random) -> Vocabulary:
    """Three codes that mean something to nobody outside."""
    syllables = [a + b for a in "bdfgklmnprstvwz" for b in "aeiou"]
    length = rng.choice((1, 1, 2))
    one, two, three = ("".join(rng.sample(syllables, length)) + rng.choice("nrstx") for _ in range(3))
    return ((one,), (two + "1",), (three + "2",))


def _shops(rng: Random, lineage: float) -> tuple[Shop, ...]:
    kinds = [kind for kind, chance in SHOPS.items() if rng.random() < chance]
    if not {"host", "dwh", "cloud"} & set(kinds):
        kinds = ["host", *kinds]
    kinds = kinds if len(kinds) > 1 else [*kinds, rng.choice(("sas", "focus"))]
    shared = rng.choice(("deutsch", "english", "etl", "medallion", "levels-0")) if rng.random() < 0.25 else None
    shops = []
    for kind in kinds:
        name = shared if shared and kind != "dbt" else rng.choice(words.SHOP_VOCABULARIES[kind])
        vocabulary = VOCABULARIES[name]
        if name != "dbt" and rng.random() < 0.2:
            name, vocabulary = "invented", _invented(rng)
        place = "prefix" if kind == "dbt" else rng.choice(("prefix", "prefix", "suffix", "middle"))
        shops.append(
            Shop(
                kind=kind,
                vocabulary=name,
                words=vocabulary,
                position=place,
                glued=kind != "dbt" and rng.random() < 0.15,
                template=rng.choice(("number", "clipped", "plain", "plain", "coded")) if kind == "host" else "plain",
                lineage=min(0.95, lineage * rng.uniform(0.4, 1.6)),
            )
        )
    return tuple(shops)


def _rate(rng: Random, *, none: float, every: float, low: float = 0.1, high: float = 0.9) -> float:
    """A share that is 0 or 1 at the given probabilities, and otherwise anything between."""
    draw = rng.random()
    return 0.0 if draw < none else 1.0 if draw < none + every else rng.uniform(low, high)


def _tells(rng: Random) -> Tells:
    kinds: tuple[Tells, ...] = ("tells", "partly", "nothing", "misleads")
    return rng.choices(kinds, weights=(3, 3, 3, 1))[0]


def _sizes(rng: Random, size: str) -> dict[str, Any]:
    if size == "large":
        return {"people": 300, "entitlements": 540, "containers": 50_000, "areas": rng.randint(7, 15)}
    people = rng.randint(60, 200)
    entitlements = rng.randint(42, 165)
    areas = rng.randint(5, max(5, min(15, people // 11, entitlements // 6)))
    return {"people": people, "entitlements": entitlements, "containers": rng.randint(800, 4000), "areas": areas}


def _zone_part(rng: Random) -> dict[str, Any]:
    """How much there is to know zones by; in one world of seven hardly anything."""
    poor = rng.random() < 0.14
    rates = (0.0, 0.0, 0.0) if poor or rng.random() < 0.1 else tuple(rng.uniform(0.05, 0.8) for _ in range(3))
    lineage = 0.0 if rng.random() < 0.2 else rng.uniform(0.03, 0.9)
    lineage = min(lineage, 0.06) if poor else lineage
    return {
        "word_rates": rates,
        "word_lies": rng.uniform(0, 0.06),
        "formats": "nothing" if poor else _tells(rng),
        "formats_missing": rng.choice((0.0, 0.0, 0.1, 0.5, 1.0)),
        "sizes": _tells(rng),
        "ages": _tells(rng),
        "lineage_rate": lineage,
        "lineage_deep": rng.random() < 0.5,
        "lineage_reach": rng.uniform(0.1, 0.7),
        "lineage_wrong": rng.choice((0.0, 0.01, 0.03, 0.06)),
        "tools": rng.choice(("known", "known", "mixed", "own")),
        "shops": _shops(rng, lineage),
        "zone_key": None if poor else rng.choice(("zone", "layer", "schicht", "couche", "laag")),
        "zone_values": rng.choice(("plain", "plain", "medallion", "shop")),
        "zone_rate": 0.0 if poor else _rate(rng, none=0.6, every=0.05, high=0.6),
        "zone_lies": rng.choice((0.0, 0.01, 0.03, 0.05)),
    }


def _people_part(rng: Random) -> dict[str, Any]:
    department = rng.choices(
        ("flat", "path", "numbered", "codes-lookup", "codes", "names"), weights=(2, 5, 3, 2, 1.5, 1.5)
    )[0]
    blank = 1.0 if rng.random() < 0.05 else rng.choice((0.0, 0.0, rng.uniform(0.02, 0.15), rng.uniform(0.15, 0.45)))
    return {
        "department": department,
        "department_form": rng.randrange(6),
        "blank_departments": blank,
        "stale_departments": rng.choice((0.0, 0.02, 0.02, 0.05, 0.05, 0.12, 0.3)),
        "untidy_departments": rng.choice((0.0, 0.0, 0.03, 0.1)),
        "titles": rng.choices(("telling", "generic", "mixed", "missing"), weights=(4, 3, 2, 1))[0],
        "lead_titles": rng.random() < 0.5,
        "blank_titles": rng.uniform(0.01, 0.08),
        "job_by": rng.choices(("department", "title", "both", "group", "mixed"), weights=(4, 2, 3, 1.5, 2))[0],
        "external": rng.choice(("title", "suffix", "prefix", "id", "none")),
        "external_share": rng.choice((0.0, 0.05, 0.1, 0.2)),
        "writer": rng.choices(("area", "central", "service"), weights=(5, 3, 2))[0],
    }


def _ownership_part(rng: Random) -> dict[str, Any]:
    return {
        "domain_key": rng.choice(("domain", "domain", "data_domain", "fachbereich", "domaine")),
        "domain_rate": _rate(rng, none=0.55, every=0.1),
        "domain_values": rng.choice(("name", "name", "slug", "english")),
        "domain_lies": rng.choice((0.0, 0.0, 0.02, 0.04)),
        "system_key": rng.choice(("system", "application", "app_id", "quellsystem")),
        "system_rate": _rate(rng, none=0.3, every=0.25),
        "owner_rate": _rate(rng, none=0.5, every=0.1),
        "owner_values": rng.choice(("person", "person", "mailbox", "desk")),
        "register_rate": _rate(rng, none=0.4, every=0.3, low=0.3),
        "register_area": rng.random() < 0.75,
        "approver": rng.choice(("owner", "owner", "owner", "central", "absent")),
        "it_owns": rng.random() < 0.3,
        "system_in_name": rng.choice((1.0, 0.95, 0.8, 0.6)),
    }


def _silent(rng: Random) -> dict[str, Any]:
    """A bank where nothing that was written down leads to areas."""
    department = rng.choice(("codes", "names", "numbered"))
    blank = rng.uniform(0.85, 1.0) if department == "numbered" else rng.uniform(0.0, 0.3)
    none = dict.fromkeys(("domain_rate", "register_rate"), 0.0)
    return {**none, "department": department, "blank_departments": blank, "owner_values": "person"}


def draw(seed: int, size: str) -> Conventions:
    """Conventions of the bank of this seed."""
    rng = Random(f"ledger:{seed}:{size}:conventions")
    counts = _sizes(rng, size)
    areas = counts.pop("areas")
    language = rng.choice(words.LANGUAGES)
    drawn = {**counts, **_zone_part(rng), **_people_part(rng), **_ownership_part(rng)}
    if rng.random() < 0.09:
        drawn |= _silent(rng)
    drawn["area_keys"] = tuple(sorted(rng.sample(sorted(words.AREAS), areas)))
    kept = ("restricted", "pii", "confidential", "secret")
    return Conventions(
        seed=seed,
        size=size,
        as_of=datetime(2026, 1, 5, 6, tzinfo=UTC) + timedelta(days=rng.randrange(330), hours=rng.randrange(12)),
        language=language,
        second=rng.choice(words.LANGUAGES),
        layered=rng.random() < 0.75,
        catalogue=rng.choice(("code", "product", "racf", "number", "sentence", "path")),
        opened_by=rng.choice(("system", "zone", "subject", "subject")),
        sensitive=tuple(rng.sample(kept, rng.randint(1, 2))),
        carried_by="grants" if rng.random() < 1 / 6 else "entitlements",
        movers=rng.uniform(0.05, 0.2),
        missing=rng.uniform(0.0, 0.1),
        odd=rng.uniform(0.0, 0.05),
        use_days=rng.choices((450, 60, 0), weights=(5, 3, 2))[0],
        gateway=rng.choice((0.0, 0.1, 0.3, 0.5)),
        use_share=rng.uniform(0.1, 0.6),
        set_aside=rng.uniform(0.0, 0.03),
        **drawn,
    )
