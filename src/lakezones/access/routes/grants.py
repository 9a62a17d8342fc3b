"""Grants worked out elsewhere, by the hundred million: names to numbers, batch by batch.

In: frames of grants. Out: `NumberedGrants`, eight bytes a grant. All other tables are small beside this one, so it is
the only one that never has to be in memory as it was read.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from lakezones.access.numbers import Numbers
from lakezones.model.levels import level_bits
from lakezones.model.rules import unexpired

COLUMNS: Final = ("principal_id", "container", "access", "entitlement", "expires_at")
"""Columns of the table ``grants`` that decide access."""

_ROOM: Final = 16
"""A key is a grantee's number times this, plus the level bits, plus `_UNDER` where an entitlement belongs to it."""
_UNDER: Final = 8
_UNIT: Final = "\x1f"
"""Stands between a grantee and the entitlement the grant was made under."""


@dataclass(frozen=True)
class NumberedGrants:
    """Grants in force.

    Attributes
    ----------
    containers
        Names of containers by number, those of expired grants included.
    keys
        key (0, 1, ...), grantee_id, entitlement, level.
    container, key
        Numbers of each grant's container and key; may repeat.
    rows
        How many grants were read.
    """

    containers: pl.Series
    keys: pl.DataFrame
    container: npt.NDArray[np.uint32]
    key: npt.NDArray[np.uint32]
    rows: int


def number_grants(batches: Iterable[pl.DataFrame], *, as_of: datetime) -> NumberedGrants:
    """Read grants batch by batch.

    Parameters
    ----------
    batches
        Frames with principal_id and container, and any other of `COLUMNS`; in any order.
    as_of
        Grants that have expired by then count no more.
    """
    containers, keys = Numbers(), _Keys()
    places: list[npt.NDArray[np.uint32]] = []
    made: list[npt.NDArray[np.uint32]] = []
    rows = 0
    # Numbering takes the lock of Python seldom, so two columns keep two cores busy.
    with ThreadPoolExecutor(2) as pool:
        for batch in batches:
            rows += batch.height
            placed = pool.submit(containers.number, batch["container"])
            key, place = keys.number(batch), placed.result()
            if "expires_at" in batch.columns and batch["expires_at"].null_count() < batch.height:
                alive = batch.select(unexpired(as_of)).to_series().to_numpy()
                place, key = place[alive], key[alive]
            places.append(place)
            made.append(key)
    key = _joined(made)
    made.clear()
    distinct, dense = keys.used(key)
    return NumberedGrants(containers.names(), distinct, _joined(places), dense[key], rows)


def _joined(parts: list[npt.NDArray[np.uint32]]) -> npt.NDArray[np.uint32]:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.uint32)


class _Keys:
    """Numbers for what a grant says beside its container: grantee, entitlement, level."""

    def __init__(self) -> None:
        self._plain = Numbers()
        self._under = Numbers()

    def number(self, batch: pl.DataFrame) -> npt.NDArray[np.uint32]:
        """Number of each grant's key, not dense."""
        who = batch["principal_id"]
        level: npt.NDArray[np.uint32] = batch.select(_level(batch)).to_series().to_numpy()
        if "entitlement" not in batch.columns or batch["entitlement"].null_count() == batch.height:
            return self._plain.number(who) * np.uint32(_ROOM) + level
        named = batch["entitlement"].is_not_null()
        inside = named.to_numpy()
        key = np.empty(batch.height, dtype=np.uint32)
        key[~inside] = self._plain.number(who.filter(~named)) * np.uint32(_ROOM)
        pairs = who.filter(named) + _UNIT + batch["entitlement"].filter(named)
        key[inside] = self._under.number(pairs) * np.uint32(_ROOM) + np.uint32(_UNDER)
        return key + level

    def used(self, key: npt.NDArray[np.uint32]) -> tuple[pl.DataFrame, npt.NDArray[np.uint32]]:
        """The keys that occur, as `NumberedGrants.keys`, and the place among them of each number."""
        seen = np.zeros(max(len(self._plain), len(self._under)) * _ROOM, dtype=bool)
        seen[key] = True
        numbers = np.flatnonzero(seen).astype(np.uint32)
        under = (numbers & _UNDER) > 0
        plain = pl.DataFrame({"grantee_id": self._plain.names().gather(numbers[~under] // _ROOM)})
        pairs = self._under.names().gather(numbers[under] // _ROOM).str.splitn(_UNIT, 2).struct
        entitled = pl.DataFrame({"grantee_id": pairs.field("field_0"), "entitlement": pairs.field("field_1")})
        order = np.argsort(np.concatenate([numbers[~under], numbers[under]]))
        named = pl.concat([plain.with_columns(entitlement=pl.lit("")), entitled])[order]
        frame = named.select(
            pl.Series("key", np.arange(len(numbers), dtype=np.uint32)),
            "grantee_id",
            "entitlement",
            pl.Series("level", (numbers % _UNDER).astype(np.uint8)),
        )
        return frame, np.cumsum(seen, dtype=np.uint32) - np.uint32(1)


def _level(batch: pl.DataFrame) -> pl.Expr:
    if "access" not in batch.columns or batch["access"].null_count() == batch.height:
        return pl.repeat(1, pl.len(), dtype=pl.UInt32)
    return level_bits(pl.col("access").cast(pl.String)).fill_null(1).cast(pl.UInt32)
