"""The role miner as an estimator.

In: a boolean matrix of people and permissions. Out: roles that give exactly that access, how few there
could be at best, and what stopped the search if anything did.
"""

import numbers
from typing import Any, Self, cast

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from lakezones.mining.budget import Budget
from lakezones.mining.matrix import Mode, indicator, mine_matrix

_MODES = ("exact", "practical")


class RoleMiner(BaseEstimator):  # type: ignore[misc]
    """Find the fewest roles that give exactly the present access.

    Role mining as a cover: a role is a set of people and a set of permissions such that all of those
    people hold all of those permissions, and each present assignment must be in at least one role.
    Finding the fewest roles (the basic role mining problem) is NP-hard; the exact mode reports a proven
    lower bound beside the roles and whether the two meet.

    Parameters
    ----------
    mode : {"exact", "practical"}, default="exact"
        "exact" gives the fewest roles that give precisely the input. "practical" gives roles of a few people or
        more, and leaves over what fits none. Neither gives any new access.
    time_limit : float or None, default=None
        Seconds after which the search stops with what it has. The only setting under which results can
        differ between runs.
    max_work : int, default=25_000_000
        Work units the search may spend; a unit is a microsecond or two.
    random_state : int, RandomState instance or None, default=0
        Seed of random starts. With None every fit draws another seed.

    Attributes
    ----------
    roles_ : list of (ndarray, ndarray)
        People and permissions of each role, ascending indices; roles with most assignments first.
    memberships_ : csr_matrix of bool, shape (n_people, n_roles)
    role_permissions_ : csr_matrix of bool, shape (n_roles, n_permissions)
    n_roles_ : int
    lower_bound_ : int
        No fewer roles than this, without new access, give all that these do.
    optimal_ : bool
        Whether `n_roles_` equals `lower_bound_`.
    stopped_by_ : {"time_limit", "work_limit"} or None
        The limit that ended the search before a proof; None if none did.
    tie_break_proven_ : bool
        Whether no cover of as many roles has fewer memberships and role permissions together.
    work_ : int
        Work units spent.
    residual_ : csr_matrix of bool, shape (n_people, n_permissions)
        Access outside all roles; empty in exact mode.
    n_new_access_ : int
        Assignments that roles give and the input does not have; zero in exact mode.
    n_features_in_ : int
        Permissions seen in `fit`.

    References
    ----------
    J. Vaidya, V. Atluri, Q. Guo, "The role mining problem: finding a minimal descriptive set of roles",
    SACMAT 2007.

    A. Ene, W. Horne, N. Milosavljevic, P. Rao, R. Schreiber, R. E. Tarjan, "Fast exact and heuristic
    methods for role minimization problems", SACMAT 2008.

    Examples
    --------
    >>> import numpy as np
    >>> from lakezones.mining import RoleMiner
    >>> access = np.array([[1, 1, 0], [1, 1, 1], [0, 0, 1]], dtype=bool)
    >>> miner = RoleMiner().fit(access)
    >>> miner.n_roles_, miner.lower_bound_, miner.optimal_
    (2, 2, True)
    >>> [(people.tolist(), permissions.tolist()) for people, permissions in miner.roles_]
    [([0, 1], [0, 1]), ([1, 2], [2])]
    """

    def __init__(
        self,
        *,
        mode: str = "exact",
        time_limit: float | None = None,
        max_work: int = 25_000_000,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.mode = mode
        self.time_limit = time_limit
        self.max_work = max_work
        self.random_state = random_state

    def fit(self, X: Any, y: object = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Mine roles.

        Parameters
        ----------
        X : sparse matrix or array-like, shape (n_people, n_permissions)
            Boolean, or numbers of which all are 0 or 1.
        y : ignored

        Returns
        -------
        RoleMiner
            The fitted estimator.

        Raises
        ------
        ValueError
            A parameter is out of range, or `X` is no matrix of zeros and ones.
        """
        self._check_parameters()
        budget = Budget(self.max_work, self.time_limit)
        matrix = as_boolean_csr(X)
        self.n_features_in_ = int(matrix.shape[1])
        mined = mine_matrix(matrix, mode=cast(Mode, self.mode), budget=budget, seed=self._seed())
        self.roles_ = mined.roles
        self.n_roles_ = len(mined.roles)
        self.memberships_ = indicator([who for who, _ in self.roles_], matrix.shape[0]).T.tocsr()
        self.role_permissions_ = indicator([what for _, what in self.roles_], matrix.shape[1])
        people, permissions = mined.residual
        self.residual_ = sparse.csr_matrix(
            (np.ones(people.size, dtype=np.bool_), (people, permissions)), shape=matrix.shape
        )
        self.n_new_access_ = mined.new_access
        self.lower_bound_ = mined.lower_bound
        self.optimal_ = mined.optimal
        self.stopped_by_ = mined.stopped_by
        self.tie_break_proven_ = mined.tie_break_proven
        self.work_ = budget.work
        return self

    def _check_parameters(self) -> None:
        if self.mode not in _MODES:
            raise ValueError(f"mode must be one of {', '.join(_MODES)}, got {self.mode!r}")
        if self.time_limit is not None and not (_is(self.time_limit, numbers.Real) and self.time_limit > 0):
            raise ValueError(f"time_limit must be a positive number of seconds or None, got {self.time_limit!r}")
        if not (_is(self.max_work, numbers.Integral) and self.max_work > 0):
            raise ValueError(f"max_work must be a positive integer, got {self.max_work!r}")

    def _seed(self) -> int:
        if _is(self.random_state, numbers.Integral):
            return int(cast(int, self.random_state))
        return int(check_random_state(self.random_state).randint(2**31 - 1))


def _is(value: object, kind: type) -> bool:
    """Whether a parameter is such a number; True and False are none."""
    return isinstance(value, kind) and not isinstance(value, bool)


def as_boolean_csr(X: Any) -> sparse.csr_matrix:
    """Canonical boolean CSR matrix of a matrix of zeros and ones; the input is left as it is.

    Raises
    ------
    ValueError
        `X` is not two-dimensional or holds anything but zeros and ones.
    """
    if sparse.issparse(X):
        matrix = sparse.csr_matrix(X, copy=True)
        values = matrix.data
        if values.dtype == np.bool_:
            matrix.data = values.astype(np.uint8)
        else:
            matrix.sum_duplicates()
            values = matrix.data
    else:
        values = np.asarray(X)
        if values.ndim != 2:
            raise ValueError(f"expected a matrix of people and permissions, got {values.ndim} dimensions")
        if values.dtype == object:
            raise ValueError("expected a matrix of zeros and ones, got Python objects")
        matrix = None
    if values.dtype.kind not in "biuf" or (values.dtype != np.bool_ and not np.isin(values, (0, 1)).all()):
        raise ValueError("expected a matrix of zeros and ones, got other values; use X > 0 or similar")
    if matrix is None:
        matrix = sparse.csr_matrix(values != 0)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    matrix.sort_indices()
    matrix.data = np.ones(matrix.nnz, dtype=np.bool_)
    return matrix
