"""Where everything stands now, from what is on record.

In: what there is to see, decisions in force, what their reviewers saw. Out: `Stand`: what changed, and the standings.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.model.tables import Changed, Decisions, Seen, Standings
from lakezones.review.binding import Contents, changed, rebound
from lakezones.review.decisions.standings import standings
from lakezones.review.people import Deciders
from lakezones.review.settings import ReviewSettings

GONE: Final = "it is not proposed any more"


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
    principals: pl.DataFrame | None = None,
) -> Stand:
    """Where everything stands.

    Parameters
    ----------
    contents, hashes
        What there is to see, and its hashes. What was decided on and is not there any more has lapsed, and is listed.
    decisions, seen
        Decisions in force, and what their reviewers saw.
    settings, items
        As in `lakezones.review.decisions.standings`.
    principals
        The directory, by which people that the settings name are found; None where it was not assessed.
    """
    deciders = Deciders(principals)
    agree = tuple(deciders.name(one) for one in settings.two_person.agree)
    settings = settings.model_copy(update={"two_person": settings.two_person.model_copy(update={"agree": agree})})
    now = rebound(decisions, seen, contents)
    grown = changed(contents, seen, now, hashes=hashes)
    found = standings(hashes, grown, now, settings=settings, items=items)
    both = pl.concat([found, _gone(now, hashes)]).sort(Standings.primary_key())
    if principals is not None:
        both = _named(both, principals, agree)
    return Stand(changed=grown, standings=Standings.validate(both, cast=True))


def _named(rows: pl.DataFrame, principals: pl.DataFrame, agree: Sequence[str]) -> pl.DataFrame:
    """Rows whose reasons name people as the directory does; a denial's own words are left as they are."""
    names = dict(principals.select("principal_id", pl.coalesce("name", "principal_id")).iter_rows())

    def name(row: dict[str, Any]) -> str | None:
        said: str | None = row["reason"]
        if said and row["standing"] in ("waiting", "asserted"):
            ids = [re.escape(one) for one in sorted({*row["reviewers"], *agree}, key=len, reverse=True)]
            said = re.sub(rf"(?<![\w-])({'|'.join(ids)})(?![\w-])", lambda found: names.get(found[0], found[0]), said)
        return said

    reasons = [name(row) for row in rows.select("standing", "reviewers", "reason").iter_rows(named=True)]
    return rows.with_columns(reason=pl.Series(reasons, dtype=pl.String))


def _gone(decisions: dy.DataFrame[Decisions], hashes: pl.DataFrame) -> pl.DataFrame:
    """Rows for what was decided on as a whole and is not proposed any more."""
    item = ["object_kind", "object_id"]
    kind = pl.col("object_kind").cast(pl.String)
    left = decisions.with_columns(kind).filter(part_kind="").join(hashes, on=item, how="anti").sort(*item, "decided_at")
    rows = left.group_by(item, maintain_order=True).agg(
        pl.lit("").alias("part_kind"),
        pl.lit("").alias("part_id"),
        pl.lit("lapsed").alias("standing"),
        pl.col("decision").last().alias("verdict"),
        pl.col("option", "detail", "effective").last(),
        pl.col("reviewer").unique().sort().alias("reviewers"),
        pl.col("decided_at").max(),
        pl.lit(GONE).alias("reason"),
    )
    schema = Standings.create_empty().schema
    return rows.with_columns(pl.lit("").alias("part_kind")).select(
        pl.col(name).cast(kind) for name, kind in schema.items()
    )
