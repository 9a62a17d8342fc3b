"""Whether a plan does anything that no reviewer approved, read from the decisions themselves.

In: access, proposal, what steps act on, the roles that are approved. Out: violations, each with its step. The replay
sees who gains and who loses; this sees what is rearranged without anybody's word although nobody gains or loses: groups
made, memberships and grants taken away, entitlements closed, containers moved and deleted.
"""

from collections.abc import Collection

import polars as pl

from lakezones.model.frames import Access, Proposal
from lakezones.plan.steps import MOVES
from lakezones.verify.violations import Violation


def undecided(
    access: Access, proposal: Proposal, rows: pl.DataFrame, roles: Collection[str], ends: pl.DataFrame
) -> list[Violation]:
    """What steps do that nobody approved.

    Parameters
    ----------
    rows
        As `lakezones.verify.acts` gives them.
    roles
        Ids of the roles that are approved.
    ends
        class_id, principal_id, level: access that ends.
    """
    approved = pl.col("role_id").is_in(pl.Series(sorted(roles), dtype=pl.String).implode())
    others = proposal.roles.filter(~approved)["role_id"]
    waiting = proposal.role_classes.filter(~approved).select("class_id").unique()
    opened = proposal.role_classes.filter(approved).join(waiting, on="class_id", how="anti").select("class_id").unique()
    new = rows.filter(pl.col("approval").is_not_null())
    found = [
        _violations(
            rows.filter(pl.col("group").is_in(others.implode()) | pl.col("principal_id").is_in(others.implode())),
            "the role is approved",
            pl.coalesce("group", "principal_id"),
        ),
        _violations(_made_for_nobody(proposal.role_groups.filter(approved), rows, new, roles), "an approval needs it"),
        _violations(_taken(proposal, rows, new, approved, ends), "a role approved for the person replaces it"),
        _violations(_closed(access, rows, waiting), "every role that opens what it opens is approved", "entitlement"),
        _violations(_moved(access, rows, opened), "every role that opens it is approved, and one is", "container"),
    ]
    return [violation for some in found for violation in some]


def _made_for_nobody(
    nested: pl.DataFrame, rows: pl.DataFrame, new: pl.DataFrame, roles: Collection[str]
) -> pl.DataFrame:
    """Groups created for neither an approved role nor an approved suggestion."""
    wanted = pl.concat([nested["group_id"], new["group"].drop_nulls()])
    return rows.filter(
        pl.col("action") == "create_group",
        ~pl.col("group").is_in(wanted.implode()),
        ~pl.col("group").is_in(pl.Series(sorted(roles), dtype=pl.String).implode()),
    )


def _taken(
    proposal: Proposal, rows: pl.DataFrame, new: pl.DataFrame, approved: pl.Expr, ends: pl.DataFrame
) -> pl.DataFrame:
    """Memberships and grants taken from people who are in no approved role, join none, and whose access ends."""
    people = pl.concat(
        [
            proposal.role_members.filter(approved)["principal_id"],
            new["principal_id"].drop_nulls(),
            ends["principal_id"],
        ]
    )
    return rows.filter(
        pl.col("action").is_in(["remove_member", "revoke"]), ~pl.col("principal_id").is_in(people.unique().implode())
    )


def _closed(access: Access, rows: pl.DataFrame, waiting: pl.DataFrame) -> pl.DataFrame:
    """Entitlements closed although a role that is not approved opens what they open."""
    opening = pl.concat(
        frame.select("entitlement", "class_id") for frame in (access.entitlement_classes, access.class_grants)
    )
    needed = opening.join(waiting, on="class_id", how="semi").select("entitlement").unique()
    return rows.filter(pl.col("action") == "close_entitlement").join(needed, on="entitlement", how="semi")


def _moved(access: Access, rows: pl.DataFrame, opened: pl.DataFrame) -> pl.DataFrame:
    """Containers moved or deleted of classes that approved roles alone do not open."""
    may = access.container_classes.join(opened, on="class_id", how="semi")
    return rows.filter(pl.col("action").is_in(sorted(MOVES))).join(may, on="container", how="anti")


def _violations(
    rows: pl.DataFrame, expected: str, what: str | pl.Expr = pl.coalesce("principal_id", "group")
) -> list[Violation]:
    named = rows.select(
        "step_id", "principal_id", "container", (pl.col(what) if isinstance(what, str) else what).alias("what")
    )
    return [
        Violation(expected, f"nobody approved it: {thing}", step_id, principal, container)
        for step_id, principal, container, thing in named.unique().sort(pl.all(), nulls_last=True).iter_rows()
    ]
