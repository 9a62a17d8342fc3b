"""How the exact miner finds covers of dense matrices: votes, repairs, recombination, whole lines."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from lakezones.mining import RoleMiner
from lakezones.mining.budget import Budget
from lakezones.mining.exact.core import Core
from lakezones.mining.exact.greedy import greedy_cover, ruin_and_recreate, ruined, surprisal
from lakezones.mining.exact.mine import _by_equal_rows
from lakezones.mining.exact.recombine import recombine
from lakezones.mining.exact.walks import vote
from lakezones.mining.matrix import mine_matrix
from tests.benchmarks.planted import planted
from tests.mining.test_exact import fewest_roles

Matrix = npt.NDArray[np.bool_]

small = arrays(bool, st.tuples(st.integers(1, 6), st.integers(1, 6)))


def gain_of(matrix: Matrix, weight: npt.NDArray[np.float32], members: Matrix) -> float:
    """What a role of these members and all they hold gains, cell by cell."""
    held = matrix[members].all(axis=0)
    return float(weight[np.ix_(members, held)].sum())


@settings(max_examples=80, deadline=None)
@given(small, st.integers(0, 2**16))
def test_a_vote_gains_what_it_says_and_never_less(matrix: Matrix, seed: int) -> None:
    random = np.random.default_rng(seed)
    weight = np.where(matrix, random.integers(0, 5, matrix.shape), 0).astype(np.float32)
    members = random.random((4, matrix.shape[0])) < 0.5
    members[:, 0] = True
    before = np.array([gain_of(matrix, weight, line) for line in members], dtype=np.float32)
    allow = matrix.astype(np.float32)
    best, gains, _ = vote(allow, np.ascontiguousarray(allow.T), weight, members, before)
    assert (gains >= before).all()
    assert gains.tolist() == [gain_of(matrix, weight, line) for line in best]


def test_a_vote_brings_back_who_was_lost_to_a_chance() -> None:
    matrix = np.zeros((8, 12), dtype=bool)
    matrix[:6, :10] = True
    matrix[:3, 11] = True  # half of the role's members hold this by chance
    allow = matrix.astype(np.float32)
    lost = np.array([[True] * 3 + [False] * 5])
    best, gains, _ = vote(allow, np.ascontiguousarray(allow.T), allow, lost, np.array([33.0], dtype=np.float32))
    assert np.flatnonzero(best[0]).tolist() == [0, 1, 2, 3, 4, 5]
    assert gains.tolist() == [60.0]


@settings(max_examples=40, deadline=None)
@given(small, st.integers(1, 3))
def test_a_greedy_cover_cut_short_is_a_cover(matrix: Matrix, work: int) -> None:
    matrix[0, 0] = True
    core = Core(matrix, matrix)
    roles = greedy_cover(core, matrix, surprisal(core), Budget(work), accept=0.9, seed=0, most=10**9)
    assert roles is not None
    assert np.array_equal(roles.covered(), matrix)
    assert np.array_equal(core.lines(matrix).covered(), matrix)


@pytest.mark.parametrize("seed", range(3))
def test_recombination_never_loses_access_or_adds_roles(seed: int) -> None:
    matrix = planted(30, 30, n_roles=14, density=0.5, seed=seed)
    core = Core(matrix, matrix)
    weight = surprisal(core)
    best = core.prune(core.lines(matrix))
    pool = core.close(np.eye(30, dtype=bool))
    for found in ruin_and_recreate(core, best, [weight], Budget(10**9), patience=5, target=0, seed=seed):
        pool = pool.join(core.close(found.people)).distinct()
    before = best
    for roles in recombine(core, best, pool, weight, Budget(10**9), np.random.default_rng(seed), target=0):
        assert np.array_equal(roles.covered(), matrix)
        assert len(roles) <= len(before)
        before = roles
    assert len(before) < len(best)


def test_what_is_ruined_are_roles_of_the_cover() -> None:
    matrix = planted(30, 30, n_roles=14, density=0.5, seed=0)
    core = Core(matrix, matrix)
    roles = core.prune(core.lines(matrix))
    for turn in range(12):
        out = ruined(core, roles, surprisal(core), np.random.default_rng(turn), turn, most=10)
        assert 2 <= len(set(out.tolist())) == out.size <= len(roles)


@pytest.mark.parametrize(("n", "m", "k"), [(120, 240, 60), (240, 120, 60)])
@pytest.mark.parametrize("seed", range(2))
def test_planted_roles_of_dense_matrices_are_found_with_little_work(n: int, m: int, k: int, seed: int) -> None:
    matrix = planted(n, m, n_roles=k, density=0.5, seed=seed)
    miner = RoleMiner(max_work=1_000_000).fit(matrix)
    assert miner.n_roles_ <= k


@settings(max_examples=60, deadline=None)
@given(small)
def test_people_of_equal_access_are_a_cover(matrix: Matrix) -> None:
    given_access = np.zeros_like(matrix)
    mined = _by_equal_rows(sparse.csr_matrix(matrix))
    roles = [role for block in mined.blocks for role in block.roles]
    assert mined.lower_bound <= fewest_roles(matrix)
    for who, what in roles:
        assert who.size
        assert what.size
        given_access[np.ix_(who, what)] = True
    assert np.array_equal(given_access, matrix)
    assert len(roles) == len({tuple(line) for line in matrix if line.any()})


def test_without_time_there_still_is_an_answer() -> None:
    matrix = sparse.csr_matrix(planted(60, 60, n_roles=20, density=0.4, seed=0))
    mined = mine_matrix(matrix, mode="exact", time_limit=1e-6)
    assert mined.residual[0].size == mined.new_access == 0
    assert mined.stopped_by == "time_limit"
    assert not mined.optimal
