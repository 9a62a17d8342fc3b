"""What the kinds of evidence come to together, each believed as far as the others bear it out in this lake.

In: evidence by kind. Out: chances of the domains for every container. Each kind votes for the domain that it speaks for
most; how often such a vote is right, by how clear it is, is learnt from how often it agrees with what the other kinds
say without it (one-coin model of Dawid and Skene, Applied Statistics 28, 1979).
"""

from collections.abc import Mapping
from typing import Final, Self

import numpy as np

from lakezones.propose.domains.votes import FloatArray, IntArray

LEVELS: Final = 4
"""Votes of a kind are told apart by how clear they are, in so many equal parts."""

ROUNDS: Final = 12
PRIOR_VOTES: Final = 6.0
"""How many votes what was expected of a kind is worth."""

RIGHT: Final = 0.995
"""No kind is believed more than this."""


class Believer:
    """Learns how far each kind of vote is right, and combines them.

    Parameters
    ----------
    scores : dict
        Kind to evidence, an array of shape (n_containers, k); silent kinds are left out.
    priors : dict
        Kind to how often it is expected to be right.
    weights : array, shape (n_containers,)
        What each container counts for in learning: containers of one class are nearly one.

    Attributes
    ----------
    rights_ : dict
        Kind to the share of right votes, by how clear they are; shape (`LEVELS`,).
    """

    def __init__(self, scores: Mapping[str, FloatArray], priors: Mapping[str, float], weights: FloatArray) -> None:
        self.scores, self.priors, self.weights = scores, priors, weights

    def fit(self) -> Self:
        """Learn from all votes."""
        found = {kind: _vote(scores) for kind, scores in self.scores.items()}
        self.votes = {kind: vote for kind, vote in found.items() if (vote[0] >= 0).any()}
        self.k = max((scores.shape[1] for scores in self.scores.values()), default=0)
        self.rights_ = {kind: np.full(LEVELS, self.priors[kind]) for kind in self.votes}
        # Many containers have the same votes: they are worked out once.
        coded = np.array([domain * LEVELS + level for domain, level in self.votes.values()] or np.zeros((1, 0)))
        once, at = np.unique(coded, axis=1, return_inverse=True)
        votes = {kind: (row // LEVELS, row % LEVELS) for kind, row in zip(self.votes, once, strict=False)}
        weights = np.bincount(at.reshape(-1), self.weights[: at.size]).astype(np.float64)
        for _ in range(ROUNDS):
            self.rights_ = {kind: self._measured(kind, votes, weights) for kind in votes}
        return self

    def strength(self, kind: str, votes: Mapping[str, tuple[IntArray, IntArray]] | None = None) -> FloatArray:
        """Log-odds that each container's vote of the kind is worth; 0 where it is silent."""
        domain, level = (votes or self.votes)[kind]
        right = np.clip(self.rights_[kind], 1.0 / max(self.k, 2), RIGHT)
        return np.where(domain >= 0, np.log(right * max(self.k - 1, 1) / (1 - right))[level], 0.0)

    def odds(self, kinds: list[str], votes: Mapping[str, tuple[IntArray, IntArray]] | None = None) -> FloatArray:
        """Log-odds of the domains by some kinds, against a domain that nothing speaks for; shape (n_containers, k)."""
        used = self.votes if votes is None else votes
        n = next((domain.size for domain, _ in used.values()), self.weights.size)
        total = np.zeros((n, self.k))
        for kind in kinds:
            rows = np.flatnonzero(used[kind][0] >= 0)
            total[rows, used[kind][0][rows]] += self.strength(kind, used)[rows]
        return total

    def chances(self, kinds: list[str]) -> FloatArray:
        """Chances of the domains by some kinds; nothing at all in rows of which these know nothing."""
        odds = self.odds([kind for kind in kinds if kind in self.votes])
        return np.where(odds.max(axis=1, initial=0.0)[:, None] > 0, _softmax(odds), 0.0)

    def _measured(self, kind: str, votes: Mapping[str, tuple[IntArray, IntArray]], weights: FloatArray) -> FloatArray:
        """Shares of right votes by level: agreement with the rest, corrected for how often that is wrong itself."""
        domain, level = votes[kind]
        others = self.odds([other for other in votes if other != kind], votes)
        rows = np.flatnonzero((domain >= 0) & (others.max(axis=1, initial=0.0) > 0))
        sure = _softmax(others[rows]).max(axis=1, initial=0.0)
        agrees = others[rows].argmax(axis=1) == domain[rows] if rows.size else sure
        weight = weights[rows] * sure**2
        # By level, and of all levels together in the last place.
        parts = np.stack([np.bincount(level[rows], weight * by, LEVELS) for by in (np.ones_like(sure), agrees, sure)])
        total, agreed, known = np.column_stack([parts, parts.sum(axis=1)]) + 1e-12
        chance = (1 - known / total) / max(self.k - 1, 1)
        found = np.clip((agreed / total - chance) / np.maximum(known / total - chance, 0.05), 0.0, RIGHT)
        whole = (found[-1] * total[-1] + self.priors[kind] * PRIOR_VOTES) / (total[-1] + PRIOR_VOTES)
        by_level: FloatArray = (found[:-1] * total[:-1] + whole * PRIOR_VOTES) / (total[:-1] + PRIOR_VOTES)
        return by_level


def _vote(scores: FloatArray) -> tuple[IntArray, IntArray]:
    """The domain with most evidence (-1 where there is none), and how far it is ahead of the next, by level."""
    ordered = np.sort(np.pad(scores, ((0, 0), (2, 0))), axis=1)
    ahead = np.round(ordered[:, -1] - ordered[:, -2], 6)
    domain = np.where(ahead > 0, scores.argmax(axis=1) if scores.shape[1] else 0, -1)
    spoken = np.unique(ahead[domain >= 0])
    edges = np.unique(np.quantile(spoken, np.arange(1, LEVELS) / LEVELS)) if spoken.size > 1 else np.zeros(0)
    return domain, np.searchsorted(edges, ahead, side="right")


def _softmax(scores: FloatArray) -> FloatArray:
    raised: FloatArray = np.exp(scores - scores.max(axis=1, keepdims=True, initial=0.0))
    chances: FloatArray = raised / raised.sum(axis=1, keepdims=True)
    return chances
