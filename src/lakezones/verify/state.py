"""The state of the lake during a plan, and what each step does to it.

In: a `Model` and steps in some order. Out: after each step, who holds what on every unit, at the source and at the
target. Nothing here knows how a plan was made.
"""

from collections.abc import Iterable

import polars as pl

from lakezones.model.frames import Plan
from lakezones.plan.steps import MOVES, Step
from lakezones.verify.model import DATA, NOBODY, Grant, Levels, Model, both, less, union
from lakezones.verify.units import TARGET, Event

Membership = tuple[str, str]


class Script:
    """What each step does, read once from the items.

    Attributes
    ----------
    memberships
        step_id to (group, member) pairs.
    entitlements
        step_id to (person, entitlement) pairs revoked everywhere.
    """

    def __init__(self, plan: Plan) -> None:
        self.memberships: dict[str, list[Membership]] = {}
        self.entitlements: dict[str, list[tuple[str, str]]] = {}
        steps = plan.steps.with_columns(pl.col("action").cast(pl.String), pl.col("object_kind").cast(pl.String))
        kinds = steps.select("step_id", "action", "object_kind")
        columns = ["step_id", "group", "principal_id", "container", "entitlement"]
        batch = plan.items.select(columns).join(kinds, on="step_id")
        single = steps.join(plan.items.select("step_id").unique(), on="step_id", how="anti").with_columns(
            pl.when(pl.col("object_kind") == "entitlement").then("object_id").alias("entitlement")
        )
        rows = pl.concat([batch, single.select(batch.columns)])
        joined = rows.filter(pl.col("action").is_in(["add_member", "remove_member"]))
        for step_id, group, member in joined.select("step_id", "group", "principal_id").iter_rows():
            self.memberships.setdefault(step_id, []).append((group, member))
        whole = rows.filter(
            pl.col("action") == "revoke", pl.col("object_kind") == "entitlement", pl.col("container").is_null()
        )
        for step_id, person, entitlement in whole.select("step_id", "principal_id", "entitlement").iter_rows():
            self.entitlements.setdefault(step_id, []).append((person, entitlement or ""))


class State:
    """The lake at some point of a plan.

    Parameters
    ----------
    model
        Where it starts.
    script
        What each step does.

    Attributes
    ----------
    dirty
        Units whose access may have changed since `settle` was last called.
    """

    def __init__(self, model: Model, script: Script) -> None:
        self.model = model
        self.script = script
        self.members = dict(model.members)
        self.children = {group: set(nested) for group, nested in model.children.items()}
        self.source: list[frozenset[Grant] | set[Grant]] = list(model.grants)
        going = {index for events in model.units.events.values() for index, what in events.items() if _goes(what)}
        self.target: list[frozenset[Grant] | set[Grant]] = [
            {grant for grant in grants if grant.wide} if unit.same_account and index in going else set()
            for index, (unit, grants) in enumerate(zip(model.units.units, model.grants, strict=True))
        ]
        count = len(model.units.units)
        self.moved = [False] * count
        self.frozen = [False] * count
        self.deleted = [False] * count
        self.dirty: set[int] = set(range(count))
        self._closure: dict[str, int] | None = None
        start = [self._levels(grants) for grants in self.source]
        # What a deny takes away is what the grants give beyond the access found; it stays while the source does.
        self.start = start
        self.denied = [
            less(levels.get(DATA, NOBODY), effective) for levels, effective in zip(start, model.effective, strict=True)
        ]

    def apply(self, step: Step) -> None:
        """Carry a step out."""
        for group, member in self.script.memberships.get(step.step_id, ()):
            self._membership(group, member, add=step.action == "add_member")
        for person, entitlement in self.script.entitlements.get(step.step_id, ()):
            for index, grants in enumerate(self.source):
                self._revoke(index, grants, Event("source", "revoke", "entitlement", person, 0, entitlement))
        for index, events in self.model.units.events.get(step.step_id, {}).items():
            for event in events:
                self._event(index, event)
            self.dirty.add(index)

    def _membership(self, group: str, member: str, *, add: bool) -> None:
        bit = self.model.bit.get(member)
        if bit is None:
            nested = self.children.setdefault(group, set())
            nested.add(member) if add else nested.discard(member)
        elif add:
            self.members[group] = self.members.get(group, 0) | bit
        else:
            self.members[group] = self.members.get(group, 0) & ~bit
        self._closure = None
        self.dirty = set(range(len(self.source)))

    def _revoke(self, index: int, grants: Iterable[Grant], event: Event) -> None:
        gone = {
            grant
            for grant in grants
            if not grant.wide
            and grant.grantee == event.grantee
            and grant.kind == event.kind
            and (event.kind != "entitlement" or grant.entitlement == event.entitlement)
        }
        if gone:
            if event.place == TARGET:
                self.target[index] = self.target[index] - gone
            else:
                self.source[index] = self.source[index] - gone
            self.dirty.add(index)

    def _event(self, index: int, event: Event) -> None:
        match event.action:
            case "grant" if event.grantee is not None:
                grant = Grant(event.grantee, DATA, event.level, event.kind, event.entitlement, wide=False)
                if event.place == TARGET:
                    self.target[index] = self.target[index] | {grant}
                else:
                    self.source[index] = self.source[index] | {grant}
            case "revoke":
                self._revoke(index, self.target[index] if event.place == TARGET else self.source[index], event)
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
        """Holders by lane at the source of a unit."""
        if self.deleted[index]:
            return {}
        levels = self._levels(self.source[index])
        return levels | {DATA: less(levels.get(DATA, NOBODY), self.denied[index])}

    def at_target(self, index: int) -> dict[str, Levels]:
        """Holders by lane at the target of a unit."""
        return self._levels(self.target[index])

    def _levels(self, grants: Iterable[Grant]) -> dict[str, Levels]:
        closure = self.closure()
        bit = self.model.bit
        by_lane: dict[str, list[tuple[int, int]]] = {}
        for grant in grants:
            holders = bit.get(grant.grantee) or closure.get(grant.grantee, 0)
            by_lane.setdefault(grant.lane, []).append((grant.level, holders))
        return {lane: union(held) for lane, held in by_lane.items()}

    def closure(self) -> dict[str, int]:
        """Every group's members at any depth, as bit sets; cycles are no trouble."""
        if self._closure is None:
            found = dict(self.members)
            changed = True
            while changed:
                changed = False
                for group, nested in self.children.items():
                    held = found.get(group, 0)
                    more = held
                    for child in nested:
                        more |= found.get(child, 0)
                    if more != held:
                        found[group] = more
                        changed = True
            self._closure = found
        return self._closure


def _goes(events: list[Event]) -> bool:
    """Whether any of the events has to do with a target."""
    return any(event.place == TARGET or event.action in MOVES for event in events)


def effective(state: State, index: int) -> dict[str, Levels]:
    """Holders by lane where the dataset is read now: its source before the cutover, its target after."""
    return state.at_target(index) if state.moved[index] else state.at_source(index)


def weaker(levels: dict[str, Levels], lane: str) -> Levels:
    """Holders in a lane or in the data lane, which is worth more than any other."""
    return both(levels.get(lane, NOBODY), levels.get(DATA, NOBODY))
