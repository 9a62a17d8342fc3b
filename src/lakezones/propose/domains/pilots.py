"""Pilots: which domains should go first.

In: facts, access, zones. Out: a score per domain, each part of it shown. A good pilot has few ties to other domains,
clear owners, a small blast radius and much waiting to spare, and is big enough to prove something.
"""

import polars as pl

from lakezones.errors import ConfigError
from lakezones.model import lineage as lin
from lakezones.model.frames import Access, Facts
from lakezones.model.metadata import OWNER_KEYS
from lakezones.propose.domains.settings import DomainsSettings

PARTS = {"apart": 0.35, "owned": 0.2, "small": 0.2, "spared": 0.25}
"""Weights of the parts of a score."""


def score_pilots(facts: Facts, access: Access, zones: pl.DataFrame, *, settings: DomainsSettings) -> pl.DataFrame:
    """Score every domain as a pilot.

    Returns
    -------
    DataFrame
        domain, pilot, score, apart (share of lineage that stays inside), owned (share of containers with an owner),
        small (one less the share of people who hold something), spared (its requests per container class, against the
        largest), containers, people, requests, why; best first.

    Raises
    ------
    ConfigError
        If `pilot_domains` names a domain that is not there.
    """
    domains = zones.select("container", "domain").drop_nulls("domain")
    names = domains["domain"].unique().sort()
    unknown = sorted(set(settings.pilot_domains) - set(names))
    if unknown:
        raise ConfigError(
            f"setting domains.pilot_domains: there is no domain {unknown[0]!r}",
            hint="domains: " + ", ".join(names.to_list()),
        )
    frame = domains.group_by("domain").agg(containers=pl.len().cast(pl.Int64))
    for part in (
        _apart(facts, zones),
        _owned(facts, domains),
        _reach(facts, access, domains),
        _waiting(access, domains),
    ):
        frame = frame.join(part, on="domain", how="left")
    frame = frame.with_columns(
        pl.col("apart", "owned", "small", "spared").fill_null(0.0), pl.col("people", "requests").fill_null(0)
    )
    score = pl.sum_horizontal([pl.col(part) * weight for part, weight in PARTS.items()])
    # A domain of next to nothing proves nothing, however little it is tied to.
    enough = pl.min_horizontal(pl.lit(1.0), pl.col("containers") / (0.25 * pl.col("containers").mean()))
    frame = frame.with_columns(score=(score * enough).round(4)).sort("score", "domain", descending=[True, False])
    chosen = list(settings.pilot_domains) or frame["domain"].head(settings.pilots).to_list()
    return frame.select(
        "domain",
        pl.col("domain").is_in(chosen).alias("pilot"),
        "score",
        pl.col("apart", "owned", "small", "spared").round(4),
        "containers",
        "people",
        "requests",
        why=pl.format(
            "{} percent of its lineage stays inside; {} percent of its containers have an owner; "
            "people with access: {}; requests spared at most: {}",
            (pl.col("apart") * 100).round(0).cast(pl.Int64),
            (pl.col("owned") * 100).round(0).cast(pl.Int64),
            "people",
            "requests",
        ),
    )


def _apart(facts: Facts, zones: pl.DataFrame) -> pl.DataFrame:
    """Share of the lineage of each domain that stays inside it; half where nothing is known."""
    lineage = lin.build(facts, zones["container"])
    edges = pl.DataFrame(
        {"a": zones["domain"].gather(lineage.sources), "b": zones["domain"].gather(lineage.targets)}
    ).drop_nulls()
    both = pl.concat([edges.select(domain="a", other="b"), edges.select(domain="b", other="a")])
    shares = both.group_by("domain").agg(apart=(pl.col("domain") == pl.col("other")).mean())
    every = zones.select("domain").drop_nulls().unique()
    return every.join(shares, on="domain", how="left").with_columns(pl.col("apart").fill_null(0.5))


def _owned(facts: Facts, domains: pl.DataFrame) -> pl.DataFrame:
    """Share of containers that name an owner in metadata or are written by a job that does."""
    named = facts.said(OWNER_KEYS, "owner")
    jobs = facts.table("references").filter(pl.col("direction").cast(pl.String) == "write").drop_nulls("owner")
    owned = pl.concat([named.select("container"), jobs.select("container")]).unique()
    marked = domains.join(owned.with_columns(owned=pl.lit(1.0)), on="container", how="left")
    return marked.group_by("domain").agg(owned=pl.col("owned").fill_null(0.0).mean())


def _reach(facts: Facts, access: Access, domains: pl.DataFrame) -> pl.DataFrame:
    """People who hold something in each domain, and one less their share of all."""
    services = facts.table("principals").filter(
        pl.col("kind").cast(pl.String).is_in(["service_principal", "managed_identity"])
    )
    held = (
        access.class_access.filter(pl.col("lane").cast(pl.String) == "data")
        .join(services, on="principal_id", how="anti")
        .select("class_id", "principal_id")
    )
    everybody = max(held["principal_id"].n_unique(), 1)
    classes = domains.join(access.container_classes, on="container").select("domain", "class_id").unique()
    return (
        classes.join(held, on="class_id")
        .group_by("domain")
        .agg(people=pl.col("principal_id").n_unique().cast(pl.Int64))
        .with_columns(small=1.0 - pl.col("people") / everybody)
    )


def _waiting(access: Access, domains: pl.DataFrame) -> pl.DataFrame:
    """Requests people had to make for each domain, against the domain with most."""
    classes = domains.join(access.container_classes, on="container").select("domain", "class_id").unique()
    by_entitlement = (
        access.entitlement_classes.select("entitlement", "class_id")
        .join(classes, on="class_id")
        .select("entitlement", "domain")
        .unique()
    )
    named = access.requests.filter(pl.col("entitlement") != "").join(by_entitlement, on="entitlement")
    direct = access.requests.filter(pl.col("class_id") != "").join(classes, on="class_id")
    counted = (
        pl.concat([named.select("domain"), direct.select("domain")])
        .group_by("domain")
        .agg(requests=pl.len().cast(pl.Int64))
    )
    return counted.with_columns(spared=pl.col("requests") / pl.col("requests").max())
