"""The proposed mesh beside other ways to lay the lake out, counted the same way.

In: facts, access, the labelled containers, what moves, the roles. Out: a row of counts per alternative, and the flows
from today's systems to zones and domains. All counts are of what was scanned; nothing is assumed about future growth.
"""

import polars as pl

from lakezones.model.areas import read_areas
from lakezones.model.frames import Access, Facts
from lakezones.propose.domains.settings import DomainsSettings
from lakezones.propose.layout.price import TARGET
from lakezones.propose.roles.stage import RolesResult


def compare(
    facts: Facts,
    access: Access,
    frame: pl.DataFrame,
    moved: pl.DataFrame,
    roles: RolesResult,
    *,
    settings: DomainsSettings,
) -> pl.DataFrame:
    """Count four layouts.

    Parameters
    ----------
    frame : DataFrame
        Every container: container, domain, zone, class_id, size_bytes, disposition.
    moved : DataFrame
        Those that move, with target_account, target_container, audience.

    Returns
    -------
    DataFrame
        alternative; containers; audiences (distinct sets of grantees); groups that carry access; cross_domain_grants
        (class and domain of the people who hold it, where the class is of another: what a domain must grant to
        others); duplicated_bytes (copies a domain must keep of what others own; null where sizes are unknown);
        requests_per_joiner (what a new colleague asks for to work like the median one of today); central_share (share
        of containers that a central team answers for).
    """
    everything = max(frame.height, 1)
    staying = int((frame["disposition"] != "migrate").sum())
    hub, spokes = moved.filter(pl.col("zone") != "consumption"), moved.filter(pl.col("zone") == "consumption")
    mesh = moved.select(TARGET).unique().height + staying
    hub_and_spoke = hub.select("target_account", "zone", "restricted").unique().height
    hub_and_spoke += spokes.select(TARGET).unique().height + staying
    audiences, groups = moved["audience"].n_unique(), roles.resource_groups["group_id"].n_unique()
    granted = access.class_grants.filter(pl.col("lane") == "data", pl.col("route").is_in(["acl", "assignment"]))
    today, later = _requests_per_joiner(access, roles)
    domains = _people_domains(facts, access, frame, settings)
    crossing = _crossing(access, frame, domains)
    # Independent lakehouses keep a copy of each class that their people read elsewhere.
    copies = crossing.select("domain", "class_id").unique()
    # A hub grants every reader of raw and curated, whatever domain they are of.
    by_hub = crossing.filter(~pl.col("of_hub")).height + _hub_grants(access, frame, domains)
    unowned = frame["domain"].null_count()
    counts = {
        "alternative": ["as it is", "phased mesh", "independent lakehouses", "hub and spoke"],
        "containers": [frame.height, mesh, mesh, hub_and_spoke],
        "audiences": [frame["class_id"].n_unique(), audiences, audiences + copies.height, audiences],
        "groups": [granted["grantee_id"].n_unique(), groups, groups + copies.height, groups],
        "cross_domain_grants": [crossing.height, crossing.height, 0, by_hub],
        "duplicated_bytes": [0, 0, _bytes(copies, frame), 0],
        "requests_per_joiner": [today, later, later, later],
        "central_share": [1.0, round(unowned / everything, 4), 0.0, round(hub.height / everything, 4)],
    }
    return pl.DataFrame(counts, schema_overrides={"duplicated_bytes": pl.Int64})


def flows(frame: pl.DataFrame) -> pl.DataFrame:
    """From today's systems to zones and domains: source_system, zone, domain, containers; largest first."""
    return (
        frame.group_by(
            source_system=pl.col("system").fill_null("(unknown)"),
            zone=pl.coalesce("zone", "disposition"),
            domain=pl.col("domain").fill_null("(none)"),
        )
        .agg(containers=pl.len().cast(pl.Int64))
        .sort("containers", "source_system", "zone", "domain", descending=[True, False, False, False])
    )


def _people_domains(facts: Facts, access: Access, frame: pl.DataFrame, settings: DomainsSettings) -> pl.DataFrame:
    """Domain of people: that of which their area holds most beyond its share; principal_id, domain."""
    people = read_areas(facts, settings.departments).select(
        "principal_id", department=pl.coalesce("area", "department")
    )
    classes = frame.select("class_id", "domain").drop_nulls().unique()
    ties = (
        access.data_lane.join(people, on="principal_id")
        .join(classes, on="class_id")
        .group_by("department", "domain")
        .agg(n=pl.len())
    )
    share = pl.col("n") / pl.col("n").sum().over("department")
    usual = pl.col("n").sum().over("domain") / pl.col("n").sum()
    best = (
        ties.with_columns(lift=share - usual)
        .sort("department", "lift", "domain", descending=[False, True, False])
        .unique("department", keep="first", maintain_order=True)
    )
    return people.join(best, on="department").select("principal_id", "domain")


def _crossing(access: Access, frame: pl.DataFrame, domains: pl.DataFrame) -> pl.DataFrame:
    """Classes held by people of another domain: class_id, domain (of the people), of_hub (it is raw or curated)."""
    classes = (
        frame.drop_nulls("domain")
        .group_by("class_id")
        .agg(owner=pl.col("domain").mode().sort().first(), of_hub=(pl.col("zone") != "consumption").mean() > 0.5)
    )
    return (
        access.data_lane.join(domains, on="principal_id")
        .join(classes, on="class_id")
        .filter(pl.col("domain") != pl.col("owner"))
        .select("class_id", "domain", pl.col("of_hub").fill_null(value=False))
        .unique()
    )


def _hub_grants(access: Access, frame: pl.DataFrame, domains: pl.DataFrame) -> int:
    """Grants a hub has to make to domains: each class of raw and curated, to each domain whose people hold it."""
    hub = frame.filter(pl.col("zone").is_in(["raw", "curated"])).select("class_id")
    held = access.data_lane.join(hub, on="class_id", how="semi").join(domains, on="principal_id")
    return held.select("class_id", "domain").unique().height


def _bytes(copies: pl.DataFrame, frame: pl.DataFrame) -> int | None:
    """Bytes of the classes that other domains would copy; null where no size is known."""
    if frame["size_bytes"].null_count() == frame.height:
        return None
    sizes = frame.group_by("class_id").agg(pl.col("size_bytes").fill_null(0).sum())
    return int(copies.join(sizes, on="class_id")["size_bytes"].sum())


def _requests_per_joiner(access: Access, roles: RolesResult) -> tuple[float, float]:
    """Median requests of a person today, and with roles (roles joined, and what stays personal)."""
    personal = roles.residual_classes.filter(pl.col("disposition").is_in(["keep_membership", "keep_exception"])).select(
        "principal_id", thing=pl.coalesce("group_id", "class_id")
    )
    later = pl.concat([roles.role_members.select("principal_id", thing="role_id"), personal.unique()])
    counts = access.requests.group_by("principal_id").agg(today=pl.len())
    counts = counts.join(later.group_by("principal_id").agg(later=pl.len()), on="principal_id", how="left")
    today, after = counts.select(pl.col("today", "later").fill_null(0).median().fill_null(0.0)).row(0)
    return float(today), float(after)
