"""The sheet: roles, riskiest first, each followed by its suggestions, which say what an approval opens to whom."""

from datetime import UTC, datetime

import polars as pl
import pytest

from lakezones import review
from lakezones.model.suggestions import described
from lakezones.pipeline import Workspace
from tests.journey import golden_lake
from tests.plan.team import role, suggesting, team

NOW = datetime(2026, 10, 1, tzinfo=UTC)
NAMES = pl.DataFrame({"principal_id": ["dee", "cyd"], "name": ["Dee Doe", "=Cyd"]})


@pytest.fixture(scope="module")
def sheet() -> pl.DataFrame:
    lake = team()
    return review.sheet(lake.proposal, lake.access.container_classes, people=NAMES)


def test_a_sheet_has_every_role_once_and_riskiest_first() -> None:
    ws = Workspace(golden_lake())
    rows = ws.review_sheet()
    assert rows["object_id"].sort().to_list() == ws.read_proposal().roles["role_id"].sort().to_list()
    assert rows["decision"].null_count() == rows.height
    ranks = [["high", "medium", "low"].index(risk) for risk in rows["risk"]]
    assert ranks == sorted(ranks)


def test_suggestions_follow_their_role_person_by_person(sheet: pl.DataFrame) -> None:
    lake = team()
    assert sheet["object_id"].to_list() == [role(lake), "s-cyd-e5", "s-dee-e2", "s-dee-e4", "s-dee-e5", "s-eve-e5"]
    assert sheet["name"].unique().to_list() == lake.proposal.roles["name"].to_list()
    assert sheet["person"].to_list() == [None, "=Cyd (cyd)", *["Dee Doe (dee)"] * 3, "eve"]
    assert sheet["principal_id"].to_list() == [None, "cyd", "dee", "dee", "dee", "eve"]
    hashes = described(lake.proposal.suggestions, lake.access.container_classes).sort("suggestion_id")["content_hash"]
    assert sheet.filter(object_kind="suggestion")["content_hash"].to_list() == hashes.to_list()


def test_suggestions_say_what_they_open_and_what_it_is_for(sheet: pl.DataFrame) -> None:
    text = dict(sheet.select("object_id", "evidence").iter_rows())
    assert text["s-dee-e2"] == (
        "opens e2, e3; others in the role hold it; one of 2 rows by which the person would join the role"
    )
    assert text["s-cyd-e5"].endswith("one of 3 rows by which the role would get it")
    assert sheet.filter(object_id="s-dee-e2").select("containers", "new_access").row(0) == (2, 2)
    lake = suggesting(team(), [(role(team()), "dee", "e4", "read")])
    rows = review.sheet(lake.proposal, lake.access.container_classes)
    assert rows["evidence"][1].endswith("the one row by which the person would join the role")
    classes = lake.access.container_classes
    more = classes.filter(container="e4").join(pl.DataFrame({"n": ["x1", "x2", "x3"]}), how="cross")
    rows = review.sheet(lake.proposal, pl.concat([classes, more.select("class_id", container="n")]))
    assert rows["evidence"][1].startswith("opens e4, x1, x2 and 1 more; ")


def test_nothing_new_is_approved_unseen() -> None:
    lake = team()
    rows = review.sheet(lake.proposal, lake.access.container_classes, approve_all="Eva")
    assert rows.filter(object_kind="role")["decision"].to_list() == ["approve"]
    assert rows.filter(object_kind="suggestion")["decision"].null_count() == 5
    assert rows.filter(object_kind="suggestion")["reviewer"].null_count() == 5


@pytest.mark.parametrize(
    ("reviewer", "taken"), [("dee", 0), ("Dee Doe", 0), ("DEE DOE", 0), ("Dee", 0), ("ee", 1), ("cyd", 1)]
)
def test_nobody_approves_access_for_themselves(sheet: pl.DataFrame, reviewer: str, taken: int) -> None:
    filled = sheet.filter(object_id="s-dee-e4").with_columns(
        decision=pl.lit("approve"), reviewer=pl.lit(reviewer), justification=pl.lit("I need it")
    )
    decisions, rejected = review.accept(filled, sheet, file="r.csv", decided_at=NOW)
    assert decisions.height == taken
    assert rejected["reason"].to_list() == [f"{reviewer} cannot approve access for themselves"] * (1 - taken)
    refused, _ = review.accept(filled.with_columns(decision=pl.lit("deny")), sheet, file="r.csv", decided_at=NOW)
    assert refused.height == 1


def test_status_counts_suggestions_apart(sheet: pl.DataFrame) -> None:
    lake = team()
    verdict = {"s-cyd-e5": "approve", "s-dee-e2": "deny", "s-dee-e4": "defer"}
    filled = sheet.with_columns(
        decision=pl.col("object_id").replace_strict(verdict, default=None),
        reviewer=pl.lit("Eva"),
        justification=pl.lit("because"),
    )
    decisions, rejected = review.accept(filled, sheet, file="r.csv", decided_at=NOW)
    assert rejected.is_empty()
    counts = review.status(sheet, decisions)
    assert (counts["roles"], counts["undecided"]) == (1, 1)
    assert {name: counts[f"suggestions{name}"] for name in ("", "_approved", "_denied", "_deferred", "_undecided")} == {
        "": 5,
        "_approved": 1,
        "_denied": 1,
        "_deferred": 1,
        "_undecided": 2,
    }
    grown = lake.access.container_classes.filter(container="e5").with_columns(container=pl.lit("e6"))
    now = review.sheet(lake.proposal, pl.concat([lake.access.container_classes, grown]), people=NAMES)
    assert review.status(now, decisions)["suggestions_lapsed"] == 1
    assert review.accept(filled, now, file="r.csv", decided_at=NOW)[1]["line"].to_list() == [3]
