"""The state of the lake during a plan, and what each step does to it.

In: a `Model` and steps in some order. Out: after each step, who holds what on every cohort, at the source and at the
target. Nothing here knows how a plan was made.
"""

import copy
from collections.abc import Iterable, Mapping
from typing import Self

import networkx as nx
import polars as pl

from lakezones.plan.steps import Step
from lakezones.verify.cohorts import SOURCE, TARGET, Event
from lakezones.verify.grants import DATA, DENY, Grant, Grants
from lakezones.verify.model import NOBODY, Levels, Model, both, less, union

Membership = tuple[str, str]


class Script:
    """What each step does, read once from what `acts` gives.

    Attributes
    ----------
    memberships
        step_id to (group, member) pairs.
    entitlements
        step_id to (person, entitlement) pairs revoked everywhere.
    """

    def __init__(self, rows: pl.DataFrame) -> None:
        self.memberships: dict[str, list[Membership]] = {}
        self.entitlements: dict[str, list[tuple[str, str]]] = {}
        joined = rows.filter(pl.col("action").is_in(["add_member", "remove_member"]))
        for step_id, group, member in joined.select("step_id", "group", "principal_id").iter_rows():
            self.memberships.setdefault(step_id, []).append((group, member))
        whole = rows.filter(pl.col("container").is_null(), action="revoke", kind="entitlement")
        for step_id, person, entitlement in whole.select("step_id", "principal_id", "entitlement").iter_rows():
            self.entitlements.setdefault(step_id, []).append((person, entitlement or ""))


class LakeState:
    """The lake at some point of a plan.

    Parameters
    ----------
    model
        Where it starts.
    script
        What each step does.

    Attributes
    ----------
    start
        Holders by lane of each cohort before the plan, denies aside; ``denied`` what denies take from them, which stays
        as long as the source does.
    moved, frozen, deleted
        Whether each cohort is read at its target, takes no writes, or has lost its source.
    """

    def __init__(self, model: Model, script: Script) -> None:
        self.model = model
        self.script = script
        self.members = dict(model.members)
        self.children = dict(model.children)
        self._sets: dict[Grants, Grants] = {}
        self._grantees: dict[Grants, frozenset[str]] = {}
        self._known: dict[Grants, dict[str, Levels]] = {}
        self._parts = children_first(self.children)
        self._closure = closed(self.members, self.children, self._parts)
        self._stale = False
        self.source = [self._shared(grants) for grants in model.grants]
        self.target = [self._shared(grants) for grants in model.arriving]
        count = len(model.cohorts)
        self.moved = [False] * count
        self.frozen = [False] * count
        self.deleted = [False] * count
        self._touched: set[int] = set(range(count))
        self.start = [self._levels(grants) for grants in self.source]
        self.denied = [
            less(levels.get(DATA, NOBODY), effective)
            for levels, effective in zip(self.start, model.effective, strict=True)
        ]

    def copy(self) -> Self:
        """A copy that can be changed without changing this state."""
        twin = copy.copy(self)
        twin.members, twin.children = dict(self.members), dict(self.children)
        twin.source, twin.target = list(self.source), list(self.target)
        twin.moved, twin.frozen, twin.deleted = list(self.moved), list(self.frozen), list(self.deleted)
        twin._known, twin._touched = dict(self._known), set(self._touched)
        return twin

    def apply(self, step: Step) -> None:
        """Carry a step out."""
        for group, member in self.script.memberships.get(step.step_id, ()):
            self._membership(group, member, add=step.action == "add_member")
        for person, entitlement in self.script.entitlements.get(step.step_id, ()):
            everywhere = Event(SOURCE, "revoke", "entitlement", person, 0, entitlement)
            for index in self.model.named.get(person, ()):
                self._revoke(index, everywhere)
        for index, events in self.model.events.get(step.step_id, {}).items():
            for event in events:
                self._event(index, event)
            self._touched.add(index)

    def settle(self) -> set[int]:
        """Cohorts whose access may have changed since the last call."""
        if self._stale:
            self._parts = self._parts or children_first(self.children)
            before, self._closure = self._closure, closed(self.members, self.children, self._parts)
            self._stale = False
            changed = {
                group
                for group in before.keys() | self._closure.keys()
                if before.get(group, 0) != self._closure.get(group, 0)
            }
            used = self._known.keys() | set(self.source) | set(self.target)
            hit = {grants for grants in used if not changed.isdisjoint(self._named(grants))}
            for grants in hit:
                self._known.pop(grants, None)
            self._touched |= {
                index
                for index, pair in enumerate(zip(self.source, self.target, strict=True))
                if pair[0] in hit or pair[1] in hit
            }
        touched, self._touched = self._touched, set()
        return touched

    def _membership(self, group: str, member: str, *, add: bool) -> None:
        bit = self.model.bit.get(member)
        if bit is None:
            nested = self.children.get(group, frozenset())
            self.children[group] = nested | {member} if add else nested - {member}
            self._parts = []
        elif add:
            self.members[group] = self.members.get(group, 0) | bit
        else:
            self.members[group] = self.members.get(group, 0) & ~bit
        self._stale = True

    def _shared(self, grants: Iterable[Grant]) -> Grants:
        """One object for equal sets, so that cohorts alike share what is known of them."""
        found = frozenset(grants)
        return self._sets.setdefault(found, found)

    def _named(self, grants: Grants) -> frozenset[str]:
        """Everyone a set of grants names, worked out once."""
        found = self._grantees.get(grants)
        if found is None:
            found = self._grantees[grants] = frozenset(name for one in grants for name in (one.grantee, *one.needs))
        return found

    def _revoke(self, index: int, event: Event) -> None:
        place = self.target if event.place == TARGET else self.source
        if event.grantee not in self._named(place[index]):
            return
        gone = [grant for grant in place[index] if _taken(grant, event)]
        if gone:
            place[index] = self._shared(place[index].difference(gone))
            self._touched.add(index)

    def _event(self, index: int, event: Event) -> None:
        match event.action:
            case "grant" if event.grantee is not None:
                grant = Grant(event.grantee, DATA, event.level, event.kind, event.entitlement, wide=False)
                place = self.target if event.place == TARGET else self.source
                place[index] = self._shared(place[index] | {grant})
            case "revoke":
                self._revoke(index, event)
            case "freeze_source":
                self.frozen[index] = True
            case "unfreeze":
                self.frozen[index] = False
            case "cutover":
                self.moved[index] = True
            case "delete_source":
                self.deleted[index] = True
            case _:
                pass

    def at_source(self, index: int) -> dict[str, Levels]:
        """Holders by lane at the source of a cohort; call `settle` after the last step first."""
        if self.deleted[index]:
            return {}
        levels = self._levels(self.source[index])
        if any(self.denied[index]):
            return levels | {DATA: less(levels.get(DATA, NOBODY), self.denied[index])}
        return levels

    def at_target(self, index: int) -> dict[str, Levels]:
        """Holders by lane at the target of a cohort."""
        levels = self._levels(self.target[index])
        if DENY not in levels:
            return levels
        held = {lane: found for lane, found in levels.items() if lane != DENY}
        return held | {DATA: less(held.get(DATA, NOBODY), levels[DENY])}

    def _levels(self, grants: Grants) -> dict[str, Levels]:
        known = self._known.get(grants)
        if known is None:
            bit = self.model.bit
            by_lane: dict[str, list[tuple[int, int]]] = {}
            for grant in grants:
                holders = bit.get(grant.grantee) or self._closure.get(grant.grantee, 0)
                for group in grant.needs:
                    holders &= self._closure.get(group, 0)
                by_lane.setdefault(grant.lane, []).append((grant.level, holders))
            known = self._known[grants] = {lane: union(held) for lane, held in by_lane.items()}
        return known


def closed(
    members: Mapping[str, int], children: Mapping[str, frozenset[str]], parts: list[list[str]]
) -> dict[str, int]:
    """Every group's members at any depth, as bit sets; `parts` as of `children_first`."""
    found = dict(members)
    for part in parts:
        held = 0
        for group in part:
            held |= members.get(group, 0)
            for child in children.get(group, ()):
                held |= found.get(child, 0)
        found.update(dict.fromkeys(part, held))
    return found


def children_first(children: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """Groups in parts, each after those nested in it; groups that contain each other are one part."""
    nesting = nx.DiGraph((group, child) for group, nested in children.items() for child in nested)
    # What is nested comes first: parts come out in the reverse of a topological order.
    return [sorted(part) for part in nx.strongly_connected_components(nesting)]


def _taken(grant: Grant, event: Event) -> bool:
    """Whether a revoke takes a grant; what was granted above the container stays."""
    return (
        (grant.grantee == event.grantee or event.grantee in grant.needs)
        and not grant.wide
        and grant.kind == event.kind
        and (event.kind != "entitlement" or grant.entitlement == event.entitlement)
    )


def effective(state: LakeState, index: int) -> dict[str, Levels]:
    """Holders by lane where the dataset is read now: its source before the cutover, its target after."""
    return state.at_target(index) if state.moved[index] else state.at_source(index)


def weaker(levels: dict[str, Levels], lane: str) -> Levels:
    """Holders in a lane or in the data lane, which is worth more than any other."""
    return both(levels.get(lane, NOBODY), levels.get(DATA, NOBODY))
