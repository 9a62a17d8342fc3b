"""The user's own zones, checked.

In: a frame of container and zone. Out: the same, in the spelling of tables, or an error that names the row.
"""

from typing import Final

import polars as pl

from lakezones.errors import InputError
from lakezones.model.tables import STATES
from lakezones.propose.zones.tokens import ZONES

# Words that a user's labels may say.
LABELS: Final = (*ZONES, *STATES)


def read_labels(labels: pl.DataFrame | None, names: pl.Series) -> pl.DataFrame:
    """The user's labels, checked: columns container and label."""
    empty = pl.DataFrame(schema={"container": pl.String, "label": pl.String})
    if labels is None:
        return empty
    for column in ("container", "zone"):
        if column not in labels.columns:
            raise InputError(f"labels have no column {column!r}", hint="a labels file has the columns container,zone")
    said = labels.select("container", label=pl.col("zone").cast(pl.String).str.strip_chars().str.to_lowercase())
    bad = said.filter(~pl.col("label").is_in(LABELS) | pl.col("label").is_null()).sort("container")
    if bad.height:
        container, word = bad.row(0)
        raise InputError(
            f"labels: unknown zone {word!r} for container {container!r}", hint="use one of: " + ", ".join(LABELS)
        )
    unknown = said.filter(~pl.col("container").is_in(names.implode())).sort("container")
    if unknown.height:
        more = f" (and {unknown.height - 1} more)" if unknown.height > 1 else ""
        raise InputError(
            f"labels: unknown container {unknown['container'][0]!r}{more}",
            hint="names are as in the containers table, account/container where there is more than one account",
        )
    said = said.unique().sort("container", "label")
    twice = said.filter(pl.col("container").is_duplicated())
    if twice.height:
        raise InputError(
            f"labels: {twice['container'][0]!r} is said to be {' and '.join(twice['label'].head(2))}",
            hint="keep one row per container",
        )
    return said
