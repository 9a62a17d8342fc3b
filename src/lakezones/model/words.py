"""Counts with their nouns, for every text that people read.

In: a number and a noun. Out: text, or an expression that makes it for a column.
"""

from typing import Final

import polars as pl

MANY: Final = {"person": "people", "class": "classes", "entry": "entries", "policy": "policies"}
"""Plurals that take more than an s."""


def plural(noun: str) -> str:
    """The noun for any number but one.

    Examples
    --------
    >>> plural("container"), plural("person")
    ('containers', 'people')
    """
    return MANY.get(noun, f"{noun}s")


def counted(number: int, noun: str = "container") -> str:
    """A number with its noun.

    Examples
    --------
    >>> counted(1), counted(12000, "group"), counted(0, "person")
    ('1 container', '12,000 groups', '0 people')
    """
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def counted_column(noun: str, number: str = "affected") -> pl.Expr:
    """Expression for the number in a column with its noun.

    Examples
    --------
    >>> pl.DataFrame({"affected": [1, 12000]}).select(counted_column("container")).to_series().to_list()
    ['1 container', '12000 containers']
    """
    ending = pl.when(pl.col(number) == 1).then(pl.lit(f" {noun}")).otherwise(pl.lit(f" {plural(noun)}"))
    return pl.col(number).cast(pl.String) + ending
