"""Once there is a review, nothing is planned that nobody approved: it keeps its memberships, grants and place."""

from collections.abc import Callable
from functools import cache

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakezones.model.frames import Facts, Plan
from lakezones.plan.steps import MOVES
from tests import decided, golden
from tests.plan.journeys import Journey, golden_journey, journey
from tests.plan.staff import staff
from tests.plan.team import team

Change = Callable[[list[tuple[str, str | None]]], list[tuple[str, str | None]]]
LAKES = {"golden": golden_journey, "team": team, "staff": staff}
CHANGES = ("create_group", "add_member", "remove_member", "grant", "revoke", "close_entitlement", "cutover")


@cache
def lake_of(name: str) -> Journey:
    return LAKES[name]()


def verdicts(lake: Journey, said: dict[str, str], **columns: str) -> pl.DataFrame:
    """Decisions on roles."""
    rows = lake.proposal.roles.filter(pl.col("role_id").is_in(list(said))).select(
        object_kind=pl.lit("role"),
        object_id="role_id",
        content_hash=pl.lit(columns["content_hash"]) if "content_hash" in columns else pl.col("content_hash"),
        decision=pl.col("role_id").replace_strict(said, default=None, return_dtype=pl.String),
        reviewer=pl.lit("sec"),
        justification=pl.lit("no"),
        decided_at=pl.lit(golden.AS_OF),
    )
    return decided.decisions(rows)


def acting(plan: Plan) -> set[str]:
    """Actions of the plan that change anything."""
    return set(plan.steps["action"].cast(pl.String)) - {"gate", "verify_access"}


@pytest.mark.parametrize("name", LAKES)
@pytest.mark.parametrize(("verdict", "outcome"), [("deny", "denied"), ("defer", "deferred")])
def test_a_wholly_denied_review_plans_nothing(name: str, verdict: str, outcome: str) -> None:
    lake = lake_of(name)
    decisions = verdicts(lake, dict.fromkeys(lake.proposal.roles["role_id"], verdict))
    plan = lake.plan(decisions)
    assert acting(plan) == set()
    assert plan.items.is_empty()
    assert plan.summary["status"] == "reviewed"
    assert plan.summary["left_out"][f"roles {outcome}"] == lake.proposal.roles.height
    assert lake.prove(plan, decisions).holds
    assert acting(lake.plan()) >= {"create_group", "add_member"}


def test_a_review_all_of_which_has_lapsed_plans_nothing_and_says_so() -> None:
    lake = lake_of("golden")
    decisions = verdicts(lake, dict.fromkeys(lake.proposal.roles["role_id"], "approve"), content_hash="older")
    plan = lake.plan(decisions)
    assert plan.items.is_empty()
    assert plan.summary["left_out"]["roles changed since they were decided on"] == lake.proposal.roles.height


def test_a_draft_leaves_nothing_out() -> None:
    assert lake_of("golden").plan().summary["left_out"] == {}


@pytest.mark.parametrize("name", LAKES)
@given(data=st.data())
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_depends_on_a_role_not_approved_neither_moves_nor_goes(name: str, data: st.DataObject) -> None:
    lake = lake_of(name)
    choices = ["approve", "deny", "defer", None]
    said = {
        role: word for role in lake.proposal.roles["role_id"].sort() if (word := data.draw(st.sampled_from(choices)))
    }
    if not said:
        return
    decisions = verdicts(lake, said)
    plan = lake.plan(decisions)
    approved = {role for role, word in said.items() if word == "approve"}
    rows = plan.items.join(plan.steps.select("step_id", pl.col("action").cast(pl.String)), on="step_id")
    others = set(lake.proposal.roles["role_id"]) - approved
    assert not others & (set(rows["group"].drop_nulls()) | set(rows["principal_id"].drop_nulls()))
    content = lake.proposal.role_classes
    waiting = set(content.filter(pl.col("role_id").is_in(list(others)))["class_id"])
    may = set(content.filter(pl.col("role_id").is_in(list(approved)))["class_id"]) - waiting
    classes = dict(lake.access.container_classes.select("container", "class_id").iter_rows())
    moved = rows.filter(pl.col("action").is_in(sorted(MOVES)))["container"]
    assert {classes[container] for container in moved} <= may
    members = set(lake.proposal.role_members.filter(pl.col("role_id").is_in(list(approved)))["principal_id"])
    assert set(rows.filter(pl.col("action").is_in(["remove_member", "revoke"]))["principal_id"]) <= members
    stays = plan.summary["stays"]
    migrating = lake.proposal.layout.filter(
        pl.col("disposition") == "migrate", pl.col("target_container").is_not_null()
    )
    assert sum(stays.values()) + rows.filter(action="cutover").height == migrating.height
    assert lake.prove(plan, decisions).holds


@pytest.mark.parametrize(
    ("change", "grows"),
    [
        (lambda rows: rows, False),
        (lambda rows: [*rows, ("e6", None)], True),
        (lambda rows: [(name, '{"sensitivity": "pii"}' if name == "e1" else said) for name, said in rows], True),
        (lambda rows: [(name, '{"sensitivity": "Internal"}' if name == "e1" else said) for name, said in rows], True),
        (lambda rows: rows[::-1], False),
    ],
    ids=["as before", "a container more", "restricted now", "another word", "another order"],
)
def test_an_approval_lapses_when_the_role_grew(change: Change, grows: bool) -> None:
    rows = [(f"e{n}", None) for n in range(1, 6)]
    before, after = lake_with(rows), lake_with(change(rows))
    assert before.proposal.roles["role_id"].to_list() == after.proposal.roles["role_id"].to_list()
    plan = after.plan(verdicts(before, dict.fromkeys(before.proposal.roles["role_id"], "approve")))
    left = {"roles changed since they were decided on": before.proposal.roles.height} if grows else {}
    assert plan.summary["left_out"] == left
    assert plan.items.is_empty() == grows
    assert after.proposal.roles.height > 0


def lake_with(rows: list[tuple[str, str | None]]) -> Journey:
    """Four people who hold all of these containers under one entitlement; containers with their metadata."""
    containers = pl.DataFrame(rows, schema={"container": pl.String, "metadata": pl.String}, orient="row")
    people = pl.DataFrame({"principal_id": ["ann", "bob", "cyd", "dee"]})
    grants = people.join(containers.select("container"), how="cross").with_columns(entitlement=pl.lit("CRM"))
    facts = Facts.of({"grants": grants, "containers": containers}, as_of=golden.AS_OF)
    zones = containers.select("container", zone=pl.lit("raw"), domain=pl.lit("crm"))
    return journey(facts, zones, min_members=2)
