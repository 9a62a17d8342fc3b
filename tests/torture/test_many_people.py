"""Thousands of people whose departments say nothing, or everything of one person: roles all the same, in time."""

import random
import time
from pathlib import Path
from typing import Final

import pytest

from lakezones import api
from tests.propose.odd_lakes import write

pytestmark = pytest.mark.torture

PEOPLE: Final = 2_000
TEAMS: Final = 40
SECONDS: Final = 60
"""Of processor time; some seconds on one core."""

DEPARTMENTS: Final = {"none": "", "one": "Risk", "everybody their own": "Cost centre of {person}"}


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_teams_of_many_people_are_found_in_the_access_alone(tmp_path: Path, department: str) -> None:
    rng = random.Random(3)
    systems = [f"app{n:03}" for n in range(300)]
    teams = [rng.sample(systems, 8) for _ in range(TEAMS)]
    asked = [(f"p{n:04}", system) for n in range(PEOPLE) for system in teams[n % TEAMS] if rng.random() > 0.03]
    people = [
        {
            "principal_id": f"p{n:04}",
            "kind": "user",
            "department": DEPARTMENTS[department].format(person=n),
            "title": "",
        }
        for n in range(PEOPLE)
    ]
    capture = write(
        tmp_path,
        {
            "principals": people,
            "containers": [{"container": f"{system}-mart"} for system in systems],
            "entitlements": [{"principal_id": who, "entitlement": system.upper()} for who, system in asked],
            "entitlement_containers": [
                {"entitlement": system.upper(), "container": f"{system}-mart"} for system in systems
            ],
        },
    )
    facts = api.scan(str(capture)).facts
    access = api.access(facts)
    started = time.process_time()
    summary = api.propose(facts, access).proposal.summary
    assert time.process_time() - started < SECONDS
    assert summary["coverage_if_approved"] >= 0.95
    assert summary["roles"] <= 1.5 * TEAMS
