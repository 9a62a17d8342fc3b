"""Evidence in words: one line per container of what was seen, most informative first.

In: `Features`. Out: a column of text such as ``read by 41 people in 3 departments; written by adf/flow-0112 from
2 containers; parquet; token `mart```.
"""

import polars as pl

from lakezones.propose.zones.features import Features


def describe(features: Features, writers: pl.DataFrame, reasons: pl.Series) -> pl.Series:
    """Evidence of every container, in the order of the features' rows.

    Parameters
    ----------
    features
        What is known.
    writers : DataFrame
        Columns node and writer: the actor that writes each container, where one does.
    reasons : Series of str
        What decided the zone, in words; null where nothing did.
    """
    frame = features.frame.with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
    words = (
        features.tokens.join(features.words, on="token")
        .unique()
        .group_by("node")
        .agg(token=pl.col("token").sort_by("position", "token").first())
    )
    frame = frame.join(words, on="node", how="left").join(writers, on="node", how="left")
    frame = frame.with_columns(reasons.alias("reason"))
    parts = [
        pl.when(pl.col("declared").is_not_null()).then(pl.format("metadata says {}", "declared")),
        _counted("used_people", "used_departments", "read by"),
        pl.when(pl.col("used_people").is_null()).then(_counted("granted_people", "granted_departments", "open to")),
        pl.when(pl.col("reports") > 0).then(pl.format("read by {} {}", "reports", _noun("reports", "report"))),
        pl.when(pl.col("writer").is_not_null()).then(
            pl.when(pl.col("upstream") > 0)
            .then(pl.format("written by {} from {} {}", "writer", "upstream", _noun("upstream", "container")))
            .otherwise(pl.format("written by {}", "writer"))
        ),
        pl.when((pl.col("depth") == 0) & (pl.col("downstream") > 0)).then(
            pl.format("source of {} {}", "downstream", _noun("downstream", "container"))
        ),
        pl.when((pl.col("depth") > 0) & (pl.col("downstream") > 0)).then(
            pl.format("feeds {} {}", "downstream", _noun("downstream", "container"))
        ),
        pl.when((pl.col("depth") > 0) & (pl.col("downstream") == 0)).then(pl.lit("end of its lineage")),
        pl.col("format"),
        pl.when(pl.col("token").is_not_null()).then(pl.format("token `{}`", "token")),
        pl.when(pl.col("reason").is_not_null()).then(pl.format("decided by {}", "reason")),
    ]
    text = frame.select(evidence=pl.concat_list(parts).list.drop_nulls().list.join("; "))["evidence"]
    missing = [name for name in ("usage", "references") if name in features.not_assessed]
    if missing:
        note = f"{' and '.join(missing)} not assessed"
        text = pl.select(pl.when(text == "").then(pl.lit(note)).otherwise(text + f"; {note}")).to_series()
    return text.alias("evidence")


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
