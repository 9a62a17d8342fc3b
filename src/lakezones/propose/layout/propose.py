"""Propose a target layout: zone containers per domain, a folder per source container, exactly today's audiences.

In: facts, access, zones, the roles stage's result. Out: `LayoutResult`. By default nothing is exposed that is not
open today: a role assignment covers a zone container only where all its folders have one audience.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from lakezones.model import tables
from lakezones.model.frames import Access, Facts
from lakezones.model.limits import LimitsSettings
from lakezones.model.policies import PoliciesSettings
from lakezones.propose.layout.audiences import RolesLike, audiences, entries
from lakezones.propose.layout.names import Names, renamed_frame
from lakezones.propose.layout.settings import LayoutSettings
from lakezones.propose.layout.stays import dispositions
from lakezones.propose.zones.metadata import first_of, long_metadata

METADATA: Final = {
    "system": ("system", "system_of_record", "source_system", "application", "app"),
    "table": ("table", "entity", "dataset"),
    "owner": ("owner", "data_owner", "steward"),
    "sensitivity": ("sensitivity", "classification"),
}
"""Keys of metadata that the layout looks for."""


@dataclass(frozen=True, kw_only=True)
class LayoutResult:
    """The layout and what it is made of.

    Attributes
    ----------
    layout : DataFrame
        Schema `lakezones.model.tables.Layout`.
    products : DataFrame
        product, domain, owner, containers, zones.
    priced : DataFrame
        One row per zone container: folders, audiences, entries, assignments, new_pairs.
    renamed : DataFrame
        Names that differ from their pattern: kind, wanted, given, reason.
    stays : DataFrame
        container, disposition, why: what does not move.
    """

    layout: pl.DataFrame
    products: pl.DataFrame
    priced: pl.DataFrame
    renamed: pl.DataFrame
    stays: pl.DataFrame
    summary: dict[str, Any] = field(default_factory=dict)


def propose_layout(
    facts: Facts,
    access: Access,
    zones: pl.DataFrame,
    roles: RolesLike,
    *,
    settings: LayoutSettings,
    limits: LimitsSettings,
    policies: PoliciesSettings | None = None,
) -> LayoutResult:
    """Target of every container.

    Parameters
    ----------
    facts, access
        The snapshot and the effective access of it.
    zones : DataFrame
        Table `Zones`.
    roles
        Its resource groups and residual say who has to be named where.
    settings, limits, policies
        Of ``layout.toml``, ``limits.toml`` and ``policies.toml``.

    Returns
    -------
    LayoutResult
    """
    policies = policies or PoliciesSettings()
    stays = dispositions(facts, access, zones)
    named = entries(roles)
    told = audiences(named, access.container_classes["class_id"].unique().sort())
    frame = (
        zones.select("container", pl.col("zone").cast(pl.String), "domain")
        .join(stays, on="container", maintain_order="left")
        .join(access.container_classes, on="container", how="left", maintain_order="left")
        .join(told, on="class_id", how="left", maintain_order="left")
        .join(_stored(facts, policies), on="container", how="left", maintain_order="left")
        .with_columns(
            pl.col("audience").fill_null("a-none"),
            pl.col("names").fill_null(0),
            pl.col("restricted").fill_null(value=False),
            bare=pl.col("container").str.split("/").list.last(),
            label=pl.col("domain").fill_null(settings.no_domain),
            system=pl.col("system").fill_null(settings.no_system),
        )
        .sort("container")
    )
    placed, books = _place(frame.filter(pl.col("disposition") == "migrate"), frame, settings, limits)
    layout = frame.join(placed, on="container", how="left", maintain_order="left").with_columns(
        product=pl.when(pl.col("disposition") == "migrate").then("product")
    )
    priced = _price(layout)
    return LayoutResult(
        layout=tables.Layout.validate(
            layout.select(
                "container",
                target_subscription=pl.when(pl.col("disposition") == "migrate").then(
                    pl.lit(settings.subscription) if settings.subscription else pl.col("subscription_id")
                ),
                target_account="target_account",
                target_container="target_container",
                target_path="target_path",
                enforcement="enforcement",
                disposition="disposition",
                product="product",
                owner="owner",
            ),
            cast=True,
        ),
        products=_products(layout),
        priced=priced,
        renamed=renamed_frame(*books),
        stays=stays.filter(pl.col("disposition") != "migrate").sort("container"),
        summary={
            "containers": layout.height,
            "migrate": int((layout["disposition"] == "migrate").sum()),
            "retire": int((layout["disposition"] == "retire").sum()),
            "leave": int((layout["disposition"] == "leave").sum()),
            "zone_containers": priced.height,
            "newly_exposed_pairs": int(priced["new_pairs"].sum()),
            "renamed": sum(len(book.renamed) for book in books),
        },
    )


def _stored(facts: Facts, policies: PoliciesSettings) -> pl.DataFrame:
    """Account, subscription, system, table, owner and restriction of containers that were scanned."""
    containers = facts.table("containers")
    long = long_metadata(containers)
    frame = containers.select("container", "account").join(
        facts.table("accounts").select("account", "subscription_id", "hns"),
        on="account",
        how="left",
        maintain_order="left",
    )
    for name, keys in METADATA.items():
        frame = frame.join(first_of(long, keys, name), on="container", how="left", maintain_order="left")
    restricted = {word: policies.is_restricted(word) for word in frame["sensitivity"].drop_nulls().unique()}
    return frame.with_columns(
        restricted=pl.col("sensitivity").replace_strict(restricted, default=False, return_dtype=pl.Boolean)
    )


def _place(
    moving: pl.DataFrame, everything: pl.DataFrame, settings: LayoutSettings, limits: LimitsSettings
) -> tuple[pl.DataFrame, list[Names]]:
    """Zone container, folder and enforcement of every container that moves."""
    rows: list[tuple[str, str | None, str, str, str]] = []
    boxes: dict[str, Names] = {}
    folders: dict[tuple[str, str], Names] = {}
    existing = everything.with_columns(pl.col("account").fill_null("")).group_by("account").agg(pl.col("bare"))
    taken = dict(existing.iter_rows())
    longest_path = limits.path_characters.value
    for row in moving.iter_rows(named=True):
        account = settings.account or row["account"] or ""
        if account not in boxes:
            boxes[account] = Names(
                "container", longest=limits.container_name_characters.value, taken=taken.get(account, [])
            )
        parts = {
            "domain": row["label"],
            "zone": row["zone"],
            "account": account,
            "container": row["bare"],
            "system": row["system"],
            "table": row["table"] or row["bare"],
            "sensitivity": row["sensitivity"] or "general",
        }
        parts["product"] = product = folder_safe(settings.product.format(**{**parts, "product": ""}))
        wanted = settings.container.format(**parts)
        if row["restricted"]:
            wanted = f"{wanted}-{settings.restricted_suffix}"
        box = boxes[account].give(f"{wanted}", wanted)
        book = folders.setdefault((account, box), Names("folder", longest=longest_path))
        path = book.give(row["container"], settings.path.format(**parts))
        rows.append((row["container"], account or None, box, path, product))
    placed = pl.DataFrame(
        rows,
        schema=dict.fromkeys(["container", "target_account", "target_container", "target_path", "product"], pl.String),
        orient="row",
    )
    one = (
        placed.join(moving.select("container", "audience"), on="container")
        .group_by("target_account", "target_container")
        .agg(single=pl.col("audience").n_unique() == 1)
    )
    enforcement = (
        pl.when(pl.col("single")).then(pl.lit("role_assignment")).otherwise(pl.lit("acl"))
        if settings.enforcement == "auto"
        else pl.lit(settings.enforcement)
    )
    placed = (
        placed.join(one, on=["target_account", "target_container"], nulls_equal=True, maintain_order="left")
        .with_columns(enforcement=enforcement)
        .drop("single")
    )
    return placed, [*(boxes[k] for k in sorted(boxes)), *(folders[k] for k in sorted(folders))]


def folder_safe(name: str) -> str:
    """Name of a product: lower case words joined by hyphens."""
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def _price(layout: pl.DataFrame) -> pl.DataFrame:
    """What each zone container costs: folders, audiences, entries, assignments, newly exposed pairs."""
    return (
        layout.filter(pl.col("disposition") == "migrate")
        .group_by("target_account", "target_container", "enforcement")
        .agg(
            folders=pl.len().cast(pl.Int64),
            audiences=pl.col("audience").n_unique().cast(pl.Int64),
            entries=pl.col("names").max(),
        )
        .with_columns(
            assignments=pl.when(pl.col("enforcement") == "role_assignment").then("entries").otherwise(0),
            new_pairs=pl.lit(0, dtype=pl.Int64),
        )
        .sort("target_account", "target_container")
    )


def _products(layout: pl.DataFrame) -> pl.DataFrame:
    """Products: the containers of one system in one domain, with the owner most of them name."""
    moving = layout.filter(pl.col("disposition") == "migrate")
    owners = (
        moving.drop_nulls("owner")
        .group_by("product", "owner")
        .len()
        .sort("product", "len", "owner", descending=[False, True, False])
        .group_by("product", maintain_order=True)
        .agg(pl.col("owner").first())
    )
    return (
        moving.group_by("product")
        .agg(
            domain=pl.col("domain").drop_nulls().mode().sort().first(),
            containers=pl.len().cast(pl.Int64),
            zones=pl.col("zone").unique().sort().str.join(", "),
        )
        .join(owners, on="product", how="left")
        .sort("product")
    )
