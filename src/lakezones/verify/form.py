"""Claims about the form of a plan, which need no replay: order, gates, waits, moves, rollback.

In: steps, their order, items. Out: problems in words, each with its step; an empty list where the claim holds.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import polars as pl

from lakezones.model.frames import Access, Facts, Plan
from lakezones.model.tables import ACTIONS
from lakezones.plan.steps import ACCESS_REMOVES, IRREVERSIBLE, MOVES, Step
from lakezones.verify.order import Order, elements
from lakezones.verify.rules.acls import entries_by_path
from lakezones.verify.rules.assignments import assignments_in_force

Problem = tuple[str | None, str, str]
"""Step, what should hold, what holds."""

REPLAYED = frozenset(ACTIONS) - {"set_account_property", "delete_group"}
"""Actions whose effect on access the replay knows."""

REVOKABLE = frozenset({"assignment", "acl_entry", "entitlement"})
MOVE_ORDER = ("copy", "freeze_source", "copy_delta", "cutover", "unfreeze", "delete_source")


def malformed(
    steps: Sequence[Step], order: Order, strays: Sequence[tuple[str, str]], plan: Plan, facts: Facts, access: Access
) -> list[Problem]:
    """Ids, dependencies, items and objects that do not add up."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for step in steps:
        if step.step_id in seen:
            problems.append((step.step_id, "step ids are unique", "the id occurs twice"))
        seen.add(step.step_id)
    for step in steps:
        problems += [(step.step_id, "depends on steps of the plan", one) for one in step.depends_on if one not in seen]
        if step.action not in REPLAYED:
            problems.append((step.step_id, "an action whose effect is known", step.action))
        if step.action in {"revoke", "grant"} and step.object_kind not in REVOKABLE:
            problems.append((step.step_id, "a kind of grant whose effect is known", str(step.object_kind)))
    if order.cycle:
        problems.append((order.cycle[0], "dependencies have no cycle", ", ".join(order.cycle[:5])))
        return problems
    early = order.is_order(range(len(steps)))
    if early is not None:
        problems.append((steps[early].step_id, "sequence respects depends_on", "comes before what it depends on"))
    orphaned = plan.items.filter(~pl.col("step_id").is_in(plan.steps["step_id"].implode()))
    problems += [(step_id, "items belong to steps", "no such step") for step_id in orphaned["step_id"].unique().sort()]
    problems += [(step_id, "a container of the lake, or a target in use", name) for name, step_id in strays]
    problems += _unplaced_grants(plan)
    problems += _unnamed_members(plan)
    problems += _groups_before_use(steps, order, plan, facts, access)
    problems += _shared_folders(plan)
    problems += _partial_revokes(plan, facts)
    return problems


def _unplaced_grants(plan: Plan) -> list[Problem]:
    """Grants and revokes that say neither where nor under which entitlement."""
    acting = plan.steps.filter(pl.col("action").cast(pl.String).is_in(["grant", "revoke"]))
    rows = plan.items.join(acting.select("step_id", pl.col("object_kind").cast(pl.String)), on="step_id")
    vague = rows.filter(
        pl.col("container").is_null(), (pl.col("object_kind") != "entitlement") | pl.col("entitlement").is_null()
    )
    empty = acting.join(plan.items.select("step_id").unique(), on="step_id", how="anti").filter(
        pl.col("container").is_null(), pl.col("object_id").is_null()
    )
    return [
        (step_id, "every grant says where", "no container")
        for step_id in pl.concat([vague["step_id"], empty["step_id"]]).unique().sort()
    ]


def _unnamed_members(plan: Plan) -> list[Problem]:
    """Memberships that do not say who or where."""
    columns = ["step_id", "group", "principal_id"]
    acting = plan.steps.filter(pl.col("action").cast(pl.String).is_in(["add_member", "remove_member"]))
    batch = plan.items.select(columns).join(acting.select("step_id"), on="step_id", how="semi")
    single = acting.select(columns).join(batch, on="step_id", how="anti")
    vague = pl.concat([batch, single]).filter(pl.col("group").is_null() | pl.col("principal_id").is_null())
    return [
        (step_id, "every membership says whose and in which group", "it does not")
        for step_id in vague["step_id"].unique().sort()
    ]


def _groups_before_use(steps: Sequence[Step], order: Order, plan: Plan, facts: Facts, access: Access) -> list[Problem]:
    """Groups that are used although nothing created them, or before something did."""
    known = set(facts.table("principals")["principal_id"]) | set(facts.table("memberships")["group_id"])
    known |= set(facts.table("entitlement_containers")["group_id"].drop_nulls())
    # Grantees of the table grants are taken from the grants of classes: the table itself may be very long.
    known |= set(facts.table("role_assignments")["principal_id"]) | set(access.class_grants["grantee_id"])
    single = plan.steps.filter(pl.col("group").is_not_null()).select("step_id", "group")
    pairs = pl.concat([plan.items.filter(pl.col("group").is_not_null()).select("step_id", "group"), single]).unique()
    known |= set(entries_by_path(facts).filter(kind="group")["grantee"])
    making = {step.step_id for step in steps if step.action == "create_group"}
    created = {group: step_id for step_id, group in pairs.sort("step_id", "group").iter_rows() if step_id in making}
    problems: list[Problem] = []
    for step_id, group in pairs.sort("step_id", "group").iter_rows():
        if step_id in making or group in known or step_id not in order.position:
            continue
        if group not in created:
            problems.append((step_id, "groups exist or are created", group))
        elif not order.precedes(created[group], step_id):
            problems.append((step_id, f"comes after {created[group]}, which creates the group", group))
    return problems


def _shared_folders(plan: Plan) -> list[Problem]:
    """Two datasets in one place."""
    cutovers = plan.steps.filter(pl.col("action").cast(pl.String) == "cutover").select("step_id")
    rows = (
        plan.items.join(cutovers, on="step_id", how="semi")
        .group_by("target")
        .agg(pl.col("container").n_unique().alias("n"), pl.col("step_id").min())
    )
    return [
        (step_id, "one dataset in a place", str(target))
        for target, step_id in rows.filter(pl.col("n") > 1).sort("target").select("target", "step_id").iter_rows()
    ]


def _partial_revokes(plan: Plan, facts: Facts) -> list[Problem]:
    """Assignments of which a revoke names only some by id: what is left would still give access."""
    steps = plan.steps.filter(
        pl.col("action").cast(pl.String) == "revoke", pl.col("object_kind").cast(pl.String) == "assignment"
    )
    named: dict[tuple[str, str], set[str]] = {}
    revokes = plan.items.join(steps.select("step_id"), on="step_id").filter(pl.col("path").is_null())
    revokes = revokes.drop_nulls(["object_id", "container"])
    for person, container, grant_id in revokes.select("principal_id", "container", "object_id").iter_rows():
        named.setdefault((person, container), set()).add(grant_id)
    actual: dict[tuple[str, str], set[str]] = {}
    for one in assignments_in_force(facts):
        if one.grant_id and one.active and not one.denies and not one.conditional:
            for place in one.places:
                actual.setdefault((one.principal_id, place), set()).add(one.grant_id)
    rows = revokes.group_by("principal_id", "container").agg(pl.col("step_id").min())
    return [
        (step_id, "a revoke names all assignments of the person on the container", f"{person} on {container}")
        for step_id, person, container in rows.select("step_id", "principal_id", "container").sort(pl.all()).rows()
        if actual.get((person, container.lower()), set()) - named[person, container]
    ]


def ungated(steps: Sequence[Step], order: Order) -> list[Problem]:
    """Waves that do not end with a gate after everything else in them."""
    problems: list[Problem] = []
    for wave in sorted({step.wave for step in steps}):
        inside = [at for at, step in enumerate(steps) if step.wave == wave]
        bits = sum(1 << at for at in inside)
        closing = [at for at in inside if steps[at].action == "gate" and not bits & ~(order.above[at] | 1 << at)]
        if not closing:
            problems.append(
                (steps[inside[-1]].step_id, f"wave {wave} ends with a gate", "some step comes after all gates")
            )
    return problems


def hasty(steps: Sequence[Step], order: Order) -> list[Problem]:
    """Removals and cutovers within 24 hours of a membership they come after."""
    adding = sum(1 << at for at, step in enumerate(steps) if step.action == "add_member")
    gates = [at for at, step in enumerate(steps) if step.action == "gate" and _wait_hours(step) >= 24]
    behind_gate = {at: order.above[at] for at in gates}
    problems: list[Problem] = []
    for at, step in enumerate(steps):
        if step.action not in {"remove_member", "revoke", "cutover"}:
            continue
        waited = 0
        for gate, above in behind_gate.items():
            if order.above[at] >> gate & 1:
                waited |= above
        for one in elements(order.above[at] & adding):
            joined = steps[one]
            dated = joined.earliest_start is None or step.earliest_start is None
            if not waited >> one & 1:
                problems.append((step.step_id, f"a gate of 24 hours lies after {joined.step_id}", "there is none"))
            elif not dated and step.earliest_start < joined.earliest_start + timedelta(days=1):  # type: ignore[operator]
                problems.append((step.step_id, f"starts a day after {joined.step_id}", f"starts {step.earliest_start}"))
    return problems


def _wait_hours(step: Step) -> float:
    """Hours that a gate makes its dependants wait."""
    try:
        after = json.loads(step.after or "{}")
    except ValueError:
        return 0.0
    hours = after.get("wait_hours", 0) if isinstance(after, dict) else 0
    return float(hours) if isinstance(hours, int | float) else 0.0


def irrevocable(steps: Sequence[Step], order: Order) -> list[Problem]:
    """Steps without a way back before their point of no return, and points of no return without a gate."""
    problems: list[Problem] = []
    gates = sum(1 << at for at, step in enumerate(steps) if step.action == "gate")
    for at, step in enumerate(steps):
        if step.action in IRREVERSIBLE:
            if step.reversible:
                problems.append((step.step_id, "marked as not reversible", "marked as reversible"))
            if not order.above[at] & gates:
                problems.append((step.step_id, "a gate comes before the point of no return", "none does"))
        elif not step.reversible:
            problems.append((step.step_id, "can be rolled back", "marked as not reversible"))
        elif not step.rollback:
            problems.append((step.step_id, "says how to roll back", "says nothing"))
    return problems


def two_writers(steps: Sequence[Step], order: Order, plan: Plan) -> list[Problem]:
    """Datasets whose moves are not forced into copy, freeze, delta, check, cutover, unfreeze, delete."""
    actions = plan.steps.select("step_id", pl.col("action").cast(pl.String))
    rows = plan.items.join(actions, on="step_id").filter(pl.col("action").is_in(sorted(MOVES)))
    treated = (
        rows.select("container", "step_id")
        .unique()
        .group_by("container")
        .agg(pl.col("step_id").sort().str.join("\n"))
        .group_by("step_id")
        .agg(pl.col("container").min())
        .sort("container")
    )
    problems: list[Problem] = []
    for joined, container in treated.select("step_id", "container").iter_rows():
        ids = joined.split("\n")
        at = {steps[order.position[one]].action: one for one in ids}
        checks = [one for one in ids if steps[order.position[one]].action == "verify_copy"]
        for first, second in pairwise(MOVE_ORDER):
            if second in at and (first not in at or not order.precedes(at[first], at[second])):
                problems.append((at[second], f"{container}: {first} comes before {second}", "it need not"))
        if "cutover" in at:
            if "unfreeze" not in at:
                problems.append((at["cutover"], f"{container}: can be written again", "it is never unfrozen"))
            delta = at.get("copy_delta")
            if delta and not any(order.precedes(delta, one) and order.precedes(one, at["cutover"]) for one in checks):
                problems.append((at["cutover"], f"{container}: the last copy is verified before cutover", "it is not"))
    return problems


def removals(steps: Sequence[Step]) -> list[int]:
    """Positions of steps that can take access away from where it is read."""
    return [at for at, step in enumerate(steps) if step.action in ACCESS_REMOVES or step.action == "cutover"]
