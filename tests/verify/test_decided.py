"""A plan that does what nobody approved fails, even where nobody gains or loses by it."""

import polars as pl
import pytest

from lakezones.model.frames import Plan
from tests.plan.journeys import Journey, golden_journey
from tests.plan.staff import staff
from tests.plan.test_approve import verdicts
from tests.verify.test_mutations import extra, failed


@pytest.fixture(scope="module")
def tiny() -> Journey:
    return golden_journey()


def test_a_draft_is_no_plan_for_a_review_that_denied_all(tiny: Journey) -> None:
    decisions = verdicts(tiny, dict.fromkeys(tiny.proposal.roles["role_id"], "deny"))
    proof = tiny.prove(tiny.plan(), decisions)
    assert failed(proof) == {"approvals"}
    assert "nobody approved it" in proof.counterexample["actual"][0]


def named(lake: Journey, plan: Plan, decisions: pl.DataFrame) -> set[str]:
    return set(lake.prove(plan, decisions).counterexample.filter(claim="approvals")["expected"])


def test_each_thing_that_nobody_approved_is_named() -> None:
    lake = staff()
    draft = lake.plan()
    roles = lake.proposal.roles["role_id"].sort().to_list()
    assert len(roles) > 1
    decisions = verdicts(lake, {roles[0]: "approve", **dict.fromkeys(roles[1:], "deny")})
    plan = lake.plan(decisions)
    assert lake.prove(plan, decisions).holds
    denied = lake.proposal.role_members.filter(role_id=roles[1])["principal_id"].sort()[0]
    step = {action: plan.steps.filter(action=action)["step_id"] for action in ("add_member", "remove_member")}
    items = draft.items.filter(principal_id=denied)
    for action, expected in (
        ("add_member", "the role is approved"),
        ("remove_member", "a role approved for the person replaces it"),
    ):
        ids = draft.steps.filter(action=action)["step_id"]
        row = items.filter(pl.col("step_id").is_in(ids.implode())).row(0, named=True)
        broken = extra(plan, step[action][0], group=row["group"], principal_id=denied)
        assert expected in named(lake, broken, decisions)
    closing = plan.steps.filter(action="close_entitlement")["step_id"]
    gone = set(draft.items["entitlement"].drop_nulls()) - set(plan.items["entitlement"].drop_nulls())
    broken = extra(plan, closing[0], entitlement=sorted(gone)[0])
    assert named(lake, broken, decisions) == {"every role that opens what it opens is approved"}
    [made] = plan.steps.filter(action="create_group")["step_id"].head(1)
    assert named(lake, extra(plan, made, group="rg-new", object_id="new"), decisions) == {"an approval needs it"}


def test_a_container_that_moves_unapproved_is_named(tiny: Journey) -> None:
    draft = tiny.plan()
    roles = tiny.proposal.roles.filter(layer="job")["role_id"].to_list()
    decisions = verdicts(tiny, {roles[0]: "approve"})
    plan = tiny.plan(decisions)
    moved = set(plan.items["container"].drop_nulls())
    moving = draft.steps.filter(action="delete_source")["step_id"]
    other = draft.items.filter(pl.col("step_id").is_in(moving.implode()), ~pl.col("container").is_in(list(moved)))
    container, path, target = other.select("container", "path", "target").row(0)
    [deleting] = plan.steps.filter(action="delete_source")["step_id"].head(1)
    broken = extra(plan, deleting, container=container, path=path, target=target)
    assert named(tiny, broken, decisions) == {"every role that opens it is approved, and one is"}
