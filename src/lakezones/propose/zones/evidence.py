"""Evidence in words: one line per container of what was seen, what decided, and what speaks against it.

In: `Features`, `Prediction` and the zones. Out: text such as ``read by 41 people in 3 departments; written by
adf/flow-0112 from 2 containers; parquet; token `mart`; decided by its name``, contradictions and questions.
"""

from typing import Final

import numpy as np
import polars as pl

from lakezones.propose.zones.features import Features
from lakezones.propose.zones.learning import ENOUGH, FloatArray, IntArray, softmax
from lakezones.propose.zones.model import Prediction
from lakezones.propose.zones.tokens import MEANINGS, ZONES

# Probability by lineage or readers alone from which they are said to contradict: four to one.
CLAIMS: Final = 0.8

# Log-odds against the runner-up from which a kind of evidence is named as deciding: a tenth more or less likely.
NAMED: Final = 0.25

# Kinds of evidence in words.
WORDING: Final = {
    "names": "its name", "ambiguous": "what its word means here", "format": "its format", "served": "who reads it",
    "place": "its place in the lineage", "neighbours": "what comes before and after it", "tools": "what writes it",
}  # fmt: skip

# Learned views in words.
LEARNED: Final = {
    "words": "words of names", "prefix": "how names begin", "size": "size", "idle_days": "age", "readers": "readers",
    "class": "grants", "system": "system", "metadata": "metadata",
}  # fmt: skip


def contradictions(features: Features, prediction: Prediction, zone: IntArray) -> pl.Series:
    """What speaks against the zone of each container, in words; null where nothing does.

    Parameters
    ----------
    zone : int array, shape (n,)
        Positions in `ZONES`.
    """
    none, names = np.zeros((len(zone), len(ZONES))), np.array(ZONES)
    said = prediction.said
    frame = features.frame.select("node", "declared").join(features.words, on="node", how="left", maintain_order="left")
    frame = frame.with_columns(
        declared=pl.when(pl.col("declared").is_in(list(ZONES))).then("declared"),
        lineage=_claimed(said.get("place", none) + said.get("neighbours", none)),
        served=_claimed(said.get("served", none)),
        all=pl.Series(names[prediction.chances.argmax(axis=1)], dtype=pl.String),
    )
    claims = {
        "declared": "metadata ({})", "other": "its word ({})", "lineage": "its place in the lineage ({})",
        "served": "who reads it ({})", "all": "all evidence together ({})",
    }  # fmt: skip
    zones = pl.Series(names[zone], dtype=pl.String)
    against = pl.concat_list(pl.when(pl.col(c) != zones).then(pl.format(w, c)) for c, w in claims.items())
    text = against.list.drop_nulls().list.join(", ")
    return frame.select(pl.when(text != "").then(pl.format("contradicted by {}", text)).alias("against"))["against"]


def questions(features: Features) -> pl.Series:
    """Why the word of each name is a question: it means one zone or another and no lineage decides; else null."""
    doubtful = {kind: " in some shops and ".join(zones) for kind, zones in MEANINGS.items() if len(zones) > 1}
    words = features.words.filter(pl.col("kind").is_in(list(doubtful)))
    frame = features.frame.join(words, on="node", how="left", maintain_order="left")
    known = pl.col("declared").is_in(list(ZONES)).fill_null(value=False)
    decided = ~(pl.col("place").fill_null("untouched") == "untouched")
    text = pl.format("`{}` means {} in others, and no lineage decides", "token", pl.col("kind").replace(doubtful))
    return frame.select(pl.when(~known & ~decided).then(text).alias("question"))["question"]


def reasons(prediction: Prediction, zone: IntArray, second: IntArray) -> pl.Series:
    """The two kinds of evidence that decided each container against its runner-up (`second`); null where none did."""
    rows = np.arange(len(zone))
    said = {"names": prediction.names, **prediction.said}
    skilled = [name for name in LEARNED if prediction.skills.get(name, 0.0) >= ENOUGH]
    skilled.sort(key=lambda name: -prediction.skills[name])
    wording = WORDING | {"others": f"containers like it in {' and '.join(LEARNED[name] for name in skilled[:2])}"}
    kinds = sorted(said)
    margin = np.stack([said[kind][rows, zone] - said[kind][rows, second] for kind in kinds])
    order = np.argsort(-margin, axis=0, kind="stable")
    words = pl.Series([wording[kind] for kind in kinds], dtype=pl.String)
    parts = [pl.when(pl.Series(margin[o, rows] >= NAMED)).then(words.gather(o)) for o in order[:2]]
    text = pl.concat_list(parts).list.drop_nulls()
    return pl.select(pl.when(text.list.len() > 0).then(text.list.join(" and "))).to_series()


def describe(features: Features, *notes: pl.Series) -> pl.Series:
    """Evidence of every container, in the order of the features' rows.

    Parameters
    ----------
    features
        What is known.
    notes : Series of str
        Further words per container; null where there are none.
    """
    writing = features.touches.filter(direction="write").sort("node", "kind", "actor")
    writers = writing.unique("node", keep="first", maintain_order=True).select("node", writer="actor")
    frame = features.frame.join(features.words, on="node", how="left", maintain_order="left")
    frame = frame.join(writers, on="node", how="left", maintain_order="left")
    fed, feeds = pl.col("upstream") > 0, pl.col("downstream") > 0
    before, after = _many("upstream", "container"), _many("downstream", "container")
    parts = [
        pl.format("metadata says {}", pl.col("declared").str.replace_all("_", " ")),
        _counted("used_people", "used_departments", "read by"),
        pl.when(pl.col("used_people").is_null()).then(_counted("granted_people", "granted_departments", "open to")),
        pl.when(pl.col("reports") > 0).then(pl.format("read by {}", _many("reports", "report"))),
        pl.format("written by {}{}", "writer", pl.when(fed).then(pl.format(" from {}", before)).otherwise(pl.lit(""))),
        pl.when(feeds & ~fed).then(pl.format("source of {}", after)),
        pl.when(feeds & fed).then(pl.format("feeds {}", after)),
        pl.when(~feeds & fed).then(pl.lit("end of its lineage")),
        pl.col("format"),
        pl.format("token `{}`", "token"),
        *notes,
    ]
    missing = [name for name in ("usage", "references") if name in features.not_assessed]
    if missing:
        parts.append(pl.lit(f"{' and '.join(missing)} not assessed"))
    return frame.select(evidence=pl.concat_list(parts).list.drop_nulls().list.join("; "))["evidence"]


def _claimed(odds: FloatArray) -> pl.Series:
    """The zone that log-odds alone say clearly; null where they do not."""
    chances = softmax(odds)
    claimed = pl.Series(np.array(ZONES)[chances.argmax(axis=1)], dtype=pl.String)
    return pl.select(pl.when(pl.Series(chances.max(axis=1, initial=0.0) >= CLAIMS)).then(claimed)).to_series()


def _many(count: str, noun: str) -> pl.Expr:
    return pl.format("{} {}", count, pl.when(pl.col(count) == 1).then(pl.lit(noun)).otherwise(pl.lit(noun + "s")))


def _counted(people: str, departments: str, verb: str) -> pl.Expr:
    who = pl.when(pl.col(people) == 1).then(pl.lit("1 person")).otherwise(pl.format("{} people", people))
    where = pl.when(pl.col(departments) > 0).then(pl.format(" in {}", _many(departments, "department")))
    counted = pl.format(verb + " {}{}", who, where.otherwise(pl.lit("")))
    return pl.when(pl.col(people) > 0).then(counted).when(pl.col(people) == 0).then(pl.lit(verb + " nobody"))
