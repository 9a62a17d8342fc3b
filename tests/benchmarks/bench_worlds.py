"""Proposals on lakes whose conventions were drawn at random, beside simple references and ceilings (see `worlds`).

Out: tables of every part on development and on reporting worlds, then a row per goal with the figure of both and
whether the reporting worlds meet it. ``BENCH_SEEDS`` seeds per family and use (8), ``BENCH_NAMES=1`` prints fifty names
of roles drawn from all worlds.
"""

import os
import random
import sys
from collections.abc import Iterable, Mapping

from tests.benchmarks.worlds.goals import summary
from tests.benchmarks.worlds.run import EVERYTHING, everything

FIFTY = 50


def main() -> Iterable[Mapping[str, object]]:
    """Measure development worlds, then reporting worlds, and say which goals are met."""
    dev, report = everything("dev", EVERYTHING), everything("report", EVERYTHING)
    if os.environ.get("BENCH_NAMES"):
        names = [str(name) for row in dev["names"] + report["names"] for name in list(row["_names"])]  # type: ignore[call-overload]
        drawn = random.Random(0).sample(names, min(FIFTY, len(names)))
        sys.stdout.write("".join(f"{name}\n" for name in sorted(drawn)))
    return summary(dev, report)
