"""What jobs and reports read and write, as far as tools were scanned."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

import polars as pl

from tests.benchmarks.worlds.ledger_conventions import Conventions
from tests.benchmarks.worlds.ledger_lake import Lake

Tools = Mapping[str, tuple[str, ...]]
DELIVER: Final[Tools] = {"known": ("adf", "Azure Data Factory", "control-m"), "own": ("LADER", "NDM-HUB", "jcl")}
TRANSFORM: Final[dict[str, Tools]] = {
    "host": {"known": ("db2", "jcl"), "own": ("ABLAUF", "UC4-H")},
    "dwh": {"known": ("datastage", "informatica", "synapse"), "own": ("DWH-Batch", "chargeur")},
    "sas": {"known": ("sas",), "own": ("sasbatch",)},
    "focus": {"known": ("webfocus",), "own": ("FOCEXEC",)},
    "cloud": {"known": ("databricks", "adf", "synapse"), "own": ("molen", "fabrik")},
    "dbt": {"known": ("dbt",), "own": ("dbt",)},
}
READERS: Final[Tools] = {
    "known": ("tableau", "webfocus", "Power BI", "sas-va", "cognos"),
    "own": ("BERIX", "tableaubord", "infodesk"),
}


class _Picker:
    """Where the containers of a system and zone are, and one drawn from them."""

    def __init__(self, rng: Random, lake: Lake) -> None:
        self.rng = rng
        self.by_place: dict[tuple[int, int], list[int]] = {}
        self.by_zone: dict[int, list[int]] = {0: [], 1: [], 2: []}
        for at, (system, zone) in enumerate(lake.frame.select("system", "zone").iter_rows()):
            if zone is not None:
                self.by_place.setdefault((system, zone), []).append(at)
                self.by_zone[zone].append(at)

    def some(self, system: int, zone: int, most: int, abroad: float) -> list[int]:
        """One to `most` containers of a zone, of this system or of another one."""
        here = self.by_place.get((system, zone), [])
        drawn = set[int]()
        for _ in range(self.rng.randint(1, most)):
            pool = self.by_zone[zone] if not here or self.rng.random() < abroad else here
            if pool:
                drawn.add(self.rng.choice(pool))
        return sorted(drawn)


def _tool(c: Conventions, rng: Random, tools: Tools) -> str:
    kind = c.tools if c.tools != "mixed" else rng.choice(("known", "own"))
    return rng.choice(tools[kind])


def _inputs(c: Conventions, pick: _Picker, kind: str, system: int, zone: int, earlier: Sequence[int]) -> list[int]:
    """What a container was made from; in deep worlds often from others of its own zone."""
    rng, abroad = pick.rng, 0.7 if kind == "mart" else 0.08
    if zone == 1:
        if c.lineage_deep and earlier and rng.random() < 0.5:
            return sorted({rng.choice(earlier), *pick.some(system, 0, 1, abroad)})
        return pick.some(system, 0, 3, abroad)
    if c.lineage_deep and earlier and rng.random() < 0.3:
        return sorted({rng.choice(earlier), *pick.some(system, 1, 1, abroad)})
    return pick.some(system, 0 if not c.lineage_deep and rng.random() < 0.15 else 1, 4, abroad)


def references(c: Conventions, lake: Lake, identities: Sequence[str]) -> pl.DataFrame | None:
    """Table `references`; none where no tool was scanned. `identities` are principals that jobs run as."""
    if not c.lineage_rate:
        return None
    rng = Random(f"ledger:{c.seed}:{c.size}:lineage")
    pick, names = _Picker(rng, lake), lake.frame["container"].to_list()
    rows: list[tuple[Any, ...]] = []
    named = rng.choice(("table", "job", "number"))
    delivered, run_as = rng.random() < 0.7, rng.random() < 0.5
    earlier: dict[tuple[int, int], list[int]] = {}

    def touch(tool: str, job: str, at: int | None, direction: str, place: str | None = None) -> None:
        identity = identities[sum(map(ord, tool)) % len(identities)] if run_as and identities else None
        rows.append((tool, job, None if at is None else names[at], direction, identity, place))

    for at, row in enumerate(lake.frame.iter_rows(named=True)):
        zone, system = row["zone"], lake.systems[row["system"]]
        shop = c.shops[row["shop"]]
        if zone is None or rng.random() >= shop.lineage:
            continue
        code = system.code.upper()
        job = {"table": names[at], "job": f"J{code}{at:04}", "number": f"job_{at:05}"}[named]
        if zone == 0:
            if delivered:
                tool = _tool(c, rng, DELIVER)
                touch(tool, job, at, "write")
                if rng.random() < 0.6:
                    touch(tool, job, None, "read", f"db:DB2P.{code}.T{at % 9999:04}")
            continue
        before = earlier.setdefault((row["system"], zone), [])
        tool = _tool(c, rng, TRANSFORM[shop.kind])
        job = names[at] if shop.kind == "dbt" else job
        sources = [one for one in _inputs(c, pick, system.kind, row["system"], zone, before) if one != at]
        if rng.random() < c.lineage_wrong:
            sources.append(rng.randrange(len(names)))
        for source in sources:
            touch(tool, job, source, "read")
        touch(tool, job, at, "write")
        before.append(at)
    _reports(c, rng, lake, names, rows)
    schema = ("tool", "artifact", "container", "direction", "identity", "location")
    return pl.DataFrame(rows, schema=dict.fromkeys(schema, pl.String), orient="row").unique(maintain_order=True)


def _reports(c: Conventions, rng: Random, lake: Lake, names: list[str], rows: list[tuple[Any, ...]]) -> None:
    """Reports read what was made for readers; a few read what was not."""
    number = 0
    strays = rng.choice((0.0, 0.01, 0.03))
    seen = c.lineage_reach * min(1.0, 2 * c.lineage_rate)
    for at, (zone, shop) in enumerate(lake.frame.select("zone", "shop").iter_rows()):
        chance = seen if zone == 2 else strays * seen * (1.0 if zone == 1 else 0.4)
        if zone is None or rng.random() >= chance:
            continue
        for _ in range(rng.choice((1, 1, 2, 3))):
            number += rng.random() < 0.6
            tool = "webfocus" if c.shops[shop].kind == "focus" else _tool(c, rng, READERS)
            rows.append((tool, f"rpt_{number:04}", names[at], "read", None, None))
