"""Where everything stands now: decisions in force, held against what there is to see.

In: facts, access, proposal, decisions, what was seen. Out: `lakezones.model.tables.Standings`, or None where nobody
decided anything.
"""

from collections.abc import Sequence
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.policies import SodPair
from lakezones.model.suggestions import described
from lakezones.review.binding import changed, content, hashes
from lakezones.review.decisions import standings
from lakezones.review.settings import ReviewSettings

GONE: Final = "it is not proposed any more"


def standings_now(
    facts: Facts,
    access: Access,
    proposal: Proposal,
    decisions: dy.DataFrame[t.Decisions] | None,
    *,
    sod: Sequence[SodPair] = (),
    settings: ReviewSettings | None = None,
    seen: dy.DataFrame[t.Seen] | None = None,
    items: pl.DataFrame | None = None,
    findings: pl.DataFrame | None = None,
) -> dy.DataFrame[t.Standings] | None:
    """Where everything stands.

    Parameters
    ----------
    decisions
        Decisions in force.
    sod
        Duties that stay apart: where they meet is part of what was seen.
    settings
        Section ``review``.
    seen
        What reviewers saw (`lakezones.model.tables.Seen`).
    items
        `lakezones.model.tables.ReviewItems`: on which two must agree; without them, on none.
    findings
        Schema `lakezones.model.tables.Findings`; none where not given.

    Returns
    -------
    polars.DataFrame or None
        Schema `lakezones.model.tables.Standings`. What somebody decided on and is not proposed any more has a row that
        says so.
    """
    if decisions is None or decisions.is_empty():
        return None
    contents = content(facts, access, proposal, findings, sod=sod)
    now = hashes(contents)
    made = with_present_hashes(access, proposal, decisions, now)
    change = changed(contents, t.Seen.create_empty() if seen is None else seen, made, hashes=now)
    found = standings(now, change, made, settings=settings or ReviewSettings(), items=items)
    return t.Standings.validate(pl.concat([found, _gone(made, now)]).sort(t.Standings.primary_key()), cast=True)


def with_present_hashes(
    access: Access, proposal: Proposal, decisions: dy.DataFrame[t.Decisions], now: pl.DataFrame
) -> dy.DataFrame[t.Decisions]:
    """Decisions that were bound to the proposal's own hashes, bound to what there is to see: it is the same content."""
    own = pl.concat(
        [
            proposal.roles.select(pl.lit("role").alias("object_kind"), "content_hash", object_id="role_id"),
            described(proposal.suggestions, access.container_classes).select(
                pl.lit("suggestion").alias("object_kind"), "content_hash", object_id="suggestion_id"
            ),
            # Of a pilot there is nothing to see but its name.
            now.filter(object_kind="pilot").select("object_kind", pl.lit("").alias("content_hash"), "object_id"),
        ]
    ).join(now.rename({"content_hash": "present"}), on=["object_kind", "object_id"])
    return t.Decisions.cast(
        decisions.with_columns(pl.col("object_kind").cast(pl.String))
        .join(own, on=["object_kind", "object_id", "content_hash"], how="left")
        .with_columns(content_hash=pl.coalesce("present", "content_hash"))
        .select(t.Decisions.column_names())
    )


def _gone(decisions: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Rows for what was decided on and is not there any more."""
    keys = ["object_kind", "object_id"]
    texts = [pl.col(name).cast(pl.String) for name in ("object_kind", "decision", "option")]
    left = decisions.with_columns(texts).filter(part_kind="").join(now, on=keys, how="anti").sort(*keys, "decided_at")
    rows: list[dict[str, Any]] = [
        {
            "object_kind": kind,
            "object_id": object_id,
            "part_kind": "",
            "part_id": "",
            "standing": "lapsed",
            "verdict": made["decision"][-1],
            "option": made["option"][-1],
            "detail": made["detail"][-1],
            "effective": None,
            "reviewers": sorted(set(made["reviewer"])),
            "decided_at": made["decided_at"].max(),
            "reason": GONE,
        }
        for (kind, object_id), made in sorted(left.partition_by(keys, as_dict=True).items())
    ]
    return pl.DataFrame(rows, schema=t.Standings.create_empty().schema)
