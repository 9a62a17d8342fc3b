"""Cliques and independent sets of a compatibility graph, on bit sets.

In: adjacency as one bit set per vertex, integer weights, a budget. Out: the heaviest clique (a role
that gains most from dual prices) with a bound that holds even when the search was cut short, all
maximal cliques of a small graph, or a large independent set (assignments of which no two share a role).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lakezones.mining import bits
from lakezones.mining.budget import Budget

Weights = npt.NDArray[np.int64]

_ENOUGH = 150  # cliques to go on with


@dataclass(frozen=True, slots=True)
class Heaviest:
    """Result of :func:`heaviest_clique`.

    Attributes
    ----------
    cliques : list of int
        Cliques heavier than the threshold, each heavier than the one before.
    bound : int
        No clique of the graph is heavier; holds for a search cut short too.
    """

    cliques: list[int]
    bound: int


def _layers(candidates: int, adjacency: list[int], weight: list[int]) -> tuple[list[int], list[int]]:
    """Vertices in order of an upper bound on cliques among them and all before, and that bound.

    Weights are split over independent sets: a clique has at most one vertex in each, so the sum of the
    largest shares bounds it. A vertex is placed when its last share is.
    """
    share = {i: weight[i] for i in bits.iterate(candidates)}
    order: list[int] = []
    bound: list[int] = []
    total = 0
    while candidates:
        free, chosen = candidates, []
        while free:
            low = free & -free
            i = low.bit_length() - 1
            chosen.append(i)
            free &= ~(adjacency[i] | low)
        least = min(share[i] for i in chosen)
        total += least
        for i in chosen:
            share[i] -= least
            if not share[i]:
                order.append(i)
                bound.append(total)
                candidates ^= 1 << i
    return order, bound


def heaviest_clique(near: bits.BoolArray, weight: Weights, *, above: int, budget: Budget, max_work: int) -> Heaviest:
    """Branch and bound for cliques heavier than `above`, the heaviest through each vertex in turn.

    Parameters
    ----------
    near : ndarray of bool, shape (n, n)
        Symmetric adjacency, false on the diagonal.
    weight : ndarray of int64, shape (n,)
        Positive; their sum stays below 2**53.
    above : int
        Cliques of this weight or less are of no interest.
    max_work : int
        Work units for this search.

    Notes
    -----
    Bounds by weight-splitting colouring (Held, Cook and Sewell, Math. Prog. Comp. 2012); integers
    throughout, so no rounding can spoil a proof. Before a vertex is branched on, its neighbourhood is
    sifted, which mostly leaves nothing. Where something heavy is found through a vertex the search
    there is cut short: one is enough to go on with.
    """
    adjacency = rows(near)
    plain = [int(w) for w in weight]
    order, bound = _layers((1 << len(plain)) - 1, adjacency, plain)
    top = above  # no clique through a vertex dealt with is heavier
    found: list[int] = []
    spent = 0
    alive = np.ones(len(plain), dtype=np.bool_)
    while order and bound[-1] > above:
        if budget.exhausted() or spent > max_work or len(found) >= _ENOUGH:
            return Heaviest(found, max(top, bound[-1]))
        i = order.pop()
        bound.pop()
        alive[i] = False
        around = np.flatnonzero(near[i] & alive)
        work = 40 + around.size**3 // 10_000
        inside, graph = sift(near[np.ix_(around, around)], weight[around], above - plain[i])
        if inside.size or plain[i] > above:
            # The vertex itself comes last, next to all others.
            members = [*(int(j) for j in around[inside]), i]
            fits = rows(np.pad(graph, (0, 1), constant_values=True))
            through = _through(fits, [plain[j] for j in members], above, budget)
            work += through.work
            top = max(top, through.bound)
            if through.clique:
                found.append(bits.from_indices(members[j] for j in bits.iterate(through.clique)))
        spent += work
        budget.spend(work)
    return Heaviest(found, top)


def rows(matrix: bits.BoolArray) -> list[int]:
    """Each row as a bit set."""
    packed = np.packbits(matrix, axis=1, bitorder="little")
    return [int.from_bytes(line.tobytes(), "little") for line in packed]


def sift(near: bits.BoolArray, weight: Weights, above: int) -> tuple[bits.IntArray, bits.BoolArray]:
    """Vertices and edges of a graph that may be in a clique heavier than `above`.

    A pair goes when it is too light with all its common neighbours, a vertex when it is with all its
    neighbours, until nothing more goes.

    Returns
    -------
    kept : ndarray of int
        Vertices left, ascending.
    near : ndarray of bool
        Adjacency among them.
    """
    kept = np.arange(weight.size)
    graph = near.astype(np.float64)
    worth = weight.astype(np.float64)  # sums of integers below 2**53: exact
    while kept.size:
        weighed = graph * worth
        pairs = graph * (weighed @ graph + worth[:, None] + worth > above)
        stays = pairs @ worth + worth > above
        if stays.all() and (pairs == graph).all():
            break
        graph = pairs[stays][:, stays]
        worth, kept = worth[stays], kept[stays]
    return kept, graph > 0.5


@dataclass(frozen=True, slots=True)
class _Through:
    """Heaviest clique through one vertex: bit set (0 if none is heavy enough), bound, work."""

    clique: int
    bound: int
    work: int


def _through(adjacency: list[int], weight: list[int], above: int, budget: Budget) -> _Through:
    """Heaviest clique through the last vertex, which is a neighbour of all others; cut short by the budget's end."""
    root = len(weight) - 1
    candidates = (1 << root) - 1
    best, clique, work = above, 0, 2
    if weight[root] > best:
        best, clique = weight[root], 1 << root
    order, bound = _layers(candidates, adjacency, weight)
    top = weight[root] + bound[-1] if bound else best
    # A frame: clique, its weight, candidates, their order and bounds; the last candidate is branched on.
    stack = [(1 << root, weight[root], candidates, order, bound)]
    while stack:
        inside, heavy, free, order, bound = stack[-1]
        if not order or heavy + bound[-1] <= best:
            stack.pop()
            continue
        i = order.pop()
        bound.pop()
        free ^= 1 << i
        stack[-1] = (inside, heavy, free, order, bound)
        inner = free & adjacency[i]
        work += 2 + 2 * inner.bit_count()
        if heavy + weight[i] > best:
            best, clique = heavy + weight[i], inside | 1 << i
        if inner:
            stack.append((inside | 1 << i, heavy + weight[i], inner, *_layers(inner, adjacency, weight)))
        if work > (4_000 if clique else 2_000_000) or budget.exhausted():
            return _Through(clique, max(best, top), work)
    return _Through(clique, best, work)


def maximal_cliques(
    adjacency: list[int], *, limit: int, budget: Budget, weight: list[int] | None = None, at_least: int = 0
) -> list[int] | None:
    """All maximal cliques of weight `at_least` or more (Bron-Kerbosch with pivots).

    Returns
    -------
    list of int or None
        None when there are more than `limit`, or the budget ran out.
    """
    found: list[int] = []
    everything = (1 << len(adjacency)) - 1
    stack = [(0, 0, everything, 0)]
    steps = 0
    while stack:
        clique, heavy, candidates, excluded = stack.pop()
        steps += 1
        if steps > 20 * limit or not budget.spend(2 + candidates.bit_count() // 4):
            return None
        if not candidates:
            if not excluded and heavy >= at_least:
                found.append(clique)
                if len(found) > limit:
                    return None
            continue
        if weight is not None and heavy < at_least:
            reach = heavy + _layers(candidates, adjacency, weight)[1][-1]
            if reach < at_least:
                continue
        pivot = max(bits.elements(candidates | excluded), key=lambda i: (candidates & adjacency[i]).bit_count())
        for i in bits.elements(candidates & ~adjacency[pivot]):
            stack.append(
                (
                    clique | 1 << i,
                    heavy + (weight[i] if weight else 0),
                    candidates & adjacency[i],
                    excluded & adjacency[i],
                )
            )
            candidates ^= 1 << i
            excluded |= 1 << i
    return found
