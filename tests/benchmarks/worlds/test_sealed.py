"""The family `sealed`: small worlds come quickly, are valid facts, and their truths agree with each other."""

import json
import re
import time
from collections import defaultdict

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lakezones.model.facts import FACTS, KEYS
from tests.benchmarks.worlds.sealed import generate
from tests.benchmarks.worlds.world import World

SEEDS = (1, 2)


@pytest.fixture(scope="module", params=SEEDS)
def world(request: pytest.FixtureRequest) -> World:
    """A small world."""
    return generate(request.param)


def held(world: World) -> pl.DataFrame:
    """Pairs of principal and entitlement that are held, whichever table carries them."""
    if world.facts.entitlements is None:
        return world.facts.table("grants").select("principal_id", "entitlement").unique()
    approved = pl.col("status").fill_null("approved") == "approved"
    return world.facts.entitlements.filter(approved).select("principal_id", "entitlement")


def opened(world: World) -> pl.DataFrame:
    """What entitlements open: entitlement, container, access."""
    name = "grants" if world.facts.entitlement_containers is None else "entitlement_containers"
    return world.facts.table(name).select("entitlement", "container", "access").unique()


def test_small_world_comes_quickly() -> None:
    start = time.process_time()
    generate(1)
    assert time.process_time() - start < 3


def test_sizes(world: World) -> None:
    said = world.conventions
    assert 60 <= said["people"] <= 200
    assert 40 <= said["entitlements"] <= 180
    assert 800 <= said["containers"] <= 4000
    assert 5 <= said["areas"] <= 15
    assert 4 <= len(world.truth.joiners) <= 12


def test_keys_are_unique_and_names_valid(world: World) -> None:
    for table in FACTS:
        frame = world.facts.table(table)
        assert frame.unique(KEYS[table]).height == frame.height, table
    names = world.facts.table("containers")["container"].to_list()
    assert all(re.fullmatch(r"[a-z0-9](-?[a-z0-9])+", name) and 3 <= len(name) <= 63 for name in names)


def test_containers_of_truth_and_tables_are_in_the_facts(world: World) -> None:
    names = world.facts.table("containers").select("container")
    named = [world.truth.zones, world.truth.areas, world.truth.used_later, opened(world), world.facts.table("usage")]
    named.append(world.facts.table("references").drop_nulls("container"))
    for frame in named:
        assert frame.join(names, on="container", how="anti").is_empty()
    assert world.truth.zones["container"].is_unique().all()
    assert world.truth.zones.height >= 0.96 * names.height


def test_needed_is_the_union_of_roles(world: World) -> None:
    union = {(person, name) for role in world.truth.roles for person in role.people for name in role.entitlements}
    assert set(world.truth.needed.rows()) == union
    assert not set(world.truth.leftovers.rows()) & union
    assert set(world.truth.leftovers.rows()) <= set(held(world).rows())
    known = set(opened(world)["entitlement"].to_list())
    assert {name for _, name in union} <= known
    assert all(joiner.needed <= known for joiner in world.truth.joiners)


def test_planted_people_are_enabled_and_in_the_facts(world: World) -> None:
    enabled = set(world.facts.table("principals").filter("enabled", pl.col("kind") == "user")["principal_id"].to_list())
    assert all(role.people <= enabled for role in world.truth.roles)
    assert set(world.truth.area_of) <= enabled


@pytest.mark.parametrize("seed", [*SEEDS, 8])
def test_layers_are_disjoint_and_common_ones_hold_nothing_delicate(seed: int) -> None:
    world = generate(seed)
    if not world.truth.layered:
        assert {role.layer for role in world.truth.roles} == {"job"}
        return
    layers: dict[str, set[str]] = defaultdict(set)
    for role in world.truth.roles:
        layers[role.layer] |= role.entitlements
    assert sum(map(len, layers.values())) == len(set().union(*layers.values()))
    delicate = [
        name
        for name, text in world.facts.table("containers").select("container", "metadata").drop_nulls().rows()
        if {"restricted", "pii", "secret"} & set(map(str, json.loads(text).values()))
    ]
    rows = opened(world).filter((pl.col("access") == "write") | pl.col("container").is_in(delicate))
    common = layers["birthright"] | layers["area"] | layers["job"]
    assert not common & set(rows["entitlement"].to_list())


def test_same_seed_same_world() -> None:
    one, other = generate(1), generate(1)
    for table in FACTS:
        assert_frame_equal(one.facts.table(table), other.facts.table(table))
    assert one.truth.roles == other.truth.roles
    assert one.truth.joiners == other.truth.joiners
    assert one.conventions == other.conventions
    for name in ("zones", "areas", "needed", "leftovers", "used_later"):
        assert_frame_equal(getattr(one.truth, name), getattr(other.truth, name))


def test_seeds_differ() -> None:
    assert generate(1).conventions != generate(2).conventions
