"""Classify containers into zones.

In: facts, effective access, the proposed domains, perhaps labels of the user's own. Out: table `Zones`, one row per
container. Sandboxes and dead containers get no zone: they are left or retired rather than forced into one.
"""

from dataclasses import dataclass
from typing import Any, Final

import dataframely as dy
import numpy as np
import numpy.typing as npt
import polars as pl

from lakezones.model import tables
from lakezones.model.frames import Access, Facts
from lakezones.model.tables import STATES
from lakezones.propose.zones.evidence import contradictions, describe, questions, reasons
from lakezones.propose.zones.features import Features, build_features
from lakezones.propose.zones.labels import read_labels
from lakezones.propose.zones.model import Prediction, predict
from lakezones.propose.zones.questions import learned_words, review_queue
from lakezones.propose.zones.settings import ZonesSettings
from lakezones.propose.zones.state import DEAD, SANDBOX, find_dead, find_sandboxes, mark
from lakezones.propose.zones.tokens import ZONES

IntArray = npt.NDArray[np.int64]

CONFIDENT: Final = 0.9
"""What the summary counts as confident."""

DOUBTED: Final = 0.89
"""Most confidence of what is contradicted, open to question, or checked against nothing: just not confident."""

CLEAR: Final = 0.9
PERHAPS: Final = 0.75
"""Confidence of a sandbox or a dead container: rules leave little doubt, unless the word has other meanings too."""

UNCHECKED: Final = frozenset({"containers", "references"})
"""Where none of these tables was given, nothing can contradict a name."""


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
    facts: Facts,
    access: Access,
    domains: pl.DataFrame,
    *,
    settings: ZonesSettings,
    labels: pl.DataFrame | None = None,
) -> dy.DataFrame[tables.Zones]:
    """Zone and domain of every container, with confidence and evidence, by container: the zones of `zone_lake`."""
    return zone_lake(facts, access, domains, settings=settings, labels=labels).zones


def zone_lake(
    facts: Facts,
    access: Access,
    domains: pl.DataFrame,
    *,
    settings: ZonesSettings,
    labels: pl.DataFrame | None = None,
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
    frame = features.frame
    given = read_labels(labels, frame["container"])
    label = frame.select("container").join(given, on="container", how="left", maintain_order="left")["label"]
    state, doubtful = _states(facts, access, features, label, settings)
    codes = {zone: i for i, zone in enumerate(ZONES)}
    known = label.replace_strict(codes, default=-1, return_dtype=pl.Int64).fill_null(-1).to_numpy()
    stated = (state != "").to_numpy()
    prediction = predict(features, np.where(stated, -2, known), settings)
    result = _decided(features, prediction, known, settings)
    labelled, without = pl.Series(label.is_not_null()), pl.Series(stated)
    zones = (
        result.with_columns(state=state)
        .with_columns(
            zone=pl.when(~without).then("zone"),
            confidence=pl.when(labelled)
            .then(1.0)
            .when(without)
            .then(pl.when(doubtful).then(PERHAPS).otherwise(CLEAR))
            .otherwise("confidence"),
            runner_up=pl.when(~without & ~labelled).then("runner_up"),
            evidence=mark(
                pl.col("state"),
                pl.when(labelled).then(pl.format("labelled {}; {}", label, "evidence")).otherwise("evidence"),
            ),
            needs_review=~labelled & ~without & pl.col("needs_review"),
            state=pl.when(without).then("state"),
        )
        .join(domains, on="container", how="left", maintain_order="left")
        .with_columns(
            domain_confidence=pl.col("domain_confidence").fill_null(0.0),
            evidence=pl.concat_str("evidence", "domain_evidence", separator="; ", ignore_nulls=True),
        )
    )
    made = tables.Zones.validate(zones.select(tables.Zones.column_names()).sort("container"), cast=True)
    return Zoning(
        zones=made,
        review=review_queue(made, features, prediction.chances),
        tokens=learned_words(features, prediction.chances, ~stated),
        probabilities=frame.select("container").with_columns(
            pl.Series(zone, prediction.chances[:, i], dtype=pl.Float64) for i, zone in enumerate(ZONES)
        ),
        summary=_summary(made, features, prediction),
    )


def _decided(features: Features, prediction: Prediction, given: IntArray, settings: ZonesSettings) -> pl.DataFrame:
    """Zone, confidence, runner-up, evidence and whether to review, as if nothing had a state: by container.

    Where a word or metadata says a zone, names and direct evidence decide; elsewhere all evidence does.
    """
    chances, rows = prediction.chances, np.arange(len(given))
    zone = np.where(prediction.known >= 0, prediction.direct.argmax(axis=1), chances.argmax(axis=1))
    zone = np.where(given >= 0, given, zone)
    others = chances.copy()
    others[rows, zone] = -1.0
    against, question = contradictions(features, prediction, zone), questions(features)
    doubted = (against.is_not_null() | question.is_not_null()).to_numpy() | (set(features.not_assessed) >= UNCHECKED)
    confidence = np.where(doubted, np.minimum(chances[rows, zone], DOUBTED), chances[rows, zone])
    writers = (
        features.touches.filter(direction="write")
        .sort("node", "kind", "actor")
        .unique("node", keep="first", maintain_order=True)
        .select("node", writer="actor")
    )
    decided = pl.select(pl.format("decided by {}", reasons(prediction, zone))).to_series()
    names = np.array(ZONES)
    return features.frame.select("container").with_columns(
        zone=pl.Series(names[zone], dtype=pl.String),
        confidence=pl.Series(confidence, dtype=pl.Float64).round(4),
        runner_up=pl.Series(names[others.argmax(axis=1)], dtype=pl.String),
        evidence=describe(features, writers, decided, against, question),
        needs_review=pl.Series(confidence < settings.review_below, dtype=pl.Boolean)
        | against.is_not_null()
        | question.is_not_null(),
    )


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
        "misleading_names": round(prediction.slip, 4),
        "temperature": prediction.temperature,
    }


def _states(
    facts: Facts, access: Access, features: Features, label: pl.Series, settings: ZonesSettings
) -> tuple[pl.Series, pl.Series]:
    """Sandbox, dead or empty text for every container; a label wins. And where it is a sandbox only perhaps."""
    dead = find_dead(features, settings)
    sure, perhaps = find_sandboxes(facts, access, features, settings)
    empty = (features.frame["files"] == 0).fill_null(value=False).to_numpy()
    found = pl.Series(np.where(dead & (empty | ~sure), DEAD, np.where(sure | perhaps, SANDBOX, "")), dtype=pl.String)
    state = pl.select(
        pl.when(label.is_in(STATES))
        .then(label)
        .when(label.is_not_null())
        .then(pl.lit(""))
        .otherwise(found)
        .alias("state")
    ).to_series()
    return state, (state == SANDBOX) & pl.Series(~sure)
