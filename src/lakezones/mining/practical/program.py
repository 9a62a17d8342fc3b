"""Maximum coverage as a linear and an integer program.

In: candidate roles as lists of cells, how many may be chosen. Out: prices of the cells, or the best choice.

    maximise  sum(y)   with   y(cell) <= sum of the chosen roles with the cell,   y <= 1,   at most K roles

Cells that the same candidates have are one, with their number as its weight. The search ends after so many calls of the
solver's own check of its limits, which are counted and not timed: the same program gives the same answer.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lakezones.mining.budget import Budget
from lakezones.mining.highs import Floats, Program

Ints = npt.NDArray[np.intp]


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
    # Prices from the middle of the best ones serve as well as those of a corner, and come sooner.
    program = _program(merged, weights, max_roles, budget, solver="ipm", run_crossover="off")
    program.run()
    duals = np.abs(program.dual_values)
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
    gaps = {"mip_abs_gap": 0.99, "mip_rel_gap": 0.0}  # whole numbers
    program = _program(merged, weights, max_roles, budget, integer=count, **gaps)
    program.start_from(known)
    program.interrupt_after(patience)
    program.run()
    values = program.values
    if values is not None:
        chosen = np.flatnonzero(values[:count] > 0.5)
        covered = round(float(weights @ (np.asarray(merged[chosen].sum(axis=0)).ravel() > 0)))
        if chosen.size <= max_roles and covered > before:
            return Answer(chosen=chosen, covered=covered, proven=program.optimal)
    return Answer(chosen=np.sort(start), covered=before, proven=program.optimal)


def _program(
    cells: sparse.csr_matrix,
    weights: Floats,
    max_roles: int,
    budget: Budget,
    *,
    integer: int = 0,
    **options: float | str,
) -> Program:
    count, size = cells.shape
    program = Program(budget, maximize=True, **options)
    program.add_variables(np.concatenate([np.zeros(count), weights]), integer=integer)
    program.add_constraints(sparse.hstack([-cells.T.astype(np.float64), sparse.identity(size)]), upper=0.0)
    program.add_constraints(np.repeat([1.0, 0.0], [count, size])[None, :], upper=float(max_roles), lower=0.0)
    return program


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
