"""Metadata of containers as rows of key and value, parsed once per snapshot.

In: the containers table. Out: a long frame, keys in lower case; and for wanted keys the first one given. What is no
JSON object says nothing. Stages take the rows from `lakezones.model.frames.Facts.metadata`, which keeps them.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

import polars as pl

LONG_SCHEMA: Final = {"container": pl.String, "key": pl.String, "value": pl.String}

SYSTEM_KEYS: Final = ("system", "system_of_record", "source_system", "application", "app")
TABLE_KEYS: Final = ("table", "entity", "dataset")
OWNER_KEYS: Final = ("owner", "data_owner", "steward")
SENSITIVITY_KEYS: Final = ("sensitivity", "classification")
"""Keys whose values name the system of record, the table, the owner and the sensitivity of a container."""


def parse_metadata(text: str | None) -> dict[str, Any]:
    """Metadata as a dict with lower-case keys; what is no JSON object says nothing.

    Examples
    --------
    >>> parse_metadata('{"System": "CRM"}'), parse_metadata("no json")
    ({'system': 'CRM'}, {})
    """
    if not text:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {str(k).lower(): v for k, v in value.items()} if isinstance(value, dict) else {}


def long_metadata(containers: pl.DataFrame) -> pl.DataFrame:
    """Columns container, key, value (as text, stripped, never empty); nested values are left out."""
    given = containers.select("container", "metadata").drop_nulls()
    names: list[str] = []
    keys: list[str] = []
    values: list[str] = []
    for container, text in given.iter_rows():
        for key, value in parse_metadata(text).items():
            if isinstance(value, str | int | float) and (word := str(value).strip()):
                names.append(container)
                keys.append(key)
                values.append(word)
    return pl.DataFrame({"container": names, "key": keys, "value": values}, schema=LONG_SCHEMA)


def first_of(long: pl.DataFrame, keys: Iterable[str], name: str) -> pl.DataFrame:
    """The value of the first of `keys` that each container has: columns container and `name`."""
    rank = {key.lower(): i for i, key in enumerate(keys)}
    return (
        long.filter(pl.col("key").is_in(list(rank)))
        .with_columns(rank=pl.col("key").replace_strict(rank, default=len(rank), return_dtype=pl.Int64))
        .sort("container", "rank", "value")
        .unique("container", keep="first", maintain_order=True)
        .select("container", pl.col("value").alias(name))
    )
