"""Access outside of roles as decided: what stays as an exception, what stays as it is, what ends.

In: the residual of the proposal, what was said, what ends by revoking parts of roles. Out: `Rest`. In a draft all of it
counts; in a review an exception is one that somebody approved, and nothing ends but what somebody decided.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from lakezones.model.frames import Proposal
from lakezones.model.levels import level_bits
from lakezones.model.tables import TargetDrops
from lakezones.review.binding.kinds import outside_roles
from lakezones.review.target.apart import Apart
from lakezones.review.target.roles import DecidedRoles
from lakezones.review.target.said import Said, Standing

_DROPS: Final = TargetDrops.create_empty().schema


@dataclass(frozen=True, kw_only=True)
class Rest:
    """Access outside of roles.

    Attributes
    ----------
    exceptions
        class_id, principal_id, group_id, until: people who become members of a resource group themselves.
    undecided
        class_id, principal_id, group_id: what would be exceptions, had anybody approved them.
    kept
        principal_id, group_id: memberships that stay.
    drops
        `lakezones.model.tables.TargetDrops`.
    residual
        The residual in the data lane that is kept, without what ends.
    """

    exceptions: pl.DataFrame
    undecided: pl.DataFrame
    kept: pl.DataFrame
    drops: pl.DataFrame
    residual: pl.DataFrame


def decided_rest(apart: Apart, roles: DecidedRoles, said: Said) -> Rest:
    """Read what was decided on access outside of roles."""
    data = apart.proposal.residual_classes.filter(lane="data")
    drops = _policy_drops(data) if said.draft else _revoked(apart, roles)
    residual = data.filter(kind="keep")
    if not said.draft:
        # What ends is neither an exception nor undecided any more.
        gone = drops.group_by("class_id", "principal_id").agg(gone=pl.col("level").bitwise_or())
        residual = (
            residual.join(gone, on=["class_id", "principal_id"], how="left")
            .filter((pl.col("level") & ~pl.col("gone").fill_null(0)) != 0)
            .drop("gone")
        )
    proposed = exceptions_of(residual)
    until = pl.lit(None, pl.Date).alias("until")
    if said.draft:
        exceptions, undecided = proposed.with_columns(until), proposed.clear()
    else:
        agreed = _approved(apart)
        exceptions = proposed.join(agreed, on=["class_id", "principal_id", "group_id"])
        undecided = proposed.join(agreed, on=["class_id", "principal_id", "group_id"], how="anti")
    return Rest(exceptions=exceptions, undecided=undecided, kept=kept_of(residual), drops=drops, residual=residual)


def exceptions_of(residual: pl.DataFrame) -> pl.DataFrame:
    """People who become members of a resource group themselves: class_id, principal_id, group_id."""
    return (
        residual.filter(pl.col("disposition") == "keep_exception", pl.col("group_id").is_not_null())
        .select("class_id", "principal_id", "group_id")
        .unique()
        .sort("group_id", "principal_id", "class_id")
    )


def kept_of(residual: pl.DataFrame) -> pl.DataFrame:
    """Memberships that stay: principal_id, group_id."""
    return (
        residual.filter(pl.col("disposition") == "keep_membership", pl.col("group_id").is_not_null())
        .select("principal_id", "group_id")
        .unique()
        .sort("principal_id", "group_id")
    )


def proposed_groups(proposal: Proposal) -> pl.DataFrame:
    """What resource groups carry: group_id, name, class_id, level."""
    level = level_bits(pl.col("access").cast(pl.String)).alias("level")
    return proposal.resource_groups.select("group_id", "name", "class_id", level)


def in_use(groups: pl.DataFrame, nestings: pl.DataFrame, exceptions: pl.DataFrame) -> pl.DataFrame:
    """The groups that a role is nested in or a person is made a member of."""
    used = pl.concat([nestings.select("group_id"), exceptions.select("group_id")]).unique()
    return groups.join(used, on="group_id", how="semi").sort("group_id", "class_id")


def _policy_drops(data: pl.DataFrame) -> pl.DataFrame:
    """All that a policy drops, as it is proposed."""
    return (
        data.filter(kind="drop")
        .sort("class_id", "principal_id", "disposition")
        .group_by("class_id", "principal_id", maintain_order=True)
        .agg(pl.col("level").bitwise_or(), pl.col("reason").first())
        .with_columns(effective=pl.lit(None, pl.Date), decided_by=pl.lit([], pl.List(pl.String)))
        .select(list(_DROPS))
        .cast(_DROPS)
    )


def _revoked(apart: Apart, roles: DecidedRoles) -> pl.DataFrame:
    """All that somebody decided to end.

    Where access ends by several decisions, the latest day counts, so that none ends before the day it was given, and
    everybody who decided so is named.
    """
    rows = [_row(*cell) for cell in roles.ended]
    for kind in ("drop", "residual"):
        items = outside_roles(apart.proposal, kind).filter(pl.col("lane").cast(pl.String) == "data")
        columns = ("object_id", "principal_id", "class_id", "level", "reason")
        for object_id, person, class_id, level, why in items.select(columns).iter_rows():
            one = apart.standing(kind, object_id, class_id)
            if one.revoked:
                rows.append(_row(person, class_id, level, one, why if kind == "drop" else None))
    frame = pl.DataFrame(rows, schema=dict(_DROPS), orient="row")
    return (
        frame.sort("class_id", "principal_id", "effective", "reason", nulls_last=False)
        .group_by("class_id", "principal_id", maintain_order=True)
        .agg(
            pl.col("level").bitwise_or(),
            pl.col("reason").first(),
            pl.col("effective").max(),
            pl.col("decided_by").list.explode().drop_nulls().unique().sort(),
        )
        .select(list(_DROPS))
    )


def _row(
    person: str, class_id: str, level: int, one: Standing, policy: str | None = None
) -> tuple[str, str, int, str, object, list[str]]:
    why = one.reason or policy or "a reviewer ended it"
    return class_id, person, level, why, one.effective, sorted(one.reviewers)


def _approved(apart: Apart) -> pl.DataFrame:
    """Exceptions that somebody approved: class_id, principal_id, group_id, until."""
    columns = ("object_id", "class_id", "principal_id", "group_id")
    rows: Iterable[tuple[str, str, str, str]] = outside_roles(apart.proposal, "residual").select(columns).iter_rows()
    found = [
        (class_id, person, group, one.effective)
        for object_id, class_id, person, group in rows
        if group is not None and (one := apart.standing("residual", object_id, class_id)).approved
    ]
    schema = {"class_id": pl.String, "principal_id": pl.String, "group_id": pl.String, "until": pl.Date}
    return pl.DataFrame(found, schema=schema, orient="row").unique(["class_id", "principal_id", "group_id"])
