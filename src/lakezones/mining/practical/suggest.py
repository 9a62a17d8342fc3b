"""Suggestions: the few grants that would complete a role.

In: the blocks seen through the noise, who holds what. Out: for each block the part of it that needs no new access, a
role as it stands, and the cells that would make it whole. Each cell is a row to approve; nothing is in a role until
it is. Restricted units are never suggested, nor what would bring two duties together that must stay apart.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lakezones.mining import bits
from lakezones.mining.practical.candidates import Candidate, closed_pairs
from lakezones.mining.practical.peers import Block, Evidence, differences

Cell = tuple[int, int]
"""Person and unit."""

FEW = 0.3
"""Most of a role's units that a person may be given to be in it."""

FEW_TO_A_STRANGER = 0.2
"""The same for a person whose directory entry differs in two ways from what the role's people have."""

FEW_UNSEEN = 0.1
"""The same where use was not assessed, for a person whose entry differs in any way: who has moved lacks some of it."""

SUPPORT = 0.6
"""Share of the peers most like a person that must hold what is suggested."""


@dataclass(frozen=True, kw_only=True)
class Completion:
    """A role without new access, and what would complete it.

    Attributes
    ----------
    role
        The largest part of the block that its people hold in full.
    lacking
        Cells that would make it `people` times `units`; every one of them supported.
    people, units
        The completed role.
    """

    role: Candidate
    lacking: list[Cell] = field(default_factory=list)
    people: int
    units: int


def complete(
    blocks: Sequence[Block],
    rows: Sequence[int],
    columns: Sequence[int],
    evidence: Evidence,
    *,
    min_members: int,
    never: int = 0,
    conflicts: Callable[[int, int], bool] = lambda _person, _units: False,
) -> list[Completion]:
    """Roles and suggestions of the blocks, in their order; blocks without a role as it stands are left out.

    Parameters
    ----------
    rows, columns
        Units per person, people per unit.
    never
        Units that are never suggested.
    conflicts
        Whether a person with these units would hold duties that must stay apart.
    """
    result = []
    taken: set[Candidate] = set()
    for block in blocks:
        people, units = _rectangle(block, rows, columns, evidence, never, conflicts)
        role = core(Block(people, units), rows, min_members) if people and units else None
        if role is None or role in taken:
            continue
        taken.add(role)
        lacking = [(person, unit) for person in bits.elements(people) for unit in bits.elements(units & ~rows[person])]
        result.append(Completion(role=role, lacking=lacking, people=people, units=units))
    return result


def core(block: Block, rows: Sequence[int], min_members: int) -> Candidate | None:
    """The largest part of the block in which everybody holds everything; None if too few people share anything."""
    members = bits.elements(block.people)
    units = bits.elements(block.units)
    inner_rows = [bits.from_indices(j for j, unit in enumerate(units) if rows[p] >> unit & 1) for p in members]
    inner_columns = [bits.from_indices(i for i, p in enumerate(members) if rows[p] >> unit & 1) for unit in units]
    found = closed_pairs(inner_rows, inner_columns, min_members=min_members, limit=5000, work=300_000).roles
    if not found:
        return None
    best = max(found, key=lambda c: (c.people.bit_count() * c.units.bit_count(), c.people.bit_count(), -c.units))
    return Candidate(
        bits.from_indices(members[i] for i in bits.elements(best.people)),
        bits.from_indices(units[j] for j in bits.elements(best.units)),
    )


def _rectangle(
    block: Block,
    rows: Sequence[int],
    columns: Sequence[int],
    evidence: Evidence,
    never: int,
    conflicts: Callable[[int, int], bool],
) -> tuple[int, int]:
    """The part of the block that may be made whole: what its people lack of its units may all be suggested.

    People and units are left out one at a time, each time what has the most cells that may not be given for its size.
    """
    people, units = block.people, block.units
    excluded = {
        person: bits.from_indices(
            unit
            for unit in bits.elements(units & ~rows[person])
            if not _supported(person, unit, people, columns, evidence, never)
        )
        for person in bits.elements(people)
    }
    few = {person: _few(person, people, units, evidence) / units.bit_count() for person in excluded}

    def too_much(person: int, units: int) -> bool:
        """Whether a person would be given too many units, or duties that must stay apart."""
        lacking = (units & ~rows[person]).bit_count()
        return lacking > max(1.0, few[person] * units.bit_count()) or conflicts(person, rows[person] | units)

    while people and units:
        width, height = units.bit_count(), people.bit_count()
        worst, share = None, 0.0
        for person in bits.elements(people):
            count = (excluded[person] & units).bit_count()
            if too_much(person, units):
                # Cells of a person who would be given too much are all of them too many.
                count = max(count, width // 2)
            if count / width > share:
                worst, share = (person, 0), count / width
        for unit in bits.elements(units):
            count = sum(excluded[person] >> unit & 1 for person in bits.elements(people))
            if count / height > share:
                worst, share = (unit, 1), count / height
        if worst is None:
            break
        if worst[1]:
            units &= ~(1 << worst[0])
        else:
            people &= ~(1 << worst[0])
    # What was left out for the sake of something that was left out later comes back.
    for unit in bits.elements(block.units & ~units) if people else ():
        more = units | 1 << unit
        if not any(excluded[p] >> unit & 1 or too_much(p, more) for p in bits.elements(people)):
            units = more
    for person in bits.elements(block.people & ~people) if units else ():
        if not excluded[person] & units and not too_much(person, units):
            people |= 1 << person
    return people, units


def _few(person: int, people: int, units: int, evidence: Evidence) -> float:
    """Most units that the person may be given."""
    others = [evidence.people[p] for p in bits.elements(people & ~(1 << person))]
    _, differs = differences(evidence.people[person], others)
    share = FEW_TO_A_STRANGER if differs >= 2 else FEW
    if evidence.use is None and differs:
        share = FEW_UNSEEN
    return max(1.0, share * units.bit_count())


def _supported(
    person: int,
    unit: int,
    people: int,
    columns: Sequence[int],
    evidence: Evidence,
    never: int,
) -> bool:
    """Whether those most like the person hold the unit and, where use is known, one of them uses it."""
    if never >> unit & 1 or (evidence.refused and evidence.refused[person] >> unit & 1):
        return False
    others = people & ~(1 << person)
    holders = others & columns[unit]
    if evidence.use is not None and not any(evidence.use[p].get(unit) for p in bits.elements(holders)):
        return False
    if holders.bit_count() < max(2, SUPPORT * others.bit_count()):
        return False
    own = evidence.people[person]
    alike = [
        p
        for p in bits.elements(others)
        if own.title and evidence.people[p].title == own.title and evidence.people[p].manager == own.manager
    ]
    if len(alike) < 2:
        return True
    return sum(holders >> p & 1 for p in alike) >= SUPPORT * len(alike)
