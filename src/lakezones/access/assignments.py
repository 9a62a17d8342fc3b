"""Role assignments and deny assignments to raw grants.

In: ``role_assignments`` with role definitions. Out: grants on containers, and grants above them by account. Scope is
matched as Azure does: an assignment holds for everything below its scope. A deny wins over every allow:
https://learn.microsoft.com/azure/role-based-access-control/deny-assignments
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from lakezones.access.estate import Account, Estate
from lakezones.access.keys import KEY_COLUMNS, Part, part, with_defaults
from lakezones.access.membership import unexpired
from lakezones.access.roles import Capabilities, RoleBook
from lakezones.access.scopes import NOT_STORAGE, Scope, parse_scope
from lakezones.access.settings import AccessSettings
from lakezones.model.frames import Facts


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
        Assignments at the scope of a container.
    Part
        Assignments at wider scopes; ``container`` is the position of the account in ``sorted(estate.accounts)``.
    """
    book = RoleBook(facts.table("role_definitions"))
    codes = {
        (account, name): code for code, account, name in estate.containers.select("code", "account", "name").iter_rows()
    }
    order = {name: i for i, name in enumerate(sorted(estate.accounts))}
    local: list[tuple[object, ...]] = []
    wide: list[tuple[object, ...]] = []
    columns = ["principal_id", "role", "scope", "condition", "state", "effect"]
    for row in (
        facts.table("role_assignments").filter(unexpired(facts.as_of)).select(columns).unique().iter_rows(named=True)
    ):
        scope = parse_scope(row["scope"])
        if scope.kind == NOT_STORAGE:
            continue
        capabilities = book.capabilities(row["role"])
        if scope.kind == "container":
            code = codes[scope.account, scope.container]
            account = estate.accounts[scope.account]
            local += [(code, *key.row()) for key in _keys(row, capabilities, account, scope, settings)]
            continue
        for name, account in estate.accounts.items():
            reached = reaches(scope, account, alone=len(estate.accounts) == 1)
            if reached is False:
                continue
            for key in _keys(row, capabilities, account, scope, settings):
                placed = replace(key, scope_kind=scope.kind, scope=row["scope"].strip().rstrip("/") or "/")
                if reached is None and key.lane == "data":
                    placed = replace(placed, lane="conditional", reason="where the account lies was not assessed")
                wide.append((order[name], *placed.row()))
    return _part(local), _part(wide)


def reaches(scope: Scope, account: Account, *, alone: bool) -> bool | None:
    """Whether a scope wider than a container holds for an account; None when it cannot be known.

    Management groups are taken to hold everything scanned: listings of a subscription name only those above it. An
    account whose place is unknown is taken to be in the scope when it is the only account.
    """
    match scope.kind:
        case "account":
            return (
                scope.account == account.account
                or (alone and not account.account)
                or (None if not account.account else False)
            )
        case "subscription" | "resource_group":
            if account.subscription is None:
                return True if alone else None
            if account.subscription != scope.subscription:
                return False
            if scope.kind == "subscription":
                return True
            if account.resource_group is None:
                return True if alone else None
            return account.resource_group == scope.resource_group
        case "management_group":
            return True
        case _:
            return False


def _keys(
    row: dict[str, str | None], can: Capabilities, account: Account, scope: Scope, settings: AccessSettings
) -> Iterator[Key]:
    who, effect = row["principal_id"] or "", row["effect"] or "allow"
    lane, reason = "data", ""
    if row["condition"]:
        lane, reason = "conditional", f"condition not evaluated: {row['condition']}"
    if row["state"] == "eligible":
        lane, reason = "eligible", "eligible, not activated"
    if not can.known:
        # What a role carries decides; a role that nobody defines may carry anything.
        yield Key(who, "conditional", 7, can.name, "role definition not read", effect=effect)
        return
    if can.level:
        yield Key(who, lane, can.level, can.name, reason, effect=effect)
    shared_key = settings.shared_key_when_unknown if account.allow_shared_key is None else account.allow_shared_key
    # Keys belong to the account: an assignment on a container does not reach them.
    if can.keys and shared_key and scope.kind != "container":
        yield Key(
            who, "control", 7, can.name, _control("can list account keys", lane, reason), effect=effect, detail="keys"
        )
    if can.assigns:
        yield Key(
            who, "control", 7, can.name, _control("can assign roles", lane, reason), effect=effect, detail="assigns"
        )


def _control(what: str, lane: str, reason: str) -> str:
    return what if lane == "data" else f"{what} ({reason})"


def _part(rows: list[tuple[object, ...]]) -> Part:
    schema = {
        "container": pl.UInt32(),
        **{name: pl.UInt8() if name == "level" else pl.String() for name in KEY_COLUMNS},
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    made = part(frame)
    return Part(with_defaults(made.keys).select("key", *KEY_COLUMNS), made.pairs)
