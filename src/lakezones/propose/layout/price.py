"""What every zone container costs, and what merging its audiences would expose.

In: the layout with classes, and effective access. Out: one row per zone container with counts against the limits, and
the price of giving it one audience: person-and-container pairs that would be new. `over_grant` buys the cheapest.
"""

from typing import Final

import polars as pl

from lakezones.model.frames import Access
from lakezones.propose.layout.place import UNNAMED_ENTRIES

TARGET: Final = ["target_account", "target_container"]
"""Columns that name a zone container."""


def price(layout: pl.DataFrame, access: Access) -> pl.DataFrame:
    """Count and price every zone container.

    Parameters
    ----------
    layout : DataFrame
        Containers that move: target_account, target_container, target_path, enforcement, class_id, audience, names.

    Returns
    -------
    DataFrame
        target_account, target_container, enforcement, folders, audiences, access_entries, default_entries (the most
        on one folder, the unnamed ones included), ancestor_entries (named entries that traversal needs above the
        folders: none, since `other` may execute), assignments, merge_pairs (newly exposed if it had one audience),
        new_pairs (exposed by what was bought: zero unless asked for); sorted.
    """
    acl = pl.col("enforcement") == "acl"
    counted = (
        layout.group_by(*TARGET, "enforcement")
        .agg(
            folders=pl.len().cast(pl.Int64),
            audiences=pl.col("audience").n_unique().cast(pl.Int64),
            most=pl.col("names").max(),
        )
        .with_columns(
            access_entries=pl.when(acl).then(pl.col("most") + UNNAMED_ENTRIES).otherwise(0),
            default_entries=pl.when(acl).then(pl.col("most") + UNNAMED_ENTRIES).otherwise(0),
            ancestor_entries=pl.lit(0, dtype=pl.Int64),
            assignments=pl.when(pl.col("enforcement") == "role_assignment").then("most").otherwise(0),
        )
        .drop("most")
    )
    return (
        counted.join(merge_pairs(layout, access), on=TARGET, how="left", nulls_equal=True)
        .with_columns(pl.col("merge_pairs").fill_null(0), new_pairs=pl.lit(0, dtype=pl.Int64))
        .sort(TARGET)
    )


def merge_pairs(layout: pl.DataFrame, access: Access) -> pl.DataFrame:
    """Pairs that one audience per zone container would newly expose.

    Everybody with access to any of its folders would hold, on all of them, the union of what they hold on each; a pair
    is new where that is more than today. Data lane alone.

    Returns
    -------
    DataFrame
        target_account, target_container, merge_pairs.
    """
    classes = layout.group_by(*TARGET, "class_id").agg(n=pl.len().cast(pl.Int64))
    sizes = layout.group_by(TARGET).agg(total=pl.len().cast(pl.Int64))
    union = pl.col("level").bitwise_or().over(*TARGET, "principal_id")
    same = pl.col("n").filter(pl.col("level") == union)
    people = classes.join(access.data_lane, on="class_id").group_by(*TARGET, "principal_id").agg(same=same.sum())
    return (
        people.join(sizes, on=TARGET, nulls_equal=True)
        .group_by(TARGET)
        .agg(merge_pairs=(pl.col("total") - pl.col("same")).sum().cast(pl.Int64))
    )


def buy(priced: pl.DataFrame, *, over_grant: int) -> pl.DataFrame:
    """Buy merges, the cheapest per zone container first, while they fit in `over_grant` pairs altogether.

    Returns
    -------
    DataFrame
        target_account, target_container, pairs of what was bought.
    """
    for_sale = priced.filter((pl.col("enforcement") == "acl") & (pl.col("merge_pairs") > 0)).sort(
        "merge_pairs", *TARGET
    )
    return (
        for_sale.filter(pl.col("merge_pairs").cum_sum() <= over_grant).select(*TARGET, pairs="merge_pairs").sort(TARGET)
    )


def newly_granted(layout: pl.DataFrame, access: Access, bought: pl.DataFrame) -> pl.DataFrame:
    """What the merges would newly grant, each a row to approve.

    Returns
    -------
    DataFrame
        target_container, class_id, principal_id, held, granted (bits; held is 0 for a new reader), containers.
    """
    inside = layout.join(bought.select(TARGET), on=TARGET, how="semi", nulls_equal=True)
    classes = inside.group_by(*TARGET, "class_id").agg(containers=pl.len().cast(pl.Int64))
    held = access.data_lane
    people = (
        classes.join(held, on="class_id").group_by(*TARGET, "principal_id").agg(granted=pl.col("level").bitwise_or())
    )
    return (
        classes.join(people, on=TARGET, nulls_equal=True)
        .join(held.rename({"level": "held"}), on=["class_id", "principal_id"], how="left")
        .with_columns(pl.col("held").fill_null(0))
        .filter(pl.col("held") != pl.col("granted"))
        .select("target_container", "class_id", "principal_id", "held", "granted", "containers")
        .sort("target_container", "class_id", "principal_id")
    )
