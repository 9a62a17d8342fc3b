"""The files of the access stage: its tables in classes, and its summary."""

from lakezones.model.frames import Access, frames_of
from lakezones.model.outputs import Outputs


def outputs(access: Access) -> Outputs:
    """Every table as Parquet, and ``summary.json``."""
    return Outputs(frames=frames_of(access), documents={"summary": access.summary})
