"""What is no longer as reviewers saw it, part by part.

In: what there is to see, what was seen, decisions. Out: `lakezones.model.tables.Changed`. What grew lapses: an added
person or container, a higher level or sensitivity lapses that part; changed evidence lapses all. A leaver, a container
that is gone, a lower level are listed and lapse nothing.
"""

from typing import Final

import dataframely as dy
import polars as pl

from lakezones.model.levels import LABELS
from lakezones.model.tables import Changed, Decisions, Seen
from lakezones.review.binding.content import OBJECT, PART, Contents

VERSION: Final = ("object_kind", "object_id", "content_hash")
RANKS: Final = {
    "public": 0,
    "": 1,
    "internal": 1,
    "confidential": 2,
    "restricted": 3,
    "highly restricted": 4,
    "secret": 5,
}
"""Sensitivities from mild to grave; unknown counts as internal. A change from or to any other word lapses."""
_UNSEEN: Final = "what was seen is not on record"


def changed(
    contents: Contents,
    seen: dy.DataFrame[Seen],
    decisions: dy.DataFrame[Decisions],
    *,
    hashes: pl.DataFrame | None = None,
) -> dy.DataFrame[Changed]:
    """What has changed of everything that was decided on.

    Parameters
    ----------
    contents, seen, decisions
        What there is now, what was seen, what was decided.
    hashes
        `lakezones.review.binding.hashes` of `contents`: what still has the hash that was decided on has not changed,
        and is not looked at.

    Returns
    -------
    polars.DataFrame
        Schema `Changed`. An object that is no longer proposed has no rows; of one whose content at the time is not on
        record, all has changed.
    """
    versions = decisions.select(pl.col("object_kind").cast(pl.String), "object_id", "content_hash").unique()
    if hashes is not None:
        versions = versions.join(hashes, on=VERSION, how="anti")
    versions = versions.join(contents.objects, on=OBJECT, how="semi")
    if versions.is_empty():
        return Changed.create_empty()
    now = contents.expanded(versions).with_columns(pl.col("object_kind").cast(pl.String))
    was = seen.with_columns(pl.col("object_kind").cast(pl.String)).join(versions, on=VERSION, how="semi")
    known = was.select(VERSION).unique()
    columns = (*PART, "level", "sensitivity", "value")
    both = (
        now.select(*OBJECT, *columns, pl.lit(value=True).alias("here"))
        .join(known, on=OBJECT)
        .join(
            was.select(*VERSION, *columns, pl.lit(value=True).alias("there")),
            on=[*VERSION, *PART],
            how="full",
            coalesce=True,
            suffix="_was",
        )
    )
    rows = both.with_columns(change=_change()).drop_nulls("change")
    moved = _classes_gone(decisions, contents, versions)
    forgotten = versions.join(known, on=VERSION, how="anti").select(
        *VERSION,
        part_kind=pl.lit("evidence"),
        part_id=pl.lit("content"),
        change=pl.lit("evidence"),
        lapses=pl.lit(value=True),
        was=pl.lit(_UNSEEN),
        now=pl.lit(None, pl.String),
    )
    found = rows.select(
        *VERSION,
        pl.col("part_kind").cast(pl.String),
        "part_id",
        "change",
        lapses=~pl.col("change").is_in(["gone", "lowered"]),
        was=_in_words("there", "_was"),
        now=_in_words("here", ""),
    )
    return Changed.validate(pl.concat([found, forgotten, moved]).sort([*VERSION, *PART]), cast=True)


def _classes_gone(decisions: pl.DataFrame, contents: Contents, versions: pl.DataFrame) -> pl.DataFrame:
    """Classes that were decided on and are not there any more."""
    names = ("object_kind", "object_id", "part_kind", "part_id")
    there = contents.parts.select(pl.col(name).cast(pl.String) for name in names)
    return (
        decisions.with_columns(pl.col("object_kind", "part_kind").cast(pl.String))
        .filter(part_kind="class")
        .join(versions, on=VERSION, how="semi")
        .join(there, on=names, how="anti")
        .select(
            *VERSION,
            *PART,
            change=pl.lit("gone"),
            lapses=pl.lit(value=False),
            was=pl.lit("its containers are in other classes now"),
            now=pl.lit(None, pl.String),
        )
        .unique()
    )


def _change() -> pl.Expr:
    """What happened to a part; null where nothing that matters did."""
    evidence = pl.col("part_kind").cast(pl.String) == "evidence"
    here, there = pl.col("here").is_not_null(), pl.col("there").is_not_null()
    raised = (pl.col("level") & ~pl.col("level_was")) != 0
    lowered = (pl.col("level_was") & ~pl.col("level")) != 0
    other = pl.col("sensitivity") != pl.col("sensitivity_was")
    milder = (_rank("sensitivity") < _rank("sensitivity_was")).fill_null(value=False)
    return (
        pl.when(evidence & here & ~(there & pl.col("value").eq_missing(pl.col("value_was"))))
        .then(pl.lit("evidence"))
        .when(there & ~here)
        .then(pl.lit("gone"))
        .when(evidence)
        .then(None)
        .when(here & ~there)
        .then(pl.lit("added"))
        .when(raised)
        .then(pl.lit("raised"))
        .when(other & ~milder)
        .then(pl.lit("more_sensitive"))
        .when(lowered | other)
        .then(pl.lit("lowered"))
    )


def _rank(column: str) -> pl.Expr:
    return pl.col(column).replace_strict(RANKS, default=None, return_dtype=pl.Int8)


def _in_words(flag: str, suffix: str) -> pl.Expr:
    """A part in words: its level and sensitivity; of evidence, what was known."""
    level = pl.col(f"level{suffix}").replace_strict(LABELS, default="", return_dtype=pl.String)
    words = pl.concat_str(level, f"sensitivity{suffix}", separator=" ").str.strip_chars()
    evidence = pl.col("part_kind").cast(pl.String) == "evidence"
    return pl.when(pl.col(flag).is_not_null()).then(pl.when(evidence).then(f"value{suffix}").otherwise(words))
