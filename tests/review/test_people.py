"""One person is one reviewer, however they are spelled; who is not in the directory reviews nothing."""

import polars as pl
import pytest

from lakezones.model.identity import plain
from lakezones.review.people import People

DIRECTORY = pl.DataFrame(
    {
        "principal_id": ["00aa", "00bb", "00cc", "g", "sp"],
        "kind": ["user", "user", "user", "group", "service_principal"],
        "name": ["Ana Doe", "Björk, Bo", "cy@bank.example", "Reviewers", "robot"],
        "enabled": [True, True, False, None, True],
    }
)


@pytest.mark.parametrize(
    "spelled",
    [
        "Ana Doe",
        "ana  doe",
        "Ana\u00a0Doe",
        "Doe, Ana",
        "DOE,ANA",
        "A\u200bna Doe",
        "Ana Doe (00aa)",
        "00AA",
        "\uff21na Doe",
    ],
)
def test_one_person_is_found_by_every_spelling(spelled: str) -> None:
    people = People(DIRECTORY)
    assert people.find(spelled) == ["00aa"]
    assert people.misfit(spelled) == ""


@pytest.mark.parametrize(
    ("spelled", "why"),
    [
        ("Bo Bjo\u0308rk", ""),
        ("Eva", "is not in the directory"),
        ("Ana", "is not in the directory"),
        ("cy@bank.example", "is a disabled account"),
        ("Reviewers", "is a group, not a person"),
        ("robot", "is a service principal, not a person"),
    ],
)
def test_who_may_not_review_is_said(spelled: str, why: str) -> None:
    said = People(DIRECTORY).misfit(spelled)
    assert why in said
    assert bool(why) == bool(said)


@pytest.mark.parametrize("nobody", ["", " ", "\u200b", "\u3164", "\u2800", "\ufeff\u00a0", "\u202e", "\u00ad"])
def test_what_nobody_sees_is_nobody(nobody: str) -> None:
    assert plain(nobody) == ""
    assert People(DIRECTORY).find(nobody) == []
