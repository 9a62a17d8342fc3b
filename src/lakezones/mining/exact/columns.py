"""Column generation on one component.

A linear program over the roles found so far gives each assignment a dual value; a role whose assignments weigh more
than one in total would lower the program's value and is looked for, first greedily, then by branch and bound, whose
failure proves that value to be a bound. Most assignments are covered along the way, so the program starts from the
hardest ones and takes others in only where its cover leaves them open; a bound over some is a bound over all.
"""

import math

import numpy as np
import numpy.typing as npt

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.exact.clique import heaviest_clique, maximal_cliques, rows
from lakezones.mining.exact.core import Roles
from lakezones.mining.exact.greedy import greedy_cover
from lakezones.mining.exact.master import Duals, fewest
from lakezones.mining.exact.pricing import (
    Edges,
    adjacency,
    covers_of,
    few_of_a_line,
    greedy_cliques,
    mask_of,
    spanned,
)
from lakezones.mining.exact.recombine import recombine
from lakezones.mining.exact.state import State
from lakezones.mining.proof import Proof, by_weights

SCALE = 1_000_000
"""Dual values are rounded down to whole numbers of this part of one, so that sums are exact."""

_TIGHT = SCALE + 5  # a role that weighs more than this improves the linear program
_FRESH = 150  # assignments to take in at a time
_MANY = 1_000  # assignments to take in at a time at most, where no more are wanted
_AT_LEAST = 8  # assignments in the program for each role of the best cover, where fewer prove nothing
_FEW = 25  # roles too few to go on greedily when a proof is due
_LARGE = 1_000_000  # cells of a program above which its middle is found sooner than a corner
_DRAG = 4e-3  # share of its value by which a program under way falls
_CHECKPOINTS = (0.25, 0.5, 0.75)  # shares of the budget at which the roles found so far are made a cover
_REST = 0.02  # share of its value by which a program at rest has risen since it last took assignments in
_PROOF = 0.85  # share of the budget after which the bound is raised with the dual values there are


def column_generation(state: State, budget: Budget) -> None:
    """Search by column generation until the bound is met or the budget is spent."""
    _ColumnGeneration(state, budget).run()


class _ColumnGeneration:
    """Column generation from the roles and the bound of a state, both of which it improves.

    Attributes
    ----------
    edges : ndarray of int, shape (n_edges, 2)
        Assignments in the linear program.
    value : float
        Of the linear program.
    dual, share : ndarray of float64
        Its dual values, per assignment, and how much it takes of each role.
    ceiling : int
        No role weighs more, in units of 1 / SCALE; set by each proof.
    promise : tuple
        Bound, dual values, and the weight of the heaviest role, as far as the greedy search knows.
    """

    def __init__(self, state: State, budget: Budget) -> None:
        self.state = state
        self.core = state.core
        self.budget = budget
        self.edges: Edges = state.edges
        self._first_roles()
        self.began = budget.used()
        self.checkpoints = list(_CHECKPOINTS)
        self.proof_due = True
        self.chosen_at, self.chosen_when, self.chosen_cost = 0.0, 0, 0
        self.duals = Duals(budget)
        self.dual: npt.NDArray[np.float64] = np.zeros(0)
        self.share: npt.NDArray[np.float64] = np.zeros(0)
        self.value = 0.0
        self.ceiling = 0
        self.promise = (0.0, self.dual, 0.0)

    def run(self) -> None:
        """Search until the bound is met or the budget is spent."""
        self.duals.add_edges(np.zeros((len(self.edges), 0), dtype=np.bool_))
        self.duals.add_roles(covers_of(self.state.pool, self.edges))
        self._take_in(np.zeros(self.core.shape, dtype=np.float32))
        while not self.state.proven() and not self.budget.exhausted():
            if not self._all_roles() or not self._integer():
                break

    def _first_roles(self) -> None:
        """Roles grown from every line, from pairs of people, and through the hardest assignments."""
        core = self.core
        weight = core.need.astype(np.float32)
        n = core.shape[0]
        pairs = self.state.random.integers(n, size=(2 * n, 2))
        shared = core.present[pairs[:, 0]] & core.present[pairs[:, 1]]
        shared = shared[shared.any(axis=1)]
        found = core.grow_from(weight, self.edges)
        found = found.join(core.close(np.eye(n, dtype=np.bool_)))
        found = found.join(core.close_permissions(np.eye(core.shape[1], dtype=np.bool_)))
        found = found.join(core.close_permissions(shared))
        self.budget.spend(core.units(len(found)) / 2 + core.units(len(self.edges)) * 4)
        self.state.pool = self.state.pool.join(found).distinct()

    def _add(self, roles: Roles) -> int:
        before = len(self.state.pool)
        self.state.pool = self.state.pool.join(roles).distinct()
        fresh = self.state.pool.take(slice(before, None))
        self.duals.add_roles(covers_of(fresh, self.edges))
        return len(fresh)

    def _all_roles(self) -> bool:
        """Solve the linear program over all assignments; False when a limit came first."""
        slow, greedily = 0, True
        while not self.budget.exhausted():
            solved = self.duals.solve(central=self._near() or math.prod(self.duals.program.shape) > _LARGE)
            if solved is None:
                return False
            before, self.value = self.value, float(solved[0].sum())
            self.dual, self.share = solved
            self._round()
            self._keep_up()
            if self.state.proven():
                return True
            # A value this low proves nothing: with more assignments it is higher.
            few = self.value <= len(self.state.best) - 1 and len(self.edges) < _AT_LEAST * len(self.state.best)
            if few and self._take_in(self._coverage()):
                continue
            slow = slow + 1 if abs(before - self.value) < _DRAG * self.value else 0
            # Where only the proof is missing and the greedy search finds little, trying it shows what is in its way.
            near = self._near()
            added = self._improve() if greedily or not near else 0
            greedily = not near or added > _FEW
            improved = added > 0 and greedily
            if improved and slow < 2:
                continue
            # A program over some assignments need not be finished: take others in as soon as it drags,
            # unless its value, rounded up, is what the best cover has: then only the proof is missing.
            if not near:
                self._settled()
                if self.state.proven():
                    return True
                if self._take_in(self._coverage()):
                    slow = 0
                    continue
            if not improved and not self._prove():
                return True
        return False

    def _near(self) -> bool:
        """Whether the program's value cannot fall below the best cover any more than rounding up mends."""
        return len(self.state.best) - 1 + 1e-3 < self.value < len(self.state.best) + 1e-6

    def _improve(self) -> int:
        """Add roles that weigh more than one, found greedily; how many."""
        weighing = np.flatnonzero(self.dual > 1e-9)
        edges, dual = self.edges[weighing], self.dual[weighing]
        near = adjacency(self.core, edges)
        self.budget.spend(weighing.size**2 / 12)
        cliques = greedy_cliques(near, dual)
        heaviest = float(dual[cliques[0]].sum()) if cliques else 1.0
        if self.value / heaviest > self.promise[0]:
            self.promise = (self.value / heaviest, self.dual, heaviest)
        return self._add(spanned(self.core, edges, cliques)) if cliques else 0

    def _prove(self) -> bool:
        """Raise the bound as far as it can go, or add a role that keeps it down; False if neither."""
        total = int(np.floor(self.dual * SCALE).sum())
        # With no role that weighs more than total / (goal - 1), the goal is proven: often far above one.
        goal = min(len(self.state.best), -(-total // SCALE))
        above = max(_TIGHT, (total - 1) // (goal - 1)) if goal > 1 else _TIGHT
        self.ceiling, added = self._search_out(self.dual, above)
        return added

    def _prove_promise(self) -> None:
        """Raise the bound to what the most promising dual values prove if the heaviest role of all was found."""
        promised, dual, heaviest = self.promise
        if promised > self.state.bound:
            self._search_out(dual, int(heaviest * SCALE) + 1)

    def _search_out(self, dual: npt.NDArray[np.float64], above: int) -> tuple[int, bool]:
        """Look for roles that weigh more than `above`; what none weighs more than, and whether any were added."""
        weight = np.floor(dual * SCALE).astype(int)
        weighing = np.flatnonzero(weight)
        result = heaviest_clique(
            adjacency(self.core, self.edges[weighing]),
            weight[weighing],
            above=above,
            budget=self.budget,
            max_work=4_000_000,
        )
        self.state.raise_bound(by_weights(self.edges[weighing], weight[weighing], result.bound))
        found = [weighing[bits.to_array(c)] for c in result.cliques]
        added = bool(found) and self._add(spanned(self.core, self.edges, found)) > 0
        return result.bound, added

    def _round(self) -> None:
        """Make a cover of the roles with the largest shares."""
        likely = np.flatnonzero(self.share > 0.5)
        if self.share[likely].sum() < 0.8 * self.value:
            return
        roles = self.state.pool.take(likely)
        left = self.state.uncovered(roles)
        self._complete(roles, left)

    def _complete(self, roles: Roles, left: bits.BoolArray) -> None:
        """Offer a cover made of `roles` and others for what they leave open."""
        if left.any():
            most = len(self.state.best) + len(self.state.best) // 8 - len(roles)
            rest = greedy_cover(
                self.core, left, self.state.weights[2], self.budget, accept=0.5, seed=self.state.seed, most=most
            )
            if rest is None:
                return
            roles = roles.join(rest)
        self._offer(roles)

    def _settled(self) -> None:
        """Make a cover of the roles found so far where the value has come to rest and that costs little."""
        rests = abs(self.value - self.chosen_at) < _REST * self.value
        self.chosen_at = self.value
        if rests and self.budget.work - self.chosen_when > 4 * self.chosen_cost:
            self._choose_now()

    def _keep_up(self) -> None:
        """From time to time, make a cover of the roles found so far, and late a proof from the dual values."""
        spent = (self.budget.used() - self.began) / max(1e-9, 1.0 - self.began)
        if self.checkpoints and spent > self.checkpoints[0]:
            self.checkpoints = [share for share in self.checkpoints if share >= spent]
            # Where the program's value is that of the best cover, a smaller one is not to be had.
            if not self._near():
                self._choose_now()
        if self.proof_due and spent > _PROOF:
            self.proof_due = False
            self._prove_promise()

    def _choose_now(self) -> None:
        """Choose again, a part of the best cover at a time, among all roles found so far."""
        part = self.budget.part(0.3)
        before = self.budget.work
        roles = recombine(
            self.core,
            self.state.best,
            self.state.pool,
            self.state.weights[0],
            part,
            self.state.random,
            target=self.state.bound,
        )
        for found in roles:
            self._offer(found, ties=True)
        self.budget.spend(part.work)
        self.chosen_when, self.chosen_cost = self.budget.work, self.budget.work - before

    def _coverage(self) -> npt.NDArray[np.float32]:
        """Share of each assignment that the fractional cover covers."""
        used = np.flatnonzero(self.share > 1e-9)
        roles = self.state.pool.take(used)
        weighted = roles.people.astype(np.float32) * self.share[used][:, None].astype(np.float32)
        return np.asarray(weighted.T @ roles.permissions.astype(np.float32))

    def _take_in(self, coverage: npt.NDArray[np.float32]) -> bool:
        """Take open assignments into the program, the most open first, few of a line at a time."""
        core = self.core
        # An assignment in the program is covered, whatever the solver's tolerance.
        open_edges = np.argwhere(core.need & (coverage < 1.0 - 1e-4) & ~mask_of(core, self.edges))
        if not len(open_edges):
            return False
        v, q = open_edges[:, 0], open_edges[:, 1]
        order = np.lexsort((core.degree[v, q], np.round(coverage[v, q], 3)))
        open_edges = open_edges[order]
        most, fresh = 2, open_edges[:0]
        # Where all that is open lies in a few lines, more of each.
        wanted = max(_FRESH, _AT_LEAST * len(self.state.best) - len(self.edges))
        while len(fresh) < min(wanted, len(open_edges)):
            fresh = open_edges[few_of_a_line(open_edges, core.shape, most)]
            most *= 2
        fresh = fresh[: max(wanted, _MANY)]
        self.edges = np.concatenate([self.edges, fresh])
        self.duals.add_edges(covers_of(self.state.pool, fresh).T)
        return True

    def _integer(self) -> bool:
        """Fewest of the roles found; False when nothing more can be found."""
        covers = covers_of(self.state.pool, self.edges)
        start = self._known(covers)
        chosen = fewest(covers, budget=self.budget, nodes=200, start=start, target=self.state.bound)
        if chosen is None:
            return False
        roles = self.state.pool.take(chosen.roles)
        left = self.state.uncovered(roles)
        if not left.any():
            self._offer(roles)
            return not self.state.proven() and self._close_gap()
        self._complete(roles, left)
        return self._take_in(np.where(left, 0.0, 1.0).astype(np.float32))

    def _close_gap(self) -> bool:
        """Try all roles that a cover smaller than the best can hold; True if that led to more to solve.

        No role weighs more than the ceiling, so in a cover of `goal` roles each weighs at least what
        the others cannot reach of the total.
        """
        goal = len(self.state.best) - 1
        weight = np.floor(self.dual * SCALE).astype(int)
        at_least = int(weight.sum()) - (goal - 1) * self.ceiling
        if self.budget.exhausted() or not self.ceiling:
            return False
        near = adjacency(self.core, self.edges)
        cliques = maximal_cliques(
            rows(near),
            limit=20_000,
            budget=self.budget,
            weight=[int(w) for w in weight],
            at_least=max(0, at_least),
        )
        if not cliques:
            return False
        roles = spanned(self.core, self.edges, [bits.to_array(c) for c in cliques])
        covers = covers_of(roles, self.edges)
        if not covers.any(axis=0).all():
            self.state.raise_bound(Proof("solver", goal + 1, self.edges))
            return False
        chosen = fewest(covers, budget=self.budget, nodes=5_000, target=self.state.bound)
        if chosen is None:
            return False
        self.state.raise_bound(Proof("solver", min(goal + 1, chosen.bound), self.edges))
        left = self.state.uncovered(roles.take(chosen.roles))
        self._add(roles.take(chosen.roles))
        if not left.any():
            self._offer(roles.take(chosen.roles))
            return False
        return self._take_in(np.where(left, 0.0, 1.0).astype(np.float32))

    def _offer(self, roles: Roles, *, ties: bool = False) -> None:
        roles = self.core.prune(roles)
        if len(roles) < len(self.state.best):
            self.state.best = roles
            self._add(self.core.close(roles.people))
        elif ties and len(roles) == len(self.state.best):
            self.state.best = roles

    def _known(self, covers: bits.BoolArray) -> bits.IntArray | None:
        keys = {self.state.pool.permissions[i].tobytes(): i for i in range(len(self.state.pool))}
        known = [keys.get(line.tobytes()) for line in self.core.close(self.state.best.people).permissions]
        picked = np.asarray([i for i in known if i is not None], dtype=np.intp)
        return picked if picked.size and covers[picked].any(axis=0).all() else None
