"""Roles behind noise: what a job needs, seen through missing grants, odd ones and people who moved on.

In: who holds what as bit sets, what the directory says, how much is used. Out: `Block` records, people and units that
belong together although some of the people lack some of the units.

Birthrights are taken out first: what nearly everybody has, then what nearly everybody of a department has. The rest
is grown from what a few people have in common: people with most of the units join, units that most of the people hold
join, until nothing changes. Blocks that explain most of what their people hold are taken first, so that a job is one
role rather than a pile of overlaps. People whose directory entry and use both speak against them are outsiders. What
was taken one at a time is then put right together (`refine`), the directory's groups with it.
"""

import heapq
from collections.abc import Sequence

from lakezones.mining import bits
from lakezones.mining.practical.candidates import closed_pairs
from lakezones.mining.practical.peers import LACKING, UNIT_JOINS_AT, Block, Evidence, held_by, outsiders
from lakezones.mining.practical.refine import refine

JOINS_AT = 0.72
"""Share of a block's units from which a person joins it, and of its people from which a unit does."""

EVERYBODY = 0.85
"""Share of all people from which a unit is everybody's."""

DEPARTMENT = 0.75
"""Share of a department from which a unit is the department's; the directory is stale for some."""

CLEARLY = 0.9
"""Part of the words below which one account is clearly shorter than another."""


def find_blocks(
    rows: Sequence[int], columns: Sequence[int], evidence: Evidence, *, min_members: int, limit: int = 30_000
) -> list[Block]:
    """Blocks, birthrights first, then in order of how much they explain.

    Parameters
    ----------
    rows, columns
        Units per person, people per unit.
    evidence
        What is known beside them.
    min_members
        Fewest people in a block.
    limit
        Most seeds to grow blocks from.
    """
    whole = _beyond([], rows, columns, evidence, min_members, limit)
    birthrights = _birthrights(rows, columns, evidence, min_members)
    if not birthrights:
        return whole
    # Whether birthrights are roles of their own or part of every job is decided by what takes fewer words to say.
    apart = _beyond(birthrights, rows, columns, evidence, min_members, limit)
    clearly = description(apart, rows) < CLEARLY * description(whole, rows)
    return apart if clearly else whole


def description(blocks: Sequence[Block], rows: Sequence[int]) -> int:
    """Length of the account of who holds what: memberships, contents, what is left over, what is lacking twice."""
    given = [0] * len(rows)
    length = 0
    for block in blocks:
        length += block.people.bit_count() + block.units.bit_count()
        for person in bits.elements(block.people):
            given[person] |= block.units
    for held, described in zip(rows, given, strict=True):
        length += (held & ~described).bit_count() + LACKING * (described & ~held).bit_count()
    return length


def _beyond(
    birthrights: list[Block],
    rows: Sequence[int],
    columns: Sequence[int],
    evidence: Evidence,
    min_members: int,
    limit: int,
) -> list[Block]:
    """The birthrights, and the blocks in what they leave over."""
    left = list(rows)
    for block in birthrights:
        for person in bits.elements(block.people):
            left[person] &= ~block.units
    remaining = [0] * len(columns)
    for person, row in enumerate(left):
        for unit in bits.elements(row):
            remaining[unit] |= 1 << person
    seeds = closed_pairs(left, remaining, min_members=2, limit=limit).roles
    grown: dict[tuple[int, int], None] = {}
    ends: dict[tuple[int, int], tuple[int, int]] = {}
    for seed in seeds:
        if seed.units.bit_count() < 2:
            continue
        people, units = _grow(seed.people, seed.units, left, remaining, ends)
        if people.bit_count() >= min_members and units:
            grown[people, units] = None
    taken = _choose(sorted(grown), left, remaining, evidence, min_members)
    return birthrights + refine(taken, left, remaining, evidence, min_members=min_members)


def _birthrights(rows: Sequence[int], columns: Sequence[int], evidence: Evidence, min_members: int) -> list[Block]:
    everyone = bits.from_indices(i for i, row in enumerate(rows) if row)
    count = everyone.bit_count()
    if count < 4 * min_members:
        return []
    blocks = []
    common = bits.from_indices(u for u, people in enumerate(columns) if people.bit_count() >= EVERYBODY * count)
    if common:
        blocks.append(Block(_mostly(everyone, common, rows), common, birthright=True))
    departments: dict[str, int] = {}
    for person in bits.elements(everyone):
        name = evidence.people[person].department
        if name:
            departments[name] = departments.get(name, 0) | 1 << person
    for _, members in sorted(departments.items()):
        size = members.bit_count()
        if size < 2 * min_members or size > 0.5 * count:
            continue
        units = bits.from_indices(
            u
            for u, people in enumerate(columns)
            if not common >> u & 1
            and (people & members).bit_count() >= DEPARTMENT * size
            # Of this department, and not of half the house.
            and people.bit_count() <= max(2.0 * size, 0.2 * count)
        )
        # Those who have most of it are the department, whatever the directory says; what they all have is its own.
        near = _mostly(everyone, units, rows) if units else 0
        size = near.bit_count()
        units = bits.from_indices(
            u for u in bits.elements(units) if (columns[u] & near).bit_count() >= EVERYBODY * size
        )
        if units and size >= 2 * min_members:
            blocks.append(Block(_mostly(everyone, units, rows), units, birthright=True))
    return blocks


def _mostly(people: int, units: int, rows: Sequence[int]) -> int:
    """Those of the people who hold most of the units."""
    needed = 0.6 * units.bit_count()
    return bits.from_indices(p for p in bits.elements(people) if (rows[p] & units).bit_count() >= needed)


def _grow(
    people: int,
    units: int,
    rows: Sequence[int],
    columns: Sequence[int],
    ends: dict[tuple[int, int], tuple[int, int]],
) -> tuple[int, int]:
    """Let people and units join until nothing changes; `ends` remembers where each state leads."""
    passed = []
    state = (people, units)
    for _ in range(6):
        if state in ends:
            state = ends[state]
            break
        passed.append(state)
        following = _join(*state, rows, columns)
        if following == state:
            break
        state = following
        if not state[1]:
            break
    for earlier in passed:
        ends[earlier] = state
    return state


def _join(people: int, units: int, rows: Sequence[int], columns: Sequence[int]) -> tuple[int, int]:
    """People with most of the units, then units that most of those people hold."""
    del people
    # Whoever holds that much of the units holds one of the rarest, as many as may be lacking and one.
    lacking = int((1 - JOINS_AT) * units.bit_count())
    rarest = sorted(bits.elements(units), key=lambda unit: columns[unit].bit_count())[: lacking + 1]
    near = 0
    for unit in rarest:
        near |= columns[unit]
    needed = JOINS_AT * units.bit_count()
    joined = bits.from_indices(p for p in bits.elements(near) if (rows[p] & units).bit_count() >= needed)
    count = joined.bit_count()
    if not count:
        return 0, 0
    # Of three people, two are enough for a unit to be seen as theirs.
    needed = max(2, min(JOINS_AT * count, count - 1))
    return joined, held_by(joined, needed, rows, columns)


def _choose(
    found: Sequence[tuple[int, int]],
    rows: Sequence[int],
    columns: Sequence[int],
    evidence: Evidence,
    min_members: int,
) -> list[Block]:
    """Take the block that explains most, again and again."""
    covered = [0] * len(rows)
    heap = [(-_worth(people, units, rows, covered), i) for i, (people, units) in enumerate(found)]
    heapq.heapify(heap)
    blocks: list[Block] = []
    while heap:
        _, i = heapq.heappop(heap)
        people, units = found[i]
        fresh = _worth(people, units, rows, covered)
        if fresh <= 0:
            continue
        if heap and (-fresh, i) > heap[0]:
            heapq.heappush(heap, (-fresh, i))
            continue
        people = _for_whom(people, units, rows, covered)
        people, units = _settle(people, units, rows, columns, covered, evidence)
        if people.bit_count() < min_members or units.bit_count() * people.bit_count() < 2 * min_members:
            continue
        blocks.append(Block(people, units))
        for person in bits.elements(people):
            covered[person] |= units
    return blocks


def _worth(people: int, units: int, rows: Sequence[int], covered: Sequence[int]) -> float:
    """What a block explains that is not explained yet: more than in proportion where it is much of a person."""
    size = units.bit_count()
    total = 0.0
    for person in bits.elements(people):
        held = rows[person] & units
        new = (held & ~covered[person]).bit_count() - LACKING * (size - held.bit_count())
        if new > 0:
            total += new**1.5
    return total


def _for_whom(people: int, units: int, rows: Sequence[int], covered: Sequence[int]) -> int:
    """People for whom the block explains something that matters."""
    needed = 0.3 * units.bit_count()
    return bits.from_indices(p for p in bits.elements(people) if (rows[p] & units & ~covered[p]).bit_count() >= needed)


def _settle(
    people: int,
    units: int,
    rows: Sequence[int],
    columns: Sequence[int],
    covered: Sequence[int],
    evidence: Evidence,
) -> tuple[int, int]:
    """Take outsiders out, and let the units be those of the people who are left."""
    excluded = 0
    for _ in range(3):
        excluded |= outsiders(people, units, rows, covered, evidence)
        inside = people & ~excluded
        count = inside.bit_count()
        if count < 2:
            return inside, units
        needed = max(2, min(UNIT_JOINS_AT * count, count - 1))
        shared = held_by(inside, needed, rows, columns)
        needed = JOINS_AT * shared.bit_count()
        joined = bits.from_indices(
            p for p in bits.elements(people & ~excluded) if (rows[p] & shared).bit_count() >= needed
        )
        if (joined, shared) == (people, units):
            break
        people, units = joined, shared
    return people, units
