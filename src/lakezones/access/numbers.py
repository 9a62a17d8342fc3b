"""Numbers for texts, so that millions of rows are compared and joined by integers.

In: a frame with text columns. Out: its distinct values, numbered, and the frame with these numbers. For more rows than
one frame should hold, `Numbers` numbers names batch by batch.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

MAX_BATCH: Final = 2**22
"""Rows that are numbered at once: few enough for the caches, and their places leave 42 bits of a hash."""


def number(frame: pl.DataFrame, columns: list[str], name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Number the distinct values of some columns in their sorted order.

    Parameters
    ----------
    frame
        Any frame.
    columns
        Columns that together are a value; nulls are values.
    name
        Column for the number.

    Returns
    -------
    polars.DataFrame
        `name` (0, 1, ...) and `columns`; sorted by them.
    polars.DataFrame
        `frame` with `name`; rows in any order.

    Examples
    --------
    >>> values, numbered = number(pl.DataFrame({"a": ["y", "x", "y"]}), ["a"], "n")
    >>> values.rows(), sorted(numbered.rows())
    ([(0, 'x'), (1, 'y')], [('x', 0), ('y', 1), ('y', 1)])
    """
    if len(columns) == 1 and frame[columns[0]].dtype == pl.String and frame[columns[0]].null_count() == 0:
        names, places = _ranked(frame[columns[0]])
        return pl.DataFrame({name: np.arange(len(names), dtype=np.uint32), columns[0]: names}), frame.with_columns(
            pl.Series(name, places)
        )
    # Each text is numbered by itself first: rows of several long texts are slow to compare.
    codes = {column: f"{name}:{column}" for column in columns}
    coded = frame.with_columns(_code(frame[column]).alias(code) for column, code in codes.items())
    distinct = coded.unique(codes.values()).select(*columns, *codes.values()).sort(columns).with_row_index(name)
    numbered = coded.join(distinct.select(name, *codes.values()), on=list(codes.values()), nulls_equal=True)
    return distinct.select(name, *columns), numbered.drop(codes.values())


def _ranked(names: pl.Series) -> tuple[pl.Series, npt.NDArray[np.uint32]]:
    """Distinct names, sorted, and the place of each name among them."""
    dtype = pl.Categorical(pl.Categories.random())
    coded = names.cast(dtype)
    codes = coded.to_physical().to_numpy()
    distinct = (
        pl.Series(np.arange((int(codes.max()) + 1 if len(codes) else 0), dtype=np.uint32)).cat.to(dtype).cast(pl.String)
    )
    order = distinct.arg_sort().to_numpy()
    rank = np.empty(len(order), dtype=np.uint32)
    rank[order] = np.arange(len(order), dtype=np.uint32)
    return distinct.gather(order), rank[codes]


def _code(values: pl.Series) -> pl.Series:
    if values.dtype != pl.String:
        return values
    return values.cast(pl.Categorical(pl.Categories.random())).to_physical()


class Numbers:
    """Numbers for names: 0, 1, ..., the same in every batch.

    A batch's names are distinguished by sorting hashes with their places, which costs the same per row however many
    names there are; only distinct names meet the table. Each row is then compared with the first of its hash, so
    that names whose hashes collide are compared one by one.
    """

    def __init__(self) -> None:
        self._dtype = pl.Categorical(pl.Categories.random())
        # Categories are forgotten when the last series that uses them is gone.
        self._anchor = pl.Series([], dtype=pl.String).cast(self._dtype)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def number(self, names: pl.Series) -> npt.NDArray[np.uint32]:
        """Number of each name; names must not be null."""
        parts = [self._number(names.slice(start, MAX_BATCH)) for start in range(0, len(names), MAX_BATCH)]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.uint32)

    def _number(self, names: pl.Series) -> npt.NDArray[np.uint32]:
        first, codes = _by_hash(names.hash().to_numpy())
        if not (names.gather(first).gather(codes) == names).all():
            return self._look_up(names)
        return self._look_up(names.gather(first))[codes]

    def _look_up(self, names: pl.Series) -> npt.NDArray[np.uint32]:
        numbers: npt.NDArray[np.uint32] = names.cast(self._dtype).to_physical().to_numpy()
        self._count = max(self._count, int(numbers.max()) + 1)
        return numbers

    def names(self) -> pl.Series:
        """Names in the order of their numbers."""
        return pl.Series(np.arange(self._count, dtype=np.uint32)).cat.to(self._dtype).cast(pl.String)


def _by_hash(hashes: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Rows of equal hash, up to collisions: the first row of each group, and the group of each row."""
    places = np.uint64(MAX_BATCH - 1)
    packed = (hashes & ~places) | np.arange(len(hashes), dtype=np.uint64)
    packed.sort()
    rows = (packed & places).astype(np.uint32)
    packed &= ~places
    starts = np.ones(len(packed), dtype=bool)
    np.not_equal(packed[1:], packed[:-1], out=starts[1:])
    codes = np.empty(len(packed), dtype=np.uint32)
    codes[rows] = np.cumsum(starts, dtype=np.uint32) - np.uint32(1)
    return rows[starts], codes
