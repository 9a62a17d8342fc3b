"""Mine a plain matrix in either mode, with neither frames nor estimators, so that it starts quickly.

In: a boolean CSR matrix of people and permissions. Out: `MatrixRoles`: roles, bound, what is left over.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.proof import BlockRoles

Mode = Literal["exact", "practical"]
Indices = npt.NDArray[np.intp]

MAX_WORK = 62_000_000
"""Work units of a search that no time limit ends; about fifty seconds."""

_AFTERWARDS = 1.5e-6  # seconds per assignment between the end of a search and the answer
_MAX_PRACTICAL_WORK = 200_000_000
_BOUND_WORK = 20_000_000
_CHUNK = 2000
_LEAST_GAIN = 4  # assignments that a role adds, however small the matrix
_SMALLEST_SHARE = 200_000


@dataclass(frozen=True, kw_only=True)
class MatrixRoles:
    """Roles of a matrix.

    Attributes
    ----------
    roles
        People and permissions of each, ascending indices.
    lower_bound
        No fewer roles without new access can give all that these do.
    stopped_by
        What ended the search before a proof: ``time_limit``, ``work_limit`` or None.
    residual
        Assignments that no role gives, as (people, permissions).
    new_access
        Assignments that roles give beyond the matrix; zero.
    tie_break_proven
        Whether no cover of as many roles has fewer memberships and role permissions together.
    blocks
        Of exact mode: roles and proofs of each connected block of the matrix.
    """

    roles: list[tuple[Indices, Indices]]
    lower_bound: int
    stopped_by: str | None
    residual: tuple[Indices, Indices]
    new_access: int = field(default=0)
    tie_break_proven: bool = False
    blocks: list[BlockRoles] = field(default_factory=list)

    @property
    def optimal(self) -> bool:
        """Whether as few roles are proven to be needed."""
        return self.lower_bound == len(self.roles) and self.stopped_by is None


def mine_matrix(
    matrix: sparse.csr_matrix,
    *,
    mode: Mode,
    time_limit: float | None = None,
    budget: Budget | None = None,
    seed: int = 0,
) -> MatrixRoles:
    """Mine roles.

    Parameters
    ----------
    matrix : csr_matrix of bool, shape (n_people, n_permissions)
        Canonical: sorted indices, no duplicates, no explicit zeros.
    mode
        ``exact``: the fewest roles that give precisely the matrix. ``practical``: roles of a few people or more,
        with what fits none left over.
    time_limit
        Seconds after which the search stops with what it has.
    budget
        Work and time that may be spent, in place of the usual work and `time_limit`.
    seed
        Of the random starts of the exact search.
    """
    budget = budget or Budget(MAX_WORK if mode == "exact" else _MAX_PRACTICAL_WORK, time_limit)
    # What comes after a search takes time as well: roles are put together, compared with the matrix and written.
    search = budget.without(matrix.nnz * _AFTERWARDS)
    blocks: list[BlockRoles] = []
    tidy = False
    if mode == "exact":
        from lakezones.mining.exact.mine import mine

        mined = mine(matrix, search, seed=seed)
        blocks, tidy, bound = mined.blocks, mined.tie_break_proven, mined.lower_bound
        roles = [role for block in blocks for role in block.roles]
        # What practical mode leaves over it might yet have given: that it was stopped is said whatever the bound.
        stopped: str | None = None if bound == len(roles) else mined.stopped_by
    else:
        roles, bound, stopped = _practical(matrix, search)
    budget.spend(search.work)
    # As bytes, the highest first, numbers are in the same order as in lists.
    roles.sort(key=lambda role: (-role[0].size * role[1].size, *(line.astype(">i8").tobytes() for line in role)))
    # The proof does not rest on the miner: what the roles give is multiplied out and compared.
    rest, new = _compare(roles, matrix)
    return MatrixRoles(
        roles=roles,
        lower_bound=bound,
        stopped_by=stopped,
        residual=rest,
        new_access=new,
        tie_break_proven=tidy,
        blocks=blocks,
    )


def _practical(matrix: sparse.csr_matrix, budget: Budget) -> tuple[list[tuple[Indices, Indices]], int, str | None]:
    from lakezones.mining.practical.fooling import fooling
    from lakezones.mining.practical.grow import Search, grow

    # Permissions that the same people hold are one unit: a role has all of them or none.
    units, core = equal_permissions(matrix)
    rows = _lines(core)
    columns = _lines(core.T.tocsr())
    # In a large matrix, a role of a few people that adds next to nothing tells nobody anything.
    search = Search(min_gain=max(_LEAST_GAIN, core.nnz // _SMALLEST_SHARE))
    chosen = grow(rows, columns, columns, search, budget=budget)
    # The bound has a share of its own: it is cheap, and a search that was stopped needs it no less.
    bound = fooling(rows, columns, chosen.roles, Budget(_BOUND_WORK))
    roles = [
        (bits.to_array(role.people), np.sort(np.concatenate([units[k] for k in bits.elements(role.units)])))
        for role in chosen.roles
    ]
    return roles, bound, budget.stopped_by


def equal_permissions(matrix: sparse.csr_matrix) -> tuple[list[Indices], sparse.csr_matrix]:
    """Permissions in classes of equal holders, those that nobody holds left out.

    Returns
    -------
    list of ndarray
        Permissions of each class, ascending; classes in order of their first permission.
    csr_matrix of bool, shape (n_people, n_classes)
        Who holds which class.

    Notes
    -----
    Holders are compared by a sum of two random 32-bit numbers per person, then exactly: who holds a class holds as
    many of its permissions as it has. Where that fails, sums are drawn again.
    """
    people, permissions = matrix.shape
    held = np.bincount(matrix.indices, minlength=permissions)
    for attempt in range(8):
        rng = np.random.default_rng(attempt)
        sums = np.zeros((3, permissions))
        sums[2] = held
        for first in range(0, people, _CHUNK):
            last = min(people, first + _CHUNK)
            part = slice(matrix.indptr[first], matrix.indptr[last])
            lengths = np.diff(matrix.indptr[first : last + 1])
            for k in range(2):
                # Sums of 32-bit numbers of up to two million people are whole numbers that a double holds.
                drawn = rng.integers(0, 2**32, last - first).astype(np.float64)
                sums[k] += np.bincount(matrix.indices[part], np.repeat(drawn, lengths), minlength=permissions)
        order = np.lexsort(sums)
        order = order[held[order] > 0]
        breaks = (np.diff(sums[:, order], axis=1) != 0).any(axis=0)
        starts = np.flatnonzero(np.concatenate([[order.size > 0], breaks]))
        units = sorted(
            (np.sort(unit) for unit in np.split(order, starts[1:])), key=lambda unit: int(unit[0]) if unit.size else 0
        )
        units = [unit for unit in units if unit.size]
        core = _by_unit(matrix, units)
        if core is not None:
            return units, core
    raise AssertionError("permissions of equal holders could not be distinguished")


def _by_unit(matrix: sparse.csr_matrix, units: list[Indices]) -> sparse.csr_matrix | None:
    """The matrix by unit; None where somebody holds a part of one."""
    sizes = np.array([unit.size for unit in units], dtype=np.int64)
    unit_of = np.zeros(matrix.shape[1], dtype=np.int32)
    for k, unit in enumerate(units):
        unit_of[unit] = k
    lines, indptr = [], [0]
    for first in range(0, matrix.shape[0], _CHUNK):
        last = min(matrix.shape[0], first + _CHUNK)
        part = slice(matrix.indptr[first], matrix.indptr[last])
        owner = np.repeat(np.arange(last - first), np.diff(matrix.indptr[first : last + 1]))
        cells, counts = np.unique(owner * max(1, len(units)) + unit_of[matrix.indices[part]], return_counts=True)
        if not len(units):
            indptr += [0] * (last - first)
            continue
        if (counts != sizes[cells % len(units)]).any():
            return None
        lines.append((cells % len(units)).astype(np.int32))
        indptr += (indptr[-1] + np.cumsum(np.bincount(cells // len(units), minlength=last - first))).tolist()
    indices = np.concatenate([*lines, np.zeros(0, dtype=np.int32)])
    return sparse.csr_matrix(
        (np.ones(indices.size, dtype=np.bool_), indices, np.array(indptr)), shape=(matrix.shape[0], len(units))
    )


def _compare(roles: list[tuple[Indices, Indices]], matrix: sparse.csr_matrix) -> tuple[tuple[Indices, Indices], int]:
    """What roles do not give of a matrix, and how much they give beyond it; some people at a time."""
    who = indicator([people for people, _ in roles], matrix.shape[0]).T.tocsr().astype(np.int32)
    what = indicator([permissions for _, permissions in roles], matrix.shape[1]).astype(np.int32)
    rows, columns = [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.intp)]
    new = 0
    for first in range(0, matrix.shape[0], _CHUNK):
        given = (who[first : first + _CHUNK] @ what).astype(np.bool_)
        held = matrix[first : first + _CHUNK]
        given.sort_indices()
        if np.array_equal(given.indptr, held.indptr) and np.array_equal(given.indices, held.indices):
            continue
        both = held.multiply(given)
        new += int(given.nnz - both.nnz)
        left = sparse.coo_matrix(held.astype(np.int8) - both.astype(np.int8))
        keep = left.data != 0
        rows.append(left.row[keep].astype(np.intp) + first)
        columns.append(left.col[keep].astype(np.intp))
    return (np.concatenate(rows), np.concatenate(columns)), new


def _lines(matrix: sparse.csr_matrix) -> list[int]:
    edges = matrix.indptr
    return [bits.from_array(matrix.indices[edges[i] : edges[i + 1]], matrix.shape[1]) for i in range(matrix.shape[0])]


def indicator(lines: list[Indices], width: int) -> sparse.csr_matrix:
    """CSR matrix whose row `i` is true at `lines[i]`."""
    indptr = np.concatenate([[0], np.cumsum([line.size for line in lines])]).astype(np.intp)
    indices = np.concatenate([*lines, np.zeros(0, dtype=np.intp)])
    return sparse.csr_matrix((np.ones(indices.size, dtype=np.bool_), indices, indptr), shape=(len(lines), width))
