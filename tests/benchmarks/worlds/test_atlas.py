"""The family atlas: what it generates is quick, valid, the same each time, and agrees with its own truth."""

import re
import time
from collections import defaultdict

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.benchmarks.worlds.atlas import generate
from tests.benchmarks.worlds.world import LAYERS, ZONES, World

NAME = re.compile(r"([a-z0-9]{3,24}/)?(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


@pytest.fixture(scope="module", params=[1, 2])
def world(request: pytest.FixtureRequest) -> World:
    started = time.perf_counter()
    made = generate(request.param)
    assert time.perf_counter() - started < 3
    return made


def test_the_lake_is_of_the_size_asked_for(world: World) -> None:
    containers = world.facts.table("containers")
    people = world.facts.table("principals").filter(pl.col("kind") == "user")
    assert 800 <= containers.height <= 4000
    assert 60 <= people.height <= 200
    assert containers["container"].is_unique().all()
    assert people["principal_id"].is_unique().all()
    assert all(NAME.fullmatch(name) for name in containers["container"])
    assert world.facts.as_of.year == 2026


def test_truth_speaks_of_what_the_facts_hold(world: World) -> None:
    facts, truth = world.facts, world.truth
    containers = set(facts.table("containers")["container"])
    enabled = set(facts.table("principals").filter("enabled")["principal_id"])
    assert set(truth.zones["container"]) <= containers
    assert set(truth.zones["zone"]) == set(ZONES)
    assert set(truth.areas["container"]) <= containers
    assert 5 <= truth.areas["area"].n_unique() <= 15
    assert truth.zones.height >= 0.96 * len(containers)
    for role in truth.roles:
        assert role.people <= enabled
        assert role.layer in LAYERS
        assert role.entitlements
    assert set(truth.used_later["container"]) <= containers
    assert not truth.teams & set(truth.areas["area"])


def test_needed_is_the_union_of_the_roles(world: World) -> None:
    union = {(p, e) for role in world.truth.roles for p in role.people for e in role.entitlements}
    needed = set(world.truth.needed.iter_rows())
    assert needed == union
    assert len(needed) == world.truth.needed.height
    assert not set(world.truth.leftovers.iter_rows()) & needed


def test_layers_are_disjoint_for_everybody(world: World) -> None:
    if not world.truth.layered:
        assert {role.layer for role in world.truth.roles} == {"job"}
        return
    held: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for role in world.truth.roles:
        for person in role.people:
            for entitlement in role.entitlements:
                held[person, entitlement].add(role.layer)
    assert all(len(layers) == 1 for layers in held.values())


def _secret(world: World) -> tuple[set[str], set[str]]:
    """Entitlements that write, and those that open restricted data."""
    facts = world.facts
    opened = facts.table("entitlement_containers" if facts.assessed("entitlement_containers") else "grants")
    marked = facts.table("containers").filter(pl.col("metadata").str.contains('"(restricted|pii)"'))["container"]
    writes = set(opened.filter(pl.col("access") == "write")["entitlement"])
    return writes, set(opened.filter(pl.col("container").is_in(marked.implode()))["entitlement"])


@pytest.mark.parametrize("seed", range(1, 7))
def test_birthright_and_area_hold_nothing_that_needs_care(seed: int) -> None:
    world = generate(seed)
    writes, restricted = _secret(world)
    common = [role for role in world.truth.roles if role.layer in ("birthright", "area")]
    for role in common:
        assert not role.entitlements & (writes | restricted)


def test_joiners_join_a_team_that_is_there(world: World) -> None:
    assert 4 <= len(world.truth.joiners) <= 12
    needed = set(world.truth.needed["entitlement"])
    departments = set(world.facts.table("principals")["department"]) | {None}
    for joiner in world.truth.joiners:
        assert joiner.needed
        assert joiner.needed <= needed
        assert joiner.department in departments


def test_the_same_seed_gives_the_same_world(world: World) -> None:
    again = generate(int(world.name.split("-")[1]))
    for table in ("containers", "principals", "entitlements", "entitlement_containers", "grants", "usage", "systems"):
        assert_frame_equal(world.facts.table(table), again.facts.table(table))
    assert_frame_equal(world.facts.table("references"), again.facts.table("references"))
    for name in ("zones", "areas", "needed", "leftovers", "used_later"):
        assert_frame_equal(getattr(world.truth, name), getattr(again.truth, name))
    assert world.truth.roles == again.truth.roles
    assert world.truth.joiners == again.truth.joiners


def test_conventions_vary_from_seed_to_seed() -> None:
    drawn = [generate(seed).conventions for seed in range(1, 9)]
    for key in ("departments", "formats", "lineage", "shops", "ids", "domain_tags"):
        assert len({str(one[key]) for one in drawn}) >= 2, key


@pytest.mark.slow
def test_a_large_lake_has_the_numbers_asked_for() -> None:
    started = time.perf_counter()
    world = generate(1, size="large")
    assert time.perf_counter() - started < 60
    assert world.facts.table("containers").height == 50_000
    assert world.facts.table("principals").filter(pl.col("kind") == "user").height == 300
    assert world.facts.table("entitlement_containers")["entitlement"].n_unique() == 540
