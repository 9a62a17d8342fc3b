"""The zone model: what each value of each view says is learned in this account, starting from beliefs.

In: `Views`, and perhaps labels of some containers. Out: probabilities of the zones for every container.

The model is a mixture with one hidden zone per container. Each value (a token, a format, a place in the lineage, a
class of equal grants, ...) has a distribution over zones, estimated from the containers that carry it, the container
itself left out, and pulled towards its prior belief. Three things keep it honest:

- words of names are learned from the other views alone, so a naming scheme is believed as far as lineage, format and
  use agree with it, and no further; places in the lineage likewise from all that is not lineage;
- views overlap (a class, its system and its code in the name say one thing three times), so each is weighted by how
  well all of them together predict the words of names: names are the noisy reference, with a learned error rate;
- the same fit calibrates: weights that made the sum overconfident would predict the words badly.

References
----------
Ratner et al., "Data programming: creating large training sets, quickly" (2016), for weak labels of learned accuracy;
Blum and Mitchell, "Combining labeled and unlabeled data with co-training" (1998), for views that teach each other;
Zhou et al., "Learning with local and global consistency" (2003), for spreading along a graph.
"""

from collections.abc import Mapping
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from lakezones.errors import InputError
from lakezones.propose.zones.counts import EVENLY, CountedView, K
from lakezones.propose.zones.priors import START_WEIGHTS
from lakezones.propose.zones.tokens import ZONES
from lakezones.propose.zones.views import Views

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

EVEN: Final = np.full(K, 1 / K)
FLOW: Final = np.array(
    [
        [0.06, 0.72, 0.22],
        [0.02, 0.50, 0.48],
        [0.02, 0.06, 0.92],
    ]
)
"""Believed zone of what is made from raw, curated and consumption."""

FLOW_STRENGTH: Final = 30.0
NEIGHBOURS: Final = 0.5
"""Weight of what neighbours in the lineage say, before it is measured."""

LINEAGE: Final = ("position", "span", "reports", "upstream", "downstream")
"""Views that are all made of lineage: what one says is no confirmation of another."""

ANCHORS: Final = (("declared",), ("name",), ("format",), LINEAGE)
"""Groups of views of which something is believed before the account is looked at. Each learns from the others alone."""

ANCHORED: Final = frozenset(name for group in ANCHORS for name in group)

LEAST_NAMED: Final = 40
"""Fewer named containers than this cannot weigh the views."""

LITTLE: Final = 0.3
"""Mean certainty up to which too little is known for look-alikes to teach each other."""

PULL: Final = 20.0
"""How strongly weights are held where they started."""

ENOUGH_NAMES: Final = 600
"""Of fewer named containers, weights are held the stronger."""

PRIOR_WEIGHT: Final = 0.25
"""Weight of the class prior, the predicted shares of the zones; the rest is equal shares."""

ONE_SIDED: Final = 0.95
"""Share of one zone among named containers from which names measure nothing."""

MOST_MEASURED: Final = 20_000
"""Weights are fitted on so many named containers at most, evenly drawn."""


class ZoneClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Distinguish raw, curated and consumption without labels, or with a few.

    Parameters
    ----------
    max_iter : int
        Rounds of counting and predicting.
    tol : float
        Stop when no probability moves by more than this, on average.
    learn_weights : bool
        Weigh views by how they predict names; False keeps the starting weights.
    trust : float
        How many containers a labelled one counts for.

    Attributes
    ----------
    classes_ : ndarray of str, shape (3,)
    probabilities_ : ndarray, shape (n_containers, 3)
        Probability of each zone for each container fitted.
    transduction_ : ndarray of str, shape (n_containers,)
        The most likely zone.
    weights_ : dict of str to float
        Weight of each view.
    noise_ : float
        Share of names whose word is thought to say a wrong zone; NaN where no name has one.
    flow_ : ndarray, shape (3, 3)
        Learned zone (column) of what is made from each zone (row).
    contributions_ : dict of str to ndarray, shape (n_containers, 3)
        Weighted log-odds by view, which add up to the probabilities' logarithms.
    n_iter_ : int

    Examples
    --------
    >>> ZoneClassifier(max_iter=5)
    ZoneClassifier(max_iter=5)
    """

    def __init__(
        self, *, max_iter: int = 30, tol: float = 1e-3, learn_weights: bool = True, trust: float = 5.0
    ) -> None:
        self.max_iter = max_iter
        self.tol = tol
        self.learn_weights = learn_weights
        self.trust = trust

    def fit(self, X: Views, y: IntArray | None = None) -> Self:
        """Learn from the containers themselves; on one thread, so that the same input gives the same bits.

        Parameters
        ----------
        X : Views
            Evidence on n containers.
        y : int array, shape (n,), optional
            Given zones as positions in `ZONES`; -1 where none is given, -2 where the container is no part of this
            (a sandbox, a dead one).

        Returns
        -------
        ZoneClassifier
            Fitted.

        Raises
        ------
        InputError
            If `y` has another length, or a value out of range.
        """
        with threadpool_limits(limits=1):
            return self._fit(X, y)

    def _fit(self, X: Views, y: IntArray | None) -> Self:
        n = X.n
        given = np.full(n, -1, dtype=np.int64) if y is None else np.asarray(y, dtype=np.int64)
        if given.shape != (n,) or (given.size and (given.min() < -2 or given.max() >= K)):
            raise InputError(f"labels must be {n} positions of zones (0 to {K - 1}), -1 for none or -2 for left out")
        self.classes_ = np.array(ZONES)
        counted = {view.name: CountedView.of(view, n) for view in X.views}
        # Labels outweigh whatever the rest says of a container, and count more in every value they carry.
        weight = np.where(given == -2, 0.0, np.where(given >= 0, self.trust, 1.0))
        weights = {name: START_WEIGHTS[name] for name in counted}
        weights |= {"upstream": NEIGHBOURS, "downstream": NEIGHBOURS}
        base = np.full(K, 1 / K)
        flow = FLOW.copy()
        reference = self._reference(X, given)
        chances = np.tile(base, (n, 1))
        # The first look is at beliefs alone: nobody counts yet.
        scores = self._scores(counted, X, chances, np.zeros(n), {}, base, flow)
        chances = self._predict(scores, weights, base, given)
        measured = reference.size >= LEAST_NAMED
        rounds = 0
        for rounds in range(1, self.max_iter + 1):
            apart = self._teachers(scores, weights, base, given, weight, measured=measured)
            base = self._base(self._predict(scores, weights, base, given, by=ANCHORED), weight)
            flow = self._flow(X.edges, *apart["upstream"])
            scores = self._scores(counted, X, chances, weight, apart, base, flow)
            if self.learn_weights and measured and rounds in (3, 6, 10, 15):
                weights = self._weigh(scores, given, reference, base, weights)
            predicted = self._predict(scores, weights, base, given)
            moved = float(np.abs(predicted - chances).mean()) if n else 0.0
            chances = 0.7 * predicted + 0.3 * chances if rounds < self.max_iter else predicted
            if moved < self.tol and rounds > 10:
                break
        chances = self._predict(scores, weights, base, given)
        self.probabilities_ = chances
        self.transduction_ = self.classes_[chances.argmax(axis=1)] if n else np.zeros(0, dtype=str)
        self.weights_ = weights
        named = (X.kind >= 0) & (weight > 0)
        self.noise_ = float(1.0 - chances[named, X.kind[named]].mean()) if named.any() else float("nan")
        self.flow_ = flow
        self.base_ = base
        self.contributions_ = {name: weights[name] * score for name, score in scores.items()}
        self.n_iter_ = rounds
        return self

    def fit_predict(self, X: Views, y: IntArray | None = None) -> Any:
        """Fit, and return the most likely zone of each container, shape (n,)."""
        return self.fit(X, y).transduction_

    def _scores(
        self,
        counted: dict[str, CountedView],
        X: Views,
        chances: FloatArray,
        weight: FloatArray,
        apart: Mapping[str, tuple[FloatArray, FloatArray]],
        base: FloatArray,
        flow: FloatArray,
    ) -> dict[str, FloatArray]:
        """What each view says now: name of the view to log-odds, shape (n, K).

        Views named in `apart` learn from chances and weights of their own, which they had no part in.
        """
        scores = {}
        for name, view in counted.items():
            scores[name] = view.scores(*apart.get(name, (chances, weight)))
        if X.edges.nnz:
            joint = flow * (base[:, None] if apart else 1 / K)
            back = (joint / joint.sum(axis=0, keepdims=True)).T
            scores["upstream"] = _message(X.edges.T.tocsr(), chances, flow, base)
            scores["downstream"] = _message(X.edges, chances, back, base)
        return scores

    def _teachers(
        self,
        scores: dict[str, FloatArray],
        weights: dict[str, float],
        base: FloatArray,
        given: IntArray,
        weight: FloatArray,
        *,
        measured: bool,
    ) -> dict[str, tuple[FloatArray, FloatArray]]:
        """What each view learns from: probabilities predicted without it, and how much each container counts.

        A naming scheme is judged by all but names, a place in the lineage by all but lineage. A container counts as
        far as views of which something was believed beforehand are sure of it: what is only look-alike teaches nothing.
        """
        rest = tuple(name for name in scores if name not in ANCHORED)
        # Where no names measure them, look-alikes are heard as far as most containers are known without them: of
        # little, they would teach each other and be sure of it.
        known = _certainty(self._predict(scores, weights, EVEN, given, by=ANCHORED)).mean() if given.size else 0.0
        heard = 1.0 if measured else float(np.clip((known - LITTLE) / (1.0 - LITTLE), 0.0, 1.0))
        quieter = weights | {name: heard * weights[name] for name in rest}
        teachers: dict[str, tuple[FloatArray, FloatArray]] = {}
        for views in (*ANCHORS, rest):
            others = frozenset(scores).difference(() if views == rest else views)
            predicted = self._predict(scores, quieter, base, given, by=others)
            sure = self._predict(scores, weights, EVEN, given, by=ANCHORED.difference(views))
            teachers |= dict.fromkeys(views, (predicted, weight * _certainty(sure)))
        return teachers

    def _predict(
        self,
        scores: dict[str, FloatArray],
        weights: dict[str, float],
        base: FloatArray,
        given: IntArray,
        *,
        by: frozenset[str] | None = None,
    ) -> FloatArray:
        """Probabilities from weighted scores; a given zone is certain."""
        total = np.log(base) + sum(
            (weights[name] * score for name, score in scores.items() if by is None or name in by),
            np.zeros((given.size, K)),
        )
        total -= total.max(axis=1, keepdims=True) if given.size else 0.0
        predicted: FloatArray = np.exp(total)
        predicted /= predicted.sum(axis=1, keepdims=True)
        known = given >= 0
        predicted[known] = 0.0
        predicted[known, given[known]] = 1.0
        return predicted

    @staticmethod
    def _base(chances: FloatArray, weight: FloatArray) -> FloatArray:
        """Share of each zone, pulled most of the way to equal ones, or predictions would reinforce themselves."""
        counts = (chances * weight[:, None]).sum(axis=0) + EVENLY
        base: FloatArray = PRIOR_WEIGHT * counts / counts.sum() + (1.0 - PRIOR_WEIGHT) * EVEN
        return base

    @staticmethod
    def _flow(edges: sparse.csr_matrix, chances: FloatArray, weight: FloatArray) -> FloatArray:
        """Zone of what is made from each zone, from the edges, pulled to the belief."""
        if not edges.nnz:
            return FLOW.copy()
        coo = edges.tocoo()
        both = (weight[coo.row] > 0) & (weight[coo.col] > 0)
        heads, tails = coo.row[both], coo.col[both]
        sure = np.sqrt(weight[heads] * weight[tails])[:, None]
        counts = (chances[heads] * sure).T @ chances[tails] + FLOW_STRENGTH * FLOW
        flow: FloatArray = counts / counts.sum(axis=1, keepdims=True)
        return flow

    @staticmethod
    def _reference(X: Views, given: IntArray) -> IntArray:
        """Containers whose names or labels the views are measured by; none where they nearly all say one zone.

        A view that always says the same predicts such names best, and knows nothing.
        """
        usable = np.flatnonzero(((X.kind >= 0) & (given != -2)) | (given >= 0))
        said = np.where(given >= 0, given, X.kind)[usable]
        if usable.size and np.bincount(said, minlength=K).max() > ONE_SIDED * usable.size:
            return np.zeros(0, dtype=np.int64)
        if usable.size > MOST_MEASURED:
            usable = usable[np.linspace(0, usable.size - 1, MOST_MEASURED).astype(np.int64)]
        return usable.astype(np.int64)

    @staticmethod
    def _weigh(
        scores: dict[str, FloatArray],
        given: IntArray,
        rows: IntArray,
        base: FloatArray,
        weights: dict[str, float],
    ) -> dict[str, float]:
        """Weights of the views under which the words of names are likeliest.

        The words are the reference: with p the softmax of the weighted other views and r the learned odds of a word,
        the likelihood of a name is the sum over zones of p r. Weights stay at or above zero and are pulled towards
        where they started.
        """
        names = [name for name in scores if name != "name"]
        x = np.stack([scores[name][rows] for name in names])
        sure = given[rows] >= 0
        odds = np.exp(np.clip(scores["name"][rows], -8, 8)) if "name" in scores else np.ones((rows.size, K))
        odds[sure] = 1e-3
        odds[sure, given[rows[sure]]] = 1.0
        start = np.array([START_WEIGHTS.get(name, NEIGHBOURS) for name in names])
        log_base = np.log(base)
        # A few dozen names cannot distinguish a weak view from a few names that mislead.
        pull = PULL * max(1.0, ENOUGH_NAMES / rows.size)

        def loss(parameters: FloatArray) -> tuple[float, FloatArray]:
            w, shift = parameters[: len(names)], parameters[len(names) :]
            logits = log_base + shift + np.tensordot(w, x, axes=1)
            logits -= logits.max(axis=1, keepdims=True)
            p = np.exp(logits)
            p /= p.sum(axis=1, keepdims=True)
            likelihood = (p * odds).sum(axis=1)
            slope = p * (1.0 - odds / likelihood[:, None])
            value = -np.log(likelihood).sum() + 0.5 * pull * (((w - start) ** 2).sum() + (shift**2).sum())
            gradient = np.concatenate(
                [np.einsum("nk,vnk->v", slope, x) + pull * (w - start), slope.sum(axis=0) + pull * shift]
            )
            return float(value), gradient

        first = np.concatenate([[weights[name] for name in names], np.zeros(K)])
        bounds = [(0.0, 2.5)] * len(names) + [(-1.0, 1.0)] * K
        found = optimize.minimize(loss, first, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 50})
        return {**weights, **dict(zip(names, found.x[: len(names)].tolist(), strict=True))}


def _certainty(chances: FloatArray) -> FloatArray:
    """One for a sure container, zero for one of which nothing is known: what it is worth as a teacher."""
    entropy = -(chances * np.log(np.maximum(chances, 1e-12))).sum(axis=1)
    certainty: FloatArray = np.clip(1.0 - entropy / np.log(K), 0.0, 1.0)
    return certainty


def _message(edges: sparse.csr_matrix, chances: FloatArray, flow: FloatArray, base: FloatArray) -> FloatArray:
    """Log-odds that neighbours give, averaged: what inputs of one kind say of what is made from them is one thing.

    Parameters
    ----------
    edges : sparse matrix, shape (n, n)
        Row i lists the neighbours that i listens to; a narrow job says more than a wide one.
    """
    links = edges.copy()
    links.data = np.sqrt(links.data)
    said = np.log(np.maximum(chances @ flow, 1e-9)) - np.log(base)
    voices = np.asarray(links.sum(axis=1)).ravel()
    scale = np.divide(1.0, voices, out=np.zeros_like(voices), where=voices > 0)
    message: FloatArray = np.asarray(links @ said) * scale[:, None]
    return message
