"""Checks of one state: who lost what they need, who has what nobody approved, and whether the end is right.

In: a `LakeState`. Out: the first `Violation`, or None.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from lakezones.model.levels import LABELS
from lakezones.verify.approvals import Cell
from lakezones.verify.grants import DATA
from lakezones.verify.model import BITS, NOBODY, Levels, both, less
from lakezones.verify.state import LakeState, effective, weaker
from lakezones.verify.violations import Violation


def lost(state: LakeState, cohorts: set[int]) -> Violation | None:
    """The first needed access that is not there: data access, and what the other lanes give today.

    While a dataset is frozen for its cutover nobody may write to it, which reviewers approve as a write window.
    """
    for index in sorted(cohorts):
        now = effective(state, index)
        needed = state.model.needed[index]
        if state.frozen[index]:
            needed = (needed[0], 0, 0)
        missing = less(needed, now.get(DATA, NOBODY))
        if any(missing):
            return _violation(state, index, missing, needed, now.get(DATA, NOBODY))
        for lane, before in sorted(state.start[index].items()):
            if lane == DATA:
                continue
            missing = less(before, weaker(now, lane))
            if any(missing):
                return _violation(state, index, missing, before, weaker(now, lane), lane=lane)
    return None


def beyond(state: LakeState, cohorts: set[int]) -> Violation | None:
    """The first access that nobody approved, at the source or at the target, whether or not data is there yet."""
    for index in sorted(cohorts):
        approved = both(state.model.effective[index], state.model.granted[index])
        for place, levels in (("source", state.at_source(index)), ("target", state.at_target(index))):
            for lane, held in sorted(levels.items()):
                allowed = approved if lane == DATA else weaker({**state.start[index], DATA: approved}, lane)
                more = less(held, allowed)
                if any(more):
                    return _violation(state, index, more, allowed, held, lane=lane, place=place)
    return None


def ended_early(
    state: LakeState, cohorts: set[int], day: date | None, open_until: dict[int, dict[date, Levels]]
) -> Violation | None:
    """The first access that a step ends before the day from which it may.

    Parameters
    ----------
    day
        First day on which the step may be carried out.
    open_until
        What has not ended yet, by cohort and day; what ends now is taken out.
    """
    for index in sorted(cohorts & open_until.keys()):
        held = effective(state, index).get(DATA, NOBODY)
        if state.frozen[index]:
            continue
        for until, levels in list(open_until[index].items()):
            gone = less(levels, held)
            if any(gone) and (day is None or day < until):
                found = _violation(state, index, gone, levels, held)
                return replace(found, expected=f"{found.expected} until {until}")
            open_until[index][until] = less(levels, gone)
    return None


def end_differs(state: LakeState) -> Violation | None:
    """The first difference of the end from what it should be.

    That is exactly today's access, less what a policy drops, and what was approved as new. What a policy drops and the
    plan says it leaves may be there.
    """
    for index in range(len(state.model.cohorts)):
        held = effective(state, index).get(DATA, NOBODY)
        needed = both(state.model.needed[index], state.model.granted[index])
        left = state.model.left[index]
        difference = tuple((a ^ b) & ~(c & a) for a, b, c in zip(held, needed, left, strict=True))
        if any(difference):
            return _violation(state, index, (difference[0], difference[1], difference[2]), needed, held)
        if state.frozen[index]:
            container = state.model.cohorts[index].container
            return Violation("writable", "frozen at the end", container=container)
    return None


def ungranted(state: LakeState, new: Collection[Cell]) -> Violation | None:
    """The first access that was approved as new and is not there."""
    cohorts: dict[str, list[int]] = {}
    for index, cohort in enumerate(state.model.cohorts):
        cohorts.setdefault(cohort.class_id, []).append(index)
    for cell in new:
        person = state.model.bit[cell.principal_id]
        for index in cohorts.get(cell.class_id, ()):
            if state.model.cohorts[index].container in cell.without:
                continue
            held = effective(state, index).get(DATA, NOBODY)
            if any(cell.level & bit and not holders & person for bit, holders in zip(BITS, held, strict=True)):
                return Violation(
                    principal_id=cell.principal_id,
                    container=state.model.cohorts[index].container,
                    expected=f"{LABELS[cell.level]}, approved by {cell.suggestion_id}",
                    actual=_label(held, person),
                )
    return None


def unexplained(state: LakeState) -> Violation | None:
    """The first access that the access stage found and the grants do not give."""
    for index, found in enumerate(state.model.effective):
        given = state.start[index].get(DATA, NOBODY)
        more = less(found, given)
        if any(more):
            return _violation(state, index, more, found, given)
    return None


def _violation(
    state: LakeState,
    index: int,
    who: Levels,
    expected: Levels,
    actual: Levels,
    *,
    lane: str = DATA,
    place: str | None = None,
) -> Violation:
    everyone = who[0] | who[1] | who[2]
    first = everyone & -everyone
    suffix = "" if lane == DATA else f" ({lane})"
    where = f" at the {place}" if place else ""
    return Violation(
        principal_id=state.model.names(first)[0],
        container=state.model.cohorts[index].container,
        expected=_label(expected, first) + suffix,
        actual=_label(actual, first) + suffix + where,
    )


def _label(levels: Levels, person: int) -> str:
    held = sum(bit for bit, holders in zip(BITS, levels, strict=True) if holders & person)
    return LABELS.get(held, "none")
