"""Who is a person, whose groups can be changed, and what groups lie above each other.

In: facts and membership edges. Out: ids, and the edges' closure.
"""

import polars as pl

from lakezones.access.membership import closure, group_reach
from lakezones.model.frames import Access, Facts
from lakezones.model.principals import MACHINES, of_kind

_SYNCED = ["dynamic", "ad_sync"]


def allowed(access: Access) -> pl.DataFrame:
    """Grants that give access; what a deny takes away is no grant, and no plan touches it."""
    return access.class_grants.filter(effect="allow")


def machines(facts: Facts) -> pl.Series:
    """Service principals and managed identities: their grants stay as they are."""
    return of_kind(facts, *MACHINES)["principal_id"].sort()


def unwritable_groups(facts: Facts) -> pl.Series:
    """Groups whose members cannot be changed in Entra: rules and Active Directory decide them."""
    principals = facts.table("principals").filter(pl.col("managed_by").cast(pl.String).is_in(_SYNCED))
    return principals["principal_id"].unique().sort()


def groups_above(edges: pl.DataFrame, groups: pl.Series) -> pl.DataFrame:
    """Every group with itself and all groups it is nested in: group_id, above.

    Examples
    --------
    >>> edges = pl.DataFrame({"group_id": ["b", "c"], "member_id": ["a", "b"]})
    >>> groups_above(edges, pl.Series(["a", "b", "c"])).filter(group_id="a")["above"].sort().to_list()
    ['a', 'b', 'c']
    """
    return group_reach(edges, groups).select(above="group_id", group_id="reached")


def reach(edges: pl.DataFrame, groups: pl.Series) -> pl.DataFrame:
    """Every member that is no group with all groups it is in, at any depth: principal_id, above."""
    return closure(edges, groups).select("principal_id", above="group_id")
