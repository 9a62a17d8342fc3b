"""Maximum coverage as a linear and an integer program, behind a narrow door to HiGHS.

In: candidate roles as lists of cells, how many may be chosen. Out: prices of the cells, or the best choice.

    maximise  sum(y)   with   y(cell) <= sum of the chosen roles with the cell,   y <= 1,   at most K roles

Cells that the same candidates have are one, with their number as its weight. The search ends after so many calls of the
solver's own check of its limits, which are counted and not timed: the same program gives the same answer.
"""

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse

from lakezones.mining.budget import Budget

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a program was found to allow.

    Attributes
    ----------
    chosen
        Candidates, ascending.
    covered
        Cells that they cover.
    proven
        Whether no choice covers more.
    """

    chosen: Ints
    covered: int
    proven: bool


def prices(cells: sparse.csr_matrix, *, max_roles: int, budget: Budget) -> Floats | None:
    """What a cell is worth where roles may be taken in parts; None where a limit came first.

    Parameters
    ----------
    cells : csr_matrix, shape (n_candidates, n_cells)
    max_roles
        Most roles.
    """
    merged, weights, owner = _merge(cells)
    solver = _solver(budget)
    # Prices from the middle of the best ones serve as well as those of a corner, and come sooner.
    solver.setOptionValue("solver", "ipm")
    solver.setOptionValue("run_crossover", "off")
    _fill(solver, merged, weights, max_roles)
    solver.run()
    info = solver.getInfo()
    budget.spend(4.0 * max(0, info.ipm_iteration_count) * sum(merged.shape))
    duals = np.abs(np.asarray(solver.getSolution().row_dual))
    if duals.size != merged.shape[1] + 1:
        return None
    found: Floats = np.zeros(cells.shape[1])
    known = owner >= 0
    found[known] = np.clip(duals[owner[known]] / weights[owner[known]], 0.0, 1.0)
    return found


def best(cells: sparse.csr_matrix, start: Ints, *, max_roles: int, patience: int, budget: Budget) -> Answer:
    """The best choice that is found, no worse than the one to start from.

    Parameters
    ----------
    cells : csr_matrix, shape (n_candidates, n_cells)
    start
        A choice.
    max_roles
        Most roles.
    patience
        Checks of the solver after which it stops.
    """
    merged, weights, _ = _merge(cells)
    count, size = merged.shape
    known = np.zeros(count + size)
    known[start] = 1.0
    known[count:] = np.asarray(merged[start].sum(axis=0)).ravel() > 0
    before = round(float(weights @ known[count:]))
    solver = _solver(budget)
    solver.setOptionValue("mip_abs_gap", 0.99)  # whole numbers
    solver.setOptionValue("mip_rel_gap", 0.0)
    _fill(solver, merged, weights, max_roles)
    solver.changeColsIntegrality(
        count,
        np.arange(count, dtype=np.int32),
        np.full(count, int(highspy.HighsVarType.kInteger), dtype=np.uint8),
    )
    solution = highspy.HighsSolution()
    solution.col_value = known.tolist()
    solver.setSolution(solution)
    checks = 0

    def stop(event: Any) -> None:
        nonlocal checks
        checks += 1
        event.interrupt(checks >= patience)

    solver.cbMipInterrupt += stop
    solver.run()
    info = solver.getInfo()
    budget.spend(500 + max(0, info.simplex_iteration_count) * (count + size) / 15)
    values = np.asarray(solver.getSolution().col_value)
    proven = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    if values.size == count + size:
        chosen = np.flatnonzero(values[:count] > 0.5)
        covered = round(float(weights @ (np.asarray(merged[chosen].sum(axis=0)).ravel() > 0)))
        if chosen.size <= max_roles and covered > before:
            return Answer(chosen=chosen, covered=covered, proven=proven)
    return Answer(chosen=np.sort(start), covered=before, proven=proven)


def _solver(budget: Budget) -> Any:
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("parallel", "off")
    seconds = budget.seconds_left()
    if np.isfinite(seconds):
        solver.setOptionValue("time_limit", max(seconds, 0.01))
    return solver


def _fill(solver: Any, cells: sparse.csr_matrix, weights: Floats, max_roles: int) -> None:
    count, size = cells.shape
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
    solver.addVars(count + size, np.zeros(count + size), np.ones(count + size))
    solver.changeColsCost(size, np.arange(count, count + size, dtype=np.int32), weights)
    rows = sparse.hstack([-cells.T.astype(np.float64), sparse.identity(size)]).tocsr()
    solver.addRows(
        size,
        np.full(size, -highspy.kHighsInf),
        np.zeros(size),
        rows.nnz,
        rows.indptr[:-1].astype(np.int32),
        rows.indices.astype(np.int32),
        rows.data,
    )
    solver.addRow(0.0, float(max_roles), count, np.arange(count, dtype=np.int32), np.ones(count))


def _merge(cells: sparse.csr_matrix) -> tuple[sparse.csr_matrix, Floats, Ints]:
    """The matrix with equal cells as one, how many each stands for, and which one each cell is in, -1 for none."""
    columns = cells.tocsc()
    columns.sort_indices()
    seen: dict[bytes, int] = {}
    first: list[int] = []
    owner = np.full(cells.shape[1], -1, dtype=np.intp)
    for cell in np.flatnonzero(np.diff(columns.indptr)).tolist():
        key = columns.indices[columns.indptr[cell] : columns.indptr[cell + 1]].tobytes()
        owner[cell] = seen.setdefault(key, len(first))
        if owner[cell] == len(first):
            first.append(cell)
    weights = np.bincount(owner[owner >= 0], minlength=len(first)).astype(np.float64)
    return columns[:, first].tocsr(), weights, owner
