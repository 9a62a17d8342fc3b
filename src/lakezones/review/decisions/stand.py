"""Where everything stands now, from what is on record.

In: what there is to see, decisions in force, what their reviewers saw. Out: `Stand`: what changed, and the standings.
"""

from dataclasses import dataclass

import dataframely as dy
import polars as pl

from lakezones.model.tables import Changed, Decisions, Seen, Standings
from lakezones.review.binding import Contents, changed, rebound
from lakezones.review.decisions.standings import standings
from lakezones.review.settings import ReviewSettings


@dataclass(frozen=True, kw_only=True)
class Stand:
    """What changed since it was decided on, and where everything stands."""

    changed: dy.DataFrame[Changed]
    standings: dy.DataFrame[Standings]


def stand(
    contents: Contents,
    hashes: pl.DataFrame,
    decisions: dy.DataFrame[Decisions],
    seen: dy.DataFrame[Seen],
    *,
    settings: ReviewSettings,
    items: pl.DataFrame | None = None,
) -> Stand:
    """Where everything stands.

    Parameters
    ----------
    contents, hashes
        What there is to see, and its hashes.
    decisions, seen
        Decisions in force, and what their reviewers saw.
    settings, items
        As in `lakezones.review.decisions.standings`.
    """
    now = rebound(decisions, seen, contents)
    grown = changed(contents, seen, now, hashes=hashes)
    return Stand(changed=grown, standings=standings(hashes, grown, now, settings=settings, items=items))
