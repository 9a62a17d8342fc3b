"""A cover grown from a fooling set by deduction: quick, and often all there is to do.

In: a :class:`Core` and a fooling set, assignments of which no two fit into one role. Out: closed roles that cover all
the core needs, and a bound on how few roles can.

A cover with as many roles as the fooling set has assignments gives each role exactly one of them, its seed. An
assignment that fits the role of one seed only is then forced into it, which narrows what else fits there, and so on to
a fixed point; lines that shut nothing out are taken in freely. Should an assignment fit no role any more while nothing
was guessed, there is no such cover, and the bound is one higher. Only at the fixed point is anything guessed: an
assignment that fits the fewest roles joins the one where it makes the most needed assignments covered. What fits no
role becomes a seed of its own. Where roles overlap little, as in most companies, nothing is ever guessed and the cover
meets the bound.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.exact.core import Core, Roles
from lakezones.mining.proof import Proof, fooling_set

Words = npt.NDArray[np.uint64]

_WORD = 64
_ONE = np.uint64(1)
_EXTRA = 0.5  # seeds for each assignment of the fooling set from which deduction has nothing more to say,
_FEW = 16  # and so many more


@dataclass(frozen=True, slots=True)
class Forced:
    """What deduction found.

    Attributes
    ----------
    roles : Roles or None
        Closed roles that cover all that is needed; None where a limit came first.
    proof : Proof
        That no fewer roles do: a fooling set or a deduction.
    """

    roles: Roles | None
    proof: Proof


def forced_cover(core: Core, seeds: bits.IntArray, budget: Budget) -> Forced:
    """Cover a core by roles around seeds.

    Parameters
    ----------
    core : Core
    seeds : ndarray of int, shape (n_seeds, 2)
        Assignments of which no two fit into one role.
    budget : Budget
        Charged for the work.
    """
    growing = _Growing(core, seeds, budget)
    proof, most = fooling_set(seeds), int((1 + _EXTRA) * len(seeds)) + _FEW
    steps: list[bits.IntArray] | None = []  # nothing is certain any more where there are none
    edges = core.edges[np.argsort(core.degree[core.edges[:, 0], core.edges[:, 1]], kind="stable")]
    while True:
        edges = edges[~growing.covered[edges[:, 0], edges[:, 1]]]
        if not len(edges):
            return Forced(core.close(growing.people[: growing.count]), proof)
        if growing.count > most or not budget.spend(len(edges) * (growing.words / 50 + 0.1)):
            return Forced(None, proof)
        fits = growing.fits(edges)
        choices = np.bitwise_count(fits).sum(axis=1)
        hardest = int(np.argmin(choices))
        if choices[hardest] == 0:
            if steps is not None:
                proof = _contradiction(seeds, steps, edges[hardest])
            steps = None
            growing.seed(edges[hardest])
        elif choices[hardest] == 1:
            only = np.flatnonzero(choices == 1)
            for role, members in _by_role(fits[only]):
                joined = growing.add(role, edges[only[members]])
                if steps is not None:
                    steps.append(np.column_stack([joined, np.full(len(joined), role)]))
        else:
            steps = None
            growing.add(growing.best_role(edges[hardest], fits[hardest]), edges[hardest : hardest + 1])


def _contradiction(seeds: bits.IntArray, steps: list[bits.IntArray], edge: bits.IntArray) -> Proof:
    """One role more than seeds is needed: after what was forced, this assignment fits no role."""
    return Proof("deduction", len(seeds) + 1, seeds, steps=np.concatenate([*steps, [[*edge, -1]]]))


def _by_role(fits: Words) -> list[tuple[int, bits.IntArray]]:
    """Rows that each single bit stands in: the bit's place, and the rows."""
    word = (fits != 0).argmax(axis=1)
    role = word * _WORD + np.bitwise_count(fits[np.arange(len(fits)), word] - _ONE)
    order = np.argsort(role, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(role[order])) + 1)
    return [(int(role[part[0]]), part) for part in parts]


class _Growing:
    """Roles around seeds, and what may still join each.

    ``_fits_row[v]`` has a bit for each role whose permissions person v all holds, ``_fits_column[q]`` one for each
    whose people all hold permission q: their intersection tells which roles assignment (v, q) fits.

    Attributes
    ----------
    people : ndarray of bool, shape (room, n_rows)
        Of each role; the first `count` are in use.
    covered : ndarray of bool, shape (n_rows, n_columns)
        What the roles hold together.
    """

    def __init__(self, core: Core, seeds: bits.IntArray, budget: Budget) -> None:
        self.present, self.need = core.present, core.need
        self.budget = budget
        n, m = core.shape
        self.count = 0
        self.words = len(seeds) // _WORD + 1
        self.covered = np.zeros((n, m), dtype=np.bool_)
        self.people = self._lines(n)
        self._permissions = self._lines(m)
        self._may_join = self._lines(n)  # people who hold all of a role's permissions
        self._may_hold = self._lines(m)  # permissions that all of a role's people hold
        self._fits_row: Words = np.zeros((n, self.words), dtype=np.uint64)
        self._fits_column: Words = np.zeros((m, self.words), dtype=np.uint64)
        for edge in seeds:
            if not budget.exhausted():
                self.seed(edge)

    def _lines(self, size: int) -> bits.BoolArray:
        return np.zeros((self.words * _WORD, size), dtype=np.bool_)

    def seed(self, edge: bits.IntArray) -> None:
        """Start a role from one assignment."""
        v, q = edge
        if self.count == len(self.people):
            self._make_room()
        f = self.count
        self.count += 1
        self.people[f, v] = self._permissions[f, q] = True
        self._may_join[f], self._may_hold[f] = self.present[:, q], self.present[v]
        self._settle(f)

    def _make_room(self) -> None:
        self.words += 1
        self.people, self._permissions, self._may_join, self._may_hold = (
            np.concatenate([lines, np.zeros((_WORD, lines.shape[1]), dtype=np.bool_)])
            for lines in (self.people, self._permissions, self._may_join, self._may_hold)
        )
        self._fits_row, self._fits_column = (
            np.concatenate([words, np.zeros((len(words), 1), dtype=np.uint64)], axis=1)
            for words in (self._fits_row, self._fits_column)
        )

    def fits(self, edges: bits.IntArray) -> Words:
        """Roles that each assignment fits, as bits; shape (n_edges, words)."""
        found: Words = self._fits_row[edges[:, 0]] & self._fits_column[edges[:, 1]]
        return found

    def best_role(self, edge: bits.IntArray, fits: Words) -> int:
        """Of the roles that an assignment fits, the one where it makes most of what is needed covered."""
        v, q = edge
        roles = np.flatnonzero(np.unpackbits(fits.view(np.uint8), bitorder="little"))
        gains = []
        for f in roles.tolist():
            who, what = self.people[f].copy(), self._permissions[f].copy()
            who[v] = what[q] = True
            block = np.ix_(who, what)
            gains.append(int((self.need[block] & ~self.covered[block]).sum()))
            self.budget.spend(gains[-1] / 1000 + 5)
        return int(roles[int(np.argmax(gains))])

    def add(self, f: int, edges: bits.IntArray) -> bits.IntArray:
        """Let assignments that each fit a role into it, those that still fit once others are in; which did."""
        who, what = self.people[f].copy(), self._permissions[f].copy()
        who[edges[:, 0]] = True
        what[edges[:, 1]] = True
        if self.present[np.ix_(who, what)].all():
            self.people[f], self._permissions[f] = who, what
            self._may_join[f] = self.present[:, what].all(axis=1)
            self._may_hold[f] = self.present[who].all(axis=0)
            self.budget.spend((what.sum() * len(who) + who.sum() * len(what)) / 3000)
        else:
            joined = np.zeros(len(edges), dtype=np.bool_)
            for i, (v, q) in enumerate(edges.tolist()):
                if self._may_join[f, v] and self._may_hold[f, q]:
                    joined[i] = True
                    self.people[f, v] = self._permissions[f, q] = True
                    self._may_join[f] &= self.present[:, q]
                    self._may_hold[f] &= self.present[v]
                self.budget.spend(5)
            edges = edges[joined]
        self._settle(f)
        return edges

    def _settle(self, f: int) -> None:
        """Take in lines that shut nothing out, and note what fits the role now."""
        who, what = np.flatnonzero(self._may_join[f]), np.flatnonzero(self._may_hold[f])
        # Held by all who may join, or by whom all that may come is held.
        inside = self.present[np.ix_(who, what)]
        self.people[f, who[inside.all(axis=1)]] = True
        self._permissions[f, what[inside.all(axis=0)]] = True
        self.budget.spend((inside.size + len(self.covered) + self.covered.shape[1]) / 50 + 50)
        self.covered[np.ix_(self.people[f], self._permissions[f])] = True
        word, bit = f // _WORD, _ONE << np.uint64(f % _WORD)
        for fits, lines in ((self._fits_row, who), (self._fits_column, what)):
            fits[:, word] &= ~bit
            fits[lines, word] |= bit
