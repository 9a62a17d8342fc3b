"""Names of groups: legal, unique, distinguishing, and stable."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lakezones.model.naming import NamingSettings, unique
from lakezones.propose.roles.names import Attributes, content_hash, distinguishing, leading, role_id, role_names

NAMING = NamingSettings()


def attributes(**values: object) -> Attributes:
    given_values = {"department": {}, "title": {}, "sizes": {}, "domains": {}, "zones": {}, "systems": {}} | values
    return Attributes(**given_values)


def test_what_distinguishes_members_and_content() -> None:
    known = attributes(
        department={"a": "Risk", "b": "Risk", "c": "Sales"},
        title={"a": "Analyst", "b": "Analyst", "c": "Analyst"},
        domains={"c-1": Counter({"credit": 3})},
    )
    assert role_names([(["a", "b", "c"], {"c-1": 1})], known, NAMING) == ["role-risk-analyst-credit-r"]
    assert role_names([(["x", "y"], {"c-9": 3})], known, NAMING) == ["role-mixed-mixed-rw"]


def test_roles_that_would_share_a_name_are_told_apart_by_system_then_by_number() -> None:
    known = attributes(
        domains={f"c-{k}": Counter({"credit": 1}) for k in range(3)},
        systems={"c-0": Counter({"CRM": 1}), "c-1": Counter({"LEDGER": 1}), "c-2": Counter({"LEDGER": 1})},
    )
    names = role_names([(["a"], {f"c-{k}": 1}) for k in range(3)], known, NAMING)
    assert names == ["role-mixed-credit-crm-r", "role-mixed-credit-ledger-r", "role-mixed-credit-ledger-r-2"]


def test_the_distinguishing_value_is_the_rare_one() -> None:
    counts = {"c-1": Counter({"everywhere": 5}), "c-2": Counter({"everywhere": 50}), "c-3": Counter({"here": 3})}
    assert distinguishing({"c-1": 1, "c-3": 1}, counts) == "here"
    assert leading(Counter({"a": 2, "b": 2})) is None


@given(st.lists(st.text(max_size=30), min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
def test_names_are_legal_and_unique_whatever_the_words(words: list[str]) -> None:
    rendered = [NAMING.render(NAMING.role, {"team": word, "content": "x", "access": "r"}) for word in words]
    names = unique(rendered, max_length=NAMING.max_length)
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert 0 < len(name) <= NAMING.max_length
        assert not set(name) & set("<>\"'=@/\\ \t\r\n")
        assert name[0] not in "=+-@"


@pytest.mark.parametrize("pattern", ["role-{nobody}", "role", "role-{team"])
def test_bad_patterns_are_refused_by_name(pattern: str) -> None:
    with pytest.raises(ValidationError, match="bad pattern"):
        NamingSettings(role=pattern)


def test_ids_follow_content_and_hashes_follow_both() -> None:
    assert role_id({"c-1": 1, "c-2": 3}) == role_id({"c-2": 3, "c-1": 1})
    assert role_id({"c-1": 1}) != role_id({"c-1": 3})
    few, more = {"c-1": "box"}, {"c-1": "box, bin"}
    assert content_hash(["a", "b"], {"c-1": 1}, few) == content_hash(["b", "a"], {"c-1": 1}, few)
    hashes = [
        content_hash(*seen)
        for seen in (
            (["a"], {"c-1": 1}, few),
            (["a", "b"], {"c-1": 1}, few),
            (["a"], {"c-1": 3}, few),
            (["a"], {"c-1": 1}, more),
        )
    ]
    assert len(set(hashes)) == len(hashes)
