"""What reviewers saw when they decided, container by container, so that later scans can say what grew.

In: `Contents` and what was decided on. Out: `lakezones.model.tables.Seen`.
"""

import dataframely as dy
import polars as pl

from lakezones.model.tables import Seen
from lakezones.review.binding.content import OBJECT, Contents


def seen(contents: Contents, wanted: pl.DataFrame, *, earlier: dy.DataFrame[Seen] | None = None) -> dy.DataFrame[Seen]:
    """What there is to see of some objects, under the hash that decisions on them carry.

    Parameters
    ----------
    contents
        What there is to see now.
    wanted
        object_kind, object_id, content_hash: what is decided on, as `hashes` of `contents` says.
    earlier
        What was seen before; kept.
    """
    version = ["object_kind", "object_id", "content_hash"]
    keys = wanted.select(pl.col("object_kind").cast(pl.String), "object_id", "content_hash").unique()
    if earlier is not None and keys.height:
        # What is known is left out before classes are written out container by container. There may be a million
        # rows of it, of which few have a hash that is asked for.
        near = earlier.filter(pl.col("content_hash").is_in(keys["content_hash"].implode()))
        known = near.select(pl.col("object_kind").cast(pl.String), *version[1:]).unique()
        keys = keys.join(known, on=version, how="anti")
    if earlier is not None and keys.is_empty():
        return earlier
    fresh = _in_order(contents.expanded(keys), keys)
    return fresh if earlier is None else Seen.cast(pl.concat([earlier, fresh]))


def _in_order(rows: pl.DataFrame, keys: pl.DataFrame) -> dy.DataFrame[Seen]:
    """The rows under the hashes of their objects, sorted by key: by numbers in place of texts, a sixth of the time."""
    kinds = Seen.create_empty().schema
    versions = keys.cast({"object_kind": kinds["object_kind"]}).sort(keys.columns).with_row_index("version")
    parts = rows.select("part_id").unique().sort("part_id").with_row_index("part")
    numbered = rows.cast({"object_kind": kinds["object_kind"]}).join(versions, on=OBJECT).join(parts, on="part_id")
    ordered = numbered.sort("version", pl.col("part_kind").to_physical(), "part")
    return Seen.cast(ordered.select(Seen.column_names()))


def carried(
    contents: Contents, decisions: pl.DataFrame, former: pl.DataFrame, *, earlier: dy.DataFrame[Seen] | None = None
) -> dy.DataFrame[Seen]:
    """What was seen, with that of decisions made before it was kept: where their hash still fits, what there is now.

    Parameters
    ----------
    contents
        What there is to see now.
    decisions
        Decisions in force.
    former
        object_kind, object_id, content_hash as hashes were made before (`lakezones.review.binding.former_hashes`).
    earlier
        What is on record.
    """
    versions = decisions.select(pl.col("object_kind").cast(pl.String), "object_id", "content_hash").unique()
    wanted = versions.join(former, on=["object_kind", "object_id", "content_hash"], how="semi")
    return seen(contents, wanted, earlier=earlier)
