"""Practical mode: the roles that give the most requests under constraints, with no new access.

In: who holds what and who asked for it, as bit sets. Out: `Selection`, the chosen roles in order of what each adds,
and how much any choice of as many could add at most.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.practical import cover
from lakezones.mining.practical.candidates import Candidate, every_closed_pair
from lakezones.mining.practical.grow import grow
from lakezones.mining.practical.polish import polish, tighten
from lakezones.mining.practical.search import Search

_MAX_ENTRIES = 25_000_000
_MANY_PEOPLE = 10_000
MAX_WORK = 400_000_000
"""Work units of a search that nobody else limits."""

_PROMISING = 1600
"""Candidates that a choice is improved among; a multiple of the roles where there are many."""

_PROMISING_PER_ROLE = 8
_ROUNDS_PER_ROLE = 60
_ROLES_PER_PROGRAM = 8
_BOUND_ROUNDS = 400
_BOUND_WORK = 2_000_000_000


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Roles chosen.

    Attributes
    ----------
    roles
        In order of what each adds.
    gains
        Requests that each adds to the ones before it.
    bound
        Requests that no choice of as many roles gives more of; None where not every possible role was looked at.
    pool
        The most promising of the candidates that were weighed, the chosen ones among them.
    """

    roles: list[Candidate]
    gains: list[int]
    bound: int | None
    pool: list[Candidate] = field(default_factory=list, repr=False)


def select(
    rows: Sequence[int],
    columns: Sequence[int],
    wanted: Sequence[int],
    search: Search,
    *,
    budget: Budget | None = None,
) -> Selection:
    """Choose roles.

    Parameters
    ----------
    rows, columns
        Units per person, people per unit.
    wanted
        People per unit whose request it is; a subset of `columns`.
    search
        What a role may be, how many, and how long to look.
    budget
        Charged for the work; the best choice so far stands when it ends.
    """
    budget = budget or Budget(MAX_WORK)
    whole = every_closed_pair(rows, columns, min_members=search.min_members, limit=search.limit, budget=budget)
    if whole is not None:
        candidates = _allowed(whole, search)
    else:
        remember = search.limit if len(rows) <= _MANY_PEOPLE else 0
        grown = grow(rows, columns, wanted, search, budget=budget, remember=remember)
        if len(rows) > _MANY_PEOPLE or budget.exhausted():
            return Selection(roles=grown.roles, gains=grown.gains, bound=None)
        # Those taken come first, so that there is room for them.
        candidates = list(dict.fromkeys([*grown.roles, *grown.seen]))
    matrix, kept = cell_matrix(candidates, wanted, len(rows))
    candidates, complete = candidates[:kept], whole is not None and kept == len(candidates)
    most = matrix.shape[0] if search.max_roles is None else search.max_roles
    first = cover.greedy(matrix, max_roles=most, min_gain=search.min_gain)
    count = len(first.candidates) if search.max_roles is None else search.max_roles
    rounds = min(_BOUND_ROUNDS, max(20, _BOUND_WORK // max(1, matrix.nnz)))
    bound = cover.upper_bound(matrix, max_roles=count, known=first.covered, rounds=rounds)
    promising = np.union1d(np.argsort(-bound.worth, kind="stable")[: enough(count)], first.candidates).astype(np.intp)
    pool = [candidates[k] for k in promising]
    among = matrix[promising]
    chosen, proven = improve(
        among,
        pool,
        cover.ordered(among, np.searchsorted(promising, first.candidates).tolist()),
        search,
        bound=bound.cells if complete else None,
        budget=budget,
    )
    if complete and proven and len(pool) == len(candidates):
        bound = replace(bound, cells=chosen.covered)
    elif complete and search.programs and chosen.covered < bound.cells:
        bound = tighten(matrix, bound, max_roles=count, most=enough(count) * 5 // 8, budget=budget)
    return Selection(
        roles=[pool[k] for k in chosen.candidates],
        gains=chosen.gains,
        bound=max(bound.cells, chosen.covered) if complete else None,
        pool=pool,
    )


def enough(count: int) -> int:
    """How many candidates are worth a look for so many roles."""
    return max(_PROMISING, _PROMISING_PER_ROLE * count)


def improve(
    matrix: sparse.csr_matrix,
    pool: Sequence[Candidate],
    first: cover.Chosen,
    search: Search,
    *,
    bound: int | None = None,
    budget: Budget | None = None,
) -> tuple[cover.Chosen, bool]:
    """A better choice of as many candidates, and whether it is proven to be best among them.

    Parameters
    ----------
    matrix : csr_matrix, shape (n_candidates, n_cells)
    pool
        The candidates.
    first
        The choice to start from.
    search
        How long to look.
    bound
        Stop when so many cells are covered.
    budget
        Stop when it ends.
    """
    budget = budget or Budget(MAX_WORK)
    rounds = min(search.rounds, _ROUNDS_PER_ROLE * len(first.candidates), 20_000_000 // (matrix.shape[0] + 1))
    best = cover.improve(matrix, first, rounds=rounds, bound=bound, budget=budget)
    if bound is not None and best.covered >= bound:
        return best, True
    programs = affordable(search, len(best.candidates))
    return polish(matrix, [role.people for role in pool], best, programs=programs, budget=budget)


def affordable(search: Search, roles: int) -> int:
    """Integer programs that improve a choice of so many roles: each role is set free a few times."""
    return min(search.programs, roles // _ROLES_PER_PROGRAM + 1)


def _allowed(candidates: Sequence[Candidate], search: Search) -> list[Candidate]:
    """The parts of the candidates that the constraints allow, each once, in a fixed order."""
    constrain = search.constrain
    parts = candidates if constrain is None else [part for whole in candidates for part in constrain(whole)]
    unique = {part for part in parts if part.units and part.people.bit_count() >= search.min_members}
    return sorted(unique, key=lambda c: (-c.people.bit_count() * c.units.bit_count(), c.units, c.people))


def cell_matrix(candidates: Sequence[Candidate], wanted: Sequence[int], people: int) -> tuple[sparse.csr_matrix, int]:
    """Which requests each candidate gives.

    Returns
    -------
    csr_matrix of int8, shape (n_candidates, n_requests)
        Requests numbered by unit, then person.
    int
        How many of the candidates, from the first, it has room for.
    """
    areas = np.cumsum([c.people.bit_count() * c.units.bit_count() for c in candidates], dtype=np.int64)
    kept = int(np.searchsorted(areas, _MAX_ENTRIES, side="right"))
    members = [bits.to_array(c.people).astype(np.int32) for c in candidates[:kept]]
    having: list[list[int]] = [[] for _ in wanted]
    for k, candidate in enumerate(candidates[:kept]):
        for unit in bits.elements(candidate.units):
            having[unit].append(k)
    sizes = np.array([m.size for m in members], dtype=np.int64)
    rows: list[npt.NDArray[np.int32]] = []
    columns: list[npt.NDArray[np.int32]] = []
    rank = np.full(people, -1, dtype=np.int32)
    start = 0
    for unit, asking in enumerate(wanted):
        who = bits.to_array(asking)
        if having[unit] and who.size:
            rank[who] = np.arange(start, start + who.size, dtype=np.int32)
            numbers = np.array(having[unit], dtype=np.int32)
            cells = rank[np.concatenate([members[k] for k in having[unit]])]
            owners = np.repeat(numbers, sizes[numbers])
            rows.append(owners[cells >= 0])
            columns.append(cells[cells >= 0])
            rank[who] = -1
        start += int(who.size)
    row = np.concatenate([*rows, np.zeros(0, dtype=np.int32)])
    column = np.concatenate([*columns, np.zeros(0, dtype=np.int32)])
    matrix = sparse.csr_matrix((np.ones(row.size, dtype=np.int8), (row, column)), shape=(kept, start))
    matrix.sort_indices()
    return matrix, kept
