"""What the kinds of evidence come to together, each believed as far as the others bear it out in this lake.

In: evidence by kind. Out: chances of the domains for every container. Each kind votes for the domain that it speaks for
most, and how often such a vote is right is learnt from how often it agrees with what the other kinds say without it
(one-coin model of Dawid and Skene, Applied Statistics 28, 1979, by how clear the vote is). What is not known of a
container itself comes from its company: containers of the same system, of one class, of like names, of one lineage.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import optimize

from lakezones.propose.domains.votes import FloatArray, IntArray, beyond_share

LEVELS: Final = 4
"""Votes of a kind are told apart by how clear they are, in so many equal parts."""

ROUNDS: Final = 12
PRIOR_VOTES: Final = 6.0
"""How many votes what was expected of a kind is worth."""


@dataclass(frozen=True, kw_only=True)
class Vote:
    """Votes of one kind.

    Attributes
    ----------
    domain, level : int arrays, shape (n_containers,)
        Domain voted for, -1 where silent; how clear it is, 0 to `LEVELS` - 1.
    prior
        How often it is expected to be right.
    """

    domain: IntArray
    level: IntArray
    prior: float


def vote(scores: FloatArray, prior: float) -> Vote:
    """The domain with most evidence, and how far it is ahead of the next."""
    n, k = scores.shape
    if not n or not k:
        return Vote(domain=np.full(n, -1), level=np.zeros(n, dtype=np.int64), prior=prior)
    best = scores.argmax(axis=1)
    ordered = np.sort(np.pad(scores, ((0, 0), (1, 0))), axis=1)
    ahead = ordered[:, -1] - ordered[:, -2]
    domain = np.where(ahead > 1e-9, best, -1)
    spoken = np.unique(np.round(ahead[domain >= 0], 6))
    edges = np.unique(np.quantile(spoken, np.arange(1, LEVELS) / LEVELS)) if spoken.size > 1 else np.zeros(0)
    return Vote(domain=domain, level=np.searchsorted(edges, np.round(ahead, 6), side="right"), prior=prior)


class Believer:
    """Learns how far each kind of vote is right, and combines them.

    Parameters
    ----------
    votes : dict
        Kind to its votes.
    k
        How many domains there are.
    weights : array, shape (n_containers,)
        What each container counts for in learning: containers of one class are nearly one.
    """

    def __init__(self, votes: dict[str, Vote], k: int, weights: FloatArray) -> None:
        self.votes, self.k, self.weights = votes, k, weights
        self.rights_: dict[str, FloatArray] = {}

    def fit(self) -> "Believer":
        """Learn `rights_`: kind to shares right by level."""
        self.rights_ = {kind: np.full(LEVELS, one.prior) for kind, one in self.votes.items()}
        if not self.votes:
            return self
        # Many containers have the same votes: they are worked out once.
        votes = np.stack([one.domain * LEVELS + one.level for one in self.votes.values()])
        distinct, at = np.unique(votes, axis=1, return_inverse=True)
        once = {
            kind: Vote(domain=row // LEVELS, level=row % LEVELS, prior=self.votes[kind].prior)
            for kind, row in zip(self.votes, distinct, strict=True)
        }
        alike = Believer(once, self.k, np.bincount(at.reshape(-1), self.weights).astype(np.float64))
        alike.rights_ = self.rights_
        for _ in range(ROUNDS):
            alike.rights_ = {kind: alike._measured(kind) for kind in once}
        self.rights_ = alike.rights_
        return self

    def log_odds(self, without: str = "", only: tuple[str, ...] | None = None) -> FloatArray:
        """Log-odds of the domains, against a domain that nothing speaks for; shape (n_containers, k)."""
        total = np.zeros((self.weights.size, self.k))
        for kind, one in self.votes.items():
            if kind != without and (only is None or kind in only):
                rows = np.flatnonzero(one.domain >= 0)
                total[rows, one.domain[rows]] += self.strength(kind)[rows]
        return total

    def chances(self, only: tuple[str, ...] | None = None) -> FloatArray:
        """Chances of the domains; nothing at all in rows of which nothing is known."""
        odds = self.log_odds(only=only)
        return np.where(odds.max(axis=1, initial=0.0)[:, None] > 0, softmax(odds), 0.0)

    def strength(self, kind: str) -> FloatArray:
        """Log-odds that each container's vote of the kind is worth; 0 where it is silent."""
        one = self.votes[kind]
        right = np.clip(self.rights_[kind], 1.0 / max(self.k, 2), 0.995)
        odds = np.log(right * max(self.k - 1, 1) / (1 - right))
        found: FloatArray = np.where(one.domain >= 0, odds[one.level], 0.0)
        return found

    def _measured(self, kind: str) -> FloatArray:
        """Shares of right votes by level: agreement with the rest, corrected for how often that is wrong itself."""
        one = self.votes[kind]
        others = self.log_odds(without=kind)
        rows = np.flatnonzero((one.domain >= 0) & (others.max(axis=1, initial=0.0) > 0))
        chances = softmax(others[rows])
        sure = chances.max(axis=1, initial=0.0)
        agrees = others[rows].argmax(axis=1) == one.domain[rows]
        weight = self.weights[rows] * sure**2
        total = np.bincount(one.level[rows], weight, LEVELS) + 1e-12
        agreed = np.bincount(one.level[rows], weight * agrees, LEVELS)
        known = np.bincount(one.level[rows], weight * sure, LEVELS)
        chance = (total.sum() - known.sum()) / total.sum() / max(self.k - 1, 1)
        whole = _corrected(agreed.sum() / total.sum(), known.sum() / total.sum(), chance)
        whole = (whole * total.sum() + one.prior * PRIOR_VOTES) / (total.sum() + PRIOR_VOTES)
        level = _corrected(agreed / total, known / total, (1 - known / total) / max(self.k - 1, 1))
        found: FloatArray = (level * total + whole * PRIOR_VOTES) / (total + PRIOR_VOTES)
        return found


def _corrected(agreement: Any, sure: Any, chance: Any) -> Any:
    return np.clip((agreement - chance) / np.maximum(sure - chance, 0.05), 0.0, 0.995)


def company(chances: FloatArray, rows: IntArray, groups: IntArray, blocks: IntArray) -> FloatArray:
    """What the other containers of each group say beyond the usual share, the container's own block left out.

    Parameters
    ----------
    chances : array, shape (n_containers, k)
        Rows of nothing for containers of which nothing is known.
    rows, groups : int arrays, shape (n_pairs,)
        Container and group of each membership; a container may be in several.
    blocks : int array, shape (n_containers,)
        Containers of one block count once in a group, and say nothing of each other.
    """
    scores = np.zeros_like(chances)
    if not rows.size or not chances.shape[1]:
        return scores
    pairs, at = np.unique(np.stack([groups, blocks[rows]]), axis=1, return_inverse=True)
    at = at.reshape(-1)
    means = np.zeros((pairs.shape[1], chances.shape[1]))
    np.add.at(means, at, chances[rows])
    means /= np.bincount(at)[:, None]
    sums = np.zeros((int(groups.max()) + 1, chances.shape[1]))
    np.add.at(sums, pairs[0], means)
    others = np.maximum(sums[pairs[0]] - means, 0.0)
    # Per block: a word that half the lake has says little of each, however sure it is.
    telling = beyond_share(others, means.sum(axis=0)) / (others.sum(axis=1, keepdims=True) + 1.0)
    np.add.at(scores, rows, telling[at])
    return scores


def softmax(scores: FloatArray) -> FloatArray:
    """Probabilities of log-odds, row by row."""
    if not scores.size:
        return scores
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: FloatArray = raised / raised.sum(axis=1, keepdims=True)
    return chances


def temperature(believer: Believer, kinds: list[str]) -> float:
    """Factor on the log-odds that makes chances honest: each container's strongest vote, predicted from the rest.

    Parameters
    ----------
    kinds
        Those to predict, strongest first.
    """
    parts: list[tuple[FloatArray, IntArray, FloatArray, FloatArray]] = []
    left = np.ones(believer.weights.size, dtype=bool)
    for kind in kinds:
        others = believer.log_odds(without=kind)
        one = believer.votes[kind]
        rows = np.flatnonzero(left & (one.domain >= 0) & (others.max(axis=1, initial=0.0) > 0))
        left[rows] = False
        right = np.clip(believer.rights_[kind][one.level[rows]], 1.0 / believer.k, 0.995)
        parts.append((others[rows], one.domain[rows], right, believer.weights[rows]))
    scores, target, right, weight = (np.concatenate([part[i] for part in parts]) for i in range(4))
    if not target.size:
        return 1.0

    def loss(factor: float) -> float:
        chance = softmax(scores * factor)[np.arange(target.size), target]
        seen = right * chance + (1 - right) * (1 - chance) / max(believer.k - 1, 1)
        return float(-(weight * np.log(np.maximum(seen, 1e-9))).sum() / weight.sum() + 0.02 * np.log(factor) ** 2)

    found: Any = optimize.minimize_scalar(loss, bounds=(0.1, 1.5), method="bounded", options={"xatol": 1e-3})
    return float(found.x)
