"""The exact miner against a brute-force minimum biclique cover, and on bad and degenerate input."""

import itertools
import time
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from sklearn.base import clone

from lakezones.mining import RoleMiner
from lakezones.mining.budget import Budget
from lakezones.mining.exact.classes import collapse
from lakezones.mining.exact.core import Core
from lakezones.mining.exact.reduce import dominate, minimal_edges
from lakezones.mining.exact.solve import column_generation, deduction, solve
from tests.benchmarks.planted import planted, planted_sparse

Matrix = npt.NDArray[np.bool_]


def fewest_roles(matrix: Matrix) -> int:
    """Minimum biclique cover by trying all sets of all maximal bicliques; slow and obvious."""
    n = matrix.shape[0]
    cells = frozenset(zip(*np.nonzero(matrix), strict=True))
    roles: set[frozenset[tuple[int, int]]] = set()
    for size in range(1, n + 1):
        for people in itertools.combinations(range(n), size):
            held = np.flatnonzero(matrix[list(people)].all(axis=0))
            who = np.flatnonzero(matrix[:, held].all(axis=1)) if held.size else ()
            if held.size:
                roles.add(frozenset(itertools.product(who, held)))

    @cache
    def enough(left: frozenset[tuple[int, int]], count: int) -> bool:
        if not left:
            return True
        if count == 0:
            return False
        cell = min(left)
        return any(enough(left - role, count - 1) for role in roles if cell in role)

    return next(count for count in itertools.count() if enough(cells, count))


def given_access(miner: RoleMiner, shape: tuple[int, int]) -> Matrix:
    """Union of the roles, from the lists of indices."""
    union = np.zeros(shape, dtype=bool)
    for people, permissions in miner.roles_:
        union[np.ix_(people, permissions)] = True
    return union


def check(miner: RoleMiner, matrix: Matrix) -> None:
    """Everything that holds for any result."""
    assert np.array_equal(given_access(miner, matrix.shape), matrix)
    product = miner.memberships_.astype(int) @ miner.role_permissions_.astype(int)
    assert np.array_equal(product.toarray() > 0, matrix)
    assert miner.lower_bound_ <= miner.n_roles_ == len(miner.roles_)
    assert miner.optimal_ == (miner.lower_bound_ == miner.n_roles_)
    assert miner.residual_.nnz == 0
    assert miner.residual_.shape == matrix.shape
    assert miner.n_new_access_ == 0


small = arrays(bool, st.tuples(st.integers(1, 6), st.integers(1, 6)))
medium = st.builds(
    lambda n, m, density, seed: np.random.default_rng(seed).random((n, m)) < density,
    st.integers(1, 14),
    st.integers(1, 14),
    st.floats(0.1, 0.95),
    st.integers(0, 2**32),
)


@settings(max_examples=200, deadline=None)
@given(small)
def test_finds_the_brute_force_optimum(matrix: Matrix) -> None:
    miner = RoleMiner().fit(matrix)
    check(miner, matrix)
    assert miner.n_roles_ == miner.lower_bound_ == fewest_roles(matrix)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.4, 0.9))
def test_column_generation_brackets_the_brute_force_optimum(seed: int, density: float) -> None:
    matrix = np.random.default_rng(seed).random((7, 7)) < density
    matrix[0, 0] = True
    cover = solve(Core(matrix, matrix), Budget(10**9), seed=0, strategies=[deduction, column_generation])
    assert np.array_equal(cover.roles.covered(), matrix)
    assert cover.proof.bound <= fewest_roles(matrix) <= len(cover.roles)


@settings(max_examples=40, deadline=None)
@given(medium, st.integers(0, 2**32))
def test_relabelling_changes_only_labels(matrix: Matrix, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shuffled = matrix[rng.permutation(matrix.shape[0])][:, rng.permutation(matrix.shape[1])]
    one, other = RoleMiner().fit(matrix), RoleMiner().fit(shuffled)
    check(one, matrix)
    check(other, shuffled)
    assert (one.n_roles_, one.lower_bound_) == (other.n_roles_, other.lower_bound_)


@settings(max_examples=60, deadline=None)
@given(medium, st.integers(1, 2_000))
def test_a_work_limit_leaves_a_valid_answer(matrix: Matrix, max_work: int) -> None:
    miner = RoleMiner(max_work=max_work).fit(matrix)
    check(miner, matrix)
    assert miner.lower_bound_ <= RoleMiner().fit(matrix).n_roles_ <= miner.n_roles_
    assert miner.optimal_ or miner.stopped_by_ == "work_limit"


@settings(max_examples=100, deadline=None)
@given(small)
def test_domination_keeps_the_optimum(matrix: Matrix) -> None:
    classes = collapse(sparse.csr_matrix(matrix))
    need = minimal_edges(classes, Budget(10**9))
    left = dominate(classes, need, Budget(10**9))
    assert sum(line.bit_count() for line in left.need) <= sum(line.bit_count() for line in need)
    assert all(line & ~row == 0 for line, row in zip(left.need, classes.rows, strict=True))
    removed = {edge for edge, _ in left.taken_in}
    kept = {(v, q) for v, line in enumerate(left.need) for q in range(line.bit_length()) if line >> q & 1}
    assert not removed & kept
    assert len(kept) <= matrix.sum()


@pytest.mark.parametrize(
    ("matrix", "roles"),
    [
        (np.zeros((0, 0), dtype=bool), 0),
        (np.zeros((3, 0), dtype=bool), 0),
        (np.zeros((0, 3), dtype=bool), 0),
        (np.zeros((4, 5), dtype=bool), 0),
        (np.ones((4, 5), dtype=bool), 1),
        (np.ones((5, 1), dtype=bool), 1),
        (np.array([[1], [0], [1]], dtype=bool), 1),
        (np.eye(6, dtype=bool), 6),
        (~np.eye(6, dtype=bool), 4),
    ],
)
def test_degenerate_matrices(matrix: Matrix, roles: int) -> None:
    miner = RoleMiner().fit(matrix)
    check(miner, matrix)
    assert (miner.n_roles_, miner.lower_bound_, miner.stopped_by_) == (roles, roles, None)
    assert miner.memberships_.shape == (matrix.shape[0], roles)
    assert miner.role_permissions_.shape == (roles, matrix.shape[1])


def test_sparse_dense_and_numeric_input_agree() -> None:
    matrix = np.random.default_rng(3).random((12, 9)) < 0.4
    rows, columns = np.nonzero(matrix)
    twice = sparse.coo_matrix(
        (np.ones(2 * rows.size, dtype=bool), (np.tile(rows, 2), np.tile(columns, 2))), shape=matrix.shape
    )
    expected = [(p.tolist(), q.tolist()) for p, q in RoleMiner().fit(matrix).roles_]
    for form in (matrix.astype(int), matrix.astype(float), sparse.csc_matrix(matrix), twice):
        assert [(p.tolist(), q.tolist()) for p, q in RoleMiner().fit(form).roles_] == expected


def test_input_is_left_as_it_is() -> None:
    matrix = sparse.csr_matrix(np.array([[1, 0, 1], [0, 0, 1]]))
    matrix.data[0] = 0  # an explicit zero
    before = matrix.data.copy()
    miner = RoleMiner().fit(matrix)
    assert np.array_equal(matrix.data, before)
    check(miner, np.array([[0, 0, 1], [0, 0, 1]], dtype=bool))


@pytest.mark.parametrize("bad", [np.array([1, 0]), np.array([[2, 0]]), np.array([["a"]]), np.array([[np.nan]])])
def test_anything_but_zeros_and_ones_is_refused(bad: npt.NDArray[np.generic]) -> None:
    with pytest.raises(ValueError, match="expected a matrix"):
        RoleMiner().fit(bad)


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"mode": "guess"}, ValueError),
        ({"time_limit": 0}, ValueError),
        ({"time_limit": "1"}, ValueError),
        ({"max_work": 0}, ValueError),
        ({"max_work": True}, ValueError),
    ],
)
def test_parameters_are_checked_in_fit(parameters: dict[str, object], error: type[Exception]) -> None:
    miner = RoleMiner(**parameters)  # type: ignore[arg-type]
    assert clone(miner).get_params() == miner.get_params()
    with pytest.raises(error):
        miner.fit(np.eye(2, dtype=bool))


def test_equal_input_gives_equal_output() -> None:
    matrix = planted(40, 40, n_roles=15, density=0.4, seed=1)
    one, other = RoleMiner().fit(matrix), RoleMiner().fit(matrix)
    assert (one.work_, one.lower_bound_) == (other.work_, other.lower_bound_)
    for (who, what), (who_too, what_too) in zip(one.roles_, other.roles_, strict=True):
        assert np.array_equal(who, who_too)
        assert np.array_equal(what, what_too)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("n", "m", "k", "density"), [(50, 50, 25, 0.3), (50, 100, 25, 0.3), (100, 100, 50, 0.2)])
def test_planted_roles_are_matched_and_proven(n: int, m: int, k: int, density: float, seed: int) -> None:
    matrix = planted(n, m, n_roles=k, density=density, seed=seed)
    miner = RoleMiner().fit(matrix)
    check(miner, matrix)
    assert miner.n_roles_ <= k
    assert miner.optimal_


def test_a_time_limit_is_kept_and_reported() -> None:
    matrix = planted(300, 300, n_roles=120, density=0.4, seed=0)
    began = time.perf_counter()
    miner = RoleMiner(time_limit=1.0).fit(matrix)
    assert time.perf_counter() - began < 5.0  # a second over on an idle machine; tests share theirs
    check(miner, matrix)
    assert miner.stopped_by_ == "time_limit"


def test_a_large_sparse_matrix_is_proven() -> None:
    matrix = planted_sparse(3_000, 1_500, n_roles=180, n_assignments=100_000, seed=0)
    miner = RoleMiner().fit(matrix)
    assert miner.optimal_
    assert miner.n_roles_ <= 180
    covered = (miner.memberships_.astype(int) @ miner.role_permissions_.astype(int)) > 0
    assert (covered != matrix).nnz == 0
