"""reviewers.csv: who decides by domain, area and kind; bad rows come back with their line."""

import polars as pl

from lakezones.review.items import read_reviewers
from tests.review.lake import lake

DIRECTORY = lake().facts.principals
assert DIRECTORY is not None


def read(
    *rows: tuple[str | None, str | None, str | None, str | None],
) -> tuple[dict[object, object], list[tuple[int, str]]]:
    filled = pl.DataFrame(list(rows), schema=["domain", "area", "kind", "reviewer"], orient="row")
    reviewers, rejected = read_reviewers(filled, directory=DIRECTORY, teams=["Security Team"])
    return dict(reviewers.rows), list(rejected.select("line", "reason").iter_rows())


def test_people_and_teams_however_they_are_spelled() -> None:
    rows, rejected = read(("Market", None, None, "berg, ann"), (None, " Risk ", "Drop", "security  team"))
    assert rows == {("market", "", ""): ["ann"], ("", "risk", "drop"): ["Security Team"]}
    assert rejected == []


def test_bad_rows_are_rejected_with_their_line_and_the_rest_is_taken() -> None:
    rows, rejected = read(
        ("market", None, None, "Nobody Known"),
        (None, None, None, "Ann Berg"),
        (None, None, None, None),
        (None, None, "rolls", "Ann Berg"),
        ("market", None, None, None),
        ("market", None, None, "Dan Gone"),
        ("market", None, None, "svc-pii"),
        ("market", None, None, "Ann Berg"),
    )
    assert rows == {("market", "", ""): ["ann"]}
    assert [line for line, _ in rejected] == [2, 3, 5, 6, 7, 8]
    reasons = [reason for _, reason in rejected]
    assert "not in the directory" in reasons[0]
    assert reasons[1] == "says neither domain nor area nor kind: give at least one"
    assert "'rolls' is none of role, " in reasons[2]
    assert reasons[3] == "no reviewer"
    assert "disabled" in reasons[4]
    assert "not a person" in reasons[5]


def test_without_a_directory_names_are_taken_as_they_are() -> None:
    filled = pl.DataFrame({"kind": ["drop"], "reviewer": ["Somebody Else"]})
    reviewers, rejected = read_reviewers(filled)
    assert reviewers.of(domain=None, area=None, kind="drop") == ["Somebody Else"]
    assert rejected.is_empty()


def test_lines_are_those_of_the_file() -> None:
    filled = pl.DataFrame({"kind": ["rolls"], "reviewer": ["x"]})
    assert read_reviewers(filled, lines=[7])[1]["line"].to_list() == [7]
