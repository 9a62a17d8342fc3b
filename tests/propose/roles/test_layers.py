"""Layers on small matrices made by hand: each role in its layer, missing grants and leftovers seen through."""

import numpy as np
import pytest

from lakezones.propose.roles.layers import Layered, base_and_extra, find_layers
from lakezones.propose.roles.staff import StaffEntries

UNITS = ["all-1", "all-2", "risk-1", "risk-2", *(f"j{k}-{i}" for k in range(4) for i in range(4)), "w-1", "w-2", "x-1"]
AT = {name: i for i, name in enumerate(UNITS)}
KIND = np.array([{"w": 1, "x": 2}.get(name[0], 0) for name in UNITS])


class Bank:
    """Two areas of two teams of eight; everybody has all-*, the area Risk has risk-*, each team its four."""

    def __init__(self) -> None:
        self.held = np.zeros((32, len(UNITS)), dtype=bool)
        self.area: list[str | None] = []
        self.department: list[str | None] = []
        self.title: list[str | None] = [None] * 32
        self.internal = np.ones(32, dtype=bool)
        for p in range(32):
            team = p // 8
            self.area.append("Risk" if team < 2 else "Sales")
            self.department.append(f"Team {team}")
            self.give(p, "all-1", "all-2", *(f"j{team}-{i}" for i in range(4)))
            if team < 2:
                self.give(p, "risk-1", "risk-2")

    def give(self, person: int, *units: str) -> None:
        self.held[person, [AT[unit] for unit in units]] = True

    def take(self, person: int, *units: str) -> None:
        self.held[person, [AT[unit] for unit in units]] = False

    def layers(self) -> list[Layered]:
        staff = StaffEntries(area=self.area, department=self.department, title=self.title, internal=self.internal)
        return find_layers(
            self.held,
            self.held,
            plain=KIND == 0,
            write=KIND == 1,
            restricted=KIND == 2,
            staff=staff,
            min_members=3,
        )

    def found(self) -> dict[frozenset[str], tuple[str, set[int]]]:
        """By content: the layer and the people."""
        return {
            frozenset(UNITS[u] for u in role.units): (role.layer, set(role.people.tolist())) for role in self.layers()
        }


def job(team: int) -> frozenset[str]:
    return frozenset(f"j{team}-{i}" for i in range(4))


def test_each_role_is_in_its_layer() -> None:
    bank = Bank()
    for p in (0, 1, 9):
        bank.give(p, "w-1", "w-2")
    for p in (3, 12, 20):
        bank.give(p, "x-1")
    assert bank.found() == {
        frozenset({"all-1", "all-2"}): ("birthright", set(range(32))),
        frozenset({"risk-1", "risk-2"}): ("area", set(range(16))),
        **{job(team): ("job", set(range(8 * team, 8 * team + 8))) for team in range(4)},
        frozenset({"w-1", "w-2"}): ("engineer", {0, 1, 9}),
        frozenset({"x-1"}): ("restricted", {3, 12, 20}),
    }


def test_who_lacks_little_belongs_and_who_lacks_much_does_not() -> None:
    bank = Bank()
    bank.take(4, "j0-2")
    bank.take(5, "j0-0", "j0-1", "j0-2")
    assert bank.found()[job(0)] == ("job", {0, 1, 2, 3, 4, 6, 7})


def test_leftovers_make_nobody_a_member_of_a_former_job() -> None:
    bank = Bank()
    for p in (8, 17, 26):
        bank.give(p, "j0-0", "j0-1", "j0-2")
    found = bank.found()
    assert found[job(0)][1] == set(range(8))
    assert found[job(1)][1] == set(range(8, 16))
    assert not any(content < job(0) for content in found)


def test_a_second_job_held_in_full_is_one() -> None:
    bank = Bank()
    bank.give(9, *job(0))
    assert bank.found()[job(0)][1] == {*range(8), 9}


def test_external_staff_are_in_jobs_alone() -> None:
    bank = Bank()
    bank.internal[[2, 11]] = False
    bank.take(2, "all-1", "all-2", "risk-1", "risk-2")
    found = bank.found()
    assert found[frozenset({"all-1", "all-2"})][1] == set(range(32)) - {2, 11}
    assert found[frozenset({"risk-1", "risk-2"})][1] == set(range(16)) - {2, 11}
    assert 2 in found[job(0)][1]
    assert 11 in found[job(1)][1]


def test_people_across_areas_share_a_project() -> None:
    bank = Bank()
    bank.held = np.hstack([bank.held, np.zeros((32, 2), dtype=bool)])
    bank.held[np.ix_([1, 10, 18, 27], [len(UNITS), len(UNITS) + 1])] = True
    staff = StaffEntries(area=bank.area, department=bank.department, title=[None] * 32, internal=bank.internal)
    kinds = np.append(KIND, [0, 0])
    roles = find_layers(
        bank.held,
        bank.held,
        plain=kinds == 0,
        write=kinds == 1,
        restricted=kinds == 2,
        staff=staff,
        min_members=3,
    )
    [project] = [role for role in roles if role.layer == "project"]
    assert (project.people.tolist(), project.units.tolist()) == ([1, 10, 18, 27], [len(UNITS), len(UNITS) + 1])


@pytest.mark.parametrize("blank", [0.3, 1.0])
def test_blank_departments_cost_the_areas_name_alone(blank: float) -> None:
    bank = Bank()
    for p in range(int(blank * 32)):
        bank.area[p] = bank.department[p] = None
    found = bank.found()
    assert found[frozenset({"risk-1", "risk-2"})][1] == set(range(16))
    assert all(found[job(team)][1] == set(range(8 * team, 8 * team + 8)) for team in range(4))


def test_layers_of_nothing() -> None:
    bank = Bank()
    bank.held[:] = False
    assert bank.layers() == []


def test_what_goes_with_a_title_everywhere_is_a_job_of_its_own() -> None:
    bank = Bank()
    modellers = {0, 1, 9, 17, 26}
    for p in modellers:
        bank.title[p] = "Modeller"
        bank.give(p, "j3-0", "j3-1") if p != 26 else None
    bank.held = np.hstack([bank.held, np.zeros((32, 2), dtype=bool)])
    bank.held[np.ix_(sorted(modellers), [len(UNITS), len(UNITS) + 1])] = True
    staff = StaffEntries(area=bank.area, department=bank.department, title=bank.title, internal=bank.internal)
    plain = np.append(KIND == 0, [True, True])
    none = np.zeros(plain.size, dtype=bool)
    roles = find_layers(bank.held, bank.held, plain=plain, write=none, restricted=none, staff=staff, min_members=3)
    assert (modellers, {len(UNITS), len(UNITS) + 1}) in [
        (set(role.people.tolist()), set(role.units.tolist()) - {AT["j3-0"], AT["j3-1"]}) for role in roles
    ]
    jobs = [set(role.people.tolist()) for role in roles if role.layer == "job"]
    assert all(set(range(8 * team, 8 * team + 8)) in jobs for team in range(4))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (range(9), range(10), [(range(9), range(8)), (range(9, 10), range(4, 8))]),
        (range(9), range(9), [(range(9), range(8))]),
        (range(8), range(10), [(range(8), range(4)), (range(10), range(4, 8))]),
    ],
    ids=["one unit more is an extra", "equal content is one job", "an overlap of 0.8 stays two jobs"],
)
def test_near_copies_become_base_and_extra(one: range, other: range, expected: list[tuple[range, range]]) -> None:
    roles = [
        Layered(layer="job", people=np.arange(4), units=np.array(one)),
        Layered(layer="job", people=np.arange(4, 8), units=np.array(other)),
    ]
    found = [(role.units.tolist(), role.people.tolist()) for role in base_and_extra(roles)]
    assert found == [(list(units), list(people)) for units, people in expected]
    restricted = [Layered(layer="restricted", people=role.people, units=role.units) for role in roles]
    assert base_and_extra(restricted) == restricted
