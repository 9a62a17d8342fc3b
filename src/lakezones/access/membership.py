"""Transitive membership: who is in a group, through any nesting and any cycle.

In: direct membership edges, and the ids that are groups. Out: one row per group and member that is no group.
An empty group has no rows. Role assignments and ACL entries for a group hold for members of nested groups too:
https://learn.microsoft.com/azure/role-based-access-control/role-assignments#principal
"""

import polars as pl

from lakezones.model.frames import Facts
from lakezones.model.rules import active_memberships


def active_edges(facts: Facts) -> pl.DataFrame:
    """Membership edges in force at ``facts.as_of``: group_id, member_id; unique, sorted."""
    return active_memberships(facts.table("memberships"), facts.as_of)


def group_ids(facts: Facts) -> pl.Series:
    """Ids that some table calls a group: the directory, a membership, an entitlement."""
    return (
        pl.concat(
            [
                facts.table("principals").filter(pl.col("kind") == "group").select(group_id="principal_id"),
                facts.table("memberships").select("group_id"),
                facts.table("entitlement_containers").select("group_id").drop_nulls(),
            ]
        )["group_id"]
        .unique()
        .sort()
    )


def closure(edges: pl.DataFrame, groups: pl.Series) -> pl.DataFrame:
    """Every member of every group, groups expanded.

    Parameters
    ----------
    edges
        group_id, member_id; nesting and cycles as found.
    groups
        Ids that are groups; they are expanded and never appear as members.

    Returns
    -------
    polars.DataFrame
        group_id, principal_id; unique.
    """
    reach = group_reach(edges, groups)
    people = edges.filter(~pl.col("member_id").is_in(groups.implode()))
    return (
        reach.join(people, left_on="reached", right_on="group_id").select("group_id", principal_id="member_id").unique()
    )


def group_reach(edges: pl.DataFrame, groups: pl.Series) -> pl.DataFrame:
    """Groups reached from each group by nesting, itself included: group_id, reached; unique.

    Semi-naive iteration: each round follows one more edge from what the last round found, so a cycle ends as soon
    as it comes round.
    """
    nested = edges.filter(pl.col("member_id").is_in(groups.implode())).select("group_id", nested="member_id")
    reach = pl.DataFrame({"group_id": groups.sort()}).with_columns(reached=pl.col("group_id"))
    frontier = reach
    while frontier.height:
        frontier = (
            frontier.join(nested, left_on="reached", right_on="group_id")
            .select("group_id", reached="nested")
            .unique()
            .join(reach, on=["group_id", "reached"], how="anti")
        )
        reach = pl.concat([reach, frontier])
    return reach
