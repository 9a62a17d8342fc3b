"""The files of the review stage besides its log: decisions in force, and rows that were rejected."""

from typing import Any

import dataframely as dy

from lakezones.model.outputs import Outputs
from lakezones.model.tables import Decisions, Rejected


def outputs(decisions: dy.DataFrame[Decisions], rejected: dy.DataFrame[Rejected]) -> Outputs:
    """``decisions`` as Parquet and CSV, and ``rejected.csv``."""
    return Outputs(frames={"decisions": decisions}, csv={"decisions": decisions, "rejected": rejected})


def entries(new: dy.DataFrame[Decisions], file: str) -> list[dict[str, Any]]:
    """New decisions as entries of the audit log (`lakezones.review.log.append`), each with the file it came in."""
    return [{**row, "kind": "decision", "file": file} for row in new.iter_rows(named=True)]
