"""What the replay starts from: who is in which group, and which grants each cohort carries.

In: facts and access. Out: `Model`, fixed for the whole proof; people are bits of Python integers, so that the members
of a group or the holders of a level are one number.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from lakezones.model.frames import Access, Facts, Plan
from lakezones.model.principals import ALL_PRINCIPALS
from lakezones.verify.approvals import Cell
from lakezones.verify.cohorts import Cohort, Event, split_classes
from lakezones.verify.grants import DATA, KINDS, Grant, Grants
from lakezones.verify.outcome import Ending, ReviewOutcome
from lakezones.verify.rules.assignments import assignments_in_force
from lakezones.verify.rules.memberships import active_memberships
from lakezones.verify.wide import WideGrants

BITS = (1, 2, 4)

Levels = tuple[int, int, int]
"""Holders of read, write and manage, as bit sets of people."""

NOBODY: Levels = (0, 0, 0)


@dataclass(frozen=True, kw_only=True)
class Model:
    """Start of the replay.

    Attributes
    ----------
    people
        Ids of everyone who is not a group; position is the bit.
    bit
        Id to bit.
    groups
        Ids of all groups, those the plan creates included.
    members
        Group to its direct members that are people, as a bit set; ``children`` likewise to its nested groups.
    cohorts, events, strays
        As in `lakezones.verify.cohorts.Split`.
    grants
        Grants of each cohort at the source.
    arriving
        Grants that stand above the target of each cohort, before the plan makes any there.
    named
        Person to the cohorts that name them under an entitlement or a plain grant.
    effective
        Data access of each cohort as the access stage found it; ``needed`` the same less what a policy drops.
    left
        What a policy drops of each cohort and the plan says it leaves: it may be there in the end, and need not.
    granted
        Data access of each cohort that reviewers approved as new.
    lasting
        Data access of each cohort that ends, and not before a day.
    """

    people: list[str]
    bit: dict[str, int]
    groups: frozenset[str]
    members: dict[str, int]
    children: dict[str, frozenset[str]]
    cohorts: list[Cohort]
    events: Mapping[str, Mapping[int, list[Event]]]
    strays: list[tuple[str, str]]
    grants: list[Grants]
    arriving: list[Grants]
    named: dict[str, list[int]]
    effective: list[Levels]
    needed: list[Levels]
    left: list[Levels]
    granted: list[Levels]
    lasting: list[dict[date, Levels]]

    def names(self, people: int) -> list[str]:
        """Ids of a bit set of people, lowest bit first."""
        return [self.people[at] for at in range(people.bit_length()) if people >> at & 1]


def make_model(
    facts: Facts,
    access: Access,
    plan: Plan,
    rows: pl.DataFrame,
    new: Collection[Cell] = (),
    ends: ReviewOutcome | None = None,
) -> Model:
    """Set the replay up.

    Parameters
    ----------
    rows
        What `acts` gives of the plan.
    new
        What reviewers approved as new.
    ends
        What the plan must end in.
    """
    ends = ReviewOutcome(roles={}) if ends is None else ends
    split = split_classes(facts, access, rows, ends.marks)
    edges = active_memberships(facts)
    groups = _groups(facts, plan)
    leaves = {member for _, member in edges} | set(access.class_access["principal_id"])
    leaves |= set(facts.table("role_assignments")["principal_id"]) - {ALL_PRINCIPALS}
    leaves |= set(access.class_grants["grantee_id"]) | _joining(plan) | {cell.principal_id for cell in new}
    people = sorted(leaves - groups)
    bit = {person: 1 << at for at, person in enumerate(people)}
    members: dict[str, int] = {}
    children: dict[str, set[str]] = {}
    for group, member in edges:
        if member in bit:
            members[group] = members.get(group, 0) | bit[member]
        else:
            children.setdefault(group, set()).add(member)
    members[ALL_PRINCIPALS] = (1 << len(people)) - 1
    by_class = _grants(facts, access)
    wide = WideGrants(facts, access)
    effective = _levels(access.class_access.filter(lane=DATA), bit)
    ending = _EndingByCohort(ends, bit)
    grants = [by_class.get(cohort.class_id, frozenset()) for cohort in split.cohorts]
    named: dict[str, list[int]] = {}
    for index, found in enumerate(grants):
        for person in sorted({grant.grantee for grant in found if grant.kind == "entitlement"}):
            named.setdefault(person, []).append(index)
    left = _left(plan, bit)
    held = [effective.get(cohort.class_id, NOBODY) for cohort in split.cohorts]
    dropped = [ending.levels(cohort) for cohort in split.cohorts]
    given: dict[str, list[Cell]] = {}
    for cell in new:
        given.setdefault(cell.class_id, []).append(cell)
    return Model(
        people=people,
        bit=bit,
        groups=groups,
        members=members,
        children={group: frozenset(nested) for group, nested in children.items()},
        cohorts=split.cohorts,
        events=split.events,
        strays=split.strays,
        grants=grants,
        arriving=[wide.at(cohort, found) for cohort, found in zip(split.cohorts, grants, strict=True)],
        named=named,
        effective=held,
        needed=[less(levels, gone) for levels, gone in zip(held, dropped, strict=True)],
        left=[
            common(gone, (left.get(cohort.container, 0),) * 3)
            for cohort, gone in zip(split.cohorts, dropped, strict=True)
        ],
        granted=[
            union(
                (cell.level, bit[cell.principal_id])
                for cell in given.get(cohort.class_id, ())
                if cohort.container not in cell.without
            )
            for cohort in split.cohorts
        ],
        lasting=[
            {day: common(levels, found) for day, found in ending.dated(cohort).items()}
            for cohort, levels in zip(split.cohorts, held, strict=True)
        ],
    )


class _EndingByCohort:
    """Access that ends, asked cohort by cohort."""

    def __init__(self, ends: ReviewOutcome, bit: Mapping[str, int]) -> None:
        self._bit = bit
        self._rows: dict[str, list[Ending]] = {}
        for one in ends.endings:
            if one.principal_id in bit:
                self._rows.setdefault(one.class_id, []).append(one)
        self._plain = {
            class_id: union((one.level, bit[one.principal_id]) for one in rows)
            for class_id, rows in self._rows.items()
            if all(one.only is None for one in rows)
        }

    def levels(self, cohort: Cohort) -> Levels:
        """What ends of a cohort."""
        if cohort.class_id in self._plain:
            return self._plain[cohort.class_id]
        return union((one.level, self._bit[one.principal_id]) for one in self._of(cohort))

    def dated(self, cohort: Cohort) -> dict[date, Levels]:
        """What ends of a cohort, by the day before which none of it may; of several days the last counts."""
        found: dict[str, tuple[int, date | None]] = {}
        for one in self._of(cohort):
            level, day = found.get(one.principal_id, (0, None))
            later = max((when for when in (day, one.effective) if when is not None), default=None)
            found[one.principal_id] = level | one.level, later
        days = sorted({day for _, day in found.values() if day is not None})
        return {
            day: union((level, self._bit[person]) for person, (level, other) in found.items() if other == day)
            for day in days
        }

    def _of(self, cohort: Cohort) -> list[Ending]:
        rows = self._rows.get(cohort.class_id, [])
        return [one for one in rows if one.only is None or cohort.container in one.only]


def less(left: Levels, right: Levels) -> Levels:
    """Holders of `left` who are not in `right`, level by level."""
    return (left[0] & ~right[0], left[1] & ~right[1], left[2] & ~right[2])


def both(left: Levels, right: Levels) -> Levels:
    """Union, level by level."""
    return (left[0] | right[0], left[1] | right[1], left[2] | right[2])


def common(left: Levels, right: Levels) -> Levels:
    """Intersection, level by level."""
    return (left[0] & right[0], left[1] & right[1], left[2] & right[2])


def union(grants: Iterable[tuple[int, int]]) -> Levels:
    """Union of (level bits, holders)."""
    read = write = manage = 0
    for level, holders in grants:
        if level & 1:
            read |= holders
        if level & 2:
            write |= holders
        if level & 4:
            manage |= holders
    return read, write, manage


def _groups(facts: Facts, plan: Plan) -> frozenset[str]:
    """Everything that is a group, now or once the plan has created it."""
    directory = facts.table("principals")
    found = set(directory.filter(kind="group")["principal_id"])
    found |= set(facts.table("memberships")["group_id"])
    found |= set(facts.table("entitlement_containers")["group_id"].drop_nulls())
    created = plan.steps.filter(action="create_group")
    found |= set(created["group"].drop_nulls())
    found |= set(plan.items.join(created.select("step_id"), on="step_id", how="semi")["group"].drop_nulls())
    return frozenset(found)


def _left(plan: Plan, bit: Mapping[str, int]) -> dict[str, int]:
    """People by container of whom the plan says that nothing is done."""
    said = plan.items.join(plan.steps.filter(action="no_op").select("step_id"), on="step_id", how="semi")
    found: dict[str, int] = {}
    for container, person in said.select("container", "principal_id").drop_nulls().iter_rows():
        found[container] = found.get(container, 0) | bit.get(person, 0)
    return found


def _joining(plan: Plan) -> set[str]:
    """Everyone a step names."""
    return set(plan.items["principal_id"].drop_nulls()) | set(plan.steps["principal_id"].drop_nulls())


def _grants(facts: Facts, access: Access) -> dict[str, Grants]:
    """Grants by class."""
    bound = {(one.principal_id, one.scope) for one in assignments_in_force(facts) if one.conditional}
    rows = access.class_grants.filter(effect="allow").select(
        "class_id",
        "grantee_id",
        pl.col("lane").cast(pl.String),
        pl.col("level").cast(pl.Int64),
        pl.col("route").cast(pl.String).replace_strict(KINDS, default="", return_dtype=pl.String),
        "entitlement",
        (pl.col("scope_kind") != "container").alias("wide"),
        pl.col("scope").str.to_lowercase().str.strip_suffix("/"),
    )
    grants: dict[str, set[Grant]] = {}
    for class_id, grantee, lane, level, kind, entitlement, wide, where in rows.iter_rows():
        tied = wide and (grantee, where) in bound
        grant = Grant(grantee, lane, level, kind, entitlement, wide=wide, bound=tied)
        grants.setdefault(class_id, set()).add(grant)
    return {class_id: frozenset(found) for class_id, found in grants.items()}


def _levels(frame: pl.DataFrame, bit: dict[str, int]) -> dict[str, Levels]:
    """Holders by class of a frame of class_id, principal_id, level."""
    rows: dict[str, list[tuple[int, int]]] = {}
    for class_id, person, level in frame.select("class_id", "principal_id", "level").iter_rows():
        if person in bit:
            rows.setdefault(class_id, []).append((level, bit[person]))
    return {class_id: union(found) for class_id, found in rows.items()}
