"""Who is in which group, through nesting, and what each group opens.

In: facts and access. Out: `Directory`, with the closure of memberships and the reach of every group.

Memberships that are eligible or expired are not memberships; cycles of groups are harmless.
"""

from collections import defaultdict
from dataclasses import dataclass

import polars as pl

from lakezones.access.membership import active_edges, closure, group_reach
from lakezones.access.parsed import assignments
from lakezones.model.frames import Access, Facts
from lakezones.model.rules import is_active

Reach = dict[str, int]
"""Class to level bits."""


@dataclass(frozen=True, kw_only=True)
class Directory:
    """Groups as they are now.

    Attributes
    ----------
    direct
        Active direct edges (group_id, member_id).
    above
        Group to itself and every group it is in, transitively.
    closure
        Pairs (group_id, principal_id) of a group and a principal in it, transitively; principals that are groups
        are left out.
    reach
        Group to what it and the groups above it open in the data lane by grants on containers.
    reusable
        Groups that a role group may be nested in as far as nothing but their reach comes with it: writable, and
        neither they nor a group above them carry a grant of another lane, of a wider scope, a deny, or a membership
        that ends or must be activated.
    names
        Group to display name.
    """

    direct: pl.DataFrame
    above: dict[str, tuple[str, ...]]
    closure: pl.DataFrame
    reach: dict[str, Reach]
    reusable: frozenset[str]
    names: dict[str, str]


def read_directory(facts: Facts, access: Access) -> Directory:
    """Groups, their closure and reach, from facts and the raw grants of every class."""
    principals = facts.table("principals")
    memberships = facts.table("memberships")
    groups = set(memberships["group_id"].to_list()) | set(
        principals.filter(pl.col("kind").cast(pl.String) == "group")["principal_id"].to_list()
    )
    direct = active_edges(facts)
    ids = pl.Series("group_id", sorted(groups), dtype=pl.String)
    ladder = group_reach(direct, ids).group_by("reached").agg(pl.col("group_id").sort()).sort("reached")
    above = {group: tuple(up) for group, up in ladder.iter_rows()}
    inside = closure(direct, ids).sort("group_id", "principal_id")
    own: dict[str, Reach] = defaultdict(dict)
    narrow = on_containers()
    mine = access.class_grants.filter(pl.col("grantee_id").is_in(list(groups)))
    for group, class_id, level in (
        mine.filter(narrow).select("grantee_id", "class_id", "level").sort(pl.all()).iter_rows()
    ):
        own[group][class_id] = own[group].get(class_id, 0) | level
    tainted = set(mine.filter(~narrow)["grantee_id"].to_list()) | _tainted(facts, memberships)
    unwritable = set(
        principals.filter(pl.col("managed_by").cast(pl.String).is_in(["dynamic", "ad_sync"]))["principal_id"].to_list()
    )
    reach: dict[str, Reach] = {}
    for group in sorted(groups):
        total: Reach = {}
        for up in above[group]:
            for class_id, level in own.get(up, {}).items():
                total[class_id] = total.get(class_id, 0) | level
        reach[group] = total
    reusable = frozenset(
        group
        for group in sorted(groups)
        if reach[group] and group not in unwritable and not any(up in tainted for up in above[group])
    )
    names = dict(
        principals.filter(pl.col("principal_id").is_in(list(groups)) & pl.col("name").is_not_null())
        .select("principal_id", "name")
        .iter_rows()
    )
    return Directory(direct=direct, above=above, closure=inside, reach=reach, reusable=reusable, names=names)


def named_level(level: int) -> int:
    """The largest of read (1), write (3) and manage (7) whose bits are all there; 0 if none.

    Examples
    --------
    >>> [named_level(level) for level in range(8)]
    [0, 1, 0, 3, 0, 1, 0, 7]
    """
    return 7 if level == 7 else 3 if level & 3 == 3 else level & 1


def on_containers() -> pl.Expr:
    """Expression for the raw grants that can be mined: in the data lane, on a container, allowing."""
    return (
        (pl.col("lane").cast(pl.String) == "data")
        & (pl.col("scope_kind").cast(pl.String) == "container")
        & (pl.col("effect").cast(pl.String) == "allow")
    )


def _tainted(facts: Facts, memberships: pl.DataFrame) -> set[str]:
    """Groups whose nesting brings more than grants on containers: denies, wider scopes, memberships that change."""
    brings_more = assignments(facts).filter((pl.col("effect") == "deny") | (pl.col("scope_kind") != "container"))
    changing = memberships.filter(~is_active() | pl.col("expires_at").is_not_null())
    return set(brings_more["principal_id"].to_list()) | set(changing["member_id"].to_list())
