"""The files of the plan stage."""

from lakezones.model.frames import Plan, frames_of
from lakezones.model.outputs import Outputs


def outputs(plan: Plan) -> Outputs:
    """Every table as Parquet, those for people as CSV too, and ``summary.json``."""
    return Outputs(
        frames=frames_of(plan),
        csv={"plan": plan.steps, "waves": plan.waves, "limits": plan.limits, "approvals": plan.approvals},
        documents={"summary": plan.summary},
    )
