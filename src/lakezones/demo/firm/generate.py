"""The generated Firm: a bank whose lake was moved to Azure as it was, with one container per table.

In: settings and a seed. Out: a :class:`GeneratedFirm`: raw facts as a scan would find them, names of a few blobs,
and the truth that was planted, which only tests read. The same seed gives the same bytes; another seed gives
another bank, with other people, names, tokens, spellings and sizes.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np
import polars as pl

from lakezones.demo.firm.acls import build_acls
from lakezones.demo.firm.builtin import role_definitions
from lakezones.demo.firm.draw import object_ids, pick, stream
from lakezones.demo.firm.lake import Lake, build_lake, with_names
from lakezones.demo.firm.noise import build_holdings
from lakezones.demo.firm.register import build_group_owners, build_systems, describe_references, describe_usage
from lakezones.demo.firm.rights import build_rights, sandbox_owners
from lakezones.demo.firm.settings import FirmSettings
from lakezones.demo.firm.staff import build_staff
from lakezones.demo.firm.tools import build_references, build_usage
from lakezones.demo.firm.words import WORDS
from lakezones.demo.firm.world import RESOURCE_GROUP, World, build_services
from lakezones.model.facts import FACTS
from lakezones.model.frames import Facts, conform

REGION: Final = "westeurope"


@dataclass(frozen=True)
class GeneratedFirm:
    """A bank and its lake.

    Attributes
    ----------
    facts
        Raw fact tables by name, in the schemas of `lakezones.model.facts`.
    blobs
        container, blob: names of a few blobs of each container that is not empty.
    truth
        What was planted, by name: ``zones``, ``roles``, ``role_people``, ``role_entitlements``, ``needed``,
        ``held``, ``missing``, ``departments``, ``counts``. No part of it is ever in a capture.
    as_of
        The newest moment anything was observed.
    """

    facts: dict[str, pl.DataFrame]
    blobs: pl.DataFrame
    truth: dict[str, pl.DataFrame]
    as_of: datetime

    def snapshot(self) -> Facts:
        """Return the facts as a scan hands them to the next stage."""
        return Facts.of(self.facts, as_of=self.as_of)


def generate(settings: FirmSettings, seed: int | None = None, *, account: str | None = None) -> GeneratedFirm:
    """Generate a Firm.

    Parameters
    ----------
    settings
        Its size and how untidy it is.
    seed
        Seed of all draws; the settings' own when None.
    account
        Name of the storage account; the settings' own when None. Ids of containers stay bare.

    Returns
    -------
    GeneratedFirm
        The same for the same arguments, byte for byte.
    """
    world = _world(settings, settings.seed if seed is None else seed, settings.account if account is None else account)
    tables = _tables(world)
    facts: dict[str, pl.DataFrame] = {name: conform(tables[name], schema) for name, schema in FACTS.items()}
    return GeneratedFirm(facts, _blobs(world.lake), _truth(world, facts), settings.today)


def _world(settings: FirmSettings, seed: int, account: str) -> World:
    """Draw what everything else is drawn from: lake, people, and what they hold."""
    unnamed = build_lake(settings, seed)
    staff = build_staff(settings, seed, unnamed)
    sandboxes = sandbox_owners(settings, seed, unnamed, staff)
    lake = replace(unnamed, containers=with_names(unnamed.containers, sandboxes.select("index", "handle")))
    return World(
        settings=settings,
        seed=seed,
        lake=lake,
        staff=staff,
        holdings=build_holdings(settings, seed, lake, staff),
        services=build_services(seed, lake),
        sandboxes=sandboxes,
        subscription=object_ids(stream(seed, "account"), 1)[0],
        account=account,
    )


def _tables(world: World) -> dict[str, pl.DataFrame]:
    """Return the fact tables, not yet in the columns of their schemas."""
    rights, references = build_rights(world), build_references(world)
    usage = build_usage(
        world,
        references=references,
        role_assignments=rights["role_assignments"],
        policies=rights["stored_policies"],
    )
    return {
        **rights,
        "acls": build_acls(world),
        "accounts": _account(world),
        "containers": _containers(world),
        "role_definitions": role_definitions(),
        "systems": build_systems(world),
        "group_owners": build_group_owners(world),
        "references": describe_references(references, world),
        "usage": describe_usage(usage, world),
    }


def _account(world: World) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "account": world.account,
            "subscription_id": world.subscription,
            "resource_group": RESOURCE_GROUP,
            "region": REGION,
            "hns": True,
            "allow_shared_key": True,
            "allow_public": True,
            "soft_delete_days": 14,
            "versioning": False,
            "network_default": "deny",
            "private_endpoints": 6,
        }
    )


def _containers(world: World) -> pl.DataFrame:
    """Return the containers as listed, with metadata as people filled it in, with gaps."""
    rng = stream(world.seed, "metadata")
    settings, lake = world.settings, world.lake
    frame = lake.containers
    total = frame.height
    own = frame["area"].to_numpy() >= 0
    people = world.staff.people
    of_domain = {one: people.filter(pl.col("domain") == one)["handle"].to_numpy() for one in range(len(lake.domains))}
    owner = np.full(total, "", dtype=object)
    domain = frame["domain"].to_numpy()
    for one, handles in of_domain.items():
        rows = np.flatnonzero(domain == one)
        if len(handles):
            owner[rows] = rng.choice(handles, len(rows))
    short = [str(rng.choice([each.name, each.departments[0], each.short[0]])) for each in lake.domains]
    values: dict[str, tuple[pl.Series, np.ndarray]] = {
        "system": (frame["system_name"].str.to_uppercase(), own & (rng.random(total) < 0.9)),
        "table": (frame["table"].str.replace_all("-", "_").str.to_uppercase(), own & (rng.random(total) < 0.95)),
        "domain": (pl.Series(short).gather(domain), own & (rng.random(total) >= settings.no_domain)),
        "sensitivity": (
            pl.DataFrame({"s": pick(rng, WORDS.sensitivities, total, weights=(5, 65, 30)), "r": frame["restricted"]})
            .select(pl.when("r").then(pl.lit("restricted")).otherwise("s"))
            .to_series(),
            frame["restricted"].to_numpy() | (rng.random(total) < 0.7),
        ),
        "owner": (
            frame["handle"].fill_null(pl.Series(owner.tolist(), dtype=pl.String)),
            (owner != "") & (rng.random(total) < 0.35),
        ),
        "load": (pick(rng, WORDS.loads, total, weights=(60, 5, 15, 15, 5)), own & (rng.random(total) < 0.5)),
    }
    parts = pl.DataFrame({key: values[key][0].rename(key) for key in sorted(values)}).select(
        pl.when(pl.Series(values[key][1])).then(pl.format('"{}":"{}"', pl.lit(key), pl.col(key))).alias(key)
        for key in sorted(values)
    )
    metadata = parts.select(
        pl.concat_str(pl.lit("{"), pl.concat_str(pl.all(), separator=",", ignore_nulls=True), pl.lit("}"))
    ).to_series()
    public = np.full(total, None, dtype=object)
    rows = rng.choice(np.flatnonzero(own), max(1, round(0.0001 * total)), replace=False)
    public[rows] = ["blob" if one % 2 else "container" for one in range(len(rows))]
    return frame.select(
        "container",
        pl.lit(world.account).alias("account"),
        "last_modified",
        "size_bytes",
        "blob_count",
        "format",
        pl.Series("public_access", public.tolist(), dtype=pl.String),
        "immutability",
        "legal_hold",
        "tier",
        metadata.alias("metadata"),
    ).sort("container")


def _blobs(lake: Lake) -> pl.DataFrame:
    """Return the names of one or two blobs of each container that has any."""
    full = lake.containers.filter(~pl.col("empty"))
    first = full.select("container", pl.col("format").replace_strict(WORDS.files).alias("blob"))
    logs = full.filter(pl.col("format") == "delta").select(
        "container", pl.lit("_delta_log/00000000000000000000.json").alias("blob")
    )
    return pl.concat([first, logs]).sort("container", "blob")


def _truth(world: World, facts: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Translate what was planted into the names that facts use."""
    lake, staff, holdings = world.lake, world.staff, world.holdings
    domains = pl.Series([domain.name for domain in lake.domains])
    role = staff.roles["role_name"]

    def named(frame: pl.DataFrame) -> pl.DataFrame:
        found = world.named(frame)
        return found.with_columns(role.gather(frame["role"]).alias("role")) if "role" in frame.columns else found

    return {
        "zones": lake.containers.select(
            "container", "zone", domains.gather(lake.containers["domain"]).alias("domain"), "named", "restricted"
        ).sort("container"),
        "roles": staff.roles.select(
            pl.col("role_name").alias("role"),
            "kind",
            pl.col("domain").replace_strict(dict(enumerate(domains)), return_dtype=pl.String).alias("domain"),
            "job",
        ),
        "role_people": named(staff.role_people),
        "role_entitlements": named(staff.role_entitlements),
        "needed": named(holdings.needed),
        "held": named(holdings.held),
        "missing": named(holdings.missing),
        "departments": staff.people.select(
            "principal_id", domains.gather(staff.people["domain"]).alias("domain"), "enabled"
        ),
        "counts": pl.DataFrame({"table": list(facts), "rows": [frame.height for frame in facts.values()]}),
    }
