"""The review sheet and what comes back of it.

In: a proposal, and a sheet that reviewers filled in. Out: decisions (`lakezones.model.tables.Decisions`) and the rows
that could not be taken, with the reason. A decision names the content hash of what was reviewed: when a role's
members or content change, its hash changes and the decision lapses.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.model.frames import Proposal
from lakezones.model.tables import Decisions, Rejected

VERDICTS: Final = ("approve", "deny", "defer")
KEY: Final = ("object_kind", "object_id", "content_hash", "reviewer")
"""One decision: a reviewer, on an object with this content."""


class Sheet(dy.Schema):
    """What a reviewer gets: one row per role and suggestion, riskiest first, and three columns to fill in."""

    object_kind = dy.String(nullable=False, description="role or suggestion")
    object_id = dy.String(nullable=False, description="id of the role or suggestion")
    content_hash = dy.String(nullable=False, description="hash of what is reviewed; leave as it is")
    name = dy.String(nullable=True, description="name of the role, or person who would gain")
    domain = dy.String(nullable=True, description="domain of most of its content")
    access = dy.String(nullable=True, description="widest level")
    members = dy.Int64(nullable=True, description="people")
    containers = dy.Int64(nullable=True, description="containers")
    new_access = dy.Int64(nullable=True, description="pairs nobody holds today")
    risk = dy.String(nullable=True, description="what to look at first")
    evidence = dy.String(nullable=True, description="why it is proposed")
    decision = dy.String(nullable=True, description="approve, deny or defer; empty is undecided")
    reviewer = dy.String(nullable=True, description="who decides")
    justification = dy.String(nullable=True, description="why; required for a denial")


def sheet(proposal: Proposal, *, approve_all: str | None = None) -> pl.DataFrame:
    """Rows to review.

    Parameters
    ----------
    proposal
        What was proposed.
    approve_all
        Name of a reviewer who approves every role unseen; for trials and for demos.

    Returns
    -------
    polars.DataFrame
        Schema `Sheet`.
    """
    risk = pl.col("risk").cast(pl.String)
    roles = proposal.roles.sort(
        risk.replace_strict({"high": 0, "medium": 1, "low": 2}, default=3, return_dtype=pl.Int8), "name"
    ).select(
        pl.lit("role").alias("object_kind"),
        pl.col("role_id").alias("object_id"),
        "content_hash",
        "name",
        "domain",
        pl.col("access").cast(pl.String),
        "members",
        "containers",
        "new_access",
        risk,
        "evidence",
    )
    suggestions = proposal.suggestions.select(
        pl.lit("suggestion").alias("object_kind"),
        pl.col("suggestion_id").alias("object_id"),
        pl.col("suggestion_id").alias("content_hash"),
        pl.col("principal_id").alias("name"),
        pl.lit(None, pl.String).alias("domain"),
        pl.col("access").cast(pl.String),
        pl.lit(1, pl.Int64).alias("members"),
        pl.lit(None, pl.Int64).alias("containers"),
        pl.lit(1, pl.Int64).alias("new_access"),
        pl.lit("medium").alias("risk"),
        pl.col("reason").alias("evidence"),
    )
    rows = pl.concat([roles, suggestions]).with_columns(
        decision=pl.when(pl.col("object_kind") == "role").then(pl.lit("approve" if approve_all else None, pl.String)),
        reviewer=pl.when(pl.col("object_kind") == "role").then(pl.lit(approve_all, pl.String)),
        justification=pl.lit(None, pl.String),
    )
    return Sheet.validate(rows, cast=True)


def accept(
    filled: pl.DataFrame,
    proposal: Proposal,
    *,
    file: str,
    decided_at: datetime,
    lines: Sequence[int] | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Decisions out of a filled sheet.

    Parameters
    ----------
    filled
        A sheet as it came back, at least object_kind, object_id, content_hash, decision and reviewer as strings.
    file
        Where it came from, for the rows that are rejected.
    decided_at
        When it was handed in.
    lines
        Line of each row in the file; by default one line per row, after a header.

    Returns
    -------
    decisions, rejected
        Schemas `Decisions` and `Rejected`. Undecided rows are neither.
    """
    current = sheet(proposal).select("object_kind", "object_id", pl.col("content_hash").alias("seen"))
    hashes = {(kind, object_id): seen for kind, object_id, seen in current.iter_rows()}
    taken: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    rejected: list[dict[str, Any]] = []
    numbers = lines if lines is not None else range(2, filled.height + 2)
    for line, row in zip(numbers, filled.iter_rows(named=True), strict=True):
        verdict = (row["decision"] or "").strip().lower()
        if not verdict:
            continue
        kind, object_id = row["object_kind"] or "", row["object_id"] or ""
        reviewer = (row["reviewer"] or "").strip()
        reason = ""
        if verdict not in VERDICTS:
            reason = f"decision {verdict!r} is none of {', '.join(VERDICTS)}"
        elif kind not in ("role", "suggestion"):
            reason = f"object_kind {kind!r} cannot be decided on"
        elif (kind, object_id) not in hashes:
            reason = f"{kind} {object_id!r} is not in the proposal"
        elif hashes[kind, object_id] != row["content_hash"]:
            reason = f"{kind} {object_id} has changed since it was reviewed: its content hash is another one now"
        elif not reviewer:
            reason = "no reviewer"
        elif verdict == "deny" and not (row.get("justification") or "").strip():
            reason = "a denial needs a justification"
        elif (kind, object_id, row["content_hash"], reviewer) in taken:
            reason = f"{reviewer} decided on {kind} {object_id} twice"
        if reason:
            plain = json.dumps({key: value for key, value in row.items() if value is not None}, ensure_ascii=False)
            rejected.append({"table": "decisions", "file": file, "line": line, "reason": reason, "row": plain})
            continue
        taken[kind, object_id, row["content_hash"], reviewer] = {
            "object_kind": kind,
            "object_id": object_id,
            "content_hash": row["content_hash"],
            "decision": verdict,
            "reviewer": reviewer,
            "justification": row.get("justification"),
            "decided_at": decided_at,
        }
    decisions = pl.DataFrame(list(taken.values()), schema=Decisions.create_empty().schema)
    return (
        Decisions.validate(decisions.sort("object_kind", "object_id", "reviewer")),
        Rejected.validate(pl.DataFrame(rejected, schema=Rejected.create_empty().schema)),
    )


def changed(earlier: pl.DataFrame | None, new: pl.DataFrame) -> pl.DataFrame:
    """New decisions that say something else than the earlier ones, so that a sheet may be handed in twice."""
    said = [*KEY, "decision", "justification"]
    return new if earlier is None else new.join(earlier, on=said, how="anti", nulls_equal=True)


def merge(earlier: pl.DataFrame | None, new: pl.DataFrame) -> pl.DataFrame:
    """All decisions in force: a reviewer's newer decision on the same content replaces the older one."""
    if earlier is None:
        return new
    both = pl.concat([earlier, new]).unique(KEY, keep="last", maintain_order=True)
    return Decisions.validate(both.sort(*KEY))


def status(proposal: Proposal, decisions: pl.DataFrame | None) -> dict[str, int]:
    """How far the review is: counts of roles approved, denied, deferred, lapsed and undecided.

    One denial denies, and a role counts as approved when nobody denied or deferred it.
    """
    roles = dict(proposal.roles.select("role_id", "content_hash").iter_rows())
    verdicts: dict[str, set[str]] = {}
    lapsed = 0
    rows = [] if decisions is None else decisions.filter(pl.col("object_kind") == "role").iter_rows(named=True)
    for row in rows:
        if roles.get(row["object_id"]) == row["content_hash"]:
            verdicts.setdefault(row["object_id"], set()).add(row["decision"])
        else:
            lapsed += 1
    counts = {"roles": len(roles), "approved": 0, "denied": 0, "deferred": 0, "lapsed": lapsed}
    for given in verdicts.values():
        outcome = "denied" if "deny" in given else "deferred" if "defer" in given else "approved"
        counts[outcome] += 1
    counts["undecided"] = len(roles) - len(verdicts)
    return counts
