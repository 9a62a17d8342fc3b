"""What of a role stands today, and what would complete it.

In: who belongs to a role and what it opens, the matrix and its constraints, what nobody may be given. Out:
`Completion`: the largest part that people hold in full, and the cells that would make it whole, each a row to approve.
Nobody is suggested anything restricted, refused or used by none of their peers, nor what would bring duties together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.practical.candidates import Candidate
from lakezones.mining.practical.grow import Search, grow
from lakezones.propose.roles.constraints import Rules

_WORK = 3_000_000


@dataclass(frozen=True, kw_only=True)
class Completion:
    """A role without new access, and what would complete it.

    Attributes
    ----------
    role
        The largest part whose people hold all of it.
    lacking
        Cells (person, unit) that would make it `people` times `units`.
    people, units
        The completed role.
    """

    role: Candidate
    lacking: list[tuple[int, int]] = field(default_factory=list)
    people: int
    units: int


@dataclass(kw_only=True)
class Completer:
    """Completes roles one after the other; what was suggested before counts against duties that stay apart.

    Attributes
    ----------
    rules
        The matrix and its constraints.
    refused
        Per person, units that they may not be given, as bits.
    used
        Per unit, people who used it, as bits; None where use was not assessed.
    suggest
        Whether anything may be suggested at all.
    """

    rules: Rules
    refused: Sequence[int]
    used: Sequence[int] | None
    suggest: bool
    _given: dict[int, int] = field(default_factory=dict)

    def complete(self, people: int, units: int, *, whole: bool = False) -> Completion | None:
        """What becomes of a role; None where too few people hold anything of it in full.

        Parameters
        ----------
        people, units
            Who belongs to it, and what it opens.
        whole
            Suggest nothing: the role is what its people hold today.
        """
        rows = self.rules.matrix.rows
        units = self._apart(units)
        if not whole and self.suggest:
            people, units = self._allowed(people, units)
        role = self._core(people, units)
        # What stands of a role may be less than the constraints ask for, though the whole is enough.
        if role is None or role.units not in self.rules.split(role.units):
            return None
        if whole or not self.suggest:
            return Completion(role=role, people=role.people, units=role.units)
        lacking = [(p, u) for p in bits.elements(people) for u in bits.elements(units & ~rows[p])]
        for p, u in lacking:
            self._given[p] = self._given.get(p, 0) | 1 << u
        return Completion(role=role, lacking=lacking, people=people, units=units)

    def allowed(self, person: int, units: int) -> int:
        """Of some units, those that a person lacks and may still be given."""
        rules = self.rules
        lacking = units & ~rules.matrix.rows[person]
        if not self.suggest or not lacking:
            return 0
        lacking &= ~(rules.restricted | self.refused[person])
        together = rules.matrix.rows[person] | self._given.get(person, 0) | lacking
        return 0 if rules.conflicts(together) else lacking

    def _apart(self, units: int) -> int:
        """The units without the smaller side of duties that may not meet."""
        for _, left, right in self.rules.sides:
            if units & left and units & right:
                units &= ~min(left & units, right & units, key=int.bit_count)
        return units

    def _refused(self, person: int, people: int, units: int) -> int:
        """Units that the person lacks and may not be given."""
        rules = self.rules
        lacking = units & ~rules.matrix.rows[person]
        found = lacking & (rules.restricted | self.refused[person])
        if self.used is not None:
            found |= bits.from_indices(u for u in bits.elements(lacking) if not self.used[u] & people)
        held = rules.matrix.rows[person] | self._given.get(person, 0)
        return units if lacking and rules.conflicts(held | lacking) else found

    def _allowed(self, people: int, units: int) -> tuple[int, int]:
        """The role without the units, or the people, for whose sake something would have to be given that may not."""
        while people and units:
            blocked = {p: found for p in bits.elements(people) if (found := self._refused(p, people, units))}
            if not blocked:
                break
            times = {u: sum(found >> u & 1 for found in blocked.values()) for u in bits.elements(units)}
            worst = max(times, key=lambda u: (times[u], -u))
            # A unit is worth as many cells as there are people, a person as many as there are units.
            if times[worst] * units.bit_count() > people.bit_count():
                units &= ~(1 << worst)
            else:
                people &= ~bits.from_indices(p for p, found in blocked.items() if found >> worst & 1)
        return people, units

    def _core(self, people: int, units: int) -> Candidate | None:
        """The largest part in which everybody holds everything."""
        matrix, members, content = self.rules.matrix, bits.elements(people), bits.elements(units)
        rows = [bits.from_indices(j for j, u in enumerate(content) if matrix.rows[p] >> u & 1) for p in members]
        columns = [bits.from_indices(i for i, p in enumerate(members) if matrix.rows[p] >> u & 1) for u in content]
        search = Search(min_members=self.rules.min_members, max_roles=1)
        found = grow(rows, columns, columns, search, budget=Budget(_WORK)).roles
        if not found:
            return None
        return Candidate(
            bits.from_indices(members[i] for i in bits.elements(found[0].people)),
            bits.from_indices(content[j] for j in bits.elements(found[0].units)),
        )
