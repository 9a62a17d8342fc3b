"""The proposed mesh beside other ways to lay the lake out, counted the same way.

In: facts, access, the labelled containers, what moves, the roles. Out: a row of counts per alternative, and the flows
from today's systems to zones and domains. All counts are of what was scanned; nothing is assumed about future growth.
"""

import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.propose.domains.clues import people_of
from lakezones.propose.layout.audiences import RolesLike
from lakezones.propose.layout.price import BOX

ALTERNATIVES = ("as it is", "phased mesh", "independent lakehouses", "hub and spoke")


def compare(facts: Facts, access: Access, frame: pl.DataFrame, moved: pl.DataFrame, roles: RolesLike) -> pl.DataFrame:
    """Count four layouts.

    Parameters
    ----------
    frame : DataFrame
        Every container: container, domain, zone, class_id, size_bytes, disposition.
    moved : DataFrame
        Those that move, with target_account, target_container, audience.
    roles
        Its resource groups; role members too, where it has them.

    Returns
    -------
    DataFrame
        alternative; containers; audiences (distinct sets of grantees); groups that carry access; cross_domain_grants
        (class and home domain of people who hold it, where these differ: what a domain must grant to others);
        duplicated_bytes (copies a domain must keep of what others own; null where sizes are unknown);
        requests_per_joiner (what a new colleague asks for to work like the median one of today); central_share (share
        of containers that a central team answers for).
    """
    staying = int((frame["disposition"] != "migrate").sum())
    boxes = moved.select(BOX).unique().height
    audiences = moved["audience"].n_unique()
    homes = _homes(facts, access, frame)
    ties = _crossing(access, frame, homes)
    today = access.class_grants.filter(pl.col("lane").cast(pl.String) == "data")
    named = roles.resource_groups["group_id"].n_unique()
    per_joiner, with_roles = _asked(access, roles)
    unowned = int(frame["domain"].null_count()) / frame.height if frame.height else 0.0
    hub = moved.filter(pl.col("zone") != "consumption")
    spokes = moved.filter(pl.col("zone") == "consumption").select(BOX).unique().height
    hub_boxes = (
        moved.filter(pl.col("zone") != "consumption").select("target_account", "zone", "restricted").unique().height
    )
    copied = ties.select("domain", "class_id").unique()
    rows = [
        (
            frame.height,
            frame["class_id"].n_unique(),
            today.filter(pl.col("route").cast(pl.String).is_in(["acl", "assignment"]))["grantee_id"].n_unique(),
            ties.height,
            0,
            per_joiner,
            1.0,
        ),
        (boxes + staying, audiences, named, ties.height, 0, with_roles, unowned),
        (
            # Everything of its own three zones, and a copy of each class that its people read elsewhere.
            boxes + staying,
            audiences + copied.height,
            named + copied.height,
            0,
            _bytes(copied, frame),
            with_roles,
            0.0,
        ),
        (
            hub_boxes + spokes + staying,
            audiences,
            named,
            # The hub grants every reader of raw and curated, whatever domain they are of.
            ties.filter(~pl.col("of_hub")).height + _hub_grants(access, frame, homes),
            0,
            with_roles,
            hub.height / frame.height if frame.height else 0.0,
        ),
    ]
    return pl.DataFrame(
        [(name, *row) for name, row in zip(ALTERNATIVES, rows, strict=True)],
        schema={
            "alternative": pl.String,
            "containers": pl.Int64,
            "audiences": pl.Int64,
            "groups": pl.Int64,
            "cross_domain_grants": pl.Int64,
            "duplicated_bytes": pl.Int64,
            "requests_per_joiner": pl.Float64,
            "central_share": pl.Float64,
        },
        orient="row",
    ).with_columns(pl.col("central_share").round(4))


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


def _homes(facts: Facts, access: Access, frame: pl.DataFrame) -> pl.DataFrame:
    """Home domain of people: that of which their department holds most beyond its share; principal_id, home."""
    people = people_of(facts)
    held = access.class_access.filter(pl.col("lane").cast(pl.String) == "data").select("class_id", "principal_id")
    classes = frame.select("class_id", "domain").drop_nulls().unique()
    ties = (
        held.join(people, on="principal_id")
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
        .select("department", home="domain")
    )
    return people.join(best, on="department").select("principal_id", "home")


def _crossing(access: Access, frame: pl.DataFrame, homes: pl.DataFrame) -> pl.DataFrame:
    """Classes held by people of another domain: class_id, domain (of the people), of_hub (it is raw or curated)."""
    classes = (
        frame.drop_nulls("domain")
        .group_by("class_id")
        .agg(owner=pl.col("domain").mode().sort().first(), of_hub=(pl.col("zone") != "consumption").mean() > 0.5)
    )
    held = access.class_access.filter(pl.col("lane").cast(pl.String) == "data").select("class_id", "principal_id")
    return (
        held.join(homes, on="principal_id")
        .join(classes, on="class_id")
        .filter(pl.col("home") != pl.col("owner"))
        .select("class_id", pl.col("home").alias("domain"), pl.col("of_hub").fill_null(value=False))
        .unique()
    )


def _hub_grants(access: Access, frame: pl.DataFrame, homes: pl.DataFrame) -> int:
    """Grants a hub has to make to domains: each class of raw and curated, to each domain whose people hold it."""
    hub = frame.filter(pl.col("zone").is_in(["raw", "curated"])).select("class_id").unique()
    held = access.class_access.filter(pl.col("lane").cast(pl.String) == "data").select("class_id", "principal_id")
    return (
        held.join(hub, on="class_id", how="semi")
        .join(homes, on="principal_id")
        .select("class_id", "home")
        .unique()
        .height
    )


def _bytes(copied: pl.DataFrame, frame: pl.DataFrame) -> int | None:
    """Bytes of the classes that other domains would copy; null where no size is known."""
    if frame["size_bytes"].null_count() == frame.height:
        return None
    sizes = frame.group_by("class_id").agg(pl.col("size_bytes").fill_null(0).sum())
    return int(copied.join(sizes, on="class_id")["size_bytes"].sum())


def _asked(access: Access, roles: RolesLike) -> tuple[float, float]:
    """Median requests of a person today, and with roles (roles joined, and what stays personal)."""
    per_person = access.requests.group_by("principal_id").len()
    today = float(per_person["len"].median() or 0.0)  # type: ignore[arg-type]
    members: pl.DataFrame | None = getattr(roles, "role_members", None)
    if members is None:
        return today, today
    personal = roles.residual_classes.filter(pl.col("disposition").is_in(["keep_membership", "keep_exception"])).select(
        "principal_id", thing=pl.coalesce("group_id", "class_id")
    )
    everything = pl.concat([members.select("principal_id", thing="role_id"), personal.unique()])
    people = access.requests.select("principal_id").unique()
    counted = people.join(everything.group_by("principal_id").len(), on="principal_id", how="left")
    return today, float(counted["len"].fill_null(0).median() or 0.0)  # type: ignore[arg-type]
