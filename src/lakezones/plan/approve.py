"""What reviewers approved: the part of a proposal that the plan may carry out.

In: the proposal and, where there are any, the decisions. Out: `Approved`: roles, groups, exceptions and drops to plan,
and the containers that stay at the source because their access is not wholly approved. Suggestions are none of it yet:
see `lakezones.plan.complete`.
"""

from dataclasses import dataclass
from typing import Final

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Proposal
from lakezones.model.levels import level_bits

DRAFT: Final = "draft"
REVIEWED: Final = "reviewed"


@dataclass(frozen=True, kw_only=True)
class Approved:
    """The part of a proposal to plan.

    Attributes
    ----------
    status
        ``draft`` where nobody decided anything, else ``reviewed``.
    roles
        role_id, name.
    members, nestings
        role_id with principal_id, role_id with group_id.
    groups
        group_id, name, class_id, level: resource groups that an approved role or an exception uses.
    exceptions
        class_id, principal_id, group_id: people who become members of a resource group themselves.
    drops
        class_id, principal_id, level: access left out of the target state, with a reason, by a policy.
    kept
        principal_id, group_id: memberships that stay.
    unapproved
        class_id: classes that some role not approved opens; their containers stay at the source.
    pilots
        Domains that reviewers named as pilots, by name.
    """

    status: str
    roles: pl.DataFrame
    members: pl.DataFrame
    nestings: pl.DataFrame
    groups: pl.DataFrame
    exceptions: pl.DataFrame
    drops: pl.DataFrame
    kept: pl.DataFrame
    unapproved: pl.DataFrame
    pilots: tuple[str, ...]


def approved_part(proposal: Proposal, decisions: dy.DataFrame[t.Decisions] | None) -> Approved:
    """Cut a proposal down to what was approved; without decisions, all of it, as a draft.

    A role counts as approved when someone approved exactly its present content (by content hash) and nobody denied
    or deferred it.
    """
    draft = decisions is None or decisions.is_empty()
    roles = proposal.roles.select("role_id", "name", "content_hash")
    pilots: tuple[str, ...] = ()
    if decisions is not None and not draft:
        roles = roles.join(_approved_ids(decisions, roles), on="role_id", how="semi")
        named = decisions.filter(pl.col("object_kind") == "pilot", pl.col("decision") == "approve")
        pilots = tuple(named["object_id"].unique().sort().to_list())
    ids = roles.select("role_id")
    nestings = proposal.role_groups.join(ids, on="role_id", how="semi").sort("role_id", "group_id")
    residual = data_residual(proposal)
    exceptions = exceptions_of(residual)
    unapproved = proposal.role_classes.join(ids, on="role_id", how="anti").select("class_id").unique()
    return Approved(
        status=DRAFT if draft else REVIEWED,
        roles=roles.select("role_id", "name").sort("role_id"),
        members=proposal.role_members.join(ids, on="role_id", how="semi").sort("role_id", "principal_id"),
        nestings=nestings,
        groups=in_use(proposed_groups(proposal), nestings, exceptions),
        exceptions=exceptions,
        drops=residual.filter(kind="drop")
        .group_by("class_id", "principal_id")
        .agg(pl.col("level").bitwise_or())
        .sort("class_id", "principal_id"),
        kept=kept_of(residual),
        unapproved=unapproved.sort("class_id"),
        pilots=pilots,
    )


def data_residual(proposal: Proposal) -> pl.DataFrame:
    """Residual access in the data lane."""
    return proposal.residual_classes.filter(lane="data")


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


def _approved_ids(decisions: dy.DataFrame[t.Decisions], roles: pl.DataFrame) -> pl.DataFrame:
    """Ids of roles with an approval of their present content and no other outcome on it."""
    current = decisions.filter(object_kind="role").join(
        roles.select(pl.col("role_id").alias("object_id"), "content_hash"), on=["object_id", "content_hash"]
    )
    return (
        current.group_by("object_id")
        .agg((pl.col("decision") == "approve").all().alias("approved"))
        .filter("approved")
        .select(pl.col("object_id").alias("role_id"))
    )
