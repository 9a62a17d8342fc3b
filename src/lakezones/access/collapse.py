"""Containers with the same raw grants become one class.

In: which container carries which key. Out: the class of every container and the keys of every class. A signature blind
to row order (a count and two sums of 40-bit hashes) groups containers; every container is then compared with one
representative of its group, so that a collision cannot merge two classes. Ids come from the content of the class.

On one machine `lakezones.access.kernel` groups sorted numbers; what is written in narwhals here runs on Spark (and, in
tests, on polars) for lakes that one machine cannot hold, with the same answer. Hashes are made once per key from its
content, so that every engine adds up the same numbers, and sums cannot overflow 64 bits below eight million keys per
container.
"""

import hashlib
from typing import Any, Final

import numpy as np
import polars as pl

from lakezones.access.engine import GroupingEngine
from lakezones.access.kernel import group_sorted, sorted_pairs
from lakezones.access.keys import KEY_COLUMNS, RawGrants
from lakezones.errors import CheckFailed

HASH_BITS: Final = 40
DIGEST: Final = 32
"""Bytes of a digest."""


def collapse(raw: RawGrants, *, engine: GroupingEngine | None = None) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    """Group containers by their raw grants.

    Parameters
    ----------
    raw
        All raw grants.
    engine
        Where to compute; this process where None.

    Returns
    -------
    polars.DataFrame
        container, class (number); sorted by container.
    polars.DataFrame
        class, key; unique, sorted.
    polars.Series
        Ids of the classes by number, sorted.

    Raises
    ------
    CheckFailed
        If two different sets of grants had the same signature or the same id.
    """
    contents = digests(raw.keys)
    wide_of = raw.containers.select(container="code", wide="wide")
    grouped = group(raw.pairs, wide_of, hashes(contents), engine=engine)
    representatives = grouped.select(container=pl.col("group").unique()).sort("container")
    local = representatives.join(raw.pairs, on="container").select(group="container", key="key")
    wide = representatives.join(wide_of, on="container").join(raw.wide, on="wide").select(group="container", key="key")
    carried = pl.concat([local, wide]).unique()
    ids = class_ids(carried, contents, representatives["container"]).sort("class_id").with_row_index("class")
    numbers = ids.select("group", "class")
    classes = (
        raw.containers.select("code", "container")
        .join(grouped.select(code="container", group="group"), on="code")
        .join(numbers, on="group")
        .select("container", "class")
        .sort("container")
    )
    return classes, carried.join(numbers, on="group").select("class", "key").sort("class", "key"), ids["class_id"]


def group(
    pairs: pl.DataFrame, containers: pl.DataFrame, hashed: pl.DataFrame, *, engine: GroupingEngine | None = None
) -> pl.DataFrame:
    """Group containers whose sets of keys (and wide sets) are equal.

    Parameters
    ----------
    pairs
        container, key; unique and sorted.
    containers
        container, wide; every container once.
    hashed
        key (0, 1, ...), h0, h1.
    engine
        Where to compute; this process where None.

    Returns
    -------
    polars.DataFrame
        container, group: the least container of the group, its representative.

    Raises
    ------
    CheckFailed
        If the signatures of two different sets are equal.
    """
    if engine is None:
        result, strange = group_sorted(pairs, containers, hashed)
    else:
        with engine.frames(pairs, containers, hashed) as (native_pairs, native_containers, native_hashes):
            found = engine.keep(by_signature(native_pairs, native_containers, native_hashes))
            strange = engine.collect(unlike_representative(native_pairs, found)).item()
            result = engine.collect(found)
    if strange:
        raise CheckFailed(
            f"signatures of raw grants collide: {strange} grants are not those of their class",
            hint="report this: the hashes must be made longer",
        )
    return result.select(pl.col("container", "group").cast(pairs.schema["container"]))


def by_signature(pairs: Any, containers: Any, hashed: Any) -> Any:
    """Containers with the least container of equal signature; native lazy frames in, a native lazy frame out."""
    import narwhals.stable.v2 as nw

    grants, every, hashes_ = (nw.from_native(frame).lazy() for frame in (pairs, containers, hashed))
    sums = (
        grants.join(hashes_, on="key", how="inner")
        .group_by("container")
        .agg(nw.len().cast(nw.Int64).alias("n"), nw.col("h0").sum().alias("s0"), nw.col("h1").sum().alias("s1"))
    )
    signed = every.join(sums, on="container", how="left").with_columns(nw.col("n", "s0", "s1").fill_null(0))
    signature = ["wide", "n", "s0", "s1"]
    least = signed.group_by(*signature).agg(nw.col("container").min().alias("group"))
    return signed.join(least, on=signature, how="inner").select("container", "group").to_native()


def unlike_representative(pairs: Any, grouped: Any) -> Any:
    """Number of grants that their container carries and the representative of its group does not.

    Counts are equal by signature, so that a set within an equally large one is that set.
    """
    import narwhals.stable.v2 as nw

    grants, groups = (nw.from_native(frame).lazy() for frame in (pairs, grouped))
    placed = grants.join(groups, on="container", how="inner")
    expected = placed.filter(nw.col("container") == nw.col("group")).select("group", "key")
    strange = placed.join(expected, on=["group", "key"], how="anti")
    return strange.select(nw.len().alias("strange")).to_native()


def digests(keys: pl.DataFrame) -> list[bytes]:
    """SHA-256 of the content of each key, in the order of keys; the same in every run and on every engine."""
    content = pl.concat_str([pl.col(name).cast(pl.String) for name in KEY_COLUMNS], separator="\x1f")
    return [hashlib.sha256(text.encode()).digest() for text in keys.select(content).to_series()]


def hashes(contents: list[bytes]) -> pl.DataFrame:
    """Two independent hashes of each digest: key (0, 1, ...), h0, h1."""
    size = HASH_BITS // 8
    numbers = [[int.from_bytes(d[i * size : (i + 1) * size], "big") for d in contents] for i in range(2)]
    return pl.DataFrame(
        {"key": range(len(contents)), "h0": numbers[0], "h1": numbers[1]},
        schema={"key": pl.UInt32, "h0": pl.Int64, "h1": pl.Int64},
    )


def class_ids(carried: pl.DataFrame, contents: list[bytes], groups: pl.Series) -> pl.DataFrame:
    """Name each group after the sorted digests of its keys: group, class_id."""
    order = sorted(range(len(contents)), key=contents.__getitem__)
    rank = np.empty(len(contents), dtype=np.uint32)
    rank[order] = np.arange(len(contents), dtype=np.uint32)
    ranked = sorted_pairs(carried["group"].to_numpy(), rank[carried["key"].to_numpy()])
    every = np.frombuffer(b"".join(contents), dtype=np.uint8).reshape(len(contents), DIGEST)[order]
    content = every[ranked["key"].to_numpy()].tobytes()
    starts = ranked.select(group="container").with_row_index("start").unique("group", keep="first", maintain_order=True)
    bounds = [*starts["start"], ranked.height]
    found = dict.fromkeys(groups, hashlib.sha256(b"").hexdigest())
    for number, first, last in zip(starts["group"], bounds, bounds[1:], strict=False):
        found[number] = hashlib.sha256(content[first * DIGEST : last * DIGEST]).hexdigest()
    rows = [(number, f"c-{digest[:10]}") for number, digest in found.items()]
    frame = pl.DataFrame(rows, schema={"group": groups.dtype, "class_id": pl.String}, orient="row")
    if frame["class_id"].n_unique() < len(set(found.values())):
        raise CheckFailed("two classes of containers have the same id", hint="report this: ids must be made longer")
    return frame
