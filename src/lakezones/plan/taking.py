"""What is taken away: memberships and direct grants that roles replace, or that end on a day.

In: removals and revokes of the end state. Out: their items, and steps in a `PlanWriter`.
"""

from collections.abc import Mapping
from functools import partial

import polars as pl

from lakezones.access.parsed import active_grants, on_containers
from lakezones.model.frames import Access, Facts
from lakezones.plan.groups import allowed
from lakezones.plan.writer import NOTHING, Add, PlanWriter


def write_later(
    plan: PlanWriter, memberships: pl.DataFrame, grants: pl.DataFrame, *, wave: int, after: list[str]
) -> list[str]:
    """What ends on a day after the plan starts, day by day, in a wave of its own; the gate that closes it.

    Nothing else waits for it. The list is empty where nothing ends later.

    Parameters
    ----------
    memberships, grants
        group_id, member_id, effective; and columns of `revoke_items` with effective.
    """
    days = pl.concat([memberships["effective"], grants["effective"]]).unique().sort()
    add = partial(plan.add, wave=wave)
    done: list[str] = []
    for day in days:
        seen = add(
            "verify_access",
            f"c-verify-{day}",
            depends_on=after,
            not_before=day,
            check="scan again: nobody relies on what ends on this day but by what ends",
            rollback=NOTHING,
        )
        now = {"removals": memberships.filter(effective=day), "revokes": grants.filter(effective=day)}
        done += write_removals(partial(add, not_before=day), now, seen, suffix=f"-{day}", phase="c")
    if not done:
        return []
    return plan.gate(
        "c-gate-ended",
        wave=wave,
        depends_on=done,
        check="scan again: access has ended for those, and for nobody else",
    )


def write_removals(
    add: Add, now: Mapping[str, pl.DataFrame], after: list[str], *, phase: str = "a", suffix: str = ""
) -> list[str]:
    """Personal memberships and direct grants that roles and exceptions replace, or that end."""
    removals = now["removals"].sort("group_id", "member_id")
    steps = add(
        "remove_member",
        f"{phase}-remove-personal-memberships{suffix}",
        depends_on=after,
        items=removals.select(group="group_id", principal_id="member_id"),
        object_kind="membership",
        before={"member": True},
        after={"member": False},
        check="none of these is a direct member any more; access is as before",
        rollback="add exactly these memberships again",
        people=removals["member_id"].n_unique(),
    )
    columns = ["principal_id", "entitlement", "container", "object_id"]
    for (kind,), batch in sorted(now["revokes"].partition_by("kind", as_dict=True).items()):
        steps += add(
            "revoke",
            f"{phase}-revoke-{str(kind).replace('_', '-')}{suffix}",
            depends_on=after,
            items=batch.select(columns).sort(columns),
            object_kind=kind,
            before={"granted": True},
            after={"granted": False},
            check="none of these grants is listed any more; access is as before",
            rollback="grant exactly these again, as the snapshot has them",
            people=batch["principal_id"].n_unique(),
        )
    return steps


def late_grants(facts: Facts, access: Access, late: pl.DataFrame) -> pl.DataFrame:
    """Direct grants that may go only from a later day, by container: columns of `revoke_items` with effective."""
    frames = [
        revoke_items(facts, access, rows.drop("effective").with_columns(wave=pl.lit(0, pl.Int64))).with_columns(
            effective=pl.lit(day, pl.Date)
        )
        for (day,), rows in sorted(late.partition_by("effective", as_dict=True).items())
    ]
    none = revoke_items(facts, access, late.drop("effective").with_columns(wave=pl.lit(0, pl.Int64)).clear())
    return pl.concat([none.with_columns(effective=pl.lit(None, pl.Date)), *frames])


def revoke_items(facts: Facts, access: Access, revokes: pl.DataFrame) -> pl.DataFrame:
    """Revokes by container; an entitlement that goes from a person as a whole is one item."""
    columns = {
        "principal_id": pl.String,
        "container": pl.String,
        "entitlement": pl.String,
        "object_id": pl.String,
        "kind": pl.String,
        "wave": pl.Int64,
    }
    located = revokes.join(access.container_classes, on="class_id")
    acl = located.filter(kind="acl_entry")
    assigned = located.filter(kind="assignment").join(
        assignments_on_containers(facts), on=["principal_id", "container"]
    )
    direct = allowed(access).filter(
        pl.col("lane") == "data", pl.col("route").cast(pl.String).is_in(["entitlement", "grant"])
    )
    all_classes = direct.group_by(pl.col("grantee_id").alias("principal_id"), "entitlement").agg(
        pl.col("class_id").n_unique().alias("classes")
    )
    under = revokes.filter(kind="entitlement")
    whole = (
        under.filter(pl.col("entitlement") != "")
        .group_by("principal_id", "entitlement")
        .agg(pl.col("class_id").n_unique().alias("revoked"), pl.col("wave").max(), pl.col("kind").first())
        .join(all_classes, on=["principal_id", "entitlement"])
        .filter(pl.col("revoked") == pl.col("classes"))
    )
    single = (
        located.filter(kind="entitlement")
        .join(whole, on=["principal_id", "entitlement"], how="anti")
        .with_columns(pl.col("entitlement").replace("", None))
    )
    frames = [acl.drop("entitlement"), assigned.drop("entitlement"), whole, single]
    items = pl.concat(frames, how="diagonal").with_columns(
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in columns.items()
        if not any(name in frame.columns for frame in frames)
    )
    return items.select(columns.keys()).unique()


def assignments_on_containers(facts: Facts) -> pl.DataFrame:
    """Plain active role assignments made at a container: principal_id, container, object_id (grant id)."""
    plain = active_grants(facts).filter(~pl.col("conditional"))
    located = on_containers(plain, facts.table("containers")["container"])
    return located.select("principal_id", "container", object_id="grant_id").unique()
