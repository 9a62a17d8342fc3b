"""The zone model: what is known beforehand anchors, the rest is heard as far as it predicts what is known.

In: `Features`, and zones that users gave. Out: `Prediction`. There are five kinds of evidence, each with log-odds:

- *names*: a known word or a declared zone, right but for a slip;
- *anchored views* (format, place in the lineage, who reads): a belief and what the lake's own containers say of it;
- *ambiguous words*: believed to be one of two zones; what is around them decides;
- *others*: one penalised logistic regression over all learned views that predict anchored containers out of sample;
- *neighbours*: the same over what is known of the containers before and after it in the lineage.

They add up, each with a weight under which the names, hidden in turn, are likeliest. The same hidden names give the
slip and the temperature, so a probability of 0.9 is right nine times in ten as far as this lake can show.

References
----------
Wolpert, "Stacked generalization" (1992), for weights from held-out predictions; Zadrozny and Elkan (2002) and Guo et
al., "On calibration of modern neural networks" (2017), for the temperature; Blum and Mitchell (1998), for views that
teach each other; Natarajan et al., "Learning with noisy labels" (2013), for known words that are sometimes wrong.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from lakezones.propose.zones.features import Features
from lakezones.propose.zones.learning import (
    ENOUGH,
    MOST,
    K,
    certainty,
    counted,
    out_of_sample,
    skill,
    softmax,
)
from lakezones.propose.zones.settings import ZonesSettings
from lakezones.propose.zones.tokens import ZONES
from lakezones.propose.zones.views import anchored_views, learned_views

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

ROUNDS: Final = 2
"""Anchored views learn from names, then from names and all others; a third round changes no figure."""

WEIGHTS: Final = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25)
"""Weights that are tried: evidence may be dropped, halved, or count a little more than its odds."""

PULL: Final = 2.0
"""A weight moves by one only where hidden names become likelier by two nats (twice the AIC's price of a parameter)."""

TEMPERATURES: Final = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1)
"""By which all log-odds but the names' are multiplied."""

COOL: Final = 0.7
"""The temperature where too few names are known to measure it: kinds of evidence overlap."""

SLIPS: Final = (0.02, 0.04, 0.08, 0.15, 0.3, 0.5)
"""Shares of wrong words that are tried, each as near to what is believed as it is in ratio."""

GIVEN_SLIP: Final = 1e-6
"""What users say is not doubted; their rows are set to it afterwards."""

DOUBTFUL: Final = 0.12
"""Words that are believed to be wrong more often measure nothing: what predicts them is what they stand beside."""

FEWEST_NAMED: Final = 30
"""Fewer known containers than these measure neither weights nor temperature."""

GROUPS: Final = {"place": "lineage", "served": "lineage", "neighbours": "lineage"}
"""Views that are all made of lineage: what one says is no confirmation of another."""

FEWEST_EDGES: Final = 5
MOSTLY: Final = 2 / 3
"""A word is given up where at least so many edges, and more than this share of them, run against it: a wrong word has
all of its edges against it, a right one between two others at most half of its own."""

DIRECT: Final = ("declared", "place", "served", "neighbours")
"""Evidence that may overrule a known word."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What was made of the evidence.

    Attributes
    ----------
    chances : float array, shape (n, 3)
        Calibrated probabilities.
    direct : float array, shape (n, 3)
        The same from names and direct evidence alone: what decides where a word is known.
    names : float array, shape (n, 3)
        Log-odds of known words, declared zones and labels.
    said : dict of str to float array, shape (n, 3)
        Weighted log-odds by kind of evidence.
    weights : dict of str to float
        Weight of each kind of evidence.
    skills : dict of str to float
        Of the learned views: standard errors by which each predicts anchored containers; those below `ENOUGH` are
        not heard.
    known : int array, shape (n,)
        Zone that a label, metadata or a known word says; -1 where none does.
    slip, temperature : float
    """

    chances: FloatArray
    direct: FloatArray
    names: FloatArray
    said: dict[str, FloatArray]
    weights: dict[str, float]
    skills: dict[str, float]
    known: IntArray
    slip: float
    temperature: float


def predict(features: Features, given: IntArray, settings: ZonesSettings) -> Prediction:
    """Predict zones; on one thread, so that the same input gives the same bits.

    Parameters
    ----------
    features
        Evidence on n containers.
    given : int array, shape (n,)
        Zones that users gave, as positions in `ZONES`; -1 where none, -2 where the container has a state instead
        (it teaches nothing).
    settings
        Lexicon and beliefs.
    """
    with threadpool_limits(limits=1):
        return _Model(features, given, settings).fit()


class _Model:
    """The fit: log-odds by kind of evidence, and their weights."""

    def __init__(self, features: Features, given: IntArray, settings: ZonesSettings) -> None:
        self.n = len(given)
        self.beliefs = settings.beliefs
        self.alive = given != -2
        words = features.words.join(against_the_flow(features).to_frame(), on="token", how="anti")
        self.known, self.by_word = known_zones(features, words, given)
        # Where few names have a word in a slot, most of these are there by chance: `core banking`, `source of funds`.
        chance = np.zeros(self.n)
        chance[words["node"].to_numpy()] = np.minimum(1.0, self.beliefs.by_chance / words["share"].to_numpy())
        self.word_slip = np.minimum(SLIPS[-1], self.beliefs.slip + (1.0 - 1.0 / K) * chance)
        self.slip = self.beliefs.slip
        self.sure_slip = np.where(given >= 0, GIVEN_SLIP, self.beliefs.slip)
        self.edges = features.lineage.adjacency().sign()
        self.anchored = anchored_views(features, words, settings)
        self.learned = learned_views(features)
        self.said = {view.name: view.matrix @ np.log(view.beliefs * K) for view in self.anchored}
        self.weights = dict.fromkeys((*self.said, "others", "neighbours"), 1.0)
        self.skills: dict[str, float] = {}
        rows = np.flatnonzero((self.known >= 0) & self.alive & (self._slips(0.0) <= DOUBTFUL))
        counts = np.bincount(self.known[rows], minlength=K)
        measurable = len(rows) >= FEWEST_NAMED and (counts >= FEWEST_NAMED / K).sum() >= 2
        self.measured = (
            rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST)).astype(np.int64)] if measurable else rows[:0]
        )

    def fit(self) -> Prediction:
        """Learn, in rounds, then calibrate."""
        for _ in range(ROUNDS):
            self._count_anchored()
            self._learn_others()
            self._ask_neighbours()
            self._weigh()
        temperature = self._calibrate()
        said = {name: temperature * self.weights[name] * odds for name, odds in self.said.items()}
        names = self._names()
        direct = sum((said[name] for name in said if name in DIRECT), names)
        return Prediction(
            chances=softmax(sum(said.values(), names)),
            direct=softmax(direct),
            names=names,
            said=said,
            weights={name: self.weights[name] for name in said},
            skills=self.skills,
            known=self.known,
            slip=self.slip,
            temperature=temperature,
        )

    def _names(self) -> FloatArray:
        """Log-odds of what is known by name: right but for a slip."""
        odds = np.zeros((self.n, K))
        named = np.flatnonzero(self.known >= 0)
        slip = self._slips(self.slip)[named]
        odds[named, self.known[named]] = np.log((1.0 - slip) / (slip / (K - 1)))
        return odds

    def _slips(self, slip: float) -> FloatArray:
        """Chance of each container that what is known by name is wrong, where words are wrong with `slip`."""
        return np.where(self.by_word, np.maximum(slip, self.word_slip), self.sure_slip)

    def _total(self, *, without: str | None = None, of: tuple[str, ...] | None = None) -> FloatArray:
        """Weighted log-odds of all evidence but the group of `without`; of these kinds alone."""
        kinds = [kind for kind in self.said if of is None or kind in of]
        out = None if without is None else GROUPS.get(without, without)
        parts = (self.weights[kind] * self.said[kind] for kind in kinds if GROUPS.get(kind, kind) != out)
        return sum(parts, self._names())

    def _taught(self, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
        target = softmax(scores)
        return target, certainty(target) * self.alive

    def _count_anchored(self) -> None:
        """What anchored values mean in this lake: each from all but its own group."""
        for view in self.anchored:
            target, weight = self._taught(
                self._total(without=view.name, of=tuple(k for k in self.said if k != "neighbours"))
            )
            self.said[view.name] = counted(view.matrix, view.beliefs, target, weight, self.beliefs.weight)
        self._weigh(tuple(view.name for view in self.anchored))

    def _learn_others(self) -> None:
        """One regression over the learned views that predict what is anchored."""
        target, weight = self._taught(self._total(of=tuple(view.name for view in self.anchored)))
        self.skills |= {view.name: skill(view.matrix, target, weight) for view in self.learned}
        heard = [view.matrix for view in self.learned if self.skills[view.name] >= ENOUGH]
        self.said.pop("others", None)
        if heard:
            self.said["others"] = out_of_sample(sparse.hstack(heard).tocsr(), target, weight)

    def _ask_neighbours(self) -> None:
        """What the containers before and after each in the lineage are, as far as that predicts what is known."""
        if not self.edges.nnz:
            return
        chances = softmax(self._total(of=tuple(kind for kind in self.said if kind != "neighbours")))
        before, after = (np.asarray(self.edges.sum(axis=axis)).ravel() for axis in (0, 1))
        around = [
            np.asarray(links @ chances) / np.maximum(count, 1)[:, None]
            for links, count in ((self.edges.T, before), (self.edges, after))
        ]
        matrix = np.hstack([*around, (before > 0)[:, None], (after > 0)[:, None]])
        target, weight = self._taught(self._total(without="neighbours"))
        linked = (before + after) > 0
        self.said.pop("neighbours", None)
        self.skills["neighbours"] = skill(matrix, target, weight * linked)
        if self.skills["neighbours"] >= ENOUGH:
            self.said["neighbours"] = out_of_sample(matrix, target, weight * linked) * linked[:, None]

    def _hidden(self, scores: FloatArray, slip: float) -> float:
        """Negative log-likelihood of the known names under scores that they had no part in."""
        chances = softmax(scores)[np.arange(len(scores)), self.known[self.measured]]
        wrong = self._slips(slip)[self.measured]
        return float(-np.log((1.0 - wrong) * chances + wrong / (K - 1) * (1.0 - chances)).sum())

    def _weigh(self, kinds: tuple[str, ...] | None = None) -> None:
        """Weights under which the hidden names are likeliest, one after the other, twice."""
        kinds = tuple(self.said) if kinds is None else kinds
        if not len(self.measured):
            return
        parts = {kind: self.said[kind][self.measured] for kind in kinds}
        for kind in kinds * 2:
            rest = sum(
                (self.weights[k] * part for k, part in parts.items() if k != kind), np.zeros((len(self.measured), K))
            )
            losses = [self._hidden(rest + w * parts[kind], self.slip) + PULL * (w - 1.0) ** 2 for w in WEIGHTS]
            self.weights[kind] = WEIGHTS[int(np.argmin(losses))]

    def _calibrate(self) -> float:
        """Temperature and slip under which the hidden names are likeliest."""
        if not len(self.measured) or not self.said:
            return COOL
        scores = sum(self.weights[kind] * odds[self.measured] for kind, odds in self.said.items())
        slips = sorted({*(slip for slip in SLIPS if slip > self.slip), self.slip})
        losses = {
            (t, slip): self._hidden(t * scores, slip) + PULL * abs(np.log(slip / self.slip))
            for t in TEMPERATURES
            for slip in slips
        }
        temperature, self.slip = min(losses, key=lambda pair: (losses[pair], pair))
        return temperature


def known_zones(features: Features, words: pl.DataFrame, given: IntArray) -> tuple[IntArray, BoolArray]:
    """Zone that a label, else metadata, else a known word says (-1 where none does), and where it is but a word."""
    word = _codes(words["node"], words["kind"], len(given))
    declared = _codes(features.frame["node"], features.frame["declared"], len(given))
    known = np.where(given >= 0, given, np.where(declared >= 0, declared, word))
    return known, (given < 0) & (declared < 0) & (word >= 0)


def against_the_flow(features: Features) -> pl.Series:
    """Known words that mean something else here: data flows from them to words of an earlier zone.

    Where what is called `gold` is made into what is called `std`, one of them is misnamed, whatever the words say
    elsewhere. A word is given up where most of its edges to words of other zones run backwards.
    """
    zone = _codes(features.words["node"], features.words["kind"], features.frame.height)
    tails, heads = features.lineage.sources, features.lineage.targets
    apart = (zone[tails] >= 0) & (zone[heads] >= 0) & (zone[tails] != zone[heads])
    back = zone[tails[apart]] > zone[heads[apart]]
    edges = pl.DataFrame({"node": np.concatenate([tails[apart], heads[apart]]), "back": np.tile(back, 2)})
    return (
        edges.join(features.words, on="node")
        .group_by("token")
        .agg(edges=pl.len(), back=pl.col("back").mean())
        .filter((pl.col("edges") >= FEWEST_EDGES) & (pl.col("back") > MOSTLY))["token"]
        .sort()
    )


def _codes(nodes: pl.Series, zones: pl.Series, n: int) -> IntArray:
    """Position in `ZONES` by node; -1 where there is none."""
    codes = np.full(n, -1)
    values = zones.replace_strict({zone: i for i, zone in enumerate(ZONES)}, default=-1, return_dtype=pl.Int64)
    codes[nodes.to_numpy()] = values.fill_null(-1).to_numpy()
    return codes
