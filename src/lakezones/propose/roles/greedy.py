"""Greedy covers of one component, by what is surprising, and their repair.

In: a :class:`Core`, the assignments left to cover, a weight per assignment, a budget. Out: roles that cover them.

In rounds, roles are grown through many assignments at once, permission by permission and person by person: the
first finds roles of few permissions, the second roles of few people. Of a round only those are kept that gain nearly
as much as the best one. Weights decide what is found: where busy people meet popular permissions, large blocks of
access are there by chance, so that an assignment weighs as much as it is unlikely (its surprisal under independence of
people and permissions).

Ruin and recreate (Schrimpf et al., J. Comput. Phys. 2000) then takes out some roles that share most with one another
and covers what they leave open anew.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from lakezones.propose.roles import bits
from lakezones.propose.roles.budget import Budget
from lakezones.propose.roles.core import Core, Float, Roles

_SEEDS = 160  # assignments to grow roles through at a time
_WAITING = 4_000  # assignments looked at for seeds
_SPREAD = 2  # seeds of one row or column
_STEPS = 24  # permissions or people added to a seed
_WORTH = 0.5  # share of the best gain so far that a further step has to promise


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
    core: Core, left: bits.BoolArray, weight: Float, budget: Budget, *, accept: float, seed: int, most: int
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

    Returns
    -------
    Roles or None
        None when they would be more than `most`, or the budget ran out.
    """
    random = np.random.default_rng(seed)
    left = left.copy()
    found: list[Roles] = []
    count = 0
    block = _Block(core, left)
    while left.any():
        if block.shrinks(left):
            block = _Block(core, left)
        gains, grown = block.grow(left, weight, random, budget)
        if budget.exhausted():
            return None
        kept = _keep(left, weight, gains, grown, accept * float(gains.max()))
        count += len(kept)
        if count > most:
            return None
        found.append(grown.take(kept))
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
        self, left: bits.BoolArray, weight: Float, random: np.random.Generator, budget: Budget
    ) -> tuple[npt.NDArray[np.float32], Roles]:
        """Closed roles grown both ways through assignments left, and what each gains."""
        open_here = left[np.ix_(self.rows, self.columns)]
        gain = np.where(open_here, weight[np.ix_(self.rows, self.columns)], np.float32(0.0))
        starts = _spread(gain, open_here, random)
        v, q = starts[:, 0], starts[:, 1]
        people, by_permission, steps = _walk(self.allow, self.allow_turned, gain, self.turned[q], self.present[v])
        turned_gain = np.ascontiguousarray(gain.T)
        what, by_person, more = _walk(self.allow_turned, self.allow, turned_gain, self.present[v], self.turned[q])
        budget.spend((steps + more) * 6.0 * self.present.size / 20_000 + self.core.present.size / 2_000)
        wide = np.zeros((len(people), self.core.shape[0]), dtype=np.bool_)
        wide[:, self.rows] = people
        tall = np.zeros((len(what), self.core.shape[1]), dtype=np.bool_)
        tall[:, self.columns] = what
        # A walk looks at the block alone; everybody and everything else joins by closing.
        grown = _closed_within(self.core, wide, tall)
        return np.concatenate([by_permission, by_person]), grown


def _closed_within(core: Core, people: bits.BoolArray, permissions: bits.BoolArray) -> Roles:
    return core.close(people).join(core.close_permissions(permissions))


def _spread(gain: Float, open_here: bits.BoolArray, random: np.random.Generator) -> npt.NDArray[np.intp]:
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
            if len(chosen) == _SEEDS:
                break
    return edges[np.asarray(chosen, dtype=np.intp)]


def _walk(
    allow: Float, turned: Float, weight: Float, members: bits.BoolArray, among: bits.BoolArray
) -> tuple[bits.BoolArray, npt.NDArray[np.float32], int]:
    """Add the item that gains most, again and again; members who lack it leave.

    Parameters
    ----------
    allow : ndarray of float32, shape (n_members, n_items)
        One where a member holds an item; `turned` is its transpose.
    weight : ndarray of float32, shape (n_members, n_items)
        Zero where nothing is gained.
    members : ndarray of bool, shape (n_walks, n_members)
        To start from, none empty.
    among : ndarray of bool, shape (n_walks, n_items)
        Items each walk may add.

    Returns
    -------
    best : ndarray of bool, shape (n_walks, n_members)
        Members where the walk gained most.
    gains : ndarray of float32, shape (n_walks,)
    steps : int
        Walks times steps made.
    """
    best = members.copy()
    gains = np.full(len(best), -1.0, dtype=np.float32)
    weight_turned = np.ascontiguousarray(weight.T)
    active = np.arange(len(best))
    now = members
    done = 0
    for _ in range(_STEPS):
        done += active.size
        who = now.astype(np.float32)
        count = who.sum(axis=1, keepdims=True)
        held = who @ allow > count - 0.5
        per_member = (held.astype(np.float32) @ weight_turned) * who
        total = per_member.sum(axis=1)
        better = total > gains[active]
        winners = active[better]
        gains[winners] = total[better]
        best[winners] = now[better]
        # With another item: what its holders among the members gain now, and what it adds.
        promise = per_member @ allow + who @ weight
        promise[held | ~among[active]] = -1.0
        pick = promise.argmax(axis=1)
        go = promise[np.arange(active.size), pick] > np.maximum(_WORTH * gains[active], 1e-9)
        if not go.any():
            break
        active = active[go]
        now = now[go] & (turned[pick[go]] > 0.5)
    return best, gains, done


def ruin_and_recreate(
    core: Core, roles: Roles, weights: list[Float], budget: Budget, *, rounds: int, target: int, seed: int
) -> Iterator[Roles]:
    """Covers no larger than the one before, starting from `roles`; ends after `rounds` or at `target` roles."""
    random = np.random.default_rng(seed)
    for turn in range(rounds):
        if len(roles) <= max(2, target) or budget.exhausted():
            return
        out = alike(roles, random, most=24)
        kept = roles.take(np.setdiff1d(np.arange(len(roles)), out))
        left = core.need & ~kept.covered()
        noisy = weights[turn % len(weights)] * random.uniform(0.7, 1.0, core.shape).astype(np.float32)
        budget.spend(core.units(len(roles)) / 3)
        fresh = greedy_cover(core, left, noisy, budget, accept=0.9, seed=int(random.integers(2**31)), most=out.size)
        if fresh is None:
            continue
        whole = core.prune(kept.join(fresh))
        if len(whole) <= len(roles):
            roles = whole
            yield whole


def alike(roles: Roles, random: np.random.Generator, *, most: int) -> npt.NDArray[np.intp]:
    """A role at random and some, `most` together, that share most assignments with it; two at least."""
    centre = int(random.integers(len(roles)))
    people = roles.people.astype(np.float32) @ roles.people[centre].astype(np.float32)
    permissions = roles.permissions.astype(np.float32) @ roles.permissions[centre].astype(np.float32)
    shared = people * permissions + random.random(len(roles))
    shared[centre] = np.inf
    size = int(random.integers(2, max(3, min(len(roles), most + 1))))
    return np.argsort(-shared, kind="stable")[:size]
