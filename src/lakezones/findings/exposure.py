"""Findings about doors that stand open: public containers, tokens, account keys, paths with owners."""

from datetime import timedelta

import polars as pl

from lakezones.findings.context import FindingContext, total
from lakezones.findings.registry import finding
from lakezones.model.principals import EVERYBODY, NO_OWNER, OF_ANY_CONTAINER
from lakezones.model.words import counted_column


@finding(
    "public-container",
    "critical",
    title="Container that anybody can read",
    action="Turn public access off, for the account if nothing needs it.",
    needs=("containers",),
)
def public(context: FindingContext) -> pl.DataFrame:
    """Containers with anonymous reading that the account does not forbid."""
    classes = context.grants.filter(pl.col("route") == "public").select("class_id").unique()
    kinds = context.facts.table("containers").select("container", "public_access")
    return (
        context.access.container_classes.join(classes, on="class_id", how="semi")
        .join(kinds, on="container")
        .select(
            *total("container", "container"),
            affected=pl.lit(1),
            evidence=pl.format("anonymous reading is on ({})", "public_access"),
        )
    )


@finding(
    "open-to-all",
    "high",
    title="ACL that opens data to every identity of the directory",
    action="Take read from the entry other; leave execute on ancestors for traversal.",
    needs=("acls",),
)
def open_to_all(context: FindingContext) -> pl.DataFrame:
    """Containers whose entry ``other`` gives more than traversal."""
    classes = context.grants.filter(pl.col("grantee_id") == EVERYBODY).select("class_id").unique()
    opened = context.containers.join(classes, on="class_id", how="semi")
    return context.by_system(opened, "whose ACL gives access by the entry other")


@finding(
    "shared-key-allowed",
    "medium",
    title="Account keys open all data of the account",
    action="Move callers to Entra identities, then set allowSharedKeyAccess to false.",
    needs=("accounts",),
)
def shared_keys(context: FindingContext) -> pl.DataFrame:
    """Accounts that do not refuse shared keys."""
    counts = context.containers.group_by(pl.col("account").str.to_lowercase()).agg(affected=pl.len())
    return (
        context.facts.table("accounts")
        .filter(pl.col("allow_shared_key").fill_null(value=True))
        .with_columns(pl.col("account").str.to_lowercase())
        .join(counts, on="account", how="left")
        .select(
            *total("account", "account"),
            pl.col("affected").fill_null(0),
            evidence=pl.when(pl.col("allow_shared_key").is_null())
            .then(pl.lit("the account does not say; Azure then allows them"))
            .otherwise(pl.lit("shared keys are allowed")),
        )
    )


@finding(
    "long-lived-policy",
    "medium",
    title="Stored policy without an end, or with one far away",
    action="Give the policy an end within the quarter; reissue the tokens that are still needed.",
    needs=("stored_policies",),
)
def long_lived_policies(context: FindingContext) -> pl.DataFrame:
    """Stored policies in force that run too long."""
    horizon = context.facts.as_of + timedelta(days=context.settings.policy_days)
    ends = pl.col("expires_at")
    return (
        context.facts.table("stored_policies")
        .filter(ends.is_null() | (ends > horizon))
        .select(
            *total("container", "container"),
            pl.format("{}: {}", "policy", pl.coalesce(ends.dt.strftime("ends %Y-%m-%d"), pl.lit("never ends"))).alias(
                "evidence"
            ),
        )
        .group_by("object_kind", "object_id")
        .agg(affected=pl.len(), evidence=pl.col("evidence").sort().str.join("; "))
    )


@finding(
    "broad-policy",
    "high",
    title="Stored policy whose tokens may write or delete",
    action="Split it: a reading policy for readers, and an identity instead of a token for writers.",
    needs=("stored_policies",),
)
def broad_policies(context: FindingContext) -> pl.DataFrame:
    """Stored policies in force that give more than reading."""
    grants = context.grants.filter((pl.col("route") == "policy") & (pl.col("level") & 6 != 0))
    return (
        grants.join(context.access.container_classes, on="class_id")
        .group_by("container")
        .agg(affected=pl.len(), policies=pl.col("grantee_id").str.strip_prefix(OF_ANY_CONTAINER).sort().str.join(", "))
        .select(
            *total("container", "container"),
            "affected",
            evidence=pl.format("tokens under {} may change data", "policies"),
        )
    )


@finding(
    "person-owns-path",
    "low",
    title="Person who owns paths and may rewrite their ACLs",
    action="Give ownership to a service principal or a group.",
    needs=("acls",),
)
def owners(context: FindingContext) -> pl.DataFrame:
    """People who are the owning user of a container's paths: owners may change permissions.

    https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-access-control#the-owning-user
    """
    owned = context.facts.table("acls").filter(pl.col("owner").is_not_null() & (pl.col("owner") != NO_OWNER))
    return (
        owned.join(context.machines, left_on="owner", right_on="principal_id", how="anti")
        .group_by(principal_id="owner")
        .agg(affected=pl.col("container").n_unique())
        .select(*total("principal"), "affected", evidence=pl.format("owns paths in {}", counted_column("container")))
    )
