"""When a row of the facts is in force: the one definition that every stage uses.

In: columns ``state`` and ``expires_at`` as the schemas of `lakezones.model.facts` have them. Out: expressions. A row
ends at the moment it names: at ``expires_at`` itself it no longer counts. ``verify`` derives the same rules a second
time on purpose, so that a mistake here cannot hide from the proof.
"""

from datetime import datetime

import polars as pl


def unexpired(as_of: datetime) -> pl.Expr:
    """Expression for rows that have not ended at `as_of`; a row without an end never ends.

    Examples
    --------
    >>> noon = datetime(2026, 1, 1, 12)
    >>> pl.DataFrame({"expires_at": [None, noon, datetime(2026, 1, 2)]}).select(unexpired(noon)).to_series().to_list()
    [True, False, True]
    """
    return pl.col("expires_at").is_null() | (pl.col("expires_at") > as_of)


def is_active() -> pl.Expr:
    """Expression for rows whose ``state`` is active, which no state means too; case and blanks do not count.

    Examples
    --------
    >>> pl.DataFrame({"state": [None, "Active", "eligible"]}).select(is_active()).to_series().to_list()
    [True, True, False]
    """
    state = pl.col("state").cast(pl.String).str.strip_chars().str.to_lowercase()
    return state.fill_null("").is_in(["", "active"])


def in_force(as_of: datetime) -> pl.Expr:
    """Expression for memberships and role assignments that give access at `as_of`: active and not expired."""
    return is_active() & unexpired(as_of)


def active_memberships(memberships: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Direct membership edges in force at `as_of`: group_id, member_id; unique, sorted."""
    return memberships.filter(in_force(as_of)).select("group_id", "member_id").unique().sort("group_id", "member_id")
