"""The files of the review stage besides its log: decisions in force, and rows that were rejected."""

import dataframely as dy

from lakezones.model.outputs import Outputs
from lakezones.model.tables import Decisions, Rejected


def outputs(decisions: dy.DataFrame[Decisions], rejected: dy.DataFrame[Rejected]) -> Outputs:
    """``decisions`` as Parquet and CSV, and ``rejected.csv``."""
    return Outputs(frames={"decisions": decisions}, csv={"decisions": decisions, "rejected": rejected})
