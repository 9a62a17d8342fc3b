"""Transitive membership: who is in a group, through any nesting and any cycle.

In: direct membership edges, and the ids that are groups. Out: `Audiences`, in which groups with the same members share
them, or one row per group and member that is no group. An empty group has no rows. Role assignments and ACL entries
for a group hold for members of nested groups too:
https://learn.microsoft.com/azure/role-based-access-control/role-assignments#principal
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from lakezones.access.routes.delegations import TYPES
from lakezones.errors import LimitExceeded
from lakezones.model.frames import Facts
from lakezones.model.nesting import Codes, Nesting
from lakezones.model.rules import active_memberships

MAX_EXPANDED: Final = 200_000_000
"""Pairs of a group and a member that groups are expanded to at most; groups with the same members count once."""


def active_edges(facts: Facts) -> pl.DataFrame:
    """Membership edges in force at ``facts.as_of``: group_id, member_id; unique, sorted."""
    return active_memberships(facts.table("memberships"), facts.as_of)


def group_ids(facts: Facts) -> pl.Series:
    """Ids that some table calls a group: the directory, a membership, an owner, an entitlement."""
    return (
        pl.concat(
            [
                facts.table("principals").filter(pl.col("kind") == "group").select(group_id="principal_id"),
                facts.table("memberships").select("group_id"),
                facts.table("group_owners").select("group_id"),
                facts.table("entitlement_containers").select("group_id").drop_nulls(),
            ]
        )["group_id"]
        .unique()
        .sort()
    )


def parents(edges: pl.DataFrame) -> dict[str, set[str]]:
    """Direct groups of every principal and group, from edges group_id, member_id."""
    above: dict[str, set[str]] = {}
    for group, member in edges.select("group_id", "member_id").iter_rows():
        above.setdefault(member, set()).add(group)
    return above


def closed(above: Mapping[str, set[str]], start: Iterable[str]) -> set[str]:
    """Groups reached from `start` by nesting, `start` included."""
    seen, todo = set(start), list(start)
    while todo:
        for group in above.get(todo.pop(), ()):
            if group not in seen:
                seen.add(group)
                todo.append(group)
    return seen


def selves_of(facts: Facts, edges: pl.DataFrame) -> Callable[[str], dict[str, str | None]]:
    """From a person to what a role assignment can name to reach them: their id and their groups', with the types.

    Nothing is read before the first question: only delegations under a condition ask.
    """

    @cache
    def known() -> tuple[dict[str, set[str]], dict[str, str | None]]:
        kinds = facts.table("principals").select("principal_id", pl.col("kind").cast(pl.String))
        return parents(edges), {who: TYPES.get(kind or "") for who, kind in kinds.iter_rows()}

    def selves(person: str) -> dict[str, str | None]:
        above, kinds = known()
        groups = closed(above, above.get(person, ()))
        return {person: kinds.get(person), **dict.fromkeys(groups, TYPES["group"])}

    return selves


@dataclass(frozen=True)
class Audiences:
    """Members of groups, nesting followed: groups with the same members share one audience.

    Attributes
    ----------
    of_group
        group_id, audience (place in `sets`); groups with nobody in them are left out.
    sets
        Codes of the members of each audience, sorted.
    people
        Id of each code, sorted.
    limit
        Rows that anything here is expanded to at most.
    """

    of_group: pl.DataFrame
    sets: Sequence[Codes]
    people: pl.Series
    limit: int = MAX_EXPANDED

    def members_of(self, groups: pl.Series | None = None) -> pl.DataFrame:
        """Some of the groups, or all, with every member: group_id, principal_id; unique."""
        some = self.of_group if groups is None else self.of_group.filter(pl.col("group_id").is_in(groups.implode()))
        return self.holders(some.select("group_id", grantee_id="group_id"))

    def counts(self) -> pl.DataFrame:
        """principal_id, groups: how many of the groups each member is in."""
        groups = np.zeros(len(self.people), dtype=np.int64)
        for audience, n in self.of_group.group_by("audience").len().iter_rows():
            groups[self.sets[audience]] += n
        return pl.DataFrame({"principal_id": self.people, "groups": groups}).filter(pl.col("groups") > 0)

    def holders(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of groups by the people in them.

        Parameters
        ----------
        rows
            Column grantee_id, the group, and any others.

        Returns
        -------
        polars.DataFrame
            The other columns and principal_id; unique. Rows of ids that are no groups, or empty ones, are left out.

        Raises
        ------
        LimitExceeded
            If there would be more than `limit`.
        """
        others = [name for name in rows.columns if name != "grantee_id"]
        asked = (
            rows.join(self.of_group, left_on="grantee_id", right_on="group_id")
            .group_by(others, maintain_order=True)
            .agg(pl.col("audience").unique())
        )
        found, total = [], 0
        for audiences in asked["audience"].to_list():
            found.append(_union([self.sets[audience] for audience in audiences], len(self.people)))
            total = _within(total + len(found[-1]), self.limit)
        sizes = np.fromiter((len(codes) for codes in found), dtype=np.int64, count=len(found))
        # Places of 32 bits: there are at most `limit` of them.
        places = np.repeat(np.arange(len(found), dtype=np.uint32), sizes)
        codes = np.concatenate(found) if found else np.empty(0, dtype=np.uint32)
        return asked.select(others)[places].with_columns(principal_id=self.people.gather(codes))


def audiences(
    edges: pl.DataFrame, groups: pl.Series, *, named: pl.Series | None = None, limit: int = MAX_EXPANDED
) -> Audiences:
    """Expand groups to their members.

    Cycles are condensed first, and a group with no members but those of one other group has that one's audience.

    Parameters
    ----------
    edges
        group_id, member_id; nesting and cycles as found.
    groups
        Ids that are groups; they are expanded and never appear as members.
    named
        The groups to expand; all by default.
    limit
        Pairs of an audience and a member at most.

    Raises
    ------
    LimitExceeded
        If there are more.
    """
    people = edges.filter(~pl.col("member_id").is_in(groups.implode()))
    return _expand(edges, groups, people, named=named, limit=limit)


def closure(edges: pl.DataFrame, groups: pl.Series, *, named: pl.Series | None = None) -> pl.DataFrame:
    """Every member of every group, groups expanded: group_id, principal_id; unique. Parameters as of `audiences`."""
    return audiences(edges, groups, named=named).members_of()


def group_reach(edges: pl.DataFrame, groups: pl.Series) -> pl.DataFrame:
    """Groups reached from each group by nesting, itself included: group_id, reached; unique."""
    themselves = pl.DataFrame({"group_id": groups}).with_columns(member_id="group_id")
    return _expand(edges, groups, themselves).members_of().rename({"principal_id": "reached"})


def _expand(
    edges: pl.DataFrame,
    groups: pl.Series,
    people: pl.DataFrame,
    *,
    named: pl.Series | None = None,
    limit: int = MAX_EXPANDED,
) -> Audiences:
    """Audiences of groups whose direct members are `people` (group_id, member_id)."""
    nesting = Nesting(edges, groups)
    wanted = nesting.places(groups if named is None else named)
    direct, ids = nesting.direct(people)
    sets: list[Codes] = []
    of_part: dict[int, int] = {}
    same: dict[tuple[int, ...], int] = {}
    total = 0
    for part in nesting.children_first(wanted["part"].unique()):
        own = direct(part)
        below = tuple(sorted({of_part[child] for child in nesting.children[part] if child in of_part}))
        if not len(own) and len(below) < 2:
            if below:
                of_part[part] = below[0]
            continue
        if not len(own) and below in same:
            of_part[part] = same[below]
            continue
        held = _union([own, *(sets[audience] for audience in below)], len(ids))
        total = _within(total + len(held), limit)
        of_part[part] = len(sets)
        if not len(own):
            same[below] = len(sets)
        sets.append(held)
    audience = pl.DataFrame(
        {"part": list(of_part), "audience": list(of_part.values())}, schema={"part": pl.UInt32, "audience": pl.UInt32}
    )
    return Audiences(wanted.join(audience, on="part").select("group_id", "audience"), sets, ids, limit)


def _union(sets: Sequence[Codes], people: int) -> Codes:
    """Codes in any of some sorted sets; sorted."""
    some = [codes for codes in sets if len(codes)]
    if len(some) < 2:
        return some[0] if some else np.empty(0, dtype=np.uint32)
    if sum(map(len, some)) < people:
        # Sorted runs: the stable sort merges them, where `numpy.unique` would hash every code.
        codes: Codes = np.sort(np.concatenate(some), kind="stable")
        return codes.compress(np.concatenate([[True], codes[1:] != codes[:-1]]))
    held: npt.NDArray[np.bool_] = np.zeros(people, dtype=bool)
    for codes in some:
        held[codes] = True
    return np.flatnonzero(held).astype(np.uint32)


def _within(rows: int, limit: int) -> int:
    if rows > limit:
        raise LimitExceeded(
            f"groups expand to more than {limit:,} pairs of a group and a member",
            value=rows,
            limit=limit,
            hint="scan fewer accounts at once, or look for groups that each hold nearly everybody",
        )
    return rows
