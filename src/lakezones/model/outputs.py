"""What a stage leaves behind, by file: the record that every stage's ``outputs`` returns and the workspace writes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The files of a stage before they are written.

    Attributes
    ----------
    frames
        Canonical tables by name, written as Parquet.
    csv
        Tables for people by name, written as CSV.
    documents
        JSON documents by file name without suffix; ``summary`` by convention.
    texts
        Any other text file by full name.
    """

    frames: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    csv: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    documents: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str | bytes] = field(default_factory=dict)
