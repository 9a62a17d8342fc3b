"""Classify containers into zones.

In: facts, effective access, the proposed domains, perhaps labels of the user's own. Out: table `Zones`, one row per
container. Sandboxes and dead containers get no zone: they are left or retired rather than forced into one.
"""

from dataclasses import dataclass
from typing import Any, Final

import dataframely as dy
import numpy as np
import polars as pl

from lakezones.model import tables
from lakezones.model.frames import Access, Facts
from lakezones.model.tables import STATES
from lakezones.propose.zones.evidence import contradictions, describe, questions, reasons
from lakezones.propose.zones.features import Features, build_features
from lakezones.propose.zones.labels import read_labels
from lakezones.propose.zones.learning import IntArray
from lakezones.propose.zones.model import Prediction, predict
from lakezones.propose.zones.questions import learned_words, review_queue
from lakezones.propose.zones.settings import ZonesSettings
from lakezones.propose.zones.state import find_states
from lakezones.propose.zones.tokens import ZONES

# What the summary counts as confident.
CONFIDENT: Final = 0.9

# Most confidence of what is contradicted, open to question, or checked against nothing: just not confident.
DOUBTED: Final = 0.89

# Confidence of a sandbox or a dead container: rules leave little doubt, unless the word has other meanings too.
CLEAR: Final = 0.9
PERHAPS: Final = 0.75

# Where none of these tables was given, nothing can contradict a name.
UNCHECKED: Final = frozenset({"containers", "references"})


@dataclass(frozen=True, kw_only=True)
class Zoning:
    """Zones, and what was learned on the way.

    Attributes
    ----------
    zones : DataFrame
        Sorted by container.
    review : DataFrame
        What to ask owners about, most informative answer first: container, zone, runner_up, confidence, settles (how
        many containers' worth of doubt an answer would settle), shared_with (containers that share its doubt).
    tokens : DataFrame
        Words of names that say a zone: token, containers, raw, curated, consumption (what they turned out to mean).
    probabilities : DataFrame
        container, raw, curated, consumption.
    summary : dict
        Counts, weights and skills of the evidence, share of wrong words, what was not assessed.
    """

    zones: dy.DataFrame[tables.Zones]
    review: pl.DataFrame
    tokens: pl.DataFrame
    probabilities: pl.DataFrame
    summary: dict[str, Any]


def classify(
    facts: Facts, access: Access, domains: pl.DataFrame, *, settings: ZonesSettings, labels: pl.DataFrame | None = None
) -> dy.DataFrame[tables.Zones]:
    """Zone and domain of every container, with confidence and evidence, by container: the zones of `zone_lake`."""
    return zone_lake(facts, access, domains, settings=settings, labels=labels).zones


def zone_lake(
    facts: Facts, access: Access, domains: pl.DataFrame, *, settings: ZonesSettings, labels: pl.DataFrame | None = None
) -> Zoning:
    """Zone and domain of every container, with what was learned on the way.

    Parameters
    ----------
    facts, access
        The snapshot and the effective access of it.
    domains : DataFrame
        Columns container, domain, domain_confidence, domain_evidence.
    settings
        Of ``zones.toml``.
    labels : DataFrame, optional
        The user's own: columns container and zone (raw, curated, consumption, sandbox or dead). Taken as given; they
        also teach the model what words, formats and neighbours mean.

    Returns
    -------
    Zoning

    Raises
    ------
    InputError
        If labels name an unknown zone or container, or say two things of one container.
    """
    features = build_features(facts, access, settings=settings)
    checked = read_labels(labels, features.frame["container"])
    label = features.frame.join(checked, on="container", how="left", maintain_order="left")["label"]
    state, doubtful = find_states(facts, access, features, label, settings)
    codes = {zone: i for i, zone in enumerate(ZONES)}
    given = label.replace_strict(codes, default=-1, return_dtype=pl.Int64).fill_null(-1).to_numpy()
    stated = state.is_not_null()
    prediction = predict(features, np.where(stated.to_numpy(), -2, given), settings)
    labelled = label.is_not_null()
    rated = pl.when(pl.lit(doubtful)).then(PERHAPS).otherwise(CLEAR)
    zones = (
        _decided(features, prediction, given, settings)
        .with_columns(state=state, label=label)
        .with_columns(
            zone=pl.when(~stated).then("zone"),
            confidence=pl.when(labelled).then(1.0).when(stated).then(rated).otherwise("confidence"),
            runner_up=pl.when(~stated & ~labelled).then("runner_up"),
            evidence=pl.concat_str(
                "state", pl.format("labelled {}", "label"), "evidence", separator="; ", ignore_nulls=True
            ),
            needs_review=~labelled & ~stated & pl.col("needs_review"),
        )
        .join(domains, on="container", how="left", maintain_order="left")
        .with_columns(
            domain_confidence=pl.col("domain_confidence").fill_null(0.0),
            evidence=_joined("evidence", "domain_evidence"),
        )
    )
    made = tables.Zones.validate(zones.select(tables.Zones.column_names()).sort("container"), cast=True)
    chances = pl.DataFrame(prediction.chances, schema=dict.fromkeys(ZONES, pl.Float64))
    return Zoning(
        zones=made,
        review=review_queue(made, features, prediction.chances),
        tokens=learned_words(features, chances.filter(~stated), ~stated),
        probabilities=features.frame.select("container").hstack(chances),
        summary=_summary(made, features, prediction),
    )


def _decided(features: Features, prediction: Prediction, given: IntArray, settings: ZonesSettings) -> pl.DataFrame:
    """Zone, confidence, runner-up, evidence and whether to review, as if nothing had a state: by container.

    Where a word or metadata says a zone, names and direct evidence decide; elsewhere all evidence does.
    """
    rows, names = np.arange(len(given)), np.array(ZONES)
    zone = np.where(prediction.known >= 0, prediction.direct.argmax(axis=1), prediction.chances.argmax(axis=1))
    zone = np.where(given >= 0, given, zone)
    others = prediction.chances.copy()
    others[rows, zone] = -1.0
    second = others.argmax(axis=1)
    against, question = contradictions(features, prediction, zone), questions(features)
    asked = against.is_not_null() | question.is_not_null()
    confidence = prediction.chances[rows, zone]
    unsure = asked.to_numpy() | (set(features.not_assessed) >= UNCHECKED)
    confidence = np.where(unsure, np.minimum(confidence, DOUBTED), confidence)
    decided = pl.select(pl.format("decided by {}", reasons(prediction, zone, second))).to_series()
    return features.frame.select("container").with_columns(
        zone=pl.Series(names[zone], dtype=pl.String),
        confidence=pl.Series(confidence, dtype=pl.Float64).round(4),
        runner_up=pl.Series(names[second], dtype=pl.String),
        evidence=describe(features, decided, against, question),
        needs_review=pl.Series(confidence < settings.review_below, dtype=pl.Boolean) | asked,
    )


def _joined(*parts: str | pl.Expr) -> pl.Expr:
    return pl.concat_str(*parts, separator="; ", ignore_nulls=True)


def _summary(zones: pl.DataFrame, features: Features, prediction: Prediction) -> dict[str, Any]:
    return {
        "containers": zones.height,
        **{zone: int((zones["zone"] == zone).sum()) for zone in ZONES},
        **{word: int((zones["state"] == word).sum()) for word in STATES},
        "needs_review": int(zones["needs_review"].sum()),
        "confident": int((zones["confidence"] >= CONFIDENT).sum()),
        "contradicted": int(zones["evidence"].str.contains("contradicted by ", literal=True).sum()),
        "not_assessed": list(features.not_assessed),
        "weights": {name: prediction.weights[name] for name in sorted(prediction.weights)},
        "skills": {name: round(prediction.skills[name], 1) for name in sorted(prediction.skills)},
    }
