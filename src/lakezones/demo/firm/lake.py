"""The lake: systems of record, their entitlements and their containers.

In: settings and a seed. Out: an :class:`Lake` in whole numbers (areas, containers and entitlements are rows),
with the planted zone and domain of every container. An *area* is what one entitlement to read opens: a schema,
a library or a feed of one system.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from lakezones.demo.firm.draw import Ints, Rng, before, object_ids, pick, share_out, some, stream
from lakezones.demo.firm.naming import container_names
from lakezones.demo.firm.settings import FirmSettings
from lakezones.demo.firm.words import WORDS, Domain

Domains = tuple[Domain, ...]

ZONES = ("raw", "curated", "consumption")
_MIX = {"raw": (0.92, 0.05, 0.03), "curated": (0.05, 0.90, 0.05), "consumption": (0.03, 0.07, 0.90)}


@dataclass(frozen=True)
class Lake:
    """Systems, entitlements and containers of the Firm.

    Attributes
    ----------
    domains
        The business domains in use; other tables point at their positions.
    areas
        area, system, domain, profile (the zone most of it is), code, convention, size, ... one per entitlement
        to read, of the same number.
    entitlements
        ent, entitlement (name), access, system, domain, enforcement (group, grants, assignment, approval),
        group_id.
    opens
        ent, index: which containers an entitlement opens.
    containers
        index, container, area (-1 for sandboxes), domain, zone, named (whether its name says the zone, says nothing of
        it, or misleads), ...
    """

    domains: tuple[Domain, ...]
    areas: pl.DataFrame
    entitlements: pl.DataFrame
    opens: pl.DataFrame
    containers: pl.DataFrame


def build_lake(settings: FirmSettings, seed: int) -> Lake:
    """Build the lake."""
    rng = stream(seed, "estate")
    chosen = np.sort(rng.choice(len(WORDS.domains), settings.domains, replace=False))
    domains = tuple(WORDS.domains[position] for position in chosen)
    areas = _areas(rng, settings, domains)
    entitlements = _entitlements(rng, settings, areas)
    containers = _containers(rng, settings, domains, areas)
    real = containers.filter(pl.col("area") >= 0)
    reading = real.select(pl.col("area").alias("ent"), "index")
    writing = (
        entitlements.filter(pl.col("access") == "write")
        .select("ent", "system")
        .join(areas.select("area", "system"), on="system")
        .join(real.select("area", "index"), on="area")
        .select("ent", "index")
    )
    opens = pl.concat([reading, writing]).sort("ent", "index")
    return Lake(domains, areas, entitlements, opens, containers)


def _areas(rng: Rng, settings: FirmSettings, domains: Domains) -> pl.DataFrame:
    writes = max(1, round(0.13 * settings.entitlements))
    reads = settings.entitlements - writes
    systems = min(settings.systems, reads)
    # Every domain has a system; the others are of any domain.
    system_domain = np.concatenate([np.arange(len(domains)), rng.choice(len(domains), max(systems - len(domains), 0))])[
        :systems
    ]
    profile = pick(rng, ZONES, systems, weights=(0.46, 0.27, 0.27)).to_list()
    kinds = rng.integers(0, len(WORDS.systems), systems)
    stems = [str(rng.choice(WORDS.systems[kind][1])) for kind in kinds]
    system_name = [f"{stem}{number:02d}" for number, stem in enumerate(stems, start=1)]
    system = np.repeat(np.arange(systems), share_out(reads, rng.lognormal(0, 0.6, systems)))
    # A seed has its own mix of conventions, and a system mostly keeps to one.
    taste = rng.dirichlet(np.full(len(WORDS.conventions), 2.0))
    habit = pick(rng, WORDS.conventions, systems, weights=taste)
    own = pick(rng, WORDS.conventions, reads, weights=taste)
    inherits = rng.random(reads) < 0.8
    varied = pick(rng, ZONES, reads, weights=(0.4, 0.3, 0.3))
    sandboxes = round(settings.sandbox * settings.containers)
    sizes = share_out(settings.containers - sandboxes, rng.lognormal(0, settings.size_spread, reads))
    frame = pl.DataFrame({"area": np.arange(reads), "system": system, "size": sizes})
    short = [str(rng.choice(domain.short)) for domain in domains]
    return frame.with_columns(
        pl.col("area").cum_count().over("system").alias("part"),
        pl.Series(system_domain).gather(system).cast(pl.Int64).alias("domain"),
        pl.Series(system_name).gather(system).alias("system_name"),
        pl.Series([WORDS.systems[kind][0] for kind in kinds]).gather(system).alias("system_kind"),
        pl.Series(np.where(inherits, pl.Series(profile).gather(system), varied)).cast(pl.String).alias("profile"),
        pl.Series(np.where(inherits, habit.gather(system), own)).cast(pl.String).alias("convention"),
        pl.Series(short).gather(system_domain[system]).alias("short"),
        pl.Series(np.isin(np.arange(reads), some(rng, reads, settings.restricted))).alias("restricted"),
        # Where a source was moved although it was empty, everything dead in it is.
        pl.Series(np.isin(np.arange(reads), some(rng, reads, 0.08))).alias("empties"),
    ).with_columns((pl.col("system_name") + "a" + pl.col("part").cast(pl.String)).alias("code"))


def _entitlements(rng: Rng, settings: FirmSettings, areas: pl.DataFrame) -> pl.DataFrame:
    reads = areas.height
    writes = settings.entitlements - reads
    written = np.sort(rng.choice(areas["system"].n_unique(), min(writes, areas["system"].n_unique()), replace=False))
    enforcement = np.full(reads, "group", dtype=object)
    order = rng.permutation(reads)
    sized = areas["size"].to_numpy()
    # Role assignments are per container, so only small areas could be given that way.
    small = order[np.argsort(sized[order] > np.quantile(sized, 0.3), kind="stable")]
    by_assignment = small[: max(1, round(settings.by_assignment * reads))]
    # The request system exports neither the smallest sources nor the largest, so that the grants are about as
    # many for every seed.
    usual = (sized[order] > 0.5 * sized.mean()) & (sized[order] < 1.6 * sized.mean())
    rest = order[np.argsort(~usual, kind="stable")]
    rest = rest[~np.isin(rest, by_assignment)]
    count = max(1, round(settings.without_group * reads))
    enforcement[by_assignment] = "assignment"
    enforcement[rest[:count]] = "grants"
    enforcement[rest[count : count + max(1, round(settings.by_approval * reads))]] = "approval"
    style = str(rng.choice(["{0}_{1}_{2}", "{0}.{1}.{2}", "ENT-{0}-{1}-{2}", "{2}_{0}_{1}"]))
    read_word, write_word = [("READ", "UPDATE"), ("R", "RW"), ("INQ", "MAINT")][int(rng.integers(3))]
    name = [
        style.format(system.upper(), f"A{part}", read_word)
        for system, part in areas.select("system_name", "part").iter_rows()
    ]
    by_system = areas.unique("system", keep="first", maintain_order=True).sort("system")
    written_systems = by_system.filter(pl.col("system").is_in(written.tolist()))
    name += [style.format(system.upper(), "ALL", write_word) for system in written_systems["system_name"]]
    total = len(name)
    access = ["read"] * reads + ["write"] * written_systems.height
    kinds = [*enforcement.tolist(), *["group"] * written_systems.height]
    ids = object_ids(rng, total)
    return pl.DataFrame(
        {
            "ent": np.arange(total),
            "entitlement": name,
            "access": access,
            "system": [*areas["system"].to_list(), *written_systems["system"].to_list()],
            "domain": [*areas["domain"].to_list(), *written_systems["domain"].to_list()],
            "enforcement": kinds,
            "group_id": [
                one if kind in ("group", "assignment") else None for one, kind in zip(ids, kinds, strict=True)
            ],
        }
    )


def _containers(rng: Rng, settings: FirmSettings, domains: Domains, areas: pl.DataFrame) -> pl.DataFrame:
    in_areas = int(areas["size"].sum())
    total = settings.containers
    area = np.concatenate(
        [np.repeat(areas["area"].to_numpy(), areas["size"].to_numpy()), np.full(total - in_areas, -1)]
    )
    sandbox = area < 0
    frame = pl.DataFrame({"index": np.arange(total), "area": area}).join(
        areas.drop("size", "part"), on="area", how="left", maintain_order="left"
    )
    profile = frame["profile"].fill_null("raw").to_numpy()
    draw = rng.random(total)
    mix = np.cumsum(np.array([_MIX[zone] for zone in ZONES]), axis=1)
    lookup = np.select([profile == "raw", profile == "curated"], [0, 1], 2)
    zone_at = np.minimum((draw[:, None] > mix[lookup]).sum(axis=1), 2)
    empties = frame["empties"].fill_null(value=False).to_numpy()
    # Empty areas carry more of the dead than others, the rest less, for about the share asked for.
    rate = np.where(empties, min(1.0, settings.dead * 3), settings.dead * 0.85)
    dead = (rng.random(total) < rate) & ~sandbox
    zone = np.where(sandbox, "sandbox", np.where(dead, "dead", np.array(ZONES)[zone_at]))
    domain = np.where(sandbox, rng.integers(0, len(domains), total), frame["domain"].fill_null(0).to_numpy())
    restricted = frame["restricted"].fill_null(value=False).to_numpy() & (rng.random(total) < 0.8)
    # A few sources hold restricted tables among others; the rest hold none.
    stray = np.isin(area, some(rng, areas.height, settings.restricted_mixed)) & (rng.random(total) < 0.1)
    frame = frame.with_columns(
        pl.Series("domain", domain, dtype=pl.Int64),
        pl.Series("zone", zone.astype(str)),
        pl.Series("restricted", restricted | stray),
        pl.Series("empty", dead & empties),
        pl.Series("short", np.where(sandbox, "", frame["short"].fill_null("").to_numpy()).astype(str)),
    )
    frame = _named(rng, settings, domains, frame, np.where(dead, zone_at, -1))
    return _described(rng, settings, frame)


def _named(rng: Rng, settings: FirmSettings, domains: Domains, frame: pl.DataFrame, once: Ints) -> pl.DataFrame:
    """Add table, token and whether the name says the zone; `once` is the zone a dead container was in."""
    total = frame.height
    tokens = {
        zone: [str(word) for word in rng.choice(found, max(4, len(found) // 2), replace=False)]
        for zone, found in WORDS.tokens.items()
    }
    zone = frame["zone"].to_numpy()
    shows = np.where(zone == "dead", np.array(ZONES)[np.maximum(once, 0)], zone)
    how = rng.random(total)
    named = np.where(
        how < settings.misleading,
        "misleading",
        np.where(how < settings.misleading + settings.uninformative, "uninformative", "informative"),
    )
    named = np.where((zone == "sandbox") & (named == "misleading"), "informative", named)
    token = np.full(total, None, dtype=object)
    for position, true in enumerate(ZONES):
        right = np.flatnonzero((shows == true) & (named == "informative"))
        token[right] = rng.choice(tokens[true], len(right))
        others = [word for other in ZONES[:position] + ZONES[position + 1 :] for word in tokens[other]]
        wrong = np.flatnonzero((shows == true) & (named == "misleading"))
        token[wrong] = rng.choice(others, len(wrong))
    own = np.flatnonzero((zone == "sandbox") & (named == "informative"))
    token[own] = rng.choice(WORDS.sandbox_tokens, len(own))
    most = max(len(domain.subjects) for domain in domains)
    grid = np.array([[domain.subjects[i % len(domain.subjects)] for i in range(most)] for domain in domains])
    subject = grid[frame["domain"].to_numpy(), rng.integers(0, most, total)]
    return frame.with_columns(
        pl.Series("named", named.astype(str)),
        pl.Series("token", token.tolist(), dtype=pl.String),
        pl.concat_str(pl.Series(subject), pick(rng, WORDS.qualifiers, total), separator="-").alias("table"),
        pl.Series("number", rng.integers(1, 99_999, total)),
        pick(rng, WORDS.tail, total).alias("tail"),
    )


def _described(rng: Rng, settings: FirmSettings, frame: pl.DataFrame) -> pl.DataFrame:
    """Add format, size, age and the like; names of sandboxes wait for their people."""
    total = frame.height
    zone = frame["zone"].to_numpy()
    form = np.full(total, "parquet", dtype=object)
    for name, weighted in WORDS.formats.items():
        rows = np.flatnonzero(zone == name)
        form[rows] = pick(rng, [w for w, _ in weighted], len(rows), weights=[n for _, n in weighted]).to_numpy()
    scale = np.select(
        [zone == "raw", zone == "curated", zone == "consumption", zone == "sandbox"], [19.5, 19.0, 16.5, 14.0], 15.0
    )
    empty = frame["empty"].to_numpy()
    size = np.where(empty, 0, np.exp(rng.normal(scale, 1.7))).astype(np.int64)
    blobs = np.where(empty, 0, 1 + size // (64 << 20) + rng.poisson(3, total)).astype(np.int64)
    age = np.select(
        [zone == "dead", zone == "sandbox"],
        [rng.uniform(420, 2200, total), rng.uniform(5, 700, total)],
        rng.exponential(np.where(zone == "raw", 3.0, 8.0)),
    )
    archived = (zone == "dead") & (rng.random(total) < 0.12) & ~empty
    tier = np.where(archived, "archive", np.where((zone == "dead") & (rng.random(total) < 0.3), "cool", "hot"))
    return frame.with_columns(
        pl.Series("format", form.tolist(), dtype=pl.String),
        pl.Series("size_bytes", size),
        pl.Series("blob_count", blobs),
        before(settings.today, np.minimum(age, 2500)).alias("last_modified"),
        pl.Series("tier", tier.astype(str)),
        pl.Series("immutability", (rng.random(total) < 0.002) & ~empty),
        pl.Series("legal_hold", (rng.random(total) < 0.001) & ~empty),
    )


def with_names(containers: pl.DataFrame, owners: pl.DataFrame) -> pl.DataFrame:
    """Name all containers.

    Parameters
    ----------
    containers
        As :func:`build_lake` leaves them.
    owners
        index, handle: the person (as first initial and last name) a sandbox belongs to.
    """
    full = containers.join(owners, on="index", how="left", maintain_order="left").with_columns(
        pl.col("handle").is_not_null().alias("personal")
    )
    parts = full.with_columns(
        pl.when("personal").then(pl.lit("person")).otherwise("convention").alias("convention"),
        pl.when("personal").then(pl.concat_str("handle", "table", separator="-")).otherwise("table").alias("table"),
        pl.col("system_name").alias("system"),
    )
    return full.with_columns(container_names(parts).alias("container")).drop("personal")
