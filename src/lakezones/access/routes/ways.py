"""What an assignment lets its holder do beside reading and changing data: give themselves access, and destroy.

In: what a role carries, and where it is assigned. Out: raw grants of the lanes ``control`` and ``destroy``, each with
the operations it rests on, so that a deny can take them one by one.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from lakezones.access.keys import RawGrant
from lakezones.access.operations import REFUSED, delegated, listed
from lakezones.access.routes.delegations import ANY, Delegation, named_in
from lakezones.access.routes.roles import (
    ASSIGN_OPERATION,
    DESTROY_OPERATIONS,
    SWITCH_OPERATION,
    Capabilities,
)
from lakezones.model.levels import Level
from lakezones.model.scopes import Scope

DESTROY_LEVEL: Final = int(Level.WRITE)
"""What the lane ``destroy`` carries: data is changed by going away."""

_OF_ACCOUNT: Final = (
    "Microsoft.Storage/storageAccounts/delete",
    "Microsoft.Storage/storageAccounts/managementPolicies/write",
)
_OF_GROUP: Final = ("Microsoft.Resources/subscriptions/resourceGroups/delete",)


def reaches_account(scope: Scope) -> bool:
    """Whether an assignment holds for the account itself: its keys are no part of a container or the blob service."""
    return scope.kind != "container" and not scope.service


def destroying(can: Capabilities, scope: Scope, *, denies: bool) -> frozenset[str]:
    """Operations of a role that destroy, as far as the scope reaches what they are about.

    A deny of deleting the account keeps it from going with its resource group as well.
    """
    if not reaches_account(scope):
        return can.destroys.difference(_OF_ACCOUNT, _OF_GROUP)
    if denies and _OF_ACCOUNT[0] in can.destroys:
        return can.destroys.union(_OF_GROUP)
    return can.destroys.difference(_OF_GROUP) if scope.kind == "account" else can.destroys


def opens(can: Capabilities, scope: Scope, *, accepted: bool) -> int:
    """Level bits of all that a role opens where it is assigned; a role nobody defines may open everything."""
    keys = can.keys and reaches_account(scope) and (accepted or can.switches)
    if not can.known or keys or can.assigns:
        return 7
    return can.level | (DESTROY_LEVEL if can.destroys else 0)


def can_destroy(operations: Iterable[str]) -> str:
    """Operations that destroy, in words.

    Examples
    --------
    >>> can_destroy(["Microsoft.Storage/storageAccounts/delete"])
    'can delete the account'
    """
    held = set(operations)
    return "can " + ", ".join(words for operation, words in DESTROY_OPERATIONS.items() if operation in held)


def by_keys(key: RawGrant, can: Capabilities, *, accepted: bool, note: str) -> Iterator[RawGrant]:
    """Ways to the account's keys; `accepted` says whether the account takes them today.

    Where it does not, somebody who may write the account can make it: the two halves may come from two assignments.
    """
    operations = set(can.keys)
    if key.effect == "deny":
        operations |= {SWITCH_OPERATION} if can.switches else set()
        if operations:
            yield replace(key, detail=listed(operations))
    elif accepted:
        if operations:
            yield replace(key, reason=f"can list account keys{note}", detail=listed(operations))
    elif operations or can.switches:
        halves = {(True, True): "can switch shared keys on again and list account keys"}
        halves[True, False] = "could list account keys, which the account refuses"
        halves[False, True] = "could switch shared keys on again"
        detail = {f"{REFUSED}{operation}" for operation in operations} | ({SWITCH_OPERATION} if can.switches else set())
        yield replace(key, reason=halves[bool(operations), can.switches] + note, detail=listed(detail))


def by_assigning(key: RawGrant, can: Capabilities, *, note: str) -> Iterator[RawGrant]:
    """Writing role assignments, at once or by privileged identity management."""
    if can.assigns:
        how = "" if ASSIGN_OPERATION in can.assigns else " by privileged identity management"
        yield replace(key, reason=f"can assign roles{how}{note}", detail=listed(can.assigns))


def by_delegation(
    key: RawGrant, can: Capabilities, condition: str, opened: Callable[[str], tuple[str, int]], *, note: str
) -> Iterator[tuple[RawGrant, Delegation | None]]:
    """Writing role assignments under a condition: what it leaves, operation by operation.

    `opened` gives the name and the level of a role by its id.
    """
    roles = tuple((role, *opened(role)) for role in [*named_in(condition), ANY])
    free = set()
    for operation in sorted(can.assigns):
        found = Delegation(condition, operation, roles)
        if found.free:
            free.add(operation)
        elif found.widest:
            detail = delegated(found.digest, operation)
            yield replace(key, level=found.widest, reason=f"{found.words}{note}", detail=detail), found
    for one in by_assigning(key, replace(can, assigns=frozenset(free)), note=note):
        yield one, None
