"""Decisions of a workspace whose log has seven columns a line and no records: they stand, lapse in part, and go on."""

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from lakezones.model.outputs import Outputs
from lakezones.pipeline import Workspace
from lakezones.review.decisions import Draft
from tests.journey import copy_of_golden_lake

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """The golden lake, reviewed before there were records: ivy approved all roles, then denied the first."""
    root = copy_of_golden_lake(tmp_path)
    ws = Workspace(root)
    roles = ws.read_proposal().roles.sort("role_id")
    said = [(role, seen, "approve", None) for role, seen in roles.select("role_id", "content_hash").iter_rows()]
    said.append((*said[0][:2], "deny", "too wide"))
    lines = [
        {
            "object_kind": "role",
            "object_id": role,
            "content_hash": seen,
            "decision": verdict,
            "reviewer": "ivy",
            "justification": why,
            "decided_at": AT.isoformat(),
            "file": "review.csv",
        }
        for role, seen, verdict, why in said
    ]
    frame = pl.DataFrame(lines[1:]).drop("file")
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    files = Outputs(frames={"decisions": frame}, csv={"decisions": frame}, texts={"audit.jsonl": text})
    ws.write_stage("review", files, inputs=[], started=AT, extra={"reviewed": ws.digest("proposal")})
    return root


def stands(ws: Workspace) -> list[str]:
    rows = ws.review_stand().standings.filter(object_kind="role", part_kind="").sort("object_id")
    return rows["standing"].cast(pl.String).to_list()


def test_what_was_decided_stands(lake: Path) -> None:
    ws = Workspace(lake)
    assert {one["kind"] for one in ws.read_records()} == {"carried"}
    assert stands(ws) == ["denied", *["approved"] * (ws.read_proposal().roles.height - 1)]
    assert set(ws.in_force()["reviewer"]) == {"ivy"}


def test_the_lines_stay_word_by_word_under_the_next_records(lake: Path) -> None:
    ws = Workspace(lake)
    before = ws.read_log().splitlines()
    basis = ws.review_basis()
    role, seen = basis.hashes.filter(object_kind="role").sort("object_id").select("object_id", "content_hash").row(0)
    draft = Draft(object_kind="role", object_id=role, content_hash=seen, decision="defer", reviewer="ivy")
    ws.submit([draft], source="w-1")
    records = ws.read_records()
    assert [one["line"] for one in records[: len(before)]] == before
    assert [one["kind"] for one in records[len(before) :]] == ["batch", "decision"]
    assert stands(ws)[0] == "deferred"
    assert ws.read_seen()["object_id"].n_unique() == ws.in_force()["object_id"].n_unique()


def test_what_they_were_made_on_is_kept_before_it_is_made_again(lake: Path) -> None:
    ws = Workspace(lake)
    assert ws.read_seen().is_empty()
    log = ws.read_log()
    ws.access()
    assert ws.read_seen()["object_id"].n_unique() == ws.in_force()["object_id"].n_unique()
    assert len(ws.read_records()) == len(log.splitlines())
    ws.propose()
    assert stands(ws) == ["denied", *["approved"] * (ws.read_proposal().roles.height - 1)]
