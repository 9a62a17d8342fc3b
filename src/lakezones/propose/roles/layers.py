"""Roles in layers, each found in what the layers below it leave.

In: who holds what, what kind each unit is, what the directory says of people. Out: `Layered` roles: who belongs to each
and what it opens, missing grants and leftovers seen through.

Birthright is what nearly everybody internal holds, area what nearly all groups of a business area hold, a job what one
group holds, or several whose common part is large. Groups are found by `lakezones.mining.mixture`. Write units,
restricted ones and what people share across areas are found by unit, since one person may have several of them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from lakezones.mining.mixture import mixture
from lakezones.propose.roles.staff import StaffEntries

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NEARLY_ALL = 0.85
"""Share of people, by group, from which something is everybody's."""

_EVERYBODY, _MANY = 0.8, 0.6
_PRIOR = -1.0
_HOLDS, _LACKS = {False: 1.15, True: -2.6}, {False: -2.6, True: 0.8}
_MOST = 0.66
_BOUND = 0.66
_SAID = 0.3
_OF_TITLE, _OF_COLLEAGUES = 0.75, 0.3
_SAME = 0.7
_UNLIKELY = 0.005
_ODDS = 0.5
_USUAL = 0.95
"""Share of people who belong to a role and lack no more than is tolerated."""


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


class _Lake:
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
        department = _leading([self.staff.department[p] for p in people])
        other = [department is not None and self.staff.department[p] not in (None, department) for p in asked]
        lacks = np.logical_not(self.held[np.ix_(asked, units)].all(axis=1))
        result: Bools = lacks & np.array(other, dtype=np.bool_)
        return result

    def belongs(self, people: Ints, units: Ints) -> Bools:
        """Whether what each holds of the units fits those who have them far better than chance, and lacks little."""
        return self.odds(people, people, units) > _ODDS

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


def find_layers(
    held: Bools, asked: Bools, *, plain: Bools, write: Bools, restricted: Bools, staff: StaffEntries, min_members: int
) -> list[Layered]:
    """Find roles, layer by layer.

    Parameters
    ----------
    held, asked : ndarray of bool, shape (n_people, n_units)
        Who holds what, and who asked for it.
    plain, write, restricted : ndarray of bool, shape (n_units,)
        Kind of each unit; a unit of no kind is in no role.
    staff
        What the directory says.
    min_members
        Fewest people in a role.
    """
    lake = _Lake(held, asked, staff, min_members)
    reads = np.flatnonzero(plain)
    if held.shape[0] >= min_members and reads.size:
        inside = _birthright(lake, np.flatnonzero(staff.internal), reads)
        if lake.roles:
            # Where nothing is everybody's, access was given by jobs alone.
            _titles(lake, np.arange(held.shape[0]), reads)
            _areas(lake, inside, reads)
        groups = _jobs(lake, np.arange(held.shape[0]), reads)
        for layer, kind in (("engineer", write), ("restricted", restricted)):
            _of_jobs(lake, layer, groups, np.flatnonzero(kind))
    for layer, kind in (("engineer", write), ("restricted", restricted), ("project", plain)):
        _by_unit(lake, layer, np.flatnonzero(kind))
    return lake.roles


@dataclass(frozen=True, kw_only=True)
class _Groups:
    """Groups of people, which units are on in each, and how many people each has."""

    people: list[Ints]
    on: Bools
    sizes: Ints


def _groups(lake: _Lake, people: Ints, units: Ints, *, least: int | None = None) -> _Groups:
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
        on[k] &= (has >= _SAID * group.size) & (has >= _MOST * seen)
    cells = [(lake.held[np.ix_(group, units[own])], group) for group, own in zip(kept, on, strict=True) if own.any()]
    fitting = [has[has.mean(axis=1) > 0.5] for has, _ in cells]
    total = sum(has.size for has in fitting)
    if total:
        lake.missing = float(np.clip(1 - sum(has.sum() for has in fitting) / total, 0.005, 0.15))
    return _Groups(people=kept, on=on, sizes=np.array([group.size for group in kept], dtype=np.int64))


def _birthright(lake: _Lake, people: Ints, units: Ints) -> Ints:
    """What nearly everybody internal holds; returns who is internal by that."""
    if people.size < lake.least:
        return people
    cells = lake.left[np.ix_(people, units)]
    common = cells.mean(axis=0) >= _MANY
    if common.sum() > 1:
        # External staff whom nothing marks have none of it: what the others nearly all have is everybody's.
        inside = 2 * cells[:, common].sum(axis=1) > common.sum()
        common &= cells[inside].mean(axis=0) >= NEARLY_ALL
    else:
        common = cells.mean(axis=0) >= _EVERYBODY
    lake.add("birthright", people, units[common])
    # Who holds nothing of it is not of the bank's own staff, whatever the directory says.
    return people[lake.held[np.ix_(people, units[common])].any(axis=1)] if common.any() else people


def _titles(lake: _Lake, people: Ints, units: Ints) -> None:
    """What goes with a title wherever its people work: nearly all of them have it, and few of their colleagues."""
    departments: dict[str, set[int]] = defaultdict(set)
    by_title: dict[str, set[int]] = defaultdict(set)
    for p in people.tolist():
        if department := lake.staff.department[p]:
            departments[department].add(p)
        if title := lake.staff.title[p]:
            by_title[title].add(p)
    for _, found in sorted(by_title.items()):
        around = [group for group in departments.values() if group & found]
        members, colleagues = np.array(sorted(found)), np.array(sorted(set().union(*around) - found))
        if members.size < lake.least or len(around) < 2 or colleagues.size < members.size:
            continue
        own, others = (lake.left[np.ix_(some, units)].mean(axis=0) for some in (members, colleagues))
        theirs = (own >= _OF_TITLE) & (others <= _OF_COLLEAGUES)
        if theirs.any():
            lake.add("job", members, units[theirs])


def _areas(lake: _Lake, people: Ints, units: Ints) -> None:
    """What all groups of an area hold, by the directory; then what groups of no known area share alone."""
    if people.size < lake.least:
        return
    groups = _groups(lake, people, units)
    areas = _areas_of(lake, groups)
    outside = np.ones(lake.held.shape[0], dtype=np.bool_)
    outside[people] = False
    for area in sorted({area for area in areas if area}):
        inside = np.array([one == area for one in areas])
        own = groups.sizes * inside
        shared = own @ groups.on >= NEARLY_ALL * own.sum()
        named = np.array([value == area for value in lake.staff.area])
        _area(lake, "area", groups, inside, named, units, shared, outside)
    for inside, shared in _patterns(groups, np.array([area is None for area in areas], dtype=np.bool_)):
        _area(lake, "job", groups, inside, np.zeros(outside.size, dtype=np.bool_), units, shared, outside)


def _areas_of(lake: _Lake, groups: _Groups) -> list[str | None]:
    """Area of each group, by most of its people; else the one whose groups alone share two units with it or more."""
    said = [_leading([lake.staff.area[p] for p in group]) for group in groups.people]
    known = sorted({area for area in said if area})
    if len(known) < 2:
        # One area for all says nothing.
        return [None] * len(said)
    inside = {area: groups.on[[one == area for one in said]] for area in known}
    found = list(said)
    for k, on in enumerate(groups.on):
        if said[k] is None:
            alike = {area: int((on & inside[area].all(axis=0) & ~_any_of(inside, area)).sum()) for area in known}
            area = max(known, key=lambda one: alike[one])
            found[k] = area if alike[area] >= 2 else None
    return found


def _any_of(inside: Mapping[str, Bools], but: str) -> Bools:
    """Units on in a group of another area."""
    others = [on.any(axis=0) for area, on in inside.items() if area != but]
    return np.any(others, axis=0) if others else np.zeros(inside[but].shape[1], dtype=np.bool_)


def _area(
    lake: _Lake, layer: str, groups: _Groups, inside: Bools, named: Bools, units: Ints, shared: Bools, outside: Bools
) -> None:
    """Add what is an area's, of the units that its groups share.

    What all jobs of an area hold is the area's as well. Where it has one job, those tell the two apart who are of the
    area and have no job there, as its head: they hold the area's alone; and external staff: they hold the job's alone.
    """
    if not shared.any():
        return
    group_of = np.full(outside.size, -1)
    for k, group in enumerate(groups.people):
        group_of[group] = k
    members = np.isin(group_of, np.flatnonzero(inside))
    one_job = inside.sum() < 2
    odds = np.full(int(shared.sum()), _PRIOR)
    holders = groups.sizes[inside] @ groups.on[np.ix_(inside, shared)].astype(np.int64)
    total = int(groups.sizes[inside].sum())
    for p in np.flatnonzero(members | (named & (group_of < 0))):
        has = lake.held[p, units[shared]]
        fits = group_of[p] >= 0 and lake.belongs(np.array([p]), units[groups.on[group_of[p]]])[0]
        if fits or not has.any():
            continue
        odds += np.where(has, _HOLDS[bool(outside[p])], _LACKS[bool(outside[p])])
        if group_of[p] >= 0:
            holders = holders - ~has
        elif not outside[p]:
            holders, total = holders + has, total + 1
    chosen = odds > 0 if one_job else holders >= NEARLY_ALL * total
    lake.add(layer, np.flatnonzero(members | (named & ~outside)), units[shared][chosen])


def _patterns(groups: _Groups, among: Bools) -> Iterator[tuple[Bools, Bools]]:
    """Groups, each once, that share two units or more which no other of the groups has; the largest first."""
    on = groups.on & among[:, None]
    patterns: dict[bytes, list[int]] = {}
    for unit in np.flatnonzero(on.sum(axis=0) >= 2):
        patterns.setdefault(on[:, unit].tobytes(), []).append(int(unit))
    free = among.copy()
    for key, shared in sorted(patterns.items(), key=lambda item: (-len(item[1]) * sum(item[0]), item[0])):
        inside = np.frombuffer(key, dtype=np.bool_)
        if len(shared) >= 2 and free[inside].all():
            free[inside] = False
            found = np.zeros(on.shape[1], dtype=np.bool_)
            found[shared] = True
            yield inside, found


def _leading(values: list[str | None], least: float = 0.5) -> str | None:
    """The value that more than `least` of those have who have any."""
    known = Counter(value for value in values if value)
    if not known:
        return None
    value, count = min(known.items(), key=lambda item: (-item[1], item[0]))
    return value if count > least * known.total() else None


def _jobs(lake: _Lake, people: Ints, units: Ints) -> list[Ints]:
    """What each group has left of its own; the people of each."""
    groups = _groups(lake, people, units, least=2)
    first = len(lake.roles)
    small = []
    for group, own in zip(groups.people, groups.on, strict=True):
        if group.size >= lake.least:
            lake.add("job", group, units[own])
        else:
            small.append(units[own])
    _place(lake, first, people)
    _second_jobs(lake, first, small)
    return [group for group in groups.people if group.size >= lake.least]


def _place(lake: _Lake, first: int, people: Ints) -> None:
    """Take those who are in no job into the one that fits them best, if one does."""
    jobs = lake.roles[first:]
    alone = np.setdiff1d(people, np.concatenate([role.people for role in jobs])) if jobs else people[:0]
    if not alone.size:
        return
    odds = np.array([lake.odds(alone, role.people, role.units) for role in jobs])
    for k, role in enumerate(jobs):
        more = alone[(odds.argmax(axis=0) == k) & (odds[k] > _ODDS)]
        more = more[~lake.elsewhere(more, role.people, role.units)]
        lake.roles[first + k] = replace(role, people=np.union1d(role.people, more))
        lake.left[np.ix_(more, role.units)] = False


def _second_jobs(lake: _Lake, first: int, small: list[Ints]) -> None:
    """Take those into jobs who hold all of one beside their own, where that is a second job and not a former one.

    Who moved keeps a part of the former job, more often than all of it: where partial holders are no fewer than whole
    ones, nobody has two jobs. Jobs of too few people by themselves are jobs with those who have them as a second one.
    """
    share = [lake.left[:, role.units].mean(axis=1) for role in lake.roles[first:]]
    # What is one unit is held in part by nobody: it tells nothing beside jobs of several.
    telling = [one for one, role in zip(share, lake.roles[first:], strict=True) if role.units.size > 1] or share
    whole = sum(int((one == 1).sum()) for one in telling)
    if whole <= sum(int(((one >= 0.5) & (one < 1)).sum()) for one in telling):
        return
    for k, one in enumerate(share, first):
        role, also = lake.roles[k], np.flatnonzero(one == 1)
        lake.roles[k] = replace(role, people=np.union1d(role.people, also))
        lake.left[np.ix_(also, role.units)] = False
    for units in small:
        lake.add("job", np.flatnonzero(lake.left[:, units].all(axis=1)), units)


def _of_jobs(lake: _Lake, layer: str, groups: list[Ints], units: Ints) -> None:
    """Units that belong to jobs: nearly all of their holders are in groups nearly all of whose people hold them."""
    if not groups:
        return
    counts = np.array([lake.left[np.ix_(group, units)].sum(axis=0) for group in groups])
    on = counts >= _MOST * np.array([group.size for group in groups])[:, None]
    bound = (counts * on).sum(axis=0) >= _BOUND * np.maximum(1, lake.left[:, units].sum(axis=0))
    for group, own in zip(groups, on & bound, strict=True):
        lake.add(layer, group, units[own])


def _by_unit(lake: _Lake, layer: str, units: Ints) -> None:
    """Units that the same people have left."""
    counts = lake.left[:, units].sum(axis=0)
    units = units[counts >= lake.least]
    if not units.size:
        return
    people = np.flatnonzero(lake.left[:, units].any(axis=1))
    found = mixture(lake.left[np.ix_(people, units)].T, None, lake.seen(people, units).T)
    jobs = [set(role.units.tolist()) for role in lake.roles]
    roles: list[tuple[Bools, Ints]] = []
    for k, on in enumerate(found.on > 0.5):
        own = units[found.labels == k]
        for at, (other, more) in enumerate(roles):
            if (on & other).sum() >= _SAME * (on | other).sum() and on.any():
                roles[at] = (on | other, np.union1d(own, more))
                break
        else:
            roles.append((on, own))
    for on, own in roles:
        if layer == "project" and _left_over(lake, own, jobs):
            continue
        # What the people of one area share is a job there, a small one; a project has people of several.
        one_area = layer == "project" and any(
            _leading([of[p] for p in people[on]], 0.6) for of in (lake.staff.area, lake.staff.department)
        )
        lake.add("job" if one_area else layer, people[on], own)


def _left_over(lake: _Lake, units: Ints, jobs: list[set[int]]) -> bool:
    """Whether people may have kept the units from a former job: another role has most of them."""
    if units.size == 1:
        return bool(2 * lake.left[:, units].sum() <= lake.held[:, units].sum())
    return any(len(job & set(units.tolist())) > units.size / 2 for job in jobs)
