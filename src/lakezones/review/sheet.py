"""The review sheet: what reviewers get.

In: a proposal, the containers of its classes, names of people. Out: a row per role, transitional ones first, then the
riskiest, each followed by the suggestions that would complete it, and columns to fill in.
"""

import dataframely as dy
import polars as pl

from lakezones.model.frames import Proposal
from lakezones.model.suggestions import described
from lakezones.model.tables import ContainerClasses, Sheet


def sheet(
    proposal: Proposal,
    container_classes: dy.DataFrame[ContainerClasses],
    *,
    hashes: pl.DataFrame | None = None,
    people: pl.DataFrame | None = None,
    approve_all: str | None = None,
) -> dy.DataFrame[Sheet]:
    """Rows to review.

    Parameters
    ----------
    proposal
        What was proposed.
    container_classes
        Containers of each class: what suggestions open.
    hashes
        What decisions are bound to (`lakezones.review.binding.hashes`); by default those of the proposal.
    people
        principal_id and name, so that suggestions say who would gain; by default they give ids alone.
    approve_all
        Name of a reviewer who approves every role unseen, for trials and for demos. New access is never approved so.

    Returns
    -------
    polars.DataFrame
        Schema `Sheet`.
    """
    risk = pl.col("risk").cast(pl.String)
    roles = proposal.roles.select(
        pl.lit("role").alias("object_kind"),
        pl.col("role_id").alias("object_id"),
        "content_hash",
        pl.lit(None, pl.String).alias("person"),
        pl.lit(None, pl.String).alias("principal_id"),
        "domain",
        pl.col("access").cast(pl.String),
        "members",
        "containers",
        "new_access",
        risk,
        pl.format("{}. {}", "purpose", "evidence").alias("evidence"),
        "role_id",
    )
    order = risk.replace_strict({"high": 0, "medium": 1, "low": 2}, default=3, return_dtype=pl.Int8)
    lasting = pl.col("layer").cast(pl.String) != "transitional"
    places = (
        proposal.roles.sort(lasting, order, "name", "role_id")
        .with_row_index("place")
        .select("role_id", "place", "name")
    )
    is_role = pl.col("object_kind") == "role"
    rows = (
        pl.concat([roles, _suggested(proposal, container_classes, people).select(roles.columns)])
        .join(places, on="role_id", how="left")
        .sort("place", "object_kind", "person", "evidence", "object_id", nulls_last=True)
        .with_columns(
            decision=pl.when(is_role).then(pl.lit("approve" if approve_all else None, pl.String)),
            reviewer=pl.when(is_role).then(pl.lit(approve_all, pl.String)),
            justification=pl.lit(None, pl.String),
        )
    )
    if hashes is not None:
        bound = hashes.rename({"content_hash": "bound"})
        rows = rows.join(bound, on=["object_kind", "object_id"], how="left", maintain_order="left").with_columns(
            content_hash=pl.coalesce("bound", "content_hash")
        )
    return Sheet.validate(rows.select(Sheet.column_names()), cast=True)


def _suggested(
    proposal: Proposal, container_classes: dy.DataFrame[ContainerClasses], people: pl.DataFrame | None
) -> pl.DataFrame:
    """Suggestions as rows of the sheet, each with its role."""
    names = pl.DataFrame(schema={"principal_id": pl.String, "name": pl.String}) if people is None else people
    rows = described(proposal.suggestions, container_classes).join(
        names.select("principal_id", "name").unique("principal_id"), on="principal_id", how="left"
    )
    joining, getting = (pl.len().over("role_id", key, "kind") for key in ("principal_id", "class_id"))
    return rows.select(
        pl.lit("suggestion").alias("object_kind"),
        pl.col("suggestion_id").alias("object_id"),
        "content_hash",
        pl.format("{} ({})", "name", "principal_id").fill_null(pl.col("principal_id")).alias("person"),
        "principal_id",
        pl.lit(None, pl.String).alias("domain"),
        pl.col("access").cast(pl.String),
        pl.lit(1, pl.Int64).alias("members"),
        "containers",
        pl.col("containers").alias("new_access"),
        pl.lit("medium").alias("risk"),
        pl.format(
            "opens {}; {}; {}",
            "opens",
            "reason",
            pl.when(pl.col("kind") == "join")
            .then(_one_of(joining, "by which the person would join the role"))
            .otherwise(_one_of(getting, "by which the role would get it")),
        ).alias("evidence"),
        "role_id",
    )


def _one_of(count: pl.Expr, words: str) -> pl.Expr:
    return (
        pl.when(count == 1)
        .then(pl.lit(f"the one row {words}"))
        .otherwise(pl.format("one of {} rows {}", count, pl.lit(words)))
    )
