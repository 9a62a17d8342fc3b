"""Numbers for texts, so that millions of rows are compared and joined by integers.

In: a frame with text columns. Out: its distinct values, numbered, and the frame with these numbers.
"""

import polars as pl


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
    # Each text is numbered by itself first: rows of several long texts are slow to tell apart.
    codes = {column: f"{name}:{column}" for column in columns}
    coded = frame.with_columns(_code(frame[column]).alias(code) for column, code in codes.items())
    distinct = coded.unique(codes.values()).select(*columns, *codes.values()).sort(columns).with_row_index(name)
    numbered = coded.join(distinct.select(name, *codes.values()), on=list(codes.values()), nulls_equal=True)
    return distinct.select(name, *columns), numbered.drop(codes.values())


def _code(values: pl.Series) -> pl.Series:
    if values.dtype != pl.String:
        return values
    return values.cast(pl.Categorical(pl.Categories.random())).to_physical()
