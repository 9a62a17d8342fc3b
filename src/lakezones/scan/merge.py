"""Makes one set of tables out of what several sources gave.

In: outcomes, the live ones first. Out: tables with the schemas of `lakezones.model.facts`, each row once. Where two
sources know the same row, the earlier source's values stand and the later one fills what it left null, so that a
capture adds sizes and formats to a listing but never overrules it.
"""

from collections.abc import Sequence

import polars as pl

from lakezones.model.facts import FACTS, KEYS


def merge_tables(parts: Sequence[dict[str, pl.DataFrame]]) -> dict[str, pl.DataFrame]:
    """Merge tables by key; earlier parts win, later ones fill nulls; every table comes out sorted by its key.

    Examples
    --------
    >>> a = pl.DataFrame({"account": ["x"], "hns": [None]}, schema_overrides={"hns": pl.Boolean})
    >>> b = pl.DataFrame({"account": ["x", "y"], "hns": [True, False]})
    >>> merge_tables([{"accounts": a}, {"accounts": b}])["accounts"].rows()
    [('x', True), ('y', False)]
    """
    merged: dict[str, pl.DataFrame] = {}
    for table in FACTS:
        frames = [part[table] for part in parts if table in part]
        if frames:
            merged[table] = _merge(frames, KEYS[table])
    return merged


def _merge(frames: list[pl.DataFrame], key: tuple[str, ...]) -> pl.DataFrame:
    result = frames[0]
    for frame in frames[1:]:
        result = _fill(result, frame, list(key))
    return result.sort(key, nulls_last=False, maintain_order=True)


def _fill(known: pl.DataFrame, other: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    rest = [name for name in known.columns if name not in key and name in other.columns]
    joined = known.join(other.select(*key, *rest), on=key, how="left", nulls_equal=True, suffix="__other")
    filled = joined.with_columns(pl.coalesce(name, f"{name}__other").alias(name) for name in rest)
    added = other.join(known, on=key, how="anti", nulls_equal=True)
    return pl.concat([filled.select(known.columns), added.select(known.columns)])
