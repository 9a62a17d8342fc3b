"""Measure worlds while something is developed: ``python -m tests.benchmarks.worlds --dev --family ledger --seeds 1,3``.

``--part zones`` measures one part alone: zones, domains, roles, names, excess, trees (dbt-shaped projects), heavy
(large lakes). Even seeds and the family ``sealed`` are for reporting only and are refused; ``--report`` measures these,
for the summary that a change is judged by.
"""

import argparse
import sys

from rich.console import Console

from tests.benchmarks.__main__ import show
from tests.benchmarks.worlds import families
from tests.benchmarks.worlds.goals import summary
from tests.benchmarks.worlds.run import EVERYTHING, PARTS, everything, grown, large, measured, printed


def main(arguments: list[str]) -> int:
    """Return the exit code: 2 for a world that may not be looked at."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.worlds", description=__doc__)
    parser.add_argument("--dev", action="store_true", help="development seeds (the default)")
    parser.add_argument("--report", action="store_true", help="reporting seeds of every family, with the summary")
    parser.add_argument("--family", help="families, comma separated; all by default")
    parser.add_argument("--seeds", help="seeds, comma separated; 1,3,5,... by default")
    parser.add_argument("--size", choices=("small", "large"), default="small", help="size of the worlds")
    parser.add_argument("--part", help=f"parts, comma separated, of {', '.join(EVERYTHING)}; all but heavy by default")
    options = parser.parse_args(arguments)
    chosen = options.part.split(",") if options.part else [part for part in EVERYTHING if part != "heavy"]
    if unknown := sorted(set(chosen) - set(EVERYTHING)):
        parser.error(f"no part {unknown[0]}; there is: {', '.join(EVERYTHING)}")
    parts = [part for part in chosen if part in PARTS]
    if options.report:
        if options.dev or options.family or options.seeds:
            parser.error("--report takes all families and their reporting seeds")
        show(Console(width=160), "goals", list(summary({}, everything("report", chosen))), 0.0)
        return 0
    names = options.family.split(",") if options.family else [f for f in families.FAMILIES if families.there(f)]
    wanted = [
        (family, seed)
        for family in names
        for seed in (
            [int(seed) for seed in options.seeds.split(",")] if options.seeds else families.seeds(family, "dev", 4)
        )
    ]
    for family, seed in wanted:
        if family not in (*families.FAMILIES, *families.FIXTURES) or not families.there(family):
            parser.error(f"no family {family}")
        if reason := families.refusal(family, seed):
            sys.stderr.write(f"{family}-{seed}: {reason}\nhint: development looks at odd seeds of the other families\n")
            return 2
    if parts:
        printed(measured([(family, seed, tuple(parts), options.size) for family, seed in wanted]))
    if "trees" in chosen:
        printed([grown("dev")])
    if "heavy" in chosen:
        printed([large("dev")])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
