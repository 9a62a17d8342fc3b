"""Seeded access matrices with known roles planted in them.

In: sizes, a density, a seed. Out: a boolean matrix whose rows are unions of the planted roles, so that
the number of planted roles is an upper bound of the fewest roles. Run as a script it prints a table of
what the exact miner finds.
"""

import argparse
import time

import numpy as np
import numpy.typing as npt
from scipy import sparse

SIZES = (
    (50, 50, 25, 0.3),
    (50, 100, 25, 0.3),
    (100, 100, 50, 0.3),
    (100, 200, 30, 0.3),
    (100, 200, 50, 0.3),
    (500, 500, 150, 0.3),
    (500, 1000, 250, 0.3),
)


def planted(
    n_people: int, n_permissions: int, *, n_roles: int, density: float, seed: int, per_person: int = 4
) -> npt.NDArray[np.bool_]:
    """Matrix whose people are random unions of random roles.

    Parameters
    ----------
    n_people, n_permissions, n_roles : int
        Shape of the matrix, and the roles planted in it.
    density : float
        Share of present assignments aimed at; the role size follows from it.
    seed : int
        Seed of the generator.
    per_person : int
        Mean number of roles of a person (at least one, binomial otherwise).

    Returns
    -------
    ndarray of bool, shape (n_people, n_permissions)
    """
    rng = np.random.default_rng(seed)
    membership = rng.random((n_people, n_roles)) < per_person / n_roles
    idle = np.flatnonzero(~membership.any(axis=1))
    membership[idle, rng.integers(n_roles, size=idle.size)] = True
    # A cell is absent when none of the person's roles holds the permission.
    share = 1.0 - (1.0 - density) ** (1.0 / membership.sum(axis=1).mean())
    content = rng.random((n_roles, n_permissions)) < share
    empty = np.flatnonzero(~content.any(axis=1))
    content[empty, rng.integers(n_permissions, size=empty.size)] = True
    return (membership.astype(np.int32) @ content.astype(np.int32)) > 0


def planted_sparse(
    n_people: int, n_permissions: int, *, n_roles: int, n_assignments: int, seed: int
) -> sparse.csr_matrix:
    """Large sparse stand-in for a published matrix: skewed role sizes and skewed numbers of members."""
    rng = np.random.default_rng(seed)
    width = np.maximum(1, rng.lognormal(2.0, 1.2, n_roles)).astype(int).clip(max=n_permissions // 3)
    members: list[npt.NDArray[np.intp]] = []
    popularity = rng.pareto(1.2, n_permissions) + 0.2
    popularity /= popularity.sum()
    total = 0
    pairs: list[npt.NDArray[np.intp]] = []
    fans = np.maximum(1, rng.lognormal(1.8, 1.3, n_roles))
    scale = n_assignments / float((width * fans).sum())
    for role in range(n_roles):
        who = rng.choice(n_people, size=int(np.clip(fans[role] * scale, 1, n_people // 2)), replace=False)
        what = rng.choice(n_permissions, size=width[role], replace=False, p=popularity)
        members.append(who)
        pairs.append(np.stack([np.repeat(who, what.size), np.tile(what, who.size)]))
        total += who.size * what.size
    rows, cols = np.concatenate(pairs, axis=1)
    matrix = sparse.csr_matrix((np.ones(rows.size, dtype=bool), (rows, cols)), shape=(n_people, n_permissions))
    matrix.sum_duplicates()
    return matrix


def main() -> None:
    """Print roles, bound and seconds for the planted sizes."""
    from lakezones.mining import RoleMiner

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--density", type=float, default=None)
    parser.add_argument("--per-person", type=int, default=4)
    parser.add_argument("--time-limit", type=float, default=None)
    parser.add_argument("--sizes", type=int, nargs="*", default=range(len(SIZES)))
    args = parser.parse_args()
    for i in args.sizes:
        n, m, k, density = SIZES[i]
        matrix = planted(n, m, n_roles=k, density=args.density or density, seed=args.seed, per_person=args.per_person)
        began = time.perf_counter()
        miner = RoleMiner(time_limit=args.time_limit).fit(matrix)
        seconds = time.perf_counter() - began
        print(
            f"{n}x{m} planted {k} density {matrix.mean():.2f}: roles {miner.n_roles_}"
            f" bound {miner.lower_bound_} optimal {miner.optimal_} {seconds:.1f}s {miner.stopped_by_ or ''}",
            flush=True,
        )


if __name__ == "__main__":
    main()
