"""Approved roles stay in the proposal as they are, whatever the miner would make of the lake now."""

from pathlib import Path

import polars as pl

from lakezones.model.frames import Proposal
from lakezones.pipeline import Workspace
from lakezones.review.decisions import Draft
from tests.journey import copy_of_golden_lake


def approve(ws: Workspace, *roles: str, decision: str = "approve") -> None:
    seen = dict(ws.review_basis().hashes.filter(object_kind="role").select("object_id", "content_hash").iter_rows())
    drafts = [
        Draft(
            object_kind="role",
            object_id=role,
            content_hash=seen[role],
            decision=decision,
            reviewer="ivy",
            justification="as agreed",
        )
        for role in roles
    ]
    assert ws.submit(drafts, source="w-1").rejected.is_empty()


def content(proposal: Proposal, role: str) -> tuple[list[str], list[tuple[str, int]]]:
    opened = proposal.role_classes.filter(role_id=role).select("class_id", "level").sort("class_id").rows()
    return proposal.role_members.filter(role_id=role)["principal_id"].sort().to_list(), opened


def test_approved_roles_survive_another_way_of_mining(tmp_path: Path) -> None:
    ws = Workspace(copy_of_golden_lake(tmp_path))
    first = ws.read_proposal()
    names = first.roles["role_id"].sort().to_list()
    approve(ws, *names[1:])
    approve(ws, names[0], decision="deny")
    for preset in ("exact", "balanced"):
        now = ws.propose(ws.settings(roles={"preset": preset}))
        assert {role: content(now, role) for role in names[1:]} == {role: content(first, role) for role in names[1:]}
        stands = ws.review_stand().standings.filter(object_kind="role", part_kind="")
        said = dict(stands.select("object_id", pl.col("standing").cast(pl.String)).iter_rows())
        assert {said[role] for role in names[1:]} <= {"approved", "waiting"}
        assert stands.filter(standing="lapsed", part_kind="").select("object_id").height <= 1


def test_the_same_settings_give_the_same_bytes(tmp_path: Path) -> None:
    root = copy_of_golden_lake(tmp_path)
    ws = Workspace(root)
    approve(ws, *ws.read_proposal().roles["role_id"])
    ws.propose()
    files = sorted((root / "proposal").glob("*.csv"))
    before = {path.name: path.read_bytes() for path in files}
    ws.propose()
    assert {path.name: path.read_bytes() for path in files} == before
