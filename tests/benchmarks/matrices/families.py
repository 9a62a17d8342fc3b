"""Generators of access matrices, by the families that the literature on role mining publishes.

Sources of sizes and shapes:

- Anderer et al., "RMPlib: A Library of Benchmarks for the Role Mining Problem", SACMAT 2021: planted roles, plain and
  composed of parts, 50 x 50 to 10,000 x 12,500.
- Ene et al., "Fast exact and heuristic methods for role minimization problems", SACMAT 2008: the matrices of real
  firms (americas, apj, customer, domino, emea, firewall, healthcare) with their sizes and densities.
- Vaidya et al., "The role mining problem", SACMAT 2007; Molloy et al., "Evaluating role mining algorithms",
  SACMAT 2009: planted roles with noise, hierarchies ("university").
- Monson, Pullman and Rees, "A survey of clique and biclique coverings and factorizations of (0,1)-matrices", 1995:
  chains, crowns and other matrices whose biclique cover number is known.

Every generator takes a `numpy.random.Generator` first where it draws anything and returns `Assignments`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Span = tuple[int, int]
"""An inclusive range from which a size is drawn."""


class Assignments(NamedTuple):
    """The ones of an access matrix, each once, in no particular order."""

    rows: NDArray[np.int64]
    """Person of each assignment."""
    cols: NDArray[np.int64]
    """Permission of each assignment."""


def planted(
    rng: np.random.Generator,
    people: int,
    permissions: int,
    roles: int,
    *,
    per_role: Span,
    per_person: Span,
    skew: float = 0.0,
) -> Assignments:
    """Draw roles and who has them; the matrix is what follows.

    Parameters
    ----------
    per_role, per_person
        Permissions of a role and roles of a person.
    skew
        With 0, all roles are equally common; above, role number k is drawn with a weight of (k + 1) ** -skew.
    """
    role_permissions = _draw(rng, roles, permissions, per_role)
    weights = (np.arange(roles) + 1.0) ** -skew
    memberships = _draw(rng, people, roles, per_person, weights / weights.sum())
    return _ones(memberships @ role_permissions)


def hierarchy(
    rng: np.random.Generator, people: int, depth: int, children: int, *, per_unit: int, places: Span
) -> Assignments:
    """Draw people in a tree of organisational units; they hold the permissions of the units up to the root.

    Parameters
    ----------
    per_unit
        Permissions that a unit adds to those of its parent.
    places
        Units that a person belongs to.
    """
    units = sum(children**level for level in range(depth + 1))
    way_up = np.eye(units, dtype=np.int64)
    for unit in range(1, units):
        way_up[unit] += way_up[(unit - 1) // children]
    own = sparse.kron(sparse.eye_array(units, dtype=np.int64), np.ones((1, per_unit), dtype=np.int64), format="csr")
    return _ones(_draw(rng, people, units, places) @ sparse.csr_array(way_up) @ own)


def composed(rng: np.random.Generator, parts: list[Assignments], *, across: float = 0.0) -> Assignments:
    """Put matrices side by side along the diagonal.

    Parameters
    ----------
    across
        Share of the people who also hold what a random person of a random other part holds.
    """
    people_before = np.cumsum([0] + [int(part.rows.max()) + 1 for part in parts])
    permissions_before = np.cumsum([0] + [int(part.cols.max()) + 1 for part in parts])
    rows = np.concatenate([part.rows + start for part, start in zip(parts, people_before[:-1], strict=True)])
    cols = np.concatenate([part.cols + start for part, start in zip(parts, permissions_before[:-1], strict=True)])
    people = int(people_before[-1])
    matrix = sparse.csr_array((np.ones(rows.size, dtype=np.int64), (rows, cols)))
    guests = rng.choice(people, round(across * people), replace=False)
    hosts = rng.integers(0, people, guests.size)
    identity = sparse.eye_array(people, dtype=np.int64, format="csr")
    takes = sparse.csr_array((np.ones(guests.size, dtype=np.int64), (guests, hosts)), shape=(people, people))
    return _ones((identity + takes) @ matrix)


def noisy(rng: np.random.Generator, matrix: Assignments, *, missing: float = 0.0, added: float = 0.0) -> Assignments:
    """Take a share of the assignments away and add another share at random places."""
    people, permissions = int(matrix.rows.max()) + 1, int(matrix.cols.max()) + 1
    kept = rng.random(matrix.rows.size) >= missing
    extra = round(added * matrix.rows.size)
    rows = np.concatenate([matrix.rows[kept], rng.integers(0, people, extra)])
    cols = np.concatenate([matrix.cols[kept], rng.integers(0, permissions, extra)])
    return _ones(sparse.csr_array((np.ones(rows.size, dtype=np.int64), (rows, cols)), shape=(people, permissions)))


def bernoulli(rng: np.random.Generator, people: int, permissions: int, density: float) -> Assignments:
    """Draw every cell by itself."""
    return _ones(sparse.csr_array(rng.random((people, permissions)) < density))


def owners(rng: np.random.Generator, people: int, permissions: int, *, own: Span, shared: int) -> Assignments:
    """Few people, each with many permissions of their own and some of a shared pool (the shape of ``emea``)."""
    pool = permissions - people * own[1]
    rows, cols = [], []
    for person in range(people):
        start = pool + person * own[1]
        mine = np.arange(start, start + rng.integers(own[0], own[1] + 1))
        mine = np.concatenate([mine, rng.choice(pool, shared, replace=False)])
        rows.append(np.full(mine.size, person))
        cols.append(mine)
    return Assignments(np.concatenate(rows), np.concatenate(cols))


def diagonal(size: int) -> Assignments:
    """Everyone has one permission that nobody else has."""
    return Assignments(np.arange(size), np.arange(size))


def complete(people: int, permissions: int) -> Assignments:
    """Everyone has everything."""
    return Assignments(np.repeat(np.arange(people), permissions), np.tile(np.arange(permissions), people))


def staircase(size: int) -> Assignments:
    """Person i has the permissions 0 to i: a chain, which needs as many roles as it has steps."""
    return _ones(sparse.csr_array(np.tri(size, dtype=np.int64)))


def band(size: int, width: int) -> Assignments:
    """Person i has the permissions i to i + width - 1, around a circle."""
    offsets = np.arange(size * width)
    return Assignments(offsets // width, (offsets // width + offsets % width) % size)


def crown(size: int) -> Assignments:
    """Everyone has everything but one: covered by the fewest k roles with binomial(k, k // 2) >= size."""
    return _ones(sparse.csr_array(1 - np.eye(size, dtype=np.int64)))


def _draw(
    rng: np.random.Generator, rows: int, columns: int, per_row: Span, weights: NDArray[np.float64] | None = None
) -> "sparse.csr_array[np.int64]":
    """Draw a 0/1 matrix with a number of ones in each row from `per_row`, and at least one in each column."""
    sizes = np.minimum(rng.integers(per_row[0], per_row[1] + 1, rows), columns)
    picks = [rng.choice(columns, size, replace=False, p=weights) for size in sizes]
    unused = np.setdiff1d(np.arange(columns), np.concatenate(picks))
    at = np.concatenate([np.repeat(np.arange(rows), sizes), rng.integers(0, rows, unused.size)])
    return sparse.csr_array(
        (np.ones(at.size, dtype=np.int64), (at, np.concatenate([*picks, unused]))), shape=(rows, columns)
    )


def _ones(matrix: "sparse.csr_array[np.int64]") -> Assignments:
    """Return where a matrix is not zero."""
    rows, cols = matrix.nonzero()
    return Assignments(rows.astype(np.int64), cols.astype(np.int64))
