"""Divides classes of containers, so that something may be decided on a part of one.

In: `Access`, and the containers of classes that are divided with the part each is in. Out: the same access, with a
class per part. Nobody's access changes by it: each part has the grants and the readers of the class it comes from.
"""

from dataclasses import replace

import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Access


def divided(access: Access, parts: pl.DataFrame) -> Access:
    """Access with some classes divided.

    Parameters
    ----------
    parts
        container, class_id (the part it is in), part_of (its class): every container of each class that is divided.

    Examples
    --------
    >>> empty = {name: schema.create_empty() for name, schema in t.ACCESS_TABLES.items()}
    >>> two = t.ContainerClasses.validate(pl.DataFrame({"class_id": ["c", "c"], "container": ["x", "y"]}))
    >>> parts = pl.DataFrame({"container": ["x", "y"], "class_id": ["c-1", "c-2"], "part_of": ["c", "c"]})
    >>> divided(Access(**(empty | {"container_classes": two})), parts).container_classes.rows()
    [('c-1', 'x'), ('c-2', 'y')]
    """
    if parts.is_empty():
        return access
    named = parts.select("container", pl.col("class_id").alias("part"))
    classes = access.container_classes.join(named, on="container", how="left", maintain_order="left")
    return replace(
        access,
        container_classes=t.ContainerClasses.cast(
            classes.select(pl.coalesce("part", "class_id").alias("class_id"), "container")
        ),
        class_access=t.ClassAccess.cast(spread(access.class_access, parts)),
        class_grants=t.ClassGrants.cast(spread(access.class_grants, parts)),
        entitlement_classes=t.EntitlementClasses.cast(spread(access.entitlement_classes, parts)),
        requests=t.Requests.cast(spread(access.requests, parts)),
    )


def spread(frame: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """A frame with ``class_id``, its rows of divided classes repeated for each part."""
    pairs = parts.select(pl.col("part_of").alias("class_id"), pl.col("class_id").alias("part")).unique()
    return (
        frame.join(pairs.sort("class_id", "part"), on="class_id", how="left", maintain_order="left_right")
        .with_columns(class_id=pl.coalesce("part", "class_id"))
        .select(frame.columns)
    )
