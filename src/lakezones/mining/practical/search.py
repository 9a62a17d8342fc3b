"""What practical mode looks for, and how long: one record for all that search.

In: nothing. Out: `Search`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lakezones.mining.practical.candidates import Candidate

Constrain = Callable[[Candidate], list[Candidate]]
"""Turns a candidate into the parts of it that the constraints allow."""


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
