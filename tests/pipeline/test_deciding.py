"""Drafts become records and decisions in force, records are taken back, and what was seen is kept."""

from pathlib import Path

import pytest

from lakezones.errors import InputError, StaleInputError
from lakezones.pipeline import Workspace
from lakezones.review.decisions import Draft
from lakezones.review.log import Checkpoint, read, verify
from tests.journey import copy_of_golden_lake
from tests.pipeline.reviewed import drafts


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return copy_of_golden_lake(tmp_path)


def test_a_submission_is_recorded_with_what_was_seen(lake: Path) -> None:
    ws = Workspace(lake)
    basis = ws.review_basis()
    made = drafts(basis)
    done = ws.submit(made, source="w-1", basis=basis, ticket="CHG-1", comment="all of them")
    assert done.rejected.height == 0
    assert [one["kind"] for one in done.recorded.records] == ["batch"] + ["decision"] * len(made)
    assert {one["ticket"] for one in done.recorded.records} == {"CHG-1"}
    decisions = ws.in_force()
    assert decisions.height == len(made)
    assert decisions.equals(ws.read_decisions())
    assert set(ws.read_seen()["object_id"]) == set(decisions["object_id"])
    assert verify(ws.read_log(), Checkpoint.parse(done.recorded.checkpoint)).holds
    again = ws.submit(made, source="w-1", ticket="CHG-1")
    assert (again.recorded.records, again.unchanged) == ([], len(made))
    assert again.recorded.checkpoint == done.recorded.checkpoint


def test_what_does_not_fit_is_rejected_and_the_rest_taken(lake: Path) -> None:
    ws = Workspace(lake)
    basis = ws.review_basis()
    good, *_ = drafts(basis)
    bad = Draft(object_kind="role", object_id="nobody", content_hash="x", decision="deny", reviewer="ivy", line=7)
    done = ws.submit([good, bad], source="w-1", basis=basis, file="sheet.csv")
    assert done.rejected.select("file", "line").rows() == [("sheet.csv", 7)]
    assert len(done.recorded.records) == 2
    assert "nobody" in (lake / "review" / "rejected.csv").read_text("utf-8")


def test_a_decision_is_taken_back_by_a_record_that_names_it(lake: Path) -> None:
    ws = Workspace(lake)
    basis = ws.review_basis()
    done = ws.submit(drafts(basis)[:1], source="w-1", basis=basis)
    named = done.recorded.records[-1]["record_id"]
    reviewer = done.recorded.records[-1]["reviewer"]
    ws.withdraw(named, reviewer=reviewer, source="w-1", justification="too soon")
    assert ws.in_force().height == 0
    assert ws.read_decisions() is not None
    assert [one["kind"] for one in read(ws.read_log())] == ["batch", "decision", "withdrawal"]
    assert ws.read_seen().height, "what was seen is kept"
    with pytest.raises(InputError, match="withdrawn already"):
        ws.withdraw(named, reviewer=reviewer, source="w-1")


def test_a_proposal_that_was_made_again_is_looked_at_again(lake: Path) -> None:
    ws = Workspace(lake)
    basis = ws.review_basis()
    manifest = lake / "proposal" / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"outputs": {', '"outputs": {"new.csv": "00",'), "utf-8")
    with pytest.raises(StaleInputError, match="made again since it was looked at"):
        ws.submit(drafts(basis), source="w-1", basis=basis)
    assert not ws.has("review")
