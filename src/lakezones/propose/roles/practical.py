"""Practical mode: the roles that give the most requests under constraints, with no new access.

In: a `Problem` and limits. Out: `Selection`, the chosen roles in order of what each adds.

Maximum coverage over closed candidates: take the candidate that gives most requests not yet given, again and again
(Nemhauser, Wolsey and Fisher 1978: at least 1 - 1/e of the best).
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from lakezones.propose.roles import bits
from lakezones.propose.roles.candidates import Candidate


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Roles chosen.

    Attributes
    ----------
    roles
        In order of what each adds.
    gains
        Requests that each adds to the ones before it.
    """

    roles: list[Candidate]
    gains: list[int]


def gain(candidate: Candidate, uncovered: Sequence[int]) -> int:
    """Requests of the candidate that no chosen role gives yet."""
    people = candidate.people
    return sum((uncovered[unit] & people).bit_count() for unit in bits.iterate(candidate.units))


def greedy(
    candidates: Sequence[Candidate], wanted: Sequence[int], *, max_roles: int | None, min_gain: int
) -> Selection:
    """Choose the candidate that adds most, until `max_roles` or until none adds `min_gain`.

    Parameters
    ----------
    candidates
        Roles to choose from; ties go to the earlier one.
    wanted
        People per unit whose request it is.
    max_roles
        Most roles; None for no limit.
    min_gain
        Fewest requests a role must add.
    """
    uncovered = list(wanted)
    heap = [(-gain(candidate, uncovered), i) for i, candidate in enumerate(candidates)]
    heapq.heapify(heap)
    roles: list[Candidate] = []
    gains: list[int] = []
    while heap and (max_roles is None or len(roles) < max_roles):
        _, i = heapq.heappop(heap)
        fresh = gain(candidates[i], uncovered)
        if fresh < min_gain:
            continue
        if heap and (-fresh, i) > heap[0]:  # gains only fall, so a stale one on top is an upper bound
            heapq.heappush(heap, (-fresh, i))
            continue
        roles.append(candidates[i])
        gains.append(fresh)
        for unit in bits.iterate(candidates[i].units):
            uncovered[unit] &= ~candidates[i].people
    return Selection(roles=roles, gains=gains)
