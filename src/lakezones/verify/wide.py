"""What role assignments above containers give at a target: those of the account that it is in, not of the source's.

In: facts, access, grants by class. Out: grants that stand above a target. An assignment on an account, a resource group
or a subscription holds for all that is below it and for nothing else, so data that goes into another account leaves
some of them behind and meets others. What an assignment gives is read from the grants that access found by it; where it
reaches no container of the scan, so that nobody has seen what it gives, it counts as all that its role may give.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.verify.cohorts import Cohort
from lakezones.verify.grants import DATA, DENY, Grant, Grants
from lakezones.verify.places import source_accounts
from lakezones.verify.rules.assignments import RoleAssignment, assignments_in_force
from lakezones.verify.rules.conditions import could_hold

_NOTHING: Final = frozenset({"reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"})
"""Roles known to open neither data nor a way to it, by name and by id."""

_ALL: Final = 7


class WideGrants:
    """Assignments above containers, by what they give where.

    Parameters
    ----------
    facts, access
        The scan, and the grants that access found.
    """

    def __init__(self, facts: Facts, access: Access) -> None:
        rows = facts.table("accounts").select(pl.col("account", "subscription_id", "resource_group").str.to_lowercase())
        self._lies = {account: (subscription, group) for account, subscription, group in rows.iter_rows()}
        self._above = [one for one in assignments_in_force(facts) if not one.places]
        self._found: dict[str, list[RoleAssignment]] = {}
        self._sources = source_accounts(facts)
        self._inhabited = set(self._sources.values())
        tied = {(one.principal_id, one.scope) for one in self._above if one.conditional}
        accounts = _accounts_of_classes(facts, access)
        self._given: dict[tuple[str, str], set[Grant]] = {}
        self._within: dict[str, set[Grant]] = {}
        for class_id, who, lane, level, scope, _ in _wide_rows(access):
            grant = Grant(who, lane, level, "assignment", "", wide=True)
            self._given.setdefault((who, scope), set()).add(grant)
            if (who, scope) not in tied:
                for account in accounts.get(class_id, ()):
                    self._within.setdefault(account, set()).add(grant)
        self._roles: dict[str, set[tuple[str, int]]] = {}
        for _, _, lane, level, _, role in _wide_rows(access):
            self._roles.setdefault(role.lower(), set()).add((lane, level))

    def at(self, cohort: Cohort, own: Grants) -> Grants:
        """Grants above the target of a cohort, `own` being those at its source; none where it stays."""
        if not cohort.target:
            return frozenset()
        account, _, name = cohort.target.partition("/")
        if cohort.same_account:
            found = {grant for grant in own if grant.wide and not grant.bound}
        elif account in self._inhabited:
            found = set(self._within.get(account, ()))
        else:
            found = {grant for one in self._over(account) if not one.conditional for grant in self._by(one)}
        bound = {grant.grantee for grant in own if grant.wide and grant.bound}
        for one in self._over(account):
            # What a condition gives at the source it need not give here; what it need not refuse, it may give.
            if one.conditional and one.principal_id not in bound and could_hold(one.condition, name):
                found.update(self._by(one))
        return frozenset(found | self._denied(cohort.container, account, name))

    def _denied(self, container: str, account: str, name: str) -> set[Grant]:
        """What is denied at a target and not at the source, whatever the denied role is."""
        source = self._sources.get(container, "")
        before = self._denying(source, container.rpartition("/")[2]) if source else set()
        new = self._denying(account, name) - before
        return {Grant(one.principal_id, DENY, _ALL, "assignment", "", wide=True) for one in new}

    def _denying(self, account: str, name: str) -> set[RoleAssignment]:
        """Denies that count, or could count, on a container of an account."""
        return {
            one
            for one in self._over(account)
            if one.denies and one.active and (not one.conditional or could_hold(one.condition, name))
        }

    def _over(self, account: str) -> list[RoleAssignment]:
        """Assignments on an account and above it."""
        if account not in self._found:
            subscription, group = self._lies.get(account, (None, None))
            self._found[account] = [one for one in self._above if one.reaches(account, subscription, group)]
        return self._found[account]

    def _by(self, one: RoleAssignment) -> set[Grant]:
        """What an assignment gives, where it gives it."""
        if one.denies:
            return set()
        given = self._given.get((one.principal_id, one.scope))
        if given is not None:
            return given
        seen = any(one.reaches(account, *self._lies.get(account, (None, None))) for account in self._inhabited)
        role = one.role.rstrip("/").rpartition("/")[2].lower()
        if role in _NOTHING or (seen and not one.conditional):
            return set()
        may = self._roles.get(role, {(DATA, _ALL)})
        if not one.active:
            may = {("eligible", level) for _, level in may}
        return {Grant(one.principal_id, lane, level, "assignment", "", wide=True) for lane, level in may}


def _wide_rows(access: Access) -> Iterator[tuple[str, str, str, int, str, str]]:
    """What assignments above containers give: class_id, grantee, lane, level, scope, role."""
    rows = access.class_grants.filter(pl.col("scope_kind") != "container", effect="allow").select(
        "class_id",
        "grantee_id",
        pl.col("lane").cast(pl.String),
        pl.col("level").cast(pl.Int64),
        pl.col("scope").str.to_lowercase().str.strip_suffix("/"),
        "role",
    )
    return rows.iter_rows()


def _accounts_of_classes(facts: Facts, access: Access) -> dict[str, set[str]]:
    """Accounts that the containers of each class lie in."""
    found: dict[str, set[str]] = {}
    accounts = source_accounts(facts)
    for container, class_id in access.container_classes.select("container", "class_id").iter_rows():
        if container in accounts:
            found.setdefault(class_id, set()).add(accounts[container])
    return found
