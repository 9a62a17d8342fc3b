"""The files of a decided target, beside the plan that carries it out."""

from lakezones.model.frames import Target, frames_of
from lakezones.model.outputs import Outputs


def outputs(target: Target) -> Outputs:
    """Every table as Parquet and as CSV, and ``summary.json``."""
    frames = frames_of(target)
    return Outputs(frames=frames, csv=frames, documents={"summary": target.summary})
