"""Metadata of containers as rows of key and value, parsed once per snapshot.

In: the containers table. Out: a long frame, keys in lower case; and for wanted keys the first one given. What is no
JSON object says nothing. Stages take the rows from `lakezones.model.frames.Facts.metadata`, which keeps them, and what
is declared under some keys from `lakezones.model.frames.Facts.said`.
"""

import json
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final

import numpy as np
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
    found = [parse_metadata(text) for text in given["metadata"]]
    rows = np.repeat(np.arange(len(found)), np.fromiter(map(len, found), dtype=np.int64, count=len(found)))
    words = [value if isinstance(value, str) else _text(value) for one in found for value in one.values()]
    return (
        pl.DataFrame(
            {"container": given["container"].gather(rows), "key": list(chain.from_iterable(found)), "value": words},
            schema=LONG_SCHEMA,
        )
        .with_columns(pl.col("value").str.strip_chars())
        .filter(pl.col("value") != "")
    )


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, int | float) else None


def first_of(long: pl.DataFrame, keys: Iterable[str], name: str) -> pl.DataFrame:
    """The value of the first of `keys` that each container has: columns container and `name`."""
    rank = {key.lower(): i for i, key in enumerate(keys)}
    if not rank:
        return long.clear().select("container", pl.col("value").alias(name))
    return (
        long.filter(pl.col("key").is_in(list(rank)))
        .with_columns(rank=pl.col("key").replace_strict(rank, default=len(rank), return_dtype=pl.Int64))
        .sort("container", "rank", "value")
        .unique("container", keep="first", maintain_order=True)
        .select("container", pl.col("value").alias(name))
    )


def declared(containers: pl.DataFrame, keys: Sequence[str], name: str) -> pl.DataFrame:
    """What `first_of` says of `long_metadata`, without parsing every text.

    Where the first key is there as such, with a text for a value, no other key can matter: its value is taken out by
    polars. Of the rest only texts that mention one of the keys are parsed.
    """
    given = containers.select("container", "metadata").drop_nulls()
    if not keys:
        return given.clear().select("container", pl.col("metadata").alias(name))
    first = keys[0]
    plain = pl.col("metadata").str.contains(rf'^\s*\{{.*"{re.escape(first)}"\s*:\s*"')
    # A key that is written twice, or again in other letters, is left to the parser.
    once = pl.col("metadata").str.count_matches(rf'(?i)"{re.escape(first)}"') == 1
    value = pl.col("metadata").str.json_path_match(f"$['{first}']").str.strip_chars()
    quick = given.filter(plain & once).select("container", value.alias(name)).filter(pl.col(name) != "")
    mentioned = pl.col("metadata").str.contains(rf'(?i)"(?:{"|".join(map(re.escape, keys))})"|\\u')
    rest = given.filter(mentioned).join(quick, on="container", how="anti")
    return pl.concat([quick, first_of(long_metadata(rest), keys, name)]).sort("container")
