"""What is shared by more than a job: everybody's, an area's, a title's.

In: holdings. Out: roles of the layers birthright and area, and jobs that go with a title across departments, added to
the holdings.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np

from lakezones.propose.roles.holdings import Bools, Ints, PeopleGroups, Remainder, find_groups, leading

_NEARLY_ALL = 0.85
"""Share of people from which something is everybody's, or an area's."""

_EVERYBODY, _MANY = 0.8, 0.6
"""Share of people from which a single unit is everybody's; and several together, where some people have none."""

_OF_TITLE, _OF_COLLEAGUES = 0.75, 0.3
"""Least share of a title's people, and most of their colleagues, who hold what goes with the title."""

_ONE_JOB = -1.0
_HOLDS, _LACKS = {False: 1.15, True: -2.6}, {False: -2.6, True: 0.8}
"""Log odds that a unit of an area with one job is the area's: before anything is known, and by each person of the area
without that job who holds or lacks it; by whether the person is from outside."""


def add_birthright(lake: Remainder, people: Ints, units: Ints) -> Ints:
    """What nearly everybody internal holds; returns who is internal by that."""
    if people.size < lake.least:
        return people
    cells = lake.left[np.ix_(people, units)]
    common = cells.mean(axis=0) >= _MANY
    # External staff whom nothing marks have none of it: what the others nearly all have is everybody's.
    inside = 2 * cells[:, common].sum(axis=1) > common.sum()
    if common.sum() > 1 and inside.mean() >= _MANY:
        common &= cells[inside].mean(axis=0) >= _NEARLY_ALL
    else:
        common = cells.mean(axis=0) >= _EVERYBODY
    lake.add("birthright", people, units[common])
    # Who holds nothing of it is not of the bank's own staff, whatever the directory says.
    return people[lake.held[np.ix_(people, units[common])].any(axis=1)] if common.any() else people


def add_titles(lake: Remainder, people: Ints, units: Ints) -> None:
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


def add_areas(lake: Remainder, people: Ints, units: Ints) -> None:
    """What all groups of an area hold, by the directory; then what groups of no known area share alone."""
    if people.size < lake.least:
        return
    groups = find_groups(lake, people, units)
    areas = _areas_of(lake, groups)
    outside = np.ones(lake.held.shape[0], dtype=np.bool_)
    outside[people] = False
    for area in sorted({area for area in areas if area}):
        inside = np.array([one == area for one in areas])
        own = groups.sizes * inside
        shared = own @ groups.on >= _NEARLY_ALL * own.sum()
        named = np.array([value == area for value in lake.staff.area])
        _area(lake, "area", groups, inside, named, units, shared, outside)
    for inside, shared in _patterns(groups, np.array([area is None for area in areas], dtype=np.bool_)):
        _area(lake, "job", groups, inside, np.zeros(outside.size, dtype=np.bool_), units, shared, outside)


def _areas_of(lake: Remainder, groups: PeopleGroups) -> list[str | None]:
    """Area of each group, by most of its people; else the one whose groups alone share two units with it or more."""
    said = [leading([lake.staff.area[p] for p in group]) for group in groups.people]
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
    lake: Remainder,
    layer: str,
    groups: PeopleGroups,
    inside: Bools,
    named: Bools,
    units: Ints,
    shared: Bools,
    outside: Bools,
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
    odds = np.full(int(shared.sum()), _ONE_JOB)
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
    chosen = odds > 0 if one_job else holders >= _NEARLY_ALL * total
    lake.add(layer, np.flatnonzero(members | (named & ~outside)), units[shared][chosen])


def _patterns(groups: PeopleGroups, among: Bools) -> Iterator[tuple[Bools, Bools]]:
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
