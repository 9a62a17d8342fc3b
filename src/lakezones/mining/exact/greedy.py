"""Greedy covers of one component, by what is surprising, and their repair.

In: a :class:`Core`, the assignments left to cover, a weight per assignment, a budget. Out: roles that cover them.

In rounds, roles are grown through many assignments at once, permission by permission and person by person: the
first finds roles of few permissions, the second roles of few people. The best of them are put to the vote, which brings
in people whom a walk lost to a permission that is in the role by chance. Of a round only those are kept that gain
nearly as much as the best one. Weights decide what is found: where busy people meet popular permissions, large blocks
of access are there by chance, so that an assignment weighs as much as it is unlikely (its surprisal under independence
of people and permissions).

Ruin and recreate (Schrimpf et al., J. Comput. Phys. 2000) then takes out some roles, those that alone cover least or
that share most with one another, and covers what they leave open again.
"""

import itertools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.exact.core import Core, Float, Roles
from lakezones.mining.exact.walks import STEPS, vote, walk

_SEEDS = 160  # assignments to grow roles through at a time,
_FEWEST_SEEDS = 16
_ROUND = 0.1  # share of what is left of a budget that a round may cost with more seeds than that
_WAITING = 4_000  # assignments looked at for seeds
_SPREAD = 2  # seeds of one row or column
_BEST = 80  # roles of a round that are put to the vote
_OVERHEAD = 4_000  # units of a round of whatever size
_KINDS = 3  # ways to ruin a cover
_ALIKE = 24  # roles alike to take out of it
_WEAKEST = (8, 40)  # least and most of the weakest to take out


def surprisal(core: Core) -> Float:
    """Weight of an assignment: minus the logarithm of its chance, were people and permissions independent."""
    people = core.present.mean(axis=1)[:, None]
    permissions = core.present.mean(axis=0)[None, :]
    chance = people * permissions / core.present.mean()
    return np.asarray(-np.log(np.clip(chance, 1e-9, 0.98)), dtype=np.float32)


def hardness(core: Core) -> Float:
    """Weight of an assignment: the fewer others fit into a role with it, the more."""
    return np.asarray(1.0 / np.maximum(core.degree, 1.0), dtype=np.float32)


def evenness(core: Core) -> Float:
    """The same weight for every assignment."""
    return np.ones(core.shape, dtype=np.float32)


def greedy_cover(
    core: Core,
    left: bits.BoolArray,
    weight: Float,
    budget: Budget,
    *,
    accept: float,
    seed: int,
    most: int,
    seeds: int = _SEEDS,
) -> Roles | None:
    """Cover `left`, heaviest roles first.

    Parameters
    ----------
    core : Core
    left : ndarray of bool, shape (n_rows, n_columns)
        Assignments to cover.
    weight : ndarray of float32, shape (n_rows, n_columns)
        Positive.
    accept : float
        Share of the best gain in a round from which a role is kept.
    seed : int
        Of the choice of starts.
    most : int
        More roles are of no use.
    seeds : int
        Assignments to grow roles through at a time; fewer where a round of that many would cost too much.

    Returns
    -------
    Roles or None
        None when they would be more than `most`. Where the budget runs out, what is left is covered by whole lines.
    """
    random = np.random.default_rng(seed)
    left = left.copy()
    found: list[Roles] = []
    count = 0
    block = _Block(core, left)
    while left.any():
        if block.shrinks(left):
            block = _Block(core, left)
        gains, grown = block.grow(left, weight, random, budget, seeds)
        kept = _keep(left, weight, gains, grown, accept * float(gains.max()))
        found.append(grown.take(kept))
        count += len(kept)
        if count <= most and budget.exhausted():
            found.append(core.lines(left))
            count += len(found[-1])
            left[:] = False
        if count > most:
            return None
    return _joined(core, found)


def _joined(core: Core, found: list[Roles]) -> Roles:
    if not found:
        return Roles(
            np.zeros((0, core.shape[0]), dtype=np.bool_),
            np.zeros((0, core.shape[1]), dtype=np.bool_),
        )
    return Roles(np.concatenate([r.people for r in found]), np.concatenate([r.permissions for r in found]))


def _keep(
    left: bits.BoolArray, weight: Float, gains: npt.NDArray[np.float32], grown: Roles, needed: float
) -> npt.NDArray[np.intp]:
    """Take roles that still gain enough, the heaviest first, and mark what they cover."""
    kept = []
    for i in np.argsort(-gains, kind="stable"):
        if gains[i] < needed:
            break
        who, what = np.flatnonzero(grown.people[i]), np.flatnonzero(grown.permissions[i])
        block = np.ix_(who, what)
        # A hair less than what was asked for, for sums in another order differ in the last digits.
        if float(weight[block][left[block]].sum()) >= 0.999 * needed:
            left[block] = False
            kept.append(i)
    return np.asarray(kept, dtype=np.intp)


class _Block:
    """The rows and columns in which something is left: all that growth has to look at."""

    def __init__(self, core: Core, left: bits.BoolArray) -> None:
        self.core = core
        self.rows = np.flatnonzero(left.any(axis=1))
        self.columns = np.flatnonzero(left.any(axis=0))
        present = core.present[np.ix_(self.rows, self.columns)]
        self.present = present
        self.turned = np.ascontiguousarray(present.T)
        self.allow = present.astype(np.float32)
        self.allow_turned = np.ascontiguousarray(self.allow.T)

    def shrinks(self, left: bits.BoolArray) -> bool:
        """Whether much less than the block is in question by now."""
        rows, columns = int(left.any(axis=1).sum()), int(left.any(axis=0).sum())
        return rows * columns < 0.7 * self.present.size

    def grow(
        self, left: bits.BoolArray, weight: Float, random: np.random.Generator, budget: Budget, seeds: int
    ) -> tuple[npt.NDArray[np.float32], Roles]:
        """Closed roles grown both ways through assignments left, and what each gains."""
        open_here = left[np.ix_(self.rows, self.columns)]
        gain = np.where(open_here, weight[np.ix_(self.rows, self.columns)], np.float32(0.0))
        # A walk of a seed each way, of up to as many steps.
        each = 2 * STEPS * 6.0 * self.present.size / 20_000
        affordable = int(_ROUND * min(budget.left(), 1e6 * budget.seconds_left()) / each)
        starts = _spread(gain, open_here, random, min(seeds, max(_FEWEST_SEEDS, affordable)))
        v, q = starts[:, 0], starts[:, 1]
        turned_gain = np.ascontiguousarray(gain.T)
        some, by_permission, steps = walk(self.allow, self.allow_turned, gain, self.turned[q], self.present[v], budget)
        what, by_person, more = walk(
            self.allow_turned, self.allow, turned_gain, self.present[v], self.turned[q], budget
        )
        people = np.concatenate([some, _held_by_all(what, self.allow_turned)])
        gains = np.concatenate([by_permission, by_person])
        # Voters are few: it costs little.
        best = np.argsort(-gains, kind="stable")[:_BEST]
        people, gains = people[best], gains[best]
        people, gains, voted = vote(self.allow, self.allow_turned, gain, people, gains)
        permissions = _held_by_all(people, self.allow)
        permissions, gains, turn = vote(self.allow_turned, self.allow, turned_gain, permissions, gains)
        units = (steps + more) * 6.0 + (voted + turn) * 2.0
        budget.spend(units * self.present.size / 20_000 + self.core.present.size / 2_000 + _OVERHEAD)
        wide = np.zeros((len(permissions), self.core.shape[1]), dtype=np.bool_)
        wide[:, self.columns] = permissions
        # A walk looks at the block alone; everybody and everything else joins by closing.
        return gains, self.core.close_permissions(wide)


def _held_by_all(members: bits.BoolArray, allow: Float) -> bits.BoolArray:
    """Items that all of the members hold, shape (n_sets, n_items)."""
    who = members.astype(np.float32)
    return np.asarray(who @ allow > who.sum(axis=1, keepdims=True) - 0.5)


def _spread(gain: Float, open_here: bits.BoolArray, random: np.random.Generator, seeds: int) -> npt.NDArray[np.intp]:
    """Heavy assignments, few of a row or column, shape (n, 2)."""
    edges = np.argwhere(open_here)
    worth = gain[edges[:, 0], edges[:, 1]] * random.uniform(0.5, 1.0, len(edges))
    order = np.argsort(-worth, kind="stable")[:_WAITING]
    per_row: dict[int, int] = {}
    per_column: dict[int, int] = {}
    chosen = []
    for i, (v, q) in zip(order.tolist(), edges[order].tolist(), strict=True):
        if per_row.get(v, 0) < _SPREAD and per_column.get(q, 0) < _SPREAD:
            per_row[v] = per_row.get(v, 0) + 1
            per_column[q] = per_column.get(q, 0) + 1
            chosen.append(i)
            if len(chosen) == seeds:
                break
    return edges[np.asarray(chosen, dtype=np.intp)]


def ruin_and_recreate(
    core: Core, roles: Roles, weights: list[Float], budget: Budget, *, patience: int, target: int, seed: int
) -> Iterator[Roles]:
    """Covers no larger than the one before, starting from `roles`.

    Ends at `target` roles, or when `patience` turns in a row have found no smaller cover.
    """
    random = np.random.default_rng(seed)
    idle = 0
    for turn in itertools.count():
        if len(roles) <= max(2, target) or idle == patience or budget.exhausted():
            return
        idle += 1
        weight = weights[turn // _KINDS % len(weights)]
        out = ruined(core, roles, weight, random, turn, most=_ALIKE)
        kept = roles.take(np.setdiff1d(np.arange(len(roles)), out))
        left = core.need & ~kept.covered()
        noisy = weight * random.uniform(0.7, 1.0, core.shape).astype(np.float32)
        budget.spend(core.units(len(roles)))
        # Some more may do: the rest can make others superfluous.
        most = out.size + out.size // 4 + 1
        again = int(random.integers(2**31))
        fresh = greedy_cover(core, left, noisy, budget, accept=0.6, seed=again, most=most, seeds=2 * out.size)
        if fresh is None:
            continue
        whole = core.prune(kept.join(fresh))
        if len(whole) <= len(roles):
            idle = 0 if len(whole) < len(roles) else idle
            roles = whole
            yield whole


def ruined(
    core: Core, roles: Roles, weight: Float, random: np.random.Generator, turn: int, *, most: int
) -> npt.NDArray[np.intp]:
    """Roles to take out of a cover, by turns: those that alone cover least; one of them and its like; any and its like.

    Where a planted role was found in two halves, each alone covers little.
    """
    kind = turn % _KINDS
    if kind == _KINDS - 1:
        return alike(roles, random, most=most)
    count = roles.people.astype(np.float32).T @ roles.permissions.astype(np.float32)
    alone = np.where(core.need & (count < 1.5), weight, np.float32(0.0))
    worth = ((roles.people.astype(np.float32) @ alone) * roles.permissions).sum(axis=1)
    weakest = np.argsort(worth * random.uniform(0.5, 1.0, len(roles)), kind="stable")
    if kind == 0:
        return weakest[: int(random.integers(*_WEAKEST))]
    return alike(roles, random, most=most, centre=int(weakest[random.integers(min(len(roles), _WEAKEST[0]))]))


def alike(roles: Roles, random: np.random.Generator, *, most: int, centre: int | None = None) -> npt.NDArray[np.intp]:
    """A role, at random if none is given, and some that share most assignments with it: two to `most` together."""
    if centre is None:
        centre = int(random.integers(len(roles)))
    people = roles.people.astype(np.float32) @ roles.people[centre].astype(np.float32)
    permissions = roles.permissions.astype(np.float32) @ roles.permissions[centre].astype(np.float32)
    shared = people * permissions + random.random(len(roles))
    shared[centre] = np.inf
    size = int(random.integers(2, max(3, min(len(roles), most + 1))))
    return np.argsort(-shared, kind="stable")[:size]
