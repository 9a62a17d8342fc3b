"""The tools around the lake: what they read and write, and what was used by whom.

In: settings, a seed, the lake, what people hold. Out: the fact tables ``references`` and ``usage``. The
lineage agrees with the planted zones (raw to curated to consumption to reports) but for a little noise.
"""

import numpy as np
import polars as pl

from lakezones.demo.firm.draw import Ints, Rng, before, pick, stream
from lakezones.demo.firm.words import WORDS
from lakezones.demo.firm.world import World

_AHEAD = {"raw": "", "curated": "raw", "consumption": "curated"}


def build_references(world: World) -> pl.DataFrame:
    """Draw the lineage: tool, artifact, container, direction, owner."""
    rng = stream(world.seed, "references")
    containers = world.lake.containers
    alive = containers.filter(pl.col("zone").is_in(list(_AHEAD)))
    seen = alive.filter(pl.Series(rng.random(alive.height) < world.settings.lineage))
    parts = []
    for zone, ahead in _AHEAD.items():
        targets = seen.filter(pl.col("zone") == zone)
        parts.append(_written(rng, world, targets, zone))
        if ahead:
            parts.append(_inputs(rng, world, targets, seen.filter(pl.col("zone") == ahead), zone))
    edges = pl.concat([*parts, _reports(rng, world, seen)])
    wrong = np.flatnonzero(rng.random(edges.height) < world.settings.lineage_noise)
    index = edges["index"].to_numpy().copy()
    index[wrong] = rng.choice(alive["index"].to_numpy(), len(wrong))
    edges = edges.with_columns(pl.Series("index", index))
    artifacts = edges.select("tool", "artifact", "domain").unique(["tool", "artifact"], maintain_order=True)
    owners = artifacts.with_columns(someone_of(rng, world, artifacts["domain"].to_numpy()).alias("owner"))
    return (
        edges.join(owners.drop("domain"), on=["tool", "artifact"], how="left", maintain_order="left")
        .pipe(world.named)
        .select("tool", "artifact", "container", "direction", "owner")
        .unique(["tool", "artifact", "container", "direction"], keep="first", maintain_order=True)
        .sort("tool", "artifact", "direction", "container")
    )


def _tool(world: World, zone: str) -> pl.Expr:
    """The tool that fills containers of a zone, by domain."""
    if zone != "consumption":
        return pl.lit("adf")
    tools = ["sas" if tool == "sas-batch" else "dbt" for tool in world.services.tools]
    return pl.col("domain").replace_strict(dict(enumerate(tools)), return_dtype=pl.String)


def _artifact(zone: str) -> pl.Expr:
    verb = {"raw": "ingest", "curated": "conform", "consumption": "build"}[zone]
    return pl.concat_str(pl.lit(verb), "table", pl.col("index").cast(pl.String), separator="-")


def _written(rng: Rng, world: World, targets: pl.DataFrame, zone: str) -> pl.DataFrame:
    # Not every load is a known job: some raw data arrives by hand.
    known = targets.filter(pl.Series(rng.random(targets.height) < (0.75 if zone == "raw" else 0.97)))
    return known.select(
        _tool(world, zone).alias("tool"),
        _artifact(zone).alias("artifact"),
        "index",
        pl.lit("write").alias("direction"),
        "domain",
    )


def _inputs(rng: Rng, world: World, targets: pl.DataFrame, sources: pl.DataFrame, zone: str) -> pl.DataFrame:
    """One to three inputs for every target, of its own domain nine times in ten."""
    number = rng.integers(1, 4, targets.height)
    rows = np.repeat(np.arange(targets.height), number)
    domain = targets["domain"].to_numpy()[rows]
    drawn = _of_domain(rng, sources, np.where(rng.random(len(rows)) < 0.9, domain, -1))
    made = targets.select(_tool(world, zone).alias("tool"), _artifact(zone).alias("artifact"), "domain")[rows]
    return made.select("tool", "artifact", pl.Series("index", drawn), pl.lit("read").alias("direction"), "domain")


def _of_domain(rng: Rng, sources: pl.DataFrame, domain: Ints) -> Ints:
    """Draw a source of each domain asked for; of any domain for -1 and where a domain has none."""
    every = sources["index"].to_numpy()
    own = sources["domain"].to_numpy()
    drawn = rng.choice(every, len(domain))
    for one in np.unique(domain[domain >= 0]):
        mine = every[own == one]
        rows = np.flatnonzero(domain == one)
        if len(mine):
            drawn[rows] = rng.choice(mine, len(rows))
    return drawn


def _reports(rng: Rng, world: World, seen: pl.DataFrame) -> pl.DataFrame:
    """Reports and extracts: they read consumption, sometimes what comes before it."""
    final = seen.filter(pl.col("zone") == "consumption")
    count = max(6, round(0.35 * final.height))
    number = np.minimum(1 + rng.geometric(0.45, count), 6)
    rows = np.repeat(np.arange(count), number)
    domain = rng.integers(0, len(world.lake.domains), count)
    wanted = np.where(rng.random(len(rows)) < 0.85, domain[rows], -1)
    kind = rng.random(len(rows))
    drawn = _of_domain(rng, final, wanted)
    for zone, low, high in (("curated", 0.0, 0.10), ("raw", 0.10, 0.14)):
        part = np.flatnonzero((kind >= low) & (kind < high))
        drawn[part] = _of_domain(rng, seen.filter(pl.col("zone") == zone), wanted[part])
    tool = pick(rng, WORDS.report_tools, count, weights=(40, 25, 15, 12, 8))
    subject = pick(rng, [word for one in world.lake.domains for word in one.subjects], count)
    artifact = (
        pl.DataFrame({"subject": subject, "number": np.arange(1, count + 1)})
        .select(pl.concat_str("subject", pl.lit("report"), pl.col("number").cast(pl.String), separator="-"))
        .to_series()
    )
    return pl.DataFrame(
        {
            "tool": tool.gather(rows),
            "artifact": artifact.gather(rows),
            "index": drawn,
            "direction": pl.repeat("read", len(rows), eager=True),
            "domain": domain[rows],
        }
    )


def someone_of(rng: Rng, world: World, domain: Ints) -> pl.Series:
    """Draw who answers for each thing of a domain: someone of that domain, or nobody."""
    people = world.staff.people
    found = np.full(len(domain), -1, dtype=np.int64)
    for one in np.unique(domain):
        mine = people.filter(pl.col("domain") == int(one))["person"].to_numpy()
        rows = np.flatnonzero(domain == one)
        if len(mine):
            found[rows] = rng.choice(mine, len(rows))
    nobody = (rng.random(len(domain)) < 0.15) | (found < 0)
    named = people["principal_id"].gather(np.maximum(found, 0))
    return pl.DataFrame({"owner": named}).select(pl.when(~pl.Series(nobody)).then("owner")).to_series()


def build_usage(
    world: World, *, references: pl.DataFrame, role_assignments: pl.DataFrame, policies: pl.DataFrame
) -> pl.DataFrame:
    """Draw who used what: people by what they hold, pipelines by the lineage, and requests without a person."""
    rng = stream(world.seed, "usage")
    parts = [
        _by_people(rng, world),
        _by_pipelines(rng, world, references),
        _by_assignment(rng, world, role_assignments),
        _by_nobody(rng, world, policies),
        _in_sandboxes(rng, world),
    ]
    usage = pl.concat(parts, how="diagonal").unique(
        ["principal_id", "container", "access", "grant_id"], keep="first", maintain_order=True
    )
    # The newest request is of today, so that the newest timestamp of a capture is today.
    newest = int(usage["last_used"].arg_max() or 0)
    moment = pl.when(pl.int_range(pl.len()) == newest).then(world.settings.today).otherwise("last_used")
    return usage.with_columns(moment.alias("last_used")).sort("principal_id", "container", "access")


def _by_people(rng: Rng, world: World) -> pl.DataFrame:
    """A third of what is open is used, most of it through a few entitlements per person."""
    held, ents = world.holdings.held, world.lake.entitlements
    away = world.staff.people.filter(~pl.col("enabled"))["person"]
    held = held.filter((pl.col("why") != "orphan") & ~pl.col("person").is_in(away.to_list()))
    busy = held["why"].replace_strict({"needed": 1.0, "odd": 0.35, "mover": 0.15}).to_numpy()
    # A share of zero for many, close to all for some: a beta with both ends heavy.
    mean = world.settings.used
    live = rng.beta(0.9 * mean / 0.35, 1.45, held.height) * busy
    rows = held.select("person", "ent").with_columns(pl.Series("share", live))
    size = world.lake.opens.group_by("ent").agg(pl.col("index")).sort("ent")
    long = rows.join(size, on="ent", maintain_order="left").explode("index")
    index = long["index"].to_numpy()
    zone = world.lake.containers["zone"].to_numpy()[index]
    pull = np.select([zone == "consumption", zone == "curated", zone == "raw"], [1.35, 1.1, 0.85], 0.01)
    used = long.filter(pl.Series(rng.random(long.height) < long["share"].to_numpy() * pull))
    count = used.height
    write = used.join(ents.select("ent", "access"), on="ent", maintain_order="left")["access"] == "write"
    wrote = write.to_numpy() & (rng.random(count) < 0.4)
    return world.named(used.drop("ent")).select(
        "principal_id",
        "container",
        pl.when(pl.Series(wrote)).then(pl.lit("write")).otherwise(pl.lit("read")).alias("access"),
        before(world.settings.today, np.minimum(rng.exponential(25, count), 89)).alias("last_used"),
        pl.Series("operations", np.maximum(1, np.exp(rng.normal(2.2, 1.6, count))).astype(np.int64)),
    )


def identities(references: pl.DataFrame, world: World) -> pl.Series:
    """The principal that each artifact runs as; null for tools that use no identity of their own."""
    domain = world.lake.containers.select("container", "domain")
    rows = references.join(domain, on="container", maintain_order="left")
    numbers = rows["domain"].to_numpy()
    loaders, transformers = pl.Series(world.services.loaders), pl.Series(world.services.transformers)
    return rows.select(
        pl.when(pl.col("tool") == "adf")
        .then(loaders.gather(numbers))
        .when(pl.col("tool").is_in(["dbt", "sas"]))
        .then(transformers.gather(numbers))
        .when(pl.col("tool") == "tableau")
        .then(pl.lit(world.services.named["tableau"]))
        .when(pl.col("tool") == "synapse")
        .then(pl.lit(world.services.named["synapse"]))
    ).to_series()


def _by_pipelines(rng: Rng, world: World, references: pl.DataFrame) -> pl.DataFrame:
    """Service principals do what the lineage says they do."""
    who = references.select(
        identities(references, world).alias("principal_id"), "container", pl.col("direction").alias("access")
    )
    done = who.filter(pl.col("principal_id").is_not_null()).unique(maintain_order=True)
    count = done.height
    return done.with_columns(
        before(world.settings.today, np.minimum(rng.exponential(2, count), 40)).alias("last_used"),
        pl.Series("operations", np.maximum(1, np.exp(rng.normal(5, 1, count))).astype(np.int64)),
    )


def _by_assignment(rng: Rng, world: World, role_assignments: pl.DataFrame) -> pl.DataFrame:
    """Requests through a role assignment name it in the log."""
    people = world.staff.people["principal_id"].to_list()
    direct = role_assignments.filter(
        pl.col("scope").str.contains("/containers/")
        & pl.col("principal_id").is_in(people)
        & (pl.col("effect") == "allow")
    )
    count = direct.height
    return direct.select(
        "principal_id",
        pl.col("scope").str.extract(r"([^/]+)$").alias("container"),
        pl.lit("read").alias("access"),
        before(world.settings.today, rng.uniform(1, 80, count)).alias("last_used"),
        pl.Series("operations", rng.integers(1, 400, count)),
        "grant_id",
    ).filter(pl.Series(rng.random(count) < 0.7))


def _by_nobody(rng: Rng, world: World, policies: pl.DataFrame) -> pl.DataFrame:
    """Requests by SAS or by key: the log names no person."""
    tokens = policies.select(
        pl.concat_str(pl.lit("sas:"), "container", pl.lit("/"), "policy").alias("principal_id"), "container"
    )
    tokens = tokens.filter(pl.Series(rng.random(tokens.height) < 0.6))
    alive = world.lake.containers.filter(pl.col("zone") != "dead")["container"]
    rows = np.sort(rng.choice(len(alive), max(1, round(0.01 * len(alive))), replace=False))
    keys = pl.DataFrame({"principal_id": pl.repeat("key:key1", len(rows), eager=True), "container": alive.gather(rows)})
    both = pl.concat([tokens, keys])
    count = both.height
    return both.with_columns(
        pl.lit("read").alias("access"),
        before(world.settings.today, np.minimum(rng.exponential(10, count), 89)).alias("last_used"),
        pl.Series("operations", rng.integers(1, 5_000, count)),
    )


def _in_sandboxes(rng: Rng, world: World) -> pl.DataFrame:
    """People use half of the sandboxes they made."""
    used = world.sandboxes.sort("index").filter(pl.Series(rng.random(world.sandboxes.height) < 0.5))
    count = used.height
    return world.named(used).select(
        "principal_id",
        "container",
        pl.lit("write").alias("access"),
        before(world.settings.today, rng.uniform(1, 89, count)).alias("last_used"),
        pl.Series("operations", rng.integers(1, 60, count)),
    )
