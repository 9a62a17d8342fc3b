"""Place every container that moves: zone container, folder, enforcement.

In: what moves, with labels, audiences and the account it moves to. Out: target_container, target_path, enforcement and
product of each, and how the names came about. Folders of one zone container may have different audiences only
where ACLs can keep them apart: with a hierarchical namespace, and with no more entries than a folder carries.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl

from lakezones.model.limits import LimitsSettings
from lakezones.propose.layout.names import UniqueNames, digest
from lakezones.propose.layout.settings import LayoutSettings

UNNAMED_ENTRIES: Final = 4
"""Owner, owning group, other and mask: every ACL has them."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Targets, and how their names came about.

    Attributes
    ----------
    targets : DataFrame
        container, target_container, target_path, product, enforcement, apart (why the zone container is not that of
        its domain and zone; empty if it is).
    names : list of UniqueNames
        What the names were given by, with those that differ from their pattern.
    """

    targets: pl.DataFrame
    names: list[UniqueNames]


def place(
    moving: pl.DataFrame, existing: dict[str, list[str]], *, settings: LayoutSettings, limits: LimitsSettings
) -> Placement:
    """Give every container of `moving` its target.

    Parameters
    ----------
    moving : DataFrame
        container, bare, target_account, hns (of that account), label (domain), zone, system, table, sensitivity,
        restricted, audience, names (entries its audience needs); sorted by container.
    existing : dict of str to list of str
        Names of containers that exist, by account: they are nobody's to take.
    """
    containers: dict[str, UniqueNames] = {}
    folders: dict[tuple[str, str], UniqueNames] = {}
    rows: list[tuple[str, str, str, str, str]] = []
    for row in moving.iter_rows(named=True):
        account = row["target_account"]
        if account not in containers:
            longest = limits.container_name_characters.value
            containers[account] = UniqueNames("container", longest=longest, taken=existing.get(account, []))
        parts = _parts(row, account, settings)
        wanted = settings.container.format(**parts)
        if row["restricted"]:
            wanted = f"{wanted}-{settings.restricted_suffix}"
        apart = _apart(row, settings, limits)
        if apart:
            wanted = f"{wanted}-{digest(row['audience'], length=4)}"
        target = containers[account].give(wanted, wanted)
        if (account, target) not in folders:
            folders[account, target] = UniqueNames("folder", longest=limits.path_characters.value)
        path = folders[account, target].give(row["container"], settings.path.format(**parts))
        rows.append((row["container"], target, path, parts["product"], apart))
    targets = pl.DataFrame(
        rows,
        schema=dict.fromkeys(["container", "target_container", "target_path", "product", "apart"], pl.String),
        orient="row",
    )
    return Placement(targets=_enforced(targets, moving, settings), names=[*containers.values(), *folders.values()])


def _parts(row: dict[str, str | None], account: str, settings: LayoutSettings) -> dict[str, str]:
    """Parts that patterns may name."""
    parts = {
        "domain": row["label"] or settings.no_domain,
        "zone": row["zone"] or "",
        "account": account,
        "container": row["bare"] or "",
        "system": row["system"] or settings.no_system,
        "table": row["table"] or row["bare"] or "",
        "sensitivity": row["sensitivity"] or "general",
        "product": "",
    }
    parts["product"] = words(settings.product.format(**parts))
    return parts


@lru_cache(maxsize=65_536)
def words(name: str) -> str:
    """Lower case words joined by hyphens.

    Examples
    --------
    >>> words("Retail / CRM_2")
    'retail-crm-2'
    """
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def _apart(row: dict[str, object], settings: LayoutSettings, limits: LimitsSettings) -> str:
    """Why the container's audience needs a zone container of its own; empty if it does not."""
    if settings.enforcement in ("unity_catalog", "condition"):
        return ""
    if row["hns"] is False:
        return "no hierarchical namespace: ACLs decide nothing there"
    names = int(str(row["names"]))
    if (
        names > limits.named_acl_entries_per_path.value
        or names + UNNAMED_ENTRIES > limits.default_acl_entries_per_path.value
    ):
        return f"{names} entries do not fit on a folder"
    return ""


def _enforced(targets: pl.DataFrame, moving: pl.DataFrame, settings: LayoutSettings) -> pl.DataFrame:
    """Add enforcement: a role assignment where a whole zone container has one audience, ACLs otherwise."""
    auto = settings.enforcement == "auto"
    single = pl.col("audience").n_unique().over("target_account", "target_container") == 1
    assigned = (pl.col("apart") != "") | (pl.lit(auto) & single)
    otherwise = pl.lit("acl" if auto else settings.enforcement)
    return (
        targets.join(moving.select("container", "target_account", "audience"), on="container", maintain_order="left")
        .with_columns(enforcement=pl.when(assigned).then(pl.lit("role_assignment")).otherwise(otherwise))
        .drop("target_account", "audience")
    )


def within_assignments(layout: pl.DataFrame, used: Mapping[str | None, int], *, limits: LimitsSettings) -> pl.DataFrame:
    """Turn role assignments into ACLs where a subscription would hold too many.

    Parameters
    ----------
    layout : DataFrame
        subscription_id, target_account, target_container, enforcement, names, apart, hns.
    used : dict of subscription in lower case to int
        Role assignments that are there already and stay while the old and the new coexist.

    Returns
    -------
    DataFrame
        `layout` with enforcement changed: zone containers that need most assignments first; never those that
        ACLs cannot serve.
    """
    boxes = (
        layout.filter(pl.col("enforcement") == "role_assignment")
        .group_by("subscription_id", "target_account", "target_container")
        .agg(pl.col("names").max(), free=((pl.col("apart") == "") & pl.col("hns").fill_null(value=True)).all())
        .sort("subscription_id", "names", "target_account", "target_container", descending=[False, True, False, False])
    )
    totals = dict(boxes.group_by("subscription_id").agg(pl.col("names").sum()).iter_rows())
    turned: list[tuple[str | None, str]] = []
    for subscription, account, box, names, free in boxes.iter_rows():
        there = used.get((subscription or "").lower(), 0)
        if totals[subscription] + there <= limits.role_assignments_per_subscription.value:
            continue
        if free:
            totals[subscription] -= names
            turned.append((account, box))
    if not turned:
        return layout
    acl = pl.DataFrame(
        turned, schema={"target_account": pl.String, "target_container": pl.String}, orient="row"
    ).with_columns(turned=pl.lit(value=True))
    return (
        layout.join(acl, on=["target_account", "target_container"], how="left", nulls_equal=True, maintain_order="left")
        .with_columns(enforcement=pl.when("turned").then(pl.lit("acl")).otherwise("enforcement"))
        .drop("turned")
    )
