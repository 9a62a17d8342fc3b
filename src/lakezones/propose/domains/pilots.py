"""Pilots: which domains should go first.

In: facts, access, zones. Out: a score per domain, each part of it shown. A good pilot has few ties to other domains,
clear owners, a small blast radius and much waiting to spare, and is big enough to prove something.
"""

import polars as pl

from lakezones.errors import ConfigError
from lakezones.model import lineage as lin
from lakezones.model.frames import Access, Facts
from lakezones.model.metadata import OWNER_KEYS
from lakezones.model.principals import MACHINES
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
    classes = domains.join(access.container_classes, on="container").select("domain", "class_id").unique()
    frame = domains.group_by("domain").agg(containers=pl.len().cast(pl.Int64))
    parts = (_apart(facts, zones), _owned(facts, domains), _reach(facts, access, classes), _waiting(access, classes))
    for part in parts:
        frame = frame.join(part, on="domain", how="left")
    frame = frame.fill_null(0)
    score = pl.sum_horizontal([pl.col(part) * weight for part, weight in PARTS.items()])
    # A domain of next to nothing proves nothing, however little it is tied to.
    enough = pl.min_horizontal(pl.lit(1.0), pl.col("containers") / (0.25 * pl.col("containers").mean()))
    frame = frame.with_columns(score=(score * enough).round(4)).sort("score", "domain", descending=[True, False])
    chosen = list(settings.pilot_domains) or frame["domain"].head(settings.pilots).to_list()
    inside, owned = ((pl.col(part) * 100).round(0).cast(pl.Int64) for part in ("apart", "owned"))
    why = "{} percent of its lineage stays inside; {} percent of its containers have an owner; "
    why += "people with access: {}; requests spared at most: {}"
    return frame.select(
        "domain",
        pl.col("domain").is_in(chosen).alias("pilot"),
        "score",
        pl.col("apart", "owned", "small", "spared").round(4),
        "containers",
        "people",
        "requests",
        why=pl.format(why, inside, owned, "people", "requests"),
    )


def _apart(facts: Facts, zones: pl.DataFrame) -> pl.DataFrame:
    """Share of the lineage of each domain that stays inside it; half where nothing is known."""
    lineage = lin.build(facts, zones["container"])
    ends = [zones["domain"].gather(at) for at in (lineage.sources, lineage.targets)]
    both = pl.concat([pl.DataFrame({"domain": a, "other": b}) for a, b in (ends, ends[::-1])]).drop_nulls()
    shares = both.group_by("domain").agg(apart=(pl.col("domain") == pl.col("other")).mean())
    every = zones.select("domain").drop_nulls().unique()
    return every.join(shares, on="domain", how="left").with_columns(pl.col("apart").fill_null(0.5))


def _owned(facts: Facts, domains: pl.DataFrame) -> pl.DataFrame:
    """Share of containers that name an owner in metadata or are written by a job that does."""
    jobs = facts.table("references").filter(pl.col("direction").cast(pl.String) == "write").drop_nulls("owner")
    owned = pl.concat([facts.said(OWNER_KEYS, "owner").select("container"), jobs.select("container")])
    return domains.group_by("domain").agg(owned=pl.col("container").is_in(owned["container"].implode()).mean())


def _reach(facts: Facts, access: Access, classes: pl.DataFrame) -> pl.DataFrame:
    """People who hold something in each domain, and one less their share of all."""
    kind = pl.col("kind").cast(pl.String)
    services = facts.table("principals").filter(kind.is_in(MACHINES))
    held = access.data_lane.join(services, on="principal_id", how="anti")
    people = pl.col("principal_id").n_unique().cast(pl.Int64)
    reach = classes.join(held, on="class_id").group_by("domain").agg(people=people)
    return reach.with_columns(small=1.0 - pl.col("people") / max(held["principal_id"].n_unique(), 1))


def _waiting(access: Access, classes: pl.DataFrame) -> pl.DataFrame:
    """Requests people had to make for each domain, against the domain with most."""
    opened = access.entitlement_classes.select("entitlement", "class_id").join(classes, on="class_id")
    named = access.requests.filter(pl.col("entitlement") != "")
    named = named.join(opened.select("entitlement", "domain").unique(), on="entitlement")
    direct = access.requests.filter(pl.col("class_id") != "").join(classes, on="class_id")
    both = pl.concat([named.select("domain"), direct.select("domain")])
    counted = both.group_by("domain").agg(requests=pl.len().cast(pl.Int64))
    return counted.with_columns(spared=pl.col("requests") / pl.col("requests").max())
