"""Who is a person, which memberships count, and what groups lie above each other.

In: facts. Out: frames of edges and their closure. Expired and eligible memberships are no access, so they are no edges.
"""

from collections.abc import Iterable

import polars as pl

from lakezones.model.frames import Access, Facts

_MACHINES = ["service_principal", "managed_identity"]
_SYNCED = ["dynamic", "ad_sync"]


def active_memberships(facts: Facts) -> pl.DataFrame:
    """Direct membership edges that give access now: group_id, member_id."""
    return (
        facts.table("memberships")
        .filter(
            pl.col("state").is_null() | (pl.col("state").str.to_lowercase() == "active"),
            pl.col("expires_at").is_null() | (pl.col("expires_at") > facts.as_of),
        )
        .select("group_id", "member_id")
        .unique()
        .sort("group_id", "member_id")
    )


def allowed(access: Access) -> pl.DataFrame:
    """Grants that give access; what a deny takes away is no grant, and no plan touches it."""
    return access.class_grants.filter(pl.col("effect").cast(pl.String) == "allow")


def known_groups(facts: Facts) -> pl.Series:
    """Ids that some table calls a group."""
    principals = facts.table("principals").filter(pl.col("kind").cast(pl.String) == "group")["principal_id"]
    members = facts.table("memberships")["group_id"]
    enforcing = facts.table("entitlement_containers")["group_id"].drop_nulls()
    return pl.concat([principals, members, enforcing]).unique().sort().alias("group_id")


def machines(facts: Facts) -> pl.Series:
    """Service principals and managed identities: their grants stay as they are."""
    principals = facts.table("principals").filter(pl.col("kind").cast(pl.String).is_in(_MACHINES))
    return principals["principal_id"].unique().sort()


def unwritable_groups(facts: Facts) -> pl.Series:
    """Groups whose members cannot be changed in Entra: rules and Active Directory decide them."""
    principals = facts.table("principals").filter(pl.col("managed_by").cast(pl.String).is_in(_SYNCED))
    return principals["principal_id"].unique().sort()


def name_bound(facts: Facts) -> pl.DataFrame:
    """Assignments above containers whose condition may look at a container's name: principal_id, scope in lower case.

    What such a condition grants at the source it need not grant in a zone container of another name.
    """
    conditional = pl.col("condition").is_not_null() & (pl.col("condition") != "")
    return facts.table("role_assignments").filter(conditional).select("principal_id", _same_scope()).unique()


def _same_scope() -> pl.Expr:
    return pl.col("scope").str.to_lowercase().str.strip_suffix("/").alias("scope")


def bound_classes(facts: Facts, access: Access) -> pl.DataFrame:
    """Classes with data access through such an assignment: class_id."""
    wide = allowed(access).filter(
        pl.col("scope_kind").cast(pl.String) != "container", pl.col("lane").cast(pl.String) == "data"
    )
    return (
        wide.select("class_id", pl.col("grantee_id").alias("principal_id"), _same_scope())
        .join(name_bound(facts), on=["principal_id", "scope"], how="semi")
        .select("class_id")
        .unique()
    )


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
