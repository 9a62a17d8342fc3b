"""The one module that talks to the solver HiGHS: programs over variables between 0 and 1, silent and on one thread.

In: costs, constraints as sparse matrices, a budget. Out: values and dual values, whether they are optimal, a bound.
"""

from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse

from lakezones.mining.budget import Budget

Floats = npt.NDArray[np.float64]

INFINITY = highspy.kHighsInf

_FEASIBLE = 2  # HiGHS' status of a solution that keeps all constraints


class _Silent(highspy.Highs):
    def enableCallbacks(self) -> None:  # noqa: N802 - a method of HiGHS
        # From 1.16 on the constructor prints a banner here, unless output has been switched off by then.
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


class Program:
    """A linear or integer program; each run is charged to the budget and ends at its time limit.

    Parameters
    ----------
    budget : Budget
    **options
        Of HiGHS.

    Attributes
    ----------
    shape : tuple of int
        Constraints and variables.
    """

    def __init__(self, budget: Budget, *, maximize: bool = False, **options: float | str) -> None:
        self.budget = budget
        self.shape = (0, 0)
        self.highs: Any = _Silent()  # type: ignore[no-untyped-call]
        self.set(output_flag=False, threads=1, parallel="off", **options)
        if maximize:
            self.highs.setMaximize()  # type: ignore[no-untyped-call]

    def set(self, **options: float | str) -> None:
        """Set options of HiGHS."""
        for name, value in options.items():
            self.highs.setOptionValue(name, value)

    def add_variables(self, cost: Floats, column: Any = None, *, integer: int = 0) -> None:
        """More variables, of which the first `integer` are whole numbers.

        Parameters
        ----------
        cost : ndarray of float64, shape (n_variables,)
        column : sparse or dense matrix, shape (n_variables, n_constraints), optional
            Their coefficients in the constraints there are.
        integer : int
        """
        count = cost.size
        lines = sparse.csr_matrix((count, self.shape[0]) if column is None else column)
        self.highs.addCols(count, cost, np.zeros(count), np.ones(count), *_lines(lines))
        if integer:
            which = np.arange(self.shape[1], self.shape[1] + integer, dtype=np.int32)
            kind = np.full(integer, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
            self.highs.changeColsIntegrality(integer, which, kind)
        self.shape = (self.shape[0], self.shape[1] + count)

    def add_constraints(
        self, matrix: Any, *, lower: float | Floats = -INFINITY, upper: float | Floats = INFINITY
    ) -> None:
        """More constraints `lower <= matrix @ variables <= upper`, a row each."""
        lines = sparse.csr_matrix(matrix)
        count = lines.shape[0]
        self.highs.addRows(count, np.full(count, lower, float), np.full(count, upper, float), *_lines(lines))
        self.shape = (self.shape[0] + count, self.shape[1])

    def start_from(self, values: Floats) -> None:
        """Offer a known solution."""
        known = highspy.HighsSolution()
        known.col_value = values.tolist()
        self.highs.setSolution(known)

    def interrupt_after(self, checks: int) -> None:
        """End an integer program at so many of the solver's own checks of its limits: counted, and so repeatable."""
        done = 0

        def stop(event: Any) -> None:
            nonlocal done
            done += 1
            event.interrupt(done >= checks)

        self.highs.cbMipInterrupt += stop

    def run(self) -> None:
        """Solve, until the optimum or a limit."""
        seconds = self.budget.seconds_left()
        if np.isfinite(seconds):
            # The limit is on the accumulated run time of this solver.
            self.set(time_limit=self.highs.getRunTime() + max(seconds, 0.01))
        self.highs.run()
        info = self.highs.getInfo()
        steps = max(0, info.simplex_iteration_count) / 15 + max(0, info.ipm_iteration_count) * 4
        self.budget.spend(steps * sum(self.shape) + 500)

    @property
    def optimal(self) -> bool:
        """Whether the last run proved its optimum."""
        return bool(self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal)

    @property
    def values(self) -> Floats | None:
        """Values of the variables; None where none were found that keep all constraints."""
        values: Floats = np.asarray(self.highs.getSolution().col_value)
        found = values.size == self.shape[1] and self.highs.getInfo().primal_solution_status == _FEASIBLE
        return values if found else None

    @property
    def dual_values(self) -> Floats:
        """Dual values of the constraints; empty where there are none."""
        return np.asarray(self.highs.getSolution().row_dual)

    @property
    def bound(self) -> float:
        """No whole-number solution of an integer program costs less."""
        return float(self.highs.getInfo().mip_dual_bound)


def _lines(matrix: sparse.csr_matrix) -> tuple[int, npt.NDArray[np.int32], npt.NDArray[np.int32], Floats]:
    """A matrix as the solver takes it: how many entries, where lines start, where entries stand, entries."""
    return (
        matrix.nnz,
        matrix.indptr[:-1].astype(np.int32),
        matrix.indices.astype(np.int32),
        matrix.data.astype(np.float64),
    )
