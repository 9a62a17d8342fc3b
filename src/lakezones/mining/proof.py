"""Arguments that no fewer roles do, each of a kind that a reader can check without the miner.

In: assignments of which a role must cover each. Out: a :class:`Proof`, stated by the people and permissions of the
matrix. Two assignments (u, p) and (v, q) fit into one role only where u has q and v has p.

Kinds, the strongest first:

- ``fooling_set``: no two of the assignments fit into one role, so each needs a role of its own.
- ``deduction``: the assignments are a fooling set too. With no more roles than that, each role has one of them, its
  seed; step by step an assignment fits the role of one seed alone and has to be in it, until one fits no role.
- ``dual``: dual values of the linear program, a weight for each assignment. No maximal biclique weighs more than
  `limit`, so the roles are no fewer than the total weight divided by it.
- ``solver``: the answer of the integer program, which has to be believed.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from lakezones.mining import bits

Kind = Literal["fooling_set", "deduction", "dual", "solver"]
KINDS: tuple[Kind, ...] = ("fooling_set", "deduction", "dual", "solver")


def _none() -> bits.IntArray:
    return np.zeros(0, dtype=np.intp)


@dataclass(frozen=True, slots=True)
class Proof:
    """No fewer than `bound` roles cover some assignments.

    Attributes
    ----------
    kind : str
    bound : int
    assignments : ndarray of int, shape (n_assignments, 2)
        Person and permission of each.
    steps : ndarray of int, shape (n_steps, 3)
        Of a deduction: person, permission and the seed whose role has to have it; the last fits none, -1.
    weights : ndarray of int, shape (n_assignments,)
        Of dual values: each is its weight divided by `limit`.
    limit : int
    """

    kind: Kind
    bound: int
    assignments: bits.IntArray
    steps: bits.IntArray = field(default_factory=lambda: np.zeros((0, 3), dtype=np.intp))
    weights: bits.IntArray = field(default_factory=_none)
    limit: int = 0

    def on(self, people: bits.IntArray, permissions: bits.IntArray) -> "Proof":
        """The same, where people and permissions are those at the given places of a larger matrix."""
        steps = self.steps.copy()
        steps[:, 0], steps[:, 1] = people[steps[:, 0]], permissions[steps[:, 1]]
        lines = np.column_stack([people[self.assignments[:, 0]], permissions[self.assignments[:, 1]]])
        return replace(self, assignments=lines, steps=steps)


def fooling_set(assignments: bits.IntArray) -> Proof:
    """Of assignments no two of which fit into one role."""
    return Proof("fooling_set", len(assignments), assignments)


def by_weights(assignments: bits.IntArray, weights: bits.IntArray, limit: int) -> Proof:
    """Of weights of which no role has more than `limit` together."""
    return Proof("dual", -(-int(weights.sum()) // limit), assignments, weights=weights, limit=limit)


@dataclass(frozen=True, slots=True)
class BlockRoles:
    """Roles of a connected block of the matrix.

    Attributes
    ----------
    roles : list of (ndarray, ndarray)
        People and permissions of each, ascending.
    proofs : tuple of Proof
        Each of some assignments; no assignments of two of them fit into one role, so that their bounds add up.
    """

    roles: list[tuple[bits.IntArray, bits.IntArray]]
    proofs: tuple[Proof, ...]

    @property
    def lower_bound(self) -> int:
        """No fewer roles do."""
        return sum(proof.bound for proof in self.proofs)

    @property
    def kind(self) -> Kind:
        """The kind of its weakest proof."""
        return max((proof.kind for proof in self.proofs), key=KINDS.index)
