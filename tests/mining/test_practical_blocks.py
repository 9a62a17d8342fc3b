"""Planted jobs are found behind missing grants, odd ones and movers, and few suggestions are wrong."""

import pytest

from lakezones.mining import bits
from lakezones.mining.practical.blocks import find_blocks
from lakezones.mining.practical.peers import Evidence, Person
from lakezones.mining.practical.suggest import complete
from tests.benchmarks.jobs import Company, generate


def jaccard(one: tuple[int, int], other: tuple[int, int]) -> float:
    both = (one[0] & other[0]).bit_count() * (one[1] & other[1]).bit_count()
    total = sum(people.bit_count() * units.bit_count() for people, units in (one, other))
    return both / (total - both)


def matrix(company: Company) -> tuple[list[int], list[int]]:
    rows = [bits.from_indices(held) for held in company.held]
    columns = [0] * max(row.bit_length() for row in rows)
    for person, held in enumerate(company.held):
        for unit in held:
            columns[unit] |= 1 << person
    return rows, columns


def known(company: Company, units: int) -> Evidence:
    return Evidence(
        people=[
            Person(department=department, title=title, manager=str(manager))
            for department, title, manager in zip(company.department, company.title, company.manager, strict=True)
        ],
        use=[{unit: round(100 * share) for unit, share in used.items()} for used in company.used],
        sizes=[100] * units,
    )


@pytest.mark.parametrize(("seed", "noise"), [(11, 0.0), (12, 0.3)])
def test_planted_jobs_are_found_and_suggestions_are_needed(seed: int, noise: float) -> None:
    company = generate(seed, people=160, entitlements=150, jobs=30, departments=6, noise=noise)
    rows, columns = matrix(company)
    evidence = known(company, len(columns))
    blocks = find_blocks(rows, columns, evidence, min_members=3)
    done = complete(blocks, rows, columns, evidence, min_members=3)
    for one in done:
        for unit in bits.elements(one.role.units):
            assert one.role.people & ~columns[unit] == 0, "a role as it stands needs nothing new"
        lacking = {(p, u) for p in bits.elements(one.people) for u in bits.elements(one.units) if not rows[p] >> u & 1}
        assert lacking == set(one.lacking), "people and units of a completed role are a rectangle"
    planted = [(bits.from_indices(p), bits.from_indices(u)) for p, u in company.roles if len(p) >= 3]
    found = sum(max(jaccard(role, (one.people, one.units)) for one in done) >= 0.8 for role in planted)
    assert found >= 0.9 * len(planted)
    cells = [cell for one in done for cell in one.lacking]
    assert len(cells) > 30
    assert sum(unit in company.needed[person] for person, unit in cells) >= 0.9 * len(cells)
