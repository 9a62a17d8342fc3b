"""Candidate roles: what several people have in common.

In: a `Problem`. Out: `Candidate` records, each a *closed* pair: exactly the people who hold all of its units, and
exactly the units that all of its people hold. No role with the same people could give more, none with the same units
could reach more people, so nothing is lost by looking at closed pairs alone (formal concept analysis).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from lakezones.propose.roles import bits

_ALL_PAIRS = 700


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """People and units as bit sets; every one of the people holds every one of the units."""

    people: int
    units: int


def close(units: int, columns: list[int], everyone: int) -> int:
    """People who hold all of `units`."""
    people = everyone
    for unit in bits.iterate(units):
        people &= columns[unit]
        if not people:
            break
    return people


def closed_intersections(rows: list[int], columns: list[int], *, min_members: int, limit: int) -> list[Candidate]:
    """Closed pairs from single people and from pairs of people, the largest first.

    Parameters
    ----------
    rows, columns
        Units per person, people per unit.
    min_members
        Fewest people.
    limit
        Most candidates returned.

    Returns
    -------
    list of Candidate
        Sorted by area (people times units), largest first; ties by units.
    """
    everyone = (1 << len(rows)) - 1
    distinct = sorted({row for row in rows if row}, key=lambda row: (-row.bit_count(), row))
    intents = set(distinct)
    for first, second in _pairs(distinct):
        common = first & second
        if common:
            intents.add(common)
    found = []
    for units in intents:
        people = close(units, columns, everyone)
        if people.bit_count() >= min_members:
            found.append(Candidate(people, units))
    found.sort(key=lambda c: (-c.people.bit_count() * c.units.bit_count(), c.units))
    return found[:limit]


def _pairs(distinct: list[int]) -> Iterable[tuple[int, int]]:
    """All pairs of rows where they are few; otherwise rows that are neighbours in some unit's list."""
    if len(distinct) <= _ALL_PAIRS:
        for i, first in enumerate(distinct):
            for second in distinct[i + 1 :]:
                yield first, second
        return
    holders: dict[int, list[int]] = {}
    for row in distinct:
        for unit in bits.iterate(row):
            holders.setdefault(unit, []).append(row)
    for _, rows in sorted(holders.items()):
        for step in (1, 2, 3, 5, 8):
            for i in range(len(rows) - step):
                yield rows[i], rows[i + step]
