"""The zone model: what is known beforehand anchors, the rest is heard as far as it predicts what is known.

In: `Features`, and zones that users gave. Out: `Prediction`. There are five kinds of evidence, each with log-odds:

- *names*: a known word or a declared zone, right but for a slip;
- *anchored views* (format, place in the lineage, who reads): a belief and what the lake's own containers say of it;
- *ambiguous words*: believed to be one of two zones; what is around them decides;
- *others*: one penalised logistic regression over all learned views that predict anchored containers out of sample;
- *neighbours*: the same over what is known of the containers before and after it in the lineage.

They add up, each with a weight of 0, one half or 1: that under which the names, hidden in turn, are likeliest given all
the rest. So evidence that repeats itself or misleads is not heard in full, and a probability of 0.9 is right nine times
in ten as far as this lake can show.

References
----------
Wolpert, "Stacked generalization" (1992), for weights from held-out predictions; Blum and Mitchell, "Combining labeled
and unlabeled data with co-training" (1998), for views that teach each other; Natarajan et al., "Learning with noisy
labels" (2013), for known words that are sometimes wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from lakezones.propose.zones import learning
from lakezones.propose.zones.features import Features
from lakezones.propose.zones.learning import ENOUGH, FloatArray, IntArray, K, softmax
from lakezones.propose.zones.settings import ZonesSettings
from lakezones.propose.zones.tokens import ZONES
from lakezones.propose.zones.views import anchored_views, learned_views

BoolArray = npt.NDArray[np.bool_]

# Anchored views learn from names, then from names and all others.
ROUNDS: Final = 2

# Weights that are tried; finer ones are no more accurate on the benchmarks, and surer than they are right.
WEIGHTS: Final = (0.0, 0.5, 1.0)

# A weight moves by one only where hidden names become likelier by two nats (twice the AIC's price of a parameter).
PULL: Final = 2.0

# Weight of all evidence where too few names are known to measure it: between the whole and the half that are usual.
COOL: Final = 0.7

# What users say is not doubted; their rows are set to it afterwards.
GIVEN_SLIP: Final = 1e-6

# Most that a known word is doubted.
SLIPPERY: Final = 0.5

# Words that are believed to be wrong more often measure nothing: what predicts them is what they stand beside.
DOUBTFUL: Final = 0.12

# Fewer known containers than these measure neither weights nor temperature.
FEWEST_NAMED: Final = 30

# Views that are all made of lineage: what one says is no confirmation of another.
GROUPS: Final = {"place": "lineage", "served": "lineage", "neighbours": "lineage"}

# A word is given up where its containers have at least so many edges each, and more than this share run against it: a
# wrong word has all of its edges against it, a right one between two others at most half of its own.
FEWEST_EDGES: Final = 0.5
MOSTLY: Final = 2 / 3

# Evidence that may overrule a known word.
DIRECT: Final = ("declared", "place", "served", "neighbours")


@dataclass(frozen=True)
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
    """

    chances: FloatArray
    direct: FloatArray
    names: FloatArray
    said: dict[str, FloatArray]
    weights: dict[str, float]
    skills: dict[str, float]
    known: IntArray


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
        self.known, by_word = known_zones(features, words, given)
        # Where few names have a word in a slot, most of these are there by chance: `core banking`, `source of funds`.
        chance = np.zeros(self.n)
        chance[words["node"].to_numpy()] = np.minimum(1.0, self.beliefs.by_chance / words["share"].to_numpy())
        slip = np.minimum(SLIPPERY, self.beliefs.slip + (1.0 - 1.0 / K) * chance * by_word)
        self.slip = np.where(given >= 0, GIVEN_SLIP, slip)
        odds = np.log((1.0 - self.slip) / (self.slip / (K - 1)))
        self.names = odds[:, None] * (self.known[:, None] == np.arange(K))
        self.edges = features.lineage.adjacency().sign()
        self.anchored = anchored_views(features, words, settings)
        self.learned = learned_views(features)
        self.said = {view.name: view.matrix @ np.log(view.beliefs * K) for view in self.anchored}
        self.weights = dict.fromkeys((*self.said, "others", "neighbours"), 1.0)
        self.skills: dict[str, float] = {}
        self.measured = (self.known >= 0) & self.alive & (self.slip <= DOUBTFUL)
        counts = np.bincount(self.known[self.measured], minlength=K)
        if counts.sum() < FEWEST_NAMED or (counts >= FEWEST_NAMED / K).sum() < 2:
            self.measured[:] = False

    def fit(self) -> Prediction:
        """Learn, in rounds."""
        for _ in range(ROUNDS):
            self._count_anchored()
            self._learn_others()
            self._ask_neighbours()
            self._weigh(tuple(self.said))
        weights = {kind: self.weights[kind] if self.measured.any() else COOL for kind in self.said}
        said = {kind: weights[kind] * odds for kind, odds in self.said.items()}
        direct = sum((said[kind] for kind in said if kind in DIRECT), self.names)
        chances = softmax(sum(said.values(), self.names))
        return Prediction(chances, softmax(direct), self.names, said, weights, self.skills, self.known)

    def _total(self, kinds: Iterable[str], *, without: str = "") -> FloatArray:
        """Weighted log-odds of names and of these kinds of evidence, but of the group of `without`."""
        group = GROUPS.get(without, without)
        total: FloatArray = self.names.copy()
        for kind in kinds:
            if GROUPS.get(kind, kind) != group:
                total += self.weights[kind] * self.said[kind]
        return total

    def _taught(self, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
        target = softmax(scores)
        return target, learning.certainty(target) * self.alive

    def _count_anchored(self) -> None:
        """What anchored values mean in this lake: each from all but its own group."""
        self.said.pop("neighbours", None)
        for view in self.anchored:
            target, weight = self._taught(self._total(self.said, without=view.name))
            self.said[view.name] = learning.counted(view.matrix, view.beliefs, target, weight, self.beliefs.weight)
        self._weigh(tuple(view.name for view in self.anchored))

    def _learn_others(self) -> None:
        """One regression over the learned views that predict what is anchored."""
        target, weight = self._taught(self._total(view.name for view in self.anchored))
        self.skills |= {view.name: learning.skill(view.matrix, target, weight) for view in self.learned}
        heard = [view.matrix for view in self.learned if self.skills[view.name] >= ENOUGH]
        self.said.pop("others", None)
        if heard:
            self.said["others"] = learning.out_of_sample(sparse.hstack(heard).tocsr(), target, weight)

    def _ask_neighbours(self) -> None:
        """What the containers before and after each in the lineage are, as far as that predicts what is known."""
        before, after = (np.asarray(self.edges.sum(axis=axis)).reshape(-1, 1) for axis in (0, 1))
        linked = ((before + after) > 0).ravel()
        chances = softmax(self._total(self.said))
        around = [self.edges.T @ chances / np.maximum(before, 1), self.edges @ chances / np.maximum(after, 1)]
        matrix = np.hstack([*around, before > 0, after > 0])
        target, weight = self._taught(self._total(self.said, without="neighbours"))
        self.skills["neighbours"] = learning.skill(matrix, target, weight * linked)
        if self.skills["neighbours"] >= ENOUGH:
            self.said["neighbours"] = learning.out_of_sample(matrix, target, weight * linked) * linked[:, None]

    def _weigh(self, kinds: tuple[str, ...]) -> None:
        """Weights under which the hidden names are likeliest, one after the other, twice."""
        rows = learning.drawn(self.measured)
        if not len(rows):
            return
        parts = {kind: self.said[kind][rows] for kind in kinds}
        known, slip = self.known[rows], self.slip[rows]
        for kind in kinds * 2:
            rest = sum(self.weights[k] * part for k, part in parts.items() if k != kind)
            losses = []
            for weight in WEIGHTS:
                chances = softmax(rest + weight * parts[kind])[np.arange(len(rows)), known]
                hidden = -np.log((1.0 - slip) * chances + slip / (K - 1) * (1.0 - chances)).sum()
                losses.append(hidden + PULL * (weight - 1.0) ** 2)
            self.weights[kind] = WEIGHTS[int(np.argmin(losses))]


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
    words = edges.join(features.words, on="node").group_by("token").agg(edges=pl.len(), back=pl.col("back").mean())
    words = words.join(features.words.group_by("token").len(), on="token")
    given_up = (pl.col("edges") >= FEWEST_EDGES * pl.col("len")) & (pl.col("edges") > 2) & (pl.col("back") > MOSTLY)
    return words.filter(given_up)["token"].sort()


def _codes(nodes: pl.Series, zones: pl.Series, n: int) -> IntArray:
    """Position in `ZONES` by node; -1 where there is none."""
    codes = np.full(n, -1)
    values = zones.replace_strict({zone: i for i, zone in enumerate(ZONES)}, default=-1, return_dtype=pl.Int64)
    codes[nodes.to_numpy()] = values.fill_null(-1).to_numpy()
    return codes
