"""Findings about who can give themselves access, or destroy what they cannot change, and by which way."""

from typing import Final

import polars as pl

from lakezones.access.membership import active_edges, audiences
from lakezones.access.ownership import joined, stand_ins
from lakezones.findings.context import FindingContext, total
from lakezones.findings.registry import finding
from lakezones.model.levels import Lane
from lakezones.model.words import counted_column

_KEYS: Final = ("can list account keys", "can switch shared keys on again", "could")
"""How reasons of ways to account keys begin; the last is one half of a way, which counts where the other is there."""
_FREE: Final = "can assign roles"


@finding(
    "lists-account-keys",
    "high",
    title="Can obtain account keys, and with them all data",
    action="Replace the role by one without listKeys, or turn shared keys off.",
    needs=("role_assignments",),
)
def key_holders(context: FindingContext) -> pl.DataFrame:
    """Principals who can list keys or issue account tokens, where shared keys are allowed or they can allow them."""
    begins = [pl.col("reason").str.starts_with(text) for text in _KEYS]
    return _by_way(context, Lane.CONTROL, pl.any_horizontal(begins), pl.col("role"))


@finding(
    "assigns-roles",
    "high",
    title="Can assign roles, to themselves too",
    action="Make the role eligible instead of active, or constrain it by a condition.",
    needs=("role_assignments",),
)
def role_assigners(context: FindingContext) -> pl.DataFrame:
    """Principals who can write role assignments, at once or by privileged identity management."""
    return _by_way(context, Lane.CONTROL, pl.col("reason").str.starts_with(_FREE), pl.col("role"))


@finding(
    "delegates-roles",
    "medium",
    title="Can assign some roles, as a condition allows, to themselves too",
    action="Name in the condition the groups that may be given these roles, not the roles alone.",
    needs=("role_assignments",),
)
def delegates(context: FindingContext) -> pl.DataFrame:
    """Principals with a constrained delegation that reaches themselves."""
    constrained = pl.col("reason").str.starts_with("can assign ") & ~pl.col("reason").str.starts_with(_FREE)
    return _by_way(context, Lane.CONTROL, constrained, pl.format("{} ({})", "role", "reason"))


@finding(
    "owns-granting-group",
    "medium",
    title="Can join a group they own, and have its access",
    action="Make the group's owner a service principal or an access package, and review who joins.",
    needs=("group_owners",),
)
def group_owners(context: FindingContext) -> pl.DataFrame:
    """Owners of groups that carry access, themselves or through the groups they are in."""
    owners = stand_ins(context.facts)
    grants = context.grants.filter(pl.col("effect").cast(pl.String) == "allow")
    inside = audiences(joined(active_edges(context.facts), owners), context.groups, named=grants["grantee_id"].unique())
    names = context.principals.select(group_id="principal_id", name="name")
    owned = owners.join(names, on="group_id", how="left").select(
        "owner_id", principal_id="stand_in", via=pl.format("owns {}", pl.coalesce("name", "group_id"))
    )
    reached = (
        inside.holders(grants.select("grantee_id", "class_id", "containers", "scope"))
        .join(owned, on="principal_id")
        .select("class_id", "containers", "scope", "via", principal_id="owner_id")
    )
    return _in_words(context, Lane.CONTROL, reached)


@finding(
    "destroys-data",
    "high",
    title="Can delete or move data without being able to change it",
    action="Take the deleting out of the role, or wx from the folder; protect the account with soft delete and a lock.",
)
def destroyers(context: FindingContext) -> pl.DataFrame:
    """Principals in the lane ``destroy``, and how they destroy."""
    how = pl.when(pl.col("role") == "").then(pl.lit("ACL entry")).otherwise("role")
    return _by_way(context, Lane.DESTROY, pl.lit(value=True), pl.format("{} ({})", how, "reason"))


def _by_way(context: FindingContext, lane: Lane, which: pl.Expr, via: pl.Expr) -> pl.DataFrame:
    """Rows of a finding about those who have a lane by some of its grants."""
    grants = context.grants.filter((pl.col("lane").cast(pl.String) == lane.value) & which).with_columns(via=via)
    ways = grants.select("grantee_id", "class_id", "containers", "scope", "via")
    by_group = context.audiences.holders(ways.with_columns(via=pl.format("{} through {}", "via", "grantee_id")))
    direct = ways.filter(~pl.col("grantee_id").is_in(context.groups.implode())).rename({"grantee_id": "principal_id"})
    return _in_words(context, lane, pl.concat([by_group.select(direct.columns), direct]))


def _in_words(context: FindingContext, lane: Lane, reached: pl.DataFrame) -> pl.DataFrame:
    """One row per principal; what a deny has taken away again is left out."""
    still = context.held.filter(pl.col("lane") == lane.value).select("principal_id", "class_id")
    return (
        reached.join(still, on=["principal_id", "class_id"], how="semi")
        .unique(["principal_id", "class_id", "via", "scope"])
        .group_by("principal_id")
        .agg(
            affected=pl.col("containers").filter(pl.col("class_id").is_first_distinct()).sum(),
            via=pl.col("via").unique().sort().str.join(", "),
            scope=pl.col("scope").unique().sort().first(),
        )
        .select(
            *total("principal"),
            "affected",
            evidence=pl.format(
                "{} at {}; {}", "via", pl.col("scope").replace("", "containers"), counted_column("container")
            ),
        )
    )
