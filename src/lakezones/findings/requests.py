"""Findings about entitlements, and what requesting them costs: before and, after propose, with roles.

In: approvals, what entitlements open and the groups behind them. Out: findings where approval and enforcement differ,
and the burden of requests.
"""

from typing import Any

import polars as pl

from lakezones.findings.context import FindingContext, total
from lakezones.findings.registry import finding
from lakezones.model.words import counted_column


def enforcing(context: FindingContext) -> pl.DataFrame:
    """Groups that enforce entitlements: entitlement, group_id; empty where enforcement was not scanned."""
    facts = context.facts
    scanned = facts.assessed("memberships") and (facts.assessed("acls") or facts.assessed("role_assignments"))
    named = facts.table("entitlement_containers").select("entitlement", "group_id").drop_nulls().unique()
    return named if scanned else named.clear()


@finding(
    "approved-not-enforced",
    "medium",
    title="Approved for an entitlement, not in the group that enforces it",
    action="Add the person to the group, or close the approval: the two systems have drifted apart.",
    needs=("entitlements", "entitlement_containers", "memberships"),
)
def approved_not_enforced(context: FindingContext) -> pl.DataFrame:
    """Approvals without effect."""
    wanted = context.approvals.join(enforcing(context), on="entitlement")
    present = context.audiences.members_of(enforcing(context)["group_id"])
    missing = wanted.join(present, on=["group_id", "principal_id"], how="anti")
    return _by_entitlement(context, missing, "{} of people who are not in its group{}", "approval")


@finding(
    "enforced-not-approved",
    "high",
    title="In the group of an entitlement without an approval",
    action="Have the access approved, or remove the membership.",
    needs=("entitlements", "entitlement_containers", "memberships"),
)
def enforced_not_approved(context: FindingContext) -> pl.DataFrame:
    """Members whom nobody approved."""
    named = enforcing(context)
    present = context.audiences.members_of(named["group_id"]).join(named, on="group_id")
    strange = present.join(context.approvals, on=["entitlement", "principal_id"], how="anti")
    return _by_entitlement(context, strange, "{} of its group without an approval{}", "member")


def _by_entitlement(context: FindingContext, rows: pl.DataFrame, evidence: str, noun: str) -> pl.DataFrame:
    names = context.principals.select("principal_id", "name")
    shown = pl.coalesce("name", "principal_id")
    return (
        rows.select("entitlement", "principal_id")
        .unique()
        .join(names, on="principal_id", how="left")
        .group_by("entitlement")
        .agg(affected=pl.len(), examples=context.some(shown))
        .select(
            *total("entitlement", "entitlement"),
            "affected",
            evidence=pl.format(evidence, counted_column(noun), "examples"),
        )
    )


@finding(
    "entitlement-without-effect",
    "medium",
    title="Entitlement whose group has no certain access to its containers",
    action="Grant the group on the containers, or take them out of the entitlement.",
    needs=("entitlement_containers", "memberships"),
)
def without_effect(context: FindingContext) -> pl.DataFrame:
    """Entitlements that a group is said to enforce and that open nothing for certain."""
    opened = context.access.entitlement_classes.select("entitlement").unique()
    empty = enforcing(context).join(opened, on="entitlement", how="anti")
    people = context.approvals.group_by("entitlement").agg(affected=pl.len())
    return (
        empty.group_by("entitlement")
        .agg(groups=pl.col("group_id").sort().str.join(", "))
        .join(people, on="entitlement", how="left")
        .select(
            *total("entitlement", "entitlement"),
            pl.col("affected").fill_null(0),
            evidence=pl.format("its group {} has no certain access to what it names", "groups"),
        )
    )


def burden(context: FindingContext) -> dict[str, Any]:
    """Grants per person, requests per new joiner, and the waiting they cause: before, and with the proposed roles.

    Returns
    -------
    dict
        ``before`` and, where there is a proposal, ``after``: ``grants_per_person`` (requests a person holds, mean),
        ``requests_per_joiner`` (median over people who hold any), ``months_per_joiner`` (of waiting, when requests wait
        one after another), and ``spared`` (requests and months, over everybody). Months are null where approvals
        carry no times.
    """
    asked = context.access.requests.join(context.machines, on="principal_id", how="anti")
    people = max(asked["principal_id"].n_unique(), 1)
    per_person = asked.group_by("principal_id").agg(n=pl.len())["n"]
    wait = _months_of_waiting(context)
    before = _load(asked.height / people, float(per_person.median() or 0), wait)  # type: ignore[arg-type]
    if context.proposal is None:
        return {"wait_months": wait, "before": before}
    roles = context.proposal.role_members.group_by("principal_id").agg(roles=pl.len())
    covered = _covered(context, asked)
    left = asked.join(covered, on=["principal_id", "entitlement", "class_id"], how="anti")
    rest = left.group_by("principal_id").agg(rest=pl.len())
    each = (
        asked.select("principal_id")
        .unique()
        .join(roles, on="principal_id", how="left")
        .join(rest, on="principal_id", how="left")
        .select(n=pl.col("roles").fill_null(0) + pl.col("rest").fill_null(0))["n"]
    )
    after = _load(float(each.mean() or 0), float(each.median() or 0), wait)  # type: ignore[arg-type]
    spared = asked.height - int(each.sum())
    return {
        "wait_months": wait,
        "before": before,
        "after": after,
        "spared": {"requests": spared, "months": round(spared * wait, 1) if wait is not None else None},
    }


def _load(mean: float, median: float, wait: float | None) -> dict[str, float | None]:
    return {
        "grants_per_person": round(mean, 2),
        "requests_per_joiner": median,
        "months_per_joiner": round(median * wait, 1) if wait is not None else None,
    }


def _covered(context: FindingContext, asked: pl.DataFrame) -> pl.DataFrame:
    """Requests that the roles of their person give in full."""
    assert context.proposal is not None
    given = (
        context.proposal.role_members.join(context.proposal.role_classes, on="role_id")
        .group_by("principal_id", "class_id")
        .agg(given=pl.col("level").bitwise_or())
    )
    opened = context.access.entitlement_classes.select("entitlement", opens="class_id", level="level")
    held = context.people.select("principal_id", opens="class_id", held="level")
    named = asked.filter(pl.col("entitlement") != "").join(opened, on="entitlement")
    single = asked.filter(pl.col("entitlement") == "").with_columns(opens=pl.col("class_id"))
    single = single.join(held, on=["principal_id", "opens"], how="left").with_columns(level=pl.col("held").fill_null(0))
    columns = ["principal_id", "entitlement", "class_id", "opens", "level"]
    needed = pl.concat([named.select(columns), single.select(columns)]).join(
        given, left_on=["principal_id", "opens"], right_on=["principal_id", "class_id"], how="left"
    )
    whole = pl.col("given").fill_null(0) & pl.col("level") == pl.col("level")
    return needed.group_by("principal_id", "entitlement", "class_id").agg(whole.all().alias("ok")).filter("ok")


def _months_of_waiting(context: FindingContext) -> float | None:
    """Median months from request to approval; None where no approval carries both times."""
    waits = context.facts.table("entitlements").select(wait=pl.col("approved_at") - pl.col("requested_at"))["wait"]
    days = waits.drop_nulls().dt.total_seconds() / 86_400
    median = days.filter(days >= 0).median()
    return round(float(median) / 30.4375, 2) if median is not None else None  # type: ignore[arg-type]
