"""How a campaign goes, from what the page kept of what reviewers looked at; people only where the settings say so."""

from contextlib import closing
from pathlib import Path

import pytest

from lakezones.pipeline import Workspace
from lakezones.pipeline.campaigning import campaign_report, campaign_rows
from lakezones.store.pending import Pending
from tests.pipeline.reviewed import drafts, reviewed_lake

LOOKED = {"ivy": 60.0, "ben": 2.0}


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    lake, _ = reviewed_lake(tmp_path)
    ws = Workspace(lake)
    basis = ws.review_basis()
    ws.submit(drafts(basis, "approve", "eva"), source="w-3", basis=basis)
    with closing(Pending(lake)) as pending:
        for row in ws.in_force().iter_rows(named=True):
            if row["reviewer"] in LOOKED:
                item = (row["object_kind"], row["object_id"], row["content_hash"])
                pending.opened(row["reviewer"], *item)
                pending.stayed(row["reviewer"], *item, LOOKED[row["reviewer"]])
    return ws


def test_two_reviewers_on_the_page_are_too_few_to_measure_unless_it_is_switched_on(ws: Workspace) -> None:
    report = campaign_report(ws)
    assert report["quality"]["measures"] == []
    assert campaign_rows(report)["quality"][0][:2] == ("How closely it is looked at", "not shown")
    assert campaign_rows(report)["by_person"] == []
    assert report["canaries"] is None
    (ws.root / "lakezones.toml").write_text("[review.quality]\nby_person = true\n", "utf-8")
    report = campaign_report(Workspace(ws.root))
    rows = campaign_rows(report)
    assert report["quality"]["says"] == "Counted by person, as review.toml says."
    assert rows["by_person_columns"] == ["decisions", "time per item", "approved unopened", "approved in haste"]
    assert sorted(values[1] for _, values in rows["by_person"]) == ["1 min", "2 s"]


def test_the_report_is_the_status_and_more(ws: Workspace) -> None:
    report, status = campaign_report(ws), ws.review_status()
    assert {name: report[name] for name in status} == status
    assert report["sentence"].endswith(".")
    assert {row["standing"] for row in report["untouched"] if row["kind"] == "role"} == {"denied"}
