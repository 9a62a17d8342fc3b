"""Trees shaped like dbt projects: sources, seeds, staging, intermediate models, marts; as named, or without prefixes.

In: a seed; odd ones are for development, even ones for reporting. Out: a row per tree and way of naming. Raw is what
comes from outside (sources, seeds), consumption what is in marts, curated everything between.
"""

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cached_property

import polars as pl

from tests.benchmarks.worlds import references_zones as simple
from tests.benchmarks.worlds.clues import read_clues
from tests.benchmarks.worlds.lake import Lake
from tests.benchmarks.worlds.scores_zones import confident, macro, proposed
from tests.benchmarks.worlds.world import Truth, World, facts_of

SOURCES = ("crm", "erp", "core", "billing", "web", "ledger", "support", "ads", "cards", "swift")
TABLES = (
    "customers", "orders", "payments", "invoices", "accounts", "sessions", "tickets", "positions", "rates", "branches",
)  # fmt: skip
STEPS = (
    "joined", "pivoted", "deduplicated", "enriched", "by_day", "unioned", "sessionized", "filtered", "scored", "latest",
)  # fmt: skip
MADE = (
    "lifetime_value", "churn", "revenue", "exposure", "overview", "funnel", "retention", "margin", "daily", "history",
)  # fmt: skip
Row = dict[str, object]


class Tree:
    """A project as its names, zones and edges."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(f"tree {seed}")
        self.zone: dict[str, str] = {}
        self.made_from: dict[str, list[str]] = {}
        self.plain: dict[str, str] = {}
        source = self.draw.choice(("{s}_{t}", "raw_{s}_{t}", "{s}.{t}", "raw_{t}_{s}", "src_{s}__{t}"))
        staged = self.draw.choice(("stg_{s}__{t}", "stg_{s}_{t}", "stg_{t}_{s}"))
        between = self.draw.choice(("int_{}", "int__{}", "intermediate_{}"))
        marts = self.draw.choice((("dim_{}", "fct_{}"), ("dim_{}", "fact_{}", "rpt_{}"), ("mart_{}",), ("{}",)))
        staging = []
        for s in self.draw.sample(SOURCES, self.draw.randint(2, 5)):
            for t in self.draw.sample(TABLES, self.draw.randint(3, 8)):
                raw = self._add(source.format(s=s, t=t), "raw", f"{s}_{t}", [])
                if self.draw.random() < 0.95:
                    staging.append(self._add(staged.format(s=s, t=t), "curated", f"{s}_{t}", [raw]))
        seeds = [
            self._add(self.draw.choice(("{}_codes", "seed_{}", "{}_mapping")).format(t), "raw", f"{t}_mapping", [])
            for t in self.draw.sample(TABLES, self.draw.randint(0, 4))
        ]
        ready = staging + seeds
        for i in range(round(len(staging) * self.draw.uniform(0.2, 1.2))):
            name = f"{self.draw.choice(TABLES)}_{STEPS[i % 10]}"
            ready.append(self._add(between.format(name), "curated", name, self._some(ready, 3)))
        last: list[str] = []
        for i in range(round(len(staging) * self.draw.uniform(0.3, 1.0))):
            name = f"{self.draw.choice(TABLES)}_{MADE[i % 10]}" if i % 3 else TABLES[i % 10]
            over = last if last and self.draw.random() < 0.2 else ready
            last.append(self._add(self.draw.choice(marts).format(name), "consumption", name, self._some(over, 4)))
        self.shown = [name for name in last if self.draw.random() < self.draw.choice((0.0, 0.3, 0.6))]

    def _add(self, name: str, zone: str, plain: str, made_from: list[str]) -> str:
        while name in self.zone:
            name += "_all"
        self.zone[name], self.plain[name], self.made_from[name] = zone, plain, made_from
        return name

    def _some(self, names: list[str], most: int) -> list[str]:
        # What was made last is read first, so that few models are left that nothing reads.
        unread = [name for name in names if not any(name in read for read in self.made_from.values())]
        first = unread[:1]
        return list(dict.fromkeys([*first, *self.draw.sample(names, min(len(names), self.draw.randint(1, most)))]))

    @cached_property
    def stripped(self) -> dict[str, str]:
        """Names without what says the layer; of those that would be one, all but the first get letters of their own."""
        taken: dict[str, str] = {}
        for name, plain in self.plain.items():
            short = plain
            while short in taken.values():
                short = f"{plain}_{''.join(self.draw.choices('bcdfghjkmnpqtvwxz', k=3))}"
            taken[name] = short
        return taken

    def world(self, name: str, spell: Callable[[str], str]) -> World:
        """The tree as a lake of which only names and lineage are known."""
        rows = [("dbt", spell(made), spell(made), "write") for made, read in self.made_from.items() if read]
        rows += [("dbt", spell(made), spell(one), "read") for made, read in self.made_from.items() for one in read]
        rows += [("exposures", f"board_{spell(one)}", spell(one), "read") for one in self.shown]
        names = [spell(one) for one in sorted(self.zone)]
        tables = {
            "containers": pl.DataFrame({"container": names}),
            "grants": pl.DataFrame({"principal_id": ["ann"] * len(names), "container": names}),
            "references": pl.DataFrame(rows, schema=["tool", "artifact", "container", "direction"], orient="row"),
        }
        zones = pl.DataFrame({"container": names, "zone": [self.zone[one] for one in sorted(self.zone)]})
        none = pl.DataFrame(schema={"principal_id": pl.String, "entitlement": pl.String})
        areas = pl.DataFrame(schema={"container": pl.String, "area": pl.String})
        truth = Truth(
            zones=zones, areas=areas, area_of={}, areas_knowable=False, teams=frozenset(), roles=(), layered=False,
            needed=none, leftovers=none,
        )  # fmt: skip
        return World(name=name, facts=facts_of(tables, datetime(2026, 6, 1, tzinfo=UTC)), truth=truth)


def score(seeds: Iterable[int]) -> list[Row]:
    """Macro-F1 of each tree both ways, beside the references; ``sure`` and ``right`` as for worlds."""
    rows: list[Row] = []
    for seed in seeds:
        tree = Tree(seed)
        for way, spell in (("as named", str), ("stripped", tree.stripped.__getitem__)):
            lake = Lake(tree.world(f"tree-{seed}", spell))
            truth, clues = dict(lake.world.truth.zones.iter_rows()), read_clues(lake.world.facts)
            ours = proposed(lake.zoning.zones)
            f1, ref, ref2 = (
                macro(truth, {c: zone for c, (zone, _) in one.items()})
                for one in (ours, simple.anchored_bayes(lake.world.facts, clues), simple.word_else_lineage(clues))
            )
            sure, right = confident(truth, ours)
            rows.append(
                {"world": f"tree-{seed}", "way": way, "n": len(truth), "f1": f1, "ref": ref, "ref2": ref2}
                | {"sure": sure, "right": right}
            )
    return rows
