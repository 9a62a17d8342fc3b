"""What a plan looks like: waves, decisions, waits, determinism, settings."""

import json
import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lakezones.errors import InputError
from lakezones.model import tables as t
from lakezones.model.frames import Plan, frames_of
from lakezones.plan.groups import groups_above
from lakezones.plan.settings import PlanSettings
from lakezones.plan.steps import from_frame, to_frame
from tests import decided, golden
from tests.plan.journeys import Journey, golden_journey

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tiny() -> Journey:
    return golden_journey()


@pytest.fixture(scope="module")
def plan(tiny: Journey) -> Plan:
    return tiny.plan()


def decisions(tiny: Journey, roles: list[str], *, stale: bool = False) -> pl.DataFrame:
    """Approvals of some roles, as they are or of an older content."""
    rows = tiny.proposal.roles.filter(pl.col("role_id").is_in(roles)).select(
        pl.lit("role").alias("object_kind"),
        pl.col("role_id").alias("object_id"),
        (pl.lit("older") if stale else pl.col("content_hash")).alias("content_hash"),
        pl.lit("approve").alias("decision"),
        pl.lit("sec").alias("reviewer"),
        pl.lit(None, dtype=pl.String).alias("justification"),
        pl.lit(golden.AS_OF).alias("decided_at"),
    )
    return decided.decisions(rows)


def test_defaults_of_code_and_file_are_the_same() -> None:
    written = tomllib.loads((ROOT / "configs" / "plan.toml").read_text())
    assert PlanSettings(**written) == PlanSettings()
    assert set(written) == set(PlanSettings.model_fields)


def test_steps_survive_a_round_trip(plan: Plan) -> None:
    assert_frame_equal(to_frame(from_frame(plan.steps)), plan.steps)
    broken = plan.steps.with_columns(pl.lit("w01").alias("depends_on"))
    with pytest.raises(InputError, match="not a JSON array"):
        from_frame(broken)


def test_columns_actions_and_kinds_are_those_of_the_documentation(plan: Plan) -> None:
    text = " ".join((ROOT / "docs" / "workspace.md").read_text().split())
    for frame, file in ((plan.steps, "plan.csv"), (plan.items, "items.parquet")):
        assert f"| {file} | {', '.join(frame.columns)}" in text
    assert f"`action` is one of {', '.join(t.ACTIONS)}." in text
    assert f"`object_kind` of a grant or revoke is one of {', '.join(t.OBJECT_KINDS)}." in text


def test_steps_that_act_on_many_things_name_the_file_that_lists_them(plan: Plan) -> None:
    listed = plan.steps.filter(pl.col("step_id").is_in(plan.items["step_id"].unique().implode()))
    assert listed["items_file"].unique().to_list() == ["items.parquet"]
    others = plan.steps.filter(~pl.col("step_id").is_in(listed["step_id"].implode()))
    assert listed.height > 0
    assert others.height == others["items_file"].null_count() > 0


def test_same_input_in_another_row_order_gives_the_same_plan(tiny: Journey, plan: Plan) -> None:
    def shuffled(bundle: object) -> object:
        frames = {k: v.sample(fraction=1.0, shuffle=True, seed=3) for k, v in frames_of(bundle).items()}
        return replace(bundle, **frames)  # type: ignore[type-var]

    other = Journey(shuffled(tiny.facts), shuffled(tiny.access), shuffled(tiny.proposal)).plan()
    for name in ("steps", "items", "waves", "limits"):
        assert_frame_equal(getattr(other, name), getattr(plan, name))
    assert other.summary == plan.summary


def test_pilots_come_first_and_the_rest_waits_for_them(tiny: Journey) -> None:
    named = replace(tiny, proposal=replace(tiny.proposal, summary={"pilots": ["finance", "risk"]}))
    plan = named.plan()
    assert plan.waves["domain"].to_list()[:3] == [None, "finance", "risk"]
    assert plan.waves["pilot"].to_list() == [False, True, True] + [False] * (plan.waves.height - 3)
    third = plan.steps.filter(pl.col("wave") == 3)["depends_on"][0]
    assert "w02-b-gate-moved" in json.loads(third)
    assert named.prove(plan).holds


def test_without_named_pilots_the_smallest_domains_that_move(plan: Plan) -> None:
    assert plan.summary["pilots"] == ["people", "retail"]


def test_a_day_passes_between_membership_and_removal(plan: Plan) -> None:
    for wave in plan.waves["wave"]:
        steps = plan.steps.filter(pl.col("wave") == wave)
        added = steps.filter(pl.col("action") == "add_member")["earliest_start"].max()
        removed = steps.filter(pl.col("action").is_in(["remove_member", "revoke", "cutover"]))["earliest_start"].min()
        if added is not None and removed is not None:
            assert removed >= added + timedelta(days=1)


def test_draft_without_decisions(plan: Plan) -> None:
    assert plan.summary["status"] == "draft"


def test_only_approved_roles_are_planned_and_the_rest_stays_at_the_source(tiny: Journey) -> None:
    # The birthright's containers are open to the public and stay anyway.
    approved = tiny.proposal.roles.filter(layer="job")["role_id"].to_list()[:1]
    waiting = [role for role in tiny.proposal.roles["role_id"] if role not in approved]
    made = decisions(tiny, approved)
    plan = tiny.plan(made)
    assert plan.summary["status"] == "reviewed"
    groups = set(plan.items["group"].drop_nulls())
    assert set(approved) <= groups
    assert not groups & set(waiting)
    held = tiny.proposal.role_classes.filter(pl.col("role_id").is_in(waiting))["class_id"]
    stays = tiny.access.container_classes.filter(pl.col("class_id").is_in(held.implode()))["container"]
    moved = plan.items.join(plan.steps.filter(pl.col("action") == "cutover"), on="step_id", how="semi")["container"]
    assert not set(moved) & set(stays)
    assert set(moved)
    assert plan.summary["stays"]["a role that opens it is not approved"] > 0
    assert plan.summary["left_out"]["roles undecided"] == len(waiting)
    assert tiny.prove(plan, made).holds


def test_an_approval_of_another_content_approves_nothing(tiny: Journey) -> None:
    roles = tiny.proposal.roles["role_id"].to_list()
    made = decisions(tiny, roles, stale=True)
    plan = tiny.plan(made)
    assert not set(plan.items["group"].drop_nulls()) & set(roles)
    assert tiny.prove(plan, made).holds


def test_a_denial_beside_an_approval_approves_nothing(tiny: Journey) -> None:
    roles = tiny.proposal.roles["role_id"].to_list()
    yes = decisions(tiny, roles)
    no = yes.with_columns(
        pl.lit("deny").cast(yes.schema["decision"]).alias("decision"), pl.lit("owner").alias("reviewer")
    )
    plan = tiny.plan(pl.concat([yes, no]))
    assert not set(plan.items["group"].drop_nulls()) & set(roles)


def test_a_wider_grant_never_moves_or_goes(plan: Plan) -> None:
    assert "kim" not in set(plan.items["principal_id"].drop_nulls())


def test_service_principals_are_granted_at_the_target_and_lose_nothing(plan: Plan) -> None:
    rows = plan.items.filter(pl.col("principal_id") == "sp-adf").join(plan.steps, on="step_id")
    assert set(rows["action"].cast(pl.String)) == {"grant"}
    assert set(rows["path"].str.split("/").list.last()) == {"fin-std-ledger", "fin-std-invoice", "fin-std-account"}


def test_limits_are_counted_before_at_peak_and_after(plan: Plan) -> None:
    named = plan.limits.filter(limit="role_assignments_per_subscription").row(0, named=True)
    assert named["before"] == 18  # 19 of the capture less the eligible one
    assert named["before"] < named["peak"] <= named["allowed"]
    assert named["after"] == named["peak"] - 1  # gus's direct assignment
    assert set(plan.limits["limit"]) == {
        "role_assignments_per_subscription",
        "named_acl_entries_per_path",
        "groups_per_principal",
    }
    assert plan.limits["holds"].all()


def test_groups_above_in_a_cycle() -> None:
    edges = pl.DataFrame({"group_id": ["b", "a", "c"], "member_id": ["a", "b", "b"]})
    found = groups_above(edges, pl.Series(["a", "b", "c"])).sort("above").group_by("group_id").agg("above")
    assert dict(found.iter_rows()) == {"a": ["a", "b", "c"], "b": ["a", "b", "c"], "c": ["c"]}


@pytest.mark.parametrize("days", [0, 1, 30])
def test_nothing_starts_before_the_lead_time_is_over(tiny: Journey, days: int) -> None:
    made = tiny.plan(lead_days=days)
    assert made.steps["earliest_start"].min() == golden.AS_OF.date() + timedelta(days=days)


def test_only_what_follows_the_point_of_no_return_cannot_be_taken_back(plan: Plan) -> None:
    final = plan.steps.filter(~pl.col("reversible"))["action"].cast(pl.String)
    assert set(final) == {"unfreeze", "delete_source"}
