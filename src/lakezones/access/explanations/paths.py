"""Every path by which one person reaches one container, and what would remain without each.

In: facts, a principal and a container. Out: an `Explanation`.
"""

from typing import Any, Final

import polars as pl

from lakezones.access.explanations.lookup import names_of
from lakezones.access.explanations.single import OneContainer, groups_above, leading_to, one_container
from lakezones.access.explanations.tree import Branch, Explanation, in_words, label_in, label_of
from lakezones.access.keys import RawGrant
from lakezones.access.membership import closed
from lakezones.access.settings import AccessSettings
from lakezones.model.frames import Facts
from lakezones.model.levels import Lane
from lakezones.model.principals import named_on
from lakezones.model.words import counted

MAX_PATHS: Final = 200
"""Paths that are drawn; nesting multiplies them, so the rest is left out, and the summary says so."""

MAX_DEPTH: Final = 50
"""Groups in groups that are drawn one in another; grants further up are drawn together, without the groups between."""

MAX_STEPS: Final = 10_000
"""Groups that are entered while paths are drawn: groups that contain each other have more ways around than time."""


def paths(facts: Facts, who: str, what: str, settings: AccessSettings) -> Explanation:
    """Why a person has access to a container."""
    who = named_on(who, what)
    one = one_container(facts, what, settings=settings)
    above = groups_above(facts)
    names = names_of(facts)
    groups = closed(above, above.get(who, ()))
    climb = _Climb(one, who, above, groups, names)
    branches = climb.branches() + _by_owning(one, who, names)
    branches += [
        Branch(f"denied {label_of(g.level)} by {g.role} for {names.get(g.grantee_id, g.grantee_id)}", {"lane": g.lane})
        for g in one.grants
        if g.effect == "deny" and g.grantee_id in {who} | groups
    ]
    held = one.held(who, groups)
    used = _usage(facts, who, what)
    summary: dict[str, Any] = {
        "access": {lane: label_in(lane, level) for lane, level in held.items()},
        "paths": climb.found,
        "paths_complete": climb.complete,
        "used": used,
    }
    tree = Branch(
        f"{names.get(who, who)} on {what}: {in_words(held)}", {"used": _used_in_words(facts, used)}, tuple(branches)
    )
    return Explanation(principal=who, container=what, summary=summary, tree=tree)


class _Climb:
    """Climbs from a person through groups to the grants on one container.

    Attributes
    ----------
    found
        Paths drawn so far; from `MAX_PATHS` on no further group is entered.
    """

    def __init__(
        self, one: OneContainer, who: str, above: dict[str, set[str]], groups: set[str], names: dict[str, str]
    ) -> None:
        self.one, self.who, self.above, self.groups, self.names = one, who, above, groups, names
        self.by_grantee: dict[str, list[RawGrant]] = {}
        for grant in one.grants:
            if grant.effect == "allow" and grant.grantee_id in {who} | groups:
                self.by_grantee.setdefault(grant.grantee_id, []).append(grant)
        self.far = leading_to(above, self.by_grantee)
        self.useful = groups & self.far.keys()
        self.found = self.steps = 0

    @property
    def complete(self) -> bool:
        """Whether no bound was reached."""
        return self.found < MAX_PATHS and self.steps < MAX_STEPS

    def branches(self) -> list[Branch]:
        """The person's own grants, then each group they are in, with what would remain without it."""
        found = self.leaves(self.who)
        mine = self.above.get(self.who, set())
        for group in sorted(mine & self.useful):
            if branch := self.through(group, frozenset([group])):
                left = self.one.held(self.who, closed(self.above, mine - {group}))
                found.append(Branch(branch.label, {**branch.notes, "without": in_words(left)}, branch.children))
        return found

    def through(self, group: str, seen: frozenset[str]) -> Branch | None:
        """What a group gives, itself and through the groups it is in; None for nothing."""
        if not self.complete:
            return None
        self.steps += 1
        # The shortest way first: it never comes back on itself, so that a path is found before the steps run out.
        parents = sorted(self.above.get(group, set()) & self.useful - seen, key=lambda one: (self.far[one], one))
        below = self.leaves(group)
        if len(seen) < MAX_DEPTH:
            below += filter(None, (self.through(parent, seen | {parent}) for parent in parents))
        elif parents:
            below += self.beyond(closed(self.above, parents) & self.useful - seen)
        return Branch(f"in {self.names.get(group, group)}", {"group": group}, tuple(below)) if below else None

    def beyond(self, groups: set[str]) -> list[Branch]:
        """The grants of groups that are nested too deep to be drawn one in another."""
        found = [leaf for group in sorted(groups) for leaf in self.leaves(group)]
        return [Branch(f"in {counted(len(groups), 'group')} further up", {"groups": len(groups)}, tuple(found))]

    def leaves(self, grantee: str) -> list[Branch]:
        """The grants made to a person or group."""
        grants = self.by_grantee.get(grantee, [])
        self.found += len(grants)
        return [
            Branch(
                grant_in_words(grant, self.one.container),
                {
                    "route": grant.route,
                    "lane": grant.lane,
                    "access": label_in(grant.lane, grant.level),
                    "role": grant.role,
                    "scope": grant.scope or self.one.container,
                    "entitlement": grant.entitlement,
                    "reason": grant.reason,
                    "without": in_words(self.one.held(self.who, self.groups, without=_whole(grant, grants))),
                },
            )
            for grant in grants
        ]


def _whole(grant: RawGrant, grants: list[RawGrant]) -> list[RawGrant]:
    """All that goes when a grant is taken away: an assignment may give access in several lanes."""
    if grant.route != "assignment":
        return [grant]
    return [one for one in grants if (one.route, one.role, one.scope) == (grant.route, grant.role, grant.scope)]


def _by_owning(one: OneContainer, who: str, names: dict[str, str]) -> list[Branch]:
    """The groups that a person owns and can join to get more."""
    levels = {group: one.by_owning(who, group) for group in sorted(one.owned.get(who, ()))}
    return [
        Branch(
            f"owns {names.get(group, group)} and can add themselves to it: {label_of(level)} [control]",
            {"group": group, "lane": "control", "access": label_of(level)},
        )
        for group, level in levels.items()
        if level
    ]


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
    return f"{what}{named}: {label_in(grant.lane, grant.level)} on {where}{lane}"


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
