"""Covers by deduction: valid always, their bound never above the fewest; and the parts of a matrix that lie apart."""

import itertools

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.linalg import block_diag

from lakezones.mining import RoleMiner, bits
from lakezones.mining.budget import Budget
from lakezones.mining.exact.classes import Role, collapse, split
from lakezones.mining.exact.core import Core
from lakezones.mining.exact.forced import forced_cover
from lakezones.mining.exact.mine import _shares, mine
from tests.benchmarks.planted import planted
from tests.mining.test_exact import fewest_roles
from tests.mining.test_exact_parts import Matrix, fewest_over

plenty = Budget(10**12)


def random_core(n: int, m: int, density: float, share: float, seed: int) -> Core:
    rng = np.random.default_rng(seed)
    present = rng.random((n, m)) < density
    present[0, 0] = True
    need = present & (rng.random((n, m)) < share)
    need[0, 0] = True
    return Core(present, need)


cores = st.builds(
    random_core, st.integers(1, 6), st.integers(1, 6), st.floats(0.2, 0.9), st.floats(0.2, 1.0), st.integers(0, 2**32)
)


@settings(max_examples=300, deadline=None)
@given(cores)
def test_the_cover_is_valid_and_the_bound_is_one(core: Core) -> None:
    seeds = core.hardest(core.need, plenty)
    forced = forced_cover(core, seeds, plenty)
    assert forced.roles is not None
    covered = forced.roles.covered()
    assert not (core.need & ~covered).any()
    assert not (covered & ~core.present).any()
    closed = core.close(forced.roles.people)
    assert np.array_equal(closed.people, forced.roles.people)
    fewest = fewest_over(core.present, frozenset(zip(*map(np.ndarray.tolist, np.nonzero(core.need)), strict=True)))
    assert len(seeds) <= forced.proof.bound <= fewest <= len(forced.roles)


def test_the_bound_rises_above_the_fooling_set_where_deduction_ends_in_a_contradiction() -> None:
    """Everything but a diagonal needs four roles: two seeds, whichever they are, can be seen not to do."""
    matrix = ~np.eye(5, dtype=bool)
    core = Core(matrix, matrix)
    raised = [
        forced_cover(core, np.array(pair), plenty)
        for pair in itertools.combinations(np.argwhere(matrix).tolist(), 2)
        if not (matrix[pair[0][0], pair[1][1]] and matrix[pair[1][0], pair[0][1]])
    ]
    assert {forced.proof.bound for forced in raised} == {3}
    assert fewest_roles(matrix) == 4


def test_planted_roles_that_overlap_little_are_found_without_any_search() -> None:
    matrix = planted(500, 500, n_roles=150, density=0.2, seed=3)
    core = Core(matrix, matrix)
    seeds = core.hardest(core.need, plenty)
    forced = forced_cover(core, seeds, plenty)
    assert forced.roles is not None
    assert len(forced.roles) == forced.proof.bound <= 150


def test_what_is_dense_is_given_up_soon() -> None:
    matrix = planted(100, 100, n_roles=50, density=0.5, seed=1)
    core = Core(matrix, matrix)
    seeds = core.hardest(core.need, plenty)
    part = Budget(10**12)
    assert forced_cover(core, seeds, part).roles is None
    assert part.work < 10**7
    assert forced_cover(core, seeds, Budget(1)).roles is None


def diagonal(blocks: list[Matrix], seed: int) -> Matrix:
    """Matrices that share nothing, in one, its lines shuffled."""
    rng = np.random.default_rng(seed)
    whole: npt.NDArray[np.bool_] = block_diag(*blocks).astype(bool)
    return whole[rng.permutation(whole.shape[0])][:, rng.permutation(whole.shape[1])]


@settings(max_examples=60, deadline=None)
@given(st.lists(cores, min_size=1, max_size=3), st.integers(0, 2**32))
def test_blocks_are_the_connected_parts(parts: list[Core], seed: int) -> None:
    matrix = diagonal([core.present for core in parts], seed)
    classes = collapse(sparse.csr_matrix(matrix))
    blocks = split(classes)
    assert sum(len(block.people) for block in blocks) == len(classes.people)
    assert sum(len(block.permissions) for block in blocks) == len(classes.permissions)
    again = np.zeros_like(matrix)
    for block in blocks:
        for v, line in enumerate(block.rows):
            assert line
            who, what = block.role(Role(1 << v, line))
            assert not again[who].any()
            again[np.ix_(who, what)] = True
        assert [line.bit_count() for line in block.columns] == np.bincount(block.held).tolist()
    assert np.array_equal(again, matrix)
    for block in blocks:
        # Connected: whatever is reached from the first person is all of it.
        reached = 1
        for _ in range(len(block.rows)):
            held = 0
            for v in bits.elements(reached):
                held |= block.rows[v]
            for q in bits.elements(held):
                reached |= block.columns[q]
        assert reached.bit_count() == len(block.rows)


@settings(max_examples=40, deadline=None)
@given(st.lists(cores, min_size=2, max_size=3), st.integers(0, 2**32))
def test_the_fewest_of_a_whole_are_the_fewest_of_its_parts(parts: list[Core], seed: int) -> None:
    miner = RoleMiner().fit(diagonal([core.present for core in parts], seed))
    assert miner.optimal_
    assert miner.n_roles_ == sum(fewest_roles(core.present) for core in parts)


def test_a_hard_part_leaves_something_for_the_others() -> None:
    """With little to spend, parts that need no search are proven whatever a dense one takes."""
    easy = [planted(40, 60, n_roles=15, density=0.1, seed=seed, per_person=2) for seed in range(3)]
    hard = planted(100, 100, n_roles=50, density=0.5, seed=1)
    alone = sum(RoleMiner().fit(part).n_roles_ for part in easy)
    miner = RoleMiner(max_work=400_000).fit(diagonal([*easy, hard], 0))
    assert miner.n_roles_ <= alone + 100
    assert not miner.optimal_


def test_shares_hand_on_what_is_left() -> None:
    whole = Budget(1000)
    given_out = []
    for allowed in _shares(whole, [1, 1, 2]):
        given_out.append(allowed.left())
        allowed.spend(99)
    assert given_out == [250, 299, 798]


def test_a_block_of_one_assignment_is_one_role() -> None:
    (block,) = mine(sparse.csr_matrix(np.ones((3, 4), dtype=bool)), plenty, seed=0).blocks
    ((who, what),) = block.roles
    assert (who.tolist(), what.tolist(), block.lower_bound, block.kind) == ([0, 1, 2], [0, 1, 2, 3], 1, "fooling_set")
