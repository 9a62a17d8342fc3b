"""Findings about containers nobody reads, owns or changes, and about entitlements that say the same twice."""

import polars as pl

from lakezones.findings.context import FindingContext, total
from lakezones.findings.registry import finding
from lakezones.model.words import counted_column


@finding(
    "unreadable-container",
    "low",
    title="Containers that nobody can read for certain",
    action="Find the owner, or retire them.",
)
def unreadable(context: FindingContext) -> pl.DataFrame:
    """Containers no principal reaches in the data lane."""
    read = context.held.filter((pl.col("lane") == "data") & (pl.col("level") & 1 != 0)).select("class_id").unique()
    return context.by_system(
        context.containers.join(read, on="class_id", how="anti"), "without a reader in the data lane"
    )


@finding(
    "unowned-container",
    "low",
    title="Containers whose metadata name no owner",
    action="Name an owner per data product; the proposed domain is a start.",
    needs=("containers",),
)
def unowned(context: FindingContext) -> pl.DataFrame:
    """Containers without any of the owner keys in their metadata."""
    return context.by_system(context.containers.filter(~pl.col("owned")), "without a named owner")


@finding(
    "empty-container",
    "low",
    title="Containers without data",
    action="Retire them.",
    needs=("containers",),
)
def empty(context: FindingContext) -> pl.DataFrame:
    """Containers with no blob."""
    return context.by_system(context.containers.filter("empty"), "without data")


@finding(
    "stale-container",
    "low",
    title="Containers that nothing has changed for long",
    action="Archive or retire them, after asking those who still read them.",
    needs=("containers",),
)
def stale(context: FindingContext) -> pl.DataFrame:
    """Containers whose newest change is too long ago."""
    days = context.settings.stale_days
    return context.by_system(context.containers.filter("stale"), f"unchanged for {days} days")


@finding(
    "unknown-container",
    "info",
    title="Containers that grants name and the inventory lacks",
    action="Check whether they were deleted, or left out of the scan.",
    needs=("containers",),
)
def unknown_containers(context: FindingContext) -> pl.DataFrame:
    """Containers known from grants alone."""
    return context.by_system(context.containers.filter(pl.col("listed").is_null()), "that the inventory does not list")


@finding(
    "duplicate-entitlement",
    "medium",
    title="Entitlements that open exactly the same containers",
    action="Keep one name and close the others to new requests.",
)
def duplicates(context: FindingContext) -> pl.DataFrame:
    """Entitlements with equal containers and levels."""
    content = (
        context.access.entitlement_classes.join(context.sizes, on="class_id")
        .sort("class_id")
        .group_by("entitlement")
        .agg(
            affected=pl.col("containers").sum(),
            content=pl.format("{}={}", "class_id", "level").str.join(","),
        )
    )
    twins = content.group_by("content").agg(pl.col("entitlement").sort(), pl.col("affected").first())
    return twins.filter(pl.col("entitlement").list.len() > 1).select(
        pl.lit("entitlement").alias("object_kind"),
        pl.col("entitlement").list.first().alias("object_id"),
        "affected",
        evidence=pl.format("the same as {}", pl.col("entitlement").list.slice(1).list.join(", ")),
    )


@finding(
    "unknown-role",
    "medium",
    title="Assignments of a role whose definition was not read",
    action="Scan the role definitions: until then the access is taken as possible, at every level.",
    needs=("role_assignments",),
)
def unknown_roles(context: FindingContext) -> pl.DataFrame:
    """Roles that neither the snapshot nor the built-in list defines."""
    rows = context.grants.filter(pl.col("reason") == "role definition not read")
    return (
        rows.group_by("role")
        .agg(affected=pl.col("grantee_id").n_unique())
        .select(*total("role", "role"), "affected", evidence=pl.format("assigned to {}", counted_column("principal")))
    )
