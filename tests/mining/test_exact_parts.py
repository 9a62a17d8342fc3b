"""Each part of the exact miner against a slow and obvious reference: reductions with their undoing, cliques, covers."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from lakezones.mining import RoleMiner, bits
from lakezones.mining.budget import Budget
from lakezones.mining.exact.classes import Classes, Role, collapse
from lakezones.mining.exact.clique import heaviest_clique, maximal_cliques, rows, sift
from lakezones.mining.exact.core import Core
from lakezones.mining.exact.greedy import evenness, greedy_cover, hardness, ruin_and_recreate, surprisal
from lakezones.mining.exact.master import fewest
from lakezones.mining.exact.mine import _give_back, fewest_line_roles
from lakezones.mining.exact.reduce import Reduction, components, dominate, minimal_edges
from lakezones.mining.exact.solve import column_generation, deduction, solve
from lakezones.mining.exact.ties import trim
from tests.benchmarks.planted import planted
from tests.mining.test_exact import fewest_roles

Matrix = npt.NDArray[np.bool_]
Cells = frozenset[tuple[int, int]]

small = arrays(bool, st.tuples(st.integers(1, 6), st.integers(1, 6)))
plenty = Budget(10**12)


def closed_roles(matrix: Matrix) -> set[Cells]:
    """Cells of all maximal bicliques."""
    found = set()
    for size in range(1, matrix.shape[0] + 1):
        for people in itertools.combinations(range(matrix.shape[0]), size):
            held = np.flatnonzero(matrix[list(people)].all(axis=0))
            if held.size:
                who = np.flatnonzero(matrix[:, held].all(axis=1))
                found.add(frozenset(itertools.product(who.tolist(), held.tolist())))
    return found


def fewest_over(matrix: Matrix, need: Cells) -> int:
    """Fewest maximal bicliques of `matrix` that cover `need`, by trying."""
    roles = {role & need for role in closed_roles(matrix)} - {frozenset()}
    for count in itertools.count():
        if any(frozenset().union(*chosen) == need for chosen in itertools.combinations(roles, count)):
            return count
    raise AssertionError


def dense(lines: list[int], width: int) -> Matrix:
    return np.array([bits.to_mask(line, width) for line in lines], dtype=bool).reshape(len(lines), width)


def cells(lines: list[int]) -> Cells:
    return frozenset((v, q) for v, line in enumerate(lines) for q in bits.elements(line))


def reduced(matrix: Matrix) -> tuple[Classes, list[int], Reduction]:
    classes = collapse(sparse.csr_matrix(matrix))
    need = minimal_edges(classes, plenty)
    return classes, need, dominate(classes, need, plenty)


@settings(max_examples=60, deadline=None)
@given(small)
def test_collapsing_loses_nothing(matrix: Matrix) -> None:
    classes = collapse(sparse.csr_matrix(matrix))
    again = np.zeros_like(matrix)
    for v, line in enumerate(classes.rows):
        for q in bits.elements(line):
            again[np.ix_(classes.people[v], classes.permissions[q])] = True
    assert np.array_equal(again, matrix)
    assert len(set(classes.rows)) == len(classes.rows)
    assert len(set(classes.columns)) == len(classes.columns)
    assert np.array_equal(dense(classes.rows, len(classes.columns)), dense(classes.columns, len(classes.rows)).T)


@settings(max_examples=60, deadline=None)
@given(arrays(bool, st.tuples(st.integers(1, 5), st.integers(1, 5))))
def test_each_reduction_keeps_the_fewest(matrix: Matrix) -> None:
    classes, minimal, reduction = reduced(matrix)
    shrunk = dense(classes.rows, len(classes.columns))
    fewest_there_are = fewest_roles(matrix)
    assert fewest_over(shrunk, cells(classes.rows)) == fewest_there_are
    assert fewest_over(shrunk, cells(minimal)) == fewest_there_are
    assert fewest_over(shrunk, cells(reduction.need)) == fewest_there_are
    parts = components(classes, reduction.need, plenty)
    assert sum(fewest_over(shrunk, frozenset(part)) for part in parts) == fewest_there_are


@settings(max_examples=80, deadline=None)
@given(small, st.integers(0, 200))
def test_a_reduction_cut_short_still_keeps_the_fewest(matrix: Matrix, work: int) -> None:
    classes = collapse(sparse.csr_matrix(matrix))
    budget = Budget(work + 1)
    reduction = dominate(classes, minimal_edges(classes, budget), budget)
    shrunk = dense(classes.rows, len(classes.columns))
    roles = [Role(_bits(role, 0), _bits(role, 1)) for role in _some_cover(shrunk, cells(reduction.need))]
    assert covered(_give_back(classes, roles, reduction)) == cells(classes.rows)


def _bits(role: Cells, side: int) -> int:
    return bits.from_indices({cell[side] for cell in role})


def _some_cover(matrix: Matrix, need: Cells) -> list[Cells]:
    """Closed roles that cover `need`, not the fewest."""
    chosen, left = [], need
    for role in sorted(closed_roles(matrix), key=sorted):
        if role & left:
            chosen.append(role)
            left -= role
    return chosen


def covered(roles: list[Role]) -> Cells:
    return frozenset(
        cell
        for role in roles
        for cell in itertools.product(bits.elements(role.people), bits.elements(role.permissions))
    )


@settings(max_examples=80, deadline=None)
@given(small)
def test_what_was_taken_out_comes_back_and_trimming_keeps_it(matrix: Matrix) -> None:
    classes, _, reduction = reduced(matrix)
    shrunk = dense(classes.rows, len(classes.columns))
    cover = _some_cover(shrunk, cells(reduction.need))
    roles = _give_back(classes, [Role(_bits(role, 0), _bits(role, 1)) for role in cover], reduction)
    assert len(roles) <= len(cover)
    assert covered(roles) == cells(classes.rows)
    trimmed = trim(classes, roles, plenty)
    assert covered(trimmed) == cells(classes.rows)
    assert len(trimmed) <= len(roles)


@settings(max_examples=60, deadline=None)
@given(small)
def test_parts_have_nothing_to_do_with_one_another(matrix: Matrix) -> None:
    classes, _, reduction = reduced(matrix)
    shrunk = dense(classes.rows, len(classes.columns))
    parts = components(classes, reduction.need, plenty)
    assert sorted(edge for part in parts for edge in part) == sorted(cells(reduction.need))
    for one, other in itertools.combinations(parts, 2):
        for (u, p), (v, q) in itertools.product(one, other):
            assert not (shrunk[u, q] and shrunk[v, p])


graphs = st.builds(
    lambda n, density, seed: np.random.default_rng(seed).random((n, n)) < density,
    st.integers(1, 9),
    st.floats(0.1, 0.95),
    st.integers(0, 2**32),
)


def undirected(raw: Matrix) -> Matrix:
    near = np.triu(raw, 1)
    return near | near.T


def cliques_of(near: Matrix) -> list[tuple[int, ...]]:
    """All non-empty cliques, by trying."""
    n = len(near)
    return [
        members
        for size in range(1, n + 1)
        for members in itertools.combinations(range(n), size)
        if all(near[i, j] for i, j in itertools.combinations(members, 2))
    ]


@settings(max_examples=120, deadline=None)
@given(graphs, st.integers(0, 2**32), st.integers(1, 400))
def test_the_heaviest_clique(raw: Matrix, seed: int, above: int) -> None:
    near = undirected(raw)
    weight = np.random.default_rng(seed).integers(1, 100, len(near))
    heaviest = max(int(weight[list(c)].sum()) for c in cliques_of(near))
    result = heaviest_clique(near, weight, above=above, budget=Budget(10**12), max_work=10**12)
    assert result.bound >= heaviest
    assert result.bound == max(above, heaviest)
    known = {bits.from_indices(c) for c in cliques_of(near)}
    weights = [int(weight[bits.to_array(c)].sum()) for c in result.cliques]
    assert set(result.cliques) <= known
    assert all(w > above for w in weights)
    assert bool(weights) == (heaviest > above)
    # Cut short at once, it still says nothing false.
    assert heaviest_clique(near, weight, above=above, budget=Budget(1), max_work=1).bound >= heaviest


@settings(max_examples=120, deadline=None)
@given(graphs, st.integers(0, 2**32), st.integers(1, 400))
def test_sifting_keeps_every_heavy_clique(raw: Matrix, seed: int, above: int) -> None:
    near = undirected(raw)
    weight = np.random.default_rng(seed).integers(1, 100, len(near))
    kept, graph = sift(near, weight, above)
    assert graph.shape == (kept.size, kept.size)
    assert not (graph & ~near[np.ix_(kept, kept)]).any()
    at = {int(vertex): i for i, vertex in enumerate(kept)}
    for members in cliques_of(near):
        if weight[list(members)].sum() > above:
            assert set(members) <= set(at)
            assert all(graph[at[i], at[j]] for i, j in itertools.combinations(members, 2))


@settings(max_examples=80, deadline=None)
@given(graphs)
def test_all_maximal_cliques(raw: Matrix) -> None:
    near = undirected(raw)
    every = [set(c) for c in cliques_of(near)]
    largest = {bits.from_indices(c) for c in every if not any(c < other for other in every)}
    found = maximal_cliques(rows(near), limit=10_000, budget=Budget(10**9))
    assert found is not None
    assert set(found) == largest
    assert len(found) == len(largest)


@settings(max_examples=60, deadline=None)
@given(small, st.sampled_from([surprisal, evenness, hardness]), st.sampled_from([0.3, 0.7, 1.0]))
def test_greedy_covers_what_is_left_and_nothing_else(matrix: Matrix, weigh: object, accept: float) -> None:
    matrix[0, 0] = True
    core = Core(matrix, matrix)
    left = matrix & (np.random.default_rng(1).random(matrix.shape) < 0.7)
    roles = greedy_cover(core, left, weigh(core), Budget(10**9), accept=accept, seed=0, most=10**9)  # type: ignore[operator]
    assert roles is not None
    given_access = roles.covered()
    assert not (given_access & ~matrix).any()
    assert not (left & ~given_access).any()
    assert greedy_cover(core, left, weigh(core), Budget(10**9), accept=accept, seed=0, most=len(roles)) is not None  # type: ignore[operator]
    if len(roles):
        assert greedy_cover(core, left, weigh(core), Budget(10**9), accept=accept, seed=0, most=len(roles) - 1) is None  # type: ignore[operator]


@pytest.mark.parametrize("seed", range(3))
def test_repairs_never_lose_access_or_add_roles(seed: int) -> None:
    matrix = planted(30, 30, n_roles=14, density=0.5, seed=seed)
    core = Core(matrix, matrix)
    before = core.prune(core.lines(core.need))
    weights = [surprisal(core), evenness(core)]
    turns = 0
    for roles in ruin_and_recreate(core, before, weights, Budget(10**9), patience=15, target=0, seed=seed):
        assert np.array_equal(roles.covered(), matrix)
        assert len(roles) <= len(before)
        before = roles
        turns += 1
    assert turns


@settings(max_examples=40, deadline=None)
@given(small)
def test_every_bound_is_at_most_every_cover(matrix: Matrix) -> None:
    matrix[0, 0] = True
    core = Core(matrix, matrix)
    optimum = fewest_roles(matrix)
    assert len(core.hardest(matrix, Budget(10**9))) <= optimum
    whole = solve(core, Budget(10**9), seed=0, strategies=[column_generation])
    assert whole.proof.bound == len(whole.roles) == optimum
    for work in (1, 2_000, 20_000, 10**9):
        cover = solve(core, Budget(work), seed=0, strategies=[deduction, column_generation])
        assert cover.proof.bound <= optimum <= len(cover.roles)
        assert np.array_equal(cover.roles.covered(), matrix)


@settings(max_examples=60, deadline=None)
@given(small)
def test_the_integer_program_finds_the_fewest(matrix: Matrix) -> None:
    matrix[0, 0] = True
    edges = np.argwhere(matrix)
    covers = np.array([[tuple(edge) in role for edge in edges.tolist()] for role in closed_roles(matrix)])
    chosen = fewest(covers, budget=Budget(10**9), nodes=1_000)
    assert chosen is not None
    assert chosen.roles.size == chosen.bound == fewest_roles(matrix)


def test_a_part_of_a_budget_is_a_share_of_what_is_left() -> None:
    budget = Budget(1_000)
    budget.spend(499)
    assert budget.used() == pytest.approx(0.5)
    assert budget.part(0.5).max_work == 250
    assert budget.part(0.5).time_limit is None
    timed = Budget(1_000, 60.0).part(0.25)
    assert timed.time_limit is not None
    assert 0 < timed.time_limit <= 15.0


def least_sum(matrix: Matrix) -> int:
    """Fewest memberships and permissions of a cover of fewest roles, by trying all covers and all parts of roles."""
    whole = frozenset(zip(*(line.tolist() for line in np.nonzero(matrix)), strict=True))
    count = fewest_roles(matrix)
    best = 10**9

    def go(left: Cells, used: int, total: int) -> None:
        nonlocal best
        if total >= best:
            return
        if not left:
            best = total
            return
        if used == count:
            return
        cell = min(left)
        for role in parts:
            if cell in role:
                go(left - role, used + 1, total + sizes[role])

    parts, sizes = set(), {}
    for role in closed_roles(matrix):
        people, permissions = sorted({v for v, _ in role}), sorted({q for _, q in role})
        for who in _subsets(people):
            for what in _subsets(permissions):
                part = frozenset(itertools.product(who, what))
                parts.add(part)
                sizes[part] = len(who) + len(what)
    go(whole, 0, 0)
    return best


def _subsets(items: list[int]) -> list[tuple[int, ...]]:
    return [chosen for size in range(1, len(items) + 1) for chosen in itertools.combinations(items, size)]


@settings(max_examples=60, deadline=None)
@given(arrays(bool, st.tuples(st.integers(1, 4), st.integers(1, 4))))
def test_a_tie_break_called_proven_is(matrix: Matrix) -> None:
    miner = RoleMiner().fit(matrix)
    total = miner.memberships_.nnz + miner.role_permissions_.nnz
    assert miner.tie_break_proven_
    assert total == (least_sum(matrix) if matrix.any() else 0)


@settings(max_examples=40, deadline=None)
@given(small, st.integers(1, 3_000))
def test_nothing_is_proven_of_ties_where_the_count_is_not(matrix: Matrix, work: int) -> None:
    miner = RoleMiner(max_work=work).fit(matrix)
    assert miner.optimal_ or not miner.tie_break_proven_
    if miner.tie_break_proven_:
        best = RoleMiner().fit(matrix)
        assert (
            miner.memberships_.nnz + miner.role_permissions_.nnz == best.memberships_.nnz + best.role_permissions_.nnz
        )


@settings(max_examples=80, deadline=None)
@given(small)
def test_covering_by_lines_takes_the_fewest_lines(matrix: Matrix) -> None:
    need = [bits.from_mask(line) for line in matrix]
    roles = fewest_line_roles(need)
    assert covered(roles) == cells(need)
    n, m = matrix.shape
    enough = (
        size
        for size in itertools.count()
        for lines in itertools.combinations(range(n + m), size)
        if not np.delete(
            np.delete(matrix, [i for i in lines if i < n], axis=0), [i - n for i in lines if i >= n], axis=1
        ).any()
    )
    assert len(roles) == next(enough)
