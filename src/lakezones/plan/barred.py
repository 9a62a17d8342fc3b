"""What stands against a grant at the source: whatever a group gives, these people do not get it there.

In: facts, access, cells. Out: the cells among them that a membership would not open.
"""

import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.plan.groups import active_memberships, allowed, groups_above, known_groups, reach

CELL = ["principal_id", "class_id"]


def barred(facts: Facts, access: Access, cells: pl.DataFrame) -> pl.DataFrame:
    """Cells that something at the source takes away.

    A deny assignment to the person or to a group they are in, an ACL entry of their own without reading, which counts
    before any group (Microsoft, "Access control lists in Azure Data Lake Storage": the first entry that fits decides),
    or anything else by which they lack today what today's grants would give them.

    Parameters
    ----------
    cells
        principal_id, class_id, level.

    Returns
    -------
    polars.DataFrame
        principal_id, class_id.
    """
    edges = active_memberships(facts)
    groups = known_groups(facts)
    inside = reach(edges, groups_above(edges, groups), groups).join(
        cells.select("principal_id").unique(), on="principal_id", how="semi"
    )
    own = cells.select("principal_id", pl.col("principal_id").alias("above")).unique()
    named = pl.concat([inside, own])
    found = [_lacking(access, cells, named), _denied(facts, access, cells, named), _own_entries(facts, access, cells)]
    return pl.concat([rows.select(CELL) for rows in found]).unique().sort(CELL)


def _lacking(access: Access, cells: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Cells of which today's grants would give a part that the person does not have."""
    grants = (
        allowed(access)
        .filter(pl.col("lane").cast(pl.String) == "data")
        .join(cells.select("class_id").unique(), on="class_id", how="semi")
        .select("class_id", pl.col("grantee_id").alias("above"), pl.col("level").alias("given"))
    )
    given = grants.join(named, on="above").group_by(CELL).agg(pl.col("given").bitwise_or())
    held = access.class_access.filter(pl.col("lane").cast(pl.String) == "data").select(
        *CELL, pl.col("level").alias("held")
    )
    return (
        cells.join(given, on=CELL)
        .join(held, on=CELL, how="left")
        .filter((pl.col("level") & pl.col("given") & ~pl.col("held").fill_null(0)) != 0)
    )


def _denied(facts: Facts, access: Access, cells: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Cells under a deny assignment to the person or to a group of theirs; one above containers stands on them all."""
    denies = facts.table("role_assignments").filter(
        pl.col("effect").cast(pl.String) == "deny",
        pl.col("expires_at").is_null() | (pl.col("expires_at") > facts.as_of),
    )
    scoped = denies.join(named, left_on="principal_id", right_on="above").select(
        pl.col("principal_id_right").alias("principal_id"),
        pl.col("scope").str.to_lowercase().str.extract(r"/containers/([^/]+)/?$").alias("name"),
    )
    name = pl.col("container").str.to_lowercase().str.split("/").list.last().alias("name")
    places = access.container_classes.select("class_id", name)
    local = cells.join(places, on="class_id").join(scoped.drop_nulls("name"), on=["principal_id", "name"], how="semi")
    wide = cells.join(scoped.filter(pl.col("name").is_null()), on="principal_id", how="semi")
    return pl.concat([local.select(CELL), wide.select(CELL)])


def _own_entries(facts: Facts, access: Access, cells: pl.DataFrame) -> pl.DataFrame:
    """Cells on some path of which the person has an entry of their own that does not let them read."""
    entries = (
        facts.table("acls")
        .join(access.container_classes, on="container")
        .join(cells.select("class_id").unique(), on="class_id", how="semi")
        .select("class_id", pl.col("acl").str.split(","))
        .unique()
        .explode("acl")
        .select(
            "class_id", pl.col("acl").str.strip_chars().str.extract(r"^user:([^:]+):(?:[^r]|$)").alias("principal_id")
        )
        .drop_nulls("principal_id")
        .unique()
    )
    return cells.join(entries, on=CELL, how="semi")
