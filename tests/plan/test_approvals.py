"""What approved suggestions become in a plan: exactly the approved cells, by the shortest of three ways."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from lakezones.demo.firm.generate import generate
from lakezones.demo.firm.settings import FirmSettings
from lakezones.model.frames import Plan, frames_of
from lakezones.model.levels import NAMES, level_bits
from lakezones.model.policies import Duty, SodPair
from tests.plan.journeys import Journey, golden_journey, journey
from tests.plan.staff import staff
from tests.plan.team import approve, decide, role, suggesting, team
from tests.plan.test_replay import replayed

NEW = {"s-cyd-e5": ["e5"], "s-dee-e2": ["e2", "e3"], "s-dee-e4": ["e4"], "s-dee-e5": ["e5"], "s-eve-e5": ["e5"]}
"""Containers that each suggestion opens."""


def given_new(lake: Journey, plan: Plan) -> dict[tuple[str, str], int]:
    """What the plan says it grants, as (person, container) to level."""
    rows = plan.approvals.filter(~pl.col("outcome").cast(pl.String).is_in(["not_granted", "lapsed"]))
    return lake.expand(rows.with_columns(level=level_bits(pl.col("access").cast(pl.String))))


def outcomes(plan: Plan) -> dict[str, str]:
    return dict(plan.approvals.select("suggestion_id", pl.col("outcome").cast(pl.String)).iter_rows())


def reasons(plan: Plan) -> dict[str, str]:
    return dict(plan.approvals.select("suggestion_id", "reason").iter_rows())


def members(plan: Plan, group: str) -> set[str]:
    """Who the plan makes a member of a group."""
    return set(plan.items.filter(pl.col("group") == group).drop_nulls("principal_id")["principal_id"])


def ends_with(lake: Journey, plan: Plan, decisions: pl.DataFrame, folder: Path, *granted: str) -> None:
    """The plan holds and gives what it gave before, and these suggestions, and nothing else."""
    before, after = replayed(lake, plan, folder)
    new = {(one.split("-")[1], container): 1 for one in granted for container in NEW[one]}
    assert before == lake.effective()
    assert after == before | new
    assert lake.prove(plan, decisions).holds


@pytest.mark.parametrize(
    ("approved", "expected"),
    [
        (["s-dee-e2", "s-dee-e4"], {"s-dee-e2": "joins_role", "s-dee-e4": "joins_role"}),
        (["s-dee-e4"], {"s-dee-e4": "exception"}),
        (["s-cyd-e5", "s-eve-e5"], {"s-cyd-e5": "completes_role", "s-eve-e5": "completes_role"}),
        (["s-cyd-e5"], {"s-cyd-e5": "exception"}),
        (["s-dee-e5"], {"s-dee-e5": "exception"}),
        # dee joins, and then the role cannot have what dee was not given.
        (
            ["s-dee-e2", "s-dee-e4", "s-cyd-e5", "s-eve-e5"],
            {
                "s-dee-e2": "joins_role",
                "s-dee-e4": "joins_role",
                "s-cyd-e5": "exception",
                "s-eve-e5": "exception",
            },
        ),
        (
            list(NEW),
            {
                "s-dee-e2": "joins_role",
                "s-dee-e4": "joins_role",
                "s-dee-e5": "joins_role",
                "s-cyd-e5": "completes_role",
                "s-eve-e5": "completes_role",
            },
        ),
    ],
)
def test_each_approved_cell_is_granted_and_no_other(
    approved: list[str], expected: dict[str, str], tmp_path: Path
) -> None:
    lake = team()
    decisions = approve(lake, *approved)
    plan = lake.plan(decisions)
    assert outcomes(plan) == expected
    assert plan.summary["approvals"] == {
        outcome: list(expected.values()).count(outcome) for outcome in sorted(set(expected.values()))
    }
    assert plan.approvals["step_id"].null_count() == 0
    ends_with(lake, plan, decisions, tmp_path, *approved)


@pytest.mark.parametrize(
    ("approved", "expected"),
    [
        (
            ["s-dee-e2", "s-dee-e4"],
            {
                "s-dee-e2": "the person holds, or is approved for, all of the role: 3 classes",
                "s-dee-e4": "the person holds, or is approved for, all of the role: 3 classes",
            },
        ),
        (["s-dee-e4"], {"s-dee-e4": "the person has no approval for 1 of 3 classes of the role, so does not join"}),
        (["s-dee-e5"], {"s-dee-e5": "the person has no approval for 2 of 3 classes of the role, so does not join"}),
        (["s-cyd-e5"], {"s-cyd-e5": "1 person in the role would get it without an approval, so the role does not"}),
        (
            ["s-cyd-e5", "s-eve-e5"],
            {
                "s-cyd-e5": "all 4 people then in the role hold it or are approved for it",
                "s-eve-e5": "all 4 people then in the role hold it or are approved for it",
            },
        ),
    ],
)
def test_the_reason_says_why_this_way(approved: list[str], expected: dict[str, str]) -> None:
    lake = team()
    assert reasons(lake.plan(approve(lake, *approved))) == expected


def test_a_whole_role_leaves_nothing_beside_it(tmp_path: Path) -> None:
    lake = team()
    plan = lake.plan(approve(lake, *NEW))
    assert members(plan, role(lake)) == {"ann", "bob", "cyd", "dee", "eve"}
    _, after = replayed(lake, plan, tmp_path)
    assert len(after) == 25
    # No exception is left, and every direct grant has gone.
    joined = plan.items.join(plan.steps.filter(pl.col("action") == "add_member"), on="step_id", how="semi")
    assert set(joined["group"]) == {role(lake), *lake.proposal.resource_groups["group_id"]}
    assert joined.filter(pl.col("group") != role(lake))["principal_id"].unique().to_list() == [role(lake)]
    gone = plan.items.join(plan.steps.filter(pl.col("action") == "revoke"), on="step_id", how="semi")
    everywhere = {
        (person, name) for person, name in lake.facts.table("grants").select("principal_id", "entitlement").rows()
    }
    assert set(gone.select("principal_id", "entitlement").rows()) == everywhere


def test_who_approved_what_can_be_followed_from_the_step_and_back() -> None:
    lake = team()
    decisions = pl.concat([approve(lake, *NEW), decide(lake, {"s-cyd-e5": "approve"}, reviewer="owner")])
    plan = lake.plan(decisions)
    steps = plan.steps.filter(pl.col("step_id").str.contains("approved"))
    assert {json.loads(after)["member"] for after in steps["after"]} == {True}
    nest = steps.filter(pl.col("step_id").str.ends_with("nest-approved"))
    assert json.loads(nest["after"][0])["approved_by"] == ["owner", "sec"]
    items = plan.items.drop_nulls("approval")
    assert set(items["step_id"]) == set(steps["step_id"])
    named = {one for text in items["approval"] for one in json.loads(text)}
    assert named == set(NEW)
    row = plan.approvals.filter(suggestion_id="s-cyd-e5").row(0, named=True)
    assert row["approved_by"] == "owner, sec"
    assert row["approved_at"] == decisions["decided_at"][0]
    item = items.filter(step_id=row["step_id"], group=row["group_id"], principal_id=row["member_id"])
    assert "s-cyd-e5" in json.loads(item["approval"][0])


@pytest.mark.parametrize(
    ("verdicts", "roles", "why"),
    [
        ({"s-dee-e2": "deny"}, "approve", {"s-dee-e2": "denied by owner"}),
        ({"s-dee-e2": "defer"}, "approve", {"s-dee-e2": "deferred by owner"}),
        ({}, "deny", dict.fromkeys(["s-dee-e2", "s-dee-e4"], "the role it completes is not approved")),
    ],
)
def test_another_reviewer_is_heard(verdicts: dict[str, str], roles: str, why: dict[str, str], tmp_path: Path) -> None:
    lake = team()
    owner = decide(lake, verdicts, reviewer="owner", roles=roles)
    decisions = pl.concat([approve(lake, "s-dee-e2", "s-dee-e4"), owner])
    plan = lake.plan(decisions)
    left = lake.target(decisions).untouched.filter(pl.col("object_id").is_in(list(why)))
    assert dict(left.select("object_id", "reason").iter_rows()) == why
    granted = plan.approvals.filter(~pl.col("outcome").cast(pl.String).is_in(["not_granted"]))
    assert set(granted["suggestion_id"]) == {"s-dee-e2", "s-dee-e4"} - set(why)
    assert plan.approvals.filter(outcome="not_granted")["step_id"].null_count() == len(plan.approvals) - len(granted)
    ends_with(lake, plan, decisions, tmp_path, *({"s-dee-e2", "s-dee-e4"} - set(why)))


def test_a_denial_of_the_same_access_counts_in_whatever_row_it_is(tmp_path: Path) -> None:
    one = role(team())
    lake = suggesting(
        team(),
        [
            (one, "dee", "e2", "read"),
            (one, "dee", "e2", "write"),
            (one, "cyd", "e5", "read"),
            (one, "cyd", "e5", "write"),
        ],
    )
    decisions = decide(
        lake, {"s-dee-e2": "approve", "s-dee-e2-write": "deny", "s-cyd-e5": "deny", "s-cyd-e5-write": "approve"}
    )
    plan = lake.plan(decisions)
    # Denying write says nothing of reading; denying reading leaves nothing to write on.
    assert outcomes(plan) == {"s-cyd-e5-write": "not_granted", "s-dee-e2": "exception"}
    assert reasons(plan)["s-cyd-e5-write"] == "the same access is denied to the person in s-cyd-e5"
    ends_with(lake, plan, decisions, tmp_path, "s-dee-e2")


def test_an_approval_of_what_has_changed_grants_nothing(tmp_path: Path) -> None:
    lake = team()
    decisions = approve(lake, "s-dee-e2", "s-dee-e4")
    older = decisions.with_columns(
        content_hash=pl.when(pl.col("object_id") == "s-dee-e2").then(pl.lit("older")).otherwise("content_hash")
    )
    plan = lake.plan(older)
    assert outcomes(plan) == {"s-dee-e2": "lapsed", "s-dee-e4": "exception"}
    assert "has changed since it was approved" in reasons(plan)["s-dee-e2"]
    ends_with(lake, plan, older, tmp_path, "s-dee-e4")
    # Approved once more as it is now, it counts.
    both = pl.concat([older, decisions.filter(object_id="s-dee-e2")])
    assert set(outcomes(lake.plan(both)).values()) == {"joins_role"}


def test_a_container_that_comes_to_stand_under_the_same_grants_was_not_approved() -> None:
    lake = team()
    decisions = approve(lake, "s-dee-e2")
    classes = lake.access.container_classes
    grown = pl.concat([classes, classes.filter(container="e2").with_columns(container=pl.lit("e6"))])
    zones = pl.concat([lake.proposal.zones, lake.proposal.zones.head(1).with_columns(container=pl.lit("e6"))])
    other = replace(
        lake, access=replace(lake.access, container_classes=grown), proposal=replace(lake.proposal, zones=zones)
    )
    assert outcomes(other.plan(decisions)) == {"s-dee-e2": "lapsed"}


def test_what_is_no_longer_suggested_is_not_granted() -> None:
    lake = team()
    decisions = approve(lake, "s-dee-e2")
    plan = suggesting(lake, []).plan(decisions)
    row = plan.approvals.row(0, named=True)
    assert (row["outcome"], row["principal_id"], row["role"]) == ("lapsed", None, None)
    assert row["reason"].startswith("it is no longer suggested")


def test_duties_that_stay_apart_never_meet_by_approvals(tmp_path: Path) -> None:
    lake = team()
    sod = (SodPair(name="books", left=Duty(containers=("e4",)), right=Duty(entitlements=("MART",))),)
    decisions = approve(lake, *NEW)
    plan = lake.plan(decisions, sod=sod)
    # cyd and eve hold one side and dee neither: nobody gets what would bring the two together.
    assert {one for one, outcome in outcomes(plan).items() if outcome == "not_granted"} == {
        "s-cyd-e5",
        "s-dee-e4",
        "s-dee-e5",
        "s-eve-e5",
    }
    assert "stay apart: books" in reasons(plan)["s-dee-e4"]
    before, after = replayed(lake, plan, tmp_path)
    assert after == before | {("dee", "e2"): 1, ("dee", "e3"): 1}
    assert lake.prove(plan, decisions, sod).holds
    assert not lake.prove(lake.plan(decisions), decisions, sod).holds


def test_a_drop_that_nobody_decided_on_is_held(tmp_path: Path) -> None:
    lake = team()
    dee = pl.col("principal_id") == "dee"
    residual = lake.proposal.residual_classes.with_columns(
        kind=pl.when(dee).then(pl.lit("drop")).otherwise("kind"),
        disposition=pl.when(dee).then(pl.lit("drop_unused")).otherwise("disposition"),
        group_id=pl.when(dee).then(None).otherwise("group_id"),
    )
    lake = replace(lake, proposal=replace(lake.proposal, residual_classes=residual))
    decisions = approve(lake, "s-dee-e2", "s-dee-e4")
    plan = lake.plan(decisions)
    # Nobody decided on the drop, so that dee keeps e1 and has all that the role opens.
    assert outcomes(plan) == {"s-dee-e2": "joins_role", "s-dee-e4": "joins_role"}
    before, after = replayed(lake, plan, tmp_path)
    assert set(before) - set(after) == set()
    assert set(after) - set(before) == {("dee", "e2"), ("dee", "e3"), ("dee", "e4")}
    assert lake.prove(plan, decisions).holds


def test_without_an_approval_the_plan_is_the_same_byte_for_byte() -> None:
    lake = team()
    plain = suggesting(lake, []).plan(approve(suggesting(lake, [])))
    denied = lake.plan(decide(lake, {"s-dee-e2": "deny", "s-dee-e4": "defer", "s-cyd-e5": "deny"}))
    for name, frame in frames_of(plain).items():
        assert_frame_equal(getattr(denied, name), frame)
    assert denied.summary == plain.summary
    draft, bare = lake.plan(), suggesting(lake, []).plan()
    for name, frame in frames_of(bare).items():
        assert_frame_equal(getattr(draft, name), frame)


@cache
def golden() -> Journey:
    return golden_journey()


@st.composite
def reviews(draw: st.DrawFn) -> tuple[Journey, dict[str, str]]:
    """The golden lake with suggestions at random, sensible or not, and what a reviewer says on some of them."""
    lake = golden()
    held = lake.effective()
    classes = lake.access.container_classes.group_by("class_id").agg(pl.col("container").min())["container"].sort()
    rows = st.tuples(
        st.sampled_from(lake.proposal.roles["role_id"].sort().to_list()),
        st.sampled_from(lake.proposal.role_members["principal_id"].unique().sort().to_list()),
        st.sampled_from(classes.to_list()),
        st.sampled_from(sorted(NAMES)),
    )
    chosen = draw(st.lists(rows, min_size=1, max_size=12, unique_by=lambda row: row[1:]))
    lake = suggesting(lake, [row for row in chosen if NAMES[row[3]] & ~held.get((row[1], row[2]), 0)])
    ids = lake.proposal.suggestions["suggestion_id"].to_list()
    said = draw(
        st.lists(st.sampled_from(["approve", "approve", "deny", "defer", ""]), min_size=len(ids), max_size=len(ids))
    )
    return lake, {one: verdict for one, verdict in zip(ids, said, strict=True) if verdict}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(review=reviews(), data=st.data())
def test_whatever_is_approved_is_given_exactly_and_more_takes_nothing_away(
    review: tuple[Journey, dict[str, str]], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lake, verdicts = review
    approved = sorted(one for one, verdict in verdicts.items() if verdict == "approve")
    fewer = verdicts.keys() - set(data.draw(st.lists(st.sampled_from(approved), unique=True)) if approved else [])
    ends = []
    for ids in (fewer, verdicts.keys()):
        decisions = decide(lake, {one: verdicts[one] for one in sorted(ids)})
        plan = lake.plan(decisions)
        proof = lake.prove(plan, decisions)
        assert proof.holds, proof.counterexample
        assert set(plan.approvals["suggestion_id"]) == ids & set(approved)
        before, after = replayed(lake, plan, tmp_path_factory.mktemp("plan"))
        new = given_new(lake, plan)
        assert after == {pair: before.get(pair, 0) | new.get(pair, 0) for pair in before | new}
        ends.append(after)
    assert all(level & ~ends[1].get(pair, 0) == 0 for pair, level in ends[0].items())


@pytest.mark.parametrize(
    ("boxes", "groups"),
    [(["risk-3-0"], {"g-Risk-3"}), (["risk-2-0", "risk-2-1"], {"g-Risk-2"}), (["risk-2-1"], {"lake-prd"})],
    ids=["an entitlement", "an entitlement of two classes", "half of it"],
)
def test_an_exception_is_a_membership_of_the_entitlements_group_where_all_it_opens_is_approved(
    boxes: list[str], groups: set[str], tmp_path: Path
) -> None:
    lake = staff(sue=True)
    other = lake.proposal.role_members.filter(principal_id="Risk2")["role_id"].sort()[0]
    lake = suggesting(lake, [(other, "Sales0", box, "read") for box in boxes])
    decisions = approve(lake, *lake.proposal.suggestions["suggestion_id"])
    plan = lake.plan(decisions)
    assert set(outcomes(plan).values()) == {"exception"}
    made = plan.items.join(plan.steps.filter(pl.col("action") == "create_group"), on="step_id", how="semi")
    names = dict(made.select("group", "object_id").iter_rows())
    assert {names.get(group, group)[:8] for group in plan.approvals["group_id"]} == groups
    before, after = replayed(lake, plan, tmp_path)
    assert after == before | given_new(lake, plan)
    assert len(after) > len(before)
    assert lake.prove(plan, decisions).holds


def test_a_role_is_nested_in_the_entitlements_group_that_completes_it(tmp_path: Path) -> None:
    lake = staff()
    sales = lake.proposal.role_members.filter(principal_id="Sales2")["role_id"].sort()[0]
    people = lake.proposal.role_members.filter(role_id=sales)["principal_id"].sort().to_list()
    lake = suggesting(lake, [(sales, person, "risk-3-0", "read") for person in people])
    decisions = approve(lake, *lake.proposal.suggestions["suggestion_id"])
    plan = lake.plan(decisions)
    assert plan.approvals["outcome"].unique().to_list() == ["completes_role"]
    assert plan.approvals.select("group_id", "member_id").unique().rows() == [("g-Risk-3", sales)]
    assert plan.approvals["person"].sort().to_list() == [f"{person} Doe" for person in people]
    before, after = replayed(lake, plan, tmp_path)
    assert after == before | given_new(lake, plan)
    assert len(after) == len(before) + 3 * len(people)
    assert lake.prove(plan, decisions).holds


FIRM = FirmSettings(seed=8, people=30, containers=200, domains=5, teams=6, systems=12, entitlements=20)


def test_suggestions_of_a_generated_lake(tmp_path: Path) -> None:
    firm = generate(FIRM)
    lake = journey(firm.snapshot(), firm.truth["zones"], suggest=True)
    ids = lake.proposal.suggestions["suggestion_id"].to_list()
    assert ids
    decisions = approve(lake, *ids)
    plan = lake.plan(decisions)
    refused = plan.approvals.filter(outcome="not_granted")
    assert refused.height < len(ids)
    assert all("stands against it" in reason for reason in refused["reason"])  # the generator plants denies
    before, after = replayed(lake, plan, tmp_path)
    new = given_new(lake, plan)
    assert after == {pair: before.get(pair, 0) | new.get(pair, 0) for pair in before | new}
    assert lake.prove(plan, decisions).holds
