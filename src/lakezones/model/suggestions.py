"""Suggestions as reviewers decide on them: what an approval is an approval of.

In: suggestions and the containers of classes. Out: the suggestions with their level, size and content hash.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Final

import dataframely as dy
import polars as pl

from lakezones.model.levels import level_bits
from lakezones.model.tables import ContainerClasses, Suggestions

EXAMPLES: Final = 3
"""Containers that a suggestion names."""


def described(
    suggestions: dy.DataFrame[Suggestions], container_classes: dy.DataFrame[ContainerClasses]
) -> pl.DataFrame:
    """Suggestions with what is granted when they are approved.

    The hash covers the role, the person, the level and every container by name: a table that gets the
    same grants later was not approved with the rest.

    Parameters
    ----------
    suggestions, container_classes
        `lakezones.model.tables.Suggestions`, `ContainerClasses`.

    Returns
    -------
    polars.DataFrame
        `suggestions`, in their order, with level (bits), containers (how many), opens (the first of them, in words) and
        content_hash.

    Examples
    --------
    >>> rows = {"suggestion_id": ["s-1"], "role_id": ["r"], "principal_id": ["ann"], "class_id": ["c"]}
    >>> one = pl.DataFrame({**rows, "access": ["read"]})
    >>> few = pl.DataFrame({"class_id": ["c"], "container": ["t1"]})
    >>> more = pl.DataFrame({"class_id": ["c", "c"], "container": ["t1", "t2"]})
    >>> hashes = [described(one, classes)["content_hash"][0] for classes in (few, more, few)]
    >>> hashes[0] == hashes[2] != hashes[1]
    True
    """
    wanted = container_classes.join(suggestions.select("class_id").unique(), on="class_id", how="semi")
    names: dict[str, list[str]] = {}
    for class_id, container in wanted.select("class_id", "container").sort("container").iter_rows():
        names.setdefault(class_id, []).append(container)
    digests = {class_id: _digest(*containers) for class_id, containers in names.items()}
    hashes = [
        _digest(role, person, access, digests.get(class_id, ""))
        for role, person, access, class_id in suggestions.select(
            "role_id", "principal_id", pl.col("access").cast(pl.String), "class_id"
        ).iter_rows()
    ]
    opened = [names.get(class_id, []) for class_id in suggestions["class_id"]]
    return suggestions.with_columns(
        level_bits(pl.col("access").cast(pl.String)).alias("level"),
        pl.Series("containers", [len(containers) for containers in opened], pl.Int64),
        pl.Series("opens", [_some(containers) for containers in opened], pl.String),
        pl.Series("content_hash", hashes, pl.String),
    )


def _some(names: Sequence[str]) -> str:
    more = len(names) - EXAMPLES
    return ", ".join(names[:EXAMPLES]) + (f" and {more:,} more" if more > 0 else "")


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
