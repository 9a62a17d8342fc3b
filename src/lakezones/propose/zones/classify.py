"""Classify containers into zones.

In: facts, effective access, the proposed domains, perhaps labels of the user's own. Out: table `Zones`, one row per
container. Sandboxes and dead containers get no zone: they are left or retired rather than forced into one.
"""

from typing import Final

import numpy as np
import polars as pl

from lakezones.errors import InputError
from lakezones.model import tables
from lakezones.model.frames import Access, Facts
from lakezones.model.lineage import touches
from lakezones.propose.zones import rules
from lakezones.propose.zones.evidence import describe
from lakezones.propose.zones.features import Features, build_features
from lakezones.propose.zones.settings import ZonesSettings
from lakezones.propose.zones.state import STATES, mark
from lakezones.propose.zones.tokens import ZONES

LABELS: Final = (*ZONES, *STATES)
"""Words a user's labels may say."""


def classify(
    facts: Facts,
    access: Access,
    domains: pl.DataFrame,
    *,
    settings: ZonesSettings,
    labels: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Zone and domain of every container, with confidence and evidence.

    Parameters
    ----------
    facts, access
        The snapshot and the effective access of it.
    domains : DataFrame
        Columns container, domain, domain_confidence, domain_evidence.
    settings
        Of ``zones.toml``.
    labels : DataFrame, optional
        The user's own: columns container and zone (raw, curated, consumption, sandbox or dead). Taken as given.

    Returns
    -------
    DataFrame
        Schema `lakezones.model.tables.Zones`, sorted by container.

    Raises
    ------
    InputError
        If labels name an unknown zone or container, or say two things of one container.
    """
    features = build_features(facts, access, settings=settings)
    frame = features.frame
    given = _labels(labels, frame["container"])
    votes = rules.vote(features)
    chances = rules.softmax(votes.total())
    order = np.argsort(-chances, axis=1, kind="stable")
    rows = np.arange(frame.height)
    dead = _dead(features, settings)
    result = frame.select("container").with_columns(
        zone=pl.Series(np.array(ZONES)[order[:, 0]], dtype=pl.String),
        confidence=pl.Series(chances[rows, order[:, 0]], dtype=pl.Float64),
        runner_up=pl.Series(np.array(ZONES)[order[:, 1]], dtype=pl.String),
        state=pl.Series(np.where(dead, "dead", np.where(votes.sandbox, "sandbox", "")), dtype=pl.String),
        evidence=describe(features, _writers(facts, frame["container"])),
    )
    result = result.join(given, on="container", how="left", maintain_order="left")
    labelled = pl.col("label").is_not_null()
    state = pl.when(labelled & pl.col("label").is_in(STATES)).then("label").when(labelled).then(pl.lit(""))
    result = result.with_columns(state=state.otherwise("state")).with_columns(
        zone=pl.when(pl.col("state") != "").then(None).when(labelled).then("label").otherwise("zone"),
        confidence=pl.when(labelled).then(1.0).otherwise(pl.col("confidence").round(4)),
        runner_up=pl.when((pl.col("state") != "") | labelled).then(None).otherwise("runner_up"),
        evidence=mark(
            pl.col("state"),
            pl.when(labelled).then(pl.format("labelled {}; {}", "label", "evidence")).otherwise("evidence"),
        ),
        needs_review=~labelled & (pl.col("state") == "") & (pl.col("confidence") < settings.review_below),
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
    return tables.Zones.validate(result.select(tables.Zones.column_names()).sort("container"), cast=True)


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


def _dead(features: Features, settings: ZonesSettings) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Empty, or neither changed nor used for `dead_days`; only where both were assessed."""
    frame = features.frame
    if "usage" in features.not_assessed:
        return np.zeros(frame.height, dtype=np.bool_)
    unread = (pl.col("used_people") + pl.col("used_services") == 0) | (pl.col("unused_days") > settings.dead_days)
    unmade = (pl.col("upstream").fill_null(0) + pl.col("downstream").fill_null(0) + pl.col("reports").fill_null(0)) == 0
    old = (pl.col("idle_days") > settings.dead_days) | (pl.col("files") == 0)
    dead = frame.select((unread & unmade & old).fill_null(value=False))
    return dead.to_series().to_numpy()


def _writers(facts: Facts, names: pl.Series) -> pl.DataFrame:
    """The first actor that writes each container, artifacts before principals."""
    return (
        touches(facts, names)
        .filter(direction="write")
        .sort("node", "kind", "actor")
        .group_by("node", maintain_order=True)
        .agg(writer=pl.col("actor").first())
    )
