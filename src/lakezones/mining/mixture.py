"""Groups of rows of a boolean matrix that hold nearly the same: a Bernoulli mixture with the parameters integrated out.

In: a boolean matrix and what else is known of its rows, as codes. Out: `Mixture`: a group per row, and how likely each
column is *on* in each group. Knows nothing of lakes.

In a group a column is on (nearly every row has it) or off (few have it, by chance); a row's attributes are drawn from
few values per group. How many groups there are follows from the evidence: groups are merged, best pair first, as long
as that makes the matrix more likely, and rows then move one at a time to where they are most likely (Bayesian
hierarchical clustering, Heller and Ghahramani 2005; classification EM, Celeux and Govaert 1992). How far an attribute
is believed is learned: its concentration is the one under which the groups found by the matrix alone are most likely.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import expit, gammaln

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_ON = ((9.0, 1.0), (19.0, 1.0), (39.0, 1.0), (99.0, 1.0))
_OFF = ((0.5, 15.0), (0.5, 30.0), (0.5, 60.0), (1.0, 120.0))
"""Beta priors of the share of a group's rows that have a column which is on, and off; the likeliest is taken."""

_GROUP = 2.0
"""What a further group costs, in nats."""

_CONCENTRATIONS = (0.3, 1.0, 3.0, 10.0, 100.0)
_MOST_GROUPS = 600
"""Groups to start from; where there are more rows, those that are alike start together."""

_ALIKE = (0.75, 0.6, 0.45)
"""Least overlap (Jaccard) of rows that start together: the largest with which there are not too many groups."""

_SWEEPS = 4
_PASSES = 2


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """Groups found.

    Attributes
    ----------
    labels
        Group of each row, from 0; shape (n_rows,).
    on
        Probability that a column is on in a group; shape (n_groups, n_columns).
    rates
        Share of a group's rows that have a column which is on, and off, as learnt.
    """

    labels: Ints
    on: Floats
    rates: tuple[float, float]


class _Beta:
    """Log evidence of a share with a beta prior, by known cells and those that are held."""

    def __init__(self, a: float, b: float, most: int) -> None:
        steps = np.arange(most + 1)
        held, lacking, known = (gammaln(steps + x) - gammaln(x) for x in (a, b, a + b))
        self.tables = held, lacking, known

    def __call__(self, n: Ints, counts: Ints) -> Floats:
        held, lacking, known = self.tables
        found: Floats = held[counts] + lacking[n - counts] - known[n]
        return found


class _Model:
    """Evidence of groups by their size, counts of columns and counts of attribute values."""

    def __init__(
        self,
        held: Bools,
        seen: Bools,
        codes: Ints,
        concentrations: Floats,
        on: tuple[float, float] = _ON[0],
        off: tuple[float, float] = _OFF[0],
    ) -> None:
        rows = held.shape[0]
        self.seen, self.held = seen.astype(np.int64), held.astype(np.int64)
        share = (self.held.sum(axis=0) + 0.5) / (self.seen.sum(axis=0) + 1.0)
        self.prior = np.log(share) - np.log1p(-share)
        self.off_prior = np.log1p(-share)
        steps = np.arange(rows + 1)
        self.on, self.off = _Beta(*on, rows), _Beta(*off, rows)
        self.rates = (on[0] / sum(on), off[0] / sum(off))
        self.known: list[tuple[slice, Ints, Floats, Floats]] = []
        self.values = np.zeros((rows, 0), dtype=np.int64)
        for column, concentration in zip(codes.T, concentrations, strict=True):
            if not np.isfinite(concentration) or column.max(initial=-1) < 1:
                continue
            values = (column[:, None] == np.arange(column.max() + 1)).astype(np.int64)
            counts = values.sum(axis=0)
            base = concentration * counts / max(1, values.sum())
            # Log evidence of each value by how often a group has it: one table after the other.
            offsets = np.concatenate([[0], np.cumsum(counts + 1)[:-1]])
            table = np.concatenate(
                [gammaln(np.arange(n + 1) + b) - gammaln(b) for n, b in zip(counts, base, strict=True)]
            )
            start = self.values.shape[1]
            self.values = np.hstack([self.values, values])
            whole = gammaln(steps + concentration) - gammaln(concentration)
            self.known.append((slice(start, self.values.shape[1]), offsets, table, whole))

    def odds(self, n: Ints, counts: Ints) -> tuple[Floats, Floats]:
        """Log evidence of each column being on, beside its being off, with the priors; and of its being off."""
        on, off = self.on(n, counts), self.off(n, counts)
        return on - off + self.prior, off + self.off_prior

    def by_column(self, n: Ints, counts: Ints) -> Floats:
        """Log evidence of each column."""
        odds, off = self.odds(n, counts)
        found: Floats = off + np.logaddexp(0.0, odds)
        return found

    def of_values(self, values: Ints, row: Ints) -> Floats:
        """What a row with these values adds to the log evidence of groups without it, by its attributes."""
        total = np.zeros(values.shape[0])
        for part, offsets, table, whole in self.known:
            for value in np.flatnonzero(row[part]):
                cells, size = offsets[value] + values[:, part.start + value], values[:, part].sum(axis=1)
                total += table[cells + 1] - table[cells] - whole[size + 1] + whole[size]
        return total

    def evidence(self, n: Ints, counts: Ints, values: Ints) -> Floats:
        """Log evidence of groups, by the known cells of each column, those that are held, and attribute values."""
        total: Floats = self.by_column(n, counts).sum(axis=-1) - _GROUP * n.any(axis=-1)
        for part, offsets, table, whole in self.known:
            own = values[..., part]
            total += table[offsets + own].sum(axis=-1) - whole[own.sum(axis=-1)]
        return total


def mixture(held: Bools, codes: Ints | None = None, seen: Bools | None = None) -> Mixture:
    """Group rows.

    Parameters
    ----------
    held : ndarray of bool, shape (n_rows, n_columns)
    codes : ndarray of int, shape (n_rows, n_attributes), optional
        Attributes as numbers from 0; -1 where unknown.
    seen : ndarray of bool, shape (n_rows, n_columns), optional
        Cells that say something; the others are unknown. All by default.
    """
    rows = held.shape[0]
    codes = np.full((rows, 0), -1, dtype=np.int64) if codes is None else codes.astype(np.int64)
    seen = np.ones(held.shape, dtype=np.bool_) if seen is None else seen
    held = held & seen
    if not rows:
        return Mixture(labels=np.zeros(0, dtype=np.int64), on=np.zeros((0, held.shape[1])), rates=(0.9, 0.03))
    model, start = _Model(held, seen, codes, np.full(codes.shape[1], np.inf)), _start(held)
    labels = _move(model, _merge(model, start))
    for _ in range(_PASSES):
        model = _learnt(held, seen, codes, labels)
        labels = _move(model, _merge(model, start))
    n, counts, _ = _tally(model, labels)
    return Mixture(labels=labels, on=expit(model.odds(n, counts)[0]), rates=model.rates)


def _start(held: Bools) -> Ints:
    """A group for each row; where there are too many, for each row unlike the rows before it (leader clustering)."""
    rows = held.shape[0]
    if rows <= _MOST_GROUPS:
        return np.arange(rows)
    cells, sizes = held.astype(np.float32), held.sum(axis=1)
    for least in _ALIKE:
        labels, leaders = np.zeros(rows, dtype=np.int64), np.zeros(_MOST_GROUPS, dtype=np.int64)
        own = np.zeros((_MOST_GROUPS, held.shape[1]), dtype=np.float32)
        found = 0
        for i in range(rows):
            shared = own[:found] @ cells[i]
            alike = (shared + 1e-3) / (sizes[leaders[:found]] + sizes[i] - shared + 1e-3)
            labels[i] = alike.argmax() if found else -1
            if not found or alike[labels[i]] < least:
                if found == _MOST_GROUPS:
                    if least > _ALIKE[-1]:
                        break
                    continue
                own[found], leaders[found], labels[i] = cells[i], i, found
                found += 1
        else:
            return labels
    return labels


def _learnt(held: Bools, seen: Bools, codes: Ints, labels: Ints) -> _Model:
    """The model under which groups found before are most likely."""
    concentrations = _learn(codes, labels)
    models = [_Model(held, seen, codes, concentrations, on, off) for on in _ON for off in _OFF]
    tallies = _tally(models[0], labels)
    return max(models, key=lambda model: float(model.evidence(*tallies).sum()))


def _learn(codes: Ints, labels: Ints) -> Floats:
    """Concentration of each attribute under which the groups' values are most likely; infinite where none helps."""
    best = np.full(codes.shape[1], np.inf)
    for k, column in enumerate(codes.T):
        seen = column >= 0
        if column.max(initial=-1) < 1:
            continue
        counts = np.zeros((labels.max() + 1, column.max() + 1))
        np.add.at(counts, (labels[seen], column[seen]), 1)
        share = counts.sum(axis=0) / counts.sum()
        top = float((counts * np.log(np.maximum(share, 1e-12))).sum())
        for concentration in _CONCENTRATIONS:
            base = np.maximum(concentration * share, 1e-12)
            own = (gammaln(counts + base) - gammaln(base)).sum()
            own -= (gammaln(counts.sum(axis=1) + concentration) - gammaln(concentration)).sum()
            if own > top:
                best[k], top = concentration, own
    return best


def _tally(model: _Model, labels: Ints) -> tuple[Ints, Ints, Ints]:
    # A sparse product adds each row once; a dense one of integers takes groups times as long.
    inside = sparse.csr_array((np.ones_like(labels), (labels, np.arange(labels.size))))
    return inside @ model.seen, inside @ model.held, inside @ model.values


def _merge(model: _Model, labels: Ints) -> Ints:
    """Merge groups, the best pair first, while that makes the whole more likely."""
    sizes, counts, values = _tally(model, labels)
    alone = model.evidence(sizes, counts, values)
    count = sizes.shape[0]
    gains = np.full((count, count), -np.inf)

    def compare(k: int, others: Ints) -> Floats:
        joint = model.evidence(sizes[others] + sizes[k], counts[others] + counts[k], values[others] + values[k])
        gain: Floats = joint - alone[others] - alone[k]
        return gain

    for k in range(count - 1):
        gains[k, k + 1 :] = compare(k, np.arange(k + 1, count))
    gains = np.maximum(gains, gains.T)
    best = gains.argmax(axis=1) if count else np.zeros(0, dtype=np.intp)
    alive = np.ones(count, dtype=np.bool_)
    parent = np.arange(count)
    while alive.sum() > 1:
        top = gains[np.arange(count), best]
        k = int(top.argmax())
        if top[k] <= 0:
            break
        other = int(best[k])
        sizes[k] += sizes[other]
        counts[k] += counts[other]
        values[k] += values[other]
        alive[other] = False
        parent[parent == other] = k
        alone[k] = model.evidence(sizes[k : k + 1], counts[k : k + 1], values[k : k + 1])[0]
        gains[other, :] = gains[:, other] = -np.inf
        rest = np.flatnonzero(alive & (np.arange(count) != k))
        gains[k, rest] = gains[rest, k] = compare(k, rest)
        stale = np.flatnonzero((best == other) | (best == k))
        best[stale] = gains[stale].argmax(axis=1)
        best[k] = gains[k].argmax()
        better = rest[gains[rest, k] > gains[rest, best[rest]]]
        best[better] = k
    return np.unique(parent[labels], return_inverse=True)[1].astype(np.int64)


class _Steps:
    """What one row more, and one row less, changes in the evidence of each column in each group."""

    def __init__(self, model: _Model, sizes: Ints, counts: Ints) -> None:
        self.model = model
        # By column: one more that lacks it; beside that, one more that holds it; the same for one less.
        self.lacks, self.holds, self.lacked, self.held = (np.zeros(sizes.shape) for _ in range(4))
        self.update(np.arange(sizes.shape[0]), sizes, counts)

    def grow(self, sizes: Ints, counts: Ints) -> None:
        """Room for a group more."""
        for name in ("lacks", "holds", "lacked", "held"):
            part = getattr(self, name)
            setattr(self, name, np.vstack([part, np.zeros_like(part[:1])]))
        self.update(np.array([sizes.shape[0] - 1]), sizes, counts)

    def update(self, groups: Ints, sizes: Ints, counts: Ints) -> None:
        """Work out groups again that have changed."""
        n, c, most = sizes[groups], counts[groups], self.model.held.shape[0]
        now, more, less = self.model.by_column(n, c), np.minimum(n + 1, most), np.maximum(n - 1, 0)
        lacks, lacked = self.model.by_column(more, c) - now, now - self.model.by_column(less, np.minimum(c, less))
        self.lacks[groups], self.lacked[groups] = lacks, lacked
        self.holds[groups] = self.model.by_column(more, np.minimum(c + 1, more)) - now - lacks
        self.held[groups] = now - self.model.by_column(less, np.minimum(np.maximum(c - 1, 0), less)) - lacked

    def gains(self, seen: Floats, held: Floats, own: int) -> Floats:
        """What a row adds to each group, to its own as if it had left it."""
        found: Floats = self.lacks @ seen + self.holds @ held
        found[own] = self.lacked[own] @ seen + self.held[own] @ held
        return found


def _move(model: _Model, labels: Ints) -> Ints:
    """Move rows one at a time to the group where they are most likely, or to one of their own, until none moves."""
    labels = labels.copy()
    # One empty group is always there to move to.
    sizes, counts, values = (np.vstack([part, np.zeros_like(part[:1])]) for part in _tally(model, labels))
    steps, seen, held = _Steps(model, sizes, counts), model.seen.astype(np.float64), model.held.astype(np.float64)
    for _ in range(_SWEEPS):
        moved = False
        for i in range(labels.size):
            own, row = int(labels[i]), (model.seen[i], model.held[i], model.values[i])
            values[own] -= row[2]
            gain = steps.gains(seen[i], held[i], own) + model.of_values(values, row[2])
            left = sizes[own] - row[0]
            empty = np.array(~sizes.any(axis=1), dtype=np.bool_)
            empty[own] = not left.any()
            gain -= _GROUP * empty * row[0].any()
            new = int(gain.argmax())
            if gain[new] <= gain[own] + 1e-9:
                new = own
            values[new] += row[2]
            if new == own:
                continue
            moved, labels[i] = True, new
            for part, cells in ((sizes, row[0]), (counts, row[1])):
                part[own] -= cells
                part[new] += cells
            steps.update(np.array([own, new]), sizes, counts)
            if new == sizes.shape[0] - 1:
                sizes, counts, values = (np.vstack([part, np.zeros_like(part[:1])]) for part in (sizes, counts, values))
                steps.grow(sizes, counts)
        if not moved:
            break
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)
