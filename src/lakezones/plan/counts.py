"""What the plan does to Azure's limits: counts before, at their worst while old and new coexist, and after.

In: facts, access, and the steps and items of a plan. Out: the ``limits`` frame, for each limit the objects that come
closest to it and all that exceed it. The worst case assumes every addition before any removal.
"""

import dataframely as dy
import polars as pl

from lakezones.access.membership import active_edges, group_ids
from lakezones.access.parsed import assignments, named_entries
from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, conform
from lakezones.model.limits import LimitsSettings
from lakezones.plan.groups import reach

WORST = 5
"""Objects listed per limit even where all is well."""


def limits_table(
    facts: Facts, access: Access, steps: pl.DataFrame, items: pl.DataFrame, *, limits: LimitsSettings
) -> dy.DataFrame[t.Limits]:
    """Count every limit that the plan touches.

    Returns
    -------
    polars.DataFrame
        `lakezones.model.tables.Limits`, by limit and object.
    """
    kinds = steps.select("step_id", pl.col("action").cast(pl.String), pl.col("object_kind").cast(pl.String))
    batch = items.join(kinds, on="step_id").with_columns(pl.col("access").cast(pl.String))
    counted = [
        _rows("named_acl_entries_per_path", _acl_entries(facts, access, batch), limits),
        _rows("role_assignments_per_subscription", _assignments(facts, batch), limits),
        _rows("groups_per_principal", _groups_per_person(facts, batch), limits),
    ]
    return conform(pl.concat(counted).sort("limit", "object_id"), t.Limits)


def _rows(name: str, counts: pl.DataFrame, limits: LimitsSettings) -> pl.DataFrame:
    """Rows of one limit from object_id, before, peak, after: those that exceed it, and the worst of the rest."""
    limit = limits.named(name)
    ranked = counts.sort("peak", "object_id", descending=[True, False]).with_columns(
        (pl.col("peak") <= limit.value).alias("holds"), pl.int_range(pl.len()).alias("rank")
    )
    return ranked.filter(~pl.col("holds") | (pl.col("rank") < WORST)).select(
        pl.lit(name).alias("limit"),
        "object_id",
        *(pl.col(column).cast(pl.Int64) for column in ("before", "peak", "after")),
        pl.lit(limit.value, dtype=pl.Int64).alias("allowed"),
        pl.lit(limit.hard).alias("hard"),
        "holds",
        pl.lit(limit.source).alias("source"),
    )


def _totals(before: pl.DataFrame, added: pl.DataFrame, removed: pl.DataFrame) -> pl.DataFrame:
    """object_id, before, peak, after from frames of object_id and the thing counted (column ``thing``).

    Sets, not sums: granting what is there already counts once.
    """
    peak = pl.concat([before, added]).unique()
    return _counts(before.unique(), peak, peak.join(removed, on=["object_id", "thing"], how="anti"))


def _counts(before: pl.DataFrame, peak: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Rows by object_id in three frames: object_id, before, peak, after."""
    counts = peak.group_by("object_id").agg(pl.len().alias("peak"))
    for name, frame in (("before", before), ("after", after)):
        counts = counts.join(frame.group_by("object_id").agg(pl.len().alias(name)), on="object_id", how="left")
    return counts.with_columns(pl.col("before", "after").fill_null(0))


def _acl_entries(facts: Facts, access: Access, batch: pl.DataFrame) -> pl.DataFrame:
    """Named entries per path: a source container by each path that was read, a target by its folder.

    What is granted on a source container is set on every path in it.
    """
    paths = _paths(facts).join(access.container_classes.select("container"), on="container", how="semi")
    before = _named_entries(paths)
    entries = batch.filter(object_kind="acl_entry").select(
        "action",
        "container",
        pl.col("path").fill_null("").alias("folder"),
        pl.coalesce("group", "principal_id").alias("thing"),
    )
    at_target = entries.filter(pl.col("folder") != "").with_columns(
        pl.concat_str("container", "folder", separator="/").alias("object_id")
    )
    at_source = (
        entries.filter(pl.col("folder") == "")
        .join(paths.select("container", "object_id").unique(), on="container", how="left")
        .with_columns(pl.col("object_id").fill_null(pl.col("container")))
    )
    columns = ["action", "object_id", "thing"]
    changes = pl.concat([at_target.select(columns), at_source.select(columns)])
    added = changes.filter(action="grant").drop("action")
    removed = changes.filter(action="revoke").drop("action")
    return _totals(before, added, removed)


def _paths(facts: Facts) -> pl.DataFrame:
    """Every path that was read: container, object_id (container and path), acl."""
    path = pl.col("path").fill_null("").str.strip_chars("/")
    return facts.table("acls").select(
        "container",
        pl.when(path == "")
        .then("container")
        .otherwise(pl.concat_str("container", path, separator="/"))
        .alias("object_id"),
        "acl",
    )


def _named_entries(paths: pl.DataFrame) -> pl.DataFrame:
    """Named users and groups in access ACLs: object_id, thing."""
    named = paths.select("object_id", "acl").join(named_entries(paths["acl"]), on="acl")
    return named.select("object_id", thing="principal_id").unique()


def _assignments(facts: Facts, batch: pl.DataFrame) -> pl.DataFrame:
    """Active role assignments per subscription."""
    before = (
        assignments(facts)
        .filter("active", pl.col("subscription") != "")
        .select(
            object_id="subscription",
            thing=pl.coalesce("grant_id", pl.concat_str("principal_id", "role", "scope", separator="|")),
        )
    )
    accounts = facts.table("accounts").select("account", pl.col("subscription_id").str.to_lowercase())
    only = accounts["subscription_id"].drop_nulls().unique()
    fallback = only[0] if only.len() == 1 else "unknown"
    sources = facts.table("containers").select("container", "account")
    named = pl.col("container").str.split("/").list.first()
    rows = (
        batch.filter(object_kind="assignment")
        .join(sources, on="container", how="left")
        .with_columns(account=pl.coalesce("account", named))
        .join(accounts, on="account", how="left")
        .rename({"object_id": "grant_id"})
        .with_columns(pl.col("subscription_id").fill_null(fallback).alias("object_id"))
    )
    thing = pl.concat_str(
        pl.coalesce("group", "principal_id"), "container", pl.col("path").fill_null(""), "access", separator="|"
    )
    added = rows.filter(action="grant").select("object_id", thing.alias("thing"))
    removed = rows.filter(action="revoke").select("object_id", pl.col("grant_id").alias("thing"))
    return _totals(before, added, removed)


def _groups_per_person(facts: Facts, batch: pl.DataFrame) -> pl.DataFrame:
    """Groups each person is in, at any depth."""
    edges = active_edges(facts)
    pairs = pl.col("group").alias("group_id"), pl.col("principal_id").alias("member_id")
    added = batch.filter(action="add_member").select(*pairs)
    removed = batch.filter(action="remove_member").select(*pairs)
    made = batch.filter(action="create_group")["group"]
    groups = pl.concat([group_ids(facts), made]).unique()
    peak = pl.concat([edges, added]).unique()
    after = peak.join(removed, on=["group_id", "member_id"], how="anti")
    return _counts(*(reach(frame, groups).rename({"principal_id": "object_id"}) for frame in (edges, peak, after)))
