"""Names of accounts and containers, checked against the vendor's rules written another way."""

import string

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from lakezones.model.places import account_name_column, is_account_name, is_container_name, split_place

ALPHABET = string.ascii_lowercase + string.digits
TEXTS = st.text(alphabet=ALPHABET + "-A.\n/#é１", max_size=70) | st.text(max_size=30)


@given(TEXTS)
def test_an_account_is_3_to_24_small_letters_and_digits(text: str) -> None:
    expected = 3 <= len(text) <= 24 and all(letter in ALPHABET for letter in text)
    assert is_account_name(text) == expected
    assert pl.DataFrame({"account": [text]}).select(account_name_column()).item() == expected


@given(TEXTS)
def test_a_container_has_no_hyphen_at_an_end_or_beside_another(text: str) -> None:
    letters = all(letter in ALPHABET + "-" for letter in text)
    hyphens = text.strip("-") == text and "--" not in text
    assert is_container_name(text) == (3 <= len(text) <= 63 and letters and hyphens)


def test_the_longest_names_are_names_and_one_more_is_not() -> None:
    assert is_account_name("a" * 24)
    assert not is_account_name("a" * 25)
    assert is_container_name("a" * 63)
    assert not is_container_name("a" * 64)
    assert is_container_name("-".join("a" * 32))
    assert not is_container_name("-".join("a" * 33))


def test_a_place_without_a_container_names_an_account_alone() -> None:
    assert split_place("lake") == ("lake", "", "")
    assert split_place("lake/raw") == ("lake", "raw", "")
