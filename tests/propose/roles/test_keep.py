"""Roles that were approved stay as they were while the lake changes around them, and never give anything new."""

import copy
import random
from collections import defaultdict
from dataclasses import replace

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from lakezones.model.frames import frames_of
from lakezones.model.naming import NamingSettings
from lakezones.propose.roles.carry import Earlier, KeptRole
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.stage import RolesResult, propose_roles
from tests.propose.roles.estates import Estate, random_estate

OPTIONS = RolesSettings(min_members=2, min_gain=1)


def propose(estate: Estate, earlier: Earlier | None = None, options: RolesSettings = OPTIONS) -> RolesResult:
    return propose_roles(
        estate.facts(), estate.access(), estate.zones(), settings=options, naming=NamingSettings(), earlier=earlier
    )


def approved(estate: Estate, result: RolesResult, *names: str) -> Earlier:
    """The roles of a proposal, all or some of them approved."""
    boxes = estate.access().container_classes
    opened = result.role_classes.join(boxes, on="class_id")
    layers = dict(result.roles.select("role_id", pl.col("layer").cast(pl.String)).iter_rows())
    kept = [
        KeptRole(
            role_id=role,
            people=frozenset(result.role_members.filter(role_id=role)["principal_id"]),
            containers=dict(opened.filter(role_id=role).select("container", "level").iter_rows()),
            layer=layer,
        )
        for role, layer in layers.items()
        if role in names or not names
    ]
    return Earlier(
        role_members=result.role_members, role_classes=result.role_classes, roles=result.roles, kept=tuple(kept)
    )


def content(estate: Estate, result: RolesResult, role: str) -> tuple[set[str], dict[str, int]]:
    opened = result.role_classes.join(estate.access().container_classes, on="class_id").filter(role_id=role)
    return set(result.role_members.filter(role_id=role)["principal_id"]), dict(
        opened.select("container", "level").iter_rows()
    )


def team(people: int = 6, boxes: int = 4) -> Estate:
    """A team that holds everything through one group, and another that holds half of it."""
    estate = Estate()
    for i in range(people):
        estate.people[f"p{i}"] = {"kind": "user", "enabled": True, "department": "Risk"}
    for k in range(boxes):
        estate.classes[f"c-{k}"] = [f"box{k}-{n}" for n in range(3)]
        for i in range(people):
            estate.grants.add((f"c-{k}", f"p{i}", "data", 1, "container"))
    return estate


def test_the_same_lake_gives_the_same_proposal() -> None:
    for seed in range(12):
        estate = random_estate(seed)
        first = propose(estate)
        again = propose(estate, approved(estate, first))
        for name, frame in frames_of(first).items():
            assert frame.equals(frames_of(again)[name]), (seed, name)


def test_an_approved_role_keeps_its_id_and_content_when_others_come_and_go() -> None:
    estate = team()
    first = propose(estate)
    [role] = first.roles["role_id"].to_list()
    later = copy.deepcopy(estate)
    later.people |= {f"q{i}": {"kind": "user", "enabled": True, "department": "Sales"} for i in range(9)}
    for i in range(9):
        later.grants |= {(f"c-{k}", f"q{i}", "data", 1, "container") for k in (0, 1)}
    # Without the approval the miner makes another role of the same people.
    again = propose(later, approved(estate, first))
    assert content(later, again, role) == content(estate, first, role)


def test_who_no_longer_holds_all_of_it_leaves_and_who_holds_it_joins() -> None:
    estate = team()
    first = propose(estate)
    [role] = first.roles["role_id"].to_list()
    later = copy.deepcopy(estate)
    later.grants.discard(("c-0", "p0", "data", 1, "container"))
    later.people["new"] = {"kind": "user", "enabled": True, "department": "Risk"}
    later.grants |= {(f"c-{k}", "new", "data", 1, "container") for k in range(4)}
    people, boxes = content(later, propose(later, approved(estate, first)), role)
    assert people == {"p1", "p2", "p3", "p4", "p5", "new"}
    assert boxes == content(estate, first, role)[1]


def test_containers_are_found_again_in_other_classes() -> None:
    estate = team()
    first = propose(estate)
    [role] = first.roles["role_id"].to_list()
    later = copy.deepcopy(estate)
    moved = later.classes.pop("c-0")
    later.classes |= {"c-new": moved[:1], "c-newer": moved[1:]}
    later.grants = {
        (one, who, *rest)
        for old, who, *rest in later.grants
        for one in (("c-new", "c-newer") if old == "c-0" else (old,))
    }
    assert content(later, propose(later, approved(estate, first)), role) == content(estate, first, role)


def test_a_role_of_which_too_little_is_left_goes() -> None:
    estate = team()
    first = propose(estate)
    [role] = first.roles["role_id"].to_list()
    later = copy.deepcopy(estate)
    later.grants = {one for one in later.grants if one[1] in ("p0", "p1") or one[0] == "c-3"}
    people, boxes = content(later, propose(later, approved(estate, first)), role)
    assert boxes in ({}, {f"box3-{n}": 1 for n in range(3)})
    assert not people or people == {f"p{i}" for i in range(6)}


def test_what_was_suggested_and_approved_is_suggested_again() -> None:
    estate = team(people=8)
    estate.grants.discard(("c-0", "p0", "data", 1, "container"))
    first = propose(estate)
    [role] = first.roles["role_id"].to_list()
    [(suggestion, person, class_id)] = first.suggestions.select("suggestion_id", "principal_id", "class_id").rows()
    assert (person, class_id) == ("p0", "c-0")
    later = copy.deepcopy(estate)
    later.people |= {f"q{i}": {"kind": "user", "enabled": True, "department": "Sales"} for i in range(9)}
    for i in range(9):
        later.grants |= {(f"c-{k}", f"q{i}", "data", 1, "container") for k in (1, 2)}
    earlier = approved(estate, first)
    [kept] = earlier.kept
    asked = replace(earlier, kept=(replace(kept, suggested={"p0": {"c-0": 1}}),))
    again = propose(later, asked)
    assert content(later, again, role) == content(estate, first, role)
    assert suggestion in again.suggestions["suggestion_id"].to_list()
    given = copy.deepcopy(later)
    given.grants.add(("c-0", "p0", "data", 1, "container"))
    assert propose(given, asked).suggestions.filter(principal_id="p0").is_empty()
    none = RolesSettings(min_members=2, min_gain=1, suggest=False)
    assert propose(later, asked, none).suggestions.is_empty()


def test_the_number_of_roles_holds_with_approved_ones_first() -> None:
    estate = random_estate(7)
    first = propose(estate)
    names = first.roles["role_id"].sort().to_list()
    few = RolesSettings(min_members=2, min_gain=1, max_roles=1)
    again = propose(estate, approved(estate, first, names[-1]), few)
    assert names[-1] in again.roles["role_id"].to_list()
    assert again.roles.height <= 1


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_whatever_changes_roles_and_residual_are_the_access_there_is(seed: int) -> None:
    draw = random.Random(seed)
    before = random_estate(seed)
    first = propose(before)
    names = [name for name in first.roles["role_id"].sort().to_list() if draw.random() < 0.7] or ["none"]
    later = copy.deepcopy(before)
    for grant in sorted(later.grants):
        if draw.random() < 0.1:
            later.grants.discard(grant)
    if later.classes and draw.random() < 0.5:
        later.classes[draw.choice(sorted(later.classes))].append("box-new")
    earlier = approved(before, first, *names)
    result = propose(later, earlier)
    held, narrow = later.level(), later.level(scope="container")
    given_by: dict[tuple[str, str], int] = defaultdict(int)
    joined = result.role_members.join(result.role_classes, on="role_id")
    for person, class_id, level in joined.select("principal_id", "class_id", "level").iter_rows():
        given_by[class_id, person] |= level
        assert level & ~narrow.get((class_id, person), 0) == 0, "new access"
    rest: dict[tuple[str, str], int] = defaultdict(int)
    data = result.residual_classes.filter(pl.col("lane").cast(pl.String) == "data")
    for class_id, person, level in data.select("class_id", "principal_id", "level").iter_rows():
        rest[class_id, person] |= level
    for cell in {*held, *given_by, *rest}:
        assert given_by.get(cell, 0) | rest.get(cell, 0) == held.get(cell, 0), cell
    assert result.roles["role_id"].n_unique() == result.roles.height
    for one in earlier.kept:
        people, boxes = content(later, result, one.role_id)
        if people and one.role_id in result.roles["role_id"].to_list():
            known = {box for names in later.classes.values() for box in names}
            same = {box for box, level in one.containers.items() if boxes.get(box) == level}
            assert same or not boxes.keys() & one.containers.keys()
            assert len(known) >= len(boxes)


def test_repeated_proposals_settle() -> None:
    """What is kept once is kept as it is by the next proposal."""
    for seed in range(12):
        estate = random_estate(seed)
        later = copy.deepcopy(estate)
        for grant in sorted(later.grants)[::7]:
            later.grants.discard(grant)
        first = propose(estate)
        once = propose(later, approved(estate, first))
        twice = propose(later, approved(later, once))
        assert once.role_members.equals(twice.role_members), seed
        assert once.role_classes.equals(twice.role_classes), seed
