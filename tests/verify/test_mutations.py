"""A proof that cannot fail proves nothing: each way of breaking a plan is caught, by the right claim, with a person."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from lakezones.model import tables as t
from lakezones.model.facts import RoleAssignments
from lakezones.model.frames import Plan, Proof, conform
from lakezones.verify.said import DOES
from tests.plan.journeys import Journey, golden_journey
from tests.plan.small import AFTER, NOW


@pytest.fixture(scope="module")
def tiny() -> Journey:
    return golden_journey()


@pytest.fixture(scope="module")
def plan(tiny: Journey) -> Plan:
    return tiny.plan()


def failed(proof: Proof) -> set[str]:
    """Ids of the claims that do not hold; each has its counterexample."""
    broken = {claim["id"] for claim in proof.claims if not claim["holds"]}
    assert set(proof.counterexample["claim"]) == broken
    assert proof.holds == (not broken)
    return broken


def of(plan: Plan, action: str) -> pl.Expr:
    """Whether an item belongs to a step of an action."""
    steps = plan.steps.filter(pl.col("action") == action)["step_id"]
    return pl.col("step_id").is_in(steps.implode())


def edit(plan: Plan, step_id: str, **changes: object) -> Plan:
    """A plan with some columns of a step changed."""
    changed = [
        pl.when(pl.col("step_id") == step_id)
        .then(pl.lit(value, dtype=plan.steps.schema[name]))
        .otherwise(name)
        .alias(name)
        for name, value in changes.items()
    ]
    return replace(plan, steps=plan.steps.with_columns(changed))


def step_of(plan: Plan, action: str, *, name: str = "") -> str:
    """Id of the first step of an action."""
    return plan.steps.filter(pl.col("action") == action, pl.col("step_id").str.contains(name))["step_id"][0]


def without(plan: Plan, drop: pl.Expr) -> Plan:
    """A plan without some items."""
    kept = plan.items.filter(~drop)
    assert kept.height < plan.items.height
    return replace(plan, items=kept)


def extra(plan: Plan, step_id: str, **item: object) -> Plan:
    """A plan with one more item."""
    row = conform(pl.DataFrame([{"step_id": step_id, "item": 10_000, **item}]), t.Items)
    return replace(plan, items=pl.concat([plan.items, row]))


def test_the_plan_itself_holds(tiny: Journey, plan: Plan) -> None:
    proof = tiny.prove(plan)
    assert failed(proof) == set()
    assert all(claim["checked"] for claim in proof.claims)


def test_depends_on_decides_where_the_sequence_contradicts_it(tiny: Journey, plan: Plan) -> None:
    reverse = plan.steps.with_columns(sequence=pl.col("sequence").reverse())
    assert failed(tiny.prove(replace(plan, steps=reverse))) == {"well-formed"}


def test_a_membership_left_out_is_a_loss(tiny: Journey, plan: Plan) -> None:
    # Somebody whose own membership goes because a job's role is nested in the same group.
    removed = plan.items.filter(of(plan, "remove_member")).select("principal_id", nested="group")
    jobs = tiny.proposal.roles.filter(layer="job").select("role_id")
    nested = tiny.proposal.role_groups.join(jobs, on="role_id").select(group="role_id", nested="group_id")
    gone = removed.join(nested, on="nested").select("principal_id", "group")
    first = plan.items.filter(of(plan, "add_member")).join(gone, on=["principal_id", "group"], how="semi")
    step, person, group = first.select("step_id", "principal_id", "group").row(0)
    broken = without(
        plan, (pl.col("step_id") == step) & (pl.col("principal_id") == person) & (pl.col("group") == group)
    )
    proof = tiny.prove(broken)
    assert {"no-loss", "end-state", "grants-before-revokes"} <= failed(proof)
    counter = proof.counterexample.filter(pl.col("claim") == "no-loss").row(0, named=True)
    assert counter["principal_id"] == person
    assert counter["container"]
    assert (counter["expected"], counter["actual"]) == ("read", "none")


def test_every_single_membership_counts(tiny: Journey, plan: Plan) -> None:
    """No add_member of a person could be left out, except those that only make a group's list complete."""
    adding = plan.items.filter(of(plan, "add_member"))
    spare = 0
    for step, group, member in adding.select("step_id", "group", "principal_id").iter_rows():
        this = (pl.col("step_id") == step) & (pl.col("group") == group) & (pl.col("principal_id") == member)
        spare += tiny.prove(without(plan, this)).holds
    # Spare are those who still hold the access by a membership that cannot go yet, or that a team gives them.
    assert spare < adding.height


def test_an_extra_grant_is_an_excess(tiny: Journey, plan: Plan) -> None:
    step = step_of(plan, "grant", name="a-grant")
    group = plan.items.filter(pl.col("step_id") == step)["group"][0]
    broken = extra(plan, step, group=group, container="fin-mart-pnl", access="read")
    assert "no-excess" in failed(tiny.prove(broken))


def test_an_extra_membership_is_an_excess(tiny: Journey, plan: Plan) -> None:
    step = step_of(plan, "add_member", name="add-role-members")
    broken = extra(plan, step, group="g-risk-r", principal_id="ana")
    proof = tiny.prove(broken)
    assert "no-excess" in failed(proof)
    counter = proof.counterexample.filter(pl.col("claim") == "no-excess").row(0, named=True)
    assert counter["principal_id"] == "ana"
    assert counter["container"].startswith("risk-")


def test_an_extra_grant_at_the_target_is_an_excess_before_any_data_is_there(tiny: Journey, plan: Plan) -> None:
    step = step_of(plan, "grant", name="b-grant")
    zone, path = plan.items.filter(pl.col("step_id") == step).select("container", "path").row(0)
    broken = extra(plan, step, principal_id="sp-adf", container=zone, path=path, access="read")
    proof = tiny.prove(broken)
    assert "no-excess" in failed(proof)
    counter = proof.counterexample.filter(pl.col("claim") == "no-excess").row(0, named=True)
    assert counter["actual"].endswith("at the target")
    assert counter["step_id"] == step


def test_more_than_was_held_is_an_excess(tiny: Journey, plan: Plan) -> None:
    grants = plan.items.filter(of(plan, "grant"), pl.col("access") == "read")
    step, group, container = grants.select("step_id", "group", "container").row(0)
    broken = extra(plan, step, group=group, container=container, access="manage", path=grants["path"][0])
    assert "no-excess" in failed(tiny.prove(broken))


def test_a_grant_left_out_at_the_target_is_a_loss(tiny: Journey, plan: Plan) -> None:
    for step in plan.steps.filter(pl.col("step_id").str.contains("-b-grant"))["step_id"]:
        position = int(plan.items.filter(pl.col("step_id") == step)["item"][0])
        broken = without(plan, (pl.col("step_id") == step) & (pl.col("item") == position))
        assert {"no-loss", "end-state"} <= failed(tiny.prove(broken)), step


def test_a_revoke_that_does_not_wait_is_caught_though_the_sequence_is_right(tiny: Journey, plan: Plan) -> None:
    for action in ("remove_member", "revoke"):
        for step in plan.steps.filter(pl.col("action") == action)["step_id"]:
            broken = edit(plan, step, depends_on="[]")
            proof = tiny.prove(broken)
            assert {"no-loss", "grants-before-revokes"} <= failed(proof), step
            counter = proof.counterexample.filter(pl.col("claim") == "grants-before-revokes").row(0, named=True)
            assert counter["step_id"] == step


def test_a_cutover_that_does_not_wait_for_its_grants(tiny: Journey, plan: Plan) -> None:
    step = step_of(plan, "cutover")
    assert {"no-loss", "one-writer"} <= failed(tiny.prove(edit(plan, step, depends_on="[]")))


def test_an_unforced_order_that_would_do_harm_is_caught(tiny: Journey, plan: Plan) -> None:
    caught = 0
    for step in plan.steps.filter(pl.col("step_id").str.contains("a-add-|a-nest-"))["step_id"]:
        gate = step.split("-")[0] + "-a-gate-memberships"
        direct = json.loads(plan.steps.filter(pl.col("step_id") == gate)["depends_on"][0])
        others = [one for one in direct if one != step]
        assert len(others) == len(direct) - 1
        loose = tiny.prove(edit(plan, gate, depends_on=json.dumps(others)))
        # Where nothing in the wave relies on the step, all that fails is that the wave's gates do not wait for it.
        assert "gates" in failed(loose), step
        caught += "grants-before-revokes" in failed(loose)
    assert caught >= 3


def test_a_removal_too_many_is_a_loss(tiny: Journey, plan: Plan) -> None:
    step = step_of(plan, "remove_member")
    assert "no-loss" in failed(tiny.prove(extra(plan, step, group="g-crm-w", principal_id="ivy")))


def test_a_lost_conditional_access_is_a_loss(tiny: Journey, plan: Plan) -> None:
    step = plan.steps.filter(pl.col("action") == "remove_member")["step_id"][-1]
    proof = tiny.prove(extra(plan, step, group="g-crm-r", principal_id="ana"))
    assert "no-loss" in failed(proof)
    counter = proof.counterexample.filter(pl.col("claim") == "no-loss").row(0, named=True)
    assert counter["container"] == "ext-raw-feed"
    assert "(conditional)" in counter["expected"]


def test_a_wait_cut_short(tiny: Journey, plan: Plan) -> None:
    step = step_of(plan, "remove_member")
    early = plan.steps.filter(pl.col("step_id") == step)["earliest_start"][0] - timedelta(days=1)
    assert failed(tiny.prove(edit(plan, step, earliest_start=early))) == {"grants-before-revokes"}


@pytest.mark.parametrize("hours", [0, 12, 23, 23.9, 24, 25])
def test_a_gate_waits_a_day_before_whatever_relies_on_memberships(tiny: Journey, plan: Plan, hours: float) -> None:
    gates = plan.steps.filter(pl.col("step_id").str.contains("a-gate-memberships"))["step_id"]
    assert gates.len() == plan.summary["waves"] > 0
    for gate in gates:
        broken = failed(tiny.prove(edit(plan, gate, after=json.dumps({"wait_hours": hours}))))
        assert broken == ({"grants-before-revokes"} if hours < 24 else set()), gate


@pytest.mark.parametrize("after", [None, "no JSON", "[]", '{"wait_hours": "24"}', '{"approval": true}'])
def test_a_gate_that_does_not_say_how_long_it_waits_does_not_wait(tiny: Journey, plan: Plan, after: str | None) -> None:
    gate = step_of(plan, "gate", name="w03-a-gate-memberships")
    proof = tiny.prove(edit(plan, gate, after=after))
    assert failed(proof) == {"grants-before-revokes"}
    assert proof.counterexample["expected"][0].startswith("a gate of 24 hours lies after w03-a-")


MALFORMED: dict[str, Callable[[Plan], Plan]] = {
    "unknown dependency": lambda plan: edit(plan, step_of(plan, "copy"), depends_on='["nowhere"]'),
    "repeated id": lambda plan: replace(plan, steps=pl.concat([plan.steps, plan.steps.tail(1)])),
    "items of no step": lambda plan: extra(plan, "nowhere", group="g", principal_id="p"),
    "unknown container": lambda plan: extra(plan, step_of(plan, "copy"), container="nowhere", target="z/f", path="f"),
    "group nobody created": lambda plan: extra(
        plan, step_of(plan, "add_member"), group="nobody-made-this", principal_id="ana"
    ),
    "action without known effect": lambda plan: edit(
        plan, step_of(plan, "verify_access"), action="set_account_property"
    ),
    "kind without known effect": lambda plan: edit(plan, step_of(plan, "revoke"), object_kind="key"),
    "group used before it exists": lambda plan: edit(
        plan, step_of(plan, "grant", name="a-grant"), depends_on='["w00-gate-plan"]'
    ),
    "one folder for two": lambda plan: replace(
        plan,
        items=plan.items.with_columns(
            pl.when(of(plan, "cutover")).then(pl.col("target").first()).otherwise("target").alias("target")
        ),
    ),
    "grant without a place": lambda plan: extra(plan, step_of(plan, "grant"), group="g-risk-r", access="read"),
    "membership of nobody": lambda plan: extra(plan, step_of(plan, "add_member"), group="g-risk-r"),
    "membership in no group": lambda plan: extra(plan, step_of(plan, "remove_member"), principal_id="ana"),
    "memberships that are not listed": lambda plan: without(plan, of(plan, "add_member")),
    "sequence against depends_on": lambda plan: edit(plan, step_of(plan, "cutover"), sequence=0),
}


@pytest.mark.parametrize(
    ("other", "holds"),
    [
        ({}, False),
        ({"state": "active", "effect": "allow"}, False),
        ({"expires_at": AFTER}, False),
        ({"expires_at": NOW}, True),
        ({"state": "eligible"}, True),
        ({"effect": "deny"}, True),
        ({"condition": "@Resource[x] StringEquals 'y'"}, True),
        ({"grant_id": None}, True),
        ({"principal_id": "hal"}, True),
        ({"scope": "/risk-mart-exposure"}, True),
    ],
)
def test_a_revoke_of_some_of_a_persons_assignments(
    tiny: Journey, plan: Plan, other: dict[str, object], holds: bool
) -> None:
    """The plan revokes ra-11, gus's one assignment on the container; here is another."""
    table = tiny.facts.table("role_assignments")
    row = table.filter(pl.col("grant_id") == "ra-11").row(0, named=True)
    if scope := other.get("scope"):
        other = {"scope": str(row["scope"]).rsplit("/", 1)[0] + str(scope)}
    second = conform(pl.DataFrame([row | {"grant_id": "ra-99"} | other], schema=table.schema), RoleAssignments)
    facts = replace(tiny.facts, role_assignments=pl.concat([table, second]))
    proof = replace(tiny, facts=facts).prove(plan)
    assert ("well-formed" not in failed(proof)) == holds
    if not holds:
        counter = proof.counterexample.filter(pl.col("claim") == "well-formed").row(0, named=True)
        assert counter["expected"].startswith("a revoke names all assignments")
        assert counter["actual"] == "gus on risk-mart-limit"


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_plan(tiny: Journey, plan: Plan, name: str) -> None:
    assert "well-formed" in failed(tiny.prove(MALFORMED[name](plan)))


def test_a_cycle_stops_the_proof(tiny: Journey, plan: Plan) -> None:
    last = plan.steps["step_id"][-1]
    proof = tiny.prove(edit(plan, plan.steps["step_id"][0], depends_on=json.dumps([last])))
    assert failed(proof) == {claim["id"] for claim in proof.claims}
    counter = proof.counterexample.filter(pl.col("claim") == "well-formed").row(0, named=True)
    assert counter["expected"] == "dependencies have no cycle"


def test_a_wave_without_a_gate_at_its_end(tiny: Journey, plan: Plan) -> None:
    end = step_of(plan, "gate", name="end-of-wave")
    broken = replace(plan, steps=plan.steps.filter(pl.col("step_id") != end))
    assert failed(tiny.prove(broken)) == {"gates"}


def test_no_way_back(tiny: Journey, plan: Plan) -> None:
    assert failed(tiny.prove(edit(plan, step_of(plan, "cutover"), rollback=None))) == {"reversible"}
    assert failed(tiny.prove(edit(plan, step_of(plan, "unfreeze"), reversible=True))) == {"reversible"}
    assert failed(tiny.prove(edit(plan, step_of(plan, "copy"), reversible=False))) == {"reversible"}


def inserted(plan: Plan, step_id: str, action: str, kind: str, *, after: str, before: str, **item: object) -> Plan:
    """A plan with one more step of one item, after one and before another, which may be empty for none."""
    place = plan.steps.filter(pl.col("step_id") == after)
    row = place.with_columns(
        step_id=pl.lit(step_id),
        action=pl.lit(action, dtype=place.schema["action"]),
        object_kind=pl.lit(kind, dtype=place.schema["object_kind"]),
        depends_on=pl.lit(json.dumps([after])),
        reversible=pl.lit(True),
        rollback=pl.lit("undo it"),
        items_file=pl.lit("items.parquet"),
        **{name: pl.lit(json.dumps(state)) for name, state in zip(("before", "after"), DOES[action], strict=True)},
    )
    later = plan
    if before:
        waiting = json.loads(plan.steps.filter(pl.col("step_id") == before)["depends_on"][0])
        later = edit(plan, before, depends_on=json.dumps([*waiting, step_id]))
    at = plan.steps["step_id"].to_list().index(after) + 1
    steps = pl.concat([later.steps[:at], row, later.steps[at:]])
    steps = steps.with_columns(sequence=pl.int_range(steps.height, dtype=pl.Int64))
    return extra(replace(later, steps=steps), step_id, **item)


def source_grant(lake: Journey, plan: Plan, who: str, level: int) -> tuple[str, str, str]:
    """Step that freezes a container, the container, and who has such a role assignment on it."""
    grants = lake.access.class_grants.filter(
        route="assignment", lane="data", effect="allow", scope_kind="container", level=level
    ).join(lake.access.container_classes, on="class_id")
    frozen = plan.items.filter(of(plan, "freeze_source")).select("step_id", "container")
    chosen = grants.join(frozen, on="container").filter(pl.col("grantee_id").str.starts_with(who))
    return chosen.sort("container").select("step_id", "container", "grantee_id").row(0)


def test_reading_lost_during_the_write_window_is_a_loss(tiny: Journey, plan: Plan) -> None:
    freeze, container, group = source_grant(tiny, plan, "g-", 1)
    cutover = freeze.replace("freeze-sources", "cutover")
    broken = inserted(
        plan, "x", "revoke", "assignment", after=freeze, before=cutover, principal_id=group, container=container
    )
    proof = tiny.prove(broken)
    assert failed(proof) == {"no-loss", "grants-before-revokes"}
    counter = proof.counterexample.filter(pl.col("claim") == "no-loss").row(0, named=True)
    assert (counter["step_id"], counter["container"]) == ("x", container)
    assert (counter["expected"], counter["actual"]) == ("read", "none")


def test_a_role_taken_out_of_its_resource_group_is_a_loss(tiny: Journey, plan: Plan) -> None:
    # Those of a new group keep what they hold otherwise; who is in this old one holds it through the role alone.
    group, role = tiny.proposal.role_groups.filter(group_id="g-risk-r").select("group_id", "role_id").row(0)
    last = plan.steps["step_id"][-1]
    broken = inserted(plan, "x", "remove_member", "membership", after=last, before="", group=group, principal_id=role)
    proof = tiny.prove(broken)
    assert {"no-loss", "end-state"} <= failed(proof)
    counter = proof.counterexample.filter(pl.col("claim") == "no-loss").row(0, named=True)
    people = tiny.proposal.role_members.filter(pl.col("role_id") == role)["principal_id"]
    assert counter["step_id"] == "x"
    assert counter["principal_id"] in people


def test_writing_may_be_lost_during_the_write_window_and_at_no_other_time(tiny: Journey, plan: Plan) -> None:
    freeze, container, writer = source_grant(tiny, plan, "sp-adf", 3)
    item = {"principal_id": writer, "container": container}
    for after, before, claims in (
        (freeze, "cutover", set()),
        (
            freeze.replace("freeze-sources", "gate-before-cutover"),
            "freeze-sources",
            {"no-loss", "grants-before-revokes"},
        ),
    ):
        before = freeze.replace("freeze-sources", before)
        reading = inserted(plan, "x", "grant", "acl_entry", after=after, before=before, access="read", **item)
        broken = inserted(reading, "y", "revoke", "assignment", after="x", before=before, **item)
        assert failed(tiny.prove(broken)) == claims


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("copy", "freeze_source"),
        ("freeze_source", "copy_delta"),
        ("copy_delta", "cutover"),
        ("cutover", "unfreeze"),
        ("unfreeze", "delete_source"),
    ],
)
def test_the_steps_of_a_move_are_forced_into_their_order(tiny: Journey, plan: Plan, first: str, second: str) -> None:
    """`second` waits for what `first` waits for, and what came after both still does."""
    wave = pl.col("wave") == 4
    moving = plan.steps.filter(wave, pl.col("step_id").str.contains("-b-"))
    early, late = (moving.filter(pl.col("action") == action)["step_id"][0] for action in (first, second))
    before = moving.filter(pl.col("step_id") == early)["depends_on"][0]
    last = moving["step_id"][-1]
    loose = edit(edit(plan, late, depends_on=before), last, depends_on=json.dumps([moving["step_id"][-2], early]))
    waiting = [one for one in moving["step_id"] if one not in (early, late)]
    proof = tiny.prove(loose)
    assert waiting
    assert "one-writer" in failed(proof)
    counter = proof.counterexample.filter(pl.col("claim") == "one-writer").row(0, named=True)
    assert counter["step_id"] == late
    assert counter["expected"].endswith(f": {first} comes before {second}")


def test_a_delta_copied_before_the_freeze_is_caught_though_all_else_is_in_order(tiny: Journey, plan: Plan) -> None:
    delta, freeze = step_of(plan, "copy_delta"), step_of(plan, "freeze_source")
    gate = plan.steps.filter(pl.col("step_id") == freeze)["depends_on"][0]
    cutover = step_of(plan, "cutover")
    verified = plan.steps.filter(pl.col("step_id") == cutover)["depends_on"][0]
    early = edit(plan, delta, depends_on=gate)
    early = edit(early, cutover, depends_on=json.dumps([*json.loads(verified), freeze]))
    assert failed(tiny.prove(early)) == {"one-writer"}


def test_a_dataset_left_frozen(tiny: Journey, plan: Plan) -> None:
    container = plan.items.filter(of(plan, "unfreeze"))["container"][0]
    broken = without(plan, of(plan, "unfreeze") & (pl.col("container") == container))
    assert {"end-state", "one-writer"} <= failed(tiny.prove(broken))


def test_a_delta_that_is_not_verified(tiny: Journey, plan: Plan) -> None:
    step = step_of(plan, "verify_copy", name="verify-delta")
    container = plan.items.filter(pl.col("step_id") == step)["container"][0]
    broken = without(plan, (pl.col("step_id") == step) & (pl.col("container") == container))
    assert failed(tiny.prove(broken)) == {"one-writer"}


def test_a_source_deleted_before_its_cutover(tiny: Journey, plan: Plan) -> None:
    step = step_of(plan, "delete_source")
    gate = step_of(plan, "gate", name="before-cutover")
    assert {"no-loss", "one-writer"} <= failed(tiny.prove(edit(plan, step, depends_on=json.dumps([gate]))))


def test_too_many_entries_on_a_path(tiny: Journey, plan: Plan) -> None:
    step = step_of(plan, "grant", name="grant-acl-entry")
    rows = [
        {"step_id": step, "item": 1000 + n, "group": f"team-{n}", "container": "crm-raw-lead", "access": "read"}
        for n in range(30)
    ]
    broken = replace(plan, items=pl.concat([plan.items, conform(pl.DataFrame(rows), t.Items)]))
    assert "limits" in failed(tiny.prove(broken))


def test_access_that_no_fact_explains(tiny: Journey, plan: Plan) -> None:
    classes = tiny.access.class_access
    row = classes.filter(pl.col("principal_id") == "hal").head(1).with_columns(principal_id=pl.lit("stranger"))
    other = replace(tiny, access=replace(tiny.access, class_access=pl.concat([classes, row])))
    assert "facts-explain-access" in failed(other.prove(plan))
