"""How far a review is: what is left to whom, what is moot, what is overdue, and what a plan would leave alone."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from lakezones.model import tables as t
from lakezones.review.status import spent, standing_of_items, status

DUE = date(2026, 10, 14)


def items(*rows: dict[str, object]) -> pl.DataFrame:
    base: dict[str, object] = {
        "content_hash": "h",
        "name": "n",
        "sentence": "s",
        "domain": "risk",
        "people": 1,
        "containers": 1,
        "pairs": 1,
        "new_access": 0,
        "risk": "low",
        "risk_reason": "r",
        "restricted": False,
        "writes": False,
        "needs_two": False,
        "bulk": False,
        "evidence": "e",
        "reviewer_id": "ann",
        "reviewer": "Ann Berg",
        "route": "domain owner",
        "due": DUE,
        "minutes": 2.0,
        "worklist": "Ann Berg 1: risk",
    }
    return t.ReviewItems.validate(
        pl.DataFrame([base | row for row in rows], schema=t.ReviewItems.create_empty().schema, orient="row"), cast=True
    )


def standings(*rows: tuple[str, str, str] | tuple[str, str, str, str, str]) -> pl.DataFrame:
    made = [
        {
            "object_kind": row[0],
            "object_id": row[1],
            "standing": row[2],
            "part_kind": row[3] if len(row) > 3 else "",
            "part_id": row[4] if len(row) > 3 else "",
            "reviewers": [] if row[2] == "undecided" else ["ann"],
            "decided_at": datetime(2026, 10, 1, tzinfo=UTC),
        }
        for row in rows
    ]
    schema = t.Standings.create_empty().schema
    return t.Standings.validate(pl.DataFrame(made, schema=schema, orient="row"), cast=True)


ROWS = items(
    {"object_kind": "role", "object_id": "a", "role_id": "a"},
    {"object_kind": "role", "object_id": "b", "role_id": "b", "needs_two": True, "minutes": 3.0},
    {"object_kind": "role", "object_id": "c", "role_id": "c", "domain": None},
    {"object_kind": "role", "object_id": "d", "role_id": "d", "reviewer": "security team", "reviewer_id": None},
    {"object_kind": "suggestion", "object_id": "s", "role_id": "a"},
    {"object_kind": "finding", "object_id": "f", "worklist": ""},
)
STAND = standings(
    ("role", "a", "denied"),
    ("role", "b", "waiting"),
    ("role", "c", "approved"),
    ("role", "c", "lapsed", "member", "eve"),
    ("role", "d", "approved"),
    ("suggestion", "s", "undecided"),
)


def test_each_item_is_in_one_state() -> None:
    found = standing_of_items(ROWS, STAND, second="security team")
    states = dict(found.select("object_id", "state").iter_rows())
    assert states == {
        "a": "denied",
        "b": "waiting",
        "c": "lapsed",
        "d": "approved",
        "s": "not_needed",
        "f": "not_asked",
    }
    assert found.filter("left")["object_id"].to_list() == ["b", "c"]
    # Ann has approved it: somebody else is next.
    assert found.filter(object_id="b").select("reviewer", "reviewer_id").row(0) == ("security team", None)
    assert found.filter(object_id="c").select("reviewer", "reviewer_id").row(0) == ("Ann Berg", "ann")


def test_counts_add_up_whichever_way_they_are_split() -> None:
    found = status(ROWS, STAND, today=date(2026, 10, 15))
    assert (found["items"], found["decided"], found["left"], found["minutes_left"]) == (4, 2, 2, 5.0)
    assert found["overdue"] == 2
    assert found["due"] == "2026-10-14"
    for by in ("by_kind", "by_reviewer", "by_domain"):
        for count in ("items", "decided", "left", "overdue"):
            assert sum(row[count] for row in found[by]) == found[count]
        assert sum(row["minutes_left"] for row in found[by]) == pytest.approx(found["minutes_left"])
    assert [row["name"] for row in found["by_domain"]] == ["risk", "no domain"]
    assert found["sentence"] == "2 of 4 items are decided; 5 min of work left for 2 reviewers; 2 items overdue."
    assert sum(found["states"].values()) == ROWS.height


def test_nothing_is_overdue_before_its_day_or_without_one() -> None:
    assert status(ROWS, STAND, today=DUE)["overdue"] == 0
    assert status(ROWS, STAND)["overdue"] == 0
    assert status(ROWS.with_columns(due=pl.lit(None, pl.Date)), STAND, today=date(2030, 1, 1))["overdue"] == 0


def test_without_any_decision_all_is_left() -> None:
    found = status(ROWS, t.Standings.create_empty())
    assert (found["items"], found["left"]) == (5, 5)


def test_a_role_approved_and_unchanged_is_not_asked_about_again() -> None:
    found = standing_of_items(ROWS, standings(("role", "d", "approved")))
    assert not found.filter(object_id="d")["left"].item()


def test_times_are_said_as_people_say_them() -> None:
    assert [spent(minutes) for minutes in (0.0, 59.6, 61, 150, 6000)] == [
        "under a minute", "1 h", "1 h 1 min", "2 h 30 min", "100 h",
    ]  # fmt: skip
