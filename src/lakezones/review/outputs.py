"""The files of the review stage: decisions in force, rows that were rejected, and the log of every decision."""

import json

import dataframely as dy

from lakezones.model.outputs import Outputs
from lakezones.model.tables import Decisions, Rejected


def outputs(decisions: dy.DataFrame[Decisions], rejected: dy.DataFrame[Rejected], audit: str) -> Outputs:
    """``decisions`` as Parquet and CSV, ``rejected.csv``, and ``audit.jsonl``.

    Parameters
    ----------
    audit
        The whole log: what it was before, and `audit_lines` of what is new.
    """
    return Outputs(
        frames={"decisions": decisions},
        csv={"decisions": decisions, "rejected": rejected},
        texts={"audit.jsonl": audit},
    )


def audit_lines(new: dy.DataFrame[Decisions], file: str) -> str:
    """New decisions as lines of the audit log, each with the file that it came in."""
    return "".join(
        json.dumps({**row, "file": file}, default=lambda when: when.isoformat(), ensure_ascii=False) + "\n"
        for row in new.iter_rows(named=True)
    )
