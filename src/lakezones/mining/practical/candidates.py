"""Candidate roles: what several people have in common.

In: who holds what, as bit sets. Out: `Candidates`, each a *closed* pair: exactly the people who hold all of its
units, and exactly the units that all of its people hold. No role with the same people could give more, none with the
same units could reach more people, so nothing is lost by looking at closed pairs alone (formal concept analysis).

All of them are enumerated where work allows (Close-by-One: Kuznetsov 1993), which makes bounds over them bounds over
all roles. Otherwise what neighbours have in common is taken, people being neighbours when they share rare units.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lakezones.mining import bits
from lakezones.mining.budget import Budget

_NEIGHBOURS = (1, 2, 3, 4, 6, 9, 13)


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """People and units as bit sets; every one of the people holds every one of the units."""

    people: int
    units: int


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Candidate roles.

    Attributes
    ----------
    roles
        In no particular but a fixed order.
    complete
        Whether every closed pair with enough people is among them.
    """

    roles: list[Candidate]
    complete: bool


def common_to(people: int, rows: Sequence[int]) -> int:
    """Units that all of `people` hold; `people` must not be empty."""
    members = bits.iterate(people)
    units = rows[next(members)]
    for person in members:
        units &= rows[person]
        if not units:
            break
    return units


def holding(units: int, columns: Sequence[int], everyone: int) -> int:
    """People who hold all of `units`."""
    people = everyone
    for unit in bits.elements(units):
        people &= columns[unit]
        if not people:
            break
    return people


def closed_pairs(
    rows: Sequence[int],
    columns: Sequence[int],
    *,
    min_members: int,
    limit: int,
    work: int = 3_000_000,
) -> Candidates:
    """Closed pairs with at least `min_members` people: all of them, or the most promising.

    Parameters
    ----------
    rows, columns
        Units per person, people per unit.
    min_members
        Fewest people.
    limit
        Most candidates.
    work
        Intersections that may be tried to find them all.
    """
    found = every_closed_pair(rows, columns, min_members=min_members, limit=limit, work=work)
    if found is not None:
        return Candidates(roles=found, complete=True)
    return Candidates(roles=neighbourly(rows, columns, min_members=min_members, limit=limit), complete=False)


def every_closed_pair(
    rows: Sequence[int],
    columns: Sequence[int],
    *,
    min_members: int,
    limit: int,
    work: int = 3_000_000,
    budget: Budget | None = None,
) -> list[Candidate] | None:
    """All closed pairs with enough people, or None when they are too many or finding them takes too long.

    Parameters
    ----------
    rows, columns, min_members, limit, work
        As for `closed_pairs`.
    budget
        Of the whole search, where there is one.
    """
    # Ten times more cells than work: the search would end without a result.
    if len(rows) * len(columns) > 10 * work:
        return None
    # A step over longer sets of people is as much more work.
    step = 1 + len(rows) // 2000
    # Rare units first: extents shrink soon, and most branches end at once.
    order = sorted(range(len(columns)), key=lambda unit: (columns[unit].bit_count(), unit))
    place = {unit: i for i, unit in enumerate(order)}
    extents = [columns[unit] for unit in order]
    intents = [bits.from_indices(place[unit] for unit in bits.elements(row)) for row in rows]
    everyone = bits.from_indices(person for person, row in enumerate(rows) if row)
    if everyone.bit_count() < min_members:
        return []
    found: list[Candidate] = []
    stack = [(everyone, common_to(everyone, intents), 0)]
    spent = 0
    while stack:
        people, units, start = stack.pop()
        if units:
            found.append(Candidate(people, bits.from_indices(order[i] for i in bits.elements(units))))
        possible = 0
        for person in bits.elements(people):
            possible |= intents[person]
        possible = (possible & ~units) >> start << start
        tried = bits.elements(possible)
        spent += step * (len(tried) + people.bit_count())
        if spent > work or len(found) > limit or (budget is not None and not budget.spend(4 * step * len(tried))):
            return None
        for unit in tried:
            fewer = people & extents[unit]
            if fewer.bit_count() < min_members:
                continue
            more = common_to(fewer, intents)
            # Each closed pair is reached once: from the branch that adds no unit before this one.
            if more & ~units & ((1 << unit) - 1):
                continue
            stack.append((fewer, more, unit + 1))
    return found


def neighbourly(rows: Sequence[int], columns: Sequence[int], *, min_members: int, limit: int) -> list[Candidate]:
    """Closed pairs from what neighbours have in common, the largest first.

    Parameters
    ----------
    rows, columns
        Units per person, people per unit. Rows may be parts of what people hold: intersections of parts are closed
        in the columns given.
    min_members, limit
        Fewest people; most candidates.
    """
    everyone = (1 << len(rows)) - 1
    intents: dict[int, None] = {}
    for units in _commons(rows, columns):
        if units:
            intents[units] = None
            if len(intents) >= 4 * limit:
                break
    found: dict[int, Candidate] = {}
    for units in intents:
        people = holding(units, columns, everyone)
        if people.bit_count() >= min_members:
            known = found.get(people)
            # A single unit is seldom all that its people have in common.
            wider = common_to(people, rows) if units.bit_count() == 1 else units
            found[people] = Candidate(people, units | wider | (known.units if known else 0))
    ranked = sorted(found.values(), key=lambda c: (-c.people.bit_count() * c.units.bit_count(), c.units))
    return ranked[:limit]


def _commons(rows: Sequence[int], columns: Sequence[int]) -> Iterator[int]:
    """Rows, and what pairs and triples of neighbours have in common."""
    distinct = sorted({row for row in rows if row})
    yield from distinct
    yield from (1 << unit for unit, people in enumerate(columns) if people)
    rarity = sorted(range(len(columns)), key=lambda unit: (columns[unit].bit_count(), unit))
    rank = {unit: i for i, unit in enumerate(rarity)}
    # Neighbours share their rarest units; a second order looks at the commoner half.
    for skip in (0, 3):
        line = sorted(distinct, key=lambda row: (sorted(rank[unit] for unit in bits.elements(row))[skip:], row))
        for first, second, third in _near(line):
            pair = first & second
            yield pair
            yield pair & third


def _near(line: Sequence[int]) -> Iterable[tuple[int, int, int]]:
    for step in _NEIGHBOURS:
        for i in range(len(line) - step):
            yield line[i], line[i + step], line[(i + 2 * step) % len(line)]
