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
    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    texts: Mapping[str, str | bytes] = field(default_factory=dict)

    def __or__(self, other: "Outputs") -> "Outputs":
        """Both together; of a document that both have, the entries of both.

        Examples
        --------
        >>> both = Outputs(documents={"summary": {"a": 1}}) | Outputs(documents={"summary": {"b": 2}})
        >>> both.documents
        {'summary': {'a': 1, 'b': 2}}
        """
        documents = {
            name: {**self.documents.get(name, {}), **other.documents.get(name, {})}
            for name in (*self.documents, *other.documents)
        }
        return Outputs(
            frames={**self.frames, **other.frames},
            csv={**self.csv, **other.csv},
            documents=documents,
            texts={**self.texts, **other.texts},
        )
