"""What the parts about access look at together, and the identities that pipelines run as.

In: a seed and the lake. Out: :class:`Services`, and the record :class:`World` that rights, ACLs and tools share.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from lakezones.demo.firm.draw import object_ids, pick, stream
from lakezones.demo.firm.lake import Lake
from lakezones.demo.firm.noise import Holdings
from lakezones.demo.firm.settings import FirmSettings
from lakezones.demo.firm.staff import Staff

RESOURCE_GROUP: Final = "rg-lake-prod"


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
    seed: int
    lake: Lake
    staff: Staff
    holdings: Holdings
    services: Services
    sandboxes: pl.DataFrame
    """index, person, handle: whose each sandbox is."""
    subscription: str
    account: str

    @cached_property
    def ids(self) -> pl.Series:
        """Object ids by person number, deleted principals included."""
        return pl.concat([self.staff.people["principal_id"], self.holdings.orphans["principal_id"]])

    def named(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Put what facts call people, containers and entitlements in place of their numbers: person, index, ent."""
        names = {
            "person": self.ids.alias("principal_id"),
            "index": self.lake.containers["container"],
            "ent": self.lake.entitlements["entitlement"],
        }
        found = [number for number in names if number in frame.columns]
        return frame.with_columns(names[number].gather(frame[number]) for number in found).drop(found)

    @property
    def group_scope(self) -> str:
        """ARM id of the resource group."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{RESOURCE_GROUP}"

    @property
    def account_scope(self) -> str:
        """ARM id of the storage account."""
        return f"{self.group_scope}/providers/Microsoft.Storage/storageAccounts/{self.account}"


def build_services(seed: int, lake: Lake) -> Services:
    """Make the identities that pipelines and tools run as."""
    rng = stream(seed, "services")
    count = len(lake.domains)
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
        *(f"sp-adf-{domain.name}" for domain in lake.domains),
        *(f"sp-{tool}-{domain.name}" for tool, domain in zip(tools, lake.domains, strict=True)),
        *(name for name, _ in others.values()),
    ]
    kinds = [*["service_principal"] * (2 * count), *(kind for _, kind in others.values())]
    principals = pl.DataFrame({"principal_id": ids, "kind": kinds, "name": names}).with_columns(
        pl.when(pl.col("kind") == "group").then(pl.lit("entra")).alias("managed_by"),
        pl.when(pl.col("kind") != "group").then(pl.lit(value=True)).alias("enabled"),
    )
    named = dict(zip(others, ids[2 * count :], strict=True))
    return Services(ids[:count], ids[count : 2 * count], tools.to_list(), named, principals)
