"""Each defect that somebody planted in a role is named first, by the name of the person or thing."""

import polars as pl
import pytest

from lakezones.config import Settings
from lakezones.review.items import BuiltItems, build, build_all
from tests.review.lake import EXPECTED, POLICIES, hashes, lake


@pytest.fixture(scope="module")
def built() -> BuiltItems:
    small = lake()
    settings = Settings().review
    return build_all(
        small.facts, small.access, small.proposal, None, hashes(small.proposal), settings=settings, policies=POLICIES
    )


def row(built: BuiltItems, name: str) -> dict[str, object]:
    return built.items.row(by_predicate=pl.col("object_id") == f"role-{name}", named=True)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_planted_defect_comes_first(built: BuiltItems, name: str) -> None:
    reason, sentence = EXPECTED[name]
    first = built.reasons.filter(object_id=f"role-{name}").sort("place").row(0, named=True)
    assert (first["reason"], first["sentence"]) == (reason, sentence)
    assert str(row(built, name)["risk_reason"]).startswith(sentence)
    assert row(built, name)["risk"] != "low"


def test_a_role_without_defects_is_calm_and_may_be_approved_with_others(built: BuiltItems) -> None:
    fine = row(built, "fine")
    assert fine["sentence"] == "Risk analysts of Risk read market data: 4 people, 4 containers, nobody gains access."
    assert (fine["risk"], fine["risk_reason"], fine["bulk"]) == ("low", "Nothing stands out.", True)
    assert (fine["people"], fine["containers"], fine["pairs"], fine["new_access"]) == (4, 4, 16, 0)
    assert fine["used_share"] == 1.0


def test_what_writes_or_opens_restricted_data_needs_two_and_is_never_approved_in_bulk(built: BuiltItems) -> None:
    strict = built.items.filter(pl.col("restricted") | pl.col("writes"))
    assert sorted(strict["object_id"]) == ["role-duties", "role-secret", "role-writes"]
    assert strict["needs_two"].all()
    assert not strict["bulk"].any()
    assert not built.items.filter(pl.col("risk") != "low")["bulk"].any()


def test_the_riskiest_come_first_and_the_same_input_gives_the_same_rows(built: BuiltItems) -> None:
    small = lake()
    ranks = [["high", "medium", "low"].index(risk) for risk in built.items["risk"]]
    assert ranks == sorted(ranks)
    again = build(
        small.facts, small.access, small.proposal, None, hashes(small.proposal).reverse(),
        settings=Settings().review, policies=POLICIES,
    )  # fmt: skip
    assert again.equals(built.items)
