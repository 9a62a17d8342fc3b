"""Runs parts of the benchmark on worlds and prints a table per part.

In: families, seeds and parts. Out: rows per part, printed as tables; nothing is kept between runs.
"""

import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final, Literal

from rich.console import Console

from tests.benchmarks.__main__ import show
from tests.benchmarks.worlds import (
    families,
    heavy,
    scores_domains,
    scores_excess,
    scores_names,
    scores_roles,
    scores_zones,
    trees,
)
from tests.benchmarks.worlds.lake import Lake

Row = dict[str, object]
Size = Literal["small", "large"]
Task = tuple[str, int, tuple[str, ...], Size]
"""Family, seed, parts, size."""

EVERYTHING: Final = ("zones", "domains", "roles", "names", "excess", "trees", "heavy")
TREES: Final = 6
"""Trees for development, and as many for reporting."""
SEEDS: Final = int(os.environ.get("BENCH_SEEDS", "8"))
PARTS: Final[dict[str, Callable[[Lake], list[Row]]]] = {
    "zones": scores_zones.score,
    "domains": scores_domains.score,
    "roles": scores_roles.score,
    "names": scores_names.score,
    "excess": scores_excess.score,
}


def measure(task: Task) -> dict[str, list[Row]]:
    """Rows of one world, by part; each part's with the seconds it took. A part that fails has a row in ``failures``."""
    family, seed, parts, size = task
    lake = Lake(families.generate(family, seed, size=size))
    rows: dict[str, list[Row]] = {}
    for part in parts:
        started = time.perf_counter()
        try:
            found = PARTS[part](lake)
        except Exception as error:  # one world that fails must not cost the figures of the others
            traceback.print_exc()
            rows.setdefault("failures", []).append({"world": lake.world.name, "part": part, "error": repr(error)[:100]})
            continue
        seconds = round(time.perf_counter() - started, 1)
        rows[part] = [{"world": lake.world.name, **row, "s": seconds} for row in found]
    return rows


def measured(tasks: Iterable[Task], *, processes: int = 1) -> Iterator[dict[str, list[Row]]]:
    """Measure worlds one after the other, or in so many processes; in the order of `tasks`."""
    if processes == 1:
        yield from map(measure, tasks)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(measure, tasks)


def printed(results: Iterable[Mapping[str, list[Row]]], *, title: str = "dev") -> dict[str, list[Row]]:
    """Print a table per part and return the rows."""
    rows: dict[str, list[Row]] = {}
    started = time.perf_counter()
    for result in results:
        for part, found in result.items():
            rows.setdefault(part, []).extend(found)
    console = Console(width=None if sys.stdout.isatty() else 320)
    for part, lines in rows.items():
        shown = [{name: value for name, value in row.items() if not name.startswith("_")} for row in lines]
        show(console, f"{part}, {title}", list(shown), time.perf_counter() - started)
    return rows


def tasks_of(use: families.Use, parts: Iterable[str]) -> list[Task]:
    """Every family's seeds for development or for reporting."""
    known = [family for family in families.FAMILIES if families.there(family)]
    return [(family, seed, tuple(parts), "small") for family in known for seed in families.seeds(family, use, SEEDS)]


def grown(use: families.Use) -> dict[str, list[Row]]:
    """Rows of the dbt-shaped trees for development or for reporting."""
    first = 1 if use == "dev" else 2
    return {"trees": trees.score(range(first, first + 2 * TREES, 2))}


def large(use: families.Use) -> dict[str, list[Row]]:
    """Rows of a Firm and of each family's first large world for development or for reporting."""
    known = [heavy.FIRM, *(family for family in families.FAMILIES if families.there(family))]
    names = [f"{family}-{seed}" for family in known for seed in families.seeds(family, use, 1)]
    return {"heavy": [heavy.measure(name) for name in names]}


def everything(use: families.Use, parts: Iterable[str]) -> dict[str, list[Row]]:
    """Measure and print all worlds for development or for reporting, in two processes, then trees and large lakes."""
    chosen = list(parts)
    known = [part for part in chosen if part in PARTS]
    rows = printed(measured(tasks_of(use, known), processes=2), title=use) if known else {}
    if "trees" in chosen:
        rows |= printed([grown(use)], title=use)
    if "heavy" in chosen:
        rows |= printed([large(use)], title=use)
    return rows
