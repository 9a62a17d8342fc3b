"""Containers with equal sets of keys, on one machine: sorts and gathers, no join.

In: pairs sorted by container and key, hashes by key. Out: the least container of each group. The same answer as
`lakezones.access.collapse.by_signature`, which runs where one machine's memory ends.
"""

from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

CHUNK: Final = 1 << 22
"""Pairs that are worked on at once."""


def sorted_pairs(container: npt.NDArray[np.uint32], key: npt.NDArray[np.uint32]) -> pl.DataFrame:
    """Distinct pairs, sorted by container and key: container, key."""
    packed = container.astype(np.uint64)
    packed <<= np.uint64(32)
    packed |= key
    packed.sort()
    fresh = np.ones(len(packed), dtype=bool)
    np.not_equal(packed[1:], packed[:-1], out=fresh[1:])
    if not fresh.all():
        packed = packed[fresh]
    return pl.DataFrame({"container": (packed >> np.uint64(32)).astype(np.uint32), "key": packed.astype(np.uint32)})


def group_sorted(pairs: pl.DataFrame, containers: pl.DataFrame, hashed: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Group containers by signature and compare each with the representative of its group.

    Parameters
    ----------
    pairs
        container, key; as `sorted_pairs` gives them.
    containers
        container, wide; every container once.
    hashed
        key (0, 1, ...), h0, h1.

    Returns
    -------
    polars.DataFrame
        container, group: the least container of equal signature.
    int
        How many pairs are not those of the representative: 0 unless signatures collide.
    """
    container, key = pairs["container"].to_numpy(), pairs["key"].to_numpy()
    starts = np.flatnonzero(np.diff(container, prepend=container[:1] + 1)) if len(container) else np.empty(0, np.int64)
    counts = np.diff(starts, append=len(container))
    present = container[starts]
    by_key = hashed.sort("key")
    chunks = _chunks(starts, counts)
    sums = {"s0": np.empty(len(starts), dtype=np.int64), "s1": np.empty(len(starts), dtype=np.int64)}
    for column, sum_ in zip(("h0", "h1"), sums.values(), strict=True):
        values = by_key[column].to_numpy()
        for first, last, begin, end in chunks:
            sum_[first:last] = np.add.reduceat(values.take(key[begin:end]), starts[first:last] - begin)
    signed = containers.join(
        pl.DataFrame({"container": present, "n": counts, **sums}).with_row_index("place"),
        on="container",
        how="left",
        maintain_order="left",
    )
    signature = ["wide", "n", "s0", "s1"]
    least = signed.group_by(signature).agg(group=pl.col("container").min())
    grouped = signed.join(least, on=signature, nulls_equal=True).select("container", "group", "place")
    return grouped.select("container", "group"), _strange(grouped, key, starts, counts, chunks)


def _strange(
    grouped: pl.DataFrame,
    key: npt.NDArray[np.uint32],
    starts: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    chunks: list[tuple[int, int, int, int]],
) -> int:
    """Pairs whose key is not the one in the same place of the representative, which has as many."""
    leaders = grouped.select(group="container", leader="place")
    led = grouped.drop_nulls("place").join(leaders, on="group").sort("place")
    shift = starts[led["leader"].to_numpy()] - starts
    strange = 0
    for first, last, begin, end in chunks:
        there = np.repeat(shift[first:last], counts[first:last])
        there += np.arange(begin, end)
        strange += int(np.count_nonzero(key.take(there) != key[begin:end]))
    return strange


def _chunks(starts: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> list[tuple[int, int, int, int]]:
    """First and last container, first and last pair of pieces of about `CHUNK` pairs; no container is cut."""
    if not len(starts):
        return []
    total = int(starts[-1] + counts[-1])
    cuts = [0, *np.unique(np.searchsorted(starts, np.arange(CHUNK, total, CHUNK))).tolist(), len(starts)]
    ends = np.append(starts, total)
    return [(a, b, int(ends[a]), int(ends[b])) for a, b in pairwise(cuts) if b > a]
