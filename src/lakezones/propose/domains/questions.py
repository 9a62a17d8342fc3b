"""Questions to named people about systems whose domain is not clear.

In: domains as proposed. Out: a row per system to ask about, most containers first.
"""

import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.propose.domains.settings import DomainsSettings


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
        asked_as (owner, owner in the register, most senior writer, approver, most senior reader).
    """
    doubtful = pl.col("domain").is_null() | (pl.col("chance") < settings.ask_below)
    unit = pl.coalesce(pl.format("system {}", "system"), pl.format("class {}", "class_id"))
    named = domains.with_columns(unit=unit)

    def most(column: str) -> pl.Expr:
        return pl.col(column).drop_nulls().mode().sort().first()

    units = named.group_by("unit").agg(
        pl.col("system", "tags").drop_nulls().sort().first(),
        most("guess").alias("proposed"),
        most("runner_up"),
        containers=pl.len().cast(pl.Int64),
        one=pl.col("container").min(),
        asked=(doubtful.mean() >= settings.ask_share) | pl.col("tags").is_not_null().any(),
        confidence=pl.col("chance").mean().round(4),
    )
    likely = pl.col("confidence") >= 1 - settings.ask_below
    proposed, confidence = pl.when(likely).then("proposed"), pl.when(likely).then("confidence").otherwise(0.0)
    units = units.with_columns(
        proposed=proposed, confidence=confidence, runner_up=pl.when(pl.col("runner_up") != proposed).then("runner_up")
    )
    more = pl.format("{} (and {} more containers with the same grants)", "one", pl.col("containers") - 1)
    of_system = pl.format("system {} ({} containers, such as {})", "system", "containers", "one")
    single = pl.coalesce(pl.format("system {} (container {})", "system", "one"), "one")
    what = pl.when(pl.col("containers") == 1).then(single).otherwise(pl.coalesce(of_system, more))
    question = pl.coalesce(
        pl.format("Tags of {} disagree ({}): which business area owns it?", what, "tags"),
        pl.format("Does {} belong to {}, or rather to {}?", what, "proposed", "runner_up"),
        pl.format("Does {} belong to {}?", what, "proposed"),
        pl.format("Which business area owns {}?", what),
    )
    units = units.filter("asked").join(_whom(facts, access, named), on="unit", how="left")
    columns = ("system", "containers", "question", "asked_of", "proposed", "confidence", "runner_up", "asked_as")
    units = units.with_columns(question=question).sort("containers", "unit", descending=[True, False])
    return units.select(columns)


def _whom(facts: Facts, access: Access, named: pl.DataFrame) -> pl.DataFrame:
    """Whom to ask: columns unit, asked_of, asked_as."""
    people = facts.table("principals").filter(
        pl.col("kind").cast(pl.String).fill_null("user") == "user", pl.col("enabled").fill_null(value=True)
    )
    reports = people.select(principal_id="manager_id").drop_nulls().group_by("principal_id").agg(reports=pl.len())
    people = people.select("principal_id", asked_of=pl.coalesce("name", "principal_id"))
    units = named.select("unit", "class_id").unique()
    # Who holds nearly everything knows nothing of each.
    most = max(4.0, 0.5 * units["class_id"].n_unique())
    lane = access.data_lane.filter(pl.len().over("principal_id", pl.col("level") & 2) <= most)
    lane = lane.join(units, on="class_id").join(reports, on="principal_id", how="left")
    approved = facts.table("entitlements").select("entitlement", principal_id="approver").drop_nulls()
    opened = access.entitlement_classes.join(approved, on="entitlement")
    sources = {
        "owner": named.select("unit", principal_id="owner"),
        "owner in the register": named.select("unit", principal_id="steward"),
        "most senior writer": lane.filter(pl.col("level") & 2 != 0),
        "approver": opened.join(units, on="class_id"),
        "most senior reader": lane,
    }
    every = [
        found.with_columns(rank=pl.lit(rank), asked_as=pl.lit(name))
        for rank, (name, found) in enumerate(sources.items())
    ]
    keys = ("unit", "rank", "reports", "principal_id", "asked_as")
    ranked = pl.concat(every, how="diagonal").drop_nulls("principal_id").with_columns(pl.col("reports").fill_null(0))
    ranked = ranked.group_by(keys).agg(n=pl.len()).join(people, on="principal_id")
    ranked = ranked.sort("unit", "rank", "reports", "n", "principal_id", descending=[False, False, True, True, False])
    return ranked.unique("unit", keep="first", maintain_order=True).select("unit", "asked_of", "asked_as")
