"""What does not move, and why: decided before any name is given.

In: facts, access, zones. Out: disposition and reason of every container. What cannot be carried over exactly stays:
bearer, conditional and eligible access is bound to the container it is on, a deny would be left behind, and blobs
under immutability, legal hold or in the archive tier cannot be copied or deleted.
"""

import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.propose.zones.state import state_of


def dispositions(facts: Facts, access: Access, zones: pl.DataFrame) -> pl.DataFrame:
    """Disposition of every container of `zones`.

    Returns
    -------
    DataFrame
        Columns container, disposition (migrate, retire or leave), why (empty for migrate); in the order of `zones`.
    """
    bound = (
        access.class_grants.filter(
            pl.col("scope_kind").cast(pl.String) == "container",
            pl.col("lane").cast(pl.String).is_in(["bearer", "conditional", "eligible"]),
        )
        .group_by("class_id")
        .agg(lane=pl.col("lane").cast(pl.String).unique().sort().str.join(", "))
    )
    lanes = access.container_classes.join(bound, on="class_id").select("container", "lane")
    stored = facts.table("containers").select(
        "container", "immutability", "legal_hold", tier=pl.col("tier").str.to_lowercase()
    )
    frame = (
        zones.select("container", "zone", "evidence")
        .with_columns(state_of())
        .join(lanes, on="container", how="left", maintain_order="left")
        .join(stored, on="container", how="left", maintain_order="left")
        .join(denied(facts, zones["container"]), on="container", how="left", maintain_order="left")
        .join(bound_by_name(facts, access), on="container", how="left", maintain_order="left")
    )
    # Nothing that is there may be retired or moved while the law or a lock says that it stays.
    why = (
        pl.when(pl.col("legal_hold"))
        .then(pl.lit("under legal hold"))
        .when(pl.col("immutability"))
        .then(pl.lit("under an immutability policy"))
        .when(pl.col("state") == "sandbox")
        .then(pl.lit("a sandbox"))
        .when(pl.col("lane").is_not_null())
        .then(pl.format("{} access is bound to the container", "lane"))
        .when(pl.col("denied"))
        .then(pl.lit("a deny assignment would be left behind"))
        .when(pl.col("by_name"))
        .then(pl.lit("a condition on the container's name grants access and would not follow it"))
        .when((pl.col("tier") == "archive") & (pl.col("state").fill_null("") != "dead"))
        .then(pl.lit("in the archive tier: rehydrate before a copy"))
        .otherwise(pl.lit(""))
    )
    return frame.with_columns(why=why).select(
        "container",
        disposition=pl.when(pl.col("why") != "")
        .then(pl.lit("leave"))
        .when(pl.col("state") == "dead")
        .then(pl.lit("retire"))
        .when(pl.col("zone").is_null())
        .then(pl.lit("leave"))
        .otherwise(pl.lit("migrate")),
        why=pl.when((pl.col("why") == "") & (pl.col("state") == "dead"))
        .then(pl.lit("dead: neither used nor changed"))
        .when((pl.col("why") == "") & pl.col("zone").is_null())
        .then(pl.lit("no zone"))
        .otherwise("why"),
    )


def bound_by_name(facts: Facts, access: Access) -> pl.DataFrame:
    """Containers with data access by an assignment above them whose condition may look at their name.

    What it grants here it need not grant in a zone container of another name, and the other way round.

    Returns
    -------
    DataFrame
        Columns container, by_name.
    """
    scope = pl.col("scope").str.to_lowercase().str.strip_suffix("/").alias("scope")
    conditional = (
        facts.table("role_assignments")
        .filter(pl.col("condition").fill_null("") != "")
        .select(scope, grantee_id="principal_id")
        .unique()
    )
    classes = (
        access.class_grants.filter(
            pl.col("scope_kind").cast(pl.String) != "container",
            pl.col("lane").cast(pl.String) == "data",
            pl.col("effect").cast(pl.String) == "allow",
        )
        .select("class_id", "grantee_id", scope)
        .join(conditional, on=["grantee_id", "scope"], how="semi")
        .select("class_id")
        .unique()
    )
    return access.container_classes.join(classes, on="class_id", how="semi").select(
        "container", by_name=pl.lit(value=True)
    )


def denied(facts: Facts, containers: pl.Series) -> pl.DataFrame:
    """Containers with a deny assignment of their own: columns container, denied."""
    scopes = (
        facts.table("role_assignments")
        .filter(pl.col("effect").cast(pl.String) == "deny")
        .select(
            account=pl.col("scope").str.extract(r"(?i)/storageAccounts/([^/]+)/"),
            name=pl.col("scope").str.extract(r"(?i)/containers/([^/]+)"),
        )
        .drop_nulls("name")
    )
    both = pl.concat([scopes.select(container="name"), scopes.select(container=pl.format("{}/{}", "account", "name"))])
    return (
        containers.alias("container")
        .to_frame()
        .join(both.unique(), on="container", how="semi")
        .with_columns(denied=pl.lit(value=True))
    )
