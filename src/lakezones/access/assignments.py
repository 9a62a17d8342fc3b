"""Role assignments and deny assignments to raw grants.

In: ``role_assignments`` with role definitions. Out: grants on containers, and grants above them by account. An
assignment holds for everything below its scope; a deny wins over every allow:
https://learn.microsoft.com/azure/role-based-access-control/deny-assignments
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from lakezones.access.conditions import Condition, parse_condition
from lakezones.access.estate import Account, Estate
from lakezones.access.keys import KEY_COLUMNS, KEY_SCHEMA, Part, part, with_defaults
from lakezones.access.membership import unexpired
from lakezones.access.roles import Capabilities, RoleBook, level_of
from lakezones.access.scopes import NOT_STORAGE, Scope, parse_scope
from lakezones.access.settings import AccessSettings
from lakezones.model.frames import Facts

COLUMNS = ("principal_id", "role", "scope", "condition", "state", "effect")


@dataclass(frozen=True)
class Key:
    """One raw grant without its container; fields as in `lakezones.access.keys.KEY_SCHEMA`."""

    grantee_id: str
    lane: str
    level: int
    role: str
    reason: str = ""
    scope_kind: str = "container"
    scope: str = ""
    effect: str = "allow"
    detail: str = ""
    route: str = "assignment"
    entitlement: str = ""

    def row(self) -> tuple[object, ...]:
        """Values in the order of `KEY_COLUMNS`."""
        return tuple(getattr(self, name) for name in KEY_COLUMNS)


def assignment_parts(facts: Facts, estate: Estate, *, settings: AccessSettings) -> tuple[Part, Part]:
    """Grants on containers, and grants above them.

    Returns
    -------
    Part
        Assignments at the scope of a container, and wider ones whose condition tells containers apart.
    Part
        Other assignments at wider scopes; ``container`` is the position of the account in
        ``sorted(estate.accounts)``.
    """
    placer = _Placer(facts, estate, settings)
    rows = facts.table("role_assignments").filter(unexpired(facts.as_of)).select(COLUMNS).unique().sort(COLUMNS)
    for row in rows.iter_rows(named=True):
        placer.place(row)
    return _part(placer.local), _part(placer.wide)


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

    def __init__(self, facts: Facts, estate: Estate, settings: AccessSettings) -> None:
        self.book = RoleBook(facts.table("role_definitions"))
        self.estate = estate
        self.settings = settings
        self.order = {name: i for i, name in enumerate(sorted(estate.accounts))}
        namespaces = {name: account.hns for name, account in estate.accounts.items()}
        metadata = facts.table("containers").select("container", "metadata")
        self.frame = estate.containers.join(metadata, on="container", how="left", maintain_order="left").with_columns(
            hns=pl.col("account").replace_strict(namespaces, return_dtype=pl.Boolean)
        )
        if facts.assessed("containers") and metadata["metadata"].null_count() < metadata.height:
            # Metadata were read: a container without any has none, which is not the same as unknown.
            self.frame = self.frame.with_columns(pl.col("metadata").fill_null("{}"))
        self.codes = {
            (account, name): code
            for code, account, name in estate.containers.select("code", "account", "name").iter_rows()
        }
        self.local: list[tuple[object, ...]] = []
        self.wide: list[tuple[object, ...]] = []
        self.evaluated: dict[tuple[str, str], pl.DataFrame] = {}

    def place(self, row: Mapping[str, Any]) -> None:
        """Place one assignment."""
        scope = parse_scope(row["scope"])
        denies = row["effect"] == "deny"
        if scope.kind == NOT_STORAGE or (denies and row["state"] == "eligible"):
            return
        can = self.book.capabilities(row["role"])
        condition = parse_condition(row["condition"]) if row["condition"] else None
        if scope.kind == "container":
            account = self.estate.accounts[scope.account]
            code = self.codes[scope.account, scope.container]
            for key in self.keys(row, can, account, scope):
                self.local += [(c, *k.row()) for k, c in self.by_outcome(key, can, condition, row, codes=[code])]
            return
        for name, account in self.estate.accounts.items():
            reached = reaches(scope, account, alone=len(self.estate.accounts) == 1)
            if reached is False:
                continue
            for key in self.keys(row, can, account, scope):
                placed = replace(key, scope_kind=scope.kind, scope=row["scope"].strip().rstrip("/") or "/")
                if reached is None and key.lane == "data":
                    placed = replace(placed, lane="conditional", reason="where the account lies was not assessed")
                for k, code in self.by_outcome(placed, can, condition, row, account=name):
                    if code is None:
                        self.wide.append((self.order[name], *k.row()))
                    else:
                        self.local.append((code, *k.row()))

    def keys(self, row: Mapping[str, Any], can: Capabilities, account: Account, scope: Scope) -> Iterator[Key]:
        """What the assignment gives, its condition left aside."""
        key = Key(row["principal_id"], "data", 0, can.name, effect=row["effect"] or "allow")
        eligible = row["state"] == "eligible"
        if not can.known:
            # What a role carries decides; a role that nobody defines may carry anything.
            yield replace(key, lane="conditional", level=7, reason="role definition not read")
            return
        if can.level:
            lane, reason = ("eligible", "eligible, not activated") if eligible else ("data", "")
            yield replace(key, lane=lane, level=can.level, reason=reason)
        shared_key = self.settings.shared_key_when_unknown
        if account.allow_shared_key is not None:
            shared_key = account.allow_shared_key
        notes = ["eligible, not activated"] * eligible + [f"under the condition {row['condition']}"] * bool(
            row["condition"]
        )
        note = f" ({'; '.join(notes)})" if notes else ""
        control = replace(key, lane="control", level=7)
        # Keys belong to the account: an assignment on a container does not reach them.
        if can.keys and shared_key and scope.kind != "container":
            yield replace(control, reason=f"can list account keys{note}", detail="keys")
        if can.assigns:
            yield replace(control, reason=f"can assign roles{note}", detail="assigns")

    def by_outcome(
        self,
        key: Key,
        can: Capabilities,
        condition: Condition | None,
        row: Mapping[str, Any],
        *,
        codes: list[int] | None = None,
        account: str = "",
    ) -> Iterator[tuple[Key, int | None]]:
        """Apply the condition: the key as it holds on each container, or once with no container where all agree."""
        everywhere: list[int | None] = [*codes] if codes else [None]
        if condition is None or key.lane == "control" or not can.known:
            for code in everywhere:
                yield key, code
            return
        operations = sorted(can.data)
        if not condition.per_container:
            outcome = self.outcomes(condition, operations, self.frame.head(1)).row(0)
            for code in everywhere:
                yield from ((k, code) for k in _under(key, operations, outcome, row["condition"]))
            return
        if codes is not None:
            containers = self.frame[codes]
            outcomes = self.outcomes(condition, operations, containers)
        else:
            containers = self.frame.filter(pl.col("account") == account)
            cached = (account, f"{row['condition']}\n{operations}")
            if cached not in self.evaluated:
                self.evaluated[cached] = self.outcomes(condition, operations, containers)
            outcomes = self.evaluated[cached]
        known: dict[tuple[bool | None, ...], list[Key]] = {}
        for code, outcome in zip(containers["code"], outcomes.iter_rows(), strict=True):
            if outcome not in known:
                known[outcome] = list(_under(key, operations, outcome, row["condition"]))
            yield from ((k, code) for k in known[outcome])

    def outcomes(self, condition: Condition, operations: list[str], containers: pl.DataFrame) -> pl.DataFrame:
        """Outcome of a condition for each container (rows) and operation (columns)."""
        found = containers.select("code", **{operation: condition.value(operation) for operation in operations})
        return found.drop("code")


def _under(key: Key, operations: list[str], outcome: tuple[bool | None, ...], condition: str) -> Iterator[Key]:
    """What is left of a grant under an outcome: nothing, some operations, or a conditional grant.

    Where the outcome of any operation is unknown the whole grant is conditional: nobody should have to read a
    condition to know which half of a grant is firm.
    """
    possible = [o for o, passes in zip(operations, outcome, strict=True) if passes is not False]
    if not possible:
        return
    level = level_of(possible)
    if None not in outcome:
        yield replace(key, level=level)
        return
    reason = f"condition not evaluated: {condition}"
    if key.lane == "data":
        yield replace(key, level=level, lane="conditional", reason=reason)
    else:
        yield replace(key, level=level, reason=f"{key.reason}; {reason}")


def _part(rows: list[tuple[object, ...]]) -> Part:
    frame = pl.DataFrame(rows, schema={"container": pl.UInt32(), **KEY_SCHEMA}, orient="row")
    made = part(frame)
    return Part(with_defaults(made.keys).select("key", *KEY_COLUMNS), made.pairs)
