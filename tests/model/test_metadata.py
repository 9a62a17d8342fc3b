"""Metadata of containers: what is taken out of the text quickly is what a parser finds in it."""

import json

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from lakezones.model.metadata import SYSTEM_KEYS, declared, first_of, long_metadata

KEYS = st.sampled_from(["system", "System", "source_system", "APP", "app", "table", "sys\u0074em", 'a"system"', "s.x"])
SCALARS = st.one_of(
    st.sampled_from(["CRM", "", "  ", " db2 ", '"system": "no"', "ünï", "a\nb", "[1]", "{}", "null"]),
    st.none(),
    st.booleans(),
    st.integers(-9, 9),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(KEYS, SCALARS, max_size=2))
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=4)
TEXTS = st.one_of(
    OBJECTS.map(json.dumps),
    OBJECTS.map(lambda value: json.dumps(value, ensure_ascii=False, indent=1)),
    # Cut off, in the middle of something else, or no object at all.
    st.tuples(OBJECTS.map(json.dumps), st.integers(0, 40)).map(lambda pair: pair[0][: pair[1]]),
    st.tuples(OBJECTS, st.text(max_size=3)).map(lambda pair: json.dumps(pair[0]) + pair[1]),
    st.lists(OBJECTS, max_size=2).map(json.dumps),
    # Keys that are given twice.
    st.tuples(OBJECTS, OBJECTS).map(lambda two: json.dumps(two[0])[:-1] + ", " + json.dumps(two[1])[1:]),
    st.text(max_size=8),
    st.none(),
)


@given(st.lists(TEXTS, max_size=6), st.sampled_from([SYSTEM_KEYS, ("app",), ("s.x", "table")]))
@example(['{"system": "A"} x'], SYSTEM_KEYS)
@example(['{"\\u0073ystem": "A", "app": "B"}'], SYSTEM_KEYS)
@example(['{"system": "A", "\\u0073ystem": "B"}'], SYSTEM_KEYS)
@example(['{"system": "A", "system"}'], SYSTEM_KEYS)
def test_what_is_declared_is_what_a_parser_finds(texts: list[str | None], keys: tuple[str, ...]) -> None:
    containers = pl.DataFrame(
        {"container": [f"c{i}" for i in range(len(texts))], "metadata": texts},
        schema={"container": pl.String, "metadata": pl.String},
    )
    assert declared(containers, keys, "x").equals(first_of(long_metadata(containers), keys, "x").sort("container"))


def test_the_long_frame_has_a_row_for_each_plain_value() -> None:
    containers = pl.DataFrame(
        {"container": ["a", "b", "c", "d"], "metadata": ['{"System": " CRM ", "n": 3, "o": {"x": 1}}', None, "x", "{}"]}
    )
    assert long_metadata(containers).rows() == [("a", "system", "CRM"), ("a", "n", "3")]


def test_the_first_key_wins_and_then_the_next_one_that_says_something() -> None:
    containers = pl.DataFrame(
        {
            "container": ["a", "b"],
            "metadata": ['{"app": "shop", "system": "CRM"}', '{"system": " ", "Application": "till"}'],
        }
    )
    assert declared(containers, SYSTEM_KEYS, "system").rows() == [("a", "CRM"), ("b", "till")]


def test_no_keys_say_nothing() -> None:
    containers = pl.DataFrame({"container": ["c"], "metadata": ['{"domain": "sales"}']})
    assert declared(containers, (), "tag").is_empty()
    assert first_of(long_metadata(containers), (), "tag").columns == ["container", "tag"]
