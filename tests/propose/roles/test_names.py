"""Names of groups: legal in Entra and Active Directory, unique, telling, and stable."""

import random
import string
from collections import Counter
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lakezones.model.attributes import Attributes, distinguishing, leading, owners_of
from lakezones.model.distinct import Wish, distinct_names
from lakezones.model.frames import Facts
from lakezones.model.naming import ROLE_KINDS, NamingSettings
from lakezones.model.tables.fields import ROLE_LAYERS
from lakezones.propose.roles.choose import Basis, ProposedRole
from lakezones.propose.roles.names import (
    content_hash,
    resource_group_names,
    role_id,
    role_names,
)

NAMING = NamingSettings()
LEGAL = set(string.ascii_letters + string.digits + "-")


def role(people: str, content: dict[str, int], layer: str = "job", **basis: str) -> ProposedRole:
    return ProposedRole(
        people=people.split(), content=content, role_id=role_id(content), layer=layer, basis=Basis(**basis)
    )


def test_a_job_is_called_by_area_team_and_title() -> None:
    known = Attributes(
        department=dict.fromkeys("abc", "Risk / Market Team 07") | {"d": "Sales"},
        title=dict.fromkeys("abc", "Analyst"),
        area=dict.fromkeys("abc", "Risk") | {"d": "Sales"},
    )
    assert role_names([role("a b c d", {"c-1": 1})], known, NAMING) == ["lake-prd-job-risk-market-team07-analyst-r"]
    assert role_names([role("a b", {"c-1": 3}, area="Risk", title="Analyst")], known, NAMING) == [
        "lake-prd-job-risk-analyst-rw"
    ]


def test_words_for_a_unit_are_left_out_of_departments_and_not_of_titles() -> None:
    known = Attributes(
        department=dict.fromkeys("abc", "Compliance Tribe/Lilac") | {"d": "Sales"},
        title=dict.fromkeys("abc", "Team Assistant"),
        area=dict.fromkeys("abc", "Compliance"),
    )
    names = role_names([role("a b c", {"c-1": 1})], known, NAMING)
    assert names == ["lake-prd-job-compliance-lilac-team-assistant-r"]


def test_every_layer_has_its_word_and_says_who_or_what() -> None:
    known = Attributes(
        area=dict.fromkeys("abc", "Risk"),
        domains={"c-1": Counter({"Finance": 3})},
        systems={"c-1": Counter({"LEDGER": 3})},
        entitlements={"c-1": Counter({"PRJ_BASEL_READ": 3})},
    )
    names = {
        layer: role_names([role("a b c", {"c-1": 1}, layer, area="Risk")], known, NAMING)[0] for layer in ROLE_LAYERS
    }
    assert names == {
        "birthright": "lake-prd-birthright-risk-all-staff-r",
        "area": "lake-prd-area-risk-r",
        "job": "lake-prd-job-risk-finance-r",
        "engineer": "lake-prd-eng-risk-r",
        "restricted": "lake-prd-restr-finance-prj-basel-r",
        "project": "lake-prd-proj-finance-prj-basel-r",
        "transitional": "lake-prd-trans-risk-finance-r",
    }
    nowhere = Attributes(systems={"c-1": Counter({"LEDGER": 3})})
    assert role_names([role("x y z", {"c-1": 3}, "engineer")], nowhere, NAMING) == ["lake-prd-eng-ledger-rw"]
    everybody = [role("a b c", {"c-1": 1}, "birthright")]
    assert role_names(everybody, known, NAMING) == ["lake-prd-birthright-all-staff-r"]
    assert set(ROLE_KINDS) == set(ROLE_LAYERS)


def test_the_one_department_of_a_bank_is_in_no_name() -> None:
    known = Attributes(
        department=dict.fromkeys("abc", "Bank"),
        area=dict.fromkeys("abc", "Bank"),
        domains={"c-1": Counter({"Finance": 1})},
        title=dict.fromkeys("ab", "Analyst"),
    )
    assert role_names([role("a b", {"c-1": 1}, area="Bank")], known, NAMING) == ["lake-prd-job-finance-r"]
    everybody = role("a b c", {"c-1": 1}, "birthright", area="Bank")
    assert role_names([everybody], known, NAMING) == ["lake-prd-birthright-all-staff-r"]
    assert role_names([role("a b", {"c-1": 1}, department="Bank", title="Analyst")], known, NAMING) == [
        "lake-prd-job-analyst-r"
    ]


def test_people_of_two_areas_are_called_by_both_and_those_of_many_by_what_they_read() -> None:
    known = Attributes(
        area=dict(zip("abcd", ["Risk", "Risk", "Sales", "Treasury"], strict=True)),
        systems={"c-1": Counter({"LEDGER": 3})},
        domains={"c-1": Counter({"Finance": 1})},
    )
    assert role_names([role("a b c d", {"c-2": 1})], known, NAMING) == ["lake-prd-job-risk-sales-r"]
    assert role_names([role("a c d x y z", {"c-1": 1})], known, NAMING) == ["lake-prd-job-finance-r"]


def test_names_that_clash_are_set_apart_by_content_and_only_then_by_letters() -> None:
    known = Attributes(
        area=dict.fromkeys("abc", "Risk"),
        domains={f"c-{k}": Counter({"credit": 1}) for k in range(3)},
        systems={"c-0": Counter({"CRM": 1}), "c-1": Counter({"LEDGER": 1}), "c-2": Counter({"LEDGER": 1})},
    )
    roles = [role("a b c", {f"c-{k}": 1}) for k in range(3)]
    first, *others = role_names(roles, known, NAMING)
    assert first == "lake-prd-job-risk-credit-crm-r"
    assert {name[: len("lake-prd-job-risk-credit-ledger-")] for name in others} == {"lake-prd-job-risk-credit-ledger-"}
    assert len(set(others)) == 2
    assert not any(letter.isdigit() for name in others for letter in name)
    # What is in the directory already is not used again, however it is written.
    again = role_names(roles[:1], known, NAMING, taken=["LAKE-PRD-JOB-RISK-CREDIT-R"])
    assert again == ["lake-prd-job-risk-credit-crm-r"]


def test_a_name_depends_on_neither_order_nor_other_roles() -> None:
    known = Attributes(title={f"p{k}": f"Title {'abcdefgh'[k]}" for k in range(8)}, area={"p0": "Risk"})
    roles = [role(f"p{k}", {f"c-{k}": 1}) for k in range(8)]
    names = dict(zip([one.role_id for one in roles], role_names(roles, known, NAMING), strict=True))
    for seed in range(5):
        some = random.Random(seed).sample(roles, 5)
        assert role_names(some, known, NAMING) == [names[one.role_id] for one in some]


def test_a_role_that_was_reviewed_keeps_its_name() -> None:
    known = Attributes(area=dict.fromkeys("abc", "Risk"))
    one, two = role("a b c", {"c-1": 1}), role("a b", {"c-2": 1})
    kept = {one.role_id: "lake-prd-job-risk-r"}
    found = role_names([one, two], known, NAMING, kept=kept, taken=["lake-prd-job-risk-r"])
    assert found[0] == "lake-prd-job-risk-r"
    assert found[1].startswith("lake-prd-job-risk-")
    assert found[1] != found[0]


def test_owners_are_those_declared_else_those_of_the_register_by_name() -> None:
    boxes = pl.DataFrame(
        {
            "container": ["a", "b", "c"],
            "metadata": ['{"system": "CRM", "owner": "u-1"}', '{"system": "crm "}', '{"system": "OTHER"}'],
        }
    )
    systems = pl.DataFrame({"system": ["Crm"], "owner": ["Ann Ode"]})
    principals = pl.DataFrame({"principal_id": ["u-1"], "name": ["Bob Ray"]})
    made = Facts.of(
        {"containers": boxes, "systems": systems, "principals": principals}, as_of=datetime(2026, 3, 1, tzinfo=UTC)
    )
    assert dict(owners_of(made).sort("container").iter_rows()) == {"a": "Bob Ray", "b": "Ann Ode"}


def test_resource_groups_are_called_by_domain_and_system() -> None:
    known = Attributes(
        domains={"c-1": Counter({"Risk": 3}), "c-2": Counter({"Risk": 3})},
        systems={"c-1": Counter({"LEDGER": 3}), "c-2": Counter({"LEDGER": 3})},
        sensitivities={"c-1": Counter({"restricted": 3}), "c-2": Counter({"internal": 1})},
    )
    groups = {"g-1": {"c-1": 1}, "g-2": {"c-2": 1}, "g-3": {"c-1": 3}}
    assert resource_group_names(groups, known, NAMING) == {
        "g-1": "lake-prd-rg-risk-ledger-restricted-r",
        "g-2": "lake-prd-rg-risk-ledger-internal-r",
        "g-3": "lake-prd-rg-risk-ledger-rw",
    }


def test_the_distinguishing_value_is_the_rare_one() -> None:
    everywhere = Counter({"everywhere": 55, "here": 3})
    assert distinguishing(Counter({"everywhere": 5, "here": 3}), everywhere) == "here"
    assert distinguishing(Counter(), everywhere) == ""
    assert leading(Counter({"a": 2, "b": 2})) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Straße & Ødegård", ["strasse", "odegard"]),
        ("Crédit Agricole d'Œuvre", ["credit", "agricole", "doeuvre"]),
        ("The Office of Risk", ["office", "risk"]),
        ("Unit 07", ["unit07"]),
        ("the", ["the"]),
        ("=cmd|'/c calc'!A1", ["cmd", "c", "calc", "a1"]),
        ("  ", []),
    ],
)
def test_words_of_a_text(text: str, words: list[str]) -> None:
    assert NAMING.words(text) == words


def test_other_scripts_become_letters_of_their_own() -> None:
    (risk,), (sales,) = NAMING.words("Риск"), NAMING.words("Продажи")
    assert risk != sales
    assert set(risk + sales) <= LEGAL


@given(st.lists(st.tuples(st.text(max_size=90), st.text(max_size=90)), min_size=1, max_size=12))
@settings(max_examples=150, deadline=None)
def test_names_are_legal_and_unique_whatever_the_words(texts: list[tuple[str, str]]) -> None:
    wishes = [
        Wish(kind="job", parts={"area": area, "job": job, "access": "r"}, further=(job, area), key=str(k))
        for k, (area, job) in enumerate(texts)
    ]
    names = distinct_names(NAMING.role, wishes, NAMING, taken=["lake-prd-job-r"])
    assert len({name.casefold() for name in names} | {"lake-prd-job-r"}) == len(names) + 1
    for name in names:
        assert name.startswith("lake-prd-job")
        assert name.endswith("-r")
        assert len(name) <= 64
        assert set(name) <= LEGAL
        assert "mixed" not in name or any("mixed" in text.lower() for pair in texts for text in pair)


def test_a_long_name_keeps_its_ends() -> None:
    parts = {
        "area": "Corporate Banking",
        "job": "International Relationship Manager Shipping Commodities",
        "access": "rw",
    }
    name = NAMING.render(NAMING.role, "engineer", parts)
    assert len(name) <= 64
    assert name.startswith("lake-prd-eng-corpor")
    assert name.endswith("-rw")
    assert name.count("-") == 10


@pytest.mark.parametrize("pattern", ["role-{nobody}", "role", "role-{team", "{prefix}-{access}"])
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
