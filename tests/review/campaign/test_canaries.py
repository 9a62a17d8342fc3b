"""Canaries: wrong in one way, shown like others, and in no plan even where everybody approves everything."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from lakezones import api
from lakezones.model import tables as t
from lakezones.model.frames import frames_of
from lakezones.pipeline import Workspace
from lakezones.review.binding import content, hashes
from lakezones.review.campaign import Planted, noticed, plant, without
from lakezones.review.decisions import Draft
from lakezones.review.dossier import Known
from lakezones.review.dossier.defects import role_defects
from tests.journey import golden_lake
from tests.review.lake import POLICIES, lake


def known() -> Known:
    one = lake()
    return Known(one.facts, one.access, one.proposal, policies=POLICIES)


def planted(share: float = 0.1, seed: int = 0) -> Planted:
    return plant(known(), share=share, seed=seed)


@pytest.mark.parametrize("seed", range(6))
def test_each_canary_is_wrong_in_the_way_it_says_and_gives_nothing_new(seed: int) -> None:
    one, made = lake(), planted(0.1, seed)
    assert made.canaries
    held = one.access.data_lane
    shown = Known(one.facts, one.access, made.proposal, policies=POLICIES)
    for canary in made.canaries:
        assert canary.role_id not in set(one.proposal.roles["role_id"])
        kinds = {defect.kind for defect in role_defects(shown, canary.role_id)}
        assert canary.defect in kinds
        assert "new_access" not in kinds
        subjects = {subject for defect in role_defects(shown, canary.role_id) for subject in defect.subjects}
        assert canary.subject in subjects or canary.defect == "restricted"
        cells = made.proposal.role_members.filter(role_id=canary.role_id).join(
            made.proposal.role_classes.filter(role_id=canary.role_id), on="role_id"
        )
        both = cells.join(held.rename({"level": "today"}), on=["class_id", "principal_id"], how="left")
        assert both.filter((pl.col("level") & ~pl.col("today").fill_null(0)) > 0).is_empty()


def test_the_same_seed_plants_the_same_and_none_are_planted_unasked() -> None:
    assert planted(0.1, 3).canaries == planted(0.1, 3).canaries
    assert planted(0.0).proposal is lake().proposal
    assert len({planted(0.1, seed).canaries for seed in range(8)}) > 1


def test_what_is_shown_is_the_proposal_and_the_canaries_and_nothing_else_changes() -> None:
    made, real = planted(), lake().proposal
    ids = [one.role_id for one in made.canaries]
    for name, frame in frames_of(made.proposal).items():
        own = frame.filter(~pl.col("role_id").is_in(ids)) if "role_id" in frame.columns else frame
        before = frames_of(real)[name]
        keys = [column for column, dtype in before.schema.items() if not isinstance(dtype, pl.List)]
        assert own.sort(keys).equals(before.sort(keys)), name
    assert made.proposal.roles["name"].is_unique().all()


def test_a_target_refuses_canaries_that_everybody_approved() -> None:
    one, made = lake(), planted()
    seen = hashes(content(one.facts, one.access, made.proposal))
    rows = seen.filter(object_kind="role").select("object_kind", "object_id")
    standings = t.Standings.validate(
        rows.with_columns(
            part_kind=pl.lit(""),
            part_id=pl.lit(""),
            standing=pl.lit("approved"),
            verdict=pl.lit("approve"),
            option=pl.lit("proposed"),
            detail=pl.lit(None, pl.String),
            effective=pl.lit(None, pl.Date),
            reviewers=pl.lit(["olga"]),
            decided_at=pl.lit(datetime(2026, 10, 1, tzinfo=UTC)).cast(pl.Datetime("us", "UTC")),
            reason=pl.lit(None, pl.String),
        ).sort(t.Standings.primary_key()),
        cast=True,
    )
    ids = [canary.role_id for canary in made.canaries]
    for given in (standings, without(standings, ids)):
        target = api.target(one.facts, one.access, one.proposal, standings=given)
        assert target.roles.height == one.proposal.roles.height
        for name, frame in frames_of(target).items():
            text = frame.write_json() if name != "untouched" else ""
            assert not [one_id for one_id in ids if one_id in text], name


def test_with_canaries_on_and_all_approved_no_plan_contains_any(tmp_path: Path) -> None:
    root = Path(shutil.copytree(golden_lake(), tmp_path / "lake"))
    (root / "lakezones.toml").write_text("[review.quality]\ncanaries = 0.1\n", "utf-8")
    ws = Workspace(root)
    names = ws.facts_used().table("principals").filter(pl.col("enabled"), kind="user")["principal_id"].to_list()
    basis = ws.review_basis()
    ids = ws.canaries()
    assert ids
    assert ids <= set(basis.built.items["object_id"])
    assert ids.isdisjoint(basis.plannable.roles["role_id"])
    called = set(basis.proposal.roles.filter(pl.col("role_id").is_in(sorted(ids)))["name"])
    for who in names:
        drafts = [
            Draft(
                object_kind="role",
                object_id=row["object_id"],
                content_hash=row["content_hash"],
                decision="approve",
                option="proposed",
                reviewer=who,
                ticket=f"CHG-{who}",
            )
            for row in basis.built.items.filter(object_kind="role").iter_rows(named=True)
        ]
        ws.submit(drafts, source=f"workspace of {who}", basis=basis)
    decided = noticed(ws.in_force(), ids)
    assert decided["planted"] == decided["decided"] == decided["missed"] == len(ids)
    ws.plan(accept_asserted=True)
    assert ws.verify().holds
    ws.propose()
    ws.plan(accept_asserted=True)
    assert ws.verify().holds
    folders = ("target", "plan", "verify", "proposal")
    for path in [one for folder in folders for one in (root / folder).rglob("*") if one.is_file()]:
        text = pl.read_parquet(path).write_json() if path.suffix == ".parquet" else path.read_text("utf-8")
        assert not [word for word in (*ids, *called) if word in text], path
    stored = json.loads((root / ".review" / "canaries.json").read_text("utf-8"))
    assert {row["role_id"] for row in stored["canaries"]} == ids
    assert (root / ".review" / "canaries.json").stat().st_mode & 0o077 == 0


def test_who_objects_has_noticed() -> None:
    row = {"object_kind": "role", "part_kind": "", "content_hash": "h"}
    made = pl.DataFrame(
        [
            row | {"object_id": "c1", "decision": "approve"},
            row | {"object_id": "c1", "decision": "deny"},
            row | {"object_id": "c2", "decision": "approve"},
            row | {"object_id": "c3", "decision": "change", "part_kind": "member"},
            row | {"object_id": "real", "decision": "deny"},
        ]
    )
    assert noticed(made, {"c1", "c2", "c3", "c4"}) == {"planted": 4, "decided": 3, "noticed": 2, "missed": 1}
    assert without(made, {"c1", "c2", "c3"})["object_id"].to_list() == ["real"]


def test_planting_needs_a_role_of_several_people() -> None:
    one = lake()
    few = one.proposal.role_members.group_by("role_id").head(2).sort(pl.all())
    small = replace(one.proposal, role_members=t.RoleMembers.cast(few))
    made = plant(Known(one.facts, one.access, small, policies=POLICIES), share=0.1, seed=0)
    assert made.canaries == ()
    assert made.proposal is small
