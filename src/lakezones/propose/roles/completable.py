"""Which roles a choice needs so that jobs can be completed, and what that costs.

In: roles chosen for what they give, the completions of jobs. Out: roles, and the completion that each will become.

A job is completed by approving what its people lack, so it needs a role inside it: an *inner role*, all of whose people
and content are the job's. Approvals then make it the whole job, and nobody has to leave it. An inner role counts for
more requests than it gives, and the choice is made again with that. How much coverage this may cost is a setting.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.practical import cover
from lakezones.mining.practical.candidates import Candidate, common_to, holding
from lakezones.mining.practical.polish import polish
from lakezones.mining.practical.search import Search
from lakezones.mining.practical.select import MAX_WORK, Selection, affordable, cell_matrix, improve
from lakezones.mining.practical.suggest import Completion
from lakezones.propose.roles.units import RequestMatrix

_WORTH = 0.25
"""What completing a job may cost now, as a share of the requests it gives once it is whole."""

_INNER_ROLES = 40
"""Inner roles of a job that are looked at, those that give most."""

_TRIES = 4


@dataclass(frozen=True, kw_only=True)
class Completable:
    """Roles, and what completes some of them.

    Attributes
    ----------
    roles
        As many as were chosen, or fewer.
    completions
        By role.
    """

    roles: list[Candidate]
    completions: dict[Candidate, Completion]


def choose_completable(
    selection: Selection,
    completions: Sequence[Completion],
    matrix: RequestMatrix,
    search: Search,
    *,
    cost: float,
    allowed: Callable[[Candidate], bool],
) -> Completable:
    """Choose again, so that as many jobs as `cost` allows have a role that can be completed.

    Parameters
    ----------
    selection
        Roles chosen without regard to jobs.
    completions
        Jobs, in order of preference where two could be made of one role.
    search
        How long to look.
    cost
        Share of requests that roles may give less than without jobs.
    allowed
        Whether a role keeps the constraints.
    """
    inner = [_inner_roles(done, selection.pool, matrix, search.min_members, allowed) for done in completions]
    pool = list(dict.fromkeys([*selection.pool, *(role for some in inner for role in some)]))
    cells, kept = cell_matrix(pool, matrix.wanted, len(matrix.people))
    pool = pool[:kept]
    place = {role: k for k, role in enumerate(pool)}
    before = [place[role] for role in selection.roles if role in place]
    least = (1 - cost) * cover.ordered(cells, before).covered
    worth = [_WORTH * _requests(done, matrix) for done in completions]
    chosen = before
    budget = Budget(MAX_WORK)
    for _ in range(_TRIES if cost > 0 else 0):
        with_bonus = sparse.hstack([cells, _bonus(inner, worth, place, kept)]).tocsr()
        with_bonus.sort_indices()
        known = cover.ordered(with_bonus, before)
        fresh = cover.greedy(with_bonus, max_roles=len(before), min_gain=1)
        first = max(known, fresh, key=lambda one: one.covered)
        found, _ = improve(with_bonus, pool, first, replace(search, programs=0))
        if cover.ordered(cells, found.candidates).covered < least:
            worth = [one / 2 for one in worth]
            continue
        chosen = found.candidates
        programs = affordable(search, len(chosen))
        better, _ = polish(with_bonus, [role.people for role in pool], found, programs=programs, budget=budget)
        if cover.ordered(cells, better.candidates).covered >= least:
            chosen = better.candidates
        break
    return _attach([pool[k] for k in cover.ordered(cells, chosen).candidates], completions)


def _inner_roles(
    done: Completion,
    pool: Sequence[Candidate],
    matrix: RequestMatrix,
    min_members: int,
    allowed: Callable[[Candidate], bool],
) -> list[Candidate]:
    """Roles inside a completed one, those that give most first."""
    found: dict[Candidate, int] = {}
    seen: set[int] = set()
    for role in [done.role, *pool]:
        people = role.people & done.people
        if people in seen or people.bit_count() < min_members or not role.units & done.units:
            continue
        seen.add(people)
        units = common_to(people, matrix.rows) & done.units
        # Everybody of the job who holds all of it is in it, or no suggestion would bring them in.
        inner = Candidate(holding(units, matrix.columns, done.people), units)
        if units and inner not in found and allowed(inner):
            found[inner] = sum((inner.people & matrix.wanted[unit]).bit_count() for unit in bits.elements(units))
    return sorted(found, key=lambda inner: (-found[inner], inner))[:_INNER_ROLES]


def _requests(done: Completion, matrix: RequestMatrix) -> int:
    """Requests that a completed role gives."""
    return sum((done.people & matrix.wanted[unit]).bit_count() for unit in bits.elements(done.units))


def _bonus(
    inner: Sequence[Sequence[Candidate]], worth: Sequence[float], place: dict[Candidate, int], count: int
) -> sparse.csr_matrix:
    """Cells that stand for having an inner role: as many per job as that is worth."""
    rows: list[int] = []
    columns: list[int] = []
    width = 0
    for some, value in zip(inner, worth, strict=True):
        inside = [place[role] for role in some if role in place]
        for cell in range(width, width + round(value)):
            rows += inside
            columns += [cell] * len(inside)
        width += round(value)
    return sparse.csr_matrix((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(count, width))


def _attach(roles: Sequence[Candidate], completions: Sequence[Completion]) -> Completable:
    """Give each job the largest role inside it that no other has."""
    found: dict[Candidate, Completion] = {}
    for done in completions:
        inside = [
            (role.people.bit_count() * role.units.bit_count(), role)
            for role in roles
            if role not in found and not role.people & ~done.people and not role.units & ~done.units
        ]
        if inside:
            role = max(inside)[1]
            found[role] = replace(done, role=role)
    return Completable(roles=list(roles), completions=found)
