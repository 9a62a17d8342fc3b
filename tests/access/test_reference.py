"""The fast path against the slow reference, on random estates, and what must hold however facts change."""

import random

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakezones.access import AccessSettings, resolve
from lakezones.access.routes.raw import raw_grants
from lakezones.model.frames import Access
from tests.access.estates import drop, estate, for_reference, merge, to_facts
from tests.access.reference import Estate, Reference

OPTIONAL = ["memberships", "acls", "role_assignments", "principals", "grants", "entitlements"]


def by_container(access: Access) -> dict[tuple[str, str, str], int]:
    """(container, principal, lane) to level."""
    pairs = access.class_access.join(access.container_classes, on="class_id")
    return {
        (c, p.replace("sas:*/", f"sas:{c}/"), lane): level
        for c, p, lane, level in pairs.select("container", "principal_id", "lane", "level").iter_rows()
    }


def requests_by_container(access: Access) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Requests as (person, entitlement), and as (person, container) where there is no entitlement."""
    named = access.requests.filter(pl.col("entitlement") != "")
    rest = access.requests.filter(pl.col("entitlement") == "").join(access.container_classes, on="class_id")
    return (
        set(named.select("principal_id", "entitlement").iter_rows()),
        set(rest.select("principal_id", "container").iter_rows()),
    )


def assert_agrees(estates: list[Estate]) -> Access:
    """Resolved together, `estates` have the access that the reference finds in each by itself."""
    access = resolve(to_facts(merge(estates)), settings=AccessSettings())
    references = [Reference(for_reference(drawn)) for drawn in estates]
    slow = {key: level for reference in references for key, level in reference.access.items()}
    fast = by_container(access)
    differing = {key: (fast.get(key), slow.get(key)) for key in fast.keys() | slow.keys()}
    assert {key: pair for key, pair in differing.items() if pair[0] != pair[1]} == {}
    named, rest = zip(*(reference.requests() for reference in references), strict=True)
    assert requests_by_container(access) == (set().union(*named), set().union(*rest))
    return access


@given(rnd=st.randoms(use_true_random=False), missing=st.lists(st.sampled_from(OPTIONAL), max_size=2))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_one_estate(rnd: random.Random, missing: list[str]) -> None:
    assert_agrees([drop(estate(rnd), missing)])


@pytest.mark.parametrize("seed", range(8))
def test_many_estates_at_once(seed: int) -> None:
    """300 estates resolved together, each in an account of its own: 2,400 over the seeds."""
    rnd = random.Random(seed)
    missing = rnd.sample(OPTIONAL, seed % 3)
    access = assert_agrees([drop(estate(rnd, f"x{i}-", bare=False), missing) for i in range(300)])
    # The generator must not have stopped making the hard cases.
    assert set(access.class_access["lane"].cast(pl.String)) == {
        "data",
        "conditional",
        "eligible",
        "bearer",
        "control",
    } - ({"control", "eligible"} if "role_assignments" in missing else set())


def test_estates_entangle_acls() -> None:
    """Some of the random ACLs give to people what no entry gives alone, or take away what one gives."""
    rnd = random.Random(0)
    raw = raw_grants(
        to_facts(merge([estate(rnd, f"x{i}-", bare=False) for i in range(300)])), settings=AccessSettings()
    )
    assert len(raw.profiles) > 50
