"""Claims about the form of a plan, which need no replay: order, gates, waits, moves, rollback.

In: steps, their order, items. Out: violations, each with its step; an empty list where the claim holds.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.model.tables import ACTIONS
from lakezones.plan.steps import ACCESS_REMOVES, IRREVERSIBLE, MOVES, Step
from lakezones.verify.order import Order, elements
from lakezones.verify.rules.acls import entries_by_path
from lakezones.verify.rules.assignments import assignments_in_force
from lakezones.verify.said import Waits, gate_hours
from lakezones.verify.violations import Violation

REPLAYED = frozenset(ACTIONS) - {"set_account_property", "delete_group"}
"""Actions whose effect on access the replay knows."""

REVOKABLE = frozenset({"assignment", "acl_entry", "entitlement"})
MOVE_ORDER = ("copy", "freeze_source", "copy_delta", "cutover", "unfreeze", "delete_source")


def malformed(
    steps: Sequence[Step],
    order: Order,
    strays: Sequence[tuple[str, str]],
    items: pl.DataFrame,
    rows: pl.DataFrame,
    facts: Facts,
    access: Access,
) -> list[Violation]:
    """Ids, dependencies, items and objects that do not add up."""
    problems: list[Violation] = []
    seen: set[str] = set()
    for step in steps:
        if step.step_id in seen:
            problems.append(Violation("step ids are unique", "the id occurs twice", step.step_id))
        seen.add(step.step_id)
    for step in steps:
        unknown = [one for one in step.depends_on if one not in seen]
        problems += [Violation("depends on steps of the plan", one, step.step_id) for one in unknown]
        if step.action not in REPLAYED:
            problems.append(Violation("an action whose effect is known", step.action, step.step_id))
        if step.action in {"revoke", "grant"} and step.object_kind not in REVOKABLE:
            problems.append(Violation("a kind of grant whose effect is known", str(step.object_kind), step.step_id))
    if order.cycle:
        problems.append(Violation("dependencies have no cycle", ", ".join(order.cycle[:5]), order.cycle[0]))
        return problems
    early = order.is_order(range(len(steps)))
    if early is not None:
        found = "comes before what it depends on"
        problems.append(Violation("sequence respects depends_on", found, steps[early].step_id))
    lost = items.filter(~pl.col("step_id").is_in(list(order.position)))["step_id"].unique().sort()
    problems += [Violation("items belong to steps", "no such step", step_id) for step_id in lost]
    problems += [Violation("a container of the lake, or a target in use", name, step_id) for name, step_id in strays]
    problems += _unplaced_grants(rows)
    problems += _unnamed_members(rows)
    problems += _groups_before_use(steps, order, rows, facts, access)
    problems += _shared_folders(rows)
    problems += _partial_revokes(rows, facts)
    return problems


def _unplaced_grants(rows: pl.DataFrame) -> list[Violation]:
    """Grants and revokes that say neither where nor under which entitlement."""
    vague = rows.filter(
        pl.col("action").is_in(["grant", "revoke"]),
        pl.col("container").is_null(),
        (pl.col("kind") != "entitlement") | pl.col("entitlement").is_null(),
    )
    steps = vague["step_id"].unique().sort()
    return [Violation("every grant says where", "no container", step_id) for step_id in steps]


def _unnamed_members(rows: pl.DataFrame) -> list[Violation]:
    """Memberships that do not say who or where."""
    vague = rows.filter(
        pl.col("action").is_in(["add_member", "remove_member"]),
        pl.col("group").is_null() | pl.col("principal_id").is_null(),
    )
    steps = vague["step_id"].unique().sort()
    return [Violation("every membership says whose and in which group", "it does not", step_id) for step_id in steps]


def _groups_before_use(
    steps: Sequence[Step], order: Order, rows: pl.DataFrame, facts: Facts, access: Access
) -> list[Violation]:
    """Groups that are used although nothing created them, or before something did."""
    known = set(facts.table("principals")["principal_id"]) | set(facts.table("memberships")["group_id"])
    known |= set(facts.table("entitlement_containers")["group_id"].drop_nulls())
    # Grantees of the table grants are taken from the grants of classes: the table itself may be very long.
    known |= set(facts.table("role_assignments")["principal_id"]) | set(access.class_grants["grantee_id"])
    pairs = rows.drop_nulls("group").select("step_id", "group").unique().sort("step_id", "group").rows()
    known |= set(entries_by_path(facts).filter(kind="group")["grantee"])
    making = {step.step_id for step in steps if step.action == "create_group"}
    created = {group: step_id for step_id, group in pairs if step_id in making}
    problems: list[Violation] = []
    for step_id, group in pairs:
        if step_id in making or group in known or step_id not in order.position:
            continue
        if group not in created:
            problems.append(Violation("groups exist or are created", group, step_id))
        elif not order.precedes(created[group], step_id):
            problems.append(Violation(f"comes after {created[group]}, which creates the group", group, step_id))
    return problems


def _shared_folders(rows: pl.DataFrame) -> list[Violation]:
    """Two datasets in one place."""
    places = (
        rows.filter(action="cutover")
        .group_by("target")
        .agg(pl.col("container").n_unique().alias("datasets"), pl.col("step_id").min())
        .filter(pl.col("datasets") > 1)
        .sort("target")
    )
    return [
        Violation("one dataset in a place", str(target), step_id)
        for target, step_id in places.select("target", "step_id").iter_rows()
    ]


def _partial_revokes(rows: pl.DataFrame, facts: Facts) -> list[Violation]:
    """Assignments of which a revoke names only some by id: what is left would still give access."""
    revokes = rows.filter(pl.col("path").is_null(), action="revoke", kind="assignment")
    revokes = revokes.drop_nulls(["object_id", "container"])
    named: dict[tuple[str, str], set[str]] = {}
    for person, container, grant_id in revokes.select("principal_id", "container", "object_id").iter_rows():
        named.setdefault((person, container), set()).add(grant_id)
    actual: dict[tuple[str, str], set[str]] = {}
    for one in assignments_in_force(facts):
        if one.grant_id and one.active and not one.denies and not one.conditional:
            for place in one.places:
                actual.setdefault((one.principal_id, place), set()).add(one.grant_id)
    first = revokes.group_by("principal_id", "container").agg(pl.col("step_id").min())
    return [
        Violation("a revoke names all assignments of the person on the container", f"{person} on {container}", step_id)
        for step_id, person, container in first.select("step_id", "principal_id", "container").sort(pl.all()).rows()
        if actual.get((person, container.lower()), set()) - named[person, container]
    ]


def ungated(steps: Sequence[Step], order: Order) -> list[Violation]:
    """Waves that do not end with a gate after everything else in them."""
    problems: list[Violation] = []
    for wave in sorted({step.wave for step in steps}):
        inside = [at for at, step in enumerate(steps) if step.wave == wave]
        bits = sum(1 << at for at in inside)
        closing = [at for at in inside if steps[at].action == "gate" and not bits & ~(order.above[at] | 1 << at)]
        if not closing:
            last = steps[inside[-1]].step_id
            problems.append(Violation(f"wave {wave} ends with a gate", "some step comes after all gates", last))
    return problems


def hasty(steps: Sequence[Step], order: Order, waits: Waits = Waits()) -> list[Violation]:
    """Removals and cutovers that come too soon after a membership: at least 24 hours later."""
    hours = 24 * waits.membership_days
    adding = sum(1 << at for at, step in enumerate(steps) if step.action == "add_member")
    gates = [at for at, step in enumerate(steps) if step.action == "gate" and gate_hours(step) >= hours]
    behind_gate = {at: order.above[at] for at in gates}
    problems: list[Violation] = []
    for at, step in enumerate(steps):
        if step.action not in {"remove_member", "revoke", "cutover"}:
            continue
        waited = 0
        for position, above in behind_gate.items():
            if order.above[at] >> position & 1:
                waited |= above
        for one in elements(order.above[at] & adding):
            joined = steps[one]
            dated = joined.earliest_start is None or step.earliest_start is None
            if not waited >> one & 1:
                problems.append(
                    Violation(f"a gate of {hours} hours lies after {joined.step_id}", "there is none", step.step_id)
                )
            elif not dated and step.earliest_start < joined.earliest_start + timedelta(days=1):  # type: ignore[operator]
                found = f"starts {step.earliest_start}"
                problems.append(Violation(f"starts a day after {joined.step_id}", found, step.step_id))
    return problems


def irrevocable(steps: Sequence[Step], order: Order) -> list[Violation]:
    """Steps without a way back before their point of no return, and points of no return without a gate."""
    problems: list[Violation] = []
    gates = sum(1 << at for at, step in enumerate(steps) if step.action == "gate")
    for at, step in enumerate(steps):
        if step.action in IRREVERSIBLE:
            if step.reversible:
                problems.append(Violation("marked as not reversible", "marked as reversible", step.step_id))
            if not order.above[at] & gates:
                problems.append(Violation("a gate comes before the point of no return", "none does", step.step_id))
        elif not step.reversible:
            problems.append(Violation("can be rolled back", "marked as not reversible", step.step_id))
        elif not step.rollback:
            problems.append(Violation("says how to roll back", "says nothing", step.step_id))
    return problems


def two_writers(steps: Sequence[Step], order: Order, rows: pl.DataFrame) -> list[Violation]:
    """Datasets whose moves are not forced into copy, freeze, delta, check, cutover, unfreeze, delete."""
    treated = (
        rows.filter(pl.col("action").is_in(sorted(MOVES)))
        .select("container", "step_id")
        .unique()
        .group_by("container")
        .agg(pl.col("step_id").sort().str.join("\n"))
        .group_by("step_id")
        .agg(pl.col("container").min())
        .sort("container")
    )
    problems: list[Violation] = []
    for joined, container in treated.select("step_id", "container").iter_rows():
        ids = joined.split("\n")
        at = {steps[order.position[one]].action: one for one in ids}
        checks = [one for one in ids if steps[order.position[one]].action == "verify_copy"]
        for first, second in pairwise(MOVE_ORDER):
            if second in at and (first not in at or not order.precedes(at[first], at[second])):
                problems.append(Violation(f"{container}: {first} comes before {second}", "it need not", at[second]))
        if "cutover" in at:
            if "unfreeze" not in at:
                problems.append(Violation(f"{container}: can be written again", "it is never unfrozen", at["cutover"]))
            copied, frozen = at.get("copy"), at.get("freeze_source")
            between = [one for one in checks if copied and order.precedes(copied, one)]
            if frozen and not any(order.precedes(one, frozen) for one in between):
                expected = f"{container}: the first copy is verified before the source is frozen"
                problems.append(Violation(expected, "it is not", frozen))
            delta = at.get("copy_delta")
            if delta and not any(order.precedes(delta, one) and order.precedes(one, at["cutover"]) for one in checks):
                expected = f"{container}: the last copy is verified before cutover"
                problems.append(Violation(expected, "it is not", at["cutover"]))
    return problems


def removals(steps: Sequence[Step]) -> list[int]:
    """Positions of steps that can take access away from where it is read."""
    return [at for at, step in enumerate(steps) if step.action in ACCESS_REMOVES or step.action == "cutover"]
