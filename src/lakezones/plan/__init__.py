"""Plan: from a proposal and its decisions to steps, items, waves and limits; pure, frames in and frames out.

In: `Facts`, `Access`, `Proposal` and the decisions of reviewers. Out: `Plan`. Anyone can replay it from ``plan.csv``
and ``items.parquet`` alone; `lakezones.verify` does, and shares nothing with this package but the step records.
"""

from lakezones.plan.build import build
from lakezones.plan.settings import PlanSettings

__all__ = ["PlanSettings", "build"]
