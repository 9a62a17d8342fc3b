"""Owners of groups: they can add themselves, and then have what the group has.

In: ``group_owners``. Out: a stand-in for each group and owner, who is in the group. Access is worked out for the
stand-in as for anybody; what it would have is what its owner can give themselves.
https://learn.microsoft.com/entra/fundamentals/how-to-manage-groups
"""

from typing import Final

import polars as pl

from lakezones.model.frames import Facts
from lakezones.model.levels import Lane

ELSEWHERE: Final = ("ad_sync", "dynamic")
"""Who manages the members of groups that an owner cannot add anybody to."""
_JOINT: Final = "\x1f"


def stand_ins(facts: Facts) -> pl.DataFrame:
    """Owners who can add themselves: group_id, owner_id, stand_in (an id that nobody has); unique, sorted."""
    directory = facts.table("principals").filter(pl.col("managed_by").cast(pl.String).is_in(ELSEWHERE))
    return (
        facts.table("group_owners")
        .select("group_id", "owner_id")
        .join(directory, left_on="group_id", right_on="principal_id", how="anti")
        .unique()
        .sort("group_id", "owner_id")
        .with_columns(stand_in=pl.concat_str("owner_id", "group_id", separator=_JOINT))
    )


def joined(edges: pl.DataFrame, owners: pl.DataFrame) -> pl.DataFrame:
    """Membership edges with every stand-in in its group."""
    return pl.concat([edges, owners.select("group_id", member_id="stand_in")])


def denied_too(denied: pl.DataFrame, owners: pl.DataFrame) -> pl.DataFrame:
    """Denies, those of owners for their stand-ins as well."""
    if owners.is_empty():
        return denied
    theirs = denied.join(owners.select(principal_id="owner_id", stand_in="stand_in"), on="principal_id")
    return pl.concat([denied, theirs.with_columns(principal_id="stand_in").select(denied.columns)])


def as_owners(reached: pl.DataFrame, owners: pl.DataFrame) -> pl.DataFrame:
    """Grants by person, what stand-ins have being what their owners can give themselves."""
    if owners.is_empty():
        return reached
    named = reached.join(owners.select(principal_id="stand_in", owner_id="owner_id"), on="principal_id", how="left")
    would = pl.col("owner_id").is_not_null()
    return named.with_columns(
        principal_id=pl.coalesce("owner_id", "principal_id"),
        lane=pl.when(would).then(pl.lit(Lane.CONTROL.value)).otherwise("lane"),
        detail=pl.when(would).then(pl.lit("")).otherwise("detail"),
    ).select(reached.columns)
