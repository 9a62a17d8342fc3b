"""What reviewers approved: the part of a proposal that the plan may carry out.

In: the proposal and, where there are any, the decisions. Out: `Approved`: roles, groups, exceptions and drops to plan,
and the classes whose containers stay at the source because nobody approved that they move. Once there is a review,
what nobody approved is not planned: it keeps its memberships, its grants and its place. Suggestions are none of it yet:
see `lakezones.plan.complete`.
"""

from dataclasses import dataclass
from typing import Final

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Access, Proposal
from lakezones.model.levels import level_bits

DRAFT: Final = "draft"
REVIEWED: Final = "reviewed"
APPROVED: Final = "approved"


@dataclass(frozen=True, kw_only=True)
class Approved:
    """The part of a proposal to plan.

    Attributes
    ----------
    status
        ``draft`` where nobody decided anything, else ``reviewed``.
    roles
        role_id, name, purpose.
    members, nestings
        role_id with principal_id, role_id with group_id.
    groups
        group_id, name, class_id, level: resource groups that an approved role or an exception uses.
    exceptions
        class_id, principal_id, group_id: people who become members of a resource group themselves. Reviewers cannot
        decide on them, so that there are none but in a draft; see `undecided`.
    drops
        class_id, principal_id, level: access left out of the target state, with a reason, by a policy.
    kept
        principal_id, group_id: memberships that stay.
    unapproved
        class_id: classes that some role not approved opens.
    staying
        class_id, reason: classes whose containers stay at the source, the first reason first.
    undecided
        class_id, principal_id, group_id: what would be exceptions, had anybody approved them.
    left_out
        What is not planned, for the summary: roles by what was decided, and exceptions.
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
    staying: pl.DataFrame
    undecided: pl.DataFrame
    left_out: dict[str, int]
    pilots: tuple[str, ...]


def approved_part(proposal: Proposal, access: Access, decisions: dy.DataFrame[t.Decisions] | None) -> Approved:
    """Cut a proposal down to what was approved; without decisions, all of it, as a draft.

    A role counts as approved when someone approved exactly its present content (by content hash) and nobody denied
    or deferred it. A class may move when all roles that open it are approved, at least one does, and nobody would have
    to become an exception there: memberships that stay go along as they are, direct grants would not.
    """
    draft = decisions is None or decisions.is_empty()
    roles = proposal.roles.select("role_id", "name", "content_hash", "purpose")
    pilots: tuple[str, ...] = ()
    left_out: dict[str, int] = {}
    if decisions is not None and not draft:
        outcomes = _outcomes(decisions, roles)
        left_out = {f"roles {key}": n for key, n in _tally(outcomes["outcome"]).items() if key != APPROVED}
        roles = roles.join(outcomes.filter(outcome=APPROVED), on="role_id", how="semi")
        named = decisions.filter(pl.col("object_kind") == "pilot", pl.col("decision") == "approve")
        pilots = tuple(named["object_id"].unique().sort().to_list())
    ids = roles.select("role_id")
    nestings = proposal.role_groups.join(ids, on="role_id", how="semi").sort("role_id", "group_id")
    residual = data_residual(proposal)
    undecided = exceptions_of(residual)
    exceptions = undecided if draft else undecided.clear()
    if not draft and undecided.height:
        left_out["exceptions undecided"] = undecided.height
    unapproved = proposal.role_classes.join(ids, on="role_id", how="anti").select("class_id").unique().sort("class_id")
    opened = proposal.role_classes.join(ids, on="role_id", how="semi").select("class_id").unique()
    staying = _staying(access, unapproved, opened, undecided)
    return Approved(
        status=DRAFT if draft else REVIEWED,
        roles=roles.select("role_id", "name", "purpose").sort("role_id"),
        members=proposal.role_members.join(ids, on="role_id", how="semi").sort("role_id", "principal_id"),
        nestings=nestings,
        groups=in_use(proposed_groups(proposal), nestings, exceptions),
        exceptions=exceptions,
        drops=residual.filter(kind="drop")
        .group_by("class_id", "principal_id")
        .agg(pl.col("level").bitwise_or())
        .sort("class_id", "principal_id"),
        kept=kept_of(residual),
        unapproved=unapproved,
        staying=staying.clear() if draft else staying,
        undecided=undecided.clear() if draft else undecided,
        left_out=left_out,
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


def _outcomes(decisions: dy.DataFrame[t.Decisions], roles: pl.DataFrame) -> pl.DataFrame:
    """What was decided on each role: role_id, outcome.

    Approved is what has an approval of its present content and no other verdict on it; decisions on another content
    have lapsed.
    """
    made = decisions.filter(object_kind="role").select(
        pl.col("object_id").alias("role_id"), "content_hash", pl.col("decision").cast(pl.String)
    )
    verdicts = pl.col("decision")
    current = (
        made.join(roles, on=["role_id", "content_hash"])
        .group_by("role_id")
        .agg(
            pl.when((verdicts == "deny").any())
            .then(pl.lit("denied"))
            .when((verdicts == "defer").any())
            .then(pl.lit("deferred"))
            .otherwise(pl.lit(APPROVED))
            .alias("outcome")
        )
    )
    lapsed = made.select("role_id", pl.lit("changed since they were decided on").alias("lapsed")).unique()
    return (
        roles.select("role_id")
        .join(current, on="role_id", how="left")
        .join(lapsed, on="role_id", how="left")
        .select("role_id", outcome=pl.coalesce("outcome", "lapsed", pl.lit("undecided")))
    )


def _staying(access: Access, unapproved: pl.DataFrame, opened: pl.DataFrame, undecided: pl.DataFrame) -> pl.DataFrame:
    """Classes that reviewers did not approve to move: class_id, reason."""
    classes = access.container_classes.select("class_id").unique().sort("class_id")
    return pl.concat(
        [
            frame.select("class_id", pl.lit(reason).alias("reason"))
            for frame, reason in (
                (unapproved, "a role that opens it is not approved"),
                (classes.join(opened, on="class_id", how="anti"), "no role opens it, so nobody decided on it"),
                (undecided, "people hold direct grants there that no role gives, and nobody decided on them"),
            )
        ]
    ).unique("class_id", keep="first", maintain_order=True)


def _tally(values: pl.Series) -> dict[str, int]:
    return dict(values.value_counts().sort(values.name).iter_rows())
