"""Assignments as the vertices of a graph whose cliques are roles, and cliques grown from dual prices.

In: a :class:`Core`, assignments, prices. Out: who fits with whom, closed roles over cliques, cliques priced above one.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lakezones.mining import bits
from lakezones.mining.exact.core import Core, Roles

_ENOUGH = 150  # roles to add at a time
_BATCH = 256  # walks at a time
_SPARSE = 0.03  # share of candidates left below which a sparse product is faster

Edges = npt.NDArray[np.intp]


def adjacency(core: Core, edges: Edges) -> bits.BoolArray:
    """Compatibility of each pair of assignments, shape (n_edges, n_edges), false on the diagonal."""
    one_way = core.present[edges[:, 0]][:, edges[:, 1]]
    both = one_way & one_way.T
    np.fill_diagonal(both, val=False)
    return both


def spanned(core: Core, edges: Edges, cliques: list[bits.IntArray]) -> Roles:
    """Closed roles over cliques of assignments: the one with most permissions, and with most people."""
    people = np.zeros((len(cliques), core.shape[0]), dtype=np.bool_)
    permissions = np.zeros((len(cliques), core.shape[1]), dtype=np.bool_)
    for i, clique in enumerate(cliques):
        people[i, edges[clique, 0]] = True
        permissions[i, edges[clique, 1]] = True
    return core.close(people).join(core.close_permissions(permissions)).distinct()


def covers_of(roles: Roles, edges: Edges) -> bits.BoolArray:
    return np.asarray(roles.people[:, edges[:, 0]] & roles.permissions[:, edges[:, 1]])


def greedy_cliques(near: bits.BoolArray, price: npt.NDArray[np.float64]) -> list[bits.IntArray]:
    """Grow cliques until enough are priced above one; vertices already in one of those start none.

    The heaviest clique comes first.
    """
    graph = near.astype(np.float32)
    waiting = np.argsort(-price, kind="stable")
    good: list[bits.BoolArray] = []
    while waiting.size and sum(map(len, good)) < _ENOUGH:
        starts, waiting = waiting[:_BATCH], waiting[_BATCH:]
        cliques = _grow_cliques(near, graph, price, starts)
        heavy = cliques[np.flatnonzero(cliques @ price > 1.0 + 1e-5)]
        good.append(heavy)
        inside = np.asarray(heavy.any(axis=0))
        waiting = waiting[~inside[waiting]]
    found: bits.BoolArray = np.concatenate([np.zeros((0, price.size), dtype=np.bool_), *good])
    order = np.argsort(-(found @ price), kind="stable")
    return [np.flatnonzero(found[i]) for i in order[:_ENOUGH]]


def _grow_cliques(
    near: bits.BoolArray, graph: npt.NDArray[np.float32], price: npt.NDArray[np.float64], starts: bits.IntArray
) -> bits.BoolArray:
    """From each start, add the neighbour with most price in reach, and again."""
    worth = price.astype(np.float32)
    clique = np.zeros((starts.size, price.size), dtype=np.bool_)
    clique[np.arange(starts.size), starts] = True
    candidates = near[starts]
    active = np.flatnonzero(candidates.any(axis=1))
    while active.size:
        inside = candidates[active]
        weighed: Any = inside * worth
        if inside.mean() < _SPARSE:
            weighed = sparse.csr_matrix(weighed)
        reach = weighed @ graph + worth
        reach[~inside] = -1.0
        pick = reach.argmax(axis=1)
        clique[active, pick] = True
        candidates[active] = inside & near[pick]
        active = active[candidates[active].any(axis=1)]
    return clique


def few_of_a_line(edges: Edges, shape: tuple[int, int], most: int) -> list[int]:
    """The first assignments, but at most so many of a row or a column, as indices."""
    per_row, per_column = [0] * shape[0], [0] * shape[1]
    chosen = []
    for i, (v, q) in enumerate(edges.tolist()):
        if per_row[v] < most and per_column[q] < most:
            per_row[v] += 1
            per_column[q] += 1
            chosen.append(i)
    return chosen


def mask_of(core: Core, edges: Edges) -> bits.BoolArray:
    mask = np.zeros(core.shape, dtype=np.bool_)
    mask[edges[:, 0], edges[:, 1]] = True
    return mask
