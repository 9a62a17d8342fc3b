"""Access matrices too large for one frame: grants in batches to classes and effective access.

In: batches of grants whose grantees are people. Out: the same classes, class ids and access that `resolve` gives for
these grants. Names are numbered batch by batch, so that a hundred million grants are eight bytes each.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from lakezones.access.collapse import canonical, class_ids, group, hashes
from lakezones.access.engine import Engine, PolarsEngine
from lakezones.access.keys import with_defaults
from lakezones.model.levels import level_bits

_LEVELS = 8
"""Keys are a grantee's number times this, plus the level bits."""


@dataclass(frozen=True)
class BulkAccess:
    """Classes of containers and who reaches them; columns as in `lakezones.model.tables`, all text or integers."""

    container_classes: pl.DataFrame
    class_access: pl.DataFrame


def resolve_grants(batches: Iterable[pl.DataFrame], *, engine: Engine | None = None) -> BulkAccess:
    """Classes and access from grants alone.

    Parameters
    ----------
    batches
        Frames with principal_id, container and, if not all are reads, access; in any order, repeats allowed.
    engine
        Where containers are grouped; polars where None.

    Returns
    -------
    BulkAccess
        Sorted as the tables of `resolve`.
    """
    people, containers = _Numbers(), _Numbers()
    packed = [_pack(batch, people, containers) for batch in batches]
    grants = np.concatenate(packed) if packed else np.empty(0, dtype=np.uint64)
    packed.clear()
    grants.sort()
    fresh = np.ones(len(grants), dtype=bool)
    np.not_equal(grants[1:], grants[:-1], out=fresh[1:])
    if not fresh.all():
        grants = grants[fresh]
    pairs = pl.DataFrame(
        {"container": (grants >> np.uint64(32)).astype(np.uint32), "key": grants.astype(np.uint32)},
    )
    del grants, fresh
    codes = pairs["container"].unique().sort()
    keys = _keys(pairs["key"].unique().sort(), people)
    texts = canonical(keys)
    every = pl.DataFrame({"container": codes}).with_columns(wide=pl.lit(0, pl.UInt32))
    grouped = group(pairs, every, hashes(texts), engine=engine or PolarsEngine())
    representatives = grouped["group"].unique().sort()
    carried = (
        pairs.lazy()
        .join(pl.LazyFrame({"container": representatives}), on="container", how="semi")
        .select(group="container", key="key")
        .collect(engine="streaming")
    )
    ids = class_ids(carried, texts, representatives)
    # Numbers are sorted and joined, names put in at the end: there are millions of rows and few names.
    classes_in_order = ids.sort("class_id").with_row_index("place")
    people_in_order = keys.select("key", "level", principal_id="grantee_id").with_columns(
        person=pl.col("principal_id").rank("dense")
    )
    names = people_in_order.unique("person").sort("person")["principal_id"]
    cells = (
        carried.join(classes_in_order.select("group", "place"), on="group")
        .join(people_in_order.select("key", "level", "person"), on="key")
        .group_by("place", "person")
        .agg(pl.col("level").bitwise_or())
        .sort("place", "person")
    )
    access = cells.select(
        class_id=classes_in_order["class_id"].gather(cells["place"]),
        principal_id=names.gather(cells["person"] - 1),
        level="level",
    )
    placed = grouped.join(ids, on="group")
    classes = placed.select("class_id", container=containers.names(placed["container"])).sort("container")
    return BulkAccess(classes, access)


class _Numbers:
    """Numbers for names, the same in every batch."""

    def __init__(self) -> None:
        self.dtype = pl.Categorical(pl.Categories.random())
        # Categories are forgotten when the last series that uses them is gone.
        self._anchor = pl.Series([""], dtype=pl.String).cast(self.dtype)

    def number(self, column: str) -> pl.Expr:
        """Expression for the number of each name."""
        return pl.col(column).cast(self.dtype).to_physical()

    def names(self, numbers: pl.Series) -> pl.Series:
        """Names of numbers."""
        return numbers.cast(pl.UInt32).cat.to(self.dtype).cast(pl.String)


def _pack(batch: pl.DataFrame, people: _Numbers, containers: _Numbers) -> npt.NDArray[np.uint64]:
    """Grants as one number each: container, grantee and level."""
    level = level_bits(pl.col("access").cast(pl.String)).fill_null(1) if "access" in batch.columns else pl.lit(1)
    packed = batch.select(
        containers.number("container").cast(pl.UInt64) * 2**32
        + people.number("principal_id").cast(pl.UInt64) * _LEVELS
        + level.cast(pl.UInt64)
    )
    return packed.to_series().to_numpy()


def _keys(numbers: pl.Series, people: _Numbers) -> pl.DataFrame:
    frame = pl.DataFrame({"key": numbers}).with_columns(
        route=pl.lit("grant"),
        grantee_id=people.names(numbers // _LEVELS),
        level=(pl.col("key") % _LEVELS).cast(pl.UInt8),
    )
    return with_defaults(frame)
