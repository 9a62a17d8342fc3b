"""Each defect that somebody planted in a role is named first, by the name of the person or thing."""

import polars as pl
import pytest

from lakezones.config import Settings
from lakezones.model.tables.review import REASONS
from lakezones.review.binding import content, hashes
from lakezones.review.dossier import DEFECT_KINDS
from lakezones.review.items import BuiltItems, build_all
from tests.review.lake import EXPECTED, POLICIES, lake


@pytest.fixture(scope="module")
def built() -> BuiltItems:
    return made()


def made() -> BuiltItems:
    small = lake()
    seen = content(small.facts, small.access, small.proposal, sod=POLICIES.sod)
    return build_all(
        small.facts,
        small.access,
        small.proposal,
        seen,
        hashes(seen).reverse(),
        settings=Settings().review,
        policies=POLICIES,
    )


def row(built: BuiltItems, name: str) -> dict[str, object]:
    return built.items.row(by_predicate=pl.col("object_id") == f"role-{name}", named=True)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_planted_defect_comes_first(built: BuiltItems, name: str) -> None:
    reason, sentence = EXPECTED[name]
    first = built.reasons.filter(object_id=f"role-{name}").sort("place").row(0, named=True)
    assert first["reason"] == reason
    assert first["sentence"].startswith(sentence)
    assert str(row(built, name)["risk_reason"]).startswith(sentence)
    assert first["severity"] != "low" or name == "writes"


def test_a_role_without_defects_is_calm_and_may_be_approved_with_others(built: BuiltItems) -> None:
    fine = row(built, "fine")
    assert fine["sentence"] == "Risk analysts of Risk read market data: 4 people, 4 containers, nobody gains access."
    assert (fine["risk"], fine["risk_reason"], fine["bulk"]) == ("low", "Nothing stands out.", True)
    assert (fine["people"], fine["containers"], fine["pairs"], fine["new_access"]) == (4, 4, 16, 0)
    assert fine["used_share"] == 1.0


def test_what_writes_or_opens_restricted_data_needs_two_and_is_never_approved_in_bulk(built: BuiltItems) -> None:
    roles = built.items.filter(object_kind="role")
    strict = roles.filter(pl.col("restricted") | pl.col("writes"))
    assert sorted(strict["object_id"]) == ["role-duties", "role-secret", "role-writes"]
    assert strict["needs_two"].all()
    assert not strict["bulk"].any()
    assert not built.items.filter(pl.col("risk") != "low")["bulk"].any()
    assert not built.items.filter(pl.col("new_access") > 0)["bulk"].any()


def test_the_riskiest_come_first_and_the_same_input_gives_the_same_rows(built: BuiltItems) -> None:
    ranks = [["high", "medium", "low"].index(risk) for risk in built.items.filter(object_kind="role")["risk"]]
    assert ranks == sorted(ranks)
    again = made()
    assert again.items.equals(built.items)
    assert again.reasons.equals(built.reasons)


def test_every_kind_of_defect_is_a_reason_that_the_table_knows() -> None:
    assert set(DEFECT_KINDS) <= set(REASONS)
