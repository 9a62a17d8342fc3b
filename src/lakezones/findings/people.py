"""Findings about people and machines: who holds access they should not hold any more."""

import polars as pl

from lakezones.findings.context import FindingContext, total
from lakezones.findings.registry import finding
from lakezones.model.words import counted_column


@finding(
    "disabled-principal",
    "high",
    title="Disabled account that still holds access",
    action="Remove its memberships and direct grants; nothing can be lost.",
    needs=("principals",),
)
def disabled(context: FindingContext) -> pl.DataFrame:
    """Accounts the directory has disabled."""
    gone = context.held.filter(pl.col("enabled") == False)  # noqa: E712
    return _by_principal(gone, "disabled in the directory, holds access to {}")


@finding(
    "orphan-principal",
    "high",
    title="Access of an id the directory does not know",
    action="Remove the grant or membership: the principal was deleted, or lives in a directory that was not read.",
    needs=("principals",),
)
def orphans(context: FindingContext) -> pl.DataFrame:
    """Ids that hold access and are in no directory that was read."""
    unknown = context.held.join(context.principals, on="principal_id", how="anti")
    return _by_principal(unknown, "not in the directory, holds access to {}")


@finding(
    "direct-person-grant",
    "medium",
    title="Direct grant to a person where a group on the same containers gives as much",
    action="Add the person to the group and remove the direct grant.",
)
def direct_grants(context: FindingContext) -> pl.DataFrame:
    """Entries and assignments that name a person although a group carries the containers."""
    local = context.grants.filter(
        pl.col("route").is_in(["acl", "assignment"])
        & (pl.col("lane") == "data")
        & (pl.col("scope_kind") == "container")
    )
    is_group = pl.col("grantee_id").is_in(context.groups.implode())
    group_level = local.filter(is_group).select("class_id", "grantee_id", group_level="level")
    direct = (
        local.filter(~is_group)
        .join(context.machines, left_on="grantee_id", right_on="principal_id", how="anti")
        .select("class_id", "containers", "level", principal_id="grantee_id")
        .join(group_level, on="class_id")
        .filter(pl.col("group_level") & pl.col("level") == pl.col("level"))
    )
    classes = direct.group_by("principal_id", "class_id").agg(
        pl.col("containers").first(), group=pl.col("grantee_id").min()
    )
    return (
        classes.group_by("principal_id")
        .agg(affected=pl.col("containers").sum(), group_id=pl.col("group").min())
        .join(context.principals.select(group_id="principal_id", known="name"), on="group_id", how="left")
        .select(
            *total("principal"),
            "affected",
            evidence=pl.format(
                "named directly on {} that a group carries, for instance {}",
                counted_column("container"),
                pl.coalesce("known", "group_id"),
            ),
        )
    )


@finding(
    "person-on-raw",
    "medium",
    title="Person with access to raw containers",
    action="Give the curated or consumption data instead; raw is for service principals, others by dated exception.",
    needs_proposal=True,
)
def people_on_raw(context: FindingContext) -> pl.DataFrame:
    """People who reach containers that the proposal puts into the raw zone."""
    assert context.proposal is not None
    raw = (
        context.proposal.zones.filter(pl.col("zone").cast(pl.String) == "raw")
        .select("container")
        .join(context.access.container_classes, on="container")
        .group_by("class_id")
        .agg(raw=pl.len())
    )
    reach = context.people.join(raw, on="class_id")
    return (
        reach.group_by("principal_id")
        .agg(affected=pl.col("raw").sum())
        .select(*total("principal"), "affected", evidence=pl.format("reaches {}", counted_column("raw container")))
    )


def _by_principal(held: pl.DataFrame, evidence: str) -> pl.DataFrame:
    """One row per principal; a container counts once whatever the lanes."""
    once = held.unique(["principal_id", "class_id"])
    return (
        once.group_by("principal_id")
        .agg(affected=pl.col("containers").sum())
        .select(*total("principal"), "affected", evidence=pl.format(evidence, counted_column("container")))
    )
