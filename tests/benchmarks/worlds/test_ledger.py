"""The family `ledger` makes lakes that hold together: facts that validate, and truths that agree with them."""

import re
import time

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lakezones.model.facts import KEYS
from lakezones.model.frames import frames_of
from tests.benchmarks.worlds.ledger import generate
from tests.benchmarks.worlds.world import ZONES, World

SEEDS = (1, 2)
NAME = re.compile(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*")


@pytest.fixture(scope="module", params=SEEDS)
def world(request: pytest.FixtureRequest) -> World:
    started = time.perf_counter()
    made = generate(request.param)
    assert time.perf_counter() - started < 3
    return made


def external_or_gone(world: World) -> set[str]:
    people = world.facts.table("principals")
    return set(people.filter(~pl.col("enabled") | (pl.col("kind") != "user"))["principal_id"])


def access(world: World) -> pl.DataFrame:
    table = "entitlements" if world.facts.assessed("entitlements") else "grants"
    return world.facts.table(table)


def test_it_is_as_big_as_a_small_world_is(world: World) -> None:
    people = world.facts.table("principals").filter(pl.col("kind") == "user")
    assert 60 <= people.height <= 200
    assert 750 <= world.facts.table("containers").height <= 4_100
    opened = world.facts.table("entitlement_containers" if world.facts.assessed("entitlements") else "grants")
    assert 35 <= opened["entitlement"].n_unique() <= 190


def test_names_of_containers_are_names_that_azure_takes(world: World) -> None:
    assert all(NAME.fullmatch(name) for name in world.facts.table("containers")["container"])


def test_every_container_of_the_truth_is_in_the_facts(world: World) -> None:
    known = set(world.facts.table("containers")["container"])
    assert set(world.truth.areas["container"]) == known
    assert set(world.truth.zones["container"]) <= known
    assert world.truth.zones.height > 0.95 * len(known)
    assert set(world.truth.zones["zone"]) == set(ZONES)
    assert set(world.truth.used_later["container"]) <= known
    assert 5 <= world.truth.areas["area"].n_unique() <= 16


def test_no_row_of_the_facts_is_there_twice(world: World) -> None:
    for table, frame in frames_of(world.facts).items():
        if table in KEYS:
            assert not frame.select(KEYS[table]).is_duplicated().any(), table


def test_what_people_need_is_what_their_roles_give(world: World) -> None:
    by_roles = {(one, name) for role in world.truth.roles for one in role.people for name in role.entitlements}
    assert set(world.truth.needed.iter_rows()) == by_roles
    assert not set(world.truth.leftovers.iter_rows()) & by_roles


def test_people_of_roles_are_enabled_and_in_the_facts(world: World) -> None:
    people = {one for role in world.truth.roles for one in role.people}
    assert people <= set(world.facts.table("principals")["principal_id"]) - external_or_gone(world)


def test_layers_are_disjoint_for_everybody(world: World) -> None:
    if not world.truth.layered:
        assert {role.layer for role in world.truth.roles} == {"job"}
        return
    held = [(one, name, role.layer) for role in world.truth.roles for one in role.people for name in role.entitlements]
    layers: dict[tuple[str, str], set[str]] = {}
    for one, name, layer in held:
        layers.setdefault((one, name), set()).add(layer)
    assert all(len(found) == 1 for found in layers.values())


def test_birthright_and_area_hold_no_write_and_nothing_restricted(world: World) -> None:
    basic = {n for role in world.truth.roles if role.layer in ("birthright", "area") for n in role.entitlements}
    table = "entitlement_containers" if world.facts.assessed("entitlements") else "grants"
    opens = world.facts.table(table).filter(pl.col("entitlement").is_in(sorted(basic)))
    assert set(opens["access"]) <= {"read"}
    marked = world.facts.table("containers").filter(
        pl.col("metadata").str.contains('"sensitivity": "(restricted|pii|confidential|secret)"')
    )
    assert not set(opens["container"]) & set(marked["container"])


def test_leftovers_and_most_of_what_is_needed_is_held(world: World) -> None:
    held = set(access(world).select("principal_id", "entitlement").iter_rows())
    assert set(world.truth.leftovers.iter_rows()) <= held
    needed = set(world.truth.needed.iter_rows())
    assert len(needed & held) > 0.85 * len(needed)


def test_joiners_need_something_of_an_area_that_there_is(world: World) -> None:
    assert 4 <= len(world.truth.joiners) <= 12
    for joiner in world.truth.joiners:
        assert joiner.needed
        assert joiner.area in world.truth.area_of.values()


def test_the_same_seed_makes_the_same_world(world: World) -> None:
    again = generate(int(world.name.rpartition("-")[2]))
    first, second = frames_of(world.facts), frames_of(again.facts)
    assert first.keys() == second.keys()
    for name, frame in first.items():
        assert_frame_equal(frame, second[name])
    assert_frame_equal(world.truth.zones, again.truth.zones)
    assert_frame_equal(world.truth.used_later, again.truth.used_later)
    assert world.truth.roles == again.truth.roles
    assert world.truth.joiners == again.truth.joiners
    assert world.conventions == again.conventions


def test_other_seeds_draw_other_conventions() -> None:
    drawn = [generate(seed).conventions for seed in (1, 3, 5, 7)]
    for key in ("department", "language", "shops", "lineage_rate"):
        assert len({str(one[key]) for one in drawn}) > 1
