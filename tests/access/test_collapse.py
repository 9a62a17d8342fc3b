"""Collapse: classes are exactly sets of equal grants, on every engine; collisions are caught by comparison."""

import hashlib
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from lakezones.access import AccessSettings, kernel, resolve
from lakezones.access.collapse import group, hashes
from lakezones.access.engine import SparkEngine
from lakezones.access.numbers import Numbers
from lakezones.errors import CheckFailed, ConfigError
from lakezones.model.frames import Access, Facts, frames_of
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
    pairs = (
        pl.DataFrame(
            {"container": rng.integers(0, count, 90), "key": rng.integers(0, 4, 90)},
            schema={"container": pl.UInt32, "key": pl.UInt32},
        )
        .unique()
        .sort("container", "key")
    )
    containers = pl.DataFrame(
        {"container": np.arange(count), "wide": rng.integers(0, 2, count)},
        schema={"container": pl.UInt32, "wide": pl.UInt32},
    )
    return pairs, containers, hashes([hashlib.sha256(text).digest() for text in (b"a", b"b", b"c", b"d")])


class PolarsEngine:
    """What Spark runs, in this process."""

    @contextmanager
    def frames(self, *frames: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
        yield tuple(frame.lazy() for frame in frames)

    def keep(self, frame: Any) -> Any:
        return self.collect(frame).lazy()

    def collect(self, frame: Any) -> pl.DataFrame:
        result: pl.DataFrame = frame.collect(engine="streaming")
        return result


ENGINES = pytest.mark.parametrize("engine", [None, PolarsEngine()], ids=["kernel", "narwhals"])


@ENGINES
@pytest.mark.parametrize("seed", range(30))
def test_groups_are_equal_sets(seed: int, engine: PolarsEngine | None) -> None:
    pairs, containers, hashed = frames(seed)
    grouped = dict(group(pairs, containers, hashed, engine=engine).iter_rows())
    sets = sets_of(pairs, containers["container"].to_list())
    wide = dict(containers.iter_rows())
    for one in sets:
        for other in sets:
            same = sets[one] == sets[other] and wide[one] == wide[other]
            assert (grouped[one] == grouped[other]) is same
        assert grouped[one] <= one


@ENGINES
@pytest.mark.parametrize("chunk", [1, 1 << 22])
def test_a_collision_is_caught(engine: PolarsEngine | None, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With hashes that are all alike only the count tells sets apart, and the comparison must see it."""
    pairs, containers, hashed = frames(3)
    weak = hashed.with_columns(h0=pl.lit(7, pl.Int64), h1=pl.lit(7, pl.Int64))
    monkeypatch.setattr(kernel, "CHUNK", chunk)
    with pytest.raises(CheckFailed, match="collide"):
        group(pairs, containers, weak, engine=engine)


def test_batches_are_as_good_as_one_table() -> None:
    grants = planted_grants(20_000, seed=5).collect()
    draw = random.Random(1)
    ends = [AS_OF - timedelta(days=1), AS_OF + timedelta(days=1), None]
    grants = grants.with_columns(
        access=pl.Series(draw.choices(["read", "write", None], k=grants.height)),
        entitlement=pl.Series(draw.choices(["E1", "E2", None, None], k=grants.height)),
        expires_at=pl.Series(draw.choices(ends, k=grants.height)),
    )
    settings = AccessSettings()
    whole = Facts.of({"grants": grants}, as_of=AS_OF)
    slow = resolve(whole, settings=settings)
    parts = [grants.sample(fraction=1.0, shuffle=True, seed=2)[i::3] for i in range(3)]
    apart = Facts.of({"grants": grants.clear()}, as_of=AS_OF)
    fast = resolve(apart, settings=settings, grants=iter([*parts, parts[0]]))
    for name, frame in frames_of(slow).items():
        assert_frame_equal(getattr(fast, name), frame)
    assert fast.summary["assessed"]["grants"] == sum(part.height for part in [*parts, parts[0]])
    assert slow.class_access["level"].n_unique() == 2
    assert slow.class_grants["entitlement"].n_unique() == 3


def test_no_batches_are_no_access() -> None:
    apart = Facts.of({"grants": pl.DataFrame({"principal_id": ["p"], "container": ["c"]}).clear()}, as_of=AS_OF)
    assert resolve(apart, settings=AccessSettings(), grants=iter([])).class_access.is_empty()


@given(st.lists(st.lists(st.text(max_size=3), max_size=20), max_size=4))
@example([["a", "b"], [], ["b", "c", "a"]])
def test_numbers_are_the_same_in_every_batch(batches: list[list[str]]) -> None:
    numbers = Numbers()
    coded = [numbers.number(pl.Series(batch, dtype=pl.String)).tolist() for batch in batches]
    names = numbers.names().to_list()
    assert [[names[code] for code in batch] for batch in coded] == batches
    assert sorted(names) == sorted({name for batch in batches for name in batch})


def test_names_whose_hashes_collide_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    names = pl.Series(["ann", "bob", "ann", "eve"])
    numbers = Numbers()
    monkeypatch.setattr(pl.Series, "hash", lambda self: pl.Series(np.zeros(len(self), dtype=np.uint64)))
    coded = numbers.number(names)
    assert numbers.names().gather(coded).to_list() == names.to_list()


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
