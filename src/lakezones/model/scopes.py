"""ARM scopes: what kind of thing one names and whether it reaches a container.

In: the ARM ids of assignments' scopes. Out: `Scope`, or a frame of their parts. An assignment at a scope holds for
everything below it:
https://learn.microsoft.com/azure/role-based-access-control/scope-overview
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl

NOT_STORAGE: Final = "other"
"""Kind of a scope that holds no container, for instance a queue service or a virtual machine."""


@dataclass(frozen=True)
class Scope:
    """A parsed scope; parts that the kind does not have are empty, names are in lower case."""

    kind: str
    subscription: str = ""
    resource_group: str = ""
    account: str = ""
    container: str = ""
    management_group: str = ""
    service: bool = False
    """Whether it is the account's blob service: everything in the account's containers, and not the account."""


@lru_cache(maxsize=65536)
def parse_scope(text: str) -> Scope:
    """Parse an ARM id; case does not count except in container names, which are lower case anyway.

    Examples
    --------
    >>> parse_scope("/subscriptions/S1/resourceGroups/rg").kind
    'resource_group'
    >>> account = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/lake"
    >>> parse_scope(account + "/blobServices/default/containers/trades").container
    'trades'
    >>> parse_scope(account + "/queueServices/default").kind
    'other'
    """
    parts = [part for part in text.strip().lower().split("/") if part]
    if not parts:
        return Scope("management_group")
    if parts[:3] == ["providers", "microsoft.management", "managementgroups"] and len(parts) == 4:
        return Scope("management_group", management_group=parts[3])
    if parts[0] != "subscriptions" or len(parts) < 2:
        return Scope(NOT_STORAGE)
    subscription = parts[1]
    if len(parts) == 2:
        return Scope("subscription", subscription)
    if parts[2] != "resourcegroups" or len(parts) < 4:
        return Scope(NOT_STORAGE, subscription)
    group = parts[3]
    if len(parts) == 4:
        return Scope("resource_group", subscription, group)
    if parts[4:7] != ["providers", "microsoft.storage", "storageaccounts"] or len(parts) < 8:
        return Scope(NOT_STORAGE, subscription, group)
    account, rest = parts[7], parts[8:]
    if not rest or rest in (["blobservices"], ["blobservices", "default"]):
        return Scope("account", subscription, group, account, service=bool(rest))
    if rest[:3] == ["blobservices", "default", "containers"] and len(rest) == 4:
        return Scope("container", subscription, group, account, rest[3])
    return Scope(NOT_STORAGE, subscription, group, account)


def parse_scopes(scopes: pl.Series) -> pl.DataFrame:
    """Parts of each distinct ARM id: scope, scope_kind, subscription, account, container; sorted by scope.

    Parts that the kind does not have are empty; names are in lower case, those of containers without their account.
    """
    parsed = [(text, parse_scope(text)) for text in scopes.unique().sort()]
    return pl.DataFrame(
        [(text, scope.kind, scope.subscription, scope.account, scope.container) for text, scope in parsed],
        schema=dict.fromkeys(["scope", "scope_kind", "subscription", "account", "container"], pl.String),
        orient="row",
    )
