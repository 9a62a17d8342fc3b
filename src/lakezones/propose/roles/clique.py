"""Cliques and independent sets of a compatibility graph, on bit sets.

In: adjacency as one bit set per vertex, integer weights, a budget. Out: the heaviest clique (a role
that gains most from dual prices) with a bound that holds even when the search was cut short, all
maximal cliques of a small graph, or a large independent set (assignments of which no two share a role).
"""

from dataclasses import dataclass

from lakezones.propose.roles import bits
from lakezones.propose.roles.budget import Budget


@dataclass(frozen=True, slots=True)
class Heaviest:
    """Result of :func:`heaviest_clique`.

    Attributes
    ----------
    cliques : list of int
        Cliques heavier than the threshold, each heavier than the one before.
    bound : int
        No clique of the graph is heavier.
    complete : bool
        Whether the search ran to its end.
    """

    cliques: list[int]
    bound: int
    complete: bool


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


def heaviest_clique(adjacency: list[int], weight: list[int], *, above: int, budget: Budget, max_work: int) -> Heaviest:
    """Branch and bound for cliques heavier than `above`, the heaviest through each vertex in turn.

    Parameters
    ----------
    adjacency : list of int
        Neighbours of each vertex, itself excluded.
    weight : list of int
        Positive integer weights.
    above : int
        Cliques of this weight or less are of no interest.
    max_work : int
        Work units for this search.

    Notes
    -----
    Bounds by weight-splitting colouring (Held, Cook and Sewell, Math. Prog. Comp. 2012); integers
    throughout, so no rounding can spoil a proof. Where something heavy is found through a vertex the
    search there is cut short: one is enough to go on with.
    """
    candidates = (1 << len(adjacency)) - 1
    order, bound = _layers(candidates, adjacency, weight)
    if not order:
        return Heaviest([], above, complete=True)
    top = bound[-1]
    best, complete = above, True
    found: list[int] = []
    spent = 0
    while order and bound[-1] > above:
        i = order.pop()
        bound.pop()
        candidates ^= 1 << i
        through, heavy, work, whole = _through(i, candidates & adjacency[i], adjacency, weight, above)
        complete &= whole
        spent += work
        if through:
            found.append(through)
            best = max(best, heavy)
        if not budget.spend(work) or spent > max_work or len(found) >= 150:
            return Heaviest(found, max(top, best), complete=False)
    return Heaviest(found, best if complete else max(top, best), complete=complete)


def _through(
    root: int, candidates: int, adjacency: list[int], weight: list[int], above: int
) -> tuple[int, int, int, bool]:
    """Heaviest clique of a vertex and `candidates`: the clique (0 if not above), weight, work, whether proven."""
    best, clique, work = above, 0, 2
    if weight[root] > best:
        best, clique = weight[root], 1 << root
    # A frame: clique, its weight, candidates, their order and bounds; the last candidate is branched on.
    stack = [(1 << root, weight[root], candidates, *_layers(candidates, adjacency, weight))]
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
        if work > (4_000 if clique else 2_000_000):
            return clique, best, work, False
    return clique, best, work, True


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
