"""Roles that reviewers approved, as they saw them: what the next proposal leaves as it is.

In: decisions in force, what was seen, suggestions. Out: people and containers of each role, and who may join it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import dataframely as dy
import polars as pl

from lakezones.model.levels import NAMES
from lakezones.model.tables import Decisions, Seen, Suggestions

_AGAINST: Final = ("deny", "defer")


@dataclass(frozen=True, kw_only=True)
class ApprovedRole:
    """People and containers (by level bits) of a role, as they were seen by whoever decided on it last."""

    role_id: str
    people: frozenset[str]
    containers: Mapping[str, int]


def approved_roles(decisions: dy.DataFrame[Decisions], seen: dy.DataFrame[Seen]) -> list[ApprovedRole]:
    """Roles that somebody approved as a whole, and nobody denied or deferred.

    Whether a second reviewer is still to agree does not matter here: what is under review is not to change either.

    Parameters
    ----------
    decisions
        Decisions in force.
    seen
        What their reviewers saw; a role of which that is not on record is left out.
    """
    made = decisions.filter(pl.col("object_kind").cast(pl.String) == "role").with_columns(
        pl.col("decision", "part_kind").cast(pl.String)
    )
    whole = made.filter(part_kind="")
    against = whole.filter(pl.col("decision").is_in(_AGAINST)).select("object_id").unique()
    last = (
        made.join(whole.select("object_id").unique(), on="object_id", how="semi")
        .join(against, on="object_id", how="anti")
        .sort("object_id", "decided_at", "content_hash")
        .unique("object_id", keep="last", maintain_order=True)
        .select("object_id", "content_hash")
    )
    rows = seen.filter(pl.col("object_kind").cast(pl.String) == "role").join(last, on=["object_id", "content_hash"])
    people: dict[str, set[str]] = {}
    containers: dict[str, dict[str, int]] = {}
    parts = rows.select("object_id", pl.col("part_kind").cast(pl.String), "part_id", "level").sort(pl.all())
    for role_id, kind, part_id, level in parts.iter_rows():
        if kind == "member":
            people.setdefault(role_id, set()).add(part_id)
        elif kind == "container":
            containers.setdefault(role_id, {})[part_id] = level
    return [
        ApprovedRole(role_id=role_id, people=frozenset(people[role_id]), containers=opened)
        for role_id, opened in containers.items()
        if role_id in people
    ]


def approved_suggestions(
    decisions: dy.DataFrame[Decisions], suggestions: dy.DataFrame[Suggestions]
) -> dict[str, dict[str, dict[str, int]]]:
    """What is suggested to people for whom somebody approved any of it.

    All that a person needs to join a role belongs together: without the rows that nobody has approved yet the next
    proposal could not suggest the others.

    Returns
    -------
    dict
        Role to person to class to level bits.
    """
    made = decisions.filter(
        pl.col("object_kind").cast(pl.String) == "suggestion", pl.col("decision").cast(pl.String) == "approve"
    )
    pair = ["role_id", "principal_id"]
    approved = suggestions.filter(pl.col("suggestion_id").is_in(made["object_id"].implode())).select(pair).unique()
    rows = suggestions.join(approved, on=pair, how="semi").select(*pair, "class_id", pl.col("access").cast(pl.String))
    found: dict[str, dict[str, dict[str, int]]] = {}
    for role_id, person, class_id, access in rows.iter_rows():
        opened = found.setdefault(role_id, {}).setdefault(person, {})
        opened[class_id] = opened.get(class_id, 0) | NAMES[access]
    return found
