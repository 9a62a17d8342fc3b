"""How few roles could give what some roles give: assignments no two of which fit into one role.

In: who holds what as bit sets, the roles. Out: a number of roles below which nothing gives all that they give.

Two assignments (p, u) and (q, v) fit into one role without new access only where (p, v) and (q, u) are held too. A
set of assignments no two of which fit (a fooling set) needs a role for each, whatever the roles.
"""

from collections.abc import Sequence

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.practical.candidates import Candidate

_TRIES = 60


def fooling(rows: Sequence[int], columns: Sequence[int], roles: Sequence[Candidate], budget: Budget) -> int:
    """A lower bound on the number of roles without new access that give everything `roles` give.

    Parameters
    ----------
    rows, columns
        Units per person, people per unit.
    roles
        What is to be given; a role can hold no more than one assignment of the set.
    budget
        Charged for the work; the bound is weaker when it ends.
    """
    chosen: dict[int, int] = {}
    everybody = 0
    count = 0
    size = [column.bit_count() for column in columns]
    # Roles of the fewest people first: their assignments fit together with the fewest others.
    for role in sorted(roles, key=lambda one: (one.people.bit_count() * one.units.bit_count(), one.units, one.people)):
        if budget.exhausted():
            break
        people = sorted(bits.elements(role.people), key=lambda p: rows[p].bit_count())
        units = sorted(bits.elements(role.units), key=size.__getitem__)
        tried = 0
        for person, unit in ((p, u) for u in units for p in people):
            tried += 1
            if tried > _TRIES:
                break
            row = rows[person]
            if any(chosen[q] & row for q in bits.iterate(columns[unit] & everybody)):
                continue
            chosen[person] = chosen.get(person, 0) | 1 << unit
            everybody |= 1 << person
            count += 1
            break
        budget.spend(10 * tried)
    return max(count, min(1, len(roles)))
