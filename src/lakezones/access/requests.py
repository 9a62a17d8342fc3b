"""The units people asked for: a person and an entitlement, or a person and a class where there is none.

In: effective access and what entitlements open. Out: table ``requests``. An entitlement is held in full when its holder
has, for certain, every class at every level it opens, and reaches them by that entitlement.
"""

import polars as pl

from lakezones.access.membership import Audiences
from lakezones.model.frames import Facts
from lakezones.model.principals import MACHINES, of_kind


def requests(
    facts: Facts,
    class_access: pl.DataFrame,
    local_access: pl.DataFrame,
    entitlement_classes: pl.DataFrame,
    class_grants: pl.DataFrame,
    inside: Audiences,
) -> pl.DataFrame:
    """Requests that explain the access people hold: principal_id, entitlement, class (null with an entitlement).

    Service principals and managed identities request nothing, and what comes from a scope wider than a container was
    given and not requested.
    """
    machines = of_kind(facts, *MACHINES, "group")
    held = _people_with_data(class_access, machines)
    reached = _reached_by(class_grants, inside)
    opened = entitlement_classes.select("entitlement", "class", "level")
    asked = (
        reached.join(opened, on="entitlement")
        .join(held, on=["class", "principal_id"], how="left")
        .with_columns(given=pl.col("has").is_not_null() & (pl.col("has") & pl.col("level") == pl.col("level")))
    )
    full = asked.group_by("principal_id", "entitlement").agg(pl.col("given").all()).filter("given")
    explained = (
        asked.join(full.select("principal_id", "entitlement"), on=["principal_id", "entitlement"])
        .group_by("class", "principal_id")
        .agg(pl.col("level").bitwise_or())
    )
    rest = (
        _people_with_data(local_access, machines)
        .join(explained, on=["class", "principal_id"], how="left")
        .filter(pl.col("has") & ~pl.col("level").fill_null(0) != 0)
        .select("principal_id", pl.lit("").alias("entitlement"), "class")
    )
    return pl.concat([full.select("principal_id", "entitlement", pl.lit(None, pl.UInt32).alias("class")), rest])


def _people_with_data(access: pl.DataFrame, machines: pl.DataFrame) -> pl.DataFrame:
    return (
        access.filter(pl.col("lane") == "data")
        .select("class", "principal_id", has="level")
        .join(machines, on="principal_id", how="anti")
    )


def _reached_by(class_grants: pl.DataFrame, inside: Audiences) -> pl.DataFrame:
    """Who reaches which entitlement, by its group, by approval or by a grant under it: principal_id, entitlement."""
    named = class_grants.filter((pl.col("entitlement") != "") & (pl.col("lane") == "data"))
    grantees = named.select("entitlement", "grantee_id").unique()
    return pl.concat(
        [
            grantees.select(principal_id="grantee_id", entitlement="entitlement"),
            inside.holders(grantees).select("principal_id", "entitlement"),
        ]
    ).unique()
