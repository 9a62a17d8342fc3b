"""New access is what reviewers approved and nothing more: plans that go beyond it, fall short of it or lie about it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakezones.model.facts import FACTS
from lakezones.model.frames import Plan, conform
from lakezones.model.policies import Duty, SodPair
from lakezones.verify.approvals import Due, due
from lakezones.verify.outcome import outcome
from lakezones.verify.rulings import Rulings
from tests.plan.journeys import Journey
from tests.plan.staff import staff
from tests.plan.team import approve, decide, role, suggesting, team
from tests.verify.test_mutations import extra, failed, without

JOINING = ("s-dee-e2", "s-dee-e4")


@pytest.fixture(scope="module")
def lake() -> Journey:
    return team()


@pytest.fixture(scope="module")
def plan(lake: Journey) -> Plan:
    return lake.plan(approve(lake, *JOINING))


def counter(lake: Journey, plan: Plan, decisions: pl.DataFrame, claim: str) -> dict[str, str | None]:
    """The counterexample of a claim that fails."""
    found = lake.prove(plan, decisions).counterexample.filter(pl.col("claim") == claim)
    return found.row(0, named=True)


def due_of(lake: Journey, decisions: pl.DataFrame, sod: tuple[SodPair, ...] = ()) -> Due:
    """What is due by the proof's own reading."""
    reviewed = lake.reviewed(decisions, sod=sod)
    rulings = None if reviewed is None else Rulings(reviewed)
    ends = outcome(lake.access, lake.proposal, rulings)
    return due(lake.facts, lake.access, lake.proposal, rulings, ends, sod=sod)


def granted(approvals: pl.DataFrame) -> list[str]:
    """Suggestions that the target grants."""
    return approvals.filter(~pl.col("outcome").cast(pl.String).is_in(["not_granted", "lapsed"]))[
        "suggestion_id"
    ].to_list()


def step_of(plan: Plan, name: str) -> str:
    return plan.steps.filter(pl.col("step_id").str.ends_with(name))["step_id"][0]


def test_the_claim_says_what_is_due_and_what_is_not(lake: Journey) -> None:
    decisions = decide(lake, {"s-dee-e2": "approve", "s-dee-e4": "deny", "s-dee-e5": "defer"})
    proof = lake.prove(lake.plan(decisions), decisions)
    [claim] = [one for one in proof.claims if one["id"] == "approvals"]
    assert claim["checked"] == "1 approved suggestion; aside from 1 deferred, 1 denied"
    assert proof.holds


def test_one_cell_beyond_the_approvals_is_an_excess(lake: Journey, plan: Plan) -> None:
    broken = extra(plan, step_of(plan, "a-grant-acl-entry-read"), principal_id="dee", container="e5", access="read")
    decisions = approve(lake, *JOINING)
    assert {"no-excess", "end-state"} <= failed(lake.prove(broken, decisions))
    found = counter(lake, broken, decisions, "no-excess")
    assert (found["principal_id"], found["container"]) == ("dee", "e5")
    assert (found["expected"], found["actual"]) == ("none", "read at the source")


def test_a_role_that_gets_a_class_not_everybody_was_approved_for(lake: Journey) -> None:
    decisions = approve(lake, "s-cyd-e5")
    plan = lake.plan(decisions)
    e5 = lake.access.container_classes.filter(container="e5")["class_id"][0]
    group = lake.proposal.resource_groups.filter(class_id=e5)["group_id"][0]
    broken = extra(plan, step_of(plan, "a-nest-role-groups"), group=group, principal_id=role(lake))
    assert "no-excess" in failed(lake.prove(broken, decisions))
    assert counter(lake, broken, decisions, "no-excess")["principal_id"] == "eve"


def test_more_than_the_level_approved_is_an_excess(lake: Journey) -> None:
    writing = suggesting(lake, [(role(lake), "dee", "e4", "write")])
    decisions = approve(writing, "s-dee-e4-write")
    assert writing.prove(writing.plan(decisions), decisions).holds
    reading = suggesting(lake, [(role(lake), "dee", "e4", "read")])
    assert {"no-excess", "end-state"} <= failed(reading.prove(writing.plan(decisions), approve(reading, "s-dee-e4")))


def test_what_somebody_holds_already_does_not_stand_against_more(lake: Journey) -> None:
    writing = suggesting(lake, [(role(lake), "dee", "e1", "write")])
    decisions = approve(writing, "s-dee-e1-write")
    [found] = due_of(writing, decisions).cells
    assert found == "s-dee-e1-write"


@pytest.mark.parametrize(
    "verdicts",
    [
        {"s-dee-e2": "approve", "s-dee-e4": "deny"},
        {"s-dee-e2": "approve", "s-dee-e4": "defer"},
        {"s-dee-e2": "approve"},
        {},
    ],
    ids=["denied", "deferred", "undecided", "none"],
)
def test_a_plan_that_applies_what_was_not_approved(verdicts: dict[str, str], lake: Journey, plan: Plan) -> None:
    decisions = decide(lake, verdicts)
    assert {"no-excess", "end-state", "approvals"} <= failed(lake.prove(plan, decisions))
    found = counter(lake, plan, decisions, "no-excess")
    assert found["principal_id"] == "dee"
    assert found["step_id"]
    named = counter(lake, plan, decisions, "approvals")
    why = {"deny": "denied", "defer": "deferred"}.get(verdicts.get("s-dee-e4", ""), "nobody decided on it")
    assert (named["expected"], named["actual"]) in {
        ("s-dee-e4 is approved", why),
        ("s-dee-e2 is approved", "nobody decided on it"),
    }


def test_a_plan_made_for_decisions_proves_nothing_as_a_draft(lake: Journey, plan: Plan) -> None:
    assert {"no-excess", "end-state"} <= failed(lake.prove(plan))


def test_an_approval_that_is_not_granted_is_found(lake: Journey, plan: Plan) -> None:
    decisions = approve(lake, *JOINING)
    dropped = without(plan, pl.col("approval").is_not_null())
    assert {"approvals", "end-state"} <= failed(lake.prove(dropped, decisions))
    found = counter(lake, dropped, decisions, "approvals")
    assert found["principal_id"] == "dee"
    assert found["container"] in ("e2", "e4")
    assert str(found["expected"]).startswith("read, approved by s-dee-e")
    assert found["actual"] == "none"
    older = lake.plan(approve(lake, "s-dee-e2"))
    assert {"approvals", "end-state"} == failed(lake.prove(older, decisions))


def test_an_approval_granted_and_taken_again_is_found(lake: Journey) -> None:
    decisions = approve(lake, "s-dee-e4")
    plan = lake.plan(decisions)
    group = plan.approvals["group_id"][0]
    gate = step_of(plan, "a-gate-memberships")
    wave = int(gate[1:3])
    removing = plan.steps.filter(pl.col("action") == "revoke", pl.col("wave") == wave)["step_id"][0]
    steps = plan.steps.with_columns(
        action=pl.when(pl.col("step_id") == removing)
        .then(pl.lit("remove_member"))
        .otherwise(pl.col("action").cast(pl.String))
    ).cast({"action": plan.steps.schema["action"]})
    items = plan.items.filter(pl.col("step_id") != removing)
    broken = extra(replace(plan, steps=steps, items=items), removing, group=group, principal_id="dee")
    assert "approvals" in failed(lake.prove(broken, decisions))


LIES: dict[str, Callable[[str], str]] = {
    "another suggestion": lambda text: '["s-cyd-e5"]',
    "one that there is none of": lambda text: '["s-nobody"]',
    "one more": lambda text: json.dumps([*json.loads(text), "s-eve-e5"]),
    "no list": lambda text: "Eva said so",
    "an empty list": lambda text: "[]",
    "a list of numbers": lambda text: "[1]",
}


@pytest.mark.parametrize("name", LIES)
def test_a_step_that_names_an_approval_there_is_none_of(name: str, lake: Journey, plan: Plan) -> None:
    lie = LIES[name](plan.items["approval"].drop_nulls()[0])
    items = plan.items.with_columns(approval=pl.when(pl.col("approval").is_not_null()).then(pl.lit(lie)))
    proof = lake.prove(replace(plan, items=items), approve(lake, *JOINING))
    assert failed(proof) == {"approvals"}
    assert proof.counterexample["step_id"][0] == step_of(plan, "a-add-approved-members")


def test_duties_are_kept_apart_whatever_was_approved(lake: Journey) -> None:
    sod = (SodPair(name="books", left=Duty(containers=("e4",)), right=Duty(containers=("e5",))),)
    decisions = approve(lake, "s-cyd-e5")
    plan = lake.plan(decisions)
    assert "no-excess" in failed(lake.prove(plan, decisions, sod))
    assert due_of(lake, decisions, sod).others == {"s-cyd-e5": "that would bring duties together"}


SCOPE = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/lake"


def denying(lake: Journey, who: str, scope: str, **columns: object) -> Journey:
    """A lake with a deny assignment."""
    row = {"principal_id": who, "role": "x", "scope": SCOPE + scope, "effect": "deny", **columns}
    return replace(
        lake, facts=replace(lake.facts, role_assignments=conform(pl.DataFrame([row]), FACTS["role_assignments"]))
    )


def entered(lake: Journey, acl: str) -> Journey:
    """A lake with an ACL on e5."""
    row = {"container": "e5", "acl": acl, "path": "/"}
    return replace(lake, facts=replace(lake.facts, acls=conform(pl.DataFrame([row]), FACTS["acls"])))


def given_without_effect(lake: Journey) -> Journey:
    """A lake where a grant to dee on e4 gives dee nothing."""
    grants = lake.access.class_grants
    e4 = lake.access.container_classes.filter(container="e4")["class_id"][0]
    row = grants.filter(class_id=e4, grantee_id="ann").with_columns(grantee_id=pl.lit("dee"))
    assert row.height == 1
    return replace(lake, access=replace(lake.access, class_grants=pl.concat([grants, row])))


AGAINST: dict[str, Callable[[Journey], Journey]] = {
    "nothing": lambda lake: lake,
    "a deny on a container": lambda lake: denying(lake, "dee", "/blobServices/default/containers/E4"),
    "a deny on the account": lambda lake: denying(lake, "cyd", ""),
    "a deny to another": lambda lake: denying(lake, "eve", "/blobServices/default/containers/e4"),
    "an own entry": lambda lake: entered(lake, "user::rwx,user:cyd:---,group::r-x,default:user:dee:---"),
    "an own entry that reads": lambda lake: entered(lake, "user::rwx, user:cyd:r-x,user:dee:-wx,mask::rwx"),
    "an own entry that the mask empties": lambda lake: entered(lake, "user::rwx,user:cyd:r-x,mask::-wx"),
    "a deny that has ended": lambda lake: denying(lake, "dee", "", expires_at=lake.facts.as_of),
    "a deny that ends later": lambda lake: denying(
        lake, "dee", "/blobServices/default/containers/e5", expires_at=lake.facts.as_of + timedelta(microseconds=1)
    ),
    "a deny that is not active": lambda lake: denying(lake, "dee", "", state="eligible"),
    "an assignment that allows": lambda lake: denying(lake, "dee", "", effect="allow"),
    "a deny on another container": lambda lake: denying(lake, "dee", "/blobServices/default/containers/e9"),
    "a grant without effect": given_without_effect,
}
DENIED = {
    "an own entry that the mask empties": {"s-cyd-e5"},
    "a deny that ends later": {"s-dee-e5"},
    "a deny on a container": {"s-dee-e4"},
    "a deny on the account": {"s-cyd-e5"},
    "an own entry": {"s-cyd-e5"},
    "an own entry that reads": {"s-dee-e5"},
    "a grant without effect": {"s-dee-e4"},
}


@pytest.mark.parametrize("against", AGAINST)
def test_what_something_at_the_source_takes_away_is_not_granted(against: str) -> None:
    lake = AGAINST[against](team())
    ids = lake.proposal.suggestions["suggestion_id"].to_list()
    decisions = approve(lake, *ids)
    expected = set(ids) - DENIED.get(against, set())
    assert set(due_of(lake, decisions).cells) == expected
    planned = lake.target(decisions).approvals
    assert set(granted(planned)) == expected
    why = "a deny assignment, or an ACL entry of the person's own, stands against it"
    assert planned.filter(outcome="not_granted")["reason"].to_list() == [why] * len(DENIED.get(against, ()))


CELLS = [
    (person, container, access)
    for person, container in (("dee", "e2"), ("dee", "e4"), ("cyd", "e5"))
    for access in ("read", "write")
]


@pytest.mark.parametrize(("group", "denied"), [("g-Risk-0", True), ("g-Sales-0", False)])
def test_a_deny_to_a_group_stands_against_its_members(group: str, denied: bool) -> None:
    lake = denying(staff(), group, "/blobServices/default/containers/risk-2-1")
    lake = suggesting(lake, [(role(lake), "Risk0", "risk-2-0", "read")])
    decisions = approve(lake, *lake.proposal.suggestions["suggestion_id"])
    assert len(due_of(lake, decisions).cells) == (not denied)
    planned = lake.target(decisions).approvals
    assert len(granted(planned)) == (not denied)


SAID = st.lists(st.sampled_from(["approve", "approve", "deny", "defer", ""]), min_size=len(CELLS), max_size=len(CELLS))


@settings(max_examples=60, deadline=None)
@given(
    first=SAID,
    second=SAID,
    roles=st.sampled_from(["approve", "approve", "defer"]),
    stale=st.integers(0, 8),
    against=st.sampled_from(sorted(AGAINST)),
)
def test_plan_and_proof_agree_on_what_is_granted(
    first: list[str], second: list[str], roles: str, stale: int, against: str
) -> None:
    """The two read the same decisions by rules of their own; what one grants the other expects."""
    lake = suggesting(team(), [(role(team()), *cell) for cell in CELLS])
    lake = AGAINST[against](lake)
    ids = lake.proposal.suggestions["suggestion_id"].to_list()
    said = [
        {one: verdict for one, verdict in zip(ids, verdicts, strict=True) if verdict} for verdicts in (first, second)
    ]
    decisions = pl.concat([decide(lake, said[0]), decide(lake, said[1], reviewer="owner", roles=roles)])
    older = pl.col("object_id").is_in(ids[stale : stale + 1])
    decisions = decisions.with_columns(content_hash=pl.when(older).then(pl.lit("older")).otherwise("content_hash"))
    sod = (SodPair(name="books", left=Duty(containers=("e4",)), right=Duty(containers=("e2",), access="write")),)
    planned = lake.target(decisions, sod=sod).approvals
    expected = due_of(lake, decisions, sod)
    assert granted(planned) == sorted(expected.cells)
    assert not expected.cells.keys() & expected.others.keys()
