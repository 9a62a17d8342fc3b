"""What the kinds of evidence come to together, each believed as far as the others bear it out in this lake.

In: evidence by kind. Out: chances of the domains for every container. Each kind votes for the domain that it speaks for
most; how often such a vote is right, by how clear it is, is learnt from how often it agrees with what the other kinds
say without it (one-coin model of Dawid and Skene, Applied Statistics 28, 1979).
"""

from collections.abc import Iterable, Mapping
from typing import Final, Self

import numpy as np
from scipy.special import softmax

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
        Kind to evidence, an array of shape (n_containers, k); kinds without any are left out.
    priors : dict
        Kind to how often it is expected to be right.

    Attributes
    ----------
    votes_ : dict
        Kind to domain (-1 where it is silent) and level of clearness of each container's vote.
    rights_ : dict
        Kind to the share of right votes, by how clear they are; shape (`LEVELS`,).
    """

    def __init__(self, scores: Mapping[str, FloatArray], priors: Mapping[str, float]) -> None:
        self.scores, self.priors = scores, priors

    def fit(self) -> Self:
        """Learn from all votes."""
        self.k = next(iter(self.scores.values())).shape[1]
        votes = {kind: _vote(scores) for kind, scores in self.scores.items() if scores.any()}
        self.rights_ = {kind: np.full(LEVELS, self.priors[kind]) for kind in votes}
        # Many containers have the same votes: they are worked out once.
        coded = np.array([vote for both in votes.values() for vote in both] or np.zeros((2, 0)), dtype=np.int64)
        once, counts = np.unique(coded, axis=1, return_counts=True)
        self.votes_ = dict(zip(votes, zip(once[::2], once[1::2], strict=True), strict=False))
        for _ in range(ROUNDS):
            every = self.odds(votes)
            self.rights_ = {kind: self._measured(kind, every - self.odds([kind]), counts) for kind in votes}
        self.votes_ = votes
        return self

    def strength(self, kind: str) -> FloatArray:
        """Log-odds that each container's vote of the kind is worth; 0 where it is silent."""
        domain, level = self.votes_[kind]
        k = max(self.k, 2)
        right = np.clip(self.rights_[kind], 1.0 / k, RIGHT)
        return np.where(domain >= 0, np.log(right * (k - 1) / (1 - right))[level], 0.0)

    def odds(self, kinds: Iterable[str]) -> FloatArray:
        """Log-odds of the domains by some kinds, against a domain that nothing speaks for; shape (n_containers, k)."""
        n = next((domain.size for domain, _ in self.votes_.values()), len(next(iter(self.scores.values()))))
        total = np.zeros((n, self.k))
        for kind in kinds:
            # Where it is silent its strength is nothing, whichever domain that is added to.
            total[np.arange(n), self.votes_[kind][0]] += self.strength(kind)
        return total

    def chances(self, kinds: Iterable[str]) -> FloatArray:
        """Chances of the domains by some kinds; nothing at all in rows of which these know nothing."""
        return _chances(self.odds([kind for kind in kinds if kind in self.votes_]))

    def _measured(self, kind: str, others: FloatArray, counts: IntArray) -> FloatArray:
        """Shares of right votes by level: agreement with the rest, corrected for how often that is wrong itself."""
        domain, level = self.votes_[kind]
        sure: FloatArray = np.where(domain >= 0, _chances(others).max(axis=1, initial=0.0), 0.0)
        agrees = others.argmax(axis=1) == domain
        # By level, and of all levels together in the last place.
        parts = np.stack(
            [np.bincount(level, counts * sure**2 * by, LEVELS) for by in (np.ones_like(sure), agrees, sure)]
        )
        total, agreed, known = np.column_stack([parts, parts.sum(axis=1)]) + 1e-12
        chance = (1 - known / total) / max(self.k - 1, 1)
        found = np.clip((agreed / total - chance) / np.maximum(known / total - chance, 0.05), 0.0, RIGHT)
        whole = (found[-1] * total[-1] + self.priors[kind] * PRIOR_VOTES) / (total[-1] + PRIOR_VOTES)
        by_level: FloatArray = (found[:-1] * total[:-1] + whole * PRIOR_VOTES) / (total[:-1] + PRIOR_VOTES)
        return by_level


def _chances(odds: FloatArray) -> FloatArray:
    return np.where((odds > 1e-9).any(axis=1, keepdims=True), softmax(odds, axis=1), 0.0) if odds.size else odds


def _vote(scores: FloatArray) -> tuple[IntArray, IntArray]:
    """The domain with most evidence (-1 where there is none), and how far it is ahead of the next, by level."""
    ordered = np.sort(np.pad(scores, ((0, 0), (2, 0))), axis=1)
    ahead = np.round(ordered[:, -1] - ordered[:, -2], 6)
    domain = np.where(ahead > 0, scores.argmax(axis=1), -1)
    spoken = np.unique(ahead[domain >= 0])
    edges = np.unique(np.quantile(spoken, np.arange(1, LEVELS) / LEVELS)) if spoken.size > 1 else np.zeros(0)
    return domain, np.searchsorted(edges, ahead, side="right")
