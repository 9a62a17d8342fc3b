"""Which roles a choice needs so that jobs can be completed, and what that costs.

In: roles chosen for what they give, the completions of jobs. Out: roles, and the completion that each will become.

A job is completed by approving what its people lack, so it needs a role that lies inside it: all of its people and all
of its content are the job's. Then approvals make it the job and nobody has to leave it. Such a role, a *home*, is worth
some requests more than what it gives; with that the same choice is made again. What it may cost in all is a setting.
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
from lakezones.propose.roles.units import Problem

_WORTH = 0.25
"""What completing a job may cost now, as a share of the requests it gives once it is whole."""

_HOMES = 40
"""Homes of a job that are looked at, those that give most."""

_TRIES = 4


@dataclass(frozen=True, kw_only=True)
class Housed:
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


def house(
    selection: Selection,
    completions: Sequence[Completion],
    problem: Problem,
    search: Search,
    *,
    cost: float,
    allowed: Callable[[Candidate], bool],
) -> Housed:
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
    homes = [_homes(done, selection.pool, problem, search.min_members, allowed) for done in completions]
    pool = list(dict.fromkeys([*selection.pool, *(home for some in homes for home in some)]))
    matrix, kept = cell_matrix(pool, problem.wanted, len(problem.people))
    pool = pool[:kept]
    place = {role: k for k, role in enumerate(pool)}
    before = [place[role] for role in selection.roles if role in place]
    least = (1 - cost) * cover.ordered(matrix, before).covered
    worth = [_WORTH * _requests(done, problem) for done in completions]
    chosen = before
    budget = Budget(MAX_WORK)
    for _ in range(_TRIES if cost > 0 else 0):
        with_homes = sparse.hstack([matrix, _bonus(homes, worth, place, kept)]).tocsr()
        with_homes.sort_indices()
        known = cover.ordered(with_homes, before)
        anew = cover.greedy(with_homes, max_roles=len(before), min_gain=1)
        first = max(known, anew, key=lambda one: one.covered)
        found, _ = improve(with_homes, pool, first, replace(search, programs=0))
        if cover.ordered(matrix, found.candidates).covered < least:
            worth = [one / 2 for one in worth]
            continue
        chosen = found.candidates
        programs = affordable(search, len(chosen))
        better, _ = polish(with_homes, [role.people for role in pool], found, programs=programs, budget=budget)
        if cover.ordered(matrix, better.candidates).covered >= least:
            chosen = better.candidates
        break
    return _attach([pool[k] for k in cover.ordered(matrix, chosen).candidates], completions)


def _homes(
    done: Completion,
    pool: Sequence[Candidate],
    problem: Problem,
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
        units = common_to(people, problem.rows) & done.units
        # Whoever of the job holds all of it is in it, or nothing suggested would bring them in.
        home = Candidate(holding(units, problem.columns, done.people), units)
        if units and home not in found and allowed(home):
            found[home] = sum((home.people & problem.wanted[unit]).bit_count() for unit in bits.elements(units))
    return sorted(found, key=lambda home: (-found[home], home))[:_HOMES]


def _requests(done: Completion, problem: Problem) -> int:
    """Requests that a completed role gives."""
    return sum((done.people & problem.wanted[unit]).bit_count() for unit in bits.elements(done.units))


def _bonus(
    homes: Sequence[Sequence[Candidate]], worth: Sequence[float], place: dict[Candidate, int], count: int
) -> sparse.csr_matrix:
    """Cells that stand for having a home: as many per job as that is worth, covered by each of its homes."""
    rows: list[int] = []
    columns: list[int] = []
    width = 0
    for some, value in zip(homes, worth, strict=True):
        inside = [place[home] for home in some if home in place]
        for cell in range(width, width + round(value)):
            rows += inside
            columns += [cell] * len(inside)
        width += round(value)
    return sparse.csr_matrix((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(count, width))


def _attach(roles: Sequence[Candidate], completions: Sequence[Completion]) -> Housed:
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
    return Housed(roles=list(roles), completions=found)
