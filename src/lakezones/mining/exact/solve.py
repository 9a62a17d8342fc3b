"""Fewest roles of one component.

In: a :class:`Core`, a budget, a seed. Out: roles that cover all it needs, and a proven lower bound.

Few maximal bicliques: all of them go into one set cover. Many: column generation. A linear program over
the roles found so far prices the assignments; a role whose assignments cost more than one in total would
lower it and is looked for, first by greed, then by branch and bound, whose failure proves the program's
value to be a bound. Most assignments are covered along the way, so the program starts from the hardest
ones and takes others in only where its cover leaves them open; a bound over some is a bound over all.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from lakezones.mining import bits
from lakezones.mining.budget import Budget
from lakezones.mining.exact.clique import heaviest_clique, maximal_cliques, rows
from lakezones.mining.exact.core import Core, Roles
from lakezones.mining.exact.forced import forced_cover
from lakezones.mining.exact.greedy import evenness, greedy_cover, hardness, ruin_and_recreate, surprisal
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

_SCALE = 1_000_000
_TIGHT = _SCALE + 5  # a role priced above this improves the linear program
_DEDUCED = 0.1  # share of the budget for a cover by deduction
_FRESH = 150  # assignments to take in at a time
_MANY = 1_000  # assignments to take in at a time at most, where no more are wanted
_AT_LEAST = 8  # assignments in the program for each role of the best cover, where fewer prove nothing
_FEW = 25  # roles too few to go on with greed when a proof is due
_LARGE = 1_000_000  # cells of a program above which its middle is found sooner than a corner
_DRAG = 4e-3  # share of its value by which a program that gets on falls
_FIRST = 0.9  # share of what is left for a first cover: one cut short is poor,
_MORE = 0.5  # and share of that after which no other one is begun
_CLOSE = 1.15  # roles for each of the bound up to which the cover by deduction is repaired, and none begun afresh
_DEAR = 0.05  # share of the work above which a first cover is the only one
_REPAIRS = 0.5  # share of what is left for ruin and recreate
_PATIENCE = 12  # turns of ruin and recreate that find no smaller cover, after which it ends
_CHECKPOINTS = (0.25, 0.5, 0.75)  # shares of the budget at which the roles found so far are made a cover
_REST = 0.02  # share of its value by which a program at rest has risen since it last took assignments in
_PROOF = 0.85  # share of the budget after which the bound is raised with the prices there are


@dataclass(frozen=True, slots=True)
class Cover:
    """Roles that cover a component, and how few there can be."""

    roles: Roles
    bound: int


def by_enumeration(core: Core, budget: Budget) -> Cover | None:
    """Set cover over all maximal cliques; None when they are too many."""
    near = rows(adjacency(core, core.edges))
    cliques = maximal_cliques(near, limit=2_000, budget=budget)
    if cliques is None:
        return None
    roles = spanned(core, core.edges, [bits.to_array(c) for c in cliques])
    chosen = fewest(covers_of(roles, core.edges), budget=budget, nodes=20_000)
    return None if chosen is None else Cover(roles.take(chosen.roles), chosen.bound)


class ColumnGeneration:
    """Column generation on one component; see the module's docstring.

    Attributes
    ----------
    best : Roles
        Smallest cover found.
    bound : int
        Proven lower bound.
    """

    def __init__(self, core: Core, budget: Budget, *, seed: int) -> None:
        self.core = core
        self.budget = budget
        self.random = np.random.default_rng(seed)
        self.edges: Edges = core.hardest(core.need, budget)
        self.bound = len(self.edges)
        self.seed = seed
        self.weights = [surprisal(core), evenness(core), hardness(core)]
        self.best = self.pool = core.prune(core.lines(core.need))
        self._deduce()
        self._start()
        self.began = 0.0
        self.checkpoints = list(_CHECKPOINTS)
        self.proof_due = True
        self.chosen_at, self.chosen_when, self.chosen_cost = 0.0, 0, 0
        self.prices = Duals(budget)
        self.price: npt.NDArray[np.float64] = np.zeros(0)
        self.share: npt.NDArray[np.float64] = np.zeros(0)
        self.value = 0.0
        self.ceiling = 0  # no role is priced above this, in units of 1 / _SCALE; set by each proof
        self.promise = (0.0, self.price, 0.0)  # bound, prices, and the dearest role, as far as greed can tell

    def run(self) -> Cover:
        """Search until the bound is met or the budget is spent."""
        core = self.core
        if self.bound < len(self.best) and not self.budget.exhausted():
            self._first_roles()
            self._repair()
            self.began = self.budget.used()
            self.prices.add_edges(np.zeros((len(self.edges), 0), dtype=np.bool_))
            self.prices.add_roles(covers_of(self.pool, self.edges))
            self._take_in(np.zeros(core.shape, dtype=np.float32))
            while self.bound < len(self.best) and not self.budget.exhausted():
                if not self._price_all() or not self._integer():
                    break
        return Cover(core.prune(self.best), self.bound)

    def _deduce(self) -> None:
        """A cover by deduction from the fooling set, and what deduction says of the bound."""
        part = self.budget.part(_DEDUCED)
        forced = forced_cover(self.core, self.edges, part)
        self.budget.spend(part.work)
        self.bound = forced.bound
        if forced.roles is not None:
            self._start_from(forced.roles)

    def _start(self) -> None:
        """Greedy covers by each weight, the best of them repaired; all their roles go into the pool."""
        by_surprise, evenly, by_hardness = self.weights
        attempts = [(0.4, by_surprise), (0.7, by_surprise)]
        attempts += [(accept, weight) for accept in (0.4, 0.7) for weight in (by_hardness, evenly)]
        whole, dearest, agreed = self.budget.left(), 0, 0
        part = self.budget.part(_FIRST)
        for accept, weight in attempts:
            # Two attempts that end alike are mostly as good as it gets. Where one is dear, repairs get on faster.
            if len(self.best) <= _CLOSE * self.bound and not part.work:
                break
            if len(self.best) <= self.bound or agreed > 1 or part.used() > _MORE or dearest > _DEAR * whole:
                break
            # Leaving out roles afterwards makes up for a few too many.
            most = len(self.best) + len(self.best) // 8
            spent = part.work
            found = greedy_cover(self.core, self.core.need, weight, part, accept=accept, seed=self.seed, most=most)
            dearest = max(dearest, part.work - spent)
            if found is not None:
                before = len(self.best)
                size = self._start_from(found)
                agreed = 1 if size < before else agreed + (size == before)
        self.budget.spend(part.work)

    def _repair(self) -> None:
        """Ruin and recreate the best cover, and recombine what that has found, until neither makes it smaller."""
        part = self.budget.part(_REPAIRS)
        for turn in itertools.count():
            for found in ruin_and_recreate(
                self.core, self.best, self.weights, part, patience=_PATIENCE, target=self.bound, seed=self.seed + turn
            ):
                self._start_from(found)
            before = len(self.best)
            for found in recombine(
                self.core, self.best, self.pool, self.weights[0], part, self.random, target=self.bound
            ):
                self._start_from(found)
            if len(self.best) == before or part.exhausted():
                break
        self.budget.spend(part.work)

    def _start_from(self, found: Roles) -> int:
        """Take a cover's roles into the pool, and the cover if it is no larger; how many roles it needs."""
        pruned = self.core.prune(found)
        self.pool = self.pool.join(self.core.close(pruned.people)).distinct()
        if len(pruned) <= len(self.best):
            self.best = pruned
        return len(pruned)

    def _first_roles(self) -> None:
        """Roles grown from every line, from pairs of people, and through the hardest assignments."""
        core = self.core
        weight = core.need.astype(np.float32)
        n = core.shape[0]
        pairs = self.random.integers(n, size=(2 * n, 2))
        shared = core.present[pairs[:, 0]] & core.present[pairs[:, 1]]
        shared = shared[shared.any(axis=1)]
        found = core.grow_from(weight, self.edges)
        found = found.join(core.close(np.eye(n, dtype=np.bool_)))
        found = found.join(core.close_permissions(np.eye(core.shape[1], dtype=np.bool_)))
        found = found.join(core.close_permissions(shared))
        self.budget.spend(core.units(len(found)) / 2 + core.units(len(self.edges)) * 4)
        self.pool = self.pool.join(found).distinct()

    def _add(self, roles: Roles) -> int:
        before = len(self.pool)
        self.pool = self.pool.join(roles).distinct()
        fresh = self.pool.take(slice(before, None))
        self.prices.add_roles(covers_of(fresh, self.edges))
        return len(fresh)

    def _price_all(self) -> bool:
        """Solve the linear program over all assignments; False when a limit came first."""
        slow, greed = 0, True
        while not self.budget.exhausted():
            solved = self.prices.solve(central=self._near() or math.prod(self.prices.program.shape) > _LARGE)
            if solved is None:
                return False
            before, self.value = self.value, float(solved[0].sum())
            self.price, self.share = solved
            self._round()
            self._keep_up()
            if self.bound >= len(self.best):
                return True
            # A value this low proves nothing: with more assignments it is higher.
            few = self.value <= len(self.best) - 1 and len(self.edges) < _AT_LEAST * len(self.best)
            if few and self._take_in(self._coverage()):
                continue
            slow = slow + 1 if abs(before - self.value) < _DRAG * self.value else 0
            # Where only the proof is missing and greed finds little, trying it shows what stands in its way.
            near = self._near()
            added = self._improve() if greed or not near else 0
            greed = not near or added > _FEW
            improved = added > 0 and greed
            if improved and slow < 2:
                continue
            # A program over some assignments need not be finished: take others in as soon as it drags,
            # unless its value, rounded up, is what the best cover has: then only the proof is missing.
            if not near:
                self._settled()
                if self.bound >= len(self.best):
                    return True
                if self._take_in(self._coverage()):
                    slow = 0
                    continue
            if not improved and not self._prove():
                return True
        return False

    def _near(self) -> bool:
        """Whether the program's value cannot fall below the best cover any more than rounding up mends."""
        return len(self.best) - 1 + 1e-3 < self.value < len(self.best) + 1e-6

    def _improve(self) -> int:
        """Add roles priced above one that greed finds; how many."""
        dear = np.flatnonzero(self.price > 1e-9)
        edges, price = self.edges[dear], self.price[dear]
        near = adjacency(self.core, edges)
        self.budget.spend(dear.size**2 / 12)
        cliques = greedy_cliques(near, price)
        dearest = float(price[cliques[0]].sum()) if cliques else 1.0
        if self.value / dearest > self.promise[0]:
            self.promise = (self.value / dearest, self.price, dearest)
        return self._add(spanned(self.core, edges, cliques)) if cliques else 0

    def _prove(self) -> bool:
        """Raise the bound as far as it can go, or add a role that keeps it down; False if neither."""
        total = int(np.floor(self.price * _SCALE).sum())
        # With no role priced above total / (goal - 1), the goal is proven: often far above one.
        goal = min(len(self.best), -(-total // _SCALE))
        above = max(_TIGHT, (total - 1) // (goal - 1)) if goal > 1 else _TIGHT
        self.ceiling, added = self._price_out(self.price, above)
        return added

    def _prove_promise(self) -> None:
        """Raise the bound to what the most promising prices prove if greed has found the dearest role of all."""
        promised, price, dearest = self.promise
        if promised > self.bound:
            self._price_out(price, int(dearest * _SCALE) + 1)

    def _price_out(self, price: npt.NDArray[np.float64], above: int) -> tuple[int, bool]:
        """Look for roles priced above `above`; what none is priced above, and whether any were added."""
        weight = np.floor(price * _SCALE).astype(int)
        dear = np.flatnonzero(weight)
        total = int(weight.sum())
        result = heaviest_clique(
            adjacency(self.core, self.edges[dear]), weight[dear], above=above, budget=self.budget, max_work=4_000_000
        )
        self.bound = max(self.bound, -(-total // result.bound))
        found = [dear[bits.to_array(c)] for c in result.cliques]
        added = bool(found) and self._add(spanned(self.core, self.edges, found)) > 0
        return result.bound, added

    def _round(self) -> None:
        """Make a cover of the roles with the largest shares."""
        likely = np.flatnonzero(self.share > 0.5)
        if self.share[likely].sum() < 0.8 * self.value:
            return
        roles = self.pool.take(likely)
        left = self.core.need & ~roles.covered()
        self._complete(roles, left)

    def _complete(self, roles: Roles, left: bits.BoolArray) -> None:
        """Offer a cover made of `roles` and others for what they leave open."""
        if left.any():
            most = len(self.best) + len(self.best) // 8 - len(roles)
            rest = greedy_cover(self.core, left, self.weights[2], self.budget, accept=0.5, seed=self.seed, most=most)
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
        """From time to time, make a cover of the roles found so far, and late the bound of the prices there are."""
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
        """Choose anew, a part of the best cover at a time, among all roles found so far."""
        part = self.budget.part(0.3)
        before = self.budget.work
        roles = recombine(self.core, self.best, self.pool, self.weights[0], part, self.random, target=self.bound)
        for found in roles:
            self._offer(found, ties=True)
        self.budget.spend(part.work)
        self.chosen_when, self.chosen_cost = self.budget.work, self.budget.work - before

    def _coverage(self) -> npt.NDArray[np.float32]:
        """Share of each assignment that the fractional cover covers."""
        used = np.flatnonzero(self.share > 1e-9)
        roles = self.pool.take(used)
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
        wanted = max(_FRESH, _AT_LEAST * len(self.best) - len(self.edges))
        while len(fresh) < min(wanted, len(open_edges)):
            fresh = open_edges[few_of_a_line(open_edges, core.shape, most)]
            most *= 2
        fresh = fresh[: max(wanted, _MANY)]
        self.edges = np.concatenate([self.edges, fresh])
        self.prices.add_edges(covers_of(self.pool, fresh).T)
        return True

    def _integer(self) -> bool:
        """Fewest of the roles found; False when nothing more can be learnt."""
        covers = covers_of(self.pool, self.edges)
        start = self._known(covers)
        chosen = fewest(covers, budget=self.budget, nodes=200, start=start, target=self.bound)
        if chosen is None:
            return False
        roles = self.pool.take(chosen.roles)
        left = self.core.need & ~roles.covered()
        if not left.any():
            self._offer(roles)
            return self.bound < len(self.best) and self._close_gap()
        self._complete(roles, left)
        return self._take_in(np.where(left, 0.0, 1.0).astype(np.float32))

    def _close_gap(self) -> bool:
        """Try all roles that a cover smaller than the best can hold; True if that led to more to solve.

        No role is priced above the ceiling, so in a cover of `goal` roles each is priced at least at what
        the others cannot reach of the total.
        """
        goal = len(self.best) - 1
        weight = np.floor(self.price * _SCALE).astype(int)
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
            self.bound = max(self.bound, goal + 1)
            return False
        chosen = fewest(covers, budget=self.budget, nodes=5_000, target=self.bound)
        if chosen is None:
            return False
        self.bound = max(self.bound, min(goal + 1, chosen.bound))
        left = self.core.need & ~roles.take(chosen.roles).covered()
        self._add(roles.take(chosen.roles))
        if not left.any():
            self._offer(roles.take(chosen.roles))
            return False
        return self._take_in(np.where(left, 0.0, 1.0).astype(np.float32))

    def _offer(self, roles: Roles, *, ties: bool = False) -> None:
        roles = self.core.prune(roles)
        if len(roles) < len(self.best):
            self.best = roles
            self._add(self.core.close(roles.people))
        elif ties and len(roles) == len(self.best):
            self.best = roles

    def _known(self, covers: bits.BoolArray) -> bits.IntArray | None:
        keys = {self.pool.permissions[i].tobytes(): i for i in range(len(self.pool))}
        known = [keys.get(line.tobytes()) for line in self.core.close(self.best.people).permissions]
        picked = np.asarray([i for i in known if i is not None], dtype=np.intp)
        return picked if picked.size and covers[picked].any(axis=0).all() else None


def solve(core: Core, budget: Budget, *, seed: int) -> Cover:
    """Cover a component with as few roles as the budget allows."""
    # Sums of floating point numbers depend on how many threads share them; results must not.
    with threadpool_limits(limits=1, user_api="blas"):
        if len(core.edges) <= 400:
            cover = by_enumeration(core, budget)
            if cover is not None and cover.bound == len(cover.roles):
                return cover
        return ColumnGeneration(core, budget, seed=seed).run()
