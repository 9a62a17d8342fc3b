"""Decisions held against what there is to see, for the proof, which reads them by itself.

In: what there is to see, decisions in force, what their reviewers saw. Out: `lakezones.model.frames.Reviewed`.
"""

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Reviewed
from lakezones.review.binding import Contents, changed, rebound
from lakezones.review.settings import ReviewSettings


def reviewed_of(
    contents: Contents,
    hashes: pl.DataFrame,
    decisions: dy.DataFrame[t.Decisions],
    seen: dy.DataFrame[t.Seen],
    *,
    settings: ReviewSettings,
    items: pl.DataFrame | None = None,
) -> Reviewed:
    """Decisions with all that says what is in force of them; parameters as in `lakezones.review.decisions.stand`."""
    made = rebound(decisions, seen, contents)
    two = hashes.clear() if items is None else items.filter("needs_two")
    rule = settings.two_person
    return Reviewed(
        decisions=made,
        hashes=hashes,
        changed=changed(contents, seen, made, hashes=hashes),
        two=two.select(pl.col("object_kind").cast(pl.String), "object_id"),
        evidence=rule.evidence,
        sources_apart=rule.sources_apart,
        agree=rule.agree,
    )
