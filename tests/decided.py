"""Decisions for tests: the columns that matter, the rest filled in."""

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import conform


def decisions(rows: pl.DataFrame) -> dy.DataFrame[t.Decisions]:
    """Decisions on whole objects where no part is named, with everything else empty."""
    parts = {name: pl.lit("") for name in ("part_kind", "part_id") if name not in rows.columns}
    return conform(rows.with_columns(**parts), t.Decisions)
