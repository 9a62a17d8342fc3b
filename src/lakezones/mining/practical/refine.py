"""Blocks put right together: who is in which, and what each is, so that the whole takes the fewest words.

In: blocks found one at a time, who holds what, the directory. Out: blocks that tell who holds what in fewer words.

Blocks that are taken one at a time cut jobs apart: what a department shares explains so much that a job beside it has
little left to say. Here, in turns, every person gets the blocks that explain best what they hold, every block the units
that its people hold, and blocks that save no words are left out. What people of one department and title mostly hold,
or of one manager and title, is offered as a block too, and taken if it saves words; so the directory helps as far as
access bears it out. The length of the account is that of `blocks.description` (Rissanen 1978; for Boolean matrices
Miettinen and Vreeken 2014): a membership, a unit of a block and a unit left over cost one, a unit lacking costs two.
"""

import heapq
from collections.abc import Sequence

from lakezones.mining import bits
from lakezones.mining.practical.peers import LACKING, UNIT_JOINS_AT, Block, Evidence, held_by, outsiders

NEAR = 0.6
"""Share of a block's units from which a person may be in it."""

HALF = 0.5
"""Share of the people with the same attributes from which a unit is theirs."""

_PAIRS = (("department", "title"), ("manager", "title"), ("department", "manager"))
_STARTS = 3


def refine(
    blocks: Sequence[Block], rows: Sequence[int], columns: Sequence[int], evidence: Evidence, *, min_members: int
) -> list[Block]:
    """Blocks that take fewer words, in the order of those given, then those that the directory suggests.

    Parameters
    ----------
    blocks
        To start from.
    rows, columns
        Units per person, people per unit.
    evidence
        What is known beside them.
    min_members
        Fewest people in a block.
    """
    account = _Account([block.units for block in blocks], rows, columns, evidence)
    account.settle(2)
    account.prune(min_members)
    account.settle(1)
    account.offer(alike(columns, evidence, min_members), min_members)
    account.settle(2)
    account.prune(min_members)
    account.settle(2)
    found = zip(account.members(), account.units, strict=True)
    return [Block(people, units) for people, units in found if units and people.bit_count() >= min_members]


def alike(columns: Sequence[int], evidence: Evidence, min_members: int) -> list[int]:
    """What at least half of the people with two attributes in common hold, per such group; each once."""
    groups: dict[tuple[str, ...], int] = {}
    for i, person in enumerate(evidence.people):
        for pair in _PAIRS:
            values = [getattr(person, name) for name in pair]
            if all(values):
                key = (*pair, *values)
                groups[key] = groups.get(key, 0) | 1 << i
    found: dict[int, None] = {}
    for _, people in sorted(groups.items()):
        count = people.bit_count()
        if count < min_members:
            continue
        least = max(2.0, HALF * count)
        units = bits.from_indices(u for u, holders in enumerate(columns) if (holders & people).bit_count() >= least)
        if units:
            found[units] = None
    return list(found)


class _Account:
    """Who holds what, described by blocks: units per block, blocks per person, and what each person's part costs."""

    def __init__(self, units: Sequence[int], rows: Sequence[int], columns: Sequence[int], evidence: Evidence) -> None:
        self.rows, self.columns, self.evidence = rows, columns, evidence
        self.units = list(units)
        self.excluded = [0] * len(self.units)
        self.near: list[list[int]] = []
        self.own: list[tuple[int, ...]] = [()] * len(rows)
        self.cost = [row.bit_count() for row in rows]
        self.assign()

    def members(self) -> list[int]:
        """People per block."""
        found = [0] * len(self.units)
        for person, own in enumerate(self.own):
            for block in own:
                found[block] |= 1 << person
        return found

    def assign(self) -> None:
        """Give every person the blocks that explain best what they hold."""
        self.near = [[] for _ in self.rows]
        for block, units in enumerate(self.units):
            for person in self.reach(units):
                self.near[person].append(block)
        for person in range(len(self.rows)):
            self.cost[person], self.own[person] = self.described(person, self.near[person])

    def reach(self, units: int) -> list[int]:
        """People who hold enough of the units to be in a block of them."""
        size = units.bit_count()
        if not size:
            return []
        # Whoever holds that much of them holds one of the rarest, as many as may be lacking and one.
        rarest = sorted(bits.elements(units), key=lambda unit: self.columns[unit].bit_count())
        some = 0
        for unit in rarest[: int((1 - NEAR) * size) + 1]:
            some |= self.columns[unit]
        return [p for p in bits.elements(some) if (self.rows[p] & units).bit_count() >= NEAR * size]

    def described(self, person: int, blocks: Sequence[int]) -> tuple[int, tuple[int, ...]]:
        """The fewest words for what a person holds that some of the blocks allow, and those blocks."""
        row = self.rows[person]
        some = [b for b in blocks if self.units[b] and not self.excluded[b] >> person & 1]

        def words(chosen: tuple[int, ...]) -> int:
            given = 0
            for block in chosen:
                given |= self.units[block]
            return len(chosen) + (row & ~given).bit_count() + LACKING * (given & ~row).bit_count()

        best: tuple[int, tuple[int, ...]] = (row.bit_count(), ())
        for length, first in sorted((words((block,)), block) for block in some)[:_STARTS]:
            chosen: tuple[int, ...] = (first,)
            while True:
                following = min(((words((*chosen, b)), b) for b in some if b not in chosen), default=(length, -1))
                if following[0] >= length:
                    break
                length, chosen = following[0], (*chosen, following[1])
            for block in chosen:
                fewer = tuple(b for b in chosen if b != block)
                if fewer and words(fewer) <= length:
                    length, chosen = words(fewer), fewer
            if length < best[0]:
                best = length, tuple(sorted(chosen))
        return best

    def settle(self, turns: int) -> None:
        """Take outsiders out, and let blocks be what their people hold, in turns."""
        for _ in range(turns):
            self._bar()
            self.assign()
            for block, people in enumerate(self.members()):
                count = people.bit_count()
                if count < 2:
                    self.units[block] = 0
                else:
                    needed = max(2, min(UNIT_JOINS_AT * count, count - 1))
                    self.units[block] = held_by(people, needed, self.rows, self.columns)
            self.assign()

    def _bar(self) -> None:
        for block, people in enumerate(self.members()):
            if not self.units[block]:
                continue
            elsewhere = [0] * len(self.rows)
            for person in bits.elements(people):
                for other in self.own[person]:
                    elsewhere[person] |= self.units[other] if other != block else 0
            self.excluded[block] |= outsiders(people, self.units[block], self.rows, elsewhere, self.evidence)

    def prune(self, min_members: int) -> None:
        """Leave out blocks without which the account is no longer, the smallest first."""
        sizes = [
            (people.bit_count() * self.units[block].bit_count(), block) for block, people in enumerate(self.members())
        ]
        for _, block in sorted(sizes):
            if not self.units[block]:
                continue
            people = [person for person, own in enumerate(self.own) if block in own]
            without = {p: self.described(p, [b for b in self.near[p] if b != block]) for p in people}
            longer = sum(length - self.cost[p] for p, (length, _) in without.items())
            if len(people) < min_members or longer <= self.units[block].bit_count():
                self.units[block] = 0
                for person, (length, own) in without.items():
                    self.cost[person], self.own[person] = length, own

    def offer(self, some: Sequence[int], min_members: int) -> None:
        """Take blocks of these units as long as they save words, those that save most first."""
        waiting = [(-self._saved(units)[0], i) for i, units in enumerate(some)]
        heap = [entry for entry in waiting if entry[0] < 0]
        heapq.heapify(heap)
        while heap:
            _, i = heapq.heappop(heap)
            saved, described = self._saved(some[i])
            if saved <= 0 or len(described) < min_members:
                continue
            if heap and (-saved, i) > heap[0]:
                heapq.heappush(heap, (-saved, i))
                continue
            self.units.append(some[i])
            self.excluded.append(0)
            for person in self.reach(some[i]):
                self.near[person].append(len(self.units) - 1)
            for person, (length, own) in described.items():
                self.cost[person], self.own[person] = length, own

    def _saved(self, units: int) -> tuple[int, dict[int, tuple[int, tuple[int, ...]]]]:
        """Words that a block of some units would save, and how it would describe whom."""
        block = len(self.units)
        self.units.append(units)
        self.excluded.append(0)
        described = {}
        saved = -units.bit_count()
        for person in self.reach(units):
            found = self.described(person, [*self.near[person], block])
            if found[0] < self.cost[person]:
                saved += self.cost[person] - found[0]
                described[person] = found
        self.units.pop()
        self.excluded.pop()
        return saved, described
