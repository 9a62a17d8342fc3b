"""What is measured of a campaign, of whom, and what is said where nothing may be."""

from datetime import UTC, datetime

import polars as pl

from lakezones.model import tables as t
from lakezones.review.campaign import Look, measure

AT = datetime(2026, 10, 1, tzinfo=UTC)


def decisions(*rows: tuple[str, str, str], campaign: str | None = "autumn") -> pl.DataFrame:
    made = [
        {
            "object_kind": "role",
            "object_id": item,
            "content_hash": "h",
            "decision": verdict,
            "reviewer": who,
            "decided_at": AT,
            "part_kind": "",
            "part_id": "",
            "source": "ws",
            "campaign": campaign,
        }
        for who, item, verdict in rows
    ]
    return pl.DataFrame(made, schema=t.Decisions.create_empty().schema)


def look(who: str, item: str, seconds: float, seen: str = "h") -> Look:
    return Look(who, ("role", item, seen), seconds)


MADE = decisions(
    ("ann", "a", "approve"),
    ("ann", "b", "approve"),
    ("bob", "a", "approve"),
    ("bob", "c", "deny"),
    ("cyd", "d", "approve"),
    ("eve", "e", "approve"),
)
LOOKS = [look("ann", "a", 60), look("bob", "a", 2), look("bob", "c", 30), look("cyd", "d", 90)]


def test_time_and_what_was_approved_without_opening_or_in_haste() -> None:
    found = {name: value for name, value, _ in measure(MADE, LOOKS, bulk={("role", "b"), ("role", "e")}).measures}
    assert found == {
        "Time per item": "45 s",
        "Approved without opening": "25% of 4",
        "Of these, together with others": "100% of 1",
        "Approved in haste": "33% of 3",
        "Not measured": "1",
    }


def test_people_are_measured_only_where_it_is_switched_on_and_the_result_says_so() -> None:
    whole = measure(MADE, LOOKS)
    assert whole.by_person == ()
    assert whole.says == "Counted for the campaign as a whole."
    own = measure(MADE, LOOKS, by_person=True, names={"ann": "Ann Berg"})
    assert [name for name, _ in own.by_person] == ["Ann Berg", "bob", "cyd"]
    assert own.by_person[0][1] == ("2", "1 min", "50% of 2", "0% of 1")
    assert own.says == "Counted by person, as review.toml says."
    assert own.document()["by_person"][0]["approved unopened"] == "50% of 2"


def test_a_campaign_of_two_is_not_shown_as_a_whole_since_it_would_be_of_one() -> None:
    found = measure(MADE.filter(pl.col("reviewer") != "cyd"), LOOKS)
    assert found.measures == ()
    assert "Fewer than 3 reviewers" in found.says
    assert measure(MADE.filter(pl.col("reviewer") != "cyd"), LOOKS, by_person=True).measures


def test_only_decisions_of_the_campaign_and_looks_at_what_was_decided_count() -> None:
    assert measure(MADE, LOOKS, campaign="spring", by_person=True).by_person == ()
    changed = [*LOOKS, look("ann", "b", 50, seen="other")]
    assert dict(measure(MADE, changed, by_person=True).by_person)["ann"][2] == "50% of 2"
