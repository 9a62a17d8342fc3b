"""Zones and domains on generated Firms: the model beside naive Bayes on what is known, and a forest taught the truth.

Out: a row per seed with macro-F1 over raw, curated and consumption, how many containers are confident (0.9 or more) and
how many of those are right, domains right where tags are missing; then the worst of each. The reference and the forest
are those of the worlds. ``BENCH_SIZE=firm`` takes Firms of the full one's habits.
"""

import os
import time
from collections.abc import Iterable, Mapping

import polars as pl

from lakezones.access import AccessSettings, resolve
from lakezones.demo.firm.generate import generate
from lakezones.demo.firm.settings import load
from lakezones.propose.domains import DomainsSettings, propose_domains
from lakezones.propose.zones import ZonesSettings, zone_lake
from lakezones.propose.zones.tokens import ZONES
from tests.benchmarks.worlds import references_zones as simple
from tests.benchmarks.worlds.clues import read_clues
from tests.benchmarks.worlds.scores_zones import confident, macro, proposed

SEEDS = int(os.environ.get("BENCH_SEEDS", "10"))
SIZE = os.environ.get("BENCH_SIZE", "medium")
CONTAINERS = int(os.environ.get("BENCH_CONTAINERS", "3000"))


def main() -> Iterable[Mapping[str, object]]:
    """Measure every seed, then the worst of each figure."""
    rows = [measure(seed) for seed in range(1, SEEDS + 1)]
    higher = [name for name in rows[0] if name not in ("seed", "seconds")]
    worst: dict[str, object] = {
        "seed": "worst",
        **{name: min(float(str(row[name])) for row in rows) for name in higher},
    }
    return [*rows, worst]


def measure(seed: int) -> dict[str, object]:
    """Figures of one seed."""
    firm = generate(load(SIZE).model_copy(update={"containers": CONTAINERS}), seed=seed)
    facts = firm.snapshot()
    access = resolve(facts, settings=AccessSettings())
    started = time.process_time()
    domains = propose_domains(facts, access, settings=DomainsSettings())
    zones = zone_lake(facts, access, domains, settings=ZonesSettings()).zones
    seconds = time.process_time() - started
    real = firm.truth["zones"].filter(pl.col("zone").is_in(list(ZONES)))
    truth = dict(real.select("container", "zone").iter_rows())
    clues, ours = read_clues(facts), proposed(zones)
    reference = {c: zone for c, (zone, _) in simple.anchored_bayes(facts, clues).items()}
    sure, right = confident(truth, ours)
    untagged = domains.filter(~pl.col("domain_evidence").str.starts_with("tagged domain").fill_null(value=False))
    return {
        "seed": seed,
        "model_f1": macro(truth, {c: zone for c, (zone, _) in ours.items()}),
        "reference_f1": macro(truth, reference),
        "forest_f1": macro(truth, simple.forest(facts, clues, truth)),
        "confident": sure,
        "confident_right": right,
        "domains_untagged_right": right_domains(domains, untagged, firm.truth["zones"]),
        "seconds": seconds,
    }


def right_domains(domains: pl.DataFrame, untagged: pl.DataFrame, truth: pl.DataFrame) -> float:
    """Share of untagged containers in the domain that tags of its true domain are written as; sandboxes have none."""
    tagged = domains.join(untagged, on="container", how="anti").join(
        truth.select("container", true="domain"), on="container"
    )
    spelled = (
        tagged.group_by("true", "domain")
        .len()
        .sort("true", "len", "domain", descending=[False, True, False])
        .unique("true", keep="first", maintain_order=True)
        .select("true", spelled="domain")
    )
    checked = untagged.join(
        truth.filter(pl.col("zone") != "sandbox").select("container", true="domain"), on="container"
    ).join(spelled, on="true", how="left")
    return float((checked["domain"] == checked["spelled"]).fill_null(value=False).mean())  # type: ignore[arg-type]
