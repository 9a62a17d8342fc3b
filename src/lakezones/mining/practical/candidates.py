"""Roles as pairs of bit sets, and what follows from either side.

In: who holds what, as bit sets. Out: `Candidate`s, and the people or units that the other side has in common.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lakezones.mining import bits


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """People and units as bit sets; every one of the people holds every one of the units."""

    people: int
    units: int


Constrain = Callable[[Candidate], list[Candidate]]
"""Turns a candidate into the parts of it that the constraints allow."""


def holding(units: int, columns: Sequence[int], everyone: int) -> int:
    """People who hold all of `units`."""
    people = everyone
    for unit in bits.elements(units):
        people &= columns[unit]
        if not people:
            break
    return people
