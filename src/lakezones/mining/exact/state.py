"""What is known of a component while strategies look for fewer roles or a higher bound.

In: a :class:`Core`. Out: the smallest cover found, the roles seen on the way, the best proof.
"""

from collections.abc import Callable

import numpy as np

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.exact.core import Core, Roles
from lakezones.mining.exact.greedy import evenness, hardness, surprisal
from lakezones.mining.proof import Proof, fooling_set


class State:
    """Best cover and best bound of a component.

    Attributes
    ----------
    core : Core
    best : Roles
        Smallest cover found.
    pool : Roles
        Closed roles found.
    proof : Proof
        Of the highest bound.
    edges : ndarray of int, shape (n_edges, 2)
        Assignments of which no two fit into one role, as far as they were looked for.
    weights : list of ndarray of float32, shape (n_rows, n_columns)
        Of assignments, for greedy covers: surprisal, evenness, hardness.
    random : Generator
    """

    def __init__(self, core: Core, *, seed: int) -> None:
        self.core = core
        self.seed = seed
        self.random = np.random.default_rng(seed)
        self.edges = core.edges[:1]
        self.proof = fooling_set(self.edges)
        self.weights = [surprisal(core), evenness(core), hardness(core)]
        self.best = self.pool = core.prune(core.lines(core.need))

    @property
    def bound(self) -> int:
        """Proven lower bound."""
        return self.proof.bound

    def proven(self) -> bool:
        """Whether no cover is smaller than the best."""
        return self.bound >= len(self.best)

    def raise_bound(self, proof: Proof) -> None:
        """Take a proof if it shows more than the one there is."""
        if proof.bound > self.bound:
            self.proof = proof

    def take(self, found: Roles) -> int:
        """Take a cover's roles into the pool, and the cover if it is no larger; how many roles it needs."""
        pruned = self.core.prune(found)
        self.pool = self.pool.join(self.core.close(pruned.people)).distinct()
        if len(pruned) <= len(self.best):
            self.best = pruned
        return len(pruned)

    def uncovered(self, roles: Roles) -> bits.BoolArray:
        """What is needed and these roles do not give, shape (n_rows, n_columns)."""
        return np.asarray(self.core.need & ~roles.covered())


Strategy = Callable[[State, Budget], None]
"""Makes the best cover smaller or the bound higher, within a budget; it ends when the two meet."""
