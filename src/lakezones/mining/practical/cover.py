"""Maximum coverage: at most so many roles that together give the most requests, with a bound on what any could give.

In: candidate roles as lists of cells. Out: the chosen candidates and `Bound`, proven for every choice among the
candidates.

The integer program is: maximise the cells y_e covered, where y_e is at most the number of chosen roles with e and at
most 1, and at most K roles are chosen. Greedy gives a first answer. Relaxing "y_e at most the roles with e" with prices
u_e >= 0 splits it in two trivial halves, so that for every u

    sum of max(0, 1 - u_e)  +  sum of the K largest role prices sum(u_e for e in role)

is an upper bound; a subgradient search looks for the least (Fisher 1981; Galvao and ReVelle 1996). Ruin and recreate
then improves the answer (Schrimpf et al. 2000): take some roles that share people or content out, fill up greedily.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from lakezones.mining.budget import Budget

Ints = npt.NDArray[np.intp]
Counts = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

_MOST_RUINED = 5
_NOISE = 0.15
"""How much less than the best a role may add that is taken in its place, in two rounds of three."""

_SLACK = 0.0008
_RANDOM = 0.35
"""Share of rounds that take roles out which have nothing to do with each other."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Candidates chosen.

    Attributes
    ----------
    candidates
        Indices, in order of what each adds to those before it.
    gains
        Cells that each adds.
    """

    candidates: list[int]
    gains: list[int]

    @property
    def covered(self) -> int:
        """Cells covered together."""
        return sum(self.gains)


class Coverage:
    """Cells covered so far, and what each candidate would add, kept up to date.

    Parameters
    ----------
    cells : csr_matrix, shape (n_candidates, n_cells)
        Which cells each candidate has.
    """

    def __init__(self, cells: sparse.csr_matrix) -> None:
        columns = cells.tocsc()
        self.indptr, self.indices = cells.indptr, cells.indices
        self.by_cell_ptr, self.by_cell = columns.indptr.astype(np.int64), columns.indices
        self.degrees = np.diff(self.by_cell_ptr)
        self.times: Counts = np.zeros(cells.shape[1], dtype=np.int32)
        self.gains: npt.NDArray[np.int64] = np.diff(cells.indptr).astype(np.int64)
        self.size = cells.shape[0]
        self.covered = 0

    def cells_of(self, candidate: int) -> npt.NDArray[np.int32]:
        """Cells of a candidate, ascending."""
        found: npt.NDArray[np.int32] = self.indices[self.indptr[candidate] : self.indptr[candidate + 1]]
        return found

    def add(self, candidate: int) -> int:
        """Choose a candidate; returns the cells it adds."""
        cells = self.cells_of(candidate)
        before = self.times[cells]
        fresh = cells[before == 0]
        self.times[cells] = before + 1
        self.gains -= self.touching(fresh)
        self.covered += fresh.size
        return int(fresh.size)

    def drop(self, *candidates: int) -> None:
        """Take candidates back, all at once."""
        cells, counts = np.unique(np.concatenate([self.cells_of(k) for k in candidates]), return_counts=True)
        left = self.times[cells] - counts
        self.times[cells] = left
        freed = cells[left == 0]
        self.gains += self.touching(freed)
        self.covered -= freed.size

    def keep(self) -> tuple[Counts, npt.NDArray[np.int64], int]:
        """The state, to go back to."""
        return self.times.copy(), self.gains.copy(), self.covered

    def back(self, state: tuple[Counts, npt.NDArray[np.int64], int]) -> None:
        """Go back to a state."""
        self.times, self.gains, self.covered = state

    def touching(self, cells: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """How many of `cells` each candidate has."""
        lengths = self.degrees[cells]
        ends = lengths.cumsum()
        if not cells.size or not ends[-1]:
            return np.zeros(self.size, dtype=np.int64)
        places = np.arange(ends[-1])
        places += np.repeat(self.by_cell_ptr[cells] - (ends - lengths), lengths)
        return np.bincount(self.by_cell[places], minlength=self.size)


def greedy(cells: sparse.csr_matrix, *, max_roles: int, min_gain: int) -> Chosen:
    """Take the candidate that adds most, until there are `max_roles` or none adds `min_gain`; ties to the first."""
    state = Coverage(cells)
    chosen: list[int] = []
    gains: list[int] = []
    while state.size and len(chosen) < max_roles:
        best = int(np.argmax(state.gains))
        if state.gains[best] < max(1, min_gain):
            break
        chosen.append(best)
        gains.append(state.add(best))
    return Chosen(candidates=chosen, gains=gains)


def improve(
    cells: sparse.csr_matrix,
    first: Chosen,
    *,
    rounds: int,
    seed: int = 0,
    bound: int | None = None,
    budget: Budget | None = None,
) -> Chosen:
    """Ruin and recreate: better choices of as many candidates.

    Parameters
    ----------
    cells : csr_matrix, shape (n_candidates, n_cells)
    first
        The choice to start from.
    rounds
        How often to try; the search is counted, not timed.
    seed
        Of the random removals.
    bound
        Stop when so many cells are covered.
    budget
        Stop when it ends.
    """
    count = len(first.candidates)
    if count < 2 or rounds < 1:
        return first
    rng = np.random.default_rng(seed)
    state = Coverage(cells)
    chosen: Ints = np.array(first.candidates, dtype=np.intp)
    for candidate in first.candidates:
        state.add(candidate)
    best = covered = state.covered
    best_chosen = chosen
    for turn in range(rounds):
        if (bound is not None and best >= bound) or (budget is not None and not budget.spend(12 * cells.shape[0])):
            break
        before = state.keep()
        out = _some_alike(state, chosen, int(rng.integers(2, _MOST_RUINED + 1)), rng)
        state.drop(*chosen[out].tolist())
        added = _refill(state, count - chosen.size + out.size, rng, 0.0 if turn % 3 == 0 else _NOISE)
        # A little worse is accepted early on, to leave hollows; later only what is no worse.
        if state.covered >= covered - _SLACK * best * (1 - turn / rounds):
            chosen, covered = np.concatenate([np.delete(chosen, out), added]), state.covered
            if covered > best:
                best, best_chosen = covered, chosen
        else:
            state.back(before)
    return ordered(cells, best_chosen.tolist())


def _some_alike(state: Coverage, chosen: Ints, count: int, rng: np.random.Generator) -> Ints:
    """Places of a random one of the chosen and those that have most in common with it, or of just random ones."""
    if rng.random() < _RANDOM or count >= chosen.size:
        return rng.choice(chosen.size, min(count, chosen.size), replace=False)
    centre = int(rng.integers(chosen.size))
    shared = state.touching(state.cells_of(int(chosen[centre])))[chosen] + rng.random(chosen.size)
    shared[centre] = np.inf
    near: Ints = np.argpartition(-shared, count - 1)[:count]
    return near


def _refill(state: Coverage, count: int, rng: np.random.Generator, noise: float) -> Ints:
    added = []
    for _ in range(count):
        gains = state.gains
        best = int(gains.argmax())
        if noise:
            top = np.flatnonzero(gains >= (1 - noise) * gains[best])
            best = int(top[int(rng.integers(top.size))])
        if gains[best] <= 0:
            break
        state.add(best)
        added.append(best)
    return np.array(added, dtype=np.intp)


def ordered(cells: sparse.csr_matrix, chosen: list[int]) -> Chosen:
    """The chosen in order of what each adds to those before it; those that add nothing are left out."""
    picked = sorted(chosen)
    again = greedy(cells[picked], max_roles=len(picked), min_gain=1)
    return Chosen(candidates=[picked[k] for k in again.candidates], gains=again.gains)


@dataclass(frozen=True, kw_only=True)
class Bound:
    """What no choice of as many candidates covers more of.

    Attributes
    ----------
    cells
        The bound.
    worth
        Price of each candidate where the bound is least: what has little worth is in no good choice.
    """

    cells: int
    worth: Floats


def upper_bound(cells: sparse.csr_matrix, *, max_roles: int, known: int, rounds: int = 400) -> Bound:
    """No choice of `max_roles` of these candidates covers more cells than this.

    Parameters
    ----------
    cells : csr_matrix, shape (n_candidates, n_cells)
    known
        Cells covered by some choice; steers the search, and is never above the result.
    rounds
        Steps of the subgradient search.
    """
    matrix = cells.astype(np.float64)
    transposed = matrix.T.tocsr()
    sizes = np.diff(transposed.indptr)
    present = sizes > 0
    worth: Floats = np.diff(cells.indptr).astype(np.float64)
    count = min(max_roles, matrix.shape[0])
    if not present.any() or count <= 0:
        return Bound(cells=0, worth=worth)
    best = float(present.sum())
    if count == matrix.shape[0]:
        return Bound(cells=int(best), worth=worth)
    prices: Floats = np.where(present, 0.5, 1.0)
    theta, since = 1.5, 0
    for _ in range(rounds):
        values = matrix @ prices
        top = np.argpartition(-values, count - 1)[:count]
        value = float(np.maximum(0.0, 1.0 - prices).sum() + values[top].sum())
        if value < best - 1e-6:
            best, worth, since = value, values, 0
        else:
            since += 1
            if since == 12:
                theta, since = theta / 2, 0
        if best < known + 1 or theta < 1e-3:
            break
        picked = np.zeros(matrix.shape[0])
        picked[top] = 1.0
        slope = transposed @ picked - (present & (prices < 1.0))
        norm = float(slope @ slope)
        if norm == 0:
            break
        prices = np.clip(prices - theta * (value - known) / norm * slope, 0.0, 1.0)
    return Bound(cells=max(known, _rounded(best, cells)), worth=worth)


def bound_at(cells: sparse.csr_matrix, prices: Floats, *, max_roles: int) -> Bound:
    """The bound that any prices of the cells from 0 to 1 prove, wherever they come from."""
    present = np.bincount(cells.indices, minlength=cells.shape[1]) > 0
    worth: Floats = cells.astype(np.float64) @ prices
    count = min(max_roles, worth.size)
    top = -np.partition(-worth, count - 1)[:count] if count else worth[:0]
    return Bound(cells=_rounded(float((1.0 - prices[present]).sum() + top.sum()), cells), worth=worth)


def _rounded(bound: float, cells: sparse.csr_matrix) -> int:
    # Floating point sums may be off by a hair; the bound is rounded up by more than that.
    return int(np.floor(bound + 1e-6 * max(1, cells.shape[1])))
