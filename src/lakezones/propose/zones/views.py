"""Views: the evidence of each container as values that can be counted, by kind of evidence.

In: `Features`. Out: `Views`. Each *view* (name, format, lineage, readers, ...) gives a container some *values*, and
each value carries a prior: what it is believed to say about the zone before this account is looked at, and how many
containers that belief is worth. The model replaces beliefs by counts as far as the account has them.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from lakezones.propose.zones.clusters import find_clusters
from lakezones.propose.zones.features import Features
from lakezones.propose.zones.priors import (
    DECLARED_PRIOR,
    FORMAT_PRIOR,
    KIND_PRIOR,
    POSITION_PRIOR,
    REPORT_PRIOR,
    SPAN_PRIOR,
    UNIFORM,
    Prior,
)
from lakezones.propose.zones.tokens import ZONES

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

LINKED: Final = 0.25
"""Share of containers in the lineage from which being outside it says something."""

UNTOUCHED: Final = 0.35
"""How much likelier raw is than by chance of what no job touches, were all else in the lineage."""

ONE_VOICE: Final = 0.8
"""Share of the containers of a place whose names say one zone from which the names decide what the place means."""

FIRMEST: Final = 40.0
"""Beliefs about places count for half the containers there, up to this many: beyond it the account decides."""

COMMON: Final = 0.9
"""A value that nearly all containers share says nothing: learned from so few others, it would say the usual zone."""

RARE: Final = 3
"""A word met in fewer containers says nothing that could be learned."""


@dataclass(frozen=True, kw_only=True)
class View:
    """One kind of evidence.

    Attributes
    ----------
    name : str
    nodes, values : int arrays, shape (n_pairs,)
        Container and value; a container may have several values or none.
    labels : list of str
        The values in words.
    priors : float array, shape (n_values, 3)
        Believed chances of the zones; uniform where nothing is believed.
    strengths : float array, shape (n_values,)
        How many containers the belief is worth.
    """

    name: str
    nodes: IntArray
    values: IntArray
    labels: list[str]
    priors: FloatArray
    strengths: FloatArray


@dataclass(frozen=True, kw_only=True)
class Views:
    """All evidence, counted.

    Attributes
    ----------
    n : int
        Number of containers.
    views : tuple of View
    edges : sparse matrix, shape (n, n)
        Row feeds column, weighted.
    kind : int array, shape (n,)
        Zone that the words of the name agree on; -1 where they say none or several.
    """

    n: int
    views: tuple[View, ...]
    edges: sparse.csr_matrix
    kind: IntArray


def build_views(features: Features, writers: pl.DataFrame, *, random_state: int = 0) -> Views:
    """Turn features into views.

    Parameters
    ----------
    features
        Of `build_features`.
    writers : DataFrame
        Columns node, actor: what writes each container, as ``tool/artifact`` or the id of a principal.
    random_state
        Seed of the clusters.
    """
    frame = features.frame.with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
    n = frame.height
    name, kind = _name(features, n)
    views = [
        _single("declared", frame, pl.when(pl.col("declared").is_in(list(ZONES))).then("declared"), DECLARED_PRIOR),
        name,
        _words(features),
        _edge_words(features, "prefix", "position"),
        _edge_words(features, "suffix", "last"),
        _format(frame),
        _shape(frame),
        _firm(_single("position", frame, _position(), _places(frame)), kind),
        _single("reports", frame, _reported(), REPORT_PRIOR),
        _single("span", frame, _span(), SPAN_PRIOR),
        _readers(frame),
        _writer(writers, frame, features.tokens),
        _metadata(features),
        _single("class", frame, pl.col("class_id"), {}, strength=2.0),
        _single("system", frame, pl.col("system"), {}, strength=4.0),
        _clusters(frame, random_state),
    ]
    distinguishing = tuple(v for v in (_distinguishing(v, n) for v in views) if v.nodes.size)
    return Views(n=n, views=distinguishing, edges=features.lineage.adjacency(), kind=kind)


def _firm(view: View, kind: IntArray) -> View:
    """The view with beliefs that a few dozen containers do not talk over, unless their names do with one voice.

    Where nearly all containers of a place carry words of one kind, the place means here what the words say: a lake
    whose sources are all called staging is a lake of which the sources were not scanned.
    """
    strengths = view.strengths.copy()
    for value in range(len(view.labels)):
        carriers = view.nodes[view.values == value]
        said = np.bincount(kind[carriers][kind[carriers] >= 0], minlength=len(ZONES))
        if carriers.size >= RARE and said.max() >= ONE_VOICE * carriers.size:
            strengths[value] = 2.0
        else:
            strengths[value] = max(strengths[value], min(0.5 * carriers.size, FIRMEST))
    return replace(view, strengths=strengths)


def _distinguishing(view: View, n: int) -> View:
    """The view without values that nearly every container has: where all is parquet, parquet says nothing."""
    silent = np.bincount(view.values, minlength=len(view.labels)) > COMMON * n
    if view.name in ("declared", "position") or not silent.any():
        return view
    kept = ~silent[view.values]
    return replace(view, nodes=view.nodes[kept], values=view.values[kept])


def _view(name: str, pairs: pl.DataFrame, prior: dict[str, Prior], *, strength: float = 5.0) -> View:
    """View of pairs (node, value as text); values without a belief are worth `strength` containers of no opinion."""
    pairs = pairs.drop_nulls().unique().sort("node", "value")
    labels = pairs["value"].unique().sort()
    code = {label: i for i, label in enumerate(labels)}
    beliefs = [prior.get(label, (UNIFORM, strength)) for label in labels]
    return View(
        name=name,
        nodes=pairs["node"].to_numpy().astype(np.int64),
        values=pairs["value"].replace_strict(code, return_dtype=pl.Int64).to_numpy().astype(np.int64)
        if pairs.height
        else np.zeros(0, dtype=np.int64),
        labels=labels.to_list(),
        priors=np.array([b[0] for b in beliefs], dtype=np.float64).reshape(-1, 3),
        strengths=np.array([b[1] for b in beliefs], dtype=np.float64),
    )


def _single(name: str, frame: pl.DataFrame, value: pl.Expr, prior: dict[str, Prior], *, strength: float = 5.0) -> View:
    return _view(name, frame.select("node", value=value.cast(pl.String)), prior, strength=strength)


def _name(features: Features, n: int) -> tuple[View, IntArray]:
    """Words of the lexicon, each learned apart; and the zone they agree on."""
    hits = features.tokens.join(features.words.filter(pl.col("kind").is_in(list(ZONES))), on="token")
    words = hits.select("token", "kind").unique().sort("token", "kind")
    prior: dict[str, Prior] = {}
    for token, kinds in words.group_by("token", maintain_order=True).agg("kind").iter_rows():
        chances = np.mean([KIND_PRIOR[kind][0] for kind in kinds], axis=0)
        prior[token] = ((float(chances[0]), float(chances[1]), float(chances[2])), KIND_PRIOR[kinds[0]][1])
    # One word a name: the outermost, since stg-fct-orders is staging and orders-raw-mart a mart.
    outer = (
        hits.with_columns(edge=pl.min_horizontal("position", "last"))
        .sort("node", "edge", "position", "token", "kind")
        .group_by("node", maintain_order=True)
        .agg(token=pl.col("token").first(), kind=pl.col("kind").first(), kinds=pl.col("kind").n_unique())
    )
    view = _view("name", outer.select("node", value="token"), prior)
    kind = np.full(n, -1, dtype=np.int64)
    clear = outer.filter(kinds=1)
    code = {"raw": 0, "curated": 1, "consumption": 2}
    if clear.height:
        kind[clear["node"].to_numpy()] = clear["kind"].replace_strict(code, return_dtype=pl.Int64).to_numpy()
    return view, kind


def _words(features: Features) -> View:
    """All other words of names that occur more than now and then."""
    lexicon = features.words.filter(pl.col("kind").is_in(list(ZONES)))["token"].unique()
    other = features.tokens.filter(~pl.col("token").is_in(lexicon.implode()), pl.col("token").str.len_chars() > 1)
    common = other.select("node", "token").unique().group_by("token").len().filter(pl.col("len") >= RARE)
    return _view("words", other.join(common, on="token").select("node", value="token"), {}, strength=8.0)


def _edge_words(features: Features, name: str, column: str) -> View:
    """The first or last word of names, as written, where so many share it that it may be a layer: ``t1-``, ``l2_``.

    Conventions that are not in the lexicon are found here: what such a word means is learned from everything else.
    """
    lexicon = features.words.filter(pl.col("kind").is_in(list(ZONES)))["token"].unique()
    edge = features.tokens.filter(pl.col(column) == 0, ~pl.col("token").is_in(lexicon.implode()))
    n = features.frame.height
    common = edge.group_by("word").len().filter((pl.col("len") >= max(RARE, n // 100)) & (pl.col("len") < 0.9 * n))
    return _view(name, edge.join(common, on="word").select("node", value="word"), {}, strength=4.0)


def _format(frame: pl.DataFrame) -> View:
    """The format, with what its kind is believed to say."""
    known = frame.select("format", "format_kind").unique().drop_nulls("format").sort("format")
    prior = {form: FORMAT_PRIOR[kind] for form, kind in known.iter_rows() if kind is not None}
    return _single("format", frame, pl.col("format"), prior)


def _bins(frame: pl.DataFrame, column: str, edges: int = 8) -> pl.DataFrame:
    """Values of a numeric column by its own quantiles in this account; null stays out, zero is apart."""
    values = frame[column].cast(pl.Float64)
    positive = values.filter(values > 0)
    if positive.len() < 20 or values.n_unique() < 2:
        return frame.select("node", value=pl.lit(None, dtype=pl.String))
    cuts = np.unique(np.quantile(positive.to_numpy(), np.linspace(0, 1, edges + 1)[1:-1]))
    code = pl.Series(np.searchsorted(cuts, values.fill_null(0.0).to_numpy(), side="right"), dtype=pl.Int64)
    return frame.select(
        "node",
        value=pl.when(values.is_null())
        .then(None)
        .when(values <= 0)
        .then(pl.lit(f"{column} none"))
        .otherwise(pl.format("{} {}", pl.lit(column), code)),
    )


def _shape(frame: pl.DataFrame) -> View:
    """Size, file size and age, by quantiles."""
    sized = frame.with_columns(file_size=pl.col("size") / pl.col("files").clip(1))
    parts = [_bins(sized, column) for column in ("size", "file_size", "idle_days")]
    return _view("shape", pl.concat(parts), {}, strength=20.0)


def _readers(frame: pl.DataFrame) -> View:
    """Breadth of readers and writers, by quantiles."""
    columns = ("used_people", "used_departments", "used_services", "wrote_people", "wrote_services", "operations")
    granted = () if frame["used_people"].null_count() < frame.height else ("granted_people", "granted_departments")
    parts = [_bins(frame, column, 6) for column in (*columns, *granted)]
    return _view("readers", pl.concat(parts), {}, strength=20.0)


def _places(frame: pl.DataFrame) -> dict[str, Prior]:
    """Beliefs about places in the lineage: what no job touches is the likelier a source the more jobs are known."""
    linked = frame.select((pl.col("upstream") + pl.col("downstream") > 0).mean()).item() or 0.0
    raw = 1 / 3 + UNTOUCHED * float(linked)
    return POSITION_PRIOR | {"touched by no job": ((raw, (1 - raw) / 2, (1 - raw) / 2), 6.0)}


def _position() -> pl.Expr:
    feeds = pl.when(pl.col("downstream") > 0).then(pl.lit(", feeds")).otherwise(pl.lit(", last"))
    # That no job touches it says something where jobs touch most.
    mostly = (pl.col("upstream") + pl.col("downstream") > 0).mean() >= LINKED
    return (
        pl.when(pl.col("upstream").is_null())
        .then(None)
        .when((pl.col("upstream") == 0) & pl.col("job_written"))
        .then(pl.lit("loaded") + feeds)
        .when((pl.col("upstream") == 0) & (pl.col("downstream") > 0))
        .then(pl.lit("source, feeds"))
        .when((pl.col("upstream") == 0) & mostly & (pl.col("reports") + pl.col("quiet_reads") == 0))
        .then(pl.lit("touched by no job"))
        .when(pl.col("upstream") == 0)
        .then(None)
        .when(pl.col("copies") == 1)
        .then(pl.lit("copy of a source") + feeds)
        .when(pl.col("copies") > 1)
        .then(pl.lit("copy of a copy") + feeds)
        .when(pl.col("rank") == 1)
        .then(pl.lit("joined from sources") + feeds)
        .when((pl.col("downstream") == 0) & (pl.col("upstream") == 1))
        .then(pl.lit("drawn from one, last"))
        .when((pl.col("downstream") > 0) & (pl.col("rank") == 2))
        .then(pl.lit("made of copies, feeds"))
        .otherwise(pl.lit("made of made") + feeds)
    )


def _reported() -> pl.Expr:
    return (
        pl.when(pl.col("reports") > 0)
        .then(pl.lit("read by reports"))
        .when(pl.col("quiet_reads") > 0)
        .then(pl.lit("read by read-only jobs"))
    )


def _span() -> pl.Expr:
    deep = (pl.col("depth") >= 2) & (pl.col("downstream") > 0)
    return (
        pl.when(deep & (pl.col("downstream") >= 5))
        .then(pl.lit("deep, feeds many"))
        .when(deep & (pl.col("height") <= 1))
        .then(pl.lit("deep, one step from the end"))
        .when(deep)
        .then(pl.lit("deep, far from the end"))
    )


def _writer(writers: pl.DataFrame, frame: pl.DataFrame, tokens: pl.DataFrame) -> View:
    """What writes it: the tool, and the words of the artifact that are no words of the container's own name."""
    split = writers.select(
        "node",
        tool=pl.format("tool {}", pl.col("actor").str.split("/").list.first()),
        words=pl.col("actor")
        .str.split("/")
        .list.slice(1)
        .list.join(" ")
        .str.to_lowercase()
        .str.replace_all(r"[^a-z]+", " ")
        .str.strip_chars()
        .str.split(" "),
    )
    words = split.select("node", value="words").explode("value", empty_as_null=True)
    # A job named after what it writes says nothing that the name does not.
    own = tokens.select("node", value=pl.col("word").str.replace_all(r"[^a-z]+", ""))
    words = words.join(own, on=["node", "value"], how="anti")
    words = words.filter(pl.col("value").str.len_chars() > 1).with_columns(value=pl.format("job {}", "value"))
    pairs = pl.concat([split.select("node", value="tool"), words]).unique()
    common = pairs.group_by("value").len().filter((pl.col("len") >= RARE) & (pl.col("len") < 0.95 * frame.height))
    return _view("writer", pairs.join(common, on="value").select("node", "value"), {}, strength=8.0)


def _metadata(features: Features) -> View:
    """Other metadata, as key and value, where a value is met often enough to say something."""
    pairs = features.metadata
    common = pairs.group_by("value").len().filter(pl.col("len") >= 2 * RARE)
    return _view("metadata", pairs.join(common, on="value").select("node", "value"), {}, strength=8.0)


def _clusters(frame: pl.DataFrame, random_state: int) -> View:
    """Look-alikes by numbers and format; see `lakezones.propose.zones.clusters`."""
    found = find_clusters(frame, random_state)
    if found is None:
        return _single("cluster", frame, pl.lit(None), {})
    return _view("cluster", frame.select("node", value=pl.format("cluster {}", found)), {}, strength=8.0)
