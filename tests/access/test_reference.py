"""The fast path against the slow reference, on random estates. `make torture` compares ten times as many and more."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakezones.access import AccessSettings
from lakezones.access.routes.raw import raw_grants
from tests.access.differential import OPTIONAL, PENDING, assert_agree, differences, lack
from tests.access.edges import READER, rich
from tests.access.estates import AS_OF, estate, for_reference, merge, to_facts
from tests.access.reference import Reference
from tests.access.reference_model import RULES, Estate

LANES = {"data", "conditional", "eligible", "bearer", "control", "destroy"}


@given(rnd=st.randoms(use_true_random=False), missing=st.lists(st.sampled_from(OPTIONAL), max_size=2))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_one_estate(rnd: random.Random, missing: list[str]) -> None:
    assert differences([lack(estate(rnd), missing)]) == {}


@pytest.mark.parametrize("seed", range(4))
def test_random_estates(seed: int) -> None:
    """8,000 pairs of a person and a container over the seeds."""
    assert assert_agree(seed, together=180, alone=4) > 2_000


def test_estates_entangle_acls() -> None:
    """Some of the random ACLs give to people what no entry gives alone, or take away what one gives."""
    rnd = random.Random(0)
    raw = raw_grants(
        to_facts(merge([estate(rnd, f"x{i}-", bare=False) for i in range(300)])), settings=AccessSettings()
    )
    assert len(raw.profiles) > 50


# ------------------------------------------------------------------- that the generator reaches every rule


@pytest.fixture(scope="module")
def drawn() -> list[tuple[Estate, Reference]]:
    rnd = random.Random(0)
    estates = [for_reference(rich(rnd, f"x{i}-", alone=i % 2 == 0)) for i in range(500)]
    return [(one, Reference(one)) for one in estates]


def test_every_lane_occurs(drawn: list[tuple[Estate, Reference]]) -> None:
    assert {lane for _, reference in drawn for _, _, lane in reference.access} == LANES


@pytest.mark.slow
def test_every_rule_decides_somewhere(drawn: list[tuple[Estate, Reference]]) -> None:
    """Left out of the reference, each rule changes the access of some estate; so none can go untested in silence."""
    idle = [
        rule
        for rule in RULES
        if not any(Reference(one, without=frozenset({rule})).access != full.access for one, full in drawn)
    ]
    assert idle == []


EDGES = {
    "a ring of groups that reaches a grant": lambda e, r: any(
        r.in_ring(row["principal_id"]) for row in e.rows("role_assignments")
    ),
    "an assignment that ends at this moment": lambda e, r: any(
        row["expires_at"] == AS_OF for row in e.rows("role_assignments")
    ),
    "a membership that ends at this moment": lambda e, r: any(
        row["expires_at"] == AS_OF for row in e.rows("memberships")
    ),
    "two accounts": lambda e, r: len(e.rows("accounts")) == 2,
    "two subscriptions": lambda e, r: len({row["subscription_id"] for row in e.rows("accounts")}) == 2,
    "two resource groups": lambda e, r: len({row["resource_group"] for row in e.rows("accounts")}) == 2,
    "a deny with a condition": lambda e, r: any(
        row["effect"] == "deny" and row["condition"] for row in e.rows("role_assignments")
    ),
    "a condition that looks at roles and principals": lambda e, r: any(
        "RoleDefinitionId" in (row["condition"] or "") and "PrincipalId" in (row["condition"] or "")
        for row in e.rows("role_assignments")
    ),
    "a role in capitals": lambda e, r: any(
        READER.upper() in (row["condition"] or "") for row in e.rows("role_assignments")
    ),
    "a scope in capitals": lambda e, r: any(row["scope"].isupper() for row in e.rows("role_assignments")),
    "no owners assessed": lambda e, r: e.tables.get("group_owners") is None,
    "an owner who is a member": lambda e, r: any(
        r.in_group(row["owner_id"], row["group_id"]) for row in e.rows("group_owners")
    ),
    "an owned group in another group": lambda e, r: any(
        row["group_id"] in members for row in e.rows("group_owners") for members in r.edges.values()
    ),
    "a sticky bit without execute": lambda e, r: any("T" in row["acl"] for row in e.rows("acls")),
}


@pytest.mark.parametrize("edge", EDGES)
def test_every_edge_occurs(drawn: list[tuple[Estate, Reference]], edge: str) -> None:
    assert sum(EDGES[edge](one, reference) for one, reference in drawn) >= 5


def test_pending_rules_are_rules() -> None:
    assert not PENDING - RULES.keys()
