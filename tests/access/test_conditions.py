"""Conditions beside a walk over their tree, and the bounds beyond which they are unknown."""

import random
import time
from typing import Any

import polars as pl
import pytest

from lakezones.access.routes.conditions import MAX_BYTES, MAX_DEPTH, UNKNOWN, Condition, parse_condition
from lakezones.access.routes.roles import matches
from tests.access.estates import CONTAINERS, text_of, tree
from tests.access.reference_model import BLOBS, covers, kleene

READ = f"{BLOBS}/read"
NAME = f"@Resource[{CONTAINERS}:name]"
NAMES = [f"c{i}" for i in range(4)] + ["a1"]


def outcome(condition: Condition, *, names: list[str] = NAMES) -> list[bool | None]:
    frame = pl.DataFrame({"name": names}).with_columns(account=pl.lit("x"), hns=pl.lit(True), metadata=pl.lit("{}"))
    values = frame.select(condition.value(READ)).to_series().to_list()
    return values * len(names) if len(values) == 1 else values


def unknown(text: str) -> bool:
    return outcome(parse_condition(text)) == [None] * len(NAMES)


@pytest.mark.parametrize("seed", range(200))
def test_random_conditions(seed: int) -> None:
    """Many operands side by side, negations, parentheses nobody needs."""
    rnd = random.Random(seed)
    node: Any = (rnd.choice(["and", "or"]), *(tree(rnd, 3) for _ in range(rnd.randint(2, 6))))
    text = "(" + f" {node[0].upper()} ".join(f"(({text_of(part)}))" for part in node[1:]) + ")"
    signs = "!" * rnd.choice([0, 0, 1, 2, 7, 200])
    expected = [kleene(node, READ, {"name": name, "metadata": {}}) for name in NAMES]
    if len(signs) % 2:
        expected = [None if value is None else not value for value in expected]
    assert outcome(parse_condition(signs + text)) == expected


@pytest.mark.parametrize("sign", ["!", "NOT ", "! "])
def test_thousands_of_negations_end(sign: str) -> None:
    fitting = (MAX_BYTES - 200) // len(sign) // 2 * 2
    assert outcome(parse_condition(sign * fitting + f"{NAME} StringEquals 'c1'")) == [n == "c1" for n in NAMES]
    assert parse_condition(sign * 10_000 + f"{NAME} StringEquals 'c1'") is UNKNOWN


def test_parentheses_are_read_to_a_depth() -> None:
    inner = f"{NAME} StringEquals 'c1'"
    deep = parse_condition("(" * MAX_DEPTH + inner + ")" * MAX_DEPTH)
    assert outcome(deep) == [n == "c1" for n in NAMES]
    assert unknown("(" * (MAX_DEPTH + 1) + inner + ")" * (MAX_DEPTH + 1))
    assert unknown("(" * 1_000 + inner + ")" * 1_000)
    # Side by side is not one in another.
    assert outcome(parse_condition(" OR ".join([f"({inner})"] * 70)))[1] is True


def test_a_condition_of_exactly_the_limit_is_read() -> None:
    text = f"{NAME} StringEquals 'c1' OR {NAME} StringEquals '"
    text += "é" * ((MAX_BYTES - len(text) - 1) // 2) + "'"
    text += " " * (MAX_BYTES - len(text.encode()))
    assert len(text.encode()) == MAX_BYTES
    assert outcome(parse_condition(text)) == [n == "c1" for n in NAMES]
    assert parse_condition(text + " ") is UNKNOWN


def test_long_alternatives_are_fast() -> None:
    short = "@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'x'"
    named = parse_condition(" OR ".join([short] * 110))
    started = time.perf_counter()
    assert outcome(named, names=[f"c{i}" for i in range(50_000)])[:2] == [True, True]
    assert parse_condition(" OR ".join(f"{NAME} StringEquals 'c{i}'" for i in range(900))) is UNKNOWN
    assert unknown(" OR ".join(["@a[b] c 1"] * 600))
    assert time.perf_counter() - started < 20


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("*" * 8_000, None), ("c?" + "*" * 98, True), ("?" * 8_000, None), ("c" * 8_000 + "*", False)],
)
def test_wildcards_have_a_bound(pattern: str, expected: bool | None) -> None:
    assert outcome(parse_condition(f"{NAME} StringLike '{pattern}'"))[1] is expected


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [("*" + "a*" * 40 + "b", False), ("*", True), ("m*/BLOBS/read", True), ("m*read*read", False), ("*/read ", True)],
)
def test_patterns_of_roles(pattern: str, fits: bool) -> None:
    assert matches("Microsoft.Storage/" + "a" * 60 + "/blobs/read", [pattern]) is fits


@pytest.mark.parametrize("seed", range(20))
def test_patterns_of_roles_beside_the_reference(seed: int) -> None:
    rnd = random.Random(seed)
    for _ in range(100):
        text = "".join(rnd.choices("ab/", k=rnd.randint(0, 8)))
        pattern = "".join(rnd.choices("ab/**", k=rnd.randint(0, 6)))
        assert matches(text, [pattern]) == covers(pattern, text), (pattern, text)
