"""Zones on lakes whose conventions the lexicon does not know: layer words of other shops and tongues, noisy formats.

Out: a row per lake with macro-F1, the share of containers with confidence 0.9 or more, and how many of those are
right; then the worst of each. Nothing here is in the words of `configs/zones.toml` on purpose: what the model knows it
must have learned from the lineage, the formats, the readers and from the names of the containers it is sure of.
"""

import json
import os
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl
from sklearn.metrics import f1_score

from lakezones.access import AccessSettings, resolve
from lakezones.model.facts import FACTS
from lakezones.model.frames import Facts
from lakezones.propose.domains import DomainsSettings, propose_domains
from lakezones.propose.zones import ZonesSettings, zone_lake

SEEDS = int(os.environ.get("BENCH_SEEDS", "2"))
ZONES = ("raw", "curated", "consumption")
FORMATS = ("csv", "parquet", "delta")
SUBJECTS = ("acct", "txn", "cust", "bal", "pos", "ref", "lmt", "rate", "coll", "pmt")


@dataclass(frozen=True, kw_only=True)
class Convention:
    """How a shop names and feeds its tables.

    Attributes
    ----------
    words
        Layer word of raw, curated and consumption; None where names say nothing.
    named
        Share of containers whose name has the word.
    format_told
        Share of containers in their zone's usual format; the rest is parquet.
    lineage
        Share of derived containers whose sources are known.
    reports
        Share of consumption containers that a report reads.
    """

    words: tuple[str, str, str] | None
    named: float = 0.5
    format_told: float = 0.8
    lineage: float = 0.9
    reports: float = 0.4


LAKES = {
    "in/wrk/out": Convention(words=("in", "wrk", "out")),
    "ein/auf/ber": Convention(words=("ein", "auf", "ber"), named=0.7),
    "z1/z2/z3, no formats": Convention(words=("z1", "z2", "z3"), format_told=0.0),
    "lineage alone": Convention(words=None, format_told=0.0, lineage=1.0, reports=0.8),
    "formats alone": Convention(words=None, lineage=0.0, reports=0.0),
    "words against us": Convention(words=("mart", "raw", "stg"), named=0.6, lineage=1.0, reports=0.8),
    "little of everything": Convention(words=("aa", "bb", "cc"), named=0.3, format_told=0.3, lineage=0.4, reports=0.2),
}


def main() -> Iterable[Mapping[str, object]]:
    """Measure every lake, then the worst of each figure."""
    rows = [measure(name, seed) for name in LAKES for seed in range(1, SEEDS + 1)]
    figures = ("macro_f1", "confident", "confident_right")
    return [*rows, {"lake": "worst", **{name: min(float(str(row[name])) for row in rows) for name in figures}}]


def measure(name: str, seed: int) -> dict[str, object]:
    """Figures of one lake."""
    facts, truth = lake(LAKES[name], seed)
    access = resolve(facts, settings=AccessSettings())
    domains = propose_domains(facts, access, settings=DomainsSettings())
    zones = zone_lake(facts, access, domains, settings=ZonesSettings()).zones
    both = truth.join(zones.with_columns(pl.col("zone").cast(pl.String)), on="container", suffix="_got")
    sure = both.filter(pl.col("confidence") >= 0.9)
    right = (sure["zone"] == sure["zone_got"]).mean() if sure.height else 1.0
    return {
        "lake": name,
        "seed": seed,
        "macro_f1": float(
            f1_score(
                both["zone"].to_list(),
                both["zone_got"].fill_null("none").to_list(),
                average="macro",
                labels=list(ZONES),
            )
        ),
        "confident": sure.height / both.height,
        "confident_right": float(right),  # type: ignore[arg-type]
    }


def lake(convention: Convention, seed: int, *, systems: int = 40, each: int = 60) -> tuple[Facts, pl.DataFrame]:
    """A lake of `systems` times `each` containers, and the zone of each."""
    draw = random.Random(f"{seed} {convention}")
    containers, references, truth, grants = [], [], [], []
    for s in range(systems):
        layers: list[list[str]] = [[], [], []]
        for i in range(each):
            zone = 0 if i < 3 else draw.choices((0, 1, 2), (0.45, 0.3, 0.25))[0]
            word = convention.words[zone] if convention.words and draw.random() < convention.named else ""
            parts = [f"sys{s:02d}", word, draw.choice(SUBJECTS) + f"{i:03d}"]
            name = "-".join(filter(None, parts))
            form = FORMATS[zone] if draw.random() < convention.format_told else "parquet"
            containers.append((name, form, json.dumps({"system": f"SYS{s:02d}", "table": f"T{s:02d}{i:03d}"})))
            truth.append((name, ZONES[zone]))
            sources = layers[zone - 1] if zone else []
            if sources and draw.random() < convention.lineage:
                for source in draw.sample(sources, min(len(sources), draw.randint(1, 3))):
                    references.append(("flows", f"f-{s}-{i}", source, "read"))
                references.append(("flows", f"f-{s}-{i}", name, "write"))
            if zone == 2 and draw.random() < convention.reports:
                references.append(("dashboards", f"d-{s}-{i // 5}", name, "read"))
            layers[zone].append(name)
        for p in draw.sample(range(120), 8):
            grants += [(f"p{p:03d}", name) for layer in layers for name in layer]
    tables = {
        "containers": pl.DataFrame(containers, schema=["container", "format", "metadata"], orient="row"),
        "references": pl.DataFrame(references, schema=["tool", "artifact", "container", "direction"], orient="row"),
        "grants": pl.DataFrame(grants, schema=["principal_id", "container"], orient="row"),
    }
    if not references:
        del tables["references"]
    return facts_of(tables), pl.DataFrame(truth, schema=["container", "zone"], orient="row")


def facts_of(tables: Mapping[str, pl.DataFrame]) -> Facts:
    """Facts with these tables; columns that they lack are null."""
    filled = {}
    for name, frame in tables.items():
        schema = FACTS[name]
        missing = [
            pl.lit(None, dtype=column.dtype).alias(key)
            for key, column in schema.columns().items()
            if key not in frame.columns
        ]
        filled[name] = frame.with_columns(missing)
    return Facts(
        as_of=datetime(2026, 1, 1, tzinfo=UTC),
        **{
            name: FACTS[name].validate(frame.select(FACTS[name].column_names()), cast=True)
            for name, frame in filled.items()
        },
    )
