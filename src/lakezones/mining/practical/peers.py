"""Who belongs together, as far as access, the directory and use tell.

In: what the directory says of people, how much of what they hold is used. Out: the records of the search for jobs:
`Person`, `Evidence`, `Block`; who of a block's people is an outsider; what most of some people hold.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from lakezones.mining import bits

UNIT_JOINS_AT = 0.66
"""Share of a block's people, once outsiders are out, from which a unit is theirs."""

LACKING = 2
"""Words that a unit costs which a block gives to a person who lacks it; one that is left over costs one."""

SELDOM = 0.5
"""Use below this part of what peers use speaks against a person."""

_FEW = 12


@dataclass(frozen=True, kw_only=True)
class Person:
    """What the directory says of a person; None where it says nothing."""

    department: str | None = None
    title: str | None = None
    manager: str | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known beside the matrix.

    Attributes
    ----------
    people
        The directory's entry per person.
    use
        Per person, unit to the containers used in it; None where use was not assessed.
    sizes
        Containers per unit.
    refused
        Per person, units that they may not be given, as bits; empty where nothing is known of it.
    """

    people: Sequence[Person]
    use: Sequence[dict[int, int]] | None
    sizes: Sequence[int]
    refused: Sequence[int] = ()

    def rate(self, person: int, units: int) -> float:
        """Share of the containers in `units` that the person used."""
        if self.use is None:
            return 0.0
        used = self.use[person]
        total = sum(self.sizes[unit] for unit in bits.elements(units))
        return sum(used.get(unit, 0) for unit in bits.elements(units)) / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Block:
    """People and units that belong together; `birthright` where everybody or a department is meant."""

    people: int
    units: int
    birthright: bool = False


def held_by(people: int, needed: float, rows: Sequence[int], columns: Sequence[int]) -> int:
    """Units that at least `needed` of the people hold."""
    least = math.ceil(needed)
    members = bits.elements(people)
    if least > _FEW:
        near = 0
        for person in members:
            near |= rows[person]
        return bits.from_indices(u for u in bits.elements(near) if (columns[u] & people).bit_count() >= least)
    # seen[k] holds the units seen at least k + 1 times so far.
    seen = [0] * least
    for person in members:
        carry = rows[person]
        for k in range(least):
            seen[k], carry = seen[k] | carry, seen[k] & carry
            if not carry:
                break
    return seen[-1]


def outsiders(people: int, units: int, rows: Sequence[int], covered: Sequence[int], evidence: Evidence) -> int:
    """Those of the people whose directory entry and use both speak against them.

    Use is looked at where the block is all that speaks for it: a person who moved goes on using what the old job and
    the new one share. Where use was not assessed, an entry that differs in everything known is enough.
    """
    members = bits.elements(people)
    if len(members) < 3:
        return 0
    rates = {p: evidence.rate(p, units & rows[p] & ~covered[p] or units & rows[p]) for p in members}
    found = 0
    for person in members:
        others = [p for p in members if p != person]
        known, differs = differences(evidence.people[person], [evidence.people[p] for p in others])
        if evidence.use is None:
            if differs >= 2:
                found |= 1 << person
            continue
        usual = median(rates[p] for p in others)
        if usual > 0 and rates[person] < SELDOM * usual and (differs or not known):
            found |= 1 << person
    return found


def differences(person: Person, others: Sequence[Person]) -> tuple[int, int]:
    """How many attributes can be compared with what most of the others have, and how many differ."""
    known = differs = 0
    for own, theirs in (
        (person.department, Counter(other.department for other in others if other.department)),
        (person.title, Counter(other.title for other in others if other.title)),
        (person.manager, Counter(other.manager for other in others if other.manager)),
    ):
        if own is None or not theirs:
            continue
        _, count = theirs.most_common(1)[0]
        if count < 0.5 * len(others):
            continue
        known += 1
        differs += theirs[own] < 0.34 * count
    return known, differs
