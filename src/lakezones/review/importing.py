"""A filled sheet becomes decisions in force: what it says, what was decided before, and the log of both.

In: the sheet, what would be in it now and earlier decisions. Out: `Taken`, the files of the stage, what is new in the
log, and how the review stands. Whoever calls this holds the workspace from the reading of `earlier` to the writing of
the files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dataframely as dy
import polars as pl

from lakezones.model.outputs import Outputs
from lakezones.model.tables import Decisions, Rejected, Sheet
from lakezones.review.filled import accept, changed, merge, status
from lakezones.review.outputs import entries, outputs


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What an import gives.

    Attributes
    ----------
    files
        Decisions in force and rejected rows.
    entries
        What is new in the log.
    summary
        Counts of rows taken, changed and rejected, with the status of the review.
    rejected
        Rows that could not be taken.
    """

    files: Outputs
    entries: list[dict[str, Any]]
    summary: dict[str, int]
    rejected: dy.DataFrame[Rejected]


def take(
    filled: pl.DataFrame,
    current: dy.DataFrame[Sheet],
    earlier: dy.DataFrame[Decisions] | None,
    *,
    file: str,
    decided_at: datetime,
    lines: Sequence[int] | None = None,
    directory: pl.DataFrame | None = None,
) -> Taken:
    """Take decisions from a filled sheet, and log those that are new.

    Parameters
    ----------
    filled, current, file, lines, directory
        As in `lakezones.review.accept`.
    earlier
        Decisions in force so far.
    decided_at
        When the sheet was handed in.
    """
    when = decided_at.replace(microsecond=0)
    taken, rejected = accept(filled, current, file=file, decided_at=when, lines=lines, directory=directory)
    new = changed(earlier, taken)
    decisions = merge(earlier, new)
    counts = {"taken": taken.height, "changed": new.height, "rejected": rejected.height}
    return Taken(
        files=outputs(decisions, rejected),
        entries=entries(new, file),
        summary={**counts, **status(current, decisions)},
        rejected=rejected,
    )
