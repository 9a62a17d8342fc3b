"""Access that membership of a group would not give a person, because something at the source denies it.

In: facts, access, cells. Out: the cells among them that a membership would not open.
"""

import polars as pl

from lakezones.access.membership import active_edges, closure, group_ids
from lakezones.access.parsed import READ, acl_entries, assignments, on_containers
from lakezones.model.frames import Access, Facts

CELL = ["principal_id", "class_id"]


def denied_cells(facts: Facts, access: Access, cells: pl.DataFrame) -> pl.DataFrame:
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
    edges = active_edges(facts)
    groups = group_ids(facts)
    people = cells.select("principal_id").unique()
    inside = closure(edges, groups).select("principal_id", above="group_id").join(people, on="principal_id", how="semi")
    own = cells.select("principal_id", pl.col("principal_id").alias("above")).unique()
    named = pl.concat([inside, own])
    found = [_lacking(access, cells, named), _denied(facts, access, cells, named), _own_entries(facts, access, cells)]
    return pl.concat([rows.select(CELL) for rows in found]).unique().sort(CELL)


def _lacking(access: Access, cells: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Cells of which today's grants would give a part that the person does not have."""
    grants = (
        access.class_grants.filter(effect="allow", lane="data")
        .join(cells.select("class_id").unique(), on="class_id", how="semi")
        .select("class_id", pl.col("grantee_id").alias("above"), pl.col("level").alias("given"))
    )
    given = grants.join(named, on="above").group_by(CELL).agg(pl.col("given").bitwise_or())
    held = access.class_access.filter(lane="data").select(*CELL, pl.col("level").alias("held"))
    return (
        cells.join(given, on=CELL)
        .join(held, on=CELL, how="left")
        .filter((pl.col("level") & pl.col("given") & ~pl.col("held").fill_null(0)) != 0)
    )


def _denied(facts: Facts, access: Access, cells: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Cells under a deny assignment to the person or to a group of theirs; one above containers stands on them all."""
    denies = assignments(facts).filter("active", pl.col("effect") == "deny")
    above = pl.col("scope_kind") != "container"
    on_them = on_containers(denies, access.container_classes["container"])
    local = (
        cells.join(named, on="principal_id")
        .join(on_them.select("container", above="principal_id"), on="above")
        .join(access.container_classes, on=["container", "class_id"], how="semi")
    )
    wide = cells.join(named, on="principal_id").join(
        denies.filter(above), left_on="above", right_on="principal_id", how="semi"
    )
    return pl.concat([local.select(CELL), wide.select(CELL)])


def _own_entries(facts: Facts, access: Access, cells: pl.DataFrame) -> pl.DataFrame:
    """Cells on some path of which the person has an entry of their own that does not let them read."""
    entries = (
        acl_entries(facts)
        .filter(pl.col("kind") == "user", pl.col("bits") & READ == 0)
        .join(access.container_classes, on="container")
        .select(CELL)
        .unique()
    )
    return cells.join(entries, on=CELL, how="semi")
