"""The linear and integer programs of the exact miner.

In: which role covers which of some assignments. Out: dual values of the assignments, shares of the roles, or the
fewest roles.

The linear program is kept in its dual form, `max sum(y)` with `y(role) <= 1` for each role: roles come
as rows and assignments as columns, and the dual simplex method goes on from the last basis.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.highs import Floats, Program


class Duals:
    """Fractional cover of a growing set of assignments by a growing set of roles.

    Attributes
    ----------
    program : Program
        Its shape is the number of roles and of assignments.
    """

    def __init__(self, budget: Budget) -> None:
        self.program = Program(budget, maximize=True)

    def add_roles(self, covers: bits.BoolArray) -> None:
        """More roles; `covers` has shape (n_new_roles, n_edges)."""
        if len(covers):
            self.program.add_constraints(covers, upper=1.0)

    def add_edges(self, covered: bits.BoolArray) -> None:
        """More assignments; `covered` has shape (n_new_edges, n_roles)."""
        if len(covered):
            self.program.add_variables(np.ones(len(covered)), covered)

    def solve(self, *, central: bool = False) -> tuple[Floats, Floats] | None:
        """Dual values of the assignments and shares of the roles; None when a limit stopped it.

        Parameters
        ----------
        central : bool
            Take dual values from the middle of the optimal face, not from a corner: slower, but far fewer
            roles outside the program weigh more than one, so a proof is near.
        """
        self.program.set(
            solver="ipm" if central else "simplex",
            run_crossover="off" if central else "on",
        )
        self.program.run()
        dual, optimal = self.program.values, self.program.optimal
        # Without crossover HiGHS calls an optimum of the interior point method "unknown".
        if dual is None or not (optimal or central):
            return None
        share = np.abs(self.program.dual_values)
        floor = 1e-5 if central else 1e-9
        return np.where(dual > floor, dual, 0.0), np.where(share > floor, share, 0.0)


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
    n_roles = len(covers)
    program = Program(budget, mip_max_nodes=nodes, mip_abs_gap=0.99, objective_target=target + 0.5)
    program.add_variables(np.ones(n_roles), integer=n_roles)
    program.add_constraints(covers.T, lower=1.0)
    if start is not None:
        program.start_from(np.bincount(start, minlength=n_roles).astype(float))
    program.run()
    values = program.values
    if values is None:
        return None
    picked = np.flatnonzero(values > 0.5)
    if not covers[picked].any(axis=0).all():
        return None
    bound = picked.size if program.optimal else int(np.ceil(max(0.0, program.bound) - 1e-6))
    return Chosen(picked, bound)


def least(
    cost: Floats, matrix: sparse.csr_matrix, lower: list[float], *, budget: Budget, nodes: int
) -> tuple[bits.BoolArray, bool] | None:
    """Zeros and ones of least cost with `matrix @ values >= lower`, and whether none cost less.

    Returns
    -------
    (values, optimal) or None
        None when a limit came before any answer.
    """
    # Costs are whole numbers.
    program = Program(budget, mip_max_nodes=nodes, mip_abs_gap=0.99, mip_rel_gap=0.0)
    program.add_variables(cost, integer=cost.size)
    program.add_constraints(matrix, lower=np.asarray(lower))
    program.run()
    values = program.values
    return None if values is None else (values > 0.5, program.optimal)
