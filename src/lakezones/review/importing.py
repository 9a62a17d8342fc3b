"""A filled sheet as drafts, and how the review stands.

In: the sheet as it came back; standings. Out: `lakezones.review.decisions.Draft` for each row that somebody filled in;
counts.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from lakezones.review.decisions import Draft

NEEDED: Final = ("object_kind", "object_id", "content_hash", "decision", "reviewer")
"""Columns that a filled sheet must have."""
_KINDS: Final = {"role": "", "suggestion": "suggestions_"}
"""Prefixes of the counts, by kind."""
_STANDS: Final = ("approved", "denied", "deferred", "waiting", "asserted", "conflicting", "lapsed", "undecided")


def drafts_of(filled: pl.DataFrame, lines: Sequence[int] | None = None) -> list[Draft]:
    """What reviewers filled in; rows without a decision are passed over.

    Parameters
    ----------
    filled
        A sheet as it came back, at least `NEEDED` as strings.
    lines
        Line of each row in the file; by default one line per row, after a header.
    """
    numbers = lines if lines is not None else range(2, filled.height + 2)
    rows = zip(numbers, filled.iter_rows(named=True), strict=True)
    return [Draft.of_cells(row, line=line) for line, row in rows if (row["decision"] or "").strip()]


def counts(standings: pl.DataFrame) -> dict[str, int]:
    """Counts of roles, then of suggestions, by where they stand as a whole.

    Examples
    --------
    >>> row = {"object_kind": ["role"], "object_id": ["r"], "part_kind": [""], "standing": ["approved"]}
    >>> found = counts(pl.DataFrame(row))
    >>> found["roles"], found["approved"], found["undecided"], found["suggestions"]
    (1, 1, 0, 0)
    """
    whole = standings.filter(pl.col("part_kind").cast(pl.String) == "")
    found: dict[str, int] = {}
    for kind, prefix in _KINDS.items():
        stands = whole.filter(pl.col("object_kind").cast(pl.String) == kind)["standing"].cast(pl.String).to_list()
        found[f"{kind}s"] = len(stands)
        found |= {prefix + name: stands.count(name) for name in _STANDS}
    return found
