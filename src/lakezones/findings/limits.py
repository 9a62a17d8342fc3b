"""Findings about limits that are near: assignments, ACL entries, stored policies, groups per principal.

In: counts from the snapshot and Azure's limits. Out: a row for everything at or above the settings' share of its limit.
"""

import polars as pl

from lakezones.access.parsed import active_grants, named_entries
from lakezones.findings.context import FindingContext, total
from lakezones.findings.registry import finding
from lakezones.model.limits import Limit


def _near(context: FindingContext, counts: pl.DataFrame, limit: Limit, kind: str, what: str) -> pl.DataFrame:
    """Rows of `counts` (object, affected) that are near the limit; over it, the severity is high."""
    near = counts.filter(pl.col("affected") >= limit.value * context.settings.near_limit)
    return near.select(
        *total(kind, "object"),
        "affected",
        severity=pl.when(pl.lit(limit.hard) & (pl.col("affected") > limit.value))
        .then(pl.lit("high"))
        .when(pl.col("affected") > limit.value)
        .then(pl.lit("medium"))
        .otherwise(pl.lit("low")),
        evidence=pl.format("{} " + what + "; the limit is {}", "affected", pl.lit(limit.value)),
    )


@finding(
    "assignments-near-limit",
    "low",
    title="Role assignments near the limit of the subscription",
    action="Replace assignments to people and single containers by groups at zone level.",
    needs=("role_assignments",),
)
def assignments(context: FindingContext) -> pl.DataFrame:
    """Active assignments at and below each subscription."""
    rows = active_grants(context.facts).filter(pl.col("subscription") != "")
    counts = rows.group_by(object="subscription").agg(affected=pl.len())
    limit = context.limits.role_assignments_per_subscription
    return _near(context, counts, limit, "subscription", "active assignments")


@finding(
    "acl-near-limit",
    "low",
    title="ACLs near the number of entries a path can carry",
    action="Name one resource group per level instead of each group or person.",
    needs=("acls",),
)
def acl_entries(context: FindingContext) -> pl.DataFrame:
    """Named entries of the fullest access ACL of each container."""
    limit = context.limits.named_acl_entries_per_path
    acls = context.facts.table("acls").select("container", "acl")
    # Few texts are distinct; only those that may be near the limit are looked for among the containers.
    texts = named_entries(acls["acl"]).group_by("acl").agg(affected=pl.len())
    full = texts.filter(pl.col("affected") >= limit.value * context.settings.near_limit)
    counts = acls.join(full, on="acl").group_by(object="container").agg(pl.col("affected").max())
    return _near(context, counts, limit, "container", "named entries on one path")


@finding(
    "policies-near-limit",
    "low",
    title="Stored policies near the number a container can carry",
    action="Remove policies that nothing uses any more.",
    needs=("stored_policies",),
)
def stored_policies(context: FindingContext) -> pl.DataFrame:
    """Stored policies of each container."""
    counts = context.facts.table("stored_policies").group_by(object="container").agg(affected=pl.len())
    limit = context.limits.stored_policies_per_container
    return _near(context, counts, limit, "container", "stored policies")


@finding(
    "many-groups",
    "low",
    title="In so many groups that tokens may leave some out",
    action="Replace entitlement groups by role groups; nesting counts.",
    needs=("memberships",),
)
def groups_per_principal(context: FindingContext) -> pl.DataFrame:
    """Groups of each principal, nesting counted."""
    counts = context.group_counts.select(object="principal_id", affected="groups")
    limit = context.limits.groups_per_principal
    return _near(context, counts, limit, "principal", "groups, nesting counted")
