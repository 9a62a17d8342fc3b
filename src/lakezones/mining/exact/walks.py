"""Roles grown line by line, many at a time, and corrected by a vote.

In: who holds what of a block, a weight per assignment, lines to start from. Out: the sets of lines whose role gains
most weight. People and permissions are alike here: *members* are lines of one kind, *items* of the other, and a
role is given by its members alone, as its items are what they all hold.
"""

import numpy as np

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.exact.core import Float

STEPS = 24  # items added to a seed
_WORTH = 0.5  # share of the best gain so far that a further step has to promise
_ROUNDS = 2  # votes on a role: better members mean better voters
_SINGLY = 12  # members up to which a vote takes them in one at a time,
_AT_ONCE = 0.2  # and the share taken in at a time after that
_LOST = 0.5  # share of the best gain below which a vote is over


def walk(
    allow: Float, turned: Float, weight: Float, members: bits.BoolArray, among: bits.BoolArray, budget: Budget
) -> tuple[bits.BoolArray, Float, int]:
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
    budget : Budget
        Walks end when it is exhausted.

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
    for _ in range(STEPS):
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
        if not go.any() or budget.exhausted():
            break
        active = active[go]
        now = now[go] & (turned[pick[go]] > 0.5)
    return best, gains, done


def vote(
    allow: Float, turned: Float, weight: Float, members: bits.BoolArray, gains: Float
) -> tuple[bits.BoolArray, Float, int]:
    """Members by how many of a role's items they hold, as many of the first as gain most.

    A walk that adds an item which most members hold by chance loses the others for good. They still hold nearly all
    of the other items, more than anybody else does, and a role with them and without that item gains more.

    Parameters
    ----------
    allow : ndarray of float32, shape (n_members, n_items)
        One where a member holds an item; `turned` is its transpose.
    weight : ndarray of float32, shape (n_members, n_items)
        Zero where nothing is gained.
    members : ndarray of bool, shape (n_roles, n_members)
        None empty.
    gains : ndarray of float32, shape (n_roles,)
        What each role gains as it is.

    Returns
    -------
    best : ndarray of bool, shape (n_roles, n_members)
        As it was where no vote gains more.
    gains : ndarray of float32, shape (n_roles,)
    steps : int
        Roles times sizes looked at.
    """
    has = allow > 0.5
    weight_turned = np.ascontiguousarray(weight.T)
    best, gains = members.copy(), gains.copy()
    voting = np.arange(len(best))
    done = 0
    for _ in range(_ROUNDS):
        who = best[voting].astype(np.float32)
        items = (who @ allow > who.sum(axis=1, keepdims=True) - 0.5).astype(np.float32)
        order = np.argsort(-(items @ turned), axis=1, kind="stable")
        shared = np.ones((voting.size, has.shape[1]), dtype=np.bool_)
        chosen = np.zeros((voting.size, has.shape[0]), dtype=np.float32)
        active, size = np.arange(voting.size), 0
        won = np.zeros(voting.size, dtype=np.bool_)
        while active.size and size < has.shape[0]:
            more = order[active, size : size + (1 if size < _SINGLY else int(_AT_ONCE * size))]
            size += more.shape[1]
            chosen[active[:, None], more] = 1.0
            shared &= has[more].all(axis=1)
            total = ((shared.astype(np.float32) @ weight_turned) * chosen[active]).sum(axis=1)
            done += active.size
            # A hair more, for sums in another order differ in the last digits.
            better = active[total > 1.0001 * gains[voting[active]]]
            gains[voting[better]] = total[np.isin(active, better)]
            best[voting[better]] = chosen[better] > 0.5
            won[better] = True
            # The first few hold little together that is not held already.
            goes_on = (total > _LOST * gains[voting[active]]) | (size < 3)
            active, shared = active[goes_on], shared[goes_on]
        voting = voting[won]
        if not voting.size:
            break
    return best, gains, done
