"""Phase B: containers of a wave move to their zone containers, with one writable place at a time.

In: the layout as decided, what the target of each class needs, the schedule. Out: steps of one wave in a `PlanWriter`:
targets and their grants first, copy and check, a gate, freeze, last copy and check, cutover, unfreeze (the point of no
return), check, a gate, a soak, and only then deletion.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from lakezones.model.frames import Facts, Target
from lakezones.model.levels import level_label
from lakezones.plan.endstate import EndState
from lakezones.plan.inplace import write_grants
from lakezones.plan.waves import Schedule
from lakezones.plan.writer import NOTHING, Add, PlanWriter


@dataclass(frozen=True, kw_only=True)
class Moves:
    """What moves, and what its target needs.

    Attributes
    ----------
    containers
        container, class_id, wave, zone (account/zone container), path, target (account/zone container/folder).
    zones
        zone, account, exists, wave (the first that needs it).
    grants
        group or principal_id, zone, path, access, kind, wave.
    stay
        container, reason: containers the layout moves and the plan leaves.
    """

    containers: pl.DataFrame
    zones: pl.DataFrame
    grants: pl.DataFrame
    stay: pl.DataFrame


def moves(facts: Facts, target: Target, state: EndState, waves: Schedule) -> Moves:
    """Work out what moves where in which wave, and the grants at the targets."""
    planned = (
        target.layout.filter(disposition="migrate")
        .drop_nulls(["target_account", "target_container"])
        .join(waves.containers, on="container")
        .with_columns(
            pl.concat_str("target_account", "target_container", separator="/").alias("zone"),
            pl.col("target_path").fill_null("").str.strip_chars("/").alias("path"),
        )
        .with_columns(
            pl.when(pl.col("path") == "")
            .then("zone")
            .otherwise(pl.concat_str("zone", "path", separator="/"))
            .alias("target"),
            (pl.col("enforcement") == "role_assignment").fill_null(False).alias("whole"),
        )
    )
    # What nobody approved comes first: it is for reviewers to change, the rest is not.
    undecided = target.staying.select("container", "reason")
    decided = planned.join(undecided, on="container", how="anti")
    stay = pl.concat(
        [
            planned.join(undecided, on="container").select("container", "reason"),
            decided.join(state.held, on="class_id").select("container", "reason"),
        ]
    ).sort("container")
    moving = decided.join(state.held, on="class_id", how="anti").select(
        "container", "class_id", "wave", "zone", "path", "target", "whole"
    )
    zones = (
        moving.group_by("zone")
        .agg(pl.col("wave").min())
        .with_columns(
            pl.col("zone").str.split("/").list.first().alias("account"),
            pl.col("zone").is_in(_existing(facts).implode()).alias("exists"),
        )
        .sort("zone")
    )
    return Moves(
        containers=moving.drop("whole").sort("container"),
        zones=zones,
        grants=_grants(moving, state, zones, groups=_grantee_groups(state)),
        stay=stay,
    )


def _existing(facts: Facts) -> pl.Series:
    """Full names of the containers there are."""
    name = pl.col("container")
    return (
        facts.table("containers")
        .select(
            pl.when(name.str.contains("/", literal=True))
            .then(name)
            .otherwise(pl.concat_str(pl.col("account").str.to_lowercase(), name, separator="/"))
        )
        .to_series()
        .drop_nulls()
    )


def accounts(facts: Facts) -> dict[str, Any]:
    """What scripts need to know of accounts: ARM ``ids`` by name, and the account of containers with ``bare`` names."""
    rows = facts.table("accounts").select("account", "subscription_id", "resource_group").drop_nulls().sort(pl.all())
    containers = facts.table("containers").select("container", pl.col("account").str.to_lowercase())
    bare = containers.filter(~pl.col("container").str.contains("/", literal=True))["account"].unique()
    if bare.null_count() and facts.table("accounts").height == 1:
        bare = bare.fill_null(facts.table("accounts")["account"][0]).unique()
    return {
        "bare": bare[0] if bare.len() == 1 else None,
        "ids": {
            name: f"/subscriptions/{subscription}/resourceGroups/{group}"
            f"/providers/Microsoft.Storage/storageAccounts/{name}"
            for name, subscription, group in rows.iter_rows()
        },
    }


def _grantee_groups(state: EndState) -> pl.Series:
    return state.targets.filter("is_group")["grantee_id"].unique()


def _grants(moving: pl.DataFrame, state: EndState, zones: pl.DataFrame, *, groups: pl.Series) -> pl.DataFrame:
    """Grants at the targets: on a zone container where all that moves there shares the grant, else on folders."""
    rows = moving.join(state.targets, on="class_id").with_columns(
        level_label().alias("access"),
        pl.len().over("zone", "grantee_id", "level").alias("sharing"),
    )
    sizes = moving.group_by("zone").agg(pl.len().alias("size"), pl.col("whole").all().alias("wholly"))
    rows = rows.join(sizes, on="zone").with_columns(
        ((pl.col("wholly") & (pl.col("sharing") == pl.col("size"))) | (pl.col("path") == "")).alias("wide")
    )
    wide = (
        rows.filter("wide")
        .drop("wave")
        .join(zones.select("zone", "wave"), on="zone")
        .with_columns(pl.lit("").alias("path"), pl.lit("assignment").alias("kind"))
    )
    narrow = rows.filter(~pl.col("wide")).with_columns(
        # A folder's ACL cannot say who may change ACLs: that takes a role assignment with a condition on the path.
        pl.when(pl.col("access") == "manage").then(pl.lit("assignment")).otherwise(pl.lit("acl_entry")).alias("kind")
    )
    columns = ["grantee_id", "zone", "path", "access", "kind", "wave"]
    is_group = pl.col("grantee_id").is_in(groups.implode())
    return (
        pl.concat([wide.select(columns), narrow.select(columns)])
        .unique()
        .with_columns(
            pl.when(is_group).then("grantee_id").alias("group"),
            pl.when(~is_group).then("grantee_id").alias("principal_id"),
        )
        .sort("zone", "path", "grantee_id", "access")
    )


def write_moves(
    plan: PlanWriter,
    todo: Moves,
    *,
    wave: int,
    domain: str | None,
    after: list[str],
    people: int,
    unseen: Sequence[str] = (),
) -> list[str]:
    """Write phase B of one wave; return the gate after its cutover, in a list that is empty where nothing moves.

    Sources are kept where tables of access are `unseen`.
    """
    moving = todo.containers.filter(wave=wave)
    if moving.is_empty():
        return []
    accounts = todo.zones.join(moving, on="zone", how="semi")["account"].unique().sort()
    add = partial(plan.add, wave=wave, domain=domain, target=", ".join(accounts))
    gate = partial(plan.gate, wave=wave, domain=domain)
    places = moving.select("container", "path", "target")
    ready = _write_targets(add, todo, moving, wave=wave, after=after)
    go = gate(
        "b-gate-before-cutover",
        depends_on=_chain(add, places, ready, _BEFORE_GATE),
        check="copies are verified, tools' owners are ready, a write window is agreed",
    )
    verified = add(
        "verify_access",
        "b-verify-access-at-target",
        depends_on=_chain(add, places, go, _AFTER_GATE, people=people),
        check="scan again, then `lakezones verify --against`: everyone has at the target what they had at the source",
        rollback=NOTHING,
    )
    moved = gate(
        "b-gate-moved",
        depends_on=verified,
        check="the domain owner confirms that reports and pipelines run on the target",
    )
    soaked = gate(
        "b-gate-soak",
        depends_on=moved,
        wait_days=plan.settings.soak_days,
        check="nobody has used the source during the soak",
    )
    ending = _kept(unseen) if unseen else _DELETION
    gate(
        "b-gate-end-of-wave",
        depends_on=_chain(add, places, soaked, ending),
        check=f"scan again: the sources are {'kept' if unseen else 'gone'}, access at the targets is as before",
    )
    return moved


def _kept(unseen: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The row that stands where deletion would: who else reads the sources was not looked at."""
    check = f"not deleted: {', '.join(unseen)} not scanned, so that others may read them; scan and plan again"
    return (("no_op", "keep-sources", "frozen", "frozen", check, NOTHING),)


def _write_targets(add: Add, todo: Moves, moving: pl.DataFrame, *, wave: int, after: list[str]) -> list[str]:
    """Zone containers, folders and what is granted on them; the ids of the last of these steps."""
    zones = todo.zones.filter(pl.col("wave") == wave, ~pl.col("exists"))
    made = add(
        "create_container",
        "b-create-zone-containers",
        depends_on=after,
        items=zones.select(container="zone"),
        before={"exists": False},
        after={"exists": True},
        check="the container exists, without public access; execute for other is set on its root for traversal",
        rollback="delete the containers while they are empty",
    )
    ready = made or after
    folders = moving.filter(pl.col("path") != "").select("path", container="zone").unique()
    foldered = add(
        "create_folder",
        "b-create-folders",
        depends_on=ready,
        items=folders.sort("container", "path"),
        before={"exists": False},
        after={"exists": True},
        check="the folder exists and is empty",
        rollback="delete the folders while they are empty",
    )
    grants = todo.grants.filter(wave=wave).rename({"zone": "container"})
    placed = foldered or ready
    # Where nobody holds anything there is nothing to grant, and copies wait for the folders all the same.
    return write_grants(add, "b", grants, placed, checks=_GRANTED) or placed


_GRANTED = {
    "acl_entry": "default and access ACL of the folder carry the entry before anything is copied",
    "assignment": "the role assignment is listed at the zone container; a condition names the path, where there is one",
}
_BEFORE_GATE = (
    ("copy", "copy", "source", "copied", "the job ends without a failed blob", "delete what was copied"),
    ("verify_copy", "verify-copy", "copied", "verified", "count, bytes and checksums are equal", NOTHING),
)
_AFTER_GATE = (
    (
        "freeze_source",
        "freeze-sources",
        "writable",
        "frozen",
        "a test write is refused",
        "open the source to writes again",
    ),
    ("copy_delta", "copy-delta", "verified", "copied", "the job ends without a failed blob", NOTHING),
    ("verify_copy", "verify-delta", "copied", "verified", "count, bytes and checksums are equal", NOTHING),
    ("cutover", "cutover", "source", "target", "tools read the target", "point the tools at the source again"),
    (
        "unfreeze",
        "unfreeze-targets",
        "frozen",
        "writable",
        "a test write reaches the target",
        "only before the first write at the target: freeze it and cut back over",
    ),
)
_DELETION = (
    (
        "delete_source",
        "delete-sources",
        "frozen",
        "deleted",
        "the source container is gone; soft delete keeps it for its retention period",
        "restore from soft delete within its retention period",
    ),
)


def _chain(
    add: Add, places: pl.DataFrame, after: list[str], links: Sequence[tuple[str, ...]], *, people: int = 0
) -> list[str]:
    """Steps on the same containers, one after another; the id of the last."""
    for action, name, before, ends, check, rollback in links:
        after = add(
            action,
            f"b-{name}",
            depends_on=after,
            items=places,
            before={"stage": before},
            after={"stage": ends},
            check=check,
            rollback=rollback,
            people=people if action == "cutover" else 0,
        )
    return after
