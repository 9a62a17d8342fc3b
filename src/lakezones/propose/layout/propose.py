"""Propose a target layout: zone containers per domain, a folder per source container, exactly today's audiences.

In: facts, access, zones, the roles stage's result. Out: `LayoutResult`. By default nothing is exposed that is not open
today: a role assignment covers a zone container only where all its folders have one audience.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.access.parsed import active_grants
from lakezones.model import tables
from lakezones.model.frames import Access, Facts
from lakezones.model.limits import LimitsSettings
from lakezones.model.metadata import OWNER_KEYS, SENSITIVITY_KEYS, SYSTEM_KEYS, TABLE_KEYS
from lakezones.model.policies import PoliciesSettings
from lakezones.propose.domains import DomainsSettings, score_pilots
from lakezones.propose.layout.alternatives import compare, flows
from lakezones.propose.layout.audiences import audiences, entries
from lakezones.propose.layout.names import UniqueNames, renamed_frame
from lakezones.propose.layout.options import catalog_grants, conditions, without_conditions
from lakezones.propose.layout.place import place, within_assignments
from lakezones.propose.layout.price import TARGET, buy, newly_granted, price
from lakezones.propose.layout.products import contracts, products
from lakezones.propose.layout.settings import LayoutSettings
from lakezones.propose.layout.stays import dispositions
from lakezones.propose.layout.wide import wide_changes
from lakezones.propose.roles.stage import RolesResult

METADATA: Final = {
    "system": SYSTEM_KEYS,
    "table": TABLE_KEYS,
    "owner": OWNER_KEYS,
    "sensitivity": SENSITIVITY_KEYS,
}
"""Keys of metadata that the layout looks for."""


@dataclass(frozen=True, kw_only=True)
class LayoutResult:
    """The layout and what it is made of.

    Attributes
    ----------
    products : DataFrame
        See `lakezones.propose.layout.products.products`.
    contracts : DataFrame
        product, yaml: a contract stub each.
    priced : DataFrame
        One row per zone container, see `lakezones.propose.layout.price.price`.
    new_access : DataFrame
        What bought merges would newly grant, each row to approve; empty by default.
    renamed : DataFrame
        Names that differ from their pattern: kind, wanted, given, reason.
    stays : DataFrame
        container, disposition, cause, why: what does not move.
    pilots : DataFrame
        Score of every domain as a pilot.
    alternatives : DataFrame
        This layout beside three others, see `lakezones.propose.layout.alternatives.compare`.
    flows : DataFrame
        source_system, zone, domain, containers: from today's systems to zones and domains, for a picture.
    conditions : DataFrame
        Role assignments with conditions, where enforcement is by condition, see `lakezones.propose.layout.options`.
    catalog_grants : DataFrame
        Grants in Unity Catalog, where enforcement is by it.
    """

    layout: dy.DataFrame[tables.Layout]
    products: pl.DataFrame
    contracts: pl.DataFrame
    priced: pl.DataFrame
    new_access: pl.DataFrame
    renamed: pl.DataFrame
    stays: pl.DataFrame
    pilots: pl.DataFrame
    alternatives: pl.DataFrame
    flows: pl.DataFrame
    conditions: pl.DataFrame
    catalog_grants: pl.DataFrame
    summary: dict[str, Any] = field(default_factory=dict)


def propose_layout(
    facts: Facts,
    access: Access,
    zones: dy.DataFrame[tables.Zones],
    roles: RolesResult,
    *,
    settings: LayoutSettings,
    limits: LimitsSettings,
    policies: PoliciesSettings | None = None,
    domains: DomainsSettings | None = None,
) -> LayoutResult:
    """Target of every container.

    Parameters
    ----------
    facts, access
        The snapshot and the effective access of it.
    roles
        Its resource groups and residual say who has to be named where.
    settings, limits, policies, domains
        Of ``layout.toml``, ``limits.toml``, ``policies.toml`` and ``domains.toml`` (for the pilots).

    Returns
    -------
    LayoutResult
    """
    policies, domains = policies or PoliciesSettings(), domains or DomainsSettings()
    stays = dispositions(facts, access, zones, settings=settings)
    named = entries(roles)
    frame = _labelled(facts, access, zones, stays, named, settings, policies)
    frame, moved, names = _placed(facts, access, frame, settings=settings, limits=limits)
    under = conditions(moved, named, limits=limits)
    moved = without_conditions(moved, under)
    priced = price(moved, access)
    bought = buy(priced, over_grant=settings.over_grant)
    moved, priced = _with_merges(moved, priced, bought)
    found = products(moved, facts, access)
    made = LayoutResult(
        layout=tables.Layout.validate(_table(frame, moved, found), cast=True),
        products=found,
        contracts=contracts(found, moved),
        priced=priced,
        new_access=newly_granted(moved, access, bought),
        renamed=renamed_frame(*names),
        stays=frame.filter(pl.col("disposition") != "migrate").select("container", "disposition", "cause", "why"),
        pilots=score_pilots(facts, access, zones, settings=domains),
        alternatives=compare(facts, access, frame, moved, roles, settings=domains),
        flows=flows(frame),
        conditions=under,
        catalog_grants=catalog_grants(moved, named, roles.resource_groups),
    )
    return replace(made, summary=_summary(made))


def _summary(made: LayoutResult) -> dict[str, Any]:
    return {
        "containers": made.layout.height,
        **{word: int((made.layout["disposition"] == word).sum()) for word in ("migrate", "retire", "leave")},
        "zone_containers": made.priced.height,
        "by_role_assignment": int((made.priced["enforcement"] == "role_assignment").sum()),
        "conditions_too_long": int((~made.conditions["fits"]).sum()),
        "newly_exposed_pairs": int(made.priced["new_pairs"].sum()),
        "renamed": made.renamed.height,
        "products": made.products.height,
        "products_without_owner": made.products["owner"].null_count(),
        "pilots": made.pilots.filter("pilot")["domain"].to_list(),
        "alternatives": made.alternatives.to_dicts(),
    }


def _placed(
    facts: Facts, access: Access, frame: pl.DataFrame, *, settings: LayoutSettings, limits: LimitsSettings
) -> tuple[pl.DataFrame, pl.DataFrame, list[UniqueNames]]:
    """`frame` with what else stays, what migrates with its target and enforcement, and what the names were given by."""
    existing = _existing(frame)
    while True:
        moving = frame.filter(pl.col("disposition") == "migrate")
        placement = place(moving, existing, settings=settings, limits=limits)
        moved = moving.join(placement.targets, on="container", maintain_order="left")
        changed = wide_changes(facts, access, moved)
        if changed.is_empty():
            break
        # Fewer containers may have other names, so all are placed again.
        frame = _left(frame, changed)
    return frame, within_assignments(moved, _assignments(facts), limits=limits), placement.names


def _existing(frame: pl.DataFrame) -> dict[str, list[str]]:
    """Names of containers by account they move to; what may lie in any account is taken in all."""
    slash = pl.col("container").str.contains("/", literal=True)
    said = pl.when(slash).then(pl.col("container").str.split("/").list.first().str.to_lowercase())
    located = frame.select("bare", account=pl.coalesce("account", said))
    anywhere = located.filter(pl.col("account").is_null())["bare"].to_list()
    by_account = dict(located.drop_nulls("account").group_by("account").agg("bare").iter_rows())
    targets = frame["target_account"].drop_nulls().unique()
    return {account: [*by_account.get(account, []), *anywhere] for account in targets}


def _left(frame: pl.DataFrame, changed: pl.DataFrame) -> pl.DataFrame:
    """`frame` where what `changed` names (container, cause, why) stays."""
    new = changed.select("container", new_cause="cause", new_why="why")
    stays = pl.col("new_cause").is_not_null()
    return (
        frame.join(new, on="container", how="left", maintain_order="left")
        .with_columns(
            disposition=pl.when(stays).then(pl.lit("leave")).otherwise("disposition"),
            cause=pl.coalesce("new_cause", "cause"),
            why=pl.coalesce("new_why", "why"),
        )
        .drop("new_cause", "new_why")
    )


def _labelled(
    facts: Facts,
    access: Access,
    zones: dy.DataFrame[tables.Zones],
    stays: pl.DataFrame,
    named: pl.DataFrame,
    settings: LayoutSettings,
    policies: PoliciesSettings,
) -> pl.DataFrame:
    """All that names and audiences are made of, one row per container, sorted."""
    of_class = audiences(named, access.container_classes["class_id"].unique().sort())
    return (
        zones.select("container", pl.col("zone").cast(pl.String), "domain")
        .join(stays, on="container", maintain_order="left")
        .join(access.container_classes, on="container", how="left", maintain_order="left")
        .join(of_class, on="class_id", how="left", maintain_order="left")
        .join(_stored(facts, policies), on="container", how="left", maintain_order="left")
        .join(_target_accounts(facts, settings), on="target_account", how="left", maintain_order="left")
        .with_columns(
            pl.col("audience").fill_null("a-none"),
            pl.col("names").fill_null(0),
            pl.col("restricted").fill_null(value=False),
            bare=pl.col("container").str.split("/").list.last(),
            label=pl.col("domain").fill_null(settings.no_domain),
        )
        .sort("container")
    )


def _stored(facts: Facts, policies: PoliciesSettings) -> pl.DataFrame:
    """Size, system, table, owner and restriction of containers that were scanned."""
    frame = facts.table("containers").select("container", "size_bytes")
    for name, keys in METADATA.items():
        frame = frame.join(facts.said(keys, name), on="container", how="left", maintain_order="left")
    restricted = {word: policies.is_restricted(word) for word in frame["sensitivity"].drop_nulls().unique()}
    return frame.with_columns(
        restricted=pl.col("sensitivity").replace_strict(restricted, default=False, return_dtype=pl.Boolean)
    )


def _target_accounts(facts: Facts, settings: LayoutSettings) -> pl.DataFrame:
    """What the scan says of accounts that containers move to: target_account, subscription_id, hns."""
    subscription = pl.coalesce("subscription_id", pl.lit(settings.subscription or None, pl.String))
    accounts = facts.table("accounts").select(pl.col("account").str.to_lowercase(), subscription, "hns")
    return accounts.rename({"account": "target_account"}).unique("target_account", keep="first", maintain_order=True)


def _assignments(facts: Facts) -> Mapping[str | None, int]:
    """Active role assignments by subscription in lower case; neither those on management groups nor denies."""
    there = active_grants(facts).filter(pl.col("subscription") != "")
    return dict(there.group_by("subscription").len().iter_rows())


def _with_merges(moved: pl.DataFrame, priced: pl.DataFrame, bought: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Enforcement and price after the merges that were bought."""
    if bought.is_empty():
        return moved, priced
    assigned = pl.when(pl.col("pairs").is_not_null()).then(pl.lit("role_assignment")).otherwise("enforcement")
    how = {"on": TARGET, "how": "left", "nulls_equal": True, "maintain_order": "left"}
    return (
        moved.join(bought, **how).with_columns(enforcement=assigned).drop("pairs"),  # type: ignore[arg-type]
        priced.join(bought, **how)  # type: ignore[arg-type]
        .with_columns(enforcement=assigned, new_pairs=pl.col("pairs").fill_null(0))
        .drop("pairs"),
    )


def _table(frame: pl.DataFrame, moved: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Table `Layout`; a container without an owner of its own has its product's."""
    targets = moved.select(
        "container", *TARGET, "target_path", "product", "enforcement", target_subscription="subscription_id"
    )
    return (
        frame.drop("target_account")
        .join(targets, on="container", how="left", maintain_order="left")
        .join(found.select("product", product_owner="owner"), on="product", how="left", maintain_order="left")
        .with_columns(owner=pl.coalesce("owner", "product_owner"))
        .select(tables.Layout.column_names())
    )
