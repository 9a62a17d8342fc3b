"""Why somebody has access: every path, what of it was used, and what would remain without it.

In: facts, access and a principal, a container or both. Out: an `Explanation`, a tree that the command draws and that
`to_dict` turns into JSON.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from lakezones.access.explanations.lookup import find_container, find_principal, names_of
from lakezones.access.explanations.single import OneContainer, RawGrant, closed, groups_above, one_container
from lakezones.access.settings import AccessSettings
from lakezones.errors import UsageError
from lakezones.model.frames import Access, Facts
from lakezones.model.levels import LABELS, Lane
from lakezones.model.metadata import SYSTEM_KEYS
from lakezones.model.principals import OF_ANY_CONTAINER, named_on, on_container
from lakezones.model.words import counted

MAX_PATHS: Final = 200
"""Paths that are drawn; nesting multiplies them, so the rest is counted."""


@dataclass(frozen=True)
class Branch:
    """A node of the tree: what it is, in words, and what hangs below it."""

    label: str
    notes: dict[str, Any] = field(default_factory=dict)
    children: tuple["Branch", ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The branch as plain data."""
        return {"label": self.label, **self.notes, "children": [child.to_dict() for child in self.children]}


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Who has what, and why.

    Attributes
    ----------
    principal, container
        Ids of what was asked for; None where all are meant.
    summary
        The answer in short.
    tree
        The answer in full.
    """

    principal: str | None
    container: str | None
    summary: dict[str, Any]
    tree: Branch

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data."""
        return {
            "principal": self.principal,
            "container": self.container,
            **self.summary,
            "tree": self.tree.to_dict(),
        }


def explain(
    facts: Facts,
    access: Access,
    *,
    principal: str | None = None,
    container: str | None = None,
    zones: pl.DataFrame | None = None,
    settings: AccessSettings | None = None,
) -> Explanation:
    """Explain access.

    Parameters
    ----------
    facts, access
        The snapshot, and the access worked out from it.
    principal
        Id or name of a person, group or service principal.
    container
        Name of a container.
    zones
        Table ``zones`` of a proposal, to sum a person's access by zone.
    settings
        Settings the access was worked out with.

    Raises
    ------
    NotFoundError
        If there is no such principal or container; the hint suggests which may be meant.
    UsageError
        If neither is given, or a name is ambiguous.
    """
    settings = settings or AccessSettings()
    who = find_principal(facts, access, principal) if principal is not None else None
    what = find_container(access, container) if container is not None else None
    if who is not None and what is not None:
        return _paths(facts, who, what, settings)
    if who is not None:
        return _person(facts, access, who, zones)
    if what is not None:
        return _container(facts, access, what, settings)
    raise UsageError("nothing to explain", hint="give a principal, a container or both")


def label_of(level: int) -> str:
    """Level bits in words; ``nothing`` for none."""
    return LABELS.get(level, "nothing")


def in_words(held: dict[str, int]) -> str:
    """Levels by lane in words.

    Examples
    --------
    >>> in_words({"data": 1, "control": 7})
    'read, manage (control)'
    """
    words = [label_of(held[Lane.DATA])] if held.get(Lane.DATA) else []
    words += [f"{label_of(level)} ({lane})" for lane, level in held.items() if lane != Lane.DATA]
    return ", ".join(words) or "nothing"


# --------------------------------------------------------------------------------- person and container


def _paths(facts: Facts, who: str, what: str, settings: AccessSettings) -> Explanation:
    who = named_on(who, what)
    one = one_container(facts, what, settings=settings)
    above = groups_above(facts)
    names = names_of(facts)
    groups = closed(above, above.get(who, ()))
    held = one.held(who, groups)
    grants = {g for g in one.grants if g.effect == "allow" and g.grantee in {who} | groups}
    denies = [g for g in one.grants if g.effect == "deny" and g.grantee in {who} | groups]
    by_grantee: dict[str, list[RawGrant]] = {}
    for grant in sorted(grants):
        by_grantee.setdefault(grant.grantee, []).append(grant)
    useful = {group for group in groups if closed(above, [group]) & by_grantee.keys()}
    budget = [MAX_PATHS]

    def leaves(grantee: str) -> Iterator[Branch]:
        for grant in by_grantee.get(grantee, ()):
            budget[0] -= 1
            remains = one.held(who, groups, without=[grant])
            yield Branch(
                grant_in_words(grant, what),
                {
                    "route": grant.route,
                    "lane": grant.lane,
                    "access": label_of(grant.level),
                    "role": grant.role,
                    "scope": grant.scope or what,
                    "entitlement": grant.entitlement,
                    "reason": grant.reason,
                    "without": in_words(remains),
                },
            )

    def climb(group: str, seen: frozenset[str]) -> Branch | None:
        if budget[0] <= 0:
            return None
        below = list(leaves(group))
        parents = sorted(above.get(group, set()) & useful - seen)
        below.extend(filter(None, (climb(parent, seen | {parent}) for parent in parents)))
        if not below:
            return None
        return Branch(f"in {names.get(group, group)}", {"group": group}, tuple(below))

    branches = list(leaves(who))
    for group in sorted(above.get(who, set()) & useful):
        branch = climb(group, frozenset([group]))
        if branch is not None:
            others = above.get(who, set()) - {group}
            left = one.held(who, closed(above, others))
            branches.append(Branch(branch.label, {**branch.notes, "without": in_words(left)}, branch.children))
    branches += [
        Branch(f"denied {label_of(g.level)} by {g.role} for {names.get(g.grantee, g.grantee)}", {"lane": g.lane})
        for g in sorted(denies)
    ]
    used = _usage(facts, who, what)
    summary: dict[str, Any] = {
        "access": {lane: label_of(level) for lane, level in held.items()},
        "paths": MAX_PATHS - budget[0],
        "paths_complete": budget[0] > 0,
        "used": used,
    }
    tree = Branch(
        f"{names.get(who, who)} on {what}: {in_words(held)}", {"used": _used_in_words(facts, used)}, tuple(branches)
    )
    return Explanation(principal=who, container=what, summary=summary, tree=tree)


def grant_in_words(grant: RawGrant, container: str) -> str:
    """One line for a grant: what it is, what it gives, where it is made."""
    where = container if grant.scope_kind == "container" else f"{grant.scope_kind.replace('_', ' ')} {grant.scope}"
    what = {
        "assignment": f"role assignment {grant.role}",
        "acl": "ACL entry",
        "entitlement": f"approved entitlement {grant.entitlement}",
        "grant": f"grant{' under ' + grant.entitlement if grant.entitlement else ''} worked out elsewhere",
        "policy": "stored policy",
        "public": "public access",
    }[grant.route]
    named = f" for {grant.entitlement}" if grant.entitlement and grant.route in ("acl", "assignment") else ""
    lane = "" if grant.lane == Lane.DATA else f" [{grant.lane}{': ' + grant.reason if grant.reason else ''}]"
    return f"{what}{named}: {label_of(grant.level)} on {where}{lane}"


def _usage(facts: Facts, who: str, what: str) -> list[dict[str, Any]]:
    rows = facts.table("usage").filter((pl.col("principal_id") == who) & (pl.col("container") == what))
    return [
        {
            "access": row["access"] or "read",
            "last_used": row["last_used"].isoformat() if row["last_used"] else None,
            "operations": row["operations"],
            "grant_id": row["grant_id"],
        }
        for row in rows.sort("access", "last_used").iter_rows(named=True)
    ]


def _used_in_words(facts: Facts, used: list[dict[str, Any]]) -> str:
    if not facts.assessed("usage"):
        return "usage was not assessed"
    parts = [
        f"{row['access']} {row['operations'] or '?'} times, last {str(row['last_used'] or 'unknown')[:10]}"
        for row in used
    ]
    return "; ".join(parts) or "no use was seen"


# ------------------------------------------------------------------------------------------- one person


def _person(facts: Facts, access: Access, who: str, zones: pl.DataFrame | None) -> Explanation:
    names = names_of(facts)
    by_class = pl.col("principal_id") == who
    if who.startswith("sas:"):
        by_class |= pl.col("principal_id").str.starts_with(OF_ANY_CONTAINER)
    mine = access.class_access.filter(by_class).with_columns(pl.col("lane").cast(pl.String))
    reach = (
        mine.join(access.container_classes, on="class_id")
        .filter((pl.col("principal_id") == who) | (on_container() == who))
        .join(facts.said(SYSTEM_KEYS, "system"), on="container", how="left")
        .with_columns(pl.col("system").fill_null("(no system)"))
    )
    if zones is not None:
        zone = zones.select("container", pl.col("zone").cast(pl.String))
        reach = reach.join(zone, on="container", how="left").with_columns(pl.col("zone").fill_null("(no zone)"))
    else:
        reach = reach.with_columns(zone=pl.lit("(not proposed yet)"))
    used = facts.table("usage").filter(pl.col("principal_id") == who).select("container").unique()
    reach = reach.join(used.with_columns(used=pl.lit(value=True)), on="container", how="left")
    sums = (
        reach.group_by("lane", "system", "zone", "level")
        .agg(containers=pl.len(), used=pl.col("used").sum())
        .sort("lane", "containers", "system", "zone", "level", descending=[False, True, False, False, False])
    )
    assessed = facts.assessed("usage")
    lanes = []
    for (lane,), rows in sums.group_by("lane", maintain_order=True):
        children = tuple(
            Branch(
                f"{row['system']}, {row['zone']}: {label_of(row['level'])} on {counted(row['containers'])}"
                + (f", {row['used']:,} used" if assessed else ""),
                {key: row[key] for key in ("system", "zone", "containers")}
                | {"access": label_of(row["level"]), "used": row["used"] if assessed else None},
            )
            for row in rows.iter_rows(named=True)
        )
        count = reach.filter(pl.col("lane") == lane)["container"].n_unique()
        lanes.append(Branch(f"{lane}: {counted(count)}", {"lane": lane, "containers": count}, children))
    groups = closed(above := groups_above(facts), above.get(who, ()))
    summary = {
        "containers": {branch.notes["lane"]: branch.notes["containers"] for branch in lanes},
        "groups": len(groups),
        "requests": access.requests.filter(pl.col("principal_id") == who).height,
        "used_containers": used.height if assessed else None,
    }
    tree = Branch(
        f"{names.get(who, who)}: {counted(reach['container'].n_unique())}, in {counted(len(groups), 'group')}",
        {},
        tuple(lanes),
    )
    return Explanation(principal=who, container=None, summary=summary, tree=tree)


# ---------------------------------------------------------------------------------------- one container


def _container(facts: Facts, access: Access, what: str, settings: AccessSettings) -> Explanation:
    names = names_of(facts)
    class_id = access.container_classes.filter(pl.col("container") == what)["class_id"][0]
    reach = access.class_access.filter(pl.col("class_id") == class_id).with_columns(pl.col("lane").cast(pl.String))
    one = one_container(facts, what, settings=settings)
    above = groups_above(facts)
    used = dict(
        facts.table("usage")
        .filter(pl.col("container") == what)
        .group_by("principal_id")
        .agg(pl.col("last_used").max())
        .iter_rows()
    )
    lanes = []
    for lane in Lane:
        rows = reach.filter(pl.col("lane") == lane.value).sort("level", "principal_id", descending=[True, False])
        if rows.is_empty():
            continue
        people = []
        for of_class, level in rows.select("principal_id", "level").iter_rows():
            principal = named_on(of_class, what)
            reached = {principal} | closed(above, above.get(principal, ()))
            via = sorted(_via(one, reached, principal, lane.value, names))
            last = used.get(principal)
            people.append(
                Branch(
                    f"{names.get(principal, principal)}: {label_of(level)} by {'; '.join(via) or 'entries together'}"
                    + (f", last used {last:%Y-%m-%d}" if last else ""),
                    {"principal": principal, "access": label_of(level), "via": via},
                )
            )
        lanes.append(Branch(f"{lane.value}: {counted(len(people), 'principal')}", {"lane": lane.value}, tuple(people)))
    siblings = access.container_classes.filter(pl.col("class_id") == class_id).height
    counts = {str(branch.notes["lane"]): len(branch.children) for branch in lanes}
    tree = Branch(
        f"{what}: {counted(counts.get('data', 0), 'principal')} for certain; {counted(siblings)} with these grants",
        {"class_id": class_id},
        tuple(lanes),
    )
    summary = {"class_id": class_id, "same_grants": siblings, "principals": counts}
    return Explanation(principal=None, container=what, summary=summary, tree=tree)


def _via(one: OneContainer, reached: set[str], who: str, lane: str, names: dict[str, str]) -> set[str]:
    found = set()
    for grant in one.grants:
        if grant.effect == "allow" and grant.lane == lane and grant.grantee in reached:
            how = grant.role or grant.entitlement or {"acl": "ACL entry"}.get(grant.route, grant.route)
            found.add(how if grant.grantee == who else f"{how} of {names.get(grant.grantee, grant.grantee)}")
    return found
