"""Whether a plan does anything that no reviewer approved, read from the decisions themselves.

In: access, proposal, what steps act on, what the review must end in. Out: violations, each with its step. The replay
sees who gains and who loses; this sees what is rearranged without anybody's word although nobody gains or loses: groups
made, people put into them, memberships and grants taken away, entitlements closed, containers moved and deleted.
"""

import hashlib
import json
from collections.abc import Mapping

import polars as pl

from lakezones.model.frames import Access, Proposal
from lakezones.plan.steps import MOVES
from lakezones.verify.outcome import ReviewOutcome
from lakezones.verify.violations import Violation


def undecided(access: Access, proposal: Proposal, rows: pl.DataFrame, ends: ReviewOutcome) -> list[Violation]:
    """What steps do that nobody approved.

    Parameters
    ----------
    rows
        As `lakezones.verify.acts` gives them.
    ends
        What the review must end in.
    """
    roles = pl.Series(sorted(ends.roles), dtype=pl.String)
    others = proposal.roles.filter(~pl.col("role_id").is_in(roles.implode()))["role_id"]
    new = rows.filter(pl.col("approval").is_not_null())
    carried = _carried(access, proposal, ends)
    moving = rows.filter(pl.col("action").is_in(sorted(MOVES)))
    found = [
        _violations(
            moving.filter(pl.col("container").is_in(_kept_apart(proposal, ends).implode())),
            "its place in the target was not denied",
            "container",
        ),
        _violations(
            rows.filter(pl.col("group").is_in(others.implode()) | pl.col("principal_id").is_in(others.implode())),
            "the role is approved",
            pl.coalesce("group", "principal_id"),
        ),
        _violations(_made_for_nobody(rows, new, ends), "an approval needs it"),
        _violations(_added(rows, ends), "the person is in the role, or the exception was approved"),
        _violations(_taken(rows, new, ends), "a role approved for the person replaces it"),
        _violations(_closed(access, rows, carried), "every role that opens what it opens is approved", "entitlement"),
        _violations(_moved(rows, carried), "every role that opens it is approved, and one is", "container"),
    ]
    return [violation for some in found for violation in some]


def _carried(access: Access, proposal: Proposal, ends: ReviewOutcome) -> Mapping[str, bool]:
    """Containers that a role was to open, and whether all such roles came to be and open it."""
    boxes: dict[str, list[str]] = {}
    for class_id, container in access.container_classes.select("class_id", "container").iter_rows():
        boxes.setdefault(class_id, []).append(container)
    became = {role_id: ends.carrying(role_id) for role_id in proposal.roles["role_id"]}
    found: dict[str, bool] = {}
    for role_id, class_id in proposal.role_classes.select("role_id", "class_id").iter_rows():
        for container in boxes.get(class_id, ()):
            opened = any(role.level(class_id, container) for role in became.get(role_id, ()))
            found[container] = found.get(container, True) and opened
    return found


def _kept_apart(proposal: Proposal, ends: ReviewOutcome) -> pl.Series:
    """Containers that the layout brings together with others against the word of a reviewer."""
    denied = set(ends.apart)
    rows = proposal.layout.select("container", "target_account", "target_container").iter_rows()
    found = [container for container, account, place in rows if _merge_id(account, place) in denied]
    return pl.Series(sorted(found), dtype=pl.String)


def _merge_id(account: str | None, place: str | None) -> str:
    """Id of what a container of the target takes in: made of its name."""
    text = json.dumps([account or "", place or ""], ensure_ascii=False)
    return f"merge-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _made_for_nobody(rows: pl.DataFrame, new: pl.DataFrame, ends: ReviewOutcome) -> pl.DataFrame:
    """Groups created for neither an approved role, nor an exception, nor an approved suggestion."""
    roles = pl.Series(sorted(ends.roles), dtype=pl.String)
    nesting = rows.filter(pl.col("action") == "add_member", pl.col("principal_id").is_in(roles.implode()))["group"]
    exceptions = pl.Series(sorted({group for _, group in ends.exceptions}), dtype=pl.String)
    wanted = pl.concat([nesting, new["group"].drop_nulls(), roles, exceptions]).unique()
    return rows.filter(pl.col("action") == "create_group", ~pl.col("group").is_in(wanted.implode()))


def _added(rows: pl.DataFrame, ends: ReviewOutcome) -> pl.DataFrame:
    """People put into groups for no approval, role or exception of theirs."""
    agreed = {(person, role.role_id) for role in ends.roles.values() for person in role.members} | ends.exceptions
    pairs = pl.DataFrame(sorted(agreed), schema={"principal_id": pl.String, "group": pl.String}, orient="row")
    joining = rows.filter(
        pl.col("action") == "add_member",
        pl.col("approval").is_null(),
        ~pl.col("principal_id").is_in(pl.Series(sorted(ends.roles), dtype=pl.String).implode()),
    )
    return joining.join(pairs, on=["principal_id", "group"], how="anti")


def _taken(rows: pl.DataFrame, new: pl.DataFrame, ends: ReviewOutcome) -> pl.DataFrame:
    """Memberships and grants taken from people in no role or exception, who join none, and whose access stays."""
    named = {person for role in ends.roles.values() for person in role.members}
    named |= {one.principal_id for one in ends.endings} | {person for person, _ in ends.exceptions}
    people = pl.concat([pl.Series(sorted(named), dtype=pl.String), new["principal_id"].drop_nulls()])
    return rows.filter(
        pl.col("action").is_in(["remove_member", "revoke"]), ~pl.col("principal_id").is_in(people.unique().implode())
    )


def _closed(access: Access, rows: pl.DataFrame, carried: Mapping[str, bool]) -> pl.DataFrame:
    """Entitlements closed although a role that opens what they open does not come to be."""
    waiting = pl.Series(sorted(container for container, done in carried.items() if not done), dtype=pl.String)
    classes = access.container_classes.filter(pl.col("container").is_in(waiting.implode())).select("class_id").unique()
    opening = pl.concat(
        frame.select("entitlement", "class_id") for frame in (access.entitlement_classes, access.class_grants)
    )
    needed = opening.join(classes, on="class_id", how="semi").select("entitlement").unique()
    return rows.filter(pl.col("action") == "close_entitlement").join(needed, on="entitlement", how="semi")


def _moved(rows: pl.DataFrame, carried: Mapping[str, bool]) -> pl.DataFrame:
    """Containers moved or deleted that not all roles which were to open them open."""
    may = pl.Series(sorted(container for container, done in carried.items() if done), dtype=pl.String)
    return rows.filter(pl.col("action").is_in(sorted(MOVES)), ~pl.col("container").is_in(may.implode()))


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
