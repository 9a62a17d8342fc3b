"""Decisions: bound to what was seen, taken or rejected with a reason, never twice."""

from datetime import UTC, datetime

import polars as pl
import pytest

from lakezones import review
from lakezones.pipeline import Workspace
from tests.journey import golden_lake

NOW = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def current() -> pl.DataFrame:
    """The sheet of the golden lake, nothing filled in."""
    return Workspace(golden_lake()).review_sheet()


@pytest.fixture
def sheet(current: pl.DataFrame) -> pl.DataFrame:
    """The same with every role approved."""
    return current.with_columns(decision=pl.lit("approve"), reviewer=pl.lit("Eva"))


def accept(sheet: pl.DataFrame, current: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    return review.accept(sheet, current, file="r.csv", decided_at=NOW)


def first(sheet: pl.DataFrame, **values: str | None) -> pl.DataFrame:
    """The sheet with the first row changed."""
    here = pl.int_range(pl.len()) == 0
    return sheet.with_columns(
        pl.when(here).then(pl.lit(value, pl.String)).otherwise(pl.col(name)).alias(name)
        for name, value in values.items()
    )


def test_approvals_are_taken_and_bound_to_the_content(sheet: pl.DataFrame, current: pl.DataFrame) -> None:
    decisions, rejected = accept(sheet, current)
    assert rejected.is_empty()
    assert decisions["content_hash"].sort().to_list() == current["content_hash"].sort().to_list()
    assert review.status(current, decisions)["approved"] == current.height


def test_undecided_rows_are_neither_taken_nor_rejected(current: pl.DataFrame) -> None:
    decisions, rejected = accept(current, current)
    assert decisions.is_empty()
    assert rejected.is_empty()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"object_id": "role-nobody"}, "not in the proposal"),
        ({"object_id": None}, "not in the proposal"),
        ({"object_kind": "container"}, "cannot be decided on"),
        ({"content_hash": "0" * 64}, "has changed since it was reviewed"),
        ({"content_hash": None}, "has changed since it was reviewed"),
        ({"decision": "perhaps"}, "none of approve, deny, defer"),
        ({"reviewer": " "}, "no reviewer"),
        ({"decision": "deny"}, "needs a justification"),
    ],
)
def test_rows_that_do_not_fit_are_rejected_with_their_line(
    changes: dict[str, str | None], reason: str, sheet: pl.DataFrame, current: pl.DataFrame
) -> None:
    decisions, rejected = accept(first(sheet, **changes), current)
    assert decisions.height == sheet.height - 1
    assert rejected["line"].to_list() == [2]
    assert reason in rejected["reason"][0]


def test_the_second_of_two_equal_decisions_is_rejected(sheet: pl.DataFrame, current: pl.DataFrame) -> None:
    decisions, rejected = accept(pl.concat([sheet, sheet.head(1)]), current)
    assert decisions.height == sheet.height
    assert rejected["line"].to_list() == [sheet.height + 2]
    assert "twice" in rejected["reason"][0]


@pytest.mark.parametrize("other", ["defer", "aprove"])
def test_of_two_decisions_that_contradict_each_other_neither_is_taken(
    other: str, sheet: pl.DataFrame, current: pl.DataFrame
) -> None:
    decisions, rejected = accept(pl.concat([sheet, first(sheet, decision=other).head(1)]), current)
    assert decisions.height == sheet.height - 1
    assert rejected["line"].to_list() == [2, sheet.height + 2]
    both = " and ".join(sorted(["approve", other]))
    assert rejected["reason"][0] == f"Eva says both {both} on role {sheet['object_id'][0]}"


def test_verdicts_are_read_whatever_their_case(sheet: pl.DataFrame, current: pl.DataFrame) -> None:
    decisions, rejected = accept(first(sheet, decision=" Deny ", justification="no"), current)
    assert rejected.is_empty()
    assert decisions.filter(pl.col("decision").cast(pl.String) == "deny").height == 1


def test_one_denial_denies_and_a_changed_role_lapses(sheet: pl.DataFrame, current: pl.DataFrame) -> None:
    eva, _ = accept(sheet, current)
    max_sheet = first(sheet.head(1).with_columns(reviewer=pl.lit("Max")), decision="deny", justification="too wide")
    both = review.merge(eva, accept(max_sheet, current)[0])
    counts = review.status(current, both)
    assert (counts["denied"], counts["approved"]) == (1, current.height - 1)
    other = current.with_columns(content_hash=pl.lit("f" * 64))
    counts = review.status(other, both)
    assert counts["lapsed"] == both.height
    assert counts["undecided"] == other.height


def test_a_newer_decision_of_the_same_reviewer_replaces(sheet: pl.DataFrame, current: pl.DataFrame) -> None:
    earlier, _ = accept(sheet, current)
    newer, _ = accept(first(sheet.head(1), decision="defer"), current)
    assert review.changed(earlier, newer).height == 1
    assert review.changed(earlier, earlier).is_empty()
    merged = review.merge(earlier, newer)
    assert merged.height == earlier.height
    assert review.status(current, merged)["deferred"] == 1
