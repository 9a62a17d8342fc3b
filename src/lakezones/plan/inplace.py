"""Phase A: roles and resource groups come into being beside the grants of today, then what they replace goes.

In: the end state, the schedule and facts. Out: steps of one wave in a `PlanWriter`. No data moves; everything can be
undone in minutes. Grants before revokes: a gate with a wait and a check of access lie between them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import polars as pl

from lakezones.model.frames import Access, Facts, Target
from lakezones.model.levels import level_label
from lakezones.plan.endstate import EndState
from lakezones.plan.groups import allowed
from lakezones.plan.taking import late_grants, revoke_items, write_removals
from lakezones.plan.waves import Schedule
from lakezones.plan.writer import NOTHING, Add, PlanWriter

ROLES: dict[str, str] = {
    "read": "Storage Blob Data Reader",
    "write": "Storage Blob Data Contributor",
    "manage": "Storage Blob Data Owner",
}
"""Built-in role of a role assignment, by access."""


@dataclass(frozen=True, kw_only=True)
class InPlace:
    """Everything phase A does, each row with its wave.

    Attributes
    ----------
    groups, roles
        group_id, name, wave.
    grants
        group, container, access, kind (acl_entry or assignment), wave.
    nestings, members, exceptions
        group_id, member_id, wave, approval, approved_by; the last two are null where nothing new is given.
    removals
        group_id, member_id, wave.
    revokes
        principal_id, container (null for all of an entitlement), entitlement, object_id, kind, wave.
    closed
        entitlement, wave.
    later
        Memberships (group_id, member_id, effective) and direct grants (columns of `revokes`, effective) that may go
        only from a day after the plan starts.
    """

    groups: pl.DataFrame
    roles: pl.DataFrame
    grants: pl.DataFrame
    nestings: pl.DataFrame
    members: pl.DataFrame
    exceptions: pl.DataFrame
    removals: pl.DataFrame
    revokes: pl.DataFrame
    closed: pl.DataFrame
    later: tuple[pl.DataFrame, pl.DataFrame]


def in_place(
    facts: Facts,
    access: Access,
    state: EndState,
    waves: Schedule,
    target: Target,
) -> InPlace:
    """Give every change of phase A its wave.

    A membership goes in the last wave of all classes that its group reaches, since before that something it gives may
    have no replacement yet. An entitlement on a class that some role would open which is not carried out stays open to
    requests.
    """
    by_group, by_class = waves.groups, waves.classes
    by_role = waves.roles.rename({"role_id": "group_id"})
    local = allowed(access).filter(scope_kind="container")
    reached = (
        state.above.join(local.select(pl.col("grantee_id").alias("above"), "class_id"), on="above")
        .join(by_class, on="class_id")
        .group_by("group_id")
        .agg(pl.col("wave").max())
    )
    removals = state.removals.join(reached, on="group_id")
    because = _approvals(target)
    unapproved = target.staying.filter("unapproved").select("class_id").unique()
    revokes = revoke_items(facts, access, state.revokes.join(by_class, on="class_id"))

    def joining(edges: pl.DataFrame, waves: pl.DataFrame) -> pl.DataFrame:
        return edges.join(waves, on="group_id").join(because, on=["group_id", "member_id"], how="left")

    return InPlace(
        groups=state.new_groups.join(by_group, on="group_id"),
        roles=state.new_roles.join(by_role, on="group_id"),
        grants=_source_grants(facts, access, state, by_class),
        nestings=joining(state.nestings, by_group),
        members=joining(state.members, by_role),
        exceptions=joining(state.exceptions, by_group),
        removals=removals,
        revokes=revokes,
        closed=_closed(facts, access, removals, revokes, unapproved),
        later=(state.later[0], late_grants(facts, access, state.later[1])),
    )


def _approvals(target: Target) -> pl.DataFrame:
    """Memberships made for approved suggestions: group_id, member_id, approval, approved_by."""
    pairs = [
        target.members.select("approvals", group_id="role_id", member_id="principal_id"),
        target.nestings.select("approvals", "group_id", member_id="role_id"),
        target.exceptions.select("approvals", "group_id", member_id="principal_id"),
    ]
    made = pl.concat(pairs).drop_nulls("approvals").unique(["group_id", "member_id"]).sort("group_id", "member_id")
    who = dict(target.approvals.select("suggestion_id", "approved_by").iter_rows())
    named = [sorted({one for suggestion in json.loads(text) for one in who[suggestion]}) for text in made["approvals"]]
    return made.select("group_id", "member_id", approval="approvals").with_columns(
        pl.Series("approved_by", named, pl.List(pl.String))
    )


def write_in_place(plan: PlanWriter, changes: InPlace, *, wave: int, domain: str | None, after: list[str]) -> list[str]:
    """Write phase A of one wave and return the id of the gate that closes it."""
    now = {name: rows.filter(wave=wave) for name, rows in vars(changes).items() if isinstance(rows, pl.DataFrame)}
    add = partial(plan.add, wave=wave, domain=domain)
    gate = partial(plan.gate, wave=wave, domain=domain)
    created = _write_groups(add, now, after)
    ready = created or after
    grants = now["grants"].sort("group", "container")
    added = write_grants(add, "a", grants, ready, checks=_GRANTED) + _write_memberships(add, now, ready)
    waited = gate(
        "a-gate-memberships",
        depends_on=[*after, *created, *added],
        wait_days=plan.settings.membership_wait_days,
        check="24 hours have passed since the last membership: tokens no longer carry older ones",
    )
    verified = add(
        "verify_access",
        "a-verify-new-routes",
        depends_on=waited,
        check="scan again, then `lakezones verify --against`: everyone has today's access by the new routes too",
        rollback=NOTHING,
    )
    removed = write_removals(add, now, verified)
    closing = add(
        "close_entitlement",
        "a-close-entitlements",
        depends_on=verified + removed,
        items=now["closed"].sort("entitlement").select("entitlement"),
        object_kind="entitlement",
        before={"requestable": True},
        after={"requestable": False},
        check="the entitlement can no longer be requested",
        rollback="open the entitlement to requests again",
    )
    return gate(
        "a-gate-in-place",
        depends_on=verified + removed + closing,
        check="scan again: access is as before; the domain owner signs phase A off",
    )


def _write_groups(add: Add, now: Mapping[str, pl.DataFrame], after: list[str]) -> list[str]:
    """Groups to create, those that carry containers and those of roles."""
    created = []
    nothing = pl.lit(None, pl.String)
    for name, table, said in (("resource", "groups", nothing), ("role", "roles", pl.col("description"))):
        created += add(
            "create_group",
            f"a-create-{name}-groups",
            depends_on=after,
            items=now[table].sort("group_id").select(group="group_id", object_id="name", description=said),
            before={"exists": False},
            after={"exists": True},
            check="each group exists, is a security group and has no members yet",
            rollback="delete the groups while they are empty",
        )
    return created


def write_grants(
    add: Add, phase: str, grants: pl.DataFrame, after: list[str], *, checks: Mapping[str, str]
) -> list[str]:
    """Grants of a wave, a step per kind and level; `grants` has both, and the columns of the items."""
    granted = []
    for (kind, level), batch in sorted(grants.partition_by("kind", "access", as_dict=True).items()):
        granted += add(
            "grant",
            f"{phase}-grant-{kind.replace('_', '-')}-{level}",
            depends_on=after,
            items=batch.drop("kind", "wave"),
            object_kind=kind,
            access=level,
            role=ROLES[level] if kind == "assignment" else None,
            before={"granted": False},
            after={"granted": True},
            check=checks[kind],
            rollback="remove exactly these grants",
        )
    return granted


def _write_memberships(add: Add, now: Mapping[str, pl.DataFrame], after: list[str]) -> list[str]:
    """Who joins which group; what gives somebody new access is a step of its own, with who approved it."""
    steps = []
    for table, plain, approved, what in (
        ("nestings", "a-nest-role-groups", "a-nest-approved", "role groups in resource groups"),
        ("members", "a-add-role-members", "a-add-approved-members", "people in role groups"),
        ("exceptions", "a-add-exceptions", "a-add-approved-exceptions", "people in resource groups, with an end date"),
    ):
        for name, new in ((plain, False), (approved, True)):
            items = now[table].filter(pl.col("approval").is_not_null() == new).sort("group_id", "member_id")
            who = sorted({one for some in items["approved_by"].drop_nulls() for one in some})
            check = f"{what}: direct members are exactly these and those before"
            steps += add(
                "add_member",
                name,
                depends_on=after,
                items=items.select("approval", group="group_id", principal_id="member_id"),
                object_kind="membership",
                before={"member": False},
                after={"member": True, "approved_by": who} if new else {"member": True},
                check=f"{check}; each gives new access that approvals.csv lists" if new else check,
                rollback="remove exactly these memberships",
                people=0 if table == "nestings" else items["member_id"].n_unique(),
            )
    return steps


_GRANTED: Final = {
    "assignment": "the role assignment is listed at the container; it can take 10 minutes to take effect",
    "acl_entry": "the entry is in the access ACL of every path and in the default ACL of every folder, within the mask",
}


def _source_grants(facts: Facts, access: Access, state: EndState, by_class: pl.DataFrame) -> pl.DataFrame:
    """Grants of resource groups on source containers; role assignments where there is no hierarchical namespace."""
    rows = (
        state.source_grants.join(by_class, on="class_id")
        .join(access.container_classes, on="class_id")
        .join(flat_containers(facts), on="container", how="left")
    )
    access_name = level_label()
    return rows.with_columns(
        access_name.alias("access"),
        pl.when(pl.col("flat").fill_null(False) | (pl.col("level") == 7))
        .then(pl.lit("assignment"))
        .otherwise(pl.lit("acl_entry"))
        .alias("kind"),
    ).select(pl.col("group_id").alias("group"), "container", "access", "kind", "wave")


def flat_containers(facts: Facts) -> pl.DataFrame:
    """Containers of accounts known to have no hierarchical namespace: container, flat."""
    accounts = facts.table("accounts").select("account", "hns")
    containers = facts.table("containers").select("container", "account")
    if accounts.height == 1:
        containers = containers.with_columns(pl.col("account").fill_null(accounts["account"][0]))
    return containers.join(accounts, on="account").select("container", (~pl.col("hns")).fill_null(False).alias("flat"))


def _closed(
    facts: Facts, access: Access, removals: pl.DataFrame, revokes: pl.DataFrame, unapproved: pl.DataFrame
) -> pl.DataFrame:
    """Entitlements that lose members or grants to roles, each in the last wave that takes any.

    One that opens what a role not approved would open stays open: nothing takes its place.
    """
    enforced = facts.table("entitlement_containers").select("entitlement", "group_id").drop_nulls().unique()
    taken = pl.concat(
        [
            enforced.join(removals, on="group_id").select("entitlement", "wave"),
            revokes.filter(kind="entitlement").drop_nulls("entitlement").select("entitlement", "wave"),
        ]
    )
    opening = pl.concat(
        frame.select("entitlement", "class_id") for frame in (access.entitlement_classes, access.class_grants)
    )
    waiting = opening.join(unapproved, on="class_id", how="semi").select("entitlement").unique()
    return taken.join(waiting, on="entitlement", how="anti").group_by("entitlement").agg(pl.col("wave").max())
