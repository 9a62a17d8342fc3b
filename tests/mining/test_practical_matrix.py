"""Practical mode on a plain matrix: nothing new, nothing lost, a bound that holds, and limits that are kept."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone

from lakezones.mining import RoleMiner, bits
from lakezones.mining.budget import Budget
from lakezones.mining.matrix import equal_permissions, mine_matrix
from lakezones.mining.practical.candidates import Candidate
from lakezones.mining.practical.fooling import fooling
from lakezones.mining.practical.grow import Search, grow
from tests.benchmarks.scale import generate

matrices = st.integers(1, 7).flatmap(
    lambda people: st.lists(st.integers(0, 2**people - 1), min_size=1, max_size=6).map(lambda cols: (people, cols))
)


def rows_of(people: int, columns: list[int]) -> list[int]:
    return [sum(1 << j for j, column in enumerate(columns) if column >> i & 1) for i in range(people)]


def dense(people: int, columns: list[int]) -> np.ndarray:
    return np.array([[column >> i & 1 for column in columns] for i in range(people)], dtype=bool)


def test_the_estimator_gives_roles_residual_and_a_bound() -> None:
    access = np.zeros((9, 8), dtype=bool)
    access[:5, :4] = access[4:8, 4:7] = access[8, 7] = True
    miner = RoleMiner(mode="practical").fit(access)
    given_access = (miner.memberships_.astype(int) @ miner.role_permissions_.astype(int)).toarray() > 0
    assert (given_access | miner.residual_.toarray() == access).all()
    assert not (given_access & miner.residual_.toarray()).any()
    assert miner.residual_.nnz == 1, "one person's own permission fits no role of three"
    assert (miner.n_roles_, miner.lower_bound_, miner.optimal_) == (2, 2, True)
    assert miner.n_new_access_ == 0
    assert miner.n_features_in_ == 8
    assert clone(miner).get_params() == miner.get_params()


@given(st.integers(0, 2**32 - 1), st.integers(1, 16), st.integers(1, 10))
@settings(max_examples=20, deadline=None)
def test_roles_and_residual_are_the_matrix(seed: int, people: int, permissions: int) -> None:
    rng = np.random.default_rng(seed)
    access = rng.random((people, permissions)) < rng.uniform(0.05, 0.9)
    mined = mine_matrix(sparse.csr_matrix(access), mode="practical")
    got = np.zeros_like(access)
    for who, what in mined.roles:
        assert access[np.ix_(who, what)].all()
        assert who.size >= 3
        got[np.ix_(who, what)] = True
    rest = np.zeros_like(access)
    rest[mined.residual] = True
    assert (got | rest == access).all()
    assert not (got & rest).any()
    assert mined.new_access == 0
    assert mined.lower_bound <= len(mined.roles)


@given(matrices, st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_no_fewer_roles_than_the_bound_give_what_the_roles_give(matrix: tuple[int, list[int]], seed: int) -> None:
    people, columns = matrix
    rows = rows_of(people, columns)
    rng = np.random.default_rng(seed)
    roles = []
    for _ in range(int(rng.integers(1, 4))):
        who = [p for p in range(people) if rng.random() < 0.5]
        units = [u for u in range(len(columns)) if all(columns[u] >> p & 1 for p in who)]
        if who and units:
            roles.append(Candidate(bits.from_indices(who), bits.from_indices(units)))
    cells = {(p, u) for role in roles for p in bits.elements(role.people) for u in bits.elements(role.units)}
    every = []
    for size in range(1, people + 1):
        for group in combinations(range(people), size):
            units = {u for u in range(len(columns)) if all(columns[u] >> p & 1 for p in group)}
            every.append({(p, u) for p in group for u in units} & cells)
    bound = fooling(rows, columns, roles, Budget(10**9))
    least = next(
        k
        for k in range(len(roles) + 1)
        if not cells
        or any(len(set().union(*some)) == len(cells) for some in combinations([c for c in every if c], k) if k)
    )
    assert bound <= least


@given(matrices, st.integers(1, 3), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_grown_roles_add_what_they_say(matrix: tuple[int, list[int]], least: int, most: int) -> None:
    people, columns = matrix
    rows = rows_of(people, columns)
    wanted = [column & 0b1011011 for column in columns]
    grown = grow(rows, columns, wanted, Search(min_members=least, max_roles=most), budget=Budget(10**9))
    assert len(grown.roles) <= most
    covered: set[tuple[int, int]] = set()
    for role, gain in zip(grown.roles, grown.gains, strict=True):
        assert role.people.bit_count() >= least
        cells = {(p, u) for p in bits.elements(role.people) for u in bits.elements(role.units)}
        assert all(columns[u] >> p & 1 for p, u in cells)
        fresh = {(p, u) for p, u in cells if wanted[u] >> p & 1} - covered
        assert len(fresh) == gain
        covered |= fresh


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_permissions_of_equal_holders_are_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    access = (rng.random((int(rng.integers(1, 9)), 4)) < 0.5)[:, rng.integers(0, 4, int(rng.integers(1, 12)))]
    matrix = sparse.csr_matrix(access)
    units, core = equal_permissions(matrix)
    by_holders: dict[bytes, list[int]] = {}
    for j in range(access.shape[1]):
        if access[:, j].any():
            by_holders.setdefault(access[:, j].tobytes(), []).append(j)
    assert sorted(unit.tolist() for unit in units) == sorted(by_holders.values())
    for k, unit in enumerate(units):
        assert (core.toarray()[:, k] == access[:, unit[0]]).all()


def test_a_company_is_grown_within_its_work() -> None:
    access = generate(3, people=300, permissions=150, classes=150, per_job=20).access
    rows = [bits.from_indices(row.indices.tolist()) for row in access]
    columns = [bits.from_indices(column.indices.tolist()) for column in access.T.tocsr()]

    def grown(budget: Budget) -> int:
        return sum(grow(rows, columns, columns, Search(max_roles=60, min_gain=4), budget=budget).gains)

    whole, cut = Budget(10**9), Budget(150_000)
    assert grown(whole) > 0.6 * access.nnz
    assert grown(cut) < grown(Budget(10**9))
    assert (whole.stopped_by, cut.stopped_by) == (None, "work_limit")


def test_a_time_limit_is_kept_and_said() -> None:
    company = generate(3, people=300, permissions=500, classes=200, per_job=20)
    mined = mine_matrix(company.access, mode="practical", time_limit=0.01)
    assert mined.stopped_by == "time_limit"
    assert not mined.optimal
    assert mined.new_access == 0


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (4, 0), (3, 3)])
def test_nothing_to_mine(shape: tuple[int, int]) -> None:
    mined = mine_matrix(sparse.csr_matrix(shape, dtype=np.bool_), mode="practical")
    assert (mined.roles, mined.lower_bound, mined.residual[0].size) == ([], 0, 0)
