"""The state a plan ends in: what roles and exceptions give, and which memberships and grants that makes superfluous.

In: facts, access and the decided target. Out: `EndState`: memberships and grants to add and to take
away, and what has to be granted at the target of each class. A membership or a direct grant goes only when roles and
exceptions alone give everything it gave, so removals never lean on each other.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from lakezones.access.membership import active_edges, group_ids
from lakezones.access.parsed import classes_bound_by_name
from lakezones.model.frames import Access, Facts, Target
from lakezones.plan.groups import (
    allowed,
    groups_above,
    machines,
    reach,
)
from lakezones.plan.removals import blocked_drops, lasting, late_removals, removable_grants, removable_memberships
from lakezones.plan.unseen import routes_unseen


@dataclass(frozen=True, kw_only=True)
class EndState:
    """What changes, and what the target needs.

    Attributes
    ----------
    new_groups
        group_id, name: resource groups to create. ``new_roles`` likewise for role groups, with description.
    source_grants
        group_id, class_id, level: what resource groups need on source containers and do not have.
    nestings, members, exceptions
        group_id, member_id: edges to add.
    removals
        group_id, member_id: personal memberships to take away.
    later
        The same as `removals` and as `revokes`, with ``effective``: what may go only from a day after the plan starts.
    withheld
        group_id, member_id: those that would be, if it were known all that their group opens.
    revokes
        class_id, principal_id, kind (assignment, acl_entry, entitlement), entitlement: direct grants to take away.
    targets
        class_id, grantee_id, level, is_group, resource: what a container of the class needs where it moves to;
        `resource` marks the resource groups, as opposed to grants that are kept.
    above
        group_id, above: groups with the groups they are nested in, in the end state.
    held
        class_id, reason: classes whose containers cannot move.
    drops_blocked
        class_id, principal_id, level, reason, follows (whether a container that moves takes it along): drops of a
        policy that cannot be carried out.
    """

    new_groups: pl.DataFrame
    new_roles: pl.DataFrame
    source_grants: pl.DataFrame
    nestings: pl.DataFrame
    members: pl.DataFrame
    exceptions: pl.DataFrame
    removals: pl.DataFrame
    later: tuple[pl.DataFrame, pl.DataFrame]
    withheld: pl.DataFrame
    revokes: pl.DataFrame
    targets: pl.DataFrame
    above: pl.DataFrame
    held: pl.DataFrame
    drops_blocked: pl.DataFrame


LATER: Final = "access ends there on a later day, and nothing moves before: plan again then"


def end_state(facts: Facts, access: Access, target: Target, *, start: date | None = None) -> EndState:
    """Work out the end state of a plan.

    Parameters
    ----------
    start
        First day of the plan: what ends later is taken away later, and containers on which it does stay until then.
    """
    edges = active_edges(facts)
    existing = group_ids(facts)
    groups = pl.concat([existing, target.groups["group_id"], target.roles["role_id"]]).unique().sort()
    nestings = _new_edges(target.nestings, "role_id", edges)
    members = _new_edges(
        target.members.select(pl.col("role_id").alias("group_id"), "principal_id"), "principal_id", edges
    )
    exceptions = _new_edges(target.exceptions, "principal_id", edges)
    extended = pl.concat([edges, nestings, members, exceptions]).unique()
    above = groups_above(extended, groups)

    grants = _grants(access, target, groups)
    replacing = _replacing(target, above)
    given = _bits_by_person(replacing, grants.filter("plain"))
    spare = _add(given, target.drops)  # what may go: given another way, or dropped on purpose
    joint = _held_jointly(access, grants, reach(edges, groups))
    protected = pl.concat([machines(facts), existing, joint["principal_id"]]).unique()

    removals = removable_memberships(edges, target, above, grants, replacing, spare, protected, facts)
    removals = removals.join(lasting(target, members, exceptions), on=["group_id", "member_id"], how="anti")
    hidden = routes_unseen(facts)
    withheld, removals = (removals, removals.clear()) if hidden else (removals.clear(), removals)
    revokes = removable_grants(access, spare, protected, facts)
    dated = target.drops.filter(pl.col("effective") > (start or date.max))
    if dated.height:
        # What would stay if all that ends later did not end goes now; the rest goes on its day.
        early = _add(given, target.drops.join(dated, on=["class_id", "principal_id"], how="anti"))
        now = removable_memberships(edges, target, above, grants, replacing, early, protected, facts)
        granted = removable_grants(access, early, protected, facts)
    else:
        now, granted = removals, revokes
    later = late_removals(removals, now, revokes, granted, dated, above, grants)

    final_edges = extended.join(removals, on=["group_id", "member_id"], how="anti")
    final = reach(final_edges, groups)
    kept = _kept_grants(grants, revokes)
    targets = _targets(kept, target, final, spare=target.drops)
    ends = _bits_by_person(final, kept.filter("data", "is_group"), kept.filter("data", ~pl.col("is_group")))
    at_target = targets.select("class_id", "grantee_id", "level", "is_group")
    wide = kept.filter("data", ~pl.col("plain")).select(at_target.columns)
    there = pl.concat([at_target, wide])
    moved = _bits_by_person(final, there.filter("is_group"), there.filter(~pl.col("is_group")))
    return EndState(
        new_groups=target.groups.select("group_id", "name")
        .unique("group_id")
        .filter(~pl.col("group_id").is_in(existing.implode()))
        .sort("group_id"),
        new_roles=target.roles.select(pl.col("role_id").alias("group_id"), "name", description="purpose")
        .filter(~pl.col("group_id").is_in(existing.implode()))
        .sort("group_id"),
        source_grants=_missing_grants(grants, target),
        nestings=nestings,
        members=members,
        exceptions=exceptions,
        removals=removals.join(now, on=["group_id", "member_id"], how="semi").sort("group_id", "member_id"),
        later=later,
        withheld=withheld.sort("group_id", "member_id"),
        revokes=revokes.join(granted, on=granted.columns, how="semi"),
        targets=targets,
        above=above,
        held=_held(facts, access, grants, targets, reach(edges, groups), dated),
        drops_blocked=blocked_drops(
            _add(ends, joint), moved, target.drops, kept, final_edges, above, facts, target.roles["role_id"]
        ),
    )


def _held_jointly(access: Access, grants: pl.DataFrame, today: pl.DataFrame) -> pl.DataFrame:
    """What people hold beyond what their grants give one by one: by ACL entries that open a path only together.

    Such access rests on each of their memberships and grants, so none of these may go, and it stays.
    Columns class_id, principal_id, level.
    """
    more = pl.col("effective").fill_null(0) & ~pl.col("level").fill_null(0)
    found = _given_and_found(access, grants, today).select("class_id", "principal_id", level=more)
    return found.filter(pl.col("level") != 0)


def _new_edges(frame: pl.DataFrame, member: str, edges: pl.DataFrame) -> pl.DataFrame:
    """Edges of group_id and `member` that do not exist yet."""
    return (
        frame.select("group_id", pl.col(member).alias("member_id"))
        .unique()
        .join(edges, on=["group_id", "member_id"], how="anti")
        .sort("group_id", "member_id")
    )


def _grants(access: Access, target: Target, groups: pl.Series) -> pl.DataFrame:
    """Grants of every class, today's and those of resource groups.

    Columns class_id, grantee_id, route, entitlement, level, lane, is_group, data, plain (data lane on the container
    itself), new (given by the plan).
    """
    today = allowed(access).select(
        "class_id",
        "grantee_id",
        pl.col("route").cast(pl.String),
        "entitlement",
        "level",
        pl.col("lane").cast(pl.String),
        (pl.col("scope_kind") == "container").alias("local"),
        pl.lit(False).alias("new"),
    )
    planned = target.groups.select(
        "class_id",
        pl.col("group_id").alias("grantee_id"),
        pl.lit("acl").alias("route"),
        pl.lit("").alias("entitlement"),
        "level",
        pl.lit("data").alias("lane"),
        pl.lit(True).alias("local"),
        pl.lit(True).alias("new"),
    )
    data = pl.col("lane") == "data"
    return pl.concat([today, planned]).with_columns(
        pl.col("grantee_id").is_in(groups.implode()).alias("is_group"),
        data.alias("data"),
        (data & pl.col("local")).alias("plain"),
    )


def _replacing(target: Target, above: pl.DataFrame) -> pl.DataFrame:
    """Groups that people reach through roles and exceptions alone: principal_id, above."""
    through_roles = target.members.join(above, left_on="role_id", right_on="group_id")
    through_exceptions = target.exceptions.join(above, on="group_id")
    return pl.concat(
        [through_roles.select("principal_id", "above"), through_exceptions.select("principal_id", "above")]
    ).unique()


def _bits_by_person(reached: pl.DataFrame, grants: pl.DataFrame, direct: pl.DataFrame | None = None) -> pl.DataFrame:
    """class_id, principal_id, level given by the groups reached (and by direct grants)."""
    rows = reached.join(
        grants.select("class_id", pl.col("grantee_id").alias("above"), "level").unique(), on="above"
    ).select("class_id", "principal_id", "level")
    if direct is not None:
        rows = pl.concat([rows, direct.select("class_id", pl.col("grantee_id").alias("principal_id"), "level")])
    return rows.group_by("class_id", "principal_id").agg(pl.col("level").bitwise_or())


def _add(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Union of two frames of class_id, principal_id, level."""
    both = pl.concat([left, right.select(left.columns)])
    return both.group_by("class_id", "principal_id").agg(pl.col("level").bitwise_or())


def _kept_grants(grants: pl.DataFrame, revokes: pl.DataFrame) -> pl.DataFrame:
    """Grants of the end state at the source."""
    kinds = {"assignment": "assignment", "acl": "acl_entry", "entitlement": "entitlement", "grant": "entitlement"}
    kind = pl.col("route").replace_strict(kinds, default="", return_dtype=pl.String)
    return (
        grants.with_columns(
            kind.alias("kind"),
            pl.when(kind == "entitlement").then("entitlement").otherwise(pl.lit("")).alias("under"),
        )
        .join(
            revokes.with_columns(pl.lit(True).alias("plain")),
            left_on=["class_id", "grantee_id", "kind", "under", "plain"],
            right_on=["class_id", "principal_id", "kind", "entitlement", "plain"],
            how="anti",
        )
        .drop("kind", "under")
    )


def _missing_grants(grants: pl.DataFrame, target: Target) -> pl.DataFrame:
    """Levels that resource groups are to carry on source containers and do not carry today."""
    today = (
        grants.filter("plain", ~pl.col("new"))
        .group_by("class_id", "grantee_id")
        .agg(pl.col("level").bitwise_or().alias("today"))
    )
    return (
        target.groups.select("group_id", "class_id", "level")
        .join(today, left_on=["class_id", "group_id"], right_on=["class_id", "grantee_id"], how="left")
        .filter((pl.col("level") & ~pl.col("today").fill_null(0)) != 0)
        .select("group_id", "class_id", "level")
        .sort("group_id", "class_id")
    )


def _targets(kept: pl.DataFrame, target: Target, final: pl.DataFrame, *, spare: pl.DataFrame) -> pl.DataFrame:
    """Grants a container of each class needs where it moves to.

    Its resource groups, and of the other grants those that give somebody more than the resource groups do.
    """
    local = (
        kept.filter("plain")
        .group_by("class_id", "grantee_id", "is_group")
        .agg(pl.col("level").bitwise_or())
        .sort("class_id", "grantee_id")
    )
    keys = target.groups.select("class_id", pl.col("group_id").alias("grantee_id")).unique()
    resource = local.join(keys, on=["class_id", "grantee_id"], how="semi")
    others = local.join(keys, on=["class_id", "grantee_id"], how="anti")
    covered = _add(_bits_by_person(final, resource), spare)
    holders = pl.concat(
        [
            others.filter("is_group").join(final, left_on="grantee_id", right_on="above"),
            others.filter(~pl.col("is_group")).with_columns(pl.col("grantee_id").alias("principal_id")),
        ],
        how="diagonal",
    )
    needed = (
        holders.join(covered.rename({"level": "covered"}), on=["class_id", "principal_id"], how="left")
        .filter((pl.col("level") & ~pl.col("covered").fill_null(0)) != 0)
        .select("class_id", "grantee_id")
        .unique()
    )
    return (
        pl.concat(
            [
                resource.with_columns(pl.lit(True).alias("resource")),
                others.join(needed, on=["class_id", "grantee_id"], how="semi").with_columns(
                    pl.lit(False).alias("resource")
                ),
            ]
        )
        .select("class_id", "grantee_id", "level", "is_group", "resource")
        .sort("class_id", "grantee_id")
    )


def _given_and_found(access: Access, grants: pl.DataFrame, today: pl.DataFrame) -> pl.DataFrame:
    """Data access by today's grants, one by one, beside what was found: class_id, principal_id, level, effective."""
    start = grants.filter("data", ~pl.col("new"))
    given = _bits_by_person(today, start.filter("is_group"), start.filter(~pl.col("is_group")))
    effective = access.class_access.filter(lane="data").select(
        "class_id", "principal_id", pl.col("level").alias("effective")
    )
    return given.join(effective, on=["class_id", "principal_id"], how="full", coalesce=True)


def _held(
    facts: Facts,
    access: Access,
    grants: pl.DataFrame,
    targets: pl.DataFrame,
    today: pl.DataFrame,
    dated: pl.DataFrame,
) -> pl.DataFrame:
    """Classes that cannot move, with the reason: the first that applies."""
    denied = (
        _given_and_found(access, grants, today)
        .filter(pl.col("level").fill_null(0) != pl.col("effective").fill_null(0))
        .select(
            "class_id", pl.lit("a deny or an exception at the source has no counterpart at the target").alias("reason")
        )
    )
    other = grants.filter("local", ~pl.col("data")).select(
        "class_id", pl.format("{} access has no counterpart at the target", pl.col("lane")).alias("reason")
    )
    odd = targets.filter(~pl.col("level").is_in([1, 3, 7])).select(
        "class_id", pl.lit("a level without a name cannot be granted again").alias("reason")
    )
    bound = classes_bound_by_name(facts, access.class_grants).with_columns(
        pl.lit("a condition on the container's name does not follow it").alias("reason")
    )
    waiting = dated.select("class_id", pl.lit(LATER).alias("reason"))
    rows = pl.concat([denied, other, odd, bound, waiting]).unique(maintain_order=True)
    return rows.unique("class_id", keep="first", maintain_order=True).sort("class_id")
