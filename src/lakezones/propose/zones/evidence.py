"""Evidence in words: one line per container of what was seen, what decided, and what speaks against it.

In: `Features`, `Prediction` and the zones. Out: text such as ``read by 41 people in 3 departments; written by
adf/flow-0112 from 2 containers; parquet; token `mart`; decided by its name``, contradictions and questions.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from lakezones.propose.zones.features import Features
from lakezones.propose.zones.learning import ENOUGH, softmax
from lakezones.propose.zones.model import Prediction
from lakezones.propose.zones.tokens import MEANINGS, ZONES

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CLAIMS: Final = 0.8
"""Probability by lineage or readers alone from which they are said to contradict: four to one."""

NAMED: Final = 0.25
"""Log-odds against the runner-up from which a kind of evidence is named as deciding: a tenth more or less likely."""

WORDING: Final = {
    "names": "its name",
    "ambiguous": "what its word means here",
    "format": "its format",
    "place": "its place in the lineage",
    "served": "who reads it",
    "tools": "the tool that writes it",
    "neighbours": "what it is made from and what is made from it",
}
"""Kinds of evidence in words."""

LEARNED: Final = {
    "words": "words of names",
    "prefix": "how names begin",
    "suffix": "how names end",
    "size": "size",
    "file_size": "size of files",
    "idle_days": "age",
    "readers": "readers",
    "class": "grants",
    "system": "system",
    "metadata": "metadata",
}
"""Learned views in words."""


def contradictions(features: Features, prediction: Prediction, zone: IntArray) -> pl.Series:
    """What speaks against the zone of each container, in words; null where nothing does.

    Parameters
    ----------
    zone : int array, shape (n,)
        Positions in `ZONES`.
    """
    none = np.zeros((len(zone), len(ZONES)))
    lineage = prediction.said.get("place", none) + prediction.said.get("neighbours", none)
    clear = features.words.filter(pl.col("kind").is_in(list(ZONES)))
    frame = (
        features.frame.select("node", "declared")
        .join(clear, on="node", how="left", maintain_order="left")
        .with_columns(
            zone=pl.Series(np.array(ZONES)[zone], dtype=pl.String),
            lineage=_claimed(lineage),
            served=_claimed(prediction.said.get("served", none)),
            all=pl.Series(np.array(ZONES)[prediction.chances.argmax(axis=1)], dtype=pl.String),
        )
    )
    against = [
        _against("declared", pl.format("metadata ({})", "declared"), pl.col("declared").is_in(list(ZONES))),
        _against("kind", pl.format("the word `{}` ({})", "token", "kind")),
        _against("lineage", pl.format("its place in the lineage ({})", "lineage")),
        _against("served", pl.format("who reads it ({})", "served")),
        _against("all", pl.format("all evidence together ({})", "all")),
    ]
    said = pl.concat_list(against).list.drop_nulls()
    return frame.select(
        pl.when(said.list.len() > 0).then(pl.format("contradicted by {}", said.list.join(", "))).alias("against")
    )["against"]


def questions(features: Features) -> pl.Series:
    """Why the word of each name is a question: it means one zone or another and no lineage decides; else null."""
    doubtful = {kind: " in some shops and ".join(zones) for kind, zones in MEANINGS.items() if len(zones) > 1}
    words = features.words.filter(pl.col("kind").is_in(list(doubtful)))
    frame = features.frame.join(words, on="node", how="left", maintain_order="left")
    known = pl.col("declared").is_in(list(ZONES)).fill_null(value=False)
    decided = ~(pl.col("place").fill_null("untouched") == "untouched")
    text = pl.format("`{}` means {} in others, and no lineage decides", "token", pl.col("kind").replace(doubtful))
    return frame.select(pl.when(~known & ~decided).then(text).alias("question"))["question"]


def reasons(prediction: Prediction, zone: IntArray) -> pl.Series:
    """The two kinds of evidence that decided each container against its runner-up; null where none did."""
    rows = np.arange(len(zone))
    chances = prediction.chances.copy()
    chances[rows, zone] = -1.0
    second = chances.argmax(axis=1)
    said = {"names": prediction.names, **prediction.said}
    skilled = [name for name in LEARNED if prediction.skills.get(name, 0.0) >= ENOUGH]
    skilled.sort(key=lambda name: -prediction.skills[name])
    wording = WORDING | {"others": f"containers like it in {' and '.join(LEARNED[name] for name in skilled[:2])}"}
    kinds = sorted(said)
    margin = np.stack([said[kind][rows, zone] - said[kind][rows, second] for kind in kinds])
    order = np.argsort(-margin, axis=0, kind="stable")
    words = pl.Series([wording[kind] for kind in kinds], dtype=pl.String)
    parts = [
        pl.when(pl.Series(margin[order[i], rows] >= NAMED)).then(words.gather(order[i]))
        for i in range(min(2, len(kinds)))
    ]
    text = pl.concat_list(parts).list.drop_nulls()
    return pl.select(pl.when(text.list.len() > 0).then(text.list.join(" and "))).to_series()


def describe(features: Features, writers: pl.DataFrame, *notes: pl.Series) -> pl.Series:
    """Evidence of every container, in the order of the features' rows.

    Parameters
    ----------
    features
        What is known.
    writers : DataFrame
        Columns node and writer: the actor that writes each container, where one does.
    notes : Series of str
        Further words per container; null where there are none.
    """
    frame = features.frame.join(features.words, on="node", how="left", maintain_order="left")
    frame = frame.join(writers, on="node", how="left", maintain_order="left")
    feeds = pl.col("downstream") > 0
    parts = [
        pl.when(pl.col("declared").is_not_null()).then(
            pl.format("metadata says {}", pl.col("declared").str.replace_all("_", " "))
        ),
        _counted("used_people", "used_departments", "read by"),
        pl.when(pl.col("used_people").is_null()).then(_counted("granted_people", "granted_departments", "open to")),
        pl.when(pl.col("reports") > 0).then(pl.format("read by {} {}", "reports", _noun("reports", "report"))),
        pl.when(pl.col("writer").is_not_null()).then(
            pl.when(pl.col("upstream") > 0)
            .then(pl.format("written by {} from {} {}", "writer", "upstream", _noun("upstream", "container")))
            .otherwise(pl.format("written by {}", "writer"))
        ),
        pl.when(feeds & (pl.col("upstream") == 0)).then(
            pl.format("source of {} {}", "downstream", _noun("downstream", "container"))
        ),
        pl.when(feeds & (pl.col("upstream") > 0)).then(
            pl.format("feeds {} {}", "downstream", _noun("downstream", "container"))
        ),
        pl.when(~feeds & (pl.col("upstream") > 0)).then(pl.lit("end of its lineage")),
        pl.col("format"),
        pl.when(pl.col("token").is_not_null()).then(pl.format("token `{}`", "token")),
        *notes,
    ]
    text = frame.select(evidence=pl.concat_list(parts).list.drop_nulls().list.join("; "))["evidence"]
    missing = [name for name in ("usage", "references") if name in features.not_assessed]
    if missing:
        note = f"{' and '.join(missing)} not assessed"
        text = pl.select(pl.when(text == "").then(pl.lit(note)).otherwise(text + f"; {note}")).to_series()
    return text.alias("evidence")


def _claimed(odds: FloatArray) -> pl.Series:
    """The zone that log-odds alone say clearly; null where they do not."""
    chances = softmax(odds)
    claimed = pl.Series(np.array(ZONES)[chances.argmax(axis=1)], dtype=pl.String)
    return pl.select(pl.when(pl.Series(chances.max(axis=1, initial=0.0) >= CLAIMS)).then(claimed)).to_series()


def _against(column: str, words: pl.Expr, condition: pl.Expr | None = None) -> pl.Expr:
    differs = pl.col(column) != pl.col("zone")
    return pl.when(differs if condition is None else differs & condition).then(words)


def _noun(count: str, noun: str) -> pl.Expr:
    return pl.when(pl.col(count) == 1).then(pl.lit(noun)).otherwise(pl.lit(noun + "s"))


def _counted(people: str, departments: str, verb: str) -> pl.Expr:
    who = pl.when(pl.col(people) == 1).then(pl.lit("person")).otherwise(pl.lit("people"))
    where = (
        pl.when(pl.col(departments) > 0)
        .then(pl.format(" in {} {}", departments, _noun(departments, "department")))
        .otherwise(pl.lit(""))
    )
    return (
        pl.when(pl.col(people) > 0)
        .then(pl.format("{} {} {}{}", pl.lit(verb), people, who, where))
        .when(pl.col(people) == 0)
        .then(pl.format("{} nobody", pl.lit(verb)))
    )
