"""The linear and integer programs, behind a narrow door to HiGHS.

In: which role covers which of some assignments. Out: dual prices of the assignments, shares of the
roles, or the fewest roles.

The linear program is kept in its dual form, `max sum(y)` with `y(role) <= 1` for each role: roles come
as rows and assignments as columns, and the dual simplex method goes on from the last basis.
"""

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse

from lakezones.mining import bits
from lakezones.mining.budget import Budget

Float = npt.NDArray[np.float64]


def _solver(budget: Budget) -> Any:
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("parallel", "off")
    _limit(solver, budget)
    return solver


def _limit(solver: Any, budget: Budget) -> None:
    seconds = budget.seconds_left()
    if np.isfinite(seconds):
        # The limit is on the accumulated run time of this solver object.
        solver.setOptionValue("time_limit", solver.getRunTime() + max(seconds, 0.01))


def _ones(matrix: bits.BoolArray) -> tuple[int, npt.NDArray[np.int32], npt.NDArray[np.int32], Float]:
    """A matrix of zeros and ones as the solver takes it: how many ones, where lines start, where ones stand, ones."""
    lines, indices = np.nonzero(matrix)
    starts = np.concatenate([[0], np.cumsum(matrix.sum(axis=1))[:-1]]).astype(np.int32)
    return lines.size, starts, indices.astype(np.int32), np.ones(lines.size)


class Prices:
    """Fractional cover of a growing set of assignments by a growing set of roles."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.solver = _solver(budget)
        self.solver.setMaximize()
        self.n_roles = 0
        self.n_edges = 0
        self.iterations = 0

    def add_roles(self, covers: bits.BoolArray) -> None:
        """More roles; `covers` has shape (n_new_roles, n_edges)."""
        count = covers.shape[0]
        if count == 0:
            return
        self.solver.addRows(count, np.full(count, -highspy.kHighsInf), np.ones(count), *_ones(covers))
        self.n_roles += count

    def add_edges(self, covered: bits.BoolArray) -> None:
        """More assignments; `covered` has shape (n_new_edges, n_roles)."""
        count = covered.shape[0]
        if count == 0:
            return
        self.solver.addCols(count, np.ones(count), np.zeros(count), np.ones(count), *_ones(covered))
        self.n_edges += count

    def solve(self, *, central: bool = False) -> tuple[Float, Float] | None:
        """Prices of the assignments and shares of the roles; None when a limit stopped it.

        Parameters
        ----------
        central : bool
            Take prices from the middle of the optimal face, not from a corner: slower, but far fewer
            roles outside the program are priced above one, so a proof is near.
        """
        self.solver.setOptionValue("solver", "ipm" if central else "simplex")
        self.solver.setOptionValue("run_crossover", "off" if central else "on")
        _limit(self.solver, self.budget)
        self.solver.run()
        info = self.solver.getInfo()
        steps = max(0, info.simplex_iteration_count) / 15 + max(0, info.ipm_iteration_count) * 4
        self.budget.spend(steps * (self.n_roles + self.n_edges) + 500)
        # Without crossover HiGHS calls an optimum of the interior point method "unknown".
        optimal = self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        if not optimal and not (central and info.primal_solution_status == 2):
            return None
        solution = self.solver.getSolution()
        price, share = np.asarray(solution.col_value), np.abs(np.asarray(solution.row_dual))
        floor = 1e-5 if central else 1e-9
        return np.where(price > floor, price, 0.0), np.where(share > floor, share, 0.0)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Roles picked by :func:`fewest`, and a bound on the fewest among those on offer."""

    roles: bits.IntArray
    bound: int


def fewest(
    covers: bits.BoolArray, *, budget: Budget, nodes: int, start: bits.IntArray | None = None, target: int = 0
) -> Chosen | None:
    """Fewest roles that cover every assignment.

    Parameters
    ----------
    covers : ndarray of bool, shape (n_roles, n_edges)
    nodes : int
        Branch-and-bound nodes allowed.
    start : ndarray of int, optional
        Roles of a known cover.
    target : int
        Stop at a cover this small: it is known to be best.

    Returns
    -------
    Chosen or None
        None when a limit came before any cover.
    """
    n_roles, n_edges = covers.shape
    solver = _solver(budget)
    solver.setOptionValue("mip_max_nodes", nodes)
    solver.setOptionValue("mip_abs_gap", 0.99)
    solver.setOptionValue("objective_target", target + 0.5)
    solver.addVars(n_roles, np.zeros(n_roles), np.ones(n_roles))
    every = np.arange(n_roles, dtype=np.int32)
    solver.changeColsCost(n_roles, every, np.ones(n_roles))
    solver.changeColsIntegrality(n_roles, every, np.full(n_roles, int(highspy.HighsVarType.kInteger), dtype=np.uint8))
    solver.addRows(n_edges, np.ones(n_edges), np.full(n_edges, highspy.kHighsInf), *_ones(covers.T))
    if start is not None:
        known = highspy.HighsSolution()
        values = np.zeros(n_roles)
        values[start] = 1.0
        known.col_value = values.tolist()
        solver.setSolution(known)
    _limit(solver, budget)
    solver.run()
    info = solver.getInfo()
    budget.spend(500 + max(0, info.simplex_iteration_count) * (n_roles + n_edges) / 15)
    values = np.asarray(solver.getSolution().col_value)
    if values.size != n_roles or info.primal_solution_status != 2:
        return None
    picked = np.flatnonzero(values > 0.5)
    if not covers[picked].any(axis=0).all():
        return None
    optimal = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    bound = picked.size if optimal else int(np.ceil(max(0.0, info.mip_dual_bound) - 1e-6))
    return Chosen(picked, bound)


def least(
    cost: Float, matrix: sparse.csr_matrix, lower: list[float], *, budget: Budget, nodes: int
) -> tuple[bits.BoolArray, bool] | None:
    """Zeros and ones of least cost with `matrix @ values >= lower`, and whether none cost less.

    Returns
    -------
    (values, optimal) or None
        None when a limit came before any answer.
    """
    n_lines, size = matrix.shape
    solver = _solver(budget)
    solver.setOptionValue("mip_max_nodes", nodes)
    # Costs are whole numbers.
    solver.setOptionValue("mip_abs_gap", 0.99)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.addVars(size, np.zeros(size), np.ones(size))
    every = np.arange(size, dtype=np.int32)
    solver.changeColsCost(size, every, cost)
    solver.changeColsIntegrality(size, every, np.full(size, int(highspy.HighsVarType.kInteger), dtype=np.uint8))
    solver.addRows(
        n_lines,
        np.asarray(lower),
        np.full(n_lines, highspy.kHighsInf),
        matrix.nnz,
        matrix.indptr[:-1].astype(np.int32),
        matrix.indices.astype(np.int32),
        matrix.data.astype(np.float64),
    )
    _limit(solver, budget)
    solver.run()
    info = solver.getInfo()
    budget.spend(500 + max(0, info.simplex_iteration_count) * (n_lines + size) / 15)
    values = np.asarray(solver.getSolution().col_value)
    if values.size != size or info.primal_solution_status != 2:
        return None
    return values > 0.5, solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
