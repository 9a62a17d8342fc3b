"""Roles that give the most: a greedy cover of the matrix, each role grown out of what is not given yet.

In: who holds what and who asked for it, as bit sets. Out: roles in order of what each adds.

Every unit is a seed. Its role is grown greedily: of all units that its people hold, the one is taken in that leaves
the most requests given; people who do not hold it drop out; the best state on the way is the seed's role. Seeds wait
in a heap with what their role last added. The first is grown again against what is left, as others have been taken
since, and taken if it still adds more than the next one promises (lazy greedy: Minoux 1978). Nothing is kept of roles
that are not taken, so memory is that of the matrix.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.practical.candidates import Candidate, Constrain

_WIDEST = 96
"""Most units that a seed's role is grown over: those that most of its people hold."""

_FALLS = 5
"""Units in a row that may leave less given, before growth ends."""

_CLOSE = 0.8
"""Part of what the next one promises from which a role is taken at once; growing seeds again costs most."""

_RUINED = 5
"""Roles that are taken out at a time."""

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


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
    constrain
        What of a candidate is allowed.
    """

    min_members: int = 3
    max_roles: int | None = None
    min_gain: int = 1
    constrain: Constrain | None = None


@dataclass(frozen=True, kw_only=True)
class Grown:
    """Roles grown, in order of what each added, and how much that was."""

    roles: list[Candidate]
    gains: list[int]


class _Field:
    """The matrix by person and by unit, and which of its cells are still asked for.

    Cells are numbered by person, then unit; `open` is a flag per cell.
    """

    def __init__(self, rows: Sequence[int], columns: Sequence[int], wanted: Sequence[int]) -> None:
        self.rows, self.columns = rows, columns
        lines = [bits.to_array(row) for row in rows]
        self.starts: Ints = np.concatenate([[0], np.cumsum([line.size for line in lines])]).astype(np.int64)
        self.units: Ints = np.concatenate([*lines, np.zeros(0, dtype=np.int64)]).astype(np.int64)
        self.open: Flags = np.zeros(self.units.size, dtype=np.bool_)
        self._place: npt.NDArray[np.int32] = np.full(len(columns), -1, dtype=np.int32)
        owners = np.repeat(np.arange(len(lines)), np.diff(self.starts))
        order = np.argsort(self.units, kind="stable")
        edges = np.cumsum(np.bincount(self.units, minlength=len(columns)))[:-1]
        self.holders: list[Ints] = np.split(owners[order], edges)
        self.at: list[Ints] = np.split(order, edges)
        for unit, asking in enumerate(wanted):
            if asking == columns[unit]:
                self.open[self.at[unit]] = True
            elif asking:
                self.open[self.at[unit][np.isin(self.holders[unit], bits.to_array(asking))]] = True

    def asking(self, unit: int) -> Ints:
        """People who are still asking for a unit, ascending."""
        people = self.holders[unit]
        return people[self.open[self.at[unit]]]

    def around(
        self, people: Ints, seed: int, least: int
    ) -> tuple[Ints, npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """What some people hold.

        Returns
        -------
        units
            The seed and those that most of them hold, at least `least`; ascending.
        held, asked
            1 where a person holds the unit, and where it is still asked for; shape (n_people, n_units).
        """
        cells = self._of(people)
        owners = np.repeat(np.arange(people.size), self.starts[people + 1] - self.starts[people])
        units = self.units[cells]
        counts = np.bincount(units)
        counts[seed] = people.size + 1
        kept = np.flatnonzero(counts >= least)
        if kept.size > _WIDEST:
            kept = np.sort(kept[np.argsort(-counts[kept], kind="stable")[:_WIDEST]])
        self._place[kept] = np.arange(kept.size, dtype=np.int32)
        place = self._place[units]
        self._place[kept] = -1
        near = place >= 0
        held = np.zeros((people.size, kept.size), dtype=np.float32)
        asked = np.zeros((people.size, kept.size), dtype=np.float32)
        held[owners[near], place[near]] = 1.0
        asked[owners[near], place[near]] = self.open[cells[near]]
        return kept, held, asked

    def close(self, units: Ints) -> "_Role":
        """Exactly the people who hold some units, and exactly the units that they all hold."""
        first, *others = sorted((self.holders[unit] for unit in units.tolist()), key=len)
        people = first
        for holders in others:
            places = np.searchsorted(holders, people)
            people = people[holders[np.minimum(places, holders.size - 1)] == people]
        held, counts = np.unique(self.units[self._of(people)], return_counts=True)
        return self.role(people, held[counts == people.size])

    def role(self, people: Ints, units: Ints) -> "_Role":
        """A role with the numbers of its cells."""
        cells = self._of(people)
        self._place[units] = 0
        inside = self._place[self.units[cells]] == 0
        self._place[units] = -1
        return _Role(people, units, cells[inside])

    def _of(self, people: Ints) -> Ints:
        """Numbers of the cells of some people."""
        lengths = self.starts[people + 1] - self.starts[people]
        ends = np.cumsum(lengths)
        found: Ints = np.arange(ends[-1]) + np.repeat(self.starts[people] - (ends - lengths), lengths)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Role:
    """People and units, ascending, and the numbers of their cells."""

    people: Ints
    units: Ints
    cells: Ints

    def candidate(self, field: _Field) -> Candidate:
        """The same as bit sets."""
        return Candidate(bits.from_array(self.people, len(field.rows)), bits.from_array(self.units, len(field.columns)))


def grow(
    rows: Sequence[int],
    columns: Sequence[int],
    wanted: Sequence[int],
    search: Search,
    *,
    budget: Budget,
) -> Grown:
    """Take the role that adds most, grown again each time, until none adds `min_gain`.

    Parameters
    ----------
    rows, columns
        Units per person, people per unit.
    wanted
        People per unit whose request it is; a subset of `columns`.
    search
        What a role may be, and how many.
    budget
        Charged for the work; when it ends, the roles so far are returned.
    """
    field = _Field(rows, columns, wanted)
    least = max(1, search.min_gain)
    # A unit is at most once in the heap, so roles are never compared.
    heap: list[tuple[int, int, _Role]] = []

    def push(unit: int) -> None:
        """Grow the role of a unit, and let it wait if it adds enough."""
        role, gain = _role_of(unit, field, search, budget)
        if role is not None and gain >= least:
            heapq.heappush(heap, (-gain, unit, role))

    for unit, people in enumerate(columns):
        if wanted[unit].bit_count() >= search.min_members and people and not budget.exhausted():
            push(unit)
    roles: list[Candidate] = []
    gains: list[int] = []
    while heap and (search.max_roles is None or len(roles) < search.max_roles) and not budget.exhausted():
        promised, unit, role = heap[0]
        gain = int(field.open[role.cells].sum())
        if gain >= least and (gain == -promised or gain >= _CLOSE * -_second(heap)):
            field.open[role.cells] = False
            roles.append(role.candidate(field))
            gains.append(gain)
        heapq.heappop(heap)
        push(unit)
    return Grown(roles=roles, gains=gains)


def regrow(
    found: Grown,
    rows: Sequence[int],
    columns: Sequence[int],
    wanted: Sequence[int],
    search: Search,
    *,
    rounds: int,
    budget: Budget,
) -> Grown:
    """A better choice of as many roles: some are taken out and grown again, which stays where it gives more.

    Ruin and recreate (Schrimpf et al. 2000), a counted number of times; parameters as for `grow`. The roles come in no
    particular order.
    """
    rng = np.random.default_rng(0)
    best, covered = found.roles, sum(found.gains)
    total = sum(asking.bit_count() for asking in wanted)
    for _ in range(rounds if len(best) > _RUINED else 0):
        out = set(rng.choice(len(best), _RUINED, replace=False).tolist())
        kept = [role for k, role in enumerate(best) if k not in out]
        left = left_by(kept, wanted)
        again = grow(rows, columns, left, replace(search, max_roles=len(best) - len(kept)), budget=budget)
        gives = total - sum(asking.bit_count() for asking in left) + sum(again.gains)
        if gives >= covered:
            best, covered = kept + again.roles, gives
        if budget.exhausted():
            break
    left, gains = list(wanted), []
    for role in best:
        gains.append(gain_of(role, left))
        left = left_by([role], left)
    return Grown(roles=best, gains=gains)


def gain_of(role: Candidate, wanted: Sequence[int]) -> int:
    """Requests that a role gives."""
    return sum((role.people & wanted[unit]).bit_count() for unit in bits.elements(role.units))


def left_by(roles: Sequence[Candidate], wanted: Sequence[int]) -> list[int]:
    """Requests that roles leave, per unit."""
    left = list(wanted)
    for role in roles:
        for unit in bits.elements(role.units):
            left[unit] &= ~role.people
    return left


def _second(heap: list[tuple[int, int, _Role]]) -> int:
    """What the second in a heap promises, negative as the heap has it; 0 where there is none."""
    return min((entry[0] for entry in heap[1:3]), default=0)


def _role_of(seed: int, field: _Field, search: Search, budget: Budget) -> tuple[_Role | None, int]:
    """The best role around a unit that greedy growth finds, and what it adds; None where there is none."""
    min_members, constrain = search.min_members, search.constrain
    # Grown from those who are still asking; all others who hold the role's units join it in the end.
    people = field.asking(seed)
    if people.size < min_members:
        return None, 0
    units, held, asked = field.around(people, seed, min_members)
    content = [int(np.searchsorted(units, seed))]
    # Per unit, how many of those inside hold it, and how many of them are asking for it.
    members, pending = held.sum(axis=0), asked.sum(axis=0)
    each = asked[:, content[0]].copy()
    left = np.ones(units.size, dtype=np.bool_)
    left[content[0]] = False
    best, size, falls = float(each.sum()), 1, 0
    work = 0
    while falls < _FALLS:
        # What is given once a unit is in: all of those who hold it, and what it adds for them.
        given = each @ held + pending
        # Ties go to what more people hold; a thousandth of a person breaks no order of whole numbers.
        given += members * np.float32(1e-4)
        given[(members < min_members) | ~left] = -1.0
        pick = int(np.argmax(given))
        work += held.size
        if given[pick] <= 0:
            break
        keep = held[:, pick] > 0
        each += asked[:, pick]
        if not keep.all():
            members -= held[~keep].sum(axis=0)
            pending -= asked[~keep].sum(axis=0)
            each, held, asked = each[keep], held[keep], asked[keep]
        left[pick] = False
        content.append(pick)
        total = float(each.sum())
        falls += 1
        if total > best:
            best, size, falls = total, len(content), 0
    budget.spend(600 + work / 80)
    if best < 1:
        return None, 0
    role = field.close(units[content[:size]])
    if constrain is None:
        return role, int(field.open[role.cells].sum())
    allowed = [
        field.role(bits.to_array(part.people), bits.to_array(part.units))
        for part in constrain(role.candidate(field))
        if part.people.bit_count() >= min_members and part.units
    ]
    worth = [(int(field.open[part.cells].sum()), -k) for k, part in enumerate(allowed)]
    gain, place = max(worth, default=(0, 1))
    return (allowed[-place], gain) if place <= 0 else (None, 0)
