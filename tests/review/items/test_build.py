"""Items of every kind on the golden lake: all that can be decided on is a row, and nobody decides on their own."""

from datetime import date

import polars as pl
import pytest

from lakezones.config import Settings
from lakezones.model.frames import Proposal
from lakezones.model.tables import PROPOSAL_TABLES, Standings
from lakezones.pipeline import Workspace
from lakezones.review.binding import content, hashes
from lakezones.review.items import BuiltItems, Reviewers, build_all
from lakezones.review.settings import Campaign
from lakezones.review.status import status
from tests.journey import golden_lake
from tests.plan.team import team
from tests.review.lake import POLICIES, lake


@pytest.fixture(scope="module")
def ws() -> Workspace:
    return Workspace(golden_lake())


def built(ws: Workspace, campaign: Campaign | None = None) -> tuple[BuiltItems, pl.DataFrame, pl.DataFrame]:
    facts, access, proposal, settings = ws.facts_used(), ws.read_access(), ws.read_proposal(), ws.settings()
    findings = ws.read_findings()
    seen = content(facts, access, proposal, findings)
    made = build_all(
        facts,
        access,
        proposal,
        seen,
        hashes(seen),
        settings=settings.review,
        policies=settings.policies,
        findings=findings,
        campaign=campaign,
    )
    return made, hashes(seen), seen.parts


def test_everything_that_can_be_decided_on_is_a_row_with_its_hash(ws: Workspace) -> None:
    made, known, _ = built(ws)
    keys = ["object_kind", "object_id", "content_hash"]
    rows = made.items.with_columns(pl.col("object_kind").cast(pl.String)).select(keys)
    assert rows.sort(keys).equals(known.select(keys).sort(keys))
    assert {"role", "residual", "finding", "merge", "pilot"} <= set(rows["object_kind"])


def test_sentences_can_be_read_aloud(ws: Workspace) -> None:
    items = built(ws)[0].items
    for kind, name, sentence, reason in items.select("object_kind", "name", "sentence", "risk_reason").iter_rows():
        assert name.strip()
        assert sentence[0].isupper() or sentence[0].isdigit() or kind in ("residual", "drop", "suggestion"), sentence
        assert sentence.endswith((".", "?"))
        assert reason.endswith(".")
        assert "None" not in sentence + reason


def test_nobody_is_asked_about_access_of_their_own(ws: Workspace) -> None:
    made, _, parts = built(ws)
    members = parts.filter(pl.col("part_kind") == "member").select("object_kind", "object_id", reviewer_id="part_id")
    own = made.items.join(members, on=["object_kind", "object_id", "reviewer_id"], how="semi")
    assert own.is_empty()


def test_a_finding_that_nobody_is_asked_about_is_in_no_worklist(ws: Workspace) -> None:
    items, findings = built(ws)[0].items, ws.read_findings()
    asked = findings.filter(pl.col("severity").cast(pl.String).is_in(["critical", "high"])).height
    assert items.filter((pl.col("object_kind") == "finding") & (pl.col("worklist") != "")).height == asked
    assert (items.filter(pl.col("object_kind") != "finding")["worklist"] != "").all()


def test_a_campaign_has_a_due_day_and_without_one_nothing_is_due(ws: Workspace) -> None:
    assert built(ws)[0].items["due"].null_count() == built(ws)[0].items.height
    due = built(ws, Campaign(name="autumn", starts=date(2026, 10, 1), due_days=10))[0].items["due"]
    assert due.unique().to_list() == [date(2026, 10, 11)]


def small(reviewers: Reviewers | None = None, **settings: object) -> pl.DataFrame:
    one = lake()
    seen = content(one.facts, one.access, one.proposal, sod=POLICIES.sod)
    section = Settings(flags={"review": settings}).review
    return build_all(
        one.facts,
        one.access,
        one.proposal,
        seen,
        hashes(seen),
        settings=section,
        policies=POLICIES,
        reviewers=reviewers,
    ).items


def route(items: pl.DataFrame, name: str) -> tuple[str | None, str, str]:
    return items.filter(object_id=f"role-{name}").select("reviewer_id", "reviewer", "route").row(0)


def test_the_owner_of_the_data_is_asked_else_the_team_of_domain_or_area_else_the_security_team() -> None:
    items = small()
    assert route(items, "fine") == ("olga", "Olga Owner", "domain owner")
    assert route(items, "unowned") == (None, "security team", "security team")
    teams = {"routing": {"teams": {"Old": "archive office"}}}
    assert route(small(**teams), "unowned") == (None, "archive office", "domain owner")
    teams = {"routing": {"teams": {"risk": "risk access board"}, "security_team": "blue team"}}
    items = small(**teams)
    assert route(items, "unowned") == (None, "risk access board", "area")
    assert route(items, "duties")[1] == "Olga Owner"


def test_the_file_comes_first_and_the_next_is_asked_where_it_is_their_own_access() -> None:
    known = Reviewers(rows={("market", "", "role"): ["ann", "olga"], ("", "", "pilot"): ["blue team"]})
    items = small(known)
    assert route(items, "fine") == ("olga", "Olga Owner", "reviewers.csv")
    pilots = items.filter(object_kind="pilot")
    assert pilots["reviewer"].unique().to_list() == ["blue team"]
    assert pilots["reviewer_id"].null_count() == pilots.height


def test_disabled_accounts_are_never_asked() -> None:
    known = Reviewers(rows={("market", "", "role"): ["dan"]})
    assert route(small(known), "fine")[1] == "Olga Owner"


def test_a_lake_of_which_little_is_known_has_items_that_say_nothing_they_cannot_know() -> None:
    bare = team()
    seen = content(bare.facts, bare.access, bare.proposal)
    made = build_all(
        bare.facts, bare.access, bare.proposal, seen, hashes(seen), settings=Settings().review, policies=POLICIES
    )  # fmt: skip
    role = made.items.row(by_predicate=pl.col("object_kind") == "role", named=True)
    assert role["sentence"] == "All staff read crm data: 4 people, 4 containers, nobody gains access."
    assert role["used_share"] is None
    assert set(made.items["reviewer"]) == {"security team"}
    assert {"unknown", "leaver", "owner", "no_owner"}.isdisjoint(made.reasons["reason"].cast(pl.String))
    gaining = made.items.filter(object_kind="suggestion")
    assert gaining["needs_two"].all()
    assert gaining.filter(object_id="s-dee-e2")["sentence"].item().startswith("dee would read crm data, as others in ")


def test_an_empty_proposal_has_no_items() -> None:
    bare = team()
    empty = Proposal(**{name: schema.create_empty() for name, schema in PROPOSAL_TABLES.items()})
    seen = content(bare.facts, bare.access, empty)
    made = build_all(bare.facts, bare.access, empty, seen, hashes(seen), settings=Settings().review, policies=POLICIES)
    assert made.items.is_empty()
    assert made.reasons.is_empty()
    assert status(made.items, Standings.create_empty())["sentence"] == "0 of 0 items are decided."
