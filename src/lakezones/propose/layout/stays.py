"""What does not move, and why: decided before any name is given.

In: facts, access, zones. Out: disposition and cause of every container. What cannot be carried over exactly stays:
bearer, conditional and eligible access is bound to the container it is on, a deny would be left behind, blobs
under immutability, legal hold or in the archive tier cannot be copied or deleted, and what lies in an unknown account
cannot be found. `lakezones.propose.layout.wide` looks at roles above containers once targets have names.
"""

from typing import Final

import dataframely as dy
import polars as pl

from lakezones.access.parsed import assignments, classes_bound_by_name, on_containers
from lakezones.model.frames import Access, Facts
from lakezones.model.tables import Zones
from lakezones.propose.layout.accounts import locate
from lakezones.propose.layout.settings import LayoutSettings

CAUSES: Final = {
    "legal_hold": "under legal hold",
    "immutability": "under an immutability policy",
    "unknown_account": "the scan does not say for certain which account it is in",
    "sandbox": "a sandbox",
    "bound_access": "{} access is bound to the container",
    "deny": "a deny assignment would be left behind",
    "name_condition": "a condition on the container's name grants access and would not follow it",
    "unknown_target": "who holds roles on the target account was not scanned",
    "archive_tier": "in the archive tier: rehydrate before a copy",
    "dead": "dead: neither used nor changed",
    "no_zone": "no zone",
}
"""Why a container does not migrate, in words; the lanes take the place of the braces. The first that applies counts."""


def dispositions(
    facts: Facts, access: Access, zones: dy.DataFrame[Zones], *, settings: LayoutSettings | None = None
) -> pl.DataFrame:
    """Disposition of every container of `zones`; `settings` may name the account that all move to.

    Returns
    -------
    DataFrame
        Columns container, disposition (migrate, retire or leave), cause (as in `tables.Layout`; null for migrate), why
        (the cause in words; empty for migrate), account (null where unknown), target_account (null where it cannot
        move); in the order of `zones`.
    """
    located = locate(facts, zones["container"], settings=settings or LayoutSettings())
    tier = pl.col("tier").str.to_lowercase()
    stored = facts.table("containers").select("container", "immutability", "legal_hold", tier=tier)
    frame = zones.select("container", "zone", pl.col("state").cast(pl.String).fill_null(""))
    bound = (bound_lanes(access), denied(facts, zones["container"]), bound_by_name(facts, access))
    for more in (located, stored, *bound):
        frame = frame.join(more, on="container", how="left", maintain_order="left")
    # Nothing that is there may be retired or moved while the law or a lock says that it stays.
    applies = {
        "legal_hold": pl.col("legal_hold"),
        "immutability": pl.col("immutability"),
        "unknown_account": pl.col("where") == "unknown_account",
        "sandbox": pl.col("state") == "sandbox",
        "bound_access": pl.col("lanes").is_not_null(),
        "deny": pl.col("denied"),
        "name_condition": pl.col("by_name"),
        "unknown_target": pl.col("where") == "unknown_target",
        "archive_tier": (pl.col("tier") == "archive") & (pl.col("state") != "dead"),
        "dead": pl.col("state") == "dead",
        "no_zone": pl.col("zone").is_null(),
    }
    cause = pl.coalesce(pl.when(applies[name]).then(pl.lit(name)) for name in CAUSES)
    words = pl.col("cause").replace_strict(CAUSES, default="", return_dtype=pl.String)
    return frame.with_columns(cause=cause).select(
        "container",
        disposition=pl.when(pl.col("cause").is_null())
        .then(pl.lit("migrate"))
        .when(pl.col("cause") == "dead")
        .then(pl.lit("retire"))
        .otherwise(pl.lit("leave")),
        cause="cause",
        why=words.str.replace("{}", pl.col("lanes").fill_null(""), literal=True),
        account="account",
        target_account="target_account",
    )


def bound_lanes(access: Access) -> pl.DataFrame:
    """Containers with access that is bound to them: columns container, lanes (joined by commas).

    Eligible access above containers is the same wherever they lie below it. What a condition gives that no scan can
    evaluate is bound to where it was found, however wide it reaches.
    """
    lane = pl.col("lane").cast(pl.String)
    local = (pl.col("scope_kind").cast(pl.String) == "container") & lane.is_in(["bearer", "eligible"])
    bound = (
        access.class_grants.filter(local | (lane == "conditional"))
        .group_by("class_id")
        .agg(lanes=pl.col("lane").cast(pl.String).unique().sort().str.join(", "))
    )
    return access.container_classes.join(bound, on="class_id").select("container", "lanes")


def bound_by_name(facts: Facts, access: Access) -> pl.DataFrame:
    """Containers that an assignment above them reaches by a condition that may look at their name.

    Returns
    -------
    DataFrame
        Columns container, by_name.
    """
    classes = classes_bound_by_name(facts, access.class_grants)
    return access.container_classes.join(classes, on="class_id", how="semi").select(
        "container", by_name=pl.lit(value=True)
    )


def denied(facts: Facts, containers: pl.Series) -> pl.DataFrame:
    """Containers with a deny assignment of their own: columns container, denied."""
    denies = assignments(facts).filter("active", pl.col("effect") == "deny")
    named = on_containers(denies, containers)["container"].unique()
    return (
        pl.DataFrame({"container": containers})
        .filter(pl.col("container").is_in(named.implode()))
        .with_columns(denied=pl.lit(value=True))
    )
