"""The files of each export format."""

from typing import Final

import polars as pl

from lakezones.errors import UsageError
from lakezones.export.scripts import az_script, azcopy_script
from lakezones.model.frames import Plan
from lakezones.model.outputs import Outputs

FORMATS: Final = ("csv", "az", "azcopy")
"""What a plan can be exported as."""


def outputs(plan: Plan, kind: str, *, wave: int | None = None) -> Outputs:
    """The files of one format.

    Parameters
    ----------
    kind
        One of `FORMATS`.
    wave
        Only the steps of this wave; all by default.

    Raises
    ------
    UsageError
        If the plan has no such wave.
    """
    waves = plan.steps["wave"].unique().sort().to_list()
    if wave is not None and wave not in waves:
        there = ", ".join(map(str, waves)) or "none"
        raise UsageError(f"the plan has no wave {wave}", hint=f"waves of this plan: {there}")
    match kind:
        case "az":
            return Outputs(texts={"plan.az.sh": az_script(plan, wave=wave)})
        case "azcopy":
            return Outputs(texts={"plan.azcopy.sh": azcopy_script(plan, wave=wave)})
        case "csv":
            steps: pl.DataFrame = plan.steps
            approvals: pl.DataFrame = plan.approvals
            if wave is not None:
                steps = steps.filter(pl.col("wave") == wave)
                approvals = approvals.join(steps, on="step_id", how="semi")
            items = plan.items.join(steps, on="step_id", how="semi")
            tables = {"plan": steps, "items": items, "waves": plan.waves, "limits": plan.limits}
            return Outputs(csv={**tables, "approvals": approvals})
    raise ValueError(f"no format {kind!r}, there are {', '.join(FORMATS)}")
