"""From raw facts to each person's effective access on each class of containers.

In: raw facts. Out: `lakezones.model.frames.Access`. Containers are collapsed first, so that groups are expanded and
denies applied once per class and not once per container.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

import dataframely as dy
import numpy as np
import polars as pl

from lakezones.access.collapse import collapse
from lakezones.access.engine import engine_of
from lakezones.access.kernel import sorted_pairs
from lakezones.access.keys import PROFILE
from lakezones.access.membership import Audiences, active_edges, audiences, group_ids, selves_of
from lakezones.access.numbers import number
from lakezones.access.operations import at_their_level, without_denied
from lakezones.access.ownership import as_owners, denied_too, joined, stand_ins
from lakezones.access.requests import requests
from lakezones.access.routes.acl import AclProfile
from lakezones.access.routes.raw import raw_grants
from lakezones.access.routes.roles import DELETE_BLOB
from lakezones.access.routes.ways import DESTROY_LEVEL
from lakezones.access.settings import AccessSettings
from lakezones.model.facts import FACTS
from lakezones.model.frames import Access, Facts, Table, conform
from lakezones.model.levels import Lane, Level
from lakezones.model.principals import ALL_PRINCIPALS, EVERYBODY, MACHINES, of_kind
from lakezones.model.tables import ClassAccess, ClassGrants, ContainerClasses, EntitlementClasses, Requests

REACHED: Final[dict[str, pl.DataType]] = {
    "class": pl.UInt32(),
    "principal_id": pl.String(),
    "route": pl.String(),
    "lane": pl.String(),
    "level": pl.UInt8(),
    "scope_kind": pl.String(),
    "detail": pl.String(),
}
"""Columns of a grant that has been expanded to the person who has it, once per grant and group; classes by number."""


def resolve(facts: Facts, *, settings: AccessSettings, grants: Iterable[pl.DataFrame] | None = None) -> Access:
    """Work out effective access.

    Parameters
    ----------
    facts
        The snapshot; tables that were not assessed are None.
    settings
        What the rules leave open.
    grants
        The table ``grants`` in batches, for a snapshot with more of them than memory should hold: frames with
        `lakezones.access.routes.grants.COLUMNS`. Those of `facts` then do not count.

    Returns
    -------
    Access
        Frames sorted, so that the same facts give the same bytes whatever the order of their rows.
    """
    raw = raw_grants(facts, settings=settings, grants=grants)
    classes, carried, ids = collapse(raw, engine=engine_of(settings))
    named = carried.join(raw.keys, on="key", maintain_order="left")
    groups = _groups(facts)
    owners = stand_ins(facts)
    edges = joined(active_edges(facts), owners)
    inside = audiences(edges, groups, named=_grantees(named, raw.profiles))
    one_by_one, together = _check_together(named, raw.profiles, inside)
    expanded = _expand(one_by_one.filter(pl.col("effect") == "allow"), inside, groups)
    allowed = pl.concat([_firmest_acl(expanded), together])
    denied = _expand(named.filter(pl.col("effect") == "deny"), inside, groups)
    left = _apply_denies(allowed, denied_too(denied, owners))
    left = at_their_level(left, raw.delegations, selves_of(facts, edges))
    reached = as_owners(left, owners)
    held = _by_lane(reached)
    class_access = _without_writers(held)
    local = reached.filter(pl.col("scope_kind") == "container")
    local_access = _by_lane(local) if local.height < reached.height else held
    given = _without_own_writers(named).filter((pl.col("effect") == "allow") & (pl.col("level") > 0))
    entitlement_classes = _entitlement_classes(facts, given)
    wanted = requests(facts, class_access, local_access, entitlement_classes, given, inside)

    def table(frame: pl.DataFrame, schema: type[Table]) -> dy.DataFrame[Table]:
        # Classes are numbered in the order of their ids, so that what is sorted by number is sorted by id.
        return conform(frame.with_columns(class_id=ids.gather(frame["class"]).fill_null("")), schema)

    access = Access(
        container_classes=table(classes, ContainerClasses),
        class_access=table(class_access, ClassAccess),
        class_grants=table(_class_grants(given, raw.keys), ClassGrants),
        entitlement_classes=table(entitlement_classes.sort("entitlement", "class"), EntitlementClasses),
        requests=table(wanted.sort("principal_id", "entitlement", "class"), Requests),
    )
    return Access(**{**vars(access), "summary": summarise(facts, access, grants=raw.grants_read)})


def _by_lane(grants: pl.DataFrame) -> pl.DataFrame:
    """Access by class, principal and lane; sorted."""
    people, numbered = number(grants.select("class", "principal_id", "lane", "level"), ["principal_id"], "person")
    lanes, numbered = number(numbered, ["lane"], "kind")
    # One number a row, the lane and the level in its last six bits: numbers sort many times faster than rows.
    packed = numbered["class"].to_numpy().astype(np.uint64) << np.uint64(38)
    for column, bits in (("person", 6), ("kind", 3), ("level", 0)):
        packed |= numbered[column].to_numpy().astype(np.uint64) << np.uint64(bits)
    packed.sort()
    starts = np.flatnonzero(np.diff(packed >> np.uint64(3), prepend=np.uint64(2**64 - 1)))
    cell = packed[starts]
    bits_of = (packed & np.uint64(7)).astype(np.uint8)
    level = np.bitwise_or.reduceat(bits_of, starts) if len(starts) else bits_of
    return pl.DataFrame(
        {
            "class": (cell >> np.uint64(38)).astype(np.uint32),
            "principal_id": people["principal_id"].gather((cell >> np.uint64(6)).astype(np.uint32)),
            "lane": lanes["lane"].gather((cell >> np.uint64(3)).astype(np.uint8) & 7),
            "level": level,
        }
    )


def _without_writers(held: pl.DataFrame) -> pl.DataFrame:
    """Access by lane, where the lane ``destroy`` says nothing of those who may change the data anyway."""
    writes = held.filter((pl.col("lane") == Lane.DATA) & (pl.col("level") & Level.WRITE != 0))
    destroys = held.filter(pl.col("lane") == Lane.DESTROY).join(writes, on=["class", "principal_id"], how="semi")
    return held.join(destroys, on=["class", "principal_id", "lane"], how="anti", maintain_order="left")


def _without_own_writers(named: pl.DataFrame) -> pl.DataFrame:
    """Grants of classes; of a grantee who writes by the same route what they destroy, only where a deny may matter."""
    allows = named.filter(pl.col("effect") == "allow")
    writes = allows.filter((pl.col("lane") == Lane.DATA) & (pl.col("level") & Level.WRITE != 0))
    denied = named.filter(pl.col("effect") == "deny").select("class").unique()
    same = ["class", "grantee_id", "route"]
    beside = allows.filter(pl.col("lane") == Lane.DESTROY).join(writes.select(same).unique(), on=same, how="semi")
    idle = beside.join(denied, on="class", how="anti").select("class", "key")
    return named.join(idle, on=["class", "key"], how="anti", maintain_order="left")


def _class_grants(given: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """The grants of each class; keys that differ in columns the table does not have are one row; sorted."""
    columns = [name for name in ClassGrants.column_names() if name != "class_id"]
    kinds, numbered = number(keys.select("key", *columns), columns, "kind")
    kind = numbered.sort("key")["kind"].to_numpy()
    pairs = sorted_pairs(given["class"].to_numpy(), kind[given["key"].to_numpy()])
    return kinds.drop("kind")[pairs["key"]].with_columns(pairs["container"].alias("class"))


def _groups(facts: Facts) -> pl.Series:
    """Ids that are groups: what any table calls one, ACLs included."""
    named = facts.table("acls").select("acl").unique()
    from_entries = (
        named.select(pl.col("acl").str.extract_all(r"(?:^|,)\s*(?:default:)?group:[^:,]+:").explode().drop_nulls())
        .select(group_id=pl.col("acl").str.extract(r"group:([^:]+):$"))["group_id"]
        .drop_nulls()
    )
    owning = facts.table("acls")["owning_group"].drop_nulls()
    people = of_kind(facts, "user", *MACHINES)
    every = pl.concat([group_ids(facts), from_entries.rename("group_id"), owning.rename("group_id")]).unique()
    return every.filter(~every.is_in(people["principal_id"].implode())).sort()


def _grantees(named: pl.DataFrame, profiles: Mapping[str, AclProfile]) -> pl.Series:
    """Ids that some grant, deny or ACL names: no other group is expanded."""
    return pl.concat([named["grantee_id"], _of_entries(profiles)]).unique().sort()


def _of_entries(profiles: Mapping[str, AclProfile]) -> pl.Series:
    """Groups that ACLs name which hold only together."""
    entries = sorted({group for profile in profiles.values() for group in profile.named[1]})
    return pl.Series("grantee_id", entries, dtype=pl.String)


def _expand(grants: pl.DataFrame, inside: Audiences, groups: pl.Series) -> pl.DataFrame:
    """Grants by person: a group's go to everybody in it, anybody else's to themselves."""
    to_group = pl.col("grantee_id").is_in(groups.implode())
    direct = grants.filter(~to_group).rename({"grantee_id": "principal_id"})
    columns = [name for name in REACHED if name != "principal_id"]
    by_group = inside.holders(grants.filter(to_group).select("grantee_id", *columns))
    return pl.concat([direct.select(*REACHED), by_group.select(*REACHED)])


def _firmest_acl(grants: pl.DataFrame) -> pl.DataFrame:
    """Leave out what an ACL entry makes possible where another entry makes it certain for the same person."""
    possible = (pl.col("route") == "acl") & (pl.col("lane") == Lane.CONDITIONAL)
    certain = (
        grants.filter((pl.col("route") == "acl") & (pl.col("lane") == Lane.DATA))
        .group_by("class", "principal_id")
        .agg(certain=pl.col("level").bitwise_or())
    )
    left = grants.filter(possible).join(certain, on=["class", "principal_id"], how="left")
    left = left.with_columns(pl.col("level") & ~pl.col("certain").fill_null(0)).filter(pl.col("level") > 0)
    return pl.concat([grants.filter(~possible), left.select(*REACHED)])


def _check_together(
    grants: pl.DataFrame, profiles: Mapping[str, AclProfile], audiences: Audiences
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take out ACL grants that hold only together with others, and check everybody they name against all of them.

    Returns
    -------
    polars.DataFrame
        The grants that can be expanded one by one.
    polars.DataFrame
        What the checked people have, columns `REACHED`.
    """
    marks = grants.filter(pl.col("effect") == PROFILE).select("class", "detail")
    others = grants.filter(pl.col("effect") != PROFILE)
    if marks.is_empty():
        return others, pl.DataFrame(schema=REACHED)
    inside = defaultdict(set)
    for group, person in audiences.members_of(_of_entries(profiles)).iter_rows():
        inside[group].add(person)
    rows = []
    for digest, classes in marks.group_by("detail").agg("class").sort("detail").iter_rows():
        profile = profiles[digest]
        users, groups = profile.named
        belongs: defaultdict[str, set[str]] = defaultdict(set)
        for group in groups:
            for person in inside[group]:
                belongs[person].add(group)
        for person in users | set(belongs):
            if not profile.contributes(person, belongs[person]):
                continue
            certain, possible, _ = profile.bits(person, belongs[person])
            destroys = DESTROY_LEVEL * profile.destroys(person, belongs[person])
            for lane, level, detail in (
                ("data", certain, ""),
                ("conditional", possible, ""),
                ("destroy", destroys, DELETE_BLOB),
            ):
                if level:
                    rows += [(class_id, person, "acl", lane, level, "container", detail) for class_id in classes]
    kept = (
        others.join(marks, on="class", how="anti"),
        others.join(marks, on="class", how="semi").filter(
            (pl.col("route") != "acl") | (pl.col("grantee_id") == EVERYBODY)
        ),
    )
    return pl.concat(kept), pl.DataFrame(rows, schema=REACHED, orient="row")


def _apply_denies(allowed: pl.DataFrame, denied: pl.DataFrame) -> pl.DataFrame:
    """Take what is denied from what assignments and ACLs give; access worked out elsewhere is final already.

    Denies take bits from levels, and operations from grants of operations. A deny that may or may not hold makes the
    bits it names conditional, and takes no operation.
    """
    by_operation = pl.col("detail") != ""
    operations = without_denied(allowed.filter(by_operation), denied.filter(by_operation))
    allowed, denied = allowed.filter(~by_operation), denied.filter(~by_operation)
    if denied.is_empty():
        return pl.concat([allowed, operations])
    sure = _denied_bits(denied.filter(pl.col("lane") == "data"), "no")
    unsure = _denied_bits(denied.filter(pl.col("lane") == "conditional"), "maybe")
    subject = pl.col("route").is_in(["assignment", "acl"])
    left = allowed.filter(subject)
    for bits in (sure, unsure):
        name = bits.columns[-1]
        for_all = bits.filter(pl.col("principal_id") == ALL_PRINCIPALS).select("class", all=name)
        left = (
            left.join(bits, on=["class", "principal_id"], how="left")
            .join(for_all, on="class", how="left")
            .with_columns((pl.col(name).fill_null(0) | pl.col("all").fill_null(0)).alias(name))
            .drop("all")
        )
    left = left.with_columns(pl.col("level") & ~pl.col("no"))
    firm = pl.col("lane") == Lane.DATA
    data = left.filter(firm)
    return pl.concat(
        [
            allowed.filter(~subject),
            operations,
            left.filter(~firm).select(*REACHED),
            data.with_columns(pl.col("level") & ~pl.col("maybe")).select(*REACHED),
            data.with_columns(pl.col("level") & pl.col("maybe"), lane=pl.lit(Lane.CONDITIONAL.value)).select(*REACHED),
        ]
    ).filter(pl.col("level") > 0)


def _denied_bits(denied: pl.DataFrame, name: str) -> pl.DataFrame:
    return denied.group_by("class", "principal_id").agg(pl.col("level").bitwise_or().alias(name))


def _entitlement_classes(facts: Facts, class_grants: pl.DataFrame) -> pl.DataFrame:
    """What entitlements open for certain, and the group that enforces each."""
    enforcing = facts.table("entitlement_containers")["group_id"].drop_nulls().unique()
    named = class_grants.filter((pl.col("entitlement") != "") & (pl.col("lane") == "data"))
    by_group = pl.col("route").is_in(["acl", "assignment"]) & pl.col("grantee_id").is_in(enforcing.implode())
    return named.group_by("entitlement", "class").agg(
        pl.col("level").bitwise_or(),
        group_id=pl.when(by_group).then(pl.col("grantee_id")).otherwise(None).min(),
    )


def summarise(facts: Facts, access: Access, *, grants: int) -> dict[str, Any]:
    """Counts that describe a lake: people, containers, classes, and pairs and cells by lane.

    `grants` is how many rows of the table were read, whether or not they are among the facts.
    """
    rows = {name: facts.table(name).height if facts.assessed(name) else None for name in FACTS}
    sizes = access.container_classes.group_by("class_id").agg(size=pl.len())
    sized = access.class_access.join(sizes, on="class_id")
    by_lane = {
        row[0]: row[1] for row in sized.group_by(pl.col("lane").cast(pl.String)).agg(pl.col("size").sum()).iter_rows()
    }
    data = access.class_access.filter(pl.col("lane") == "data")
    kinds = dict(facts.table("principals").select("principal_id", pl.col("kind").cast(pl.String)).iter_rows())
    holders = data["principal_id"].unique().to_list()
    people = [p for p in holders if kinds.get(p) not in ("group", "service_principal", "managed_identity")]
    return {
        "people": len(people),
        "principals": len(holders),
        "containers": access.container_classes.height,
        "classes": access.container_classes["class_id"].n_unique(),
        "pairs": {lane.value: by_lane.get(lane.value, 0) for lane in Lane},
        "cells": data.height,
        "requests": access.requests.height,
        "assessed": {**rows, "grants": grants if facts.assessed("grants") else None},
    }
