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

from lakezones.propose.roles.budget import Budget

Ints = npt.NDArray[np.intp]
Counts = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


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
    columns : csc_matrix
        The same by cell.
    """

    def __init__(self, cells: sparse.csr_matrix, columns: sparse.csc_matrix) -> None:
        self.indptr, self.indices = cells.indptr, cells.indices
        self.by_cell_ptr, self.by_cell = columns.indptr, columns.indices
        self.times: Counts = np.zeros(cells.shape[1], dtype=np.int32)
        self.gains: Counts = np.diff(cells.indptr).astype(np.int32)
        self.size = cells.shape[0]

    def cells_of(self, candidate: int) -> npt.NDArray[np.int32]:
        """Cells of a candidate, ascending."""
        found: npt.NDArray[np.int32] = self.indices[self.indptr[candidate] : self.indptr[candidate + 1]]
        return found

    def add(self, candidate: int) -> int:
        """Choose a candidate; returns the cells it adds."""
        cells = self.cells_of(candidate)
        fresh = cells[self.times[cells] == 0]
        self.times[cells] += 1
        self.gains -= self._touching(fresh)
        return int(fresh.size)

    def drop(self, candidate: int) -> None:
        """Take a candidate back."""
        cells = self.cells_of(candidate)
        self.times[cells] -= 1
        self.gains += self._touching(cells[self.times[cells] == 0])

    def _touching(self, cells: npt.NDArray[np.int32]) -> Counts:
        """How many of `cells` each candidate has."""
        starts, ends = self.by_cell_ptr[cells], self.by_cell_ptr[cells + 1]
        lengths = ends - starts
        if not lengths.sum():
            return np.zeros(self.size, dtype=np.int32)
        offsets = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
        touched = self.by_cell[offsets + np.arange(lengths.sum())]
        return np.bincount(touched, minlength=self.size).astype(np.int32)


def greedy(cells: sparse.csr_matrix, *, max_roles: int, min_gain: int) -> Chosen:
    """Take the candidate that adds most, until there are `max_roles` or none adds `min_gain`; ties to the first."""
    state = Coverage(cells, cells.tocsc())
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
    state = Coverage(cells, cells.tocsc())
    chosen = list(first.candidates)
    for candidate in chosen:
        state.add(candidate)
    best = covered = int((state.times > 0).sum())
    best_chosen = list(chosen)
    most = max(3, min(12, count // 4))
    for turn in range(rounds):
        if (bound is not None and best >= bound) or (budget is not None and not budget.spend(20 * cells.shape[0])):
            break
        removed = _some_alike(state, chosen, int(rng.integers(2, most + 1)), rng)
        kept = [candidate for candidate in chosen if candidate not in removed]
        for candidate in removed:
            state.drop(candidate)
        noise = 0.0 if turn % 3 == 0 else 0.15
        added = _refill(state, count - len(kept), rng, noise)
        now = int((state.times > 0).sum())
        # A little worse is accepted early on, to leave hollows; later only what is no worse.
        slack = 0.0008 * best * (1 - turn / rounds)
        if now >= covered - slack:
            chosen, covered = kept + added, now
            if now > best:
                best, best_chosen = now, list(chosen)
        else:
            for candidate in added:
                state.drop(candidate)
            for candidate in sorted(removed):
                state.add(candidate)
    return ordered(cells, best_chosen)


def _some_alike(state: Coverage, chosen: list[int], count: int, rng: np.random.Generator) -> set[int]:
    """A random one of the chosen and those that have most in common with it, or just random ones."""
    if rng.random() < 0.35:
        return {chosen[int(k)] for k in rng.choice(len(chosen), min(count, len(chosen)), replace=False)}
    centre = chosen[int(rng.integers(len(chosen)))]
    shared = state._touching(state.cells_of(centre))[chosen] + rng.random(len(chosen))
    near = np.argsort(-shared, kind="stable")[:count]
    return {centre, *(chosen[int(k)] for k in near[: count - 1])}


def _refill(state: Coverage, count: int, rng: np.random.Generator, noise: float) -> list[int]:
    added = []
    for _ in range(count):
        gains = state.gains
        if noise:
            top = np.flatnonzero(gains >= (1 - noise) * gains.max())
            best = int(top[int(rng.integers(top.size))])
        else:
            best = int(np.argmax(gains))
        if gains[best] <= 0:
            break
        state.add(best)
        added.append(best)
    return added


def ordered(cells: sparse.csr_matrix, chosen: list[int]) -> Chosen:
    """The chosen in order of what each adds to those before it; those that add nothing are left out."""
    picked = sorted(chosen)
    again = greedy(cells[picked], max_roles=len(picked), min_gain=1)
    return Chosen(candidates=[picked[k] for k in again.candidates], gains=again.gains)


def upper_bound(cells: sparse.csr_matrix, *, max_roles: int, known: int, rounds: int = 400) -> int:
    """No choice of `max_roles` of these candidates covers more cells than this.

    Parameters
    ----------
    cells : csr_matrix, shape (n_candidates, n_cells)
    known
        Cells covered by some choice; steers the search, and is never above the result.
    rounds
        Steps of the subgradient search.
    """
    present = np.flatnonzero(np.diff(cells.tocsc().indptr))
    if not present.size or max_roles <= 0:
        return 0
    matrix = cells[:, present].astype(np.float64)
    transposed = matrix.T.tocsr()
    count = min(max_roles, matrix.shape[0])
    prices: Floats = np.full(present.size, 0.5)
    best = float(present.size)
    if count == matrix.shape[0]:
        return int(best)
    theta, since = 1.5, 0
    for _ in range(rounds):
        worth = matrix @ prices
        top = np.argpartition(-worth, count - 1)[:count]
        value = float(np.maximum(0.0, 1.0 - prices).sum() + worth[top].sum())
        if value < best - 1e-6:
            best, since = value, 0
        else:
            since += 1
            if since == 12:
                theta, since = theta / 2, 0
        if best < known + 1 or theta < 1e-3:
            break
        picked = np.zeros(matrix.shape[0])
        picked[top] = 1.0
        slope = transposed @ picked - (prices < 1.0)
        norm = float(slope @ slope)
        if norm == 0:
            break
        prices = np.clip(prices - theta * (value - known) / norm * slope, 0.0, 1.0)
    # Floating point sums may be off by a hair; the bound is rounded up by more than that.
    return max(known, int(np.floor(best + 1e-6 * present.size)))
