"""CSV as people get it and give it back: UTF-8, ISO times in UTC, lists as JSON, formulas made harmless.

In: a frame, or CSV text that lakezones wrote and somebody may have edited. Out: bytes, or a frame of strings.
A cell that a spreadsheet would run as a formula gets a leading ``'``, a cell that starts with ``'`` gets a second
one, and `unescape` undoes both, so that text survives the round trip.
"""

import json

import polars as pl

_FORMULA = r"^[=+\-@\t\r]"


def escape(column: str) -> pl.Expr:
    """Expression that makes a text column safe to open in a spreadsheet.

    Examples
    --------
    >>> pl.DataFrame({"a": ["=1+1", "'x", "ok"]}).select(escape("a")).to_series().to_list()
    ["'=1+1", "''x", 'ok']
    """
    text = pl.col(column)
    risky = text.str.contains(_FORMULA) | text.str.starts_with("'")
    return pl.when(risky).then(pl.lit("'") + text).otherwise(text).alias(column)


def unescape(column: str) -> pl.Expr:
    """Expression that undoes `escape`.

    Examples
    --------
    >>> pl.DataFrame({"a": ["'=1+1", "''x", "'plain"]}).select(unescape("a")).to_series().to_list()
    ['=1+1', "'x", "'plain"]
    """
    text = pl.col(column)
    return pl.when(text.str.contains(r"^'[=+\-@\t\r']")).then(text.str.slice(1)).otherwise(text).alias(column)


def render(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every column as it is written to CSV."""
    columns = []
    for name, dtype in frame.schema.items():
        match dtype:
            case pl.Enum() | pl.Categorical():
                columns.append(pl.col(name).cast(pl.String))
            case pl.String():
                columns.append(escape(name))
            case pl.Datetime():
                columns.append(pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
            case pl.Boolean():
                columns.append(pl.col(name).cast(pl.String))
            case pl.Float64():
                columns.append(pl.col(name).round(6))
            case pl.List():
                columns.append(
                    pl.col(name).map_elements(
                        lambda values: json.dumps(list(values), ensure_ascii=False), return_dtype=pl.String
                    )
                )
            case _:
                columns.append(pl.col(name))
    return frame.select(columns)


def to_csv(frame: pl.DataFrame) -> bytes:
    """CSV bytes of a frame; an empty frame keeps its header."""
    return render(frame).write_csv().encode()


def from_csv(content: bytes) -> pl.DataFrame:
    """A frame of strings from CSV that `to_csv` wrote; empty cells are null."""
    frame = pl.read_csv(content, infer_schema=False, null_values=[""])
    return frame.with_columns(unescape(name) for name in frame.columns)
