"""Views: the evidence of each container as values, by kind of evidence.

In: `Features`. Out: views. An *anchored* view has beliefs about its values before the lake is looked at (formats,
places in the lineage, who reads); a *learned* view has none: words unknown to the lexicon, size, age, readers, grants.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from scipy import sparse

from lakezones.propose.zones.features import Features
from lakezones.propose.zones.learning import FloatArray
from lakezones.propose.zones.settings import Belief, Beliefs, ZonesSettings
from lakezones.propose.zones.tokens import MEANINGS, ZONES

EVEN: Final[Belief] = (1 / 3, 1 / 3, 1 / 3)

# A value of fewer containers cannot be learned from some of them and tried on others.
RARE: Final = 3

# Places of what no job is seen to make from other containers; where lineage has gaps, some is made all the same.
UNSEEN: Final = ("source", "loaded", "untouched")

# Share of an account's known words from which a zone has words of its own there; fewer are there by chance.
TAKEN: Final = 0.1

# Quantiles that a number is cut into: fine enough for a bend, coarse enough for 25 of each in a lake of 200.
BINS: Final = 8


@dataclass(frozen=True, kw_only=True)
class View:
    """One kind of evidence.

    Attributes
    ----------
    name : str
    matrix : sparse matrix, shape (n_containers, n_values)
        One where the container has the value; it may have several values or none.
    labels : list of str
        The values.
    beliefs : float array, shape (n_values, 3)
        Believed probabilities of the zones; equal where nothing is believed.
    """

    name: str
    matrix: sparse.csr_matrix
    labels: list[str]
    beliefs: FloatArray


def anchored_views(features: Features, words: pl.DataFrame, settings: ZonesSettings) -> list[View]:
    """Views with beliefs (format, place, served), words that are not known, and the tools that write.

    Parameters
    ----------
    words : DataFrame
        Of `Features.words` those that mean here what the lexicon says.
    """
    beliefs, n = settings.beliefs, features.frame.height
    formats = {form: beliefs.formats[kind] for kind in beliefs.formats for form in getattr(settings.formats, kind)}
    tools = features.touches.filter(kind="artifact", direction="write")
    frame = features.frame
    # What rests on jobs that were not seen counts as far as jobs touch the lake.
    covered = float((frame["place"] != "untouched").mean() or 0.0)  # type: ignore[arg-type]
    places = {name: np.power(belief, covered if name in UNSEEN else 1.0) for name, belief in beliefs.places.items()}
    views = [
        _view("format", frame.select("node", value="format"), n, formats),
        _view("place", frame.select("node", value="place"), n, places),
        _view("served", frame.select("node", value="served"), n, beliefs.places),
        _ambiguous(features, words, beliefs),
        _view("tools", tools.select("node", value=pl.col("actor").str.split("/").list.first()), n, {}),
    ]
    return [view for view in views if len(view.labels) > 1 or (view.name == "ambiguous" and view.labels)]


def _ambiguous(features: Features, words: pl.DataFrame, beliefs: Beliefs) -> View:
    """Words that are not known, by account: of two meanings the one that no known word of the account has.

    Where there is `raw` beside it, `stg` is curated; beside `int` it is raw; beside `enriched` even `curated` is
    consumption, as in the Cloud Adoption Framework.
    """
    clear = words.filter(pl.col("kind").is_in(list(ZONES)))
    taken = clear.group_by("account", "kind").len().filter(pl.col("len") >= TAKEN * pl.col("len").sum().over("account"))
    has = set(taken.select("account", "kind").iter_rows())
    rest = features.words.join(clear, on="node", how="anti")
    rest = rest.with_columns(value=pl.concat_str("account", "token", separator="/"))
    believed: dict[str, FloatArray] = {}
    for account, kind, value in rest.select("account", "kind", "value").unique().iter_rows():
        if kind not in ZONES:
            chances = dict(zip(MEANINGS[kind], beliefs.ambiguous, strict=True))
            free = np.array([beliefs.taken if (account, zone) in has else 1.0 for zone in ZONES])
            weighed = free * [chances.get(zone, 1.0 - sum(beliefs.ambiguous)) for zone in ZONES]
            believed[value] = weighed / weighed.sum()
    return _view("ambiguous", rest.select("node", "value"), features.frame.height, believed)


def learned_views(features: Features) -> list[View]:
    """Views without beliefs, those of no use left out."""
    frame, n = features.frame, features.frame.height
    other = features.tokens.join(features.words, on=["node", "token"], how="anti")
    other = other.filter(pl.col("token").str.len_chars() > 1)
    readers = [column for column in frame.columns if column.startswith(("granted_", "used_", "wrote_", "writing_"))]
    parts = {
        "words": other.select("node", value="word"),
        "prefix": other.filter(pl.col("position") == 0).select("node", value="word"),
        "size": _binned(frame, "size"),
        "idle_days": _binned(frame, "idle_days"),
        "readers": pl.concat([_binned(frame, column) for column in (*readers, "operations")]),
        "class": frame.select("node", value="class_id"),
        "system": frame.select("node", value="system"),
        "metadata": features.metadata,
    }
    views = [_view(name, pairs, n) for name, pairs in parts.items()]
    return [view for view in views if view.labels]


def _view(
    name: str, pairs: pl.DataFrame, n: int, beliefs: Mapping[str, Sequence[float] | FloatArray] | None = None
) -> View:
    """View of pairs (node, value as text); where there are no beliefs, of values that neither few nor all have."""
    pairs = pairs.select("node", pl.col("value").cast(pl.String)).drop_nulls().unique()
    counts = pairs.group_by("value").len()
    if beliefs is None:
        counts = counts.filter((pl.col("len") >= RARE) & (pl.col("len") < n))
    labels = counts.select("value").sort("value")
    pairs = pairs.join(labels.with_row_index("column"), on="value")
    cells = (pairs["node"].to_numpy(), pairs["column"].to_numpy())
    matrix = sparse.csr_matrix((np.ones(pairs.height), cells), shape=(n, labels.height))
    matrix.sort_indices()
    believed = np.array([(beliefs or {}).get(label, EVEN) for label in labels["value"]], dtype=np.float64)
    return View(name=name, matrix=matrix, labels=labels["value"].to_list(), beliefs=believed.reshape(-1, 3))


def _binned(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """A column of numbers by its own quantiles in this lake: columns node and value; nothing and unknown are apart."""
    numbers = frame[name].cast(pl.Float64)
    positive = numbers.filter(numbers > 0).to_numpy()
    cuts = np.unique(np.quantile(positive, np.arange(1, BINS) / BINS)) if len(positive) else positive
    code = pl.Series(np.searchsorted(cuts, numbers.fill_null(0.0).to_numpy(), side="right"))
    word = pl.when(numbers <= 0).then(pl.lit("0")).when(numbers.is_not_null()).then(code.cast(pl.String))
    return frame.select("node", value=pl.format("{} {}", pl.lit(name), word))
