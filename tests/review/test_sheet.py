"""The sheet: roles, riskiest first, each followed by its suggestions, which say what an approval opens to whom."""

import polars as pl
import pytest

from lakezones import review
from lakezones.model.suggestions import described
from lakezones.pipeline import Workspace
from tests.journey import golden_lake
from tests.plan.team import role, suggesting, team

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
