"""Roles in layers, each found in what the layers below it leave.

In: who holds what, what kind each unit is, what the directory says of people. Out: `Layered` roles: who belongs to each
and what it opens, missing grants and leftovers seen through.

Birthright and areas come first (`shared`); a job is what one group of people holds of the rest. Write units, restricted
ones and what people share across areas are found by unit, since one person may have several of them.
"""

from dataclasses import replace

import numpy as np

from lakezones.mining.mixture import mixture
from lakezones.propose.roles.holdings import FITS, MOST, Bools, Ints, Layered, Remainder, find_groups, leading
from lakezones.propose.roles.shared import add_areas, add_birthright, add_titles
from lakezones.propose.roles.staff import StaffEntries

_SAME = 0.7
"""Overlap (Jaccard) of people from which units found apart are one role's."""

_NEAR = 0.8
"""Overlap (Jaccard) of units above which two jobs are a base and an extra."""


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
    lake = Remainder(held, asked, staff, min_members)
    reads = np.flatnonzero(plain)
    if held.shape[0] >= min_members and reads.size:
        inside = add_birthright(lake, np.flatnonzero(staff.internal), reads)
        everyone, layered = np.arange(held.shape[0]), bool(lake.roles)
        if layered:
            add_titles(lake, everyone, reads)
            add_areas(lake, inside, reads)
        groups = _jobs(lake, everyone, reads)
        # Where nothing is everybody's, access was given by jobs alone: no areas, and writing goes with a job.
        for layer, kind in () if layered else (("engineer", write), ("restricted", restricted)):
            _of_jobs(lake, layer, groups, np.flatnonzero(kind))
    for layer, kind in (("engineer", write), ("restricted", restricted), ("project", plain)):
        _by_unit(lake, layer, np.flatnonzero(kind))
    return base_and_extra(lake.roles)


def base_and_extra(roles: list[Layered]) -> list[Layered]:
    """Jobs that open nearly the same become one for what they share, and one for what each has beyond it."""
    done: list[Layered] = []
    for role in roles:
        for at, other in enumerate(done):
            shared = np.intersect1d(role.units, other.units)
            if role.layer == other.layer == "job" and shared.size > _NEAR * np.union1d(role.units, other.units).size:
                done[at] = replace(other, people=np.union1d(role.people, other.people), units=shared)
                extras = (replace(one, units=np.setdiff1d(one.units, shared)) for one in (other, role))
                done += [one for one in extras if one.units.size]
                break
        else:
            done.append(role)
    return done


def _jobs(lake: Remainder, people: Ints, units: Ints) -> list[Ints]:
    """What each group has left of its own; the people of each."""
    groups = find_groups(lake, people, units, least=2)
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


def _place(lake: Remainder, first: int, people: Ints) -> None:
    """Take those who are in no job into the one that fits them best, if one does."""
    jobs = lake.roles[first:]
    alone = np.setdiff1d(people, np.concatenate([role.people for role in jobs])) if jobs else people[:0]
    if not alone.size:
        return
    odds = np.array([lake.odds(alone, role.people, role.units) for role in jobs])
    for k, role in enumerate(jobs):
        more = alone[(odds.argmax(axis=0) == k) & (odds[k] > FITS)]
        more = more[~lake.elsewhere(more, role.people, role.units)]
        lake.roles[first + k] = replace(role, people=np.union1d(role.people, more))
        lake.left[np.ix_(more, role.units)] = False


def _second_jobs(lake: Remainder, first: int, small: list[Ints]) -> None:
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


def _of_jobs(lake: Remainder, layer: str, groups: list[Ints], units: Ints) -> None:
    """Units that belong to jobs: nearly all of their holders are in groups nearly all of whose people hold them."""
    if not groups:
        return
    counts = np.array([lake.left[np.ix_(group, units)].sum(axis=0) for group in groups])
    on = counts >= MOST * np.array([group.size for group in groups])[:, None]
    bound = (counts * on).sum(axis=0) >= MOST * np.maximum(1, lake.left[:, units].sum(axis=0))
    for group, own in zip(groups, on & bound, strict=True):
        lake.add(layer, group, units[own])


def _by_unit(lake: Remainder, layer: str, units: Ints) -> None:
    """Units that the same people have left."""
    counts = lake.left[:, units].sum(axis=0)
    # In a role of the fewest people, one grant may be missing.
    units = units[counts >= (lake.least if layer == "project" else min(2, lake.least))]
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
            leading([of[p] for p in people[on]], 0.6) for of in (lake.staff.area, lake.staff.department)
        )
        lake.add("job" if one_area else layer, people[on], own)


def _left_over(lake: Remainder, units: Ints, jobs: list[set[int]]) -> bool:
    """Whether people may have kept the units from a former job: another role has most of them."""
    if units.size == 1:
        return bool(2 * lake.left[:, units].sum() <= lake.held[:, units].sum())
    return any(len(job & set(units.tolist())) > units.size / 2 for job in jobs)
