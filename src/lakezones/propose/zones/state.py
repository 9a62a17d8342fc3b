"""Sandboxes and dead containers: told apart from zones by the first word of their evidence.

A container without a zone says why there: ``sandbox; ...`` or ``dead; ...``. This module is the one place that writes
and reads those words.
"""

from typing import Final

import polars as pl

SANDBOX: Final = "sandbox"
DEAD: Final = "dead"
STATES: Final = (SANDBOX, DEAD)


def mark(state: pl.Expr, evidence: pl.Expr) -> pl.Expr:
    """Evidence that starts with the state, where there is one (empty text: none)."""
    return pl.when(state != "").then(pl.format("{}; {}", state, evidence)).otherwise(evidence)


def state_of() -> pl.Expr:
    """``sandbox``, ``dead`` or null, from the columns zone and evidence of table `Zones`.

    Examples
    --------
    >>> zones = pl.DataFrame({"zone": [None, "raw"], "evidence": ["dead; empty", "dead; csv"]})
    >>> zones.select(state_of()).to_series().to_list()
    ['dead', None]
    """
    word = pl.col("evidence").str.split("; ").list.first()
    return pl.when(pl.col("zone").is_null() & word.is_in(STATES)).then(word).alias("state")
