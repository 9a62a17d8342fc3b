"""Decisions on classes of containers, carried to the classes that these containers are in by now.

In: decisions, what was seen, what there is to see. Out: the decisions. A class is named by the grants of its
containers, so that a grant that has nothing to do with a role may put some of them into another class: whoever left
them out of the role left these containers out, not a name.
"""

import dataframely as dy
import polars as pl

from lakezones.model.tables import Decisions, Seen
from lakezones.review.binding.content import OBJECT, Contents

_VERSION = [*OBJECT, "content_hash"]


def rebound(
    decisions: dy.DataFrame[Decisions], seen: dy.DataFrame[Seen], contents: Contents
) -> dy.DataFrame[Decisions]:
    """Decisions with the classes that containers are in now.

    A class that by now holds containers which the reviewer saw in another class takes a decision that leaves it out of
    a role, by which nobody's access changes, and none that ends or gives access. Such a decision keeps the class that
    is gone, and lapses.

    Parameters
    ----------
    decisions
        Decisions in force.
    seen
        What their reviewers saw; without it a decision stays as it is.
    contents
        What there is to see.
    """
    named = decisions.with_columns(pl.col("object_kind", "part_kind").cast(pl.String)).with_row_index("at")
    on_classes = named.filter(part_kind="class")
    if on_classes.is_empty():
        return decisions
    was = seen.select(
        *(pl.col(name).cast(pl.String) for name in _VERSION),
        pl.col("part_kind").cast(pl.String).alias("of"),
        pl.col("part_id").alias("container"),
        pl.col("value").alias("part_id"),
    ).filter(of="container")
    classes = contents.parts.select(
        pl.col("object_kind").cast(pl.String), "object_id", pl.col("part_kind").cast(pl.String), class_id="part_id"
    ).filter(part_kind="class")
    now = contents.containers.select("container", "class_id")
    moved = (
        on_classes.select("at", *_VERSION, "part_id")
        .join(was, on=[*_VERSION, "part_id"])
        .join(now, on="container")
        .join(classes.drop("part_kind"), on=[*OBJECT, "class_id"])
        .select("at", "class_id")
        .unique()
    )
    carried = on_classes.join(moved, on="at").with_columns(seen_in=pl.col("part_id"), part_id=pl.col("class_id"))
    # Containers of the new class that were seen in another class than the one that was decided on.
    mixed = (
        carried.filter(pl.col("option").cast(pl.String).ne_missing("leave_out"))
        .join(now, on="class_id")
        .join(was.rename({"part_id": "was_in"}), on=[*_VERSION, "container"])
        .filter(pl.col("was_in") != pl.col("seen_in"))
    )
    carried = carried.join(mixed, on="at", how="anti")
    rest = named.join(carried, on="at", how="anti")
    rows = pl.concat([rest, carried.select(rest.columns)]).sort("at", "part_id").drop("at")
    return Decisions.cast(rows.unique(Decisions.primary_key(), keep="last", maintain_order=True))
