"""Who is a person, whose groups can be changed, and what groups lie above each other.

In: facts and membership edges. Out: ids, and the edges' closure.
"""

from collections.abc import Iterable

import polars as pl

from lakezones.model.frames import Access, Facts

_MACHINES = ["service_principal", "managed_identity"]
_SYNCED = ["dynamic", "ad_sync"]


def allowed(access: Access) -> pl.DataFrame:
    """Grants that give access; what a deny takes away is no grant, and no plan touches it."""
    return access.class_grants.filter(pl.col("effect").cast(pl.String) == "allow")


def machines(facts: Facts) -> pl.Series:
    """Service principals and managed identities: their grants stay as they are."""
    principals = facts.table("principals").filter(pl.col("kind").cast(pl.String).is_in(_MACHINES))
    return principals["principal_id"].unique().sort()


def unwritable_groups(facts: Facts) -> pl.Series:
    """Groups whose members cannot be changed in Entra: rules and Active Directory decide them."""
    principals = facts.table("principals").filter(pl.col("managed_by").cast(pl.String).is_in(_SYNCED))
    return principals["principal_id"].unique().sort()


def groups_above(edges: pl.DataFrame, groups: Iterable[str]) -> pl.DataFrame:
    """Every group with itself and all groups it is nested in: group_id, above.

    Examples
    --------
    >>> edges = pl.DataFrame({"group_id": ["b", "c"], "member_id": ["a", "b"]})
    >>> groups_above(edges, ["a"])["above"].to_list()
    ['a', 'b', 'c']
    """
    parents: dict[str, list[str]] = {}
    for group, member in edges.select("group_id", "member_id").iter_rows():
        parents.setdefault(member, []).append(group)
    rows: list[tuple[str, str]] = []
    for group in sorted(set(groups)):
        seen = {group}
        queue = [group]
        while queue:
            for parent in parents.get(queue.pop(), ()):
                if parent not in seen:  # nesting can be a cycle
                    seen.add(parent)
                    queue.append(parent)
        rows.extend((group, above) for above in sorted(seen))
    return pl.DataFrame(rows, schema={"group_id": pl.String, "above": pl.String}, orient="row")


def reach(edges: pl.DataFrame, above: pl.DataFrame, groups: pl.Series) -> pl.DataFrame:
    """Every member that is no group with all groups it is in, at any depth: principal_id, above."""
    return (
        edges.filter(~pl.col("member_id").is_in(groups.implode()))
        .select(pl.col("member_id").alias("principal_id"), "group_id")
        .join(above, on="group_id")
        .select("principal_id", "above")
        .unique()
    )
