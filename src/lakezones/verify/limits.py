"""Recounts Azure's limits at their worst: every addition of the plan made, no removal yet.

In: facts and plan. Out: problems where a hard limit does not hold. No order of steps can be worse than this, so the
claim holds in all of them; it does not rely on the plan's own ``limits`` table, whose broken rows count as well.
"""

import polars as pl

from lakezones.model.frames import Facts, Plan
from lakezones.model.limits import LimitsSettings
from lakezones.verify.rules.acls import entries_by_path
from lakezones.verify.rules.assignments import assignments_in_force
from lakezones.verify.violations import Violation


def broken_limits(facts: Facts, plan: Plan, rows: pl.DataFrame, *, limits: LimitsSettings) -> list[Violation]:
    """Hard limits that the plan breaks, worst first; `rows` is what `acts` gives of it."""
    granted = rows.filter(action="grant")
    problems = _acl(facts, granted, limits) + _assignments(facts, granted, limits)
    stated = plan.limits.filter(~pl.col("holds"), pl.col("hard")).sort("limit", "object_id")
    problems += [
        Violation(f"{name} of {what} within {allowed}", f"{peak} at its peak")
        for name, what, allowed, peak in stated.select("limit", "object_id", "allowed", "peak").iter_rows()
    ]
    return problems


def _acl(facts: Facts, granted: pl.DataFrame, limits: LimitsSettings) -> list[Violation]:
    allowed = limits.named_acl_entries_per_path.value
    new = granted.filter(kind="acl_entry").select(
        pl.col("container"), pl.col("path").fill_null("").alias("folder"), "grantee"
    )
    paths = facts.table("acls").select("container", pl.col("path").fill_null("/"))
    touched = entries_by_path(facts).join(new.filter(pl.col("folder") == ""), on="container", how="semi")
    on_source = new.filter(pl.col("folder") == "").select("container", "grantee")
    per_path = paths.unique().join(on_source, on="container")
    bare = on_source.join(paths, on="container", how="anti").with_columns(pl.lit("/").alias("path"))
    at_target = new.filter(pl.col("folder") != "").select("container", "grantee", pl.col("folder").alias("path"))
    columns = ["container", "path", "grantee"]
    counts = (
        pl.concat([frame.select(columns) for frame in (touched, per_path, bare, at_target)])
        .unique()
        .group_by("container", "path")
        .len()
    )
    over = counts.filter(pl.col("len") > allowed).sort("len", "container", "path", descending=[True, False, False])
    return [
        Violation(f"at most {allowed} named ACL entries on {container}/{path.strip('/')}", str(count))
        for container, path, count in over.iter_rows()
    ]


def _assignments(facts: Facts, granted: pl.DataFrame, limits: LimitsSettings) -> list[Violation]:
    allowed = limits.role_assignments_per_subscription.value
    held = [one.subscription for one in assignments_in_force(facts) if one.active]
    today = pl.Series("subscription", held, pl.String).drop_nulls().value_counts(name="today")
    accounts = facts.table("accounts").select("account", pl.col("subscription_id").str.to_lowercase())
    ids = accounts["subscription_id"].drop_nulls().unique()
    sources = facts.table("containers").select("container", "account")
    new = (
        granted.filter(kind="assignment")
        .select("container", pl.col("path").fill_null(""), "grantee", "level")
        .unique()
        .join(sources, on="container", how="left")
        .with_columns(account=pl.coalesce("account", pl.col("container").str.extract(r"^([^/]+)/")))
        .join(accounts, on="account", how="left")
        .with_columns(subscription=pl.col("subscription_id").fill_null(ids[0] if ids.len() == 1 else "unknown"))
        .group_by("subscription")
        .len("new")
    )
    counts = new.join(today, on="subscription", how="left").with_columns(
        (pl.col("new") + pl.col("today").fill_null(0)).alias("peak")
    )
    return [
        Violation(f"at most {allowed} role assignments in subscription {name}", str(peak))
        for name, peak in counts.filter(pl.col("peak") > allowed)
        .sort("subscription")
        .select("subscription", "peak")
        .iter_rows()
    ]
