"""Questions to named people about systems whose domain is not clear.

In: domains as proposed. Out: a row per system to ask about, most containers first.
"""

from typing import Final

import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.propose.domains.settings import DomainsSettings

COLUMNS: Final = ("system", "containers", "question", "asked_of", "proposed", "confidence", "runner_up", "asked_as")
MOST_LEVELS: Final = 20
"""Levels of managers that are followed; a directory can have a circle."""


def ask(facts: Facts, access: Access, domains: pl.DataFrame, settings: DomainsSettings) -> pl.DataFrame:
    """Ask once per system (without one, per class of grants) whose domain is low, missing or contradicted.

    Parameters
    ----------
    domains : DataFrame
        container, class_id, system, owner, steward, tags, guess, runner_up, chance, domain.

    Returns
    -------
    DataFrame
        system (null where containers have none), containers, question, asked_of (name, else id; null where nobody is
        known), proposed (as far as anything speaks for one), confidence (of it, the mean over containers), runner_up,
        asked_as (owner, owner in the register, most senior writer, approver).
    """
    unit = pl.coalesce(pl.format("system {}", "system"), pl.format("class {}", "class_id"))
    doubtful = pl.col("domain").is_null() | (pl.col("chance") < settings.ask_below) | pl.col("tags").is_not_null()
    named = domains.with_columns(unit=unit, doubtful=doubtful)
    units = named.group_by("unit").agg(
        pl.col("system").first(),
        pl.len().cast(pl.Int64).alias("containers"),
        pl.col("container").min().alias("one"),
        pl.col("doubtful").mean() >= settings.ask_share,
        confidence=pl.col("chance").mean().round(4),
        tags=pl.col("tags").drop_nulls().sort().first(),
    )
    best = _most(named, "guess").rename({"guess": "proposed"})
    second = named.join(best, on="unit").filter(pl.col("runner_up") != pl.col("proposed"))
    units = units.filter(pl.col("doubtful") | pl.col("tags").is_not_null())
    units = units.join(best, on="unit", how="left").join(_most(second, "runner_up"), on="unit", how="left")
    units = units.join(_whom(facts, access, named), on="unit", how="left")
    what = (
        pl.when(pl.col("system").is_not_null())
        .then(pl.format("system {} (containers: {})", "system", "containers"))
        .otherwise(pl.format("{} (containers with the same grants: {})", "one", "containers"))
    )
    question = (
        pl.when(pl.col("tags").is_not_null())
        .then(pl.format("Tags of {} disagree ({}): which business area owns it?", what, "tags"))
        .when(pl.col("proposed").is_null())
        .then(pl.format("Which business area owns {}?", what))
        .when(pl.col("runner_up").is_null())
        .then(pl.format("Does {} belong to {}?", what, "proposed"))
        .otherwise(pl.format("Does {} belong to {}, or rather to {}?", what, "proposed", "runner_up"))
    )
    return units.with_columns(question=question).sort("containers", "unit", descending=[True, False]).select(COLUMNS)


def _most(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """The value that most containers of a unit have: columns unit and `column`."""
    counted = frame.drop_nulls(column).group_by("unit", column).len()
    return (
        counted.sort("unit", "len", column, descending=[False, True, False])
        .unique("unit", keep="first", maintain_order=True)
        .select("unit", column)
    )


def _whom(facts: Facts, access: Access, named: pl.DataFrame) -> pl.DataFrame:
    """Whom to ask: columns unit, asked_of, asked_as."""
    people = facts.table("principals").filter(
        pl.col("kind").cast(pl.String).fill_null("user") == "user", pl.col("enabled").fill_null(value=True)
    )
    classes = named.select("unit", "class_id").unique()
    held = access.data_lane.filter(pl.col("level") & 2 != 0).select("class_id", "principal_id")
    # Who writes everything knows nothing of each.
    writers = held.filter(pl.len().over("principal_id") <= max(4.0, 0.5 * held["class_id"].n_unique()))
    approved = facts.table("entitlements").select("entitlement", principal_id="approver").drop_nulls()
    opened = access.entitlement_classes.select("entitlement", "class_id").join(classes, on="class_id")
    sources = [
        ("owner", named.select("unit", principal_id="owner")),
        ("owner in the register", named.select("unit", principal_id="steward")),
        ("most senior writer", writers.join(classes, on="class_id").select("unit", "principal_id").unique()),
        (
            "approver",
            opened.select("unit", "entitlement")
            .unique()
            .join(approved, on="entitlement")
            .select("unit", "principal_id"),
        ),
    ]
    counted = pl.concat(
        [
            frame.drop_nulls()
            .group_by("unit", "principal_id")
            .agg(n=pl.len())
            .with_columns(rank=pl.lit(i), asked_as=pl.lit(name))
            for i, (name, frame) in enumerate(sources)
        ]
    )
    known = people.select("principal_id", asked_of=pl.coalesce("name", "principal_id"))
    return (
        counted.join(known, on="principal_id")
        .join(_depths(people), on="principal_id", how="left")
        .with_columns(senior=pl.when(pl.col("asked_as") == "most senior writer").then("depth").otherwise(0))
        .sort("unit", "rank", "senior", "n", "principal_id", descending=[False, False, False, True, False])
        .unique("unit", keep="first", maintain_order=True)
        .select("unit", "asked_of", "asked_as")
    )


def _depths(people: pl.DataFrame) -> pl.DataFrame:
    """Managers above each person: columns principal_id, depth."""
    above = dict(people.select("principal_id", "manager_id").drop_nulls().iter_rows())
    depths: dict[str, int] = {}
    for person in people["principal_id"]:
        at, depth = above.get(person), 0
        while at is not None and depth < MOST_LEVELS:
            at, depth = above.get(at), depth + 1
        depths[person] = depth
    return pl.DataFrame(
        {"principal_id": list(depths), "depth": list(depths.values())},
        schema={"principal_id": pl.String, "depth": pl.Int64},
    )
