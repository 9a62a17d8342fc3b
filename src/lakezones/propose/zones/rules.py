"""Rules: what each single piece of evidence says about the zone, before anything is learned.

In: `Features`. Out: log-odds per zone, one column per rule, so that evidence can be given in words and the model can
weigh every rule by how well it agrees with the others in this account. A rule that has nothing to say says 0.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from lakezones.propose.zones.features import Features
from lakezones.propose.zones.tokens import ZONES

FloatArray = npt.NDArray[np.float64]

RULES: Final = ("declared", "name", "format", "lineage", "readers")

FORMAT_SAYS: Final[dict[str, tuple[float, float, float]]] = {
    "exchange": (1.6, -0.4, -0.8),
    "row": (0.5, 0.2, -0.5),
    "columnar": (-0.6, 0.4, 0.4),
    "table": (-1.2, 0.6, 0.6),
    "report": (-1.0, -0.6, 1.8),
}
"""Log-odds a format gives raw, curated, consumption."""


@dataclass(frozen=True, kw_only=True)
class Votes:
    """What the rules say.

    Attributes
    ----------
    by_rule : dict of str to float array, shape (n_containers, 3)
        Log-odds for raw, curated and consumption.
    """

    by_rule: dict[str, FloatArray]

    def total(self) -> FloatArray:
        """Sum of all rules, shape (n_containers, 3)."""
        total: FloatArray = np.stack([self.by_rule[rule] for rule in RULES]).sum(axis=0)
        return total


def vote(features: Features) -> Votes:
    """Apply every rule.

    Returns
    -------
    Votes
    """
    frame = features.frame
    n = frame.height
    declared = np.zeros((n, 3))
    for column, zone in enumerate(ZONES):
        declared[(frame["declared"] == zone).fill_null(value=False).to_numpy(), column] = 5.0
    said = np.zeros((n, 3))
    for kind, odds in FORMAT_SAYS.items():
        said[(frame["format_kind"] == kind).fill_null(value=False).to_numpy()] = odds
    return Votes(
        by_rule={
            "declared": declared,
            "name": _names(features),
            "format": said,
            "lineage": _lineage(frame),
            "readers": _readers(frame),
        }
    )


def _names(features: Features) -> FloatArray:
    """The lexicon's word of each name; a first or last token weighs more than one in the middle."""
    n = features.frame.height
    hits = features.tokens.join(features.words, on="token").with_columns(
        weight=pl.when((pl.col("position") == 0) | (pl.col("last") == 0)).then(2.5).otherwise(1.5)
    )
    votes = np.zeros((n, 3))
    for column, zone in enumerate(ZONES):
        of = hits.filter(kind=zone).group_by("node").agg(pl.col("weight").max())
        votes[of["node"].to_numpy(), column] = of["weight"].to_numpy()
    return votes


def _lineage(frame: pl.DataFrame) -> FloatArray:
    """Nothing feeds raw; reports and nobody else are fed by consumption; curated is between."""
    votes = np.zeros((frame.height, 3))
    if frame["depth"].null_count() == frame.height and not frame["reports"].fill_null(0).sum():
        return votes
    depth = frame["depth"].fill_null(-1).to_numpy()
    height = frame["height"].fill_null(-1).to_numpy()
    reports = frame["reports"].fill_null(0).to_numpy()
    written = frame["job_written"].to_numpy()
    source = (depth == 0) & (height > 0) & ~written
    middle = (depth > 0) & (height > 0)
    last = (depth > 0) & (height == 0)
    votes[source] = (2.5, -1.0, -1.5)
    votes[middle] = (-1.5, 1.5, 0.0)
    votes[last] = (-1.5, 0.0, 1.5)
    # One step from a source and the end of nothing: a staging table that nobody uses yet.
    votes[last & (depth == 1) & (reports == 0)] = (-1.0, 0.6, 0.6)
    votes[reports > 0] += (-0.7, -0.3, 1.5)
    return votes


def _readers(frame: pl.DataFrame) -> FloatArray:
    """Breadth of readers, relative to this account: the widely read are made for it."""
    used = frame["used_people"]
    assessed = used.null_count() < frame.height
    people = (used if assessed else frame["granted_people"]).fill_null(0).to_numpy().astype(np.float64)
    votes = np.zeros((frame.height, 3))
    if people.size == 0 or people.max() == people.min():
        return votes
    rank = (np.argsort(np.argsort(people, kind="stable"), kind="stable") / max(people.size - 1, 1)).astype(np.float64)
    # Ties share a rank: equal evidence, equal vote.
    _, inverse = np.unique(people, return_inverse=True)
    rank = np.bincount(inverse, weights=rank)[inverse] / np.bincount(inverse)[inverse]
    strength = 0.8 if assessed else 0.3
    votes[:, 0] = -strength * (rank - 0.5)
    votes[:, 2] = strength * (rank - 0.5)
    return votes


def softmax(scores: FloatArray) -> FloatArray:
    """Probabilities of log-odds, row by row."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: FloatArray = shifted / shifted.sum(axis=1, keepdims=True)
    return result
