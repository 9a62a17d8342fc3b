"""What practical mode looks for, and how long: one record for all that search.

In: nothing. Out: `Search`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lakezones.propose.roles.practical.candidates import Candidate
from lakezones.propose.roles.settings import RolesSettings

Constrain = Callable[[Candidate], list[Candidate]]
"""Turns a candidate into the parts of it that the constraints allow."""

_ROUNDS_PER_PROGRAM = 500


@dataclass(frozen=True, kw_only=True)
class Search:
    """What to look for.

    Attributes
    ----------
    min_members
        Fewest people in a role.
    max_roles
        Most roles; None for as many as add `min_gain` each.
    min_gain
        Fewest requests that a role adds.
    limit
        Most candidates.
    rounds
        Rounds in which a choice is taken apart and put together better.
    programs
        Integer programs that it is then improved by.
    constrain
        What of a candidate is allowed.
    """

    min_members: int = 3
    max_roles: int | None = None
    min_gain: int = 1
    limit: int = 60_000
    rounds: int = 6000
    programs: int = 12
    constrain: Constrain | None = None


def read_search(settings: RolesSettings, constrain: Constrain | None = None) -> Search:
    """The search that settings ask for."""
    return Search(
        min_members=settings.min_members,
        max_roles=settings.max_roles,
        # With a number of roles given, even those that add little are asked for.
        min_gain=settings.min_gain if settings.max_roles is None else 1,
        limit=settings.max_candidates,
        rounds=settings.effort,
        programs=settings.effort // _ROUNDS_PER_PROGRAM,
        constrain=constrain,
    )
