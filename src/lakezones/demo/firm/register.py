"""What the bank's registers and logs add: systems, owners of groups, who runs an artifact, which client was used.

In: the Firm so far and a seed. Out: the fact tables ``systems`` and ``group_owners``, and more columns of
``references`` and ``usage``. Each draws from a stream of its own: nothing else depends on it.
"""

import polars as pl

from lakezones.demo.firm.draw import object_ids, pick, stream
from lakezones.demo.firm.tools import identities, someone_of
from lakezones.demo.firm.words import WORDS
from lakezones.demo.firm.world import World


def build_systems(world: World) -> pl.DataFrame:
    """Register nine systems in ten, some without an owner."""
    rng = stream(world.seed, "systems")
    every = world.lake.areas.unique("system", keep="first").sort("system")
    known = every.filter(pl.Series(rng.random(every.height) < 0.9))
    return known.select(
        pl.col("system_name").str.to_uppercase().alias("system"),
        pl.format("APP-{}", pl.Series(rng.choice(90_000, known.height, replace=False) + 10_000)).alias(
            "application_id"
        ),
        someone_of(rng, world, known["domain"].to_numpy()).alias("owner"),
        pl.Series([one.name for one in world.lake.domains]).gather(known["domain"]).alias("area"),
    )


def build_group_owners(world: World) -> pl.DataFrame:
    """Give owners to six groups in ten, all of them people of the group's domain, and two owners to some."""
    rng = stream(world.seed, "group_owners")
    groups = pl.concat(
        [
            world.lake.entitlements.filter(pl.col("group_id").is_not_null()).select("group_id", "domain"),
            world.staff.teams.select("group_id", "domain"),
        ]
    )
    owned = groups.filter(pl.Series(rng.random(groups.height) < 0.6))
    twice = pl.concat([owned, owned.filter(pl.Series(rng.random(owned.height) < 0.2))])
    named = twice.with_columns(someone_of(rng, world, twice["domain"].to_numpy()).alias("owner_id"))
    return named.drop("domain").drop_nulls().unique().sort("group_id", "owner_id")


def describe_references(references: pl.DataFrame, world: World) -> pl.DataFrame:
    """Add how critical an artifact is, what it runs as, and where it names which place."""
    rng = stream(world.seed, "reference details")
    artifacts = references.select("tool", "artifact").unique(maintain_order=True)
    graded = artifacts.with_columns(
        pick(rng, ("high", "medium", "low", ""), artifacts.height, weights=(12, 33, 35, 20)).alias("criticality")
    ).with_columns(pl.col("criticality").replace("", None))
    first = world.lake.containers.select("container", pl.col("format").replace_strict(WORDS.files).alias("file"))
    rows = references.join(graded, on=["tool", "artifact"], how="left", maintain_order="left").join(
        first, on="container", how="left", maintain_order="left"
    )
    mounted = pl.concat_str(pl.lit("mount:/mnt/lake/"), "container")
    place = {"adf": "activity", "sas": "line", "dbt": "model", "alteryx": "tool", "synapse": "line"}
    number = pl.Series(rng.integers(1, 400, rows.height)).cast(pl.String)
    return rows.with_columns(
        identities(references, world).alias("identity"),
        pl.when(pl.col("tool") == "sas")
        .then(mounted)
        .otherwise(pl.concat_str(pl.lit(world.account), "container", "file", separator="/"))
        .alias("location"),
        pl.concat_str(pl.col("tool").replace_strict(place, default="data source"), number, separator=" ").alias(
            "where"
        ),
    ).drop("file")


def describe_usage(usage: pl.DataFrame, world: World) -> pl.DataFrame:
    """Add the client that each principal mostly uses, and the address it comes from."""
    rng = stream(world.seed, "usage details")
    who = usage.select("principal_id").unique().sort("principal_id")
    count = who.height
    kind = rng.integers(0, len(WORDS.clients), count)
    person = who["principal_id"].is_in(world.staff.people["principal_id"].implode())
    unnamed = who["principal_id"].str.contains("^(sas|key):")
    own = pl.Series(object_ids(rng, count))
    app_id, agent = (pl.Series([client[field] for client in WORDS.clients]).gather(kind) for field in (0, 1))
    octets = rng.integers(1, 255, (count, 3))
    clients = who.with_columns(
        pl.when(person).then(app_id).when(~unnamed).then(own).alias("app_id"),
        pl.when(person).then(agent).otherwise(pl.lit(WORDS.service_client)).alias("user_agent"),
        pl.Series(["10." + ".".join(map(str, row)) for row in octets.tolist()]).alias("caller"),
    )
    return usage.join(clients, on="principal_id", how="left", maintain_order="left")
