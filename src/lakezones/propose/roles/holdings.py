"""Who holds what, what roles have given of it so far, and groups of people who hold nearly the same of the rest.

In: the matrix, what the directory says of people. Out: `Remainder`, to which roles are added, and `PeopleGroups`.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from lakezones.mining.mixture import mixture
from lakezones.propose.roles.staff import StaffEntries

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MOST = 0.66
"""Share of a group's people who hold a unit, as far as is known, from which it is the group's."""

FITS = 0.5
"""Log odds from which what somebody holds is a role's rather than chance."""

_SEEN = 0.3
"""The same as `MOST` of all of a group's people: what is known of too few says nothing of the group."""

_USUAL = 0.95
"""Share of people who belong to a role and lack no more than is tolerated."""

_UNLIKELY = 0.005
"""Chance below which so many do not lack a unit by missing grants."""


@dataclass(frozen=True, kw_only=True)
class Layered:
    """A role as it is once whole.

    Attributes
    ----------
    layer
        One of `lakezones.model.tables.fields.ROLE_LAYERS`.
    people, units
        Ascending indices of the matrix: who belongs to it, and what it opens.
    """

    layer: str
    people: Ints
    units: Ints


class Remainder:
    """The matrix, and what roles have given of it so far."""

    def __init__(self, held: Bools, asked: Bools, staff: StaffEntries, least: int) -> None:
        self.held, self.staff, self.least = held, staff, least
        self.left = held & asked
        self.missing = 0.05
        self.roles: list[Layered] = []

    def add(self, layer: str, people: Ints, units: Ints) -> Ints:
        """Add a role of those of `people` who belong by what they hold; returns who does."""
        belong = people[:0]
        while units.size:
            belong = people[self.belongs(people, units)]
            if layer == "job":
                belong = belong[~self.elsewhere(belong, belong, units)]
            lacking = (~self.held[np.ix_(belong, units)]).sum(axis=0)
            # Lacked by more than would lack it by missing grants, a unit is not everybody's.
            unlikely = binom.sf(lacking - 1, max(1, belong.size), self.missing) < _UNLIKELY
            if layer != "job" or not unlikely.any():
                break
            units = units[~unlikely]
        if belong.size < self.least or not units.size:
            return people[:0]
        self.roles.append(Layered(layer=layer, people=belong, units=units))
        self.left[np.ix_(belong, units)] = False
        return belong

    def elsewhere(self, asked: Ints, people: Ints, units: Ints) -> Bools:
        """Who lacks something of what `people` hold and is of another department: moved, not missing a grant."""
        department = leading([self.staff.department[p] for p in people])
        other = [department is not None and self.staff.department[p] not in (None, department) for p in asked]
        lacks = np.logical_not(self.held[np.ix_(asked, units)].all(axis=1))
        result: Bools = lacks & np.array(other, dtype=np.bool_)
        return result

    def belongs(self, people: Ints, units: Ints) -> Bools:
        """Whether what each holds of the units fits those who have them far better than chance, and lacks little."""
        return self.odds(people, people, units) > FITS

    def odds(self, asked: Ints, people: Ints, units: Ints) -> Floats:
        """How much likelier each of those asked holds what they do as one of `people` than not; 0 for lacking much.

        The share of each unit among the people, and among all others, is taken as the chance to hold it in either
        case; how much somebody may lack follows from how often grants are missing in this lake.
        """
        inside, own = self.held[np.ix_(people, units)], self.held[np.ix_(asked, units)]
        others = np.ones(self.held.shape[0], dtype=np.bool_)
        others[people] = False
        on = np.clip((inside.sum(axis=0) + 4.5) / (people.size + 5.0), 0.5, 0.98)
        elsewhere = self.held[np.ix_(np.flatnonzero(others), units)].sum(axis=0)
        off = np.clip((elsewhere + 0.5) / (others.sum() + 10.0), 0.005, 0.3)
        odds = own @ np.log(on / off) + ~own @ np.log((1 - on) / (1 - off))
        lacking = units.size - own.sum(axis=1)
        most = max(1, int(binom.ppf(_USUAL, units.size, self.missing)))
        return np.where((lacking <= most) & (lacking < units.size), odds, 0.0)

    def seen(self, people: Ints, units: Ints) -> Bools:
        """Cells that say something: what is held only through something else, or given already, says nothing."""
        cells = np.ix_(people, units)
        result: Bools = self.left[cells] | ~self.held[cells]
        return result

    def codes(self, people: Ints) -> Ints:
        """Department and title as numbers, -1 where unknown; shape (n_people, 2)."""
        return np.array([_numbered([of[p] for p in people]) for of in (self.staff.department, self.staff.title)]).T


def _numbered(values: list[str | None]) -> Ints:
    known = {value: k for k, value in enumerate(sorted({value for value in values if value}))}
    return np.array([known.get(value or "", -1) for value in values], dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class PeopleGroups:
    """Groups of people, which units are on in each, and how many people each has."""

    people: list[Ints]
    on: Bools
    sizes: Ints


def find_groups(lake: Remainder, people: Ints, units: Ints, *, least: int | None = None) -> PeopleGroups:
    """Groups of people by what they have left of the units; those of fewer people than `least` are left out."""
    least = lake.least if least is None else min(least, lake.least)
    found = mixture(lake.left[np.ix_(people, units)], lake.codes(people), lake.seen(people, units))
    groups = [people[found.labels == g] for g in range(found.on.shape[0])]
    # People who have nothing in common but that they hold little are no group.
    large = np.array([group.size >= least for group in groups], dtype=np.bool_) & (found.on > 0.5).any(axis=1)
    kept = [group for group, keep in zip(groups, large, strict=True) if keep]
    on = found.on[large] > 0.5
    for k, group in enumerate(kept):
        has, seen = lake.left[np.ix_(group, units)].sum(axis=0), lake.seen(group, units).sum(axis=0)
        on[k] &= (has >= _SEEN * group.size) & (has >= MOST * seen)
    cells = [(lake.held[np.ix_(group, units[own])], group) for group, own in zip(kept, on, strict=True) if own.any()]
    fitting = [has[has.mean(axis=1) > 0.5] for has, _ in cells]
    total = sum(has.size for has in fitting)
    if total:
        lake.missing = float(np.clip(1 - sum(has.sum() for has in fitting) / total, 0.005, 0.15))
    return PeopleGroups(people=kept, on=on, sizes=np.array([group.size for group in kept], dtype=np.int64))


def leading(values: list[str | None], least: float = 0.5) -> str | None:
    """The value that more than `least` of those have who have any."""
    known = Counter(value for value in values if value)
    if not known:
        return None
    value, count = min(known.items(), key=lambda item: (-item[1], item[0]))
    return value if count > least * known.total() else None
