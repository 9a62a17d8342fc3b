"""A smaller cover from the roles there are: parts of the best cover chosen again among all roles found so far.

In: a :class:`Core`, a cover, a pool of closed roles, a budget. Out: covers no larger than the one before.

Some roles are taken out, those that alone cover least or that share most with one another, and what they leave open
is covered by the fewest roles of the pool. Of the assignments left open, those that few roles cover come first into
the integer program, and others only where its answer leaves them open: most are covered along the way.
"""

import itertools
from collections.abc import Iterator

import numpy as np

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.exact.core import Core, Float, Roles
from lakezones.mining.exact.greedy import ruined
from lakezones.mining.exact.master import fewest

_PATIENCE = 6  # parts chosen again that make no smaller cover, after which it ends
_OUT = 40  # roles of a part at most,
_OFFERED = 600  # among so many
_LINES = 300  # assignments to take into a program at a time,
_TURNS = 5  # and times that is done
_NODES = 10


def recombine(
    core: Core, best: Roles, pool: Roles, weight: Float, budget: Budget, random: np.random.Generator, *, target: int
) -> Iterator[Roles]:
    """Covers no larger than the one before, starting from `best`; ends at `target` roles."""
    idle = 0
    for turn in itertools.count():
        if len(best) <= max(2, target) or idle == _PATIENCE or budget.exhausted():
            return
        idle += 1
        out = ruined(core, best, weight, random, turn, most=_OUT)
        kept = best.take(np.setdiff1d(np.arange(len(best)), out))
        left = core.need & ~kept.covered()
        budget.spend(core.units(len(best)))
        fresh = _fewest(core, pool, left, budget)
        if fresh is None or fresh.size > out.size:
            continue
        whole = core.prune(kept.join(pool.take(fresh)))
        if len(whole) <= len(best):
            idle = 0 if len(whole) < len(best) else idle
            best = whole
            yield best


def _fewest(core: Core, pool: Roles, left: bits.BoolArray, budget: Budget) -> bits.IntArray | None:
    """Few roles of the pool that cover all that is left; None where none were found."""
    gains = ((pool.people.astype(np.float32) @ left.astype(np.float32)) * pool.permissions).sum(axis=1)
    offered = np.argsort(-gains, kind="stable")[:_OFFERED]
    offered = np.sort(offered[gains[offered] > 0.5])
    edges = np.argwhere(left)
    covers = np.asarray(pool.people[offered][:, edges[:, 0]] & pool.permissions[offered][:, edges[:, 1]])
    budget.spend(core.units(len(pool)) / 3 + covers.size / 1_000)
    if not covers.any(axis=0).all():
        return None
    # Assignments that the same roles cover are alike; those that few cover are hard.
    _, first = np.unique(np.packbits(covers, axis=0), axis=1, return_index=True)
    covers = covers[:, np.sort(first)]
    covers = covers[:, np.argsort(covers.sum(axis=0), kind="stable")]
    lines = np.zeros(covers.shape[1], dtype=np.bool_)
    chosen: bits.IntArray = np.zeros(0, dtype=np.intp)
    for _ in range(_TURNS):
        open_lines = np.flatnonzero(~covers[chosen].any(axis=0))
        if not open_lines.size:
            return offered[chosen]
        lines[open_lines[:_LINES]] = True
        found = fewest(covers[:, lines], budget=budget, nodes=_NODES)
        if found is None:
            return None
        chosen = found.roles
    return None
