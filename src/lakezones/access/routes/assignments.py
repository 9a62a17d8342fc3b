"""Role assignments and deny assignments to raw grants.

In: ``role_assignments`` with role definitions. Out: grants on containers, and grants above them by account. An
assignment holds for everything below its scope; a deny wins over every allow:
https://learn.microsoft.com/azure/role-based-access-control/deny-assignments
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import polars as pl

from lakezones.access.keys import KEY_COLUMNS, KEY_SCHEMA, Part, RawGrant, part, with_defaults
from lakezones.access.operations import listed
from lakezones.access.routes.conditions import ASSIGNED, Condition, parse_condition
from lakezones.access.routes.containers import Account, ContainerIndex, container_scopes
from lakezones.access.routes.delegations import Delegation
from lakezones.access.routes.roles import Capabilities, RoleBook, level_of
from lakezones.access.routes.ways import (
    DESTROY_LEVEL,
    by_assigning,
    by_delegation,
    by_keys,
    can_destroy,
    destroying,
    opens,
    reaches_account,
)
from lakezones.access.settings import AccessSettings
from lakezones.model.frames import Facts
from lakezones.model.levels import Level
from lakezones.model.rules import is_active, unexpired
from lakezones.model.scopes import NOT_STORAGE, Scope, parse_scope

COLUMNS = ("principal_id", "role", "scope", "condition", "effect")


def assignment_parts(
    facts: Facts, index: ContainerIndex, *, settings: AccessSettings
) -> tuple[Part, Part, dict[str, Delegation]]:
    """Grants on containers, and grants above them.

    Returns
    -------
    Part
        Assignments at the scope of a container, and wider ones whose condition tells containers apart.
    Part
        Other assignments at wider scopes; ``container`` is the position of the account in
        ``sorted(index.accounts)``.
    dict of str to Delegation
        Delegations under a condition, by the digest in their grant's ``detail``.
    """
    placer = _Placer(facts, index, settings)
    rows = (
        facts.table("role_assignments")
        .filter(unexpired(facts.as_of))
        .select(*COLUMNS, eligible=~is_active())
        .unique()
        .sort(*COLUMNS, "eligible")
    )
    for row in rows.iter_rows(named=True):
        placer.place(row)
    return _part(placer.local), _part(placer.wide), placer.delegations


def reaches(scope: Scope, account: Account, *, alone: bool) -> bool | None:
    """Whether a scope wider than a container holds for an account; None when it cannot be known.

    Management groups are taken to hold everything scanned: listings of a subscription name only those above it. An
    account whose place is unknown is taken to be in the scope when it is the only account.
    """
    if scope.kind == "management_group":
        return True
    unknown = True if alone else None
    if scope.kind == "account":
        return scope.account == account.account if account.account else unknown
    if account.subscription is None:
        return unknown
    if account.subscription != scope.subscription:
        return False
    if scope.kind == "subscription":
        return True
    return unknown if account.resource_group is None else account.resource_group == scope.resource_group


class _Placer:
    """Puts assignments where they hold."""

    def __init__(self, facts: Facts, index: ContainerIndex, settings: AccessSettings) -> None:
        self.facts = facts
        self.book = RoleBook(facts.table("role_definitions"))
        self.index = index
        self.settings = settings
        self.order = {name: i for i, name in enumerate(sorted(index.accounts))}
        places = container_scopes(facts).join(index.containers, on=["account", "name"])
        self.codes: dict[str, int] = dict(places.select("scope", "code").iter_rows())
        self.local: list[tuple[RawGrant, list[int]]] = []
        self.wide: list[tuple[RawGrant, list[int]]] = []
        self.evaluated: dict[tuple[str, str, tuple[str, ...]], pl.DataFrame] = {}
        self.delegations: dict[str, Delegation] = {}
        self.denies = may_lose_writing(facts)

    @cached_property
    def frame(self) -> pl.DataFrame:
        """Containers with all that conditions may look at: code, account, name, hns, metadata, and no assignment."""
        namespaces = {name: account.hns for name, account in self.index.accounts.items()}
        metadata = self.facts.table("containers").select("container", "metadata")
        frame = self.index.containers.join(metadata, on="container", how="left", maintain_order="left").with_columns(
            pl.lit(None, pl.String).alias(column) for column in ASSIGNED.values()
        )
        frame = frame.with_columns(hns=pl.col("account").replace_strict(namespaces, return_dtype=pl.Boolean))
        if self.facts.assessed("containers") and metadata["metadata"].null_count() < metadata.height:
            # Metadata were read: a container without any has none, which is not the same as unknown.
            frame = frame.with_columns(pl.col("metadata").fill_null("{}"))
        return frame

    def place(self, row: Mapping[str, Any]) -> None:
        """Place one assignment."""
        scope = parse_scope(row["scope"])
        denies = row["effect"] == "deny"
        if scope.kind == NOT_STORAGE or (denies and row["eligible"]):
            return
        can = self.book.capabilities(row["role"])
        condition = parse_condition(row["condition"]) if row["condition"] else None
        if scope.kind == "container":
            account = self.index.accounts[scope.account]
            code = self.codes[row["scope"]]
            for key, operations in self.keys(row, can, account, scope):
                self.local += [(k, [code]) for k, _ in self.by_outcome(key, operations, condition, row, code=code)]
            return
        for name, account in self.index.accounts.items():
            reached = reaches(scope, account, alone=len(self.index.accounts) == 1)
            if reached is False:
                continue
            for key, operations in self.keys(row, can, account, scope):
                placed = replace(key, scope_kind=scope.kind, scope=row["scope"].strip().rstrip("/") or "/")
                if reached is None:
                    unsure = _where_unknown(placed)
                    if unsure is None:
                        continue
                    placed = unsure
                for k, codes in self.by_outcome(placed, operations, condition, row, account=name):
                    if codes is None:
                        self.wide.append((k, [self.order[name]]))
                    else:
                        self.local.append((k, codes))

    def keys(
        self, row: Mapping[str, Any], can: Capabilities, account: Account, scope: Scope
    ) -> Iterator[tuple[RawGrant, frozenset[str]]]:
        """What the assignment gives, its condition left aside, and the operations a condition has a say in."""
        key = RawGrant("assignment", row["principal_id"], "data", 0, role=can.name, effect=row["effect"] or "allow")
        eligible, denies = row["eligible"], row["effect"] == "deny"
        if not can.known:
            # What a role carries decides; a role that nobody defines may carry anything.
            yield replace(key, lane="conditional", level=7, reason="role definition not read"), frozenset()
            return
        if can.level:
            lane, reason = ("eligible", "eligible, not activated") if eligible else ("data", "")
            yield replace(key, lane=lane, level=can.level, reason=reason), can.data
        pending = " (eligible, not activated)" if eligible else ""
        destroys = destroying(can, scope, denies=denies)
        # Whoever writes destroys as well; that is set apart where a condition or a deny may take the writing alone.
        apart = self.denies or eligible or row["condition"] or not can.level & Level.WRITE
        if destroys and (denies or apart):
            what = can_destroy(destroys) + pending
            yield replace(key, lane="destroy", level=DESTROY_LEVEL, reason=what, detail=listed(destroys)), destroys
        notes = ["eligible, not activated"] * eligible + [f"under the condition {row['condition']}"] * bool(
            row["condition"]
        )
        note = f" ({'; '.join(notes)})" if notes else ""
        control = replace(key, lane="control", level=7)
        if row["condition"] and not denies:
            ways = list(self.delegated(control, can, row["condition"], account, scope, note=pending))
        else:
            ways = list(by_assigning(control, can, note=note))
        if reaches_account(scope):
            ways += by_keys(control, can, accepted=self.takes_keys(account), note=note)
        for way in ways:
            # A condition that does not certainly hold takes nothing away; it is no reason to think access away either.
            yield way, frozenset(way.detail.split(",")) if denies else frozenset()

    def takes_keys(self, account: Account) -> bool:
        """Whether an account takes its keys today."""
        allowed = account.allow_shared_key
        return self.settings.shared_key_when_unknown if allowed is None else allowed

    def delegated(
        self, key: RawGrant, can: Capabilities, condition: str, account: Account, scope: Scope, *, note: str
    ) -> Iterator[RawGrant]:
        """What a condition leaves to assign; the delegations are kept, since what it comes to differs by person."""

        def opened(role: str) -> tuple[str, int]:
            other = self.book.capabilities(role)
            return other.name, opens(other, scope, accepted=self.takes_keys(account))

        for way, delegation in by_delegation(key, can, condition, opened, note=note):
            if delegation is not None:
                self.delegations[delegation.digest] = delegation
            yield way

    def by_outcome(
        self,
        key: RawGrant,
        decisive: Collection[str],
        condition: Condition | None,
        row: Mapping[str, Any],
        *,
        code: int | None = None,
        account: str = "",
    ) -> Iterator[tuple[RawGrant, list[int] | None]]:
        """Apply the condition: the key as it holds on which containers; None stands for all that are in scope."""
        if condition is None or not decisive:
            yield key, None
            return
        operations = tuple(sorted(decisive))
        if code is None and not condition.per_container:
            everywhere = self.outcomes(condition, operations, self.frame.head(1))
            for k in _under(key, operations, everywhere.select(operations).row(0), row["condition"]):
                yield k, None
            return
        if code is not None:
            outcomes = self.outcomes(condition, operations, self.frame[[code]])
        else:
            cached = (account, row["condition"], operations)
            if cached not in self.evaluated:
                containers = self.frame.filter(pl.col("account") == account)
                self.evaluated[cached] = self.outcomes(condition, operations, containers)
            outcomes = self.evaluated[cached]
        for *outcome, codes in outcomes.group_by(operations).agg("code").sort(operations).iter_rows():
            for k in _under(key, operations, tuple(outcome), row["condition"]):
                yield k, codes

    def outcomes(self, condition: Condition, operations: tuple[str, ...], containers: pl.DataFrame) -> pl.DataFrame:
        """Outcome of a condition for each container: code, and a column per operation."""
        return containers.select("code", **{operation: condition.value(operation) for operation in operations})


def may_lose_writing(facts: Facts) -> bool:
    """Whether any deny in force may take writing from somebody whom it leaves to delete."""
    book = RoleBook(facts.table("role_definitions"))
    denies = facts.table("role_assignments").filter(
        unexpired(facts.as_of) & is_active() & (pl.col("effect").cast(pl.String) == "deny")
    )
    taken = [book.capabilities(role) for role in denies["role"].unique()]
    return any(can.level & Level.WRITE or not can.known for can in taken)


def _where_unknown(key: RawGrant) -> RawGrant | None:
    """The key where it is not known whether its scope holds the account; None for a deny of operations."""
    reason = "where the account lies was not assessed"
    if key.lane == "data":
        return replace(key, lane="conditional", reason=reason)
    if key.detail and key.effect == "deny":
        return None
    return replace(key, reason=f"{key.reason}; {reason}") if key.lane == "destroy" else key


def _under(
    key: RawGrant, operations: tuple[str, ...], outcome: tuple[bool | None, ...], condition: str
) -> Iterator[RawGrant]:
    """What is left of a grant under an outcome: nothing, some operations, or a conditional grant.

    Where the outcome of any operation is unknown the whole grant is conditional: nobody should have to read a
    condition to know which half of a grant is firm. A deny takes the operations whose outcome is certain.
    """
    by_operation = bool(key.detail)
    certain = by_operation and key.effect == "deny"
    possible = [o for o, passes in zip(operations, outcome, strict=True) if passes or (passes is None and not certain)]
    if not possible:
        return
    reason = f"condition not evaluated: {condition}"
    if by_operation:
        unsure = None in outcome and not certain
        words = key.reason.replace(can_destroy(operations), can_destroy(possible))
        yield replace(key, detail=listed(possible), reason=f"{words}; {reason}" if unsure else words)
        return
    level = level_of(possible)
    if None not in outcome:
        yield replace(key, level=level)
    elif key.lane == "data":
        yield replace(key, level=level, lane="conditional", reason=reason)
    else:
        yield replace(key, level=level, reason=f"{key.reason}; {reason}")


def _part(placed: list[tuple[RawGrant, list[int]]]) -> Part:
    keys = pl.DataFrame([tuple(vars(key).values()) for key, _ in placed], schema=KEY_SCHEMA, orient="row")
    codes = pl.Series("container", [codes for _, codes in placed], dtype=pl.List(pl.UInt32))
    made = part(keys.with_columns(codes).explode("container"))
    return Part(with_defaults(made.keys).select("key", *KEY_COLUMNS), made.pairs)
