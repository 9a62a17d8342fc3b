"""Classify containers into zones.

In: facts, effective access, the proposed domains, perhaps labels of the user's own. Out: table `Zones`, one row per
container. Sandboxes and dead containers get no zone: they are left or retired rather than forced into one.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import dataframely as dy
import numpy as np
import numpy.typing as npt
import polars as pl

from lakezones.errors import InputError
from lakezones.model import tables
from lakezones.model.frames import Access, Facts
from lakezones.model.lineage import touches
from lakezones.model.tables import STATES
from lakezones.propose.zones import rules
from lakezones.propose.zones.evidence import describe
from lakezones.propose.zones.features import Features, build_features
from lakezones.propose.zones.model import ZoneClassifier
from lakezones.propose.zones.settings import ZonesSettings
from lakezones.propose.zones.state import DEAD, SANDBOX, find_dead, find_sandboxes, mark
from lakezones.propose.zones.tokens import ZONES
from lakezones.propose.zones.views import Views, build_views

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CONFIDENT: Final = 0.9
"""What the summary counts as confident."""

OVERLAP_COOLS: Final = 0.25
"""How much flatter they get anyhow: kinds of evidence overlap, and what is said twice is not twice as sure."""

SUREST: Final = 0.99
"""Share of a chance that evidence can move."""

CLEAR: Final = 0.9
PERHAPS: Final = 0.75
"""Confidence of a sandbox or a dead container: rules leave little doubt, unless the word has other meanings too."""

MISSING_COOLS: Final = 0.35
"""How much flatter probabilities get for each kind of evidence that was not assessed."""

WORDS: Final = {
    "name": "its name",
    "words": "words of its name",
    "prefix": "how its name begins",
    "suffix": "how its name ends",
    "position": "its place in the lineage",
    "span": "what comes after it",
    "upstream": "what it is made from",
    "downstream": "what is made from it",
    "reports": "the reports that read it",
    "readers": "its readers",
    "writer": "what writes it",
    "class": "containers with the same grants",
    "system": "its system",
    "cluster": "look-alikes",
    "shape": "its size and age",
    "format": "its format",
    "metadata": "its metadata",
    "declared": "what metadata declares",
    "lineage": "its place in the lineage",
}
"""Views in words."""

LABELS: Final = (*ZONES, *STATES)
"""Words a user's labels may say."""


@dataclass(frozen=True, kw_only=True)
class Zoning:
    """Zones, and what was learned on the way.

    Attributes
    ----------
    zones : DataFrame
        Sorted by container.
    review : DataFrame
        What to ask owners about, most informative answer first: container, zone, runner_up, confidence, settles (how
        many containers' worth of doubt an answer would settle), with (containers that share its doubt).
    tokens : DataFrame
        Words of names that say a zone: token, containers, raw, curated, consumption (learned chances).
    probabilities : DataFrame
        container, raw, curated, consumption.
    summary : dict
        Counts, weights of the views, error rate of names, what was not assessed.
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
        also teach the model what their words, formats and neighbours mean.

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
    writers = _writers(facts, frame["container"])
    given = _labels(labels, frame["container"])
    label = frame.select("container").join(given, on="container", how="left", maintain_order="left")["label"]
    state, doubtful = _states(facts, access, features, label, settings)
    known = label.replace_strict(
        {zone: i for i, zone in enumerate(ZONES)}, default=-1, return_dtype=pl.Int64
    ).to_numpy()
    known = np.where(state.to_numpy() != "", -2, known)
    chances, reasons, learned = _chances(features, writers, known, settings)
    order = np.argsort(-chances, axis=1, kind="stable")
    rows = np.arange(frame.height)
    names = np.array(ZONES)
    result = frame.select("container").with_columns(
        label=label,
        state=state,
        zone=pl.Series(names[order[:, 0]], dtype=pl.String),
        confidence=pl.Series(chances[rows, order[:, 0]], dtype=pl.Float64).round(4),
        runner_up=pl.Series(names[order[:, 1]], dtype=pl.String),
        evidence=describe(features, writers.select("node", writer="actor"), reasons),
    )
    labelled, stated = pl.col("label").is_not_null(), pl.col("state") != ""
    result = result.with_columns(
        zone=pl.when(~stated).then("zone"),
        confidence=pl.when(labelled)
        .then(1.0)
        .when(stated)
        .then(pl.when(doubtful).then(PERHAPS).otherwise(CLEAR))
        .otherwise("confidence"),
        runner_up=pl.when(~stated & ~labelled).then("runner_up"),
        evidence=mark(
            pl.col("state"),
            pl.when(labelled).then(pl.format("labelled {}; {}", "label", "evidence")).otherwise("evidence"),
        ),
        needs_review=~labelled & ~stated & (pl.col("confidence") < settings.review_below),
    )
    result = result.join(
        domains.select("container", "domain", "domain_confidence", "domain_evidence"),
        on="container",
        how="left",
        maintain_order="left",
    ).with_columns(
        domain_confidence=pl.col("domain_confidence").fill_null(0.0),
        evidence=pl.concat_str("evidence", "domain_evidence", separator="; ", ignore_nulls=True),
    )
    zones = tables.Zones.validate(
        result.with_columns(state=pl.when(stated).then("state")).select(tables.Zones.column_names()).sort("container"),
        cast=True,
    )
    return Zoning(
        zones=zones,
        review=review_queue(zones, features, chances),
        tokens=learned.pop("tokens"),
        probabilities=frame.select("container").with_columns(
            pl.Series(zone, chances[:, i], dtype=pl.Float64) for i, zone in enumerate(ZONES)
        ),
        summary={
            "containers": zones.height,
            **{zone: int((zones["zone"] == zone).sum()) for zone in ZONES},
            **{word: int((state == word).sum()) for word in STATES},
            "needs_review": int(zones["needs_review"].sum()),
            "confident": int((zones["confidence"] >= CONFIDENT).sum()),
            "not_assessed": list(features.not_assessed),
            **learned,
        },
    )


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


def _chances(
    features: Features, writers: pl.DataFrame, known: IntArray, settings: ZonesSettings
) -> tuple[FloatArray, pl.Series, dict[str, Any]]:
    """Probabilities of the zones, the views that decided each container, and what was learned."""
    empty = pl.DataFrame(schema={"token": pl.String, "containers": pl.Int64, **dict.fromkeys(ZONES, pl.Float64)})
    if settings.method == "rules" or not features.frame.height:
        votes = rules.vote(features)
        chances = rules.softmax(votes.total())
        return _tempered(chances, features, known), _tellers(votes.by_rule, chances), {"tokens": empty}
    views = build_views(features, writers.filter(pl.col("kind") == "artifact"), random_state=settings.random_state)
    model = ZoneClassifier(max_iter=settings.max_iter, trust=settings.trust).fit(views, known)
    learned: dict[str, Any] = {
        "tokens": _learned_tokens(views, model, known, empty),
        "weights": {name: round(weight, 3) for name, weight in sorted(model.weights_.items())},
        "misleading_names": None if math.isnan(model.noise_) else round(model.noise_, 4),
        "rounds": model.n_iter_,
    }
    chances = model.probabilities_
    return _tempered(chances, features, known), _tellers(model.contributions_, chances), learned


def _tempered(chances: FloatArray, features: Features, known: IntArray) -> FloatArray:
    """Less certain for each kind of evidence that nobody looked at; what was given stays certain.

    With names alone there is nothing to check the names against, and the model cannot know how wrong they are.
    """
    missing = sum(name in features.not_assessed for name in ("usage", "references"))
    missing += "containers" in features.not_assessed or {"formats", "system metadata"} <= set(features.not_assessed)
    flat = chances ** (1.0 / (1.0 + max(OVERLAP_COOLS, MISSING_COOLS * missing)))
    flat /= flat.sum(axis=1, keepdims=True)
    # Nothing that was worked out is certain: what is said to be so is.
    flat = SUREST * flat + (1.0 - SUREST) / len(ZONES)
    return np.where((known >= 0)[:, None], chances, flat)


def _tellers(contributions: dict[str, FloatArray], chances: FloatArray) -> pl.Series:
    """The two views with most evidence for the winner against the runner-up, in words; null where none does."""
    order = np.argsort(-chances, axis=1, kind="stable")
    rows = np.arange(len(chances))
    names = sorted(contributions)
    if not names or not len(chances):
        return pl.Series("reason", [None] * len(chances), dtype=pl.String)
    margin = np.stack(
        [contributions[name][rows, order[:, 0]] - contributions[name][rows, order[:, 1]] for name in names]
    )
    best = np.argsort(-margin, axis=0, kind="stable")
    words = np.array([WORDS.get(name, name) for name in names], dtype=object)
    first, second = best[0], best[1] if len(names) > 1 else best[0]
    two = margin[second, rows] > 0.25
    one = margin[first, rows] > 0.1
    text = np.where(two, words[first] + " and " + words[second], words[first])
    reasons = [word if said else None for word, said in zip(text, one, strict=True)]
    return pl.Series("reason", reasons, dtype=pl.String)


def _learned_tokens(views: Views, model: ZoneClassifier, known: IntArray, empty: pl.DataFrame) -> pl.DataFrame:
    """What each word of the lexicon turned out to say in this account."""
    view = next((v for v in views.views if v.name == "name"), None)
    if view is None:
        return empty
    counted = known[view.nodes] != -2
    pairs = pl.DataFrame({"value": view.values[counted], "node": view.nodes[counted]})
    shares = pl.DataFrame({zone: model.probabilities_[:, i] for i, zone in enumerate(ZONES)}).with_row_index("node")
    labels = pl.DataFrame({"token": view.labels}).with_row_index("value")
    return (
        pairs.join(shares.with_columns(pl.col("node").cast(pl.Int64)), on="node")
        .group_by("value")
        .agg(containers=pl.len().cast(pl.Int64), **{zone: pl.col(zone).mean().round(4) for zone in ZONES})
        .join(labels.with_columns(pl.col("value").cast(pl.Int64)), on="value")
        .select(empty.columns)
        .sort("containers", "token", descending=[True, False])
    )


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
    return (
        frame.with_columns(
            settles=(pl.col("doubt") + pl.sum_horizontal(shared)).round(3),
            shared_with=(pl.len().over("class_id") - 1).cast(pl.Int64),
        )
        .select(
            "container",
            pl.col("zone").cast(pl.String),
            pl.col("runner_up").cast(pl.String),
            "confidence",
            "settles",
            "shared_with",
        )
        .sort("settles", "container", descending=[True, False])
    )


def _labels(labels: pl.DataFrame | None, names: pl.Series) -> pl.DataFrame:
    """The user's labels, checked: columns container and label."""
    empty = pl.DataFrame(schema={"container": pl.String, "label": pl.String})
    if labels is None:
        return empty
    for column in ("container", "zone"):
        if column not in labels.columns:
            raise InputError(f"labels have no column {column!r}", hint="a labels file has the columns container,zone")
    said = labels.select("container", label=pl.col("zone").cast(pl.String).str.strip_chars().str.to_lowercase())
    bad = said.filter(~pl.col("label").is_in(LABELS) | pl.col("label").is_null()).sort("container")
    if bad.height:
        container, word = bad.row(0)
        raise InputError(
            f"labels: unknown zone {word!r} for container {container!r}", hint="use one of: " + ", ".join(LABELS)
        )
    unknown = said.filter(~pl.col("container").is_in(names.implode())).sort("container")
    if unknown.height:
        raise InputError(
            f"labels: unknown container {unknown['container'][0]!r} (and {unknown.height - 1} more)"
            if unknown.height > 1
            else f"labels: unknown container {unknown['container'][0]!r}",
            hint="names are as in the containers table, account/container where there is more than one account",
        )
    said = said.unique().sort("container", "label")
    twice = said.filter(pl.col("container").is_duplicated())
    if twice.height:
        raise InputError(
            f"labels: {twice['container'][0]!r} is said to be {' and '.join(twice['label'].head(2))}",
            hint="keep one row per container",
        )
    return said


def _writers(facts: Facts, names: pl.Series) -> pl.DataFrame:
    """The first actor that writes each container, artifacts before principals: columns node, actor, kind."""
    return (
        touches(facts, names)
        .filter(direction="write")
        .sort("node", "kind", "actor")
        .group_by("node", maintain_order=True)
        .agg(pl.col("actor").first(), pl.col("kind").first())
    )
