"""Groups in groups: cycles condensed, children before parents, without recursion.

In: direct membership edges, and the ids that are groups. Out: `Nesting`. Groups on a cycle have the same members, so a
cycle is one part; between parts there are no cycles any more.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

Codes = npt.NDArray[np.uint32]
"""Ids by number."""


class Nesting:
    """Groups by part: a group, or all groups of a cycle.

    Parameters
    ----------
    edges
        group_id, member_id; only those between groups count here.
    groups
        Ids that are groups.

    Attributes
    ----------
    parts
        group_id, part; every group once.
    children
        The parts nested in each part, itself left out.
    cyclic
        Groups that contain themselves, directly or through others; sorted.
    """

    def __init__(self, edges: pl.DataFrame, groups: pl.Series) -> None:
        numbered = pl.DataFrame({"group_id": groups}).unique().sort("group_id").with_row_index("group")
        inner = edges.join(numbered, on="group_id").join(
            numbered.select(member_id="group_id", member="group"), on="member_id"
        )
        heads, tails = inner["group"].to_numpy(), inner["member"].to_numpy()
        size = numbered.height
        part = _strong_components(heads, tails, size)
        self.parts = numbered.select("group_id", part=pl.Series(part, dtype=pl.UInt32))
        around = np.bincount(part)[part] > 1
        around[heads[heads == tails]] = True
        self.cyclic: list[str] = numbered["group_id"].filter(pl.Series(around, dtype=pl.Boolean)).to_list()
        self.children: list[list[int]] = [[] for _ in range(int(part.max()) + 1 if size else 0)]
        between = pl.DataFrame({"part": part[heads], "child": part[tails]}).unique().sort("part", "child")
        for one, child in between.iter_rows():
            if one != child:
                self.children[one].append(child)

    def places(self, named: pl.Series) -> pl.DataFrame:
        """Those of `named` that are groups: group_id, part; unique."""
        return self.parts.join(
            pl.DataFrame({"group_id": named}, schema={"group_id": pl.String}), on="group_id", how="semi"
        )

    def direct(self, people: pl.DataFrame) -> tuple[Callable[[int], Codes], pl.Series]:
        """Direct members by part, and the id of each of their codes; `people` has group_id and member_id."""
        ids = people["member_id"].unique().sort()
        codes = pl.DataFrame({"member_id": ids}).with_row_index("code")
        rows = people.join(self.parts, on="group_id").join(codes, on="member_id").select("part", "code").unique()
        rows = rows.sort("part", "code")
        ends = np.searchsorted(rows["part"].to_numpy(), np.arange(len(self.children) + 1))
        every = rows["code"].to_numpy()
        return lambda part: every[ends[part] : ends[part + 1]], ids

    def children_first(self, start: Iterable[int]) -> Iterator[int]:
        """Parts reached from `start`, each once and after all parts nested in it."""
        seen: set[int] = set()
        for root in start:
            if root in seen:
                continue
            seen.add(root)
            path = [(root, iter(self.children[root]))]
            while path:
                part, waiting = path[-1]
                child = next((child for child in waiting if child not in seen), None)
                if child is None:
                    path.pop()
                    yield part
                else:
                    seen.add(child)
                    path.append((child, iter(self.children[child])))


def _strong_components(heads: Codes, tails: Codes, size: int) -> Codes:
    """The part of each group: groups that reach each other share one."""
    # Both ends of an edge on a cycle are nested and have groups in them. Few lakes have such edges; scipy loads slowly.
    if not (np.isin(tails, heads) & np.isin(heads, tails)).any():
        return np.arange(size, dtype=np.uint32)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(heads), dtype=np.int8), (heads, tails)), shape=(size, size)).tocsr()
    return np.asarray(connected_components(graph, directed=True, connection="strong")[1], dtype=np.uint32)
