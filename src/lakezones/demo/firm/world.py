"""What the parts about access look at together, and the identities that pipelines run as.

In: a seed and the lake. Out: :class:`Services`, and the record :class:`World` that rights, ACLs and tools share.
"""

from dataclasses import dataclass

import polars as pl

from lakezones.demo.firm.draw import object_ids, pick, stream
from lakezones.demo.firm.estate import Estate
from lakezones.demo.firm.noise import Holdings
from lakezones.demo.firm.settings import FirmSettings
from lakezones.demo.firm.staff import Staff


@dataclass(frozen=True)
class Services:
    """Object ids of loaders and transformers by domain, the transformers' tools, and the others by name."""

    loaders: list[str]
    transformers: list[str]
    tools: list[str]
    named: dict[str, str]
    principals: pl.DataFrame


@dataclass(frozen=True)
class World:
    """The Firm so far: what access, ACLs and tools are drawn from."""

    settings: FirmSettings
    estate: Estate
    staff: Staff
    holdings: Holdings
    services: Services
    ids: pl.Series
    """Object ids by person number, deleted principals included."""
    account_scope: str
    group_scope: str


def build_services(seed: int, estate: Estate) -> Services:
    """Make the identities that pipelines and tools run as."""
    rng = stream(seed, "services")
    count = len(estate.domains)
    others = {
        "tableau": ("sp-tableau", "service_principal"),
        "webfocus": ("sp-webfocus", "service_principal"),
        "migration": ("sp-lake-migration", "service_principal"),
        "synapse": ("mi-synapse", "managed_identity"),
        "platform-team": ("grp-data-platform", "group"),
        "legacy": ("grp-legacy-hadoop-users", "group"),
    }
    ids = object_ids(rng, 2 * count + len(others))
    tools = pick(rng, ("dbt", "sas-batch"), count)
    names = [
        *(f"sp-adf-{domain.name}" for domain in estate.domains),
        *(f"sp-{tool}-{domain.name}" for tool, domain in zip(tools, estate.domains, strict=True)),
        *(name for name, _ in others.values()),
    ]
    kinds = [*["service_principal"] * (2 * count), *(kind for _, kind in others.values())]
    principals = pl.DataFrame({"principal_id": ids, "kind": kinds, "name": names}).with_columns(
        pl.when(pl.col("kind") == "group").then(pl.lit("entra")).alias("managed_by"),
        pl.when(pl.col("kind") != "group").then(pl.lit(value=True)).alias("enabled"),
    )
    named = dict(zip(others, ids[2 * count :], strict=True))
    return Services(ids[:count], ids[count : 2 * count], tools.to_list(), named, principals)
