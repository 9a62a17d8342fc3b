"""Spells out deny assignments that exclude principals, as one deny per principal that they do reach.

In: denies with exclusions, as the management plane gives them, and the merged tables. Out: rows of role_assignments,
and a gap for each deny whose principals are not known, because the directory was not read or not read whole. A
deny's exclusion of a group holds for all of its members.

Source: https://learn.microsoft.com/azure/role-based-access-control/deny-assignments
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import polars as pl

from lakezones.model.facts import KEYS
from lakezones.model.principals import ALL_PRINCIPALS
from lakezones.model.rules import active_memberships
from lakezones.scan.result import Gap
from lakezones.scan.rows import table_of

DIRECTORY: Final = ("principals", "memberships")


def spell_out(
    denies: Sequence[Mapping[str, Any]],
    tables: dict[str, pl.DataFrame],
    *,
    gaps: Sequence[Gap] = (),
    as_of: datetime,
) -> tuple[dict[str, pl.DataFrame], list[Gap]]:
    """Add a deny for each principal that a deny with exclusions reaches.

    Parameters
    ----------
    denies
        Each with ``id``, ``role``, ``scope``, ``condition``, ``condition_version``, ``principals`` and ``excluded``.
    tables
        The merged tables; principals and memberships say who everybody is and who is in which group.
    gaps
        What could not be read; a group whose members are unknown makes a deny about it unknown.
    as_of
        Memberships that ended before it do not count.
    """
    if not denies or "role_assignments" not in tables:
        return tables, []
    found: list[Gap] = []
    rows: list[dict[str, Any]] = []
    blind = {gap.object_id for gap in gaps if gap.source == "memberships"}
    read = all(name in tables for name in DIRECTORY)
    edges = _edges(tables["memberships"], as_of) if read else {}
    for deny in denies:
        named = [*deny["principals"], *deny["excluded"]]
        unknown = "" in blind or any(group in blind for group in _closure(named, edges))
        if not read or unknown:
            reason = f"it excludes {len(deny['excluded'])} principals, and the directory was not read whole"
            found.append(Gap(source="role_assignments", object_id=deny["id"], code="deny_exclusions", reason=reason))
            continue
        groups = set(tables["principals"].filter(pl.col("kind") == "group").get_column("principal_id")) | set(edges)
        everybody = set(tables["principals"].get_column("principal_id")) | set(
            tables["role_assignments"].get_column("principal_id")
        )
        reached = everybody if ALL_PRINCIPALS in deny["principals"] else _closure(deny["principals"], edges)
        left = sorted(reached - _closure(deny["excluded"], edges) - groups - {ALL_PRINCIPALS})
        rows += [denied(deny, principal) for principal in left]
    if not rows:
        return tables, found
    known = tables["role_assignments"]
    both = pl.concat([known, table_of("role_assignments", rows)])
    return tables | {"role_assignments": both.sort(KEYS["role_assignments"], maintain_order=True)}, found


def denied(deny: Mapping[str, Any], principal: str) -> dict[str, Any]:
    """A deny for one principal, as a row of role_assignments."""
    same = {name: deny[name] for name in ("role", "scope", "condition", "condition_version")}
    return same | {"principal_id": principal, "grant_id": deny["id"], "state": "active", "effect": "deny"}


def _edges(memberships: pl.DataFrame, as_of: datetime) -> dict[str, list[str]]:
    edges: dict[str, list[str]] = defaultdict(list)
    for group, member in active_memberships(memberships, as_of).iter_rows():
        edges[group].append(member)
    return dict(edges)


def _closure(start: Iterable[str], edges: Mapping[str, Sequence[str]]) -> set[str]:
    """Principals and, where they are groups, everybody in them; cycles end."""
    reached: set[str] = set()
    waiting = list(start)
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += edges.get(one, ())
    return reached
