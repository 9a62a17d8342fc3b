"""Public dbt projects as names and edges alone: what a lake looks like of which only lineage is known.

In: the files of ``dbt/``, one line per table: its zone, its name, ``<``, what it is made from; an ``x`` line is a
report. Truth is the layer the project itself puts a table in: sources, seeds and base are raw; staging, intermediate,
prep and snapshots are curated; dimensions, facts, marts and reports are consumption. Names and references are facts
of projects that were not known when the model was made; nothing of their code is here.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from sklearn.metrics import f1_score

from lakezones.access import AccessSettings, resolve
from lakezones.model.frames import Facts
from lakezones.propose.domains import DomainsSettings, propose_domains
from lakezones.propose.zones import ZonesSettings, zone_lake

FOLDER: Final = Path(__file__).parent / "dbt"
AS_OF: Final = datetime(2026, 11, 1, tzinfo=UTC)

BUILT_ON: Final = (
    "trade",
    "racing",
    "installs",
    "shop",
    "northwind",
    "jaffle",
    "storefront",
    "consultancy",
    "evaluator",
)
"""Projects that were looked at while the model was made better."""

HELD_OUT: Final = (
    "bridge",
    "marketing",
    "campaigns",
    "marketplace",
    "music",
    "sensors",
    "factoring",
    "enterprise",
    "webtraffic",
)
"""Projects that were only scored."""

LAYER_WORDS: Final = {
    "raw": ("raw", "src", "base", "bronze", "seed", "source"),
    "curated": ("stg", "int", "prep", "xf", "tmp", "snapshot"),
    "consumption": ("dim", "fct", "mart", "rpt", "wh", "fact", "fato", "obt", "agg"),
}


@dataclass(frozen=True)
class Project:
    """One project: name, truth (table to zone), edges (made from, made) and reports (report, table)."""

    name: str
    truth: dict[str, str]
    edges: tuple[tuple[str, str], ...]
    reports: tuple[tuple[str, str], ...]


def read(name: str) -> Project:
    """Read one project."""
    truth: dict[str, str] = {}
    edges: list[tuple[str, str]] = []
    reports: list[tuple[str, str]] = []
    for line in (FOLDER / f"{name}.txt").read_text().splitlines():
        if not line.startswith("#"):
            left, _, ups = line.partition(" < ")
            zone, table = left.split()
            (reports if zone == "report" else edges).extend(
                (table, up) if zone == "report" else (up, table) for up in ups.split()
            )
            if zone != "report":
                truth[table] = zone
    return Project(name, truth, tuple(edges), tuple(reports))


def renamed(project: Project, spell: Callable[[str, str], str]) -> Project:
    """The project with every table spelt by `spell` (name, zone); two that would be one get names of their own."""
    new: dict[str, str] = {}
    for table, zone in project.truth.items():
        wanted = spell(table, zone)
        new[table] = wanted if wanted not in new.values() else f"{wanted}_{digits(table, 3)}"
    return Project(
        project.name,
        {new[table]: zone for table, zone in project.truth.items()},
        tuple((new[a], new[b]) for a, b in project.edges),
        tuple((report, new[table]) for report, table in project.reports),
    )


def digits(text: str, n: int) -> str:
    """A few digits of a text's digest."""
    return str(int(hashlib.sha256(text.encode()).hexdigest(), 16))[:n]


def as_named(table: str, zone: str) -> str:
    """As the project has it."""
    del zone
    return table


def as_ids(table: str, zone: str) -> str:
    """Names that mean nothing."""
    del zone
    return f"t{digits(table, 7)}"


def as_db2(table: str, zone: str) -> str:
    """Upper case, vowels dropped from longer words, at most 18 characters: ``STG_CSTMRS``."""
    del zone
    words = table.replace(".", "_").replace("__", "_").split("_")
    short = [w if len(w) <= 3 else w[0] + "".join(c for c in w[1:] if c not in "aeiou") for w in words]
    return "_".join(short).upper()[:18].rstrip("_")


def as_misleading(table: str, zone: str) -> str:
    """Three in ten carry a word of another layer instead of their own."""
    number = int(digits(table, 6))
    if number % 10 >= 3:
        return table
    other = sorted(set(LAYER_WORDS) - {zone})[number // 10 % 2]
    kept = [w for w in table.split("_") if w not in LAYER_WORDS[zone]]
    return "_".join([LAYER_WORDS[other][0], *kept])


VARIANTS: Final[dict[str, Callable[[str, str], str]]] = {
    "as named": as_named,
    "meaningless ids": as_ids,
    "DB2 style": as_db2,
    "misleading": as_misleading,
}


def facts_of(project: Project) -> Facts:
    """A lake of the project: a read and a write per reference by dbt; no use, no metadata, one person's grants."""
    rows = [("dbt", made, made, "write") for made in sorted({b for _, b in project.edges})]
    rows += [("dbt", made, source, "read") for source, made in project.edges]
    rows += [("dashboard", report, table, "read") for report, table in project.reports]
    names = sorted(project.truth)
    return Facts.of(
        {
            "grants": pl.DataFrame({"principal_id": ["ann"] * len(names), "container": names}),
            "references": pl.DataFrame(rows, schema=["tool", "artifact", "container", "direction"], orient="row"),
        },
        as_of=AS_OF,
    )


def scored(project: Project) -> tuple[list[str], list[str], list[float]]:
    """Truth, what was predicted (a state, or none) and confidence, by name of table."""
    facts = facts_of(project)
    access = resolve(facts, settings=AccessSettings())
    domains = propose_domains(facts, access, settings=DomainsSettings())
    zones = zone_lake(facts, access, domains, settings=ZonesSettings()).zones
    predicted = zones.select("container", pl.col("zone").cast(pl.String).fill_null("none"), "confidence")
    rows = list(predicted.iter_rows())
    return [project.truth[c] for c, _, _ in rows], [z for _, z, _ in rows], [float(p) for _, _, p in rows]


def macro(truth: list[str], predicted: list[str]) -> float:
    """Macro-F1 over the zones that the project has."""
    return float(f1_score(truth, predicted, labels=sorted(set(truth)), average="macro", zero_division=0))


def table_of_scores(projects: tuple[str, ...]) -> pl.DataFrame:
    """One row per project and variant: macro_f1, confident (share), confident_right; and one per variant for all."""
    rows = []
    for variant, spell in VARIANTS.items():
        every: list[tuple[str, str, float]] = []
        for name in projects:
            truth, predicted, sure = scored(renamed(read(name), spell))
            rows.append((variant, name, macro(truth, predicted), *confident(truth, predicted, sure)))
            every.extend(zip(truth, predicted, sure, strict=True))
        truth, predicted, sure = ([row[i] for row in every] for i in range(3))  # type: ignore[assignment]
        rows.append((variant, "all tables", macro(truth, predicted), *confident(truth, predicted, sure)))
        mean = float(np.mean([row[2] for row in rows if row[0] == variant and row[1] != "all tables"]))
        rows.append((variant, "mean of projects", mean, float("nan"), float("nan")))
    schema = ["variant", "project", "macro_f1", "confident", "confident_right"]
    return pl.DataFrame(rows, schema=schema, orient="row")


def confident(truth: list[str], predicted: list[str], sure: list[float]) -> tuple[float, float]:
    """Share predicted with 0.9 or more, and share of those that is right."""
    picked = [t == z for t, z, p in zip(truth, predicted, sure, strict=True) if p >= 0.9]
    return len(picked) / len(truth), sum(picked) / len(picked) if picked else float("nan")
