"""Containers with the same raw grants become one class.

In: which container carries which key. Out: the class of every container and the keys of every class. A signature (two
independent sums of 64-bit hashes, blind to row order) groups containers; every container is then compared with one
representative of its group, so that a collision cannot merge two classes. Ids come from the content of the class.
"""

import hashlib

import polars as pl

from lakezones.access.keys import KEY_COLUMNS, RawGrants
from lakezones.errors import CheckFailed

_SEEDS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)


def collapse(raw: RawGrants) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Group containers by their raw grants.

    Returns
    -------
    polars.DataFrame
        code, container, class_id; sorted by container.
    polars.DataFrame
        class_id, key; unique.

    Raises
    ------
    CheckFailed
        If two different sets of grants had the same signature or the same id.
    """
    grouped = group_containers(raw.pairs, raw.containers.select(container="code", wide="wide"))
    representatives = grouped.group_by("group").agg(pl.col("container").min()).sort("container")
    local = representatives.join(raw.pairs, on="container").select("group", "key")
    wide = (
        representatives.join(raw.containers.select(container="code", wide="wide"), on="container")
        .join(raw.wide, on="wide")
        .select("group", "key")
    )
    carried = pl.concat([local, wide]).unique()
    ids = class_ids(carried, raw.keys, representatives["group"])
    classes = (
        raw.containers.select("code", "container")
        .join(grouped.select(code="container", group="group"), on="code")
        .join(ids, on="group")
        .select("code", "container", "class_id")
        .sort("container")
    )
    return classes, carried.join(ids, on="group").select("class_id", "key").unique().sort("class_id", "key")


def group_containers(pairs: pl.DataFrame, containers: pl.DataFrame) -> pl.DataFrame:
    """Group containers whose sets of keys (and wide sets) are equal.

    Parameters
    ----------
    pairs
        container, key; unique.
    containers
        container, wide; every container once.

    Returns
    -------
    polars.DataFrame
        container, group.
    """
    hashed = pairs.group_by("container").agg(
        *(pl.col("key").hash(seed).sum().alias(f"s{i}") for i, seed in enumerate(_SEEDS)), n=pl.len()
    )
    signed = containers.join(hashed, on="container", how="left").with_columns(
        pl.col("s0", "s1").fill_null(0), pl.col("n").fill_null(0)
    )
    signatures = signed.select("wide", "n", "s0", "s1").unique().with_row_index("group")
    grouped = signed.join(signatures, on=["wide", "n", "s0", "s1"]).select("container", "group")
    _rule_out_collisions(pairs, grouped)
    return grouped


def _rule_out_collisions(pairs: pl.DataFrame, grouped: pl.DataFrame) -> None:
    """Every container must carry exactly the keys of its group's representative; counts are equal by signature."""
    representatives = grouped.group_by("group").agg(pl.col("container").min())
    expected = representatives.join(pairs, on="container").select("group", "key")
    strange = pairs.join(grouped, on="container").join(expected, on=["group", "key"], how="anti").height
    if strange:
        raise CheckFailed(
            f"signatures of raw grants collide: {strange} grants are not those of their class",
            hint="report this: the hash seeds must be changed",
        )


def class_ids(carried: pl.DataFrame, keys: pl.DataFrame, groups: pl.Series) -> pl.DataFrame:
    """Name each group after its content: group, class_id."""
    canonical = keys.select(
        "key", text=pl.concat_str([pl.col(name).cast(pl.String) for name in KEY_COLUMNS], separator="\x1f")
    )
    texts = (
        carried.join(canonical, on="key")
        .sort("text")
        .group_by("group", maintain_order=True)
        .agg(pl.col("text").str.join("\x1e"))
    )
    content = dict(texts.iter_rows())
    rows = [(group, "c-" + hashlib.sha256(content.get(group, "").encode()).hexdigest()[:10]) for group in groups]
    frame = pl.DataFrame(rows, schema={"group": groups.dtype, "class_id": pl.String}, orient="row")
    if frame["class_id"].n_unique() < len({content.get(group, "") for group in groups}):
        raise CheckFailed("two classes of containers have the same id", hint="report this: ids must be made longer")
    return frame
