"""A choice of roles made better where an integer program can be solved, and a bound from a linear one.

In: candidates as lists of cells, a choice. Out: a choice that covers no less, and whether it is proven to be best.

Some of the chosen that share people are set free, and the program chooses as many again, out of all candidates that
still add something, for what the others leave over (large neighbourhood search: Shaw 1998). Such programs mostly end at
their root. Where all of the chosen fit into one, its end is a proof.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lakezones.mining.budget import Budget
from lakezones.mining.practical import program
from lakezones.mining.practical.cover import Bound, Chosen, Ints, bound_at, ordered

FREED = 25
"""Roles that one program chooses again."""

_PATIENCE = 4
_LONG_PATIENCE = 60
_MOST_CANDIDATES = 3000
_MOST_CELLS = 20_000
_PART = 0.9
_TURNS = 3
_OVERLOOKED = 400


def polish(
    cells: sparse.csr_matrix, people: Sequence[int], first: Chosen, *, programs: int, budget: Budget
) -> tuple[Chosen, bool]:
    """A choice of as many that covers no less, and whether it is proven that none covers more.

    Parameters
    ----------
    cells : csr_matrix, shape (n_candidates, n_cells)
    people
        Of each candidate, as bit sets.
    first
        The choice to start from.
    programs
        How many to solve.
    budget
        Stop when it ends.
    """
    chosen = np.array(first.candidates, dtype=np.intp)
    if chosen.size < 2 or programs < 1 or cells.shape[0] > _MOST_CANDIDATES or cells.shape[1] > _MOST_CELLS:
        return first, False
    if chosen.size <= FREED:
        answer = program.best(cells, chosen, max_roles=chosen.size, patience=_LONG_PATIENCE, budget=budget)
        return ordered(cells, answer.chosen.tolist()), answer.proven
    rng = np.random.default_rng(0)
    turns = np.zeros(chosen.size)
    # What adds much less than the last of the chosen is in no better choice, or in few.
    floor = max(1.0, _PART * min(first.gains))
    for _ in range(programs):
        if budget.exhausted():
            break
        out = _near(chosen, people, turns, rng)
        kept, freed = np.delete(chosen, out), chosen[out]
        left = np.flatnonzero(np.asarray(cells[kept].sum(axis=0)).ravel() == 0)
        part = cells[:, left].tocsr()
        gains = np.diff(part.indptr)
        useful = np.union1d(np.flatnonzero(gains >= floor), freed)
        answer = program.best(
            part[useful],
            np.searchsorted(useful, freed),
            max_roles=freed.size,
            patience=_PATIENCE,
            budget=budget,
        )
        turns[out] += 1
        again = np.full(answer.chosen.size, turns[out].mean())
        chosen = np.concatenate([kept, useful[answer.chosen]])
        turns = np.concatenate([np.delete(turns, out), again])
    return ordered(cells, chosen.tolist()), False


def tighten(cells: sparse.csr_matrix, known: Bound, *, max_roles: int, most: int, budget: Budget) -> Bound:
    """A better bound, from prices of the linear program over the candidates of most worth.

    Parameters
    ----------
    cells : csr_matrix, shape (n_candidates, n_cells)
    known
        A bound, and what candidates are worth.
    max_roles
        Most roles.
    most
        Candidates that the program is solved with at first; what its prices overlook is added to it.
    budget
        Charged for the work.
    """
    if cells.shape[1] > _MOST_CELLS or max_roles >= min(most, cells.shape[0]):
        return known
    inside = np.sort(np.argsort(-known.worth, kind="stable")[:most])
    for _ in range(_TURNS):
        if budget.exhausted() or inside.size > _MOST_CANDIDATES:
            break
        part = cells[inside]
        prices = program.prices(part, max_roles=max_roles, budget=budget)
        if prices is None:
            break
        # Cells that nothing inside has are worth all they can be: what has many of them then shows as overlooked.
        prices[np.bincount(part.indices, minlength=cells.shape[1]) == 0] = 1.0
        found = bound_at(cells, prices, max_roles=max_roles)
        known = min(known, found, key=lambda bound: bound.cells)
        last = -np.partition(-found.worth[inside], max_roles - 1)[max_roles - 1]
        outside = np.setdiff1d(np.flatnonzero(found.worth > last + 1e-6), inside)
        if not outside.size:
            break
        overlooked = outside[np.argsort(-found.worth[outside], kind="stable")[:_OVERLOOKED]]
        inside = np.union1d(inside, overlooked)
    return known


def _near(chosen: Ints, people: Sequence[int], turns: npt.NDArray[np.float64], rng: np.random.Generator) -> Ints:
    """Places of a role that was seldom set free, and of those whose people are most like its own."""
    centre = int(rng.choice(np.flatnonzero(turns == turns.min())))
    own = people[int(chosen[centre])]
    alike = np.array([(people[k] & own).bit_count() / (people[k] | own).bit_count() for k in chosen.tolist()])
    alike = alike + 1e-3 * rng.random(chosen.size)
    alike[centre] = 2.0
    near: Ints = np.argsort(-alike, kind="stable")[:FREED]
    return near
