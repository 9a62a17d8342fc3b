"""Collapse: classes are exactly sets of equal grants, on every engine; collisions are caught by comparison."""

import shutil
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lakezones.access import AccessSettings, resolve
from lakezones.access.bulk import resolve_grants
from lakezones.access.collapse import group, hashes
from lakezones.access.engine import PolarsEngine, SparkEngine
from lakezones.errors import CheckFailed, ConfigError
from lakezones.model.frames import Access, Facts
from tests.benchmarks.bench_access import planted_grants

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)


def sets_of(pairs: pl.DataFrame, containers: list[int]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {container: set() for container in containers}
    for container, key in pairs.iter_rows():
        found[container].add(key)
    return {container: frozenset(keys) for container, keys in found.items()}


def frames(seed: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 60))
    pairs = pl.DataFrame(
        {"container": rng.integers(0, count, 90), "key": rng.integers(0, 4, 90)},
        schema={"container": pl.UInt32, "key": pl.UInt32},
    ).unique()
    containers = pl.DataFrame(
        {"container": np.arange(count), "wide": rng.integers(0, 2, count)},
        schema={"container": pl.UInt32, "wide": pl.UInt32},
    )
    texts = pl.DataFrame({"key": range(4), "text": list("abcd")}, schema={"key": pl.UInt32, "text": pl.String})
    return pairs, containers, hashes(texts)


@pytest.mark.parametrize("seed", range(30))
def test_groups_are_equal_sets(seed: int) -> None:
    pairs, containers, hashed = frames(seed)
    grouped = dict(group(pairs, containers, hashed, engine=PolarsEngine()).iter_rows())
    sets = sets_of(pairs, containers["container"].to_list())
    wide = dict(containers.iter_rows())
    for one in sets:
        for other in sets:
            same = sets[one] == sets[other] and wide[one] == wide[other]
            assert (grouped[one] == grouped[other]) is same
        assert grouped[one] <= one


def test_a_collision_is_caught() -> None:
    """With hashes that are all alike only the count tells sets apart, and the comparison must see it."""
    pairs, containers, hashed = frames(3)
    weak = hashed.with_columns(h0=pl.lit(7, pl.Int64), h1=pl.lit(7, pl.Int64))
    with pytest.raises(CheckFailed, match="collide"):
        group(pairs, containers, weak, engine=PolarsEngine())


def test_bulk_is_resolve_for_grants_alone() -> None:
    grants = planted_grants(20_000, seed=5).collect()
    levels = pl.Series(np.random.default_rng(1).choice(["read", "write"], grants.height), dtype=pl.String)
    grants = grants.with_columns(access=levels)
    slow = resolve(Facts.of({"grants": grants}, as_of=AS_OF), settings=AccessSettings())
    parts = [grants.sample(fraction=1.0, shuffle=True, seed=2)[i::3] for i in range(3)]
    fast = resolve_grants([*parts, parts[0]])
    assert_frame_equal(fast.container_classes, slow.container_classes.select("class_id", "container"))
    assert_frame_equal(fast.class_access, slow.class_access.drop("lane"))


def test_bulk_of_nothing_is_nothing() -> None:
    assert resolve_grants([]).class_access.is_empty()


def spark_or_skip() -> None:
    pytest.importorskip("pyspark", reason="pyspark is not installed (extra lakezones[spark])")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, and there is no java on the path")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::FutureWarning")
def test_spark_gives_the_same_classes() -> None:
    """Medium size: 5,000 containers, 500,000 grants."""
    spark_or_skip()
    facts = Facts.of({"grants": planted_grants(500_000, seed=3).collect()}, as_of=AS_OF)
    here = resolve(facts, settings=AccessSettings())
    there = resolve(facts, settings=AccessSettings(engine="spark", spark_master="local[2]"))
    assert_same(here, there)


def assert_same(one: Access, other: Access) -> None:
    assert_frame_equal(one.container_classes, other.container_classes)
    assert_frame_equal(one.class_access, other.class_access)


def test_spark_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    with pytest.raises(ConfigError) as raised:
        SparkEngine()._session()
    assert "lakezones[spark]" in (raised.value.hint or "")
