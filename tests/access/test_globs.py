"""Globs of entitlements beside fnmatch, and those that no regular expression should see."""

import random
from fnmatch import fnmatchcase

import polars as pl
import pytest

from lakezones.access import AccessSettings, resolve
from lakezones.access.routes.globs import glob_regex
from lakezones.model.facts import FACTS
from lakezones.model.frames import Facts
from tests import golden

NAMES = ["abc", "crm-1", "x]y", "[x", "a!b", "z", "a^", "b\\c", ""]


def fitting(glob: str) -> list[str]:
    frame = pl.DataFrame({"container": NAMES})
    return frame.filter(pl.col("container").str.contains(glob_regex(glob)))["container"].to_list()


@pytest.mark.parametrize(
    "glob", ["[z-a]*", "[]", "[!]", "[", "[]]*", "*[!]-]*", "[!z-a]", "[a-c]??", "*[&^\\]*", "***", "a[!!]b", "[!"]
)
def test_odd_sets(glob: str) -> None:
    assert fitting(glob) == [name for name in NAMES if fnmatchcase(name, glob)]


@pytest.mark.parametrize("seed", range(20))
def test_random_globs(seed: int) -> None:
    rnd = random.Random(seed)
    for _ in range(30):
        glob = "".join(rnd.choices("abcz[]!-*?^\\", k=rnd.randint(0, 7)))
        assert fitting(glob) == [name for name in NAMES if fnmatchcase(name, glob)], glob


@pytest.mark.parametrize("glob", ["?" * 20_000, "[a-z]" * 20_000, "*" * 20_000 + "?" * 20_000])
def test_what_is_longer_than_every_name_fits_none(glob: str) -> None:
    tables = {
        "entitlements": pl.DataFrame({"principal_id": ["ann"], "entitlement": ["e"]}),
        "entitlement_containers": pl.DataFrame({"entitlement": ["e"], "container": [glob]}),
        "grants": pl.DataFrame({"principal_id": ["bob"], "container": ["crm-1"]}),
    }
    whole = {
        name: pl.concat([FACTS[name].create_empty(), rows], how="diagonal_relaxed") for name, rows in tables.items()
    }
    access = resolve(Facts.of(whole, as_of=golden.facts().as_of), settings=AccessSettings())
    assert access.class_access["principal_id"].to_list() == ["bob"]
