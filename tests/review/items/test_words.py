"""Sentences about people and data say what most have in common, and claim nothing that is not known."""

from collections import Counter

import pytest

from lakezones.model.attributes import Attributes
from lakezones.review.items.words import data_of, does, role_sentence, who

PEOPLE = ["ann", "bob", "cyd"]


@pytest.mark.parametrize(
    ("department", "title", "said"),
    [
        ({}, {}, "People who hold the same access"),
        ({"ann": "Risk", "bob": "HR", "cyd": "IT"}, {}, "People of several departments"),
        ({"ann": "Risk", "bob": "Risk"}, {}, "People of Risk"),
        ({"ann": "Risk", "bob": "Risk"}, dict.fromkeys(PEOPLE, "Risk Analyst"), "Risk analysts of Risk"),
        ({}, dict.fromkeys(PEOPLE, "Leiter Handel"), "People with the title Leiter Handel"),
    ],
)
def test_people_by_what_most_have_in_common(department: dict[str, str], title: dict[str, str], said: str) -> None:
    assert who(PEOPLE, Attributes(department=department, title=title)) == said


def test_data_by_domain_else_by_system_else_by_neither() -> None:
    counts = {
        "domains": {"c": Counter({"retail-lending": 9, "hr": 1})},
        "systems": {"c": Counter({"CRM": 2, "SAP": 1})},
    }
    assert data_of(["c"], Attributes(**counts)) == "retail lending data"
    assert data_of(["c"], Attributes(systems=counts["systems"])) == "data of CRM and SAP"
    assert data_of(["c"], Attributes()) == "data"
    assert data_of(["c"], Attributes(), restricted=True) == "restricted data"


def test_levels_in_words() -> None:
    assert [does(levels) for levels in ([1], [3], [7], [1, 3], [2], [])] == [
        "read", "read and write", "manage", "read and in part write", "write only", "read",
    ]  # fmt: skip


def test_one_person_reads_and_several_read() -> None:
    one = role_sentence(["ann"], {"c": 3}, Attributes(title={"ann": "Dealer"}), containers=2)
    assert one == "Dealer reads and writes data: 1 person, 2 containers, nobody gains access."
    new = role_sentence(PEOPLE, {"c": 1}, Attributes(), containers=1, new=3, layer="birthright")
    assert new == "All staff read data: 3 people, 1 container, 3 people gain access."
