"""Names of containers, in the conventions people really use.

In: one row per container with its area's code and convention, its table and the token of a zone, if it shows
one. Out: names that Azure allows (3 to 63 of a-z, 0-9 and single hyphens), each used once.
"""

from typing import Final

import polars as pl

LONGEST: Final = 63
_ROOM: Final = 52  # what a base may take: the rest is for an area's code and for numbers that tell repeats apart


def container_names(frame: pl.DataFrame) -> pl.Series:
    """Name containers.

    Parameters
    ----------
    frame
        ``convention``, ``code`` (of the area), ``system`` (code), ``short`` (of the domain), ``table``,
        ``tail``, ``number`` and ``token`` (null where the name does not say the zone).

    Returns
    -------
    polars.Series
        One name per row, in row order.
    """
    token, table, system = pl.col("token"), pl.col("table"), pl.col("system")
    number = pl.col("number").cast(pl.String).str.zfill(5)

    def join(*parts: pl.Expr) -> pl.Expr:
        return pl.concat_str(parts, separator="-", ignore_nulls=True)

    spelled = {
        "area": join(pl.col("code"), token, table),
        "token-first": join(token, system, table),
        "warehouse": join(system, pl.col("short") + "db", token, table),
        "db2": join(system, pl.lit("t") + number, token),
        "sas": join(pl.lit("lib") + pl.col("short"), token, table.str.replace_all("-", "")),
        "token-last": join(pl.col("short"), table, token),
        "opaque": join(system, number, token),
        "dated": join(system, token, table, pl.col("tail")),
        "person": join(token, table, pl.col("tail")),
    }
    base: pl.Expr = pl.lit(None, dtype=pl.String)
    for convention, expression in spelled.items():
        base = pl.when(pl.col("convention") == convention).then(expression).otherwise(base)
    named = frame.select(base.alias("name")).with_columns(
        pl.col("name").str.to_lowercase().str.slice(0, _ROOM).str.strip_chars_end("-")
    )
    return _made_unique(named["name"])


def _made_unique(names: pl.Series) -> pl.Series:
    """Number repeats from 2 on, again until no numbered name meets another."""
    base = pl.DataFrame({"base": names})
    repeat = pl.col("base").cum_count().over("base")
    numbered = base.select(
        pl.when(repeat == 1)
        .then(pl.col("base"))
        .otherwise(pl.concat_str([pl.col("base"), repeat.cast(pl.String)], separator="-"))
        .alias("name")
    )["name"]
    return numbered if numbered.n_unique() == len(numbered) else _made_unique(numbered)
