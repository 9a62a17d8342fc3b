"""All items as one flat table, for scripts: the decision first, ids and hashes in full.

In: review items and where each stands. Out: a frame, whose rows `lakezones.review.workbook.reading` reads back.
"""

from datetime import datetime
from typing import Final

import polars as pl

from lakezones.review.workbook.build import workbook_id
from lakezones.review.workbook.frames import items_frame, standings_in_words

FILLED_IN: Final = ("decision", "reviewer", "justification", "effective", "new", "comment", "ticket")
"""Columns to fill in."""
_KINDS: Final = ("role", "suggestion", "drop", "unused", "residual", "finding", "zone", "merge", "pilot")


def flat(
    items: pl.DataFrame,
    *,
    as_of: datetime,
    standings: pl.DataFrame | None = None,
    names: dict[str, str] | None = None,
    wanted: str = "",
    decider: str = "",
    approve_all: str = "",
) -> pl.DataFrame:
    """A row for each item; parameters as in `lakezones.review.workbook.build`.

    Returns
    -------
    polars.DataFrame
        `FILLED_IN`, then what a decision is about (object_kind, object_id, content_hash, part_kind, part_id), then what
        there is to know, then the id of the file.
    """
    mine = workbook_id(items, wanted=wanted, decider=approve_all or decider, as_of=as_of)
    said = standings_in_words(standings, names or {})
    rows = items_frame(items, _KINDS, standing=said, workbook=mine)
    if approve_all:
        role = pl.col("object_kind") == "role"
        rows = rows.with_columns(
            decision=pl.when(role).then(pl.lit("approve")), reviewer=pl.when(role).then(pl.lit(approve_all))
        )
    return rows.select(
        *FILLED_IN,
        *("object_kind", "object_id", "content_hash"),
        pl.lit("").alias("part_kind"),
        pl.lit("").alias("part_id"),
        *("name", "sentence", "people", "containers", "used_share", "new_access", "risk", "risk_reason"),
        *("asked", "due", "standing", "role_id", "domain", "area", "zones", "layer", "access"),
        *("restricted", "writes", "needs_two", "bulk", "evidence", "minutes", "worklist"),
        pl.lit(mine).alias("workbook"),
    )
