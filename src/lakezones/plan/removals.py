"""What goes: memberships and direct grants of people that the end state gives another way.

In: facts, access, the decided target, who is given what by roles and exceptions alone. Out: edges and
grants to take away. Something goes only when all it gives is spare, so removals never lean on each other.
"""

from typing import Final

import polars as pl

from lakezones.model.frames import Access, Facts, Target
from lakezones.plan.groups import allowed, unwritable_groups
from lakezones.plan.unseen import routes_unseen

UNENFORCED = ["entitlement", "grant"]
"""Routes of direct grants that nothing but the entitlement itself records."""


def removable_memberships(
    edges: pl.DataFrame,
    target: Target,
    above: pl.DataFrame,
    grants: pl.DataFrame,
    replacing: pl.DataFrame,
    spare: pl.DataFrame,
    protected: pl.Series,
    facts: Facts,
) -> pl.DataFrame:
    """Memberships of people in groups that carry containers, where nothing is lost without them.

    A group above that the person still reaches through a role takes nothing away. Any other must carry data access on
    containers alone, and all of it spare: what is conditional, eligible or wider than a container has no replacement.
    """
    today = grants.filter(~pl.col("new"))
    enforcing = facts.table("entitlement_containers")["group_id"].drop_nulls()
    carrying = pl.concat([today.filter("is_group", "plain")["grantee_id"], enforcing]).unique()
    concerned = pl.concat(
        [target.members["principal_id"], target.exceptions["principal_id"], target.drops["principal_id"]]
    ).unique()
    candidates = edges.filter(
        pl.col("group_id").is_in(carrying.implode()),
        pl.col("member_id").is_in(concerned.implode()),
        ~pl.col("member_id").is_in(protected.implode()),
        ~pl.col("group_id").is_in(unwritable_groups(facts).implode()),
    )
    lost = (
        candidates.join(above, on="group_id")
        .join(replacing, left_on=["member_id", "above"], right_on=["principal_id", "above"], how="anti")
        .join(grants, left_on="above", right_on="grantee_id")
        .join(
            spare.rename({"level": "spare"}),
            left_on=["class_id", "member_id"],
            right_on=["class_id", "principal_id"],
            how="left",
        )
        .filter(~pl.col("plain") | ((pl.col("level") & ~pl.col("spare").fill_null(0)) != 0))
        .select("group_id", "member_id")
        .unique()
    )
    return candidates.join(lost, on=["group_id", "member_id"], how="anti")


def removable_grants(access: Access, spare: pl.DataFrame, protected: pl.Series, facts: Facts) -> pl.DataFrame:
    """Direct grants to people that roles or exceptions give in full: class_id, principal_id, kind, entitlement."""
    direct = (
        allowed(access)
        .filter(
            pl.col("scope_kind") == "container",
            pl.col("route").cast(pl.String).is_in(["assignment", "acl", *UNENFORCED]),
            ~pl.col("grantee_id").is_in(protected.implode()),
        )
        .select(
            "class_id",
            pl.col("grantee_id").alias("principal_id"),
            pl.col("route")
            .cast(pl.String)
            .replace_strict(
                {"assignment": "assignment", "acl": "acl_entry", "entitlement": "entitlement", "grant": "entitlement"}
            )
            .alias("kind"),
            pl.when(pl.col("route").cast(pl.String).is_in(UNENFORCED))
            .then("entitlement")
            .otherwise(pl.lit(""))
            .alias("entitlement"),
            "level",
            (pl.col("lane") == "data").alias("data"),
        )
    )
    # What is revoked goes as a whole, with all lanes it gives: an ACL entry, and the assignments of a person on a
    # container, of which one may carry control or await activation beside another that carries data.
    uncovered = (
        direct.join(spare.rename({"level": "spare"}), on=["class_id", "principal_id"], how="left")
        .filter(~pl.col("data") | ((pl.col("level") & ~pl.col("spare").fill_null(0)) != 0))
        .select("class_id", "principal_id", "kind", "entitlement")
    )
    keys = ["class_id", "principal_id", "kind", "entitlement"]
    removable = direct.select(keys).unique().join(uncovered, on=keys, how="anti")
    owners = _owners(facts, access)
    return removable.join(
        owners.with_columns(pl.lit("acl_entry").alias("kind")), on=["class_id", "principal_id", "kind"], how="anti"
    ).sort(keys)


def late_removals(
    removals: pl.DataFrame,
    now: pl.DataFrame,
    revokes: pl.DataFrame,
    granted: pl.DataFrame,
    dated: pl.DataFrame,
    above: pl.DataFrame,
    grants: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Memberships and direct grants that may go only from a later day, with ``effective``.

    Parameters
    ----------
    removals, revokes
        All that go in the end; ``now`` and ``granted`` those of them that need not wait.
    dated
        Drops that may not be carried out before a day.
    above, grants
        Groups with those they are nested in, and what each is granted.

    Returns
    -------
    memberships, direct
        group_id, member_id, effective; columns of `revokes` with effective. Of several days the last counts.
    """
    late = removals.join(now, on=["group_id", "member_id"], how="anti")
    days = dated.select("class_id", "principal_id", "effective")
    memberships = (
        late.join(above, on="group_id")
        .join(grants.select("class_id", above="grantee_id"), on="above")
        .join(days, left_on=["class_id", "member_id"], right_on=["class_id", "principal_id"])
        .group_by("group_id", "member_id")
        .agg(pl.col("effective").max())
    )
    direct = revokes.join(granted, on=granted.columns, how="anti").join(days, on=["class_id", "principal_id"])
    return memberships.sort("group_id", "member_id"), direct.sort(revokes.columns)


def lasting(target: Target, members: pl.DataFrame, exceptions: pl.DataFrame) -> pl.DataFrame:
    """Memberships that the end state itself consists of, or that the residual says stay."""
    return pl.concat(
        [
            members,
            exceptions,
            target.members.select(pl.col("role_id").alias("group_id"), pl.col("principal_id").alias("member_id")),
            target.exceptions.select("group_id", pl.col("principal_id").alias("member_id")),
            target.kept.select("group_id", pl.col("principal_id").alias("member_id")),
        ]
    ).unique()


JOINT: Final = "entries of several ACLs give it only together: take the entries away by hand"
SHARED: Final = "a membership gives it that also gives what is not dropped"
BY_ROLE: Final = "another role that was approved gives it: leave the person out of that as well"
HIDDEN: Final = "a membership gives it of a group that may open what was not scanned"


def blocked_drops(
    ends: pl.DataFrame,
    moved: pl.DataFrame,
    drops: pl.DataFrame,
    kept: pl.DataFrame,
    edges: pl.DataFrame,
    above: pl.DataFrame,
    facts: Facts,
    roles: pl.Series,
) -> pl.DataFrame:
    """What is to end and the end state still gives, with the reason why it cannot go.

    Parameters
    ----------
    ends
        class_id, principal_id, level held in the end at the source; ``moved`` likewise at the target.
    drops
        The same, of what is dropped.
    kept
        Grants of the end state.
    edges
        Memberships of the end state: group_id, member_id.
    above
        group_id, above: groups with those they are nested in.
    roles
        Ids of the roles that are carried out.

    Returns
    -------
    polars.DataFrame
        class_id, principal_id, level, reason, follows (whether a container that moves takes it along).
    """
    cell = ["class_id", "principal_id"]
    blocked = (
        ends.join(drops, on=["class_id", "principal_id"], suffix="_dropped")
        .with_columns(pl.col("level") & pl.col("level_dropped"))
        .filter(pl.col("level") != 0)
        .select("class_id", "principal_id", "level")
    )
    direct = edges.join(blocked.select(member_id="principal_id").unique(), on="member_id", how="semi")
    reached = direct.join(above, on="group_id").select(
        principal_id="member_id",
        grantee_id="above",
        unwritable=pl.col("group_id").is_in(unwritable_groups(facts).implode()),
        by_role=pl.col("group_id").is_in(roles.implode()),
    )
    nothing = pl.lit(None, pl.Boolean)
    own = blocked.select("principal_id", grantee_id="principal_id", unwritable=nothing, by_role=nothing).unique()
    ways = (
        blocked.join(pl.concat([reached, own]), on="principal_id")
        .join(
            kept.filter("data").select("class_id", "grantee_id", "plain", given="level"), on=["class_id", "grantee_id"]
        )
        .filter((pl.col("level") & pl.col("given")) != 0)
    )
    reason = (
        pl.when((~pl.col("plain")).any())
        .then(pl.lit("an assignment above the container gives it"))
        .when(pl.col("by_role").any())
        .then(pl.lit(BY_ROLE))
        .when((pl.col("plain") & pl.col("unwritable")).any())
        .then(pl.lit("a group gives it whose members a rule or Active Directory decides: take the person out there"))
        .when(pl.col("unwritable").is_not_null().any())
        .then(pl.lit(HIDDEN if routes_unseen(facts) else SHARED))
        .otherwise(pl.lit("a grant of the person's own gives it that also gives what is not dropped"))
    )
    why = ways.group_by("class_id", "principal_id").agg(reason.alias("reason"))
    return (
        blocked.join(why, on=cell, how="left")
        .with_columns(pl.col("reason").fill_null(pl.lit(JOINT)))
        .join(moved.select(*cell, at_target="level"), on=cell, how="left")
        .with_columns(follows=(pl.col("level") & pl.col("at_target").fill_null(0)) != 0)
        .select(*cell, "level", "reason", "follows")
        .sort(cell)
    )


def _owners(facts: Facts, access: Access) -> pl.DataFrame:
    """People who own a path of a class: an owner's access is not an entry that could be removed."""
    return (
        facts.table("acls")
        .drop_nulls("owner")
        .join(access.container_classes, on="container")
        .select("class_id", pl.col("owner").alias("principal_id"))
        .unique()
    )
