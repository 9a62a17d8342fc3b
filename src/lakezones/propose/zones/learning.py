"""Learning what values say about zones from containers that are known, always tried on others than it was learned from.

In: matrices of values and probabilities of the zones. Out: log-odds of raw, curated and consumption per container,
relative to how usual each zone is. The name order of containers divides them into folds, so nothing is drawn.
"""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse, special
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Matrix: TypeAlias = sparse.csr_matrix | FloatArray
Estimator: TypeAlias = LogisticRegression | MultinomialNB

# Each container is predicted from the two thirds it is not in.
K: Final = 3
FOLDS: Final = 3

# Rows that a fit sees at most, evenly drawn: a few hundred coefficients are well known from so many, in a tenth of a
# second.
MOST: Final = 8_000

# Containers of each zone that are added to what was counted, so that no share of a zone is nothing.
EVENLY: Final = 1.0

# A row is left out of a fit for a zone it is so unlikely in: it would cost time and teach nothing.
LEAST_WEIGHT: Final = 0.02

# No zone is less likely by learned evidence alone.
LEAST_CHANCE: Final = 1e-3

# scikit-learn's C: inverse strength of the penalty on coefficients; 0.1 to 1 do equally well on the benchmarks.
PENALTY: Final = 0.5

# Of fewer anchored containers, by certainty, nothing is learned: two folds of them are too few to teach the third.
FEWEST: Final = 10.0

# Standard errors by which a view has to predict better than the usual shares: chance alone does so in 2 of 100.
ENOUGH: Final = 2.0


def softmax(scores: FloatArray) -> FloatArray:
    """Probabilities of log-odds, row by row."""
    return np.asarray(special.softmax(scores, axis=1)) if scores.size else scores


def certainty(chances: FloatArray) -> FloatArray:
    """One for a sure container, zero for one of which nothing is known: one minus relative entropy."""
    return np.asarray(np.clip(1.0 - special.entr(chances).sum(axis=1) / np.log(K), 0.0, 1.0))


def usual(target: FloatArray, weight: FloatArray) -> FloatArray:
    """Shares of the zones among weighted containers."""
    counts = (target * weight[:, None]).sum(axis=0) + EVENLY
    return np.asarray(counts / counts.sum())


def _unknown(target: FloatArray, weight: FloatArray) -> npt.NDArray[np.bool_]:
    """Zones that next to no container is known to be in: what is learned from the others says nothing of them."""
    return np.asarray((target * weight[:, None]).sum(axis=0) < FEWEST / K)


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
    odds = np.where(_unknown(target, weight), (np.log(prior / strength) - np.log(shares))[columns], odds)
    out = np.zeros_like(target)
    np.add.at(out, rows, odds)
    return out


def skill(matrix: Matrix, target: FloatArray, weight: FloatArray) -> float:
    """Standard errors by which a view alone predicts held-out containers better than the usual shares do.

    By naive Bayes, the quickest classifier there is, at half its log-odds, since it is too sure of values that repeat
    each other.
    """
    if weight.sum() < FEWEST:
        return 0.0
    rows, shares = drawn(weight), usual(target, weight)
    gains = np.zeros(len(rows))
    for fold in range(FOLDS):
        held = rows % FOLDS == fold
        test = rows[held]
        odds = _predicted(MultinomialNB(fit_prior=False), matrix, target, weight, rows[~held], test)
        gain = np.log(softmax(0.5 * odds + np.log(shares))) - np.log(shares)
        gains[held] = weight[test] * (target[test] * gain).sum(axis=1)
    error = gains.std() * np.sqrt(len(gains))
    return float(gains.sum() / error) if error > 0 else 0.0


def out_of_sample(matrix: Matrix, target: FloatArray, weight: FloatArray) -> FloatArray:
    """Log-odds by a penalised logistic regression, for every container from folds it is not in."""
    out, rows = np.zeros_like(target), drawn(weight)
    for fold in range(FOLDS):
        held = np.flatnonzero(np.arange(len(target)) % FOLDS == fold)
        estimator = LogisticRegression(C=PENALTY, max_iter=100, tol=1e-3)
        out[held] = _predicted(estimator, matrix, target, weight, rows[rows % FOLDS != fold], held)
    out -= np.log(usual(target, weight)) * out.any(axis=1, keepdims=True)
    return np.where(_unknown(target, weight), 0.0, out)


def drawn(weight: FloatArray | npt.NDArray[np.bool_]) -> IntArray:
    """Rows of some weight, `MOST` of them at most, evenly drawn."""
    rows = np.flatnonzero(weight > LEAST_WEIGHT)
    return rows if len(rows) <= MOST else rows[np.linspace(0, len(rows) - 1, MOST).astype(np.int64)]


def _predicted(
    estimator: Estimator, matrix: Matrix, target: FloatArray, weight: FloatArray, rows: IntArray, test: IntArray
) -> FloatArray:
    """Log-probabilities for `test` by the estimator fitted on `rows`; zeros where these are all of one zone.

    Their zones are uncertain: a container counts once for every zone it may be in, by its chance.
    """
    chances = target[rows] * weight[rows, None]
    at, zones = np.nonzero(chances > LEAST_WEIGHT)
    odds = np.zeros((len(test), K))
    classes = np.unique(zones)
    if len(classes) > 1 and len(test):
        model = estimator.fit(matrix[rows[at]], zones, sample_weight=chances[at, zones])
        odds[:] = np.log(LEAST_CHANCE)
        odds[:, classes] = np.maximum(model.predict_log_proba(matrix[test]), np.log(LEAST_CHANCE))
    return odds
