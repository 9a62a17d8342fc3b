"""Practical mode: the roles that give the most requests under constraints, with no new access.

In: who holds what and who asked for it, as bit sets. Out: `Selection`, the chosen roles in order of what each adds,
and how much any choice of as many could add at most.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lakezones.propose.roles import bits, cover
from lakezones.propose.roles.budget import Budget
from lakezones.propose.roles.candidates import Candidate, every_closed_pair
from lakezones.propose.roles.grow import grow

_MAX_ENTRIES = 25_000_000
_MANY_PEOPLE = 10_000
_MAX_WORK = 400_000_000

Constrain = Callable[[Candidate], list[Candidate]]
"""Turns a candidate into the parts of it that the constraints allow."""


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
        The candidates that were weighed.
    """

    roles: list[Candidate]
    gains: list[int]
    bound: int | None
    pool: list[Candidate] = field(default_factory=list, repr=False)


def select(
    rows: Sequence[int],
    columns: Sequence[int],
    wanted: Sequence[int],
    *,
    min_members: int = 3,
    max_roles: int | None = None,
    min_gain: int = 1,
    limit: int = 60_000,
    rounds: int = 1000,
    constrain: Constrain | None = None,
    budget: Budget | None = None,
) -> Selection:
    """Choose roles.

    Parameters
    ----------
    rows, columns
        Units per person, people per unit.
    wanted
        People per unit whose request it is; a subset of `columns`.
    min_members
        Fewest people in a role.
    max_roles
        Most roles; None for as many as add `min_gain` each.
    min_gain
        Fewest requests that a role adds.
    limit
        Most candidates.
    rounds
        Rounds of improvement.
    constrain
        What of a candidate is allowed.
    budget
        Charged for the work; the best choice so far stands when it ends.
    """
    budget = budget or Budget(_MAX_WORK)
    whole = every_closed_pair(rows, columns, min_members=min_members, limit=limit, budget=budget)
    if whole is not None:
        candidates = _allowed(whole, constrain, min_members)
    else:
        grown = grow(
            rows,
            columns,
            wanted,
            min_members=min_members,
            max_roles=max_roles,
            min_gain=min_gain,
            budget=budget,
            constrain=constrain,
            remember=limit if len(rows) <= _MANY_PEOPLE else 0,
        )
        if len(rows) > _MANY_PEOPLE or budget.exhausted():
            return Selection(roles=grown.roles, gains=grown.gains, bound=None)
        # Those taken come first, so that there is room for them.
        candidates = list(dict.fromkeys([*grown.roles, *grown.seen]))
    matrix, kept = cell_matrix(candidates, wanted, len(rows))
    complete = whole is not None and kept == len(candidates)
    first = cover.greedy(matrix, max_roles=matrix.shape[0] if max_roles is None else max_roles, min_gain=min_gain)
    count = len(first.candidates)
    bound = (
        cover.upper_bound(matrix, max_roles=count if max_roles is None else max_roles, known=first.covered)
        if complete
        else None
    )
    best = cover.improve(matrix, first, rounds=_affordable(rounds, matrix), bound=bound, budget=budget)
    return Selection(
        roles=[candidates[k] for k in best.candidates],
        gains=best.gains,
        bound=None if bound is None else max(bound, best.covered),
        pool=candidates[:kept],
    )


def fill_up(
    pool: Sequence[Candidate],
    wanted: Sequence[int],
    start: Sequence[Candidate],
    *,
    people: int,
    rounds: int,
) -> list[Candidate]:
    """As many roles as in `start`, of a pool that has them, which give more of what is wanted if any do."""
    matrix, kept = cell_matrix(pool, wanted, people)
    place = {role: k for k, role in enumerate(pool[:kept])}
    known = cover.ordered(matrix, [place[role] for role in start if role in place])
    better = cover.greedy(matrix, max_roles=len(start), min_gain=1)
    first = max(known, better, key=lambda chosen: chosen.covered)
    best = cover.improve(matrix, first, rounds=_affordable(rounds, matrix))
    return [pool[k] for k in best.candidates]


def _affordable(rounds: int, matrix: sparse.csr_matrix) -> int:
    """Fewer rounds where each costs more: a round touches every candidate some twenty times."""
    affordable: int = 20_000_000 // (matrix.shape[0] + 1)
    return min(rounds, affordable)


def _allowed(candidates: Sequence[Candidate], constrain: Constrain | None, min_members: int) -> list[Candidate]:
    """The parts of the candidates that the constraints allow, each once, in a fixed order."""
    parts = candidates if constrain is None else [part for whole in candidates for part in constrain(whole)]
    unique = {part for part in parts if part.units and part.people.bit_count() >= min_members}
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
