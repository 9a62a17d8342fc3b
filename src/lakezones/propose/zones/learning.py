"""Learning what values say about zones from containers that are known, always tried on others than it was learned from.

In: matrices of values and probabilities of the zones. Out: log-odds of raw, curated and consumption per container,
relative to how usual each zone is. The name order of containers divides them into folds, so nothing is drawn.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

K: Final = 3
FOLDS: Final = 3
"""Each container is predicted from the two thirds it is not in."""

MOST: Final = 8_000
"""Rows that a fit sees at most, evenly drawn: more change no figure of the benchmarks and cost seconds on big lakes."""

EVENLY: Final = 1.0
"""Containers of each zone that are added to what was counted, so that no share of a zone is nothing."""

LEAST_WEIGHT: Final = 0.02
"""A row is left out of a fit for a zone it is so unlikely in: it would cost time and teach nothing."""

PENALTY: Final = 0.5
"""scikit-learn's C: inverse strength of the penalty on coefficients; 0.1 to 1 do equally well on the benchmarks."""

FEWEST: Final = 10.0
"""Of fewer anchored containers, by certainty, nothing is learned: two folds of them are too few to teach the third."""

ENOUGH: Final = 2.0
"""Standard errors by which a view has to predict better than the usual shares: chance alone does so in 2 of 100."""


def softmax(scores: FloatArray) -> FloatArray:
    """Probabilities of log-odds, row by row."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
    result: FloatArray = shifted / shifted.sum(axis=1, keepdims=True)
    return result


def certainty(chances: FloatArray) -> FloatArray:
    """One for a sure container, zero for one of which nothing is known: one minus relative entropy."""
    entropy = -(chances * np.log(np.maximum(chances, 1e-12))).sum(axis=1)
    worth: FloatArray = np.clip(1.0 - entropy / np.log(K), 0.0, 1.0)
    return worth


def usual(target: FloatArray, weight: FloatArray) -> FloatArray:
    """Shares of the zones among weighted containers."""
    counts = (target * weight[:, None]).sum(axis=0) + EVENLY
    shares: FloatArray = counts / counts.sum()
    return shares


def counted(
    matrix: sparse.csr_matrix, beliefs: FloatArray, target: FloatArray, weight: FloatArray, strength: float
) -> FloatArray:
    """Log-odds that the values of a view give each container: its belief and what the others with the value are.

    Parameters
    ----------
    matrix : sparse matrix, shape (n, n_values)
    beliefs : float array, shape (n_values, 3)
        Probabilities for zones of equal size; they count for `strength` containers.
    target, weight : float arrays, shape (n, 3) and (n,)
        Probabilities of the zones as known without this view, and how much each container counts; a container's
        own is left out of what it is given.
    """
    # What has a value is compared with its like: that a container is written at all, or named, is said elsewhere.
    weight = weight * (np.diff(matrix.indptr) > 0)
    shares = usual(target, weight)
    prior = beliefs * shares
    prior *= strength / prior.sum(axis=1, keepdims=True)
    own = target * weight[:, None]
    counts = np.asarray(matrix.T @ own) + prior
    rows, columns = matrix.nonzero()
    without = np.maximum(counts[columns] - own[rows], 1e-9)
    odds = np.log(without / without.sum(axis=1, keepdims=True)) - np.log(shares)
    out = np.zeros_like(target)
    np.add.at(out, rows, odds)
    return out


def skill(matrix: sparse.csr_matrix | FloatArray, target: FloatArray, weight: FloatArray) -> float:
    """Standard errors by which a view alone predicts held-out containers better than the usual shares do.

    By naive Bayes, the quickest classifier there is, at full and half its log-odds, since it is too sure of values
    that repeat each other.
    """
    rows = drawn(weight)
    if weight.sum() < FEWEST:
        return 0.0
    shares = usual(target, weight)
    gains = np.zeros((2, len(rows)))
    for fold in range(FOLDS):
        held = rows % FOLDS == fold
        model = _fitted(MultinomialNB(fit_prior=False), matrix, target, weight, rows[~held])
        if model is None or not held.any():
            return 0.0
        test = rows[held]
        odds = np.full((len(test), K), -np.log(K))
        odds[:, model.classes_] = model.predict_log_proba(matrix[test])
        for i, scale in enumerate((0.5, 1.0)):
            gain = np.log(np.maximum(softmax(scale * odds + np.log(shares)), 1e-12)) - np.log(shares)
            gains[i, held] = weight[test] * (target[test] * gain).sum(axis=1)
    best = gains[gains.sum(axis=1).argmax()]
    error = best.std() * np.sqrt(len(best))
    return float(best.sum() / error) if error > 0 else 0.0


def out_of_sample(matrix: sparse.csr_matrix | FloatArray, target: FloatArray, weight: FloatArray) -> FloatArray:
    """Log-odds by a penalised logistic regression, for every container from folds it is not in."""
    out = np.zeros_like(target)
    rows, fold_of = drawn(weight), np.arange(len(target)) % FOLDS
    shares = np.log(usual(target, weight))
    for fold in range(FOLDS):
        estimator = LogisticRegression(C=PENALTY, max_iter=100, tol=1e-3)
        model = _fitted(estimator, matrix, target, weight, rows[rows % FOLDS != fold])
        if model is not None:
            held = np.flatnonzero(fold_of == fold)
            odds = np.full((len(held), K), np.log(1e-3))
            odds[:, model.classes_] = model.predict_log_proba(matrix[held]) if len(held) else 0.0
            out[held] = np.maximum(odds, np.log(1e-3)) - shares
    return out


def drawn(weight: FloatArray | npt.NDArray[np.bool_]) -> IntArray:
    """Rows of some weight, `MOST` of them at most, evenly drawn."""
    rows = np.flatnonzero(weight > LEAST_WEIGHT)
    return rows if len(rows) <= MOST else rows[np.linspace(0, len(rows) - 1, MOST).astype(np.int64)]


def _fitted(
    estimator: LogisticRegression | MultinomialNB,
    matrix: sparse.csr_matrix | FloatArray,
    target: FloatArray,
    weight: FloatArray,
    rows: IntArray,
) -> LogisticRegression | MultinomialNB | None:
    """The estimator fitted on uncertain zones: a container counts once for every zone it may be in, by its chance."""
    chances = target[rows] * weight[rows, None]
    parts = [np.flatnonzero(chances[:, zone] > LEAST_WEIGHT) for zone in range(K)]
    zones = np.repeat(np.arange(K), [len(part) for part in parts])
    if len(np.unique(zones)) < 2:
        return None
    picked = np.concatenate(parts)
    return estimator.fit(matrix[rows[picked]], zones, sample_weight=chances[picked, zones])
