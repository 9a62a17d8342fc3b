"""What to ask owners about, and what words turned out to mean.

In: zones, features and a prediction. Out: the tables ``zone_questions`` and ``zone_words``.
"""

import math

import numpy as np
import polars as pl

from lakezones.propose.zones.features import Features
from lakezones.propose.zones.learning import FloatArray
from lakezones.propose.zones.tokens import ZONES


def review_queue(zones: pl.DataFrame, features: Features, chances: FloatArray) -> pl.DataFrame:
    """Containers that need a review, the answer that settles most first.

    An answer settles the container's own doubt and, for what shares its class of grants or its system, a part of
    theirs; a second question about the same group is worth half, a third a third.
    """
    entropy = -(chances * np.log(np.maximum(chances, 1e-12))).sum(axis=1) / math.log(len(ZONES))
    frame = (
        features.frame.select("container", "class_id", "system")
        .with_columns(doubt=pl.Series(entropy, dtype=pl.Float64))
        .join(zones.select("container", "zone", "runner_up", "confidence", "needs_review"), on="container")
        .filter("needs_review")
        .sort("doubt", "container", descending=[True, False])
    )
    shared = []
    for group in ("class_id", "system"):
        turn = pl.int_range(1, pl.len() + 1).over(group)
        rest = pl.col("doubt").sum().over(group) - pl.col("doubt")
        shared.append(pl.when(pl.col(group).is_not_null()).then(rest / turn / 2).otherwise(0.0))
    return frame.select(
        "container",
        pl.col("zone", "runner_up").cast(pl.String),
        "confidence",
        settles=(pl.col("doubt") + pl.sum_horizontal(shared)).round(3),
        shared_with=(pl.len().over("class_id") - 1).cast(pl.Int64),
    ).sort("settles", "container", descending=[True, False])


def learned_words(features: Features, chances: pl.DataFrame, alive: pl.Series) -> pl.DataFrame:
    """What the lexicon's words turned out to say here: token, containers, raw, curated, consumption (mean chances)."""
    shares = chances.with_columns(node=features.frame["node"].filter(alive))
    return (
        features.words.join(shares, on="node")
        .group_by("token")
        .agg(pl.len().cast(pl.Int64).alias("containers"), pl.col(ZONES).mean().round(4))
        .sort("containers", "token", descending=[True, False])
    )
