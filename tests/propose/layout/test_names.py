"""UniqueNames: always legal, always unique, every change listed, the same whatever the order of rows."""

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakezones.propose.layout import LayoutSettings
from lakezones.propose.layout.names import UniqueNames, container_name, folder_name, renamed_frame

WANTED = st.text(alphabet=string.ascii_letters + string.digits + "-_ ./ü%", max_size=90)
CONTAINER = re.compile(r"^[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){2,62}$")


@settings(deadline=None)
@given(WANTED)
def test_container_names_are_legal(wanted: str) -> None:
    name, reason = container_name(wanted)
    assert CONTAINER.match(name), name
    assert (reason == "") == (name == wanted)


@settings(deadline=None)
@given(WANTED)
def test_folder_names_are_legal(wanted: str) -> None:
    name, reason = folder_name(wanted)
    assert name
    assert all(part and part not in (".", "..") and not part.endswith(".") for part in name.split("/"))
    assert (reason == "") == (name == wanted)


@settings(deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=6), WANTED, max_size=12))
def test_names_are_unique_without_regard_to_case(wanted: dict[str, str]) -> None:
    book = UniqueNames("container", longest=20, taken=["taken-raw", "abc"])
    given_names = [book.give(key, wanted[key]) for key in sorted(wanted)]
    assert len({name.lower() for name in given_names} | {"taken-raw", "abc"}) == len(given_names) + 2
    assert all(len(name) <= 20 for name in given_names)


def test_a_taken_name_is_left_to_its_owner() -> None:
    book = UniqueNames("container", longest=63, taken=["retail-raw"])
    name = book.give("retail-raw", "retail-raw")
    assert name.startswith("retail-raw-")
    row = renamed_frame(book).row(0, named=True)
    assert row == {
        "kind": "container",
        "wanted": "retail-raw",
        "given": name,
        "reason": "a container of that name exists",
    }


def test_two_that_want_one_name_are_told_apart() -> None:
    book = UniqueNames("folder", longest=1024)
    first, second = book.give("a", "CRM/customer"), book.give("b", "crm/customer")
    assert first == "CRM/customer"
    assert second.startswith("crm/customer-")
    assert renamed_frame(book)["reason"].to_list() == ["two want the same name"]


def test_the_same_key_keeps_its_name() -> None:
    book = UniqueNames("container", longest=63)
    assert book.give("x-raw", "x-raw") == book.give("x-raw", "x-raw") == "x-raw"


@pytest.mark.parametrize(
    ("field", "pattern", "message"),
    [
        ("container", "{domain}-{zne}", "no part 'zne'"),
        ("container", "{domain", "bad pattern"),
        ("container", "{domain}", "needs {zone}"),
        ("path", "all", "would give everything one name"),
    ],
)
def test_bad_patterns_are_refused(field: str, pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        LayoutSettings.model_validate({field: pattern})
