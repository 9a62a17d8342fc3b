"""How the Firm enforces what it approved: groups, role assignments, exported grants, stored policies.

In: settings, a seed, the lake, the people and what they hold. Out: the fact tables about access but for ACLs
(principals, memberships, role_assignments, stored_policies, entitlements, entitlement_containers, grants), with the
few deliberate oddities that a real lake has.
"""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from lakezones.demo.firm.assignments import build_role_assignments
from lakezones.demo.firm.draw import Rng, before, moments, pick, stream
from lakezones.demo.firm.lake import Lake
from lakezones.demo.firm.settings import FirmSettings
from lakezones.demo.firm.staff import Staff
from lakezones.demo.firm.words import WORDS
from lakezones.demo.firm.world import World

POLICIES = (("vendor-feed", "rl", 2600), ("migration-2022", "racwdl", 1900), ("report-export", "r", 900))
"""Stored policies: id, letters, and how many days after today they end."""


def sandbox_owners(settings: FirmSettings, seed: int, lake: Lake, staff: Staff) -> pl.DataFrame:
    """Give each sandbox to a person: index, person, handle."""
    rng = stream(seed, "sandboxes")
    boxes = lake.containers.filter(pl.col("area") < 0)["index"]
    people = np.sort(rng.choice(settings.people, max(2, round(0.12 * settings.people)), replace=False))
    owner = rng.choice(people, len(boxes))
    return pl.DataFrame({"index": boxes, "person": owner}).with_columns(
        staff.people["handle"].gather(owner).alias("handle")
    )


def build_rights(world: World) -> dict[str, pl.DataFrame]:
    """Build the fact tables about access, not yet in the columns of their schemas."""
    rng = stream(world.seed, "rights")
    return {
        "principals": _principals(rng, world),
        "memberships": _memberships(rng, world),
        "entitlements": _entitlements(rng, world),
        "entitlement_containers": _entitlement_containers(rng, world),
        "grants": _grants(rng, world),
        "stored_policies": _stored_policies(rng, world),
        "role_assignments": build_role_assignments(rng, world),
    }


def _principals(rng: Rng, world: World) -> pl.DataFrame:
    people = world.staff.people.select(
        "principal_id", "name", "department", "title", "manager_id", "enabled", "last_sign_in"
    ).with_columns(pl.lit("user").alias("kind"))
    groups = world.lake.entitlements.filter(pl.col("group_id").is_not_null()).select(
        pl.col("group_id").alias("principal_id"),
        (pl.lit("grp-lake-") + pl.col("entitlement").str.to_lowercase()).alias("name"),
    )
    teams = world.staff.teams.select(
        pl.col("group_id").alias("principal_id"),
        (pl.lit("grp-team-") + pl.col("team_name").str.to_lowercase().str.replace_all(" ", "-")).alias("name"),
    )
    every = pl.concat([groups, teams])
    managed = pick(
        rng, ("entra", "ad_sync", "dynamic", "access_package"), every.height, weights=(0.88, 0.08, 0.02, 0.02)
    )
    every = every.with_columns(pl.lit("group").alias("kind"), managed.alias("managed_by"))
    return pl.concat([people, every, world.services.principals], how="diagonal").sort("principal_id")


def _memberships(rng: Rng, world: World) -> pl.DataFrame:
    groups = world.lake.entitlements.filter(pl.col("group_id").is_not_null()).select("ent", "group_id")
    held = world.holdings.held.filter(~pl.col("nested")).join(groups, on="ent", maintain_order="left")
    left = world.holdings.missing.filter(pl.col("trace").is_in(["lapsed", "eligible"])).join(
        groups, on="ent", maintain_order="left"
    )
    today = world.settings.today
    member = pl.col("principal_id").alias("member_id")
    direct = world.named(held).select("group_id", member)
    lapsed = world.named(left).select(
        "group_id",
        member,
        pl.when(pl.col("trace") == "eligible").then(pl.lit("eligible")).alias("state"),
        pl.when(pl.col("trace") == "lapsed").then(before(today, rng.uniform(5, 300, left.height))).alias("expires_at"),
    )
    people = world.staff.people
    teams = world.staff.teams
    in_teams = people.select(teams["group_id"].gather(people["team"]), member)
    nested = (
        world.holdings.nested.join(groups, on="ent")
        .join(teams.select("team", pl.col("group_id").alias("member_id")), on="team")
        .select("group_id", "member_id")
    )
    first = world.lake.entitlements.filter(pl.col("enforcement") == "group")["group_id"][0]
    loop = world.services.named["legacy"]
    engineers = people.filter(pl.col("job") == WORDS.engineer)["principal_id"].head(3).to_list()
    extra = pl.DataFrame(
        [(first, loop), (loop, first), *((world.services.named["platform-team"], one) for one in engineers)],
        schema=["group_id", "member_id"],
        orient="row",
    )
    return pl.concat([direct, lapsed, in_teams, nested.sort("group_id", "member_id"), extra], how="diagonal").unique(
        ["group_id", "member_id"], keep="first", maintain_order=True
    )


def _entitlements(rng: Rng, world: World) -> pl.DataFrame:
    """The rows of the request system: approvals, and requests that were never granted or have ended."""
    held = world.holdings.held.filter(pl.col("approval") != "none").select(
        "person", "ent", pl.col("approval").alias("status")
    )
    asked = world.holdings.missing.filter(pl.col("trace").is_in(["pending", "unenforced", "lapsed"])).select(
        "person",
        "ent",
        pl.col("trace")
        .replace_strict({"pending": "pending", "unenforced": "approved", "lapsed": "expired"})
        .alias("status"),
    )
    rows = pl.concat([held, asked])
    count = rows.height
    pending = (rows["status"] == "pending").to_numpy()
    age = np.where(pending, rng.uniform(1, 40, count), rng.uniform(40, 1500, count))
    wait = np.minimum(rng.uniform(1, 25, count), age - 1)
    today = world.settings.today
    managers = pl.concat(
        [world.staff.people["manager_id"], pl.Series([None] * world.holdings.orphans.height, dtype=pl.String)]
    )
    ends = np.where((rows["status"] == "expired").to_numpy(), rng.uniform(1, 30, count), -rng.uniform(30, 700, count))
    dated = (rows["status"] == "expired").to_numpy() | (rng.random(count) < 0.06)
    return world.named(rows).select(
        "principal_id",
        "entitlement",
        "status",
        before(today, age).alias("requested_at"),
        pl.when(~pl.Series(pending)).then(before(today, age - wait)).alias("approved_at"),
        pl.when(~pl.Series(pending)).then(managers.gather(rows["person"])).alias("approver"),
        pl.when(pl.Series(dated & ~pending)).then(moments(today, ends)).alias("expires_at"),
    )


def _entitlement_containers(rng: Rng, world: World) -> pl.DataFrame:
    lake = world.lake
    names = lake.containers["container"]
    ents = lake.entitlements.filter(pl.col("enforcement") != "grants")
    # A glob can stand only for areas whose containers, and no others, begin with the area's code.
    wanted = max(1, round(world.settings.by_glob * ents.height))
    candidates = lake.areas.join(ents.select(pl.col("ent").alias("area")), on="area").filter(
        pl.col("convention") == "area"
    )
    globbed: list[int] = []
    for row in rng.permutation(candidates.height):
        if len(globbed) == wanted:
            break
        code = str(candidates["code"][int(row)]) + "-"
        if int(names.str.starts_with(code).sum()) == int(candidates["size"][int(row)]):
            globbed.append(int(candidates["area"][int(row)]))
    globs = candidates.filter(pl.col("area").is_in(globbed)).select(
        pl.col("area").alias("ent"), (pl.col("code") + "-*").alias("container")
    )
    rest = lake.opens.filter(~pl.col("ent").is_in(globbed))
    listed = rest.select("ent", names.gather(rest["index"]))
    return (
        pl.concat([globs, listed])
        .join(ents.select("ent", "entitlement", "access", "group_id"), on="ent")
        .select("entitlement", "container", "access", "group_id")
        .sort("entitlement", "container")
    )


def _grants(rng: Rng, world: World) -> pl.DataFrame:
    """Export person by person what has no group."""
    ents = world.lake.entitlements.filter(pl.col("enforcement") == "grants").select("ent", "entitlement", "access")
    held = world.holdings.held.join(ents, on="ent").sort("person", "ent")
    held = held.with_columns(before(world.settings.today, rng.uniform(30, 1500, held.height)).alias("granted_at"))
    rows = held.join(world.lake.opens, on="ent").sort("person", "ent", "index")
    return world.named(rows.drop("ent")).select(
        "principal_id", "container", "access", pl.lit("entitlement").alias("source"), "entitlement", "granted_at"
    )


def _stored_policies(rng: Rng, world: World) -> pl.DataFrame:
    """Put policies on the containers of a few areas: what was handed to vendors and to the migration."""
    containers = world.lake.containers.filter(~pl.col("empty"))
    wanted = max(1, round(world.settings.policies * world.settings.containers))
    order = rng.permutation(world.lake.areas.height)
    size = world.lake.areas["size"].to_numpy()[order]
    # Half of an area is enough: a source shared with a vendor is never shared whole.
    last = int(np.searchsorted(np.cumsum(np.ceil(size / 2)), wanted)) + 1
    chosen = containers.filter(pl.col("area").is_in(order[:last].tolist()))
    rows = np.sort(rng.choice(chosen.height, min(wanted, chosen.height), replace=False))
    touched = chosen[rows]
    kind = touched["area"].to_numpy() % len(POLICIES)
    today: datetime = world.settings.today
    return pl.DataFrame(
        {
            "container": touched["container"],
            "policy": [POLICIES[k][0] for k in kind],
            "permissions": [POLICIES[k][1] for k in kind],
            "starts_at": [today - timedelta(days=POLICIES[k][2] // 2) for k in kind],
            "expires_at": [today + timedelta(days=POLICIES[k][2]) for k in kind],
        }
    ).sort("container", "policy")
