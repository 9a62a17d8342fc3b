"""Mine a plain matrix in either mode, with neither frames nor estimators, so that it starts quickly.

In: a boolean CSR matrix of people and permissions. Out: `MatrixRoles`: roles, bound, what is left over.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lakezones.propose.roles import bits
from lakezones.propose.roles.budget import Budget

Mode = Literal["exact", "practical"]
Indices = npt.NDArray[np.intp]

MAX_WORK = 60_000_000
"""Work units of a search that no time limit ends; about a minute."""


@dataclass(frozen=True, kw_only=True)
class MatrixRoles:
    """Roles of a matrix.

    Attributes
    ----------
    roles
        People and permissions of each, ascending indices.
    lower_bound
        No fewer roles can give as much of the matrix as these do.
    stopped_by
        What ended the search before a proof: ``time_limit``, ``work_limit`` or None.
    residual
        Assignments that no role gives, as (people, permissions).
    new_access
        Assignments that roles give beyond the matrix; zero.
    """

    roles: list[tuple[Indices, Indices]]
    lower_bound: int
    stopped_by: str | None
    residual: tuple[Indices, Indices]
    new_access: int = field(default=0)

    @property
    def optimal(self) -> bool:
        """Whether as few roles are proven to be needed."""
        return self.lower_bound == len(self.roles)


def mine_matrix(matrix: sparse.csr_matrix, *, mode: Mode, time_limit: float | None = None) -> MatrixRoles:
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
    """
    budget = Budget(MAX_WORK, time_limit)
    if mode == "exact":
        roles, bound, stopped = _exact(matrix, budget)
    else:
        roles, bound, stopped = _practical(matrix)
    # The proof does not rest on the miner: what the roles give is multiplied out and compared.
    given = _product(roles, matrix.shape)
    left = sparse.coo_matrix(matrix.astype(np.int8) - matrix.multiply(given).astype(np.int8))
    keep = left.data != 0
    new = int(given.nnz - matrix.multiply(given).nnz)
    return MatrixRoles(
        roles=roles,
        lower_bound=bound,
        stopped_by=None if bound == len(roles) else stopped,
        residual=(left.row[keep].astype(np.intp), left.col[keep].astype(np.intp)),
        new_access=new,
    )


def _exact(matrix: sparse.csr_matrix, budget: Budget) -> tuple[list[tuple[Indices, Indices]], int, str | None]:
    from lakezones.propose.roles.exact import mine

    mined = mine(matrix, budget, seed=0)
    people, permissions = mined.classes.people, mined.classes.permissions
    roles = [
        (
            np.sort(np.concatenate([people[v] for v in bits.elements(role.people)])),
            np.sort(np.concatenate([permissions[q] for q in bits.elements(role.permissions)])),
        )
        for role in mined.roles
    ]
    return _ordered(roles), mined.lower_bound, budget.stopped_by


def _practical(matrix: sparse.csr_matrix) -> tuple[list[tuple[Indices, Indices]], int, str | None]:
    from lakezones.propose.roles.practical import select
    from lakezones.propose.roles.settings import RolesSettings

    settings = RolesSettings()
    rows = _lines(matrix)
    columns = _lines(matrix.T.tocsr())
    chosen = select(
        rows,
        columns,
        columns,
        min_members=settings.min_members,
        max_roles=settings.max_roles,
        min_gain=settings.min_gain,
        limit=settings.max_candidates,
        rounds=settings.effort,
    )
    roles = [(bits.to_array(role.people), bits.to_array(role.units)) for role in chosen.roles]
    return roles, min(1, len(roles)), None


def _lines(matrix: sparse.csr_matrix) -> list[int]:
    edges = matrix.indptr
    return [bits.from_array(matrix.indices[edges[i] : edges[i + 1]], matrix.shape[1]) for i in range(matrix.shape[0])]


def _ordered(roles: list[tuple[Indices, Indices]]) -> list[tuple[Indices, Indices]]:
    return sorted(roles, key=lambda role: (-role[0].size * role[1].size, role[0].tolist(), role[1].tolist()))


def _product(roles: list[tuple[Indices, Indices]], shape: tuple[int, int]) -> sparse.csr_matrix:
    """What the roles give together."""
    who = _indicator([people for people, _ in roles], shape[0])
    what = _indicator([permissions for _, permissions in roles], shape[1])
    product = (who.T.astype(np.int32) @ what.astype(np.int32)).tocsr()
    product.data = np.ones_like(product.data, dtype=np.int8)
    return product


def _indicator(lines: list[Indices], width: int) -> sparse.csr_matrix:
    indptr = np.concatenate([[0], np.cumsum([line.size for line in lines])]).astype(np.intp)
    indices = np.concatenate([*lines, np.zeros(0, dtype=np.intp)])
    return sparse.csr_matrix((np.ones(indices.size, dtype=np.int8), indices, indptr), shape=(len(lines), width))
