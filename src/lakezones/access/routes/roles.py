"""What a role definition lets its holder do to data, by its actions and never by its name.

In: role definitions (scanned, then built-in). Out: `Capabilities` per role as assignments write it.

An operation is allowed when an entry of ``actions`` (or ``dataActions``) matches it and no entry of ``notActions``
(``notDataActions``) of the *same* definition does; ``*`` stands for any text and case does not count.
Source: https://learn.microsoft.com/azure/role-based-access-control/role-definitions
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from lakezones.access.routes.builtin import BUILTIN, RoleDefinition
from lakezones.model.levels import Level

BLOBS: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"

DATA_OPERATIONS: Final[dict[str, Level]] = {
    f"{BLOBS}/read": Level.READ,
    f"{BLOBS}/write": Level.WRITE,
    f"{BLOBS}/add/action": Level.WRITE,
    f"{BLOBS}/manageOwnership/action": Level.MANAGE,
    f"{BLOBS}/modifyPermissions/action": Level.MANAGE,
    f"{BLOBS}/runAsSuperUser/action": Level.READ | Level.WRITE | Level.MANAGE,
}
"""Data operation to the level bits that holding it gives.

A superuser is subject to no permission check at all:
https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-access-control#the-super-user
"""

KEY_OPERATIONS: Final = (
    "Microsoft.Storage/storageAccounts/listKeys/action",
    "Microsoft.Storage/storageAccounts/regenerateKey/action",
    "Microsoft.Storage/storageAccounts/ListAccountSas/action",
    "Microsoft.Storage/storageAccounts/ListServiceSas/action",
)
"""Operations on the account that hand out a key, or a token signed with one."""

SWITCH_OPERATION: Final = "Microsoft.Storage/storageAccounts/write"
"""Sets ``allowSharedKeyAccess``: with it and `KEY_OPERATIONS`, an account that refuses its keys takes them again.

https://learn.microsoft.com/azure/storage/common/shared-key-authorization-prevent
"""

ASSIGN_OPERATION: Final = "Microsoft.Authorization/roleAssignments/write"
ASSIGN_OPERATIONS: Final = (
    ASSIGN_OPERATION,
    "Microsoft.Authorization/roleAssignmentScheduleRequests/write",
    "Microsoft.Authorization/roleEligibilityScheduleRequests/write",
)
"""Operations that let a person give access, to themselves too: at once, or by privileged identity management.

https://learn.microsoft.com/rest/api/authorization/privileged-role-assignment-rest-sample
"""

DELETE_BLOB: Final = f"{BLOBS}/delete"
DESTROY_DATA: Final[dict[str, str]] = {
    DELETE_BLOB: "delete blobs",
    f"{BLOBS}/deleteBlobVersion/action": "delete versions of blobs",
    f"{BLOBS}/permanentDelete/action": "delete blobs past soft delete",
    f"{BLOBS}/move/action": "move blobs",
    f"{BLOBS}/runAsSuperUser/action": "delete and move all as superuser",
}
DESTROY_RESOURCES: Final[dict[str, str]] = {
    "Microsoft.Storage/storageAccounts/blobServices/containers/delete": "delete the container",
    "Microsoft.Storage/storageAccounts/delete": "delete the account",
    "Microsoft.Storage/storageAccounts/managementPolicies/write": "set lifecycle rules that delete blobs",
    "Microsoft.Resources/subscriptions/resourceGroups/delete": "delete the account's resource group",
}
DESTROY_OPERATIONS: Final = {**DESTROY_DATA, **DESTROY_RESOURCES}
"""Operations that take data away from where it is, and what they do in words: data operations, and operations on the
resources around the data, which need no right to the data itself.

https://learn.microsoft.com/azure/role-based-access-control/permissions/storage
https://learn.microsoft.com/azure/storage/blobs/lifecycle-management-overview
"""

_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


@dataclass(frozen=True)
class Capabilities:
    """What a role gives: the operations it allows of those that matter here.

    Attributes
    ----------
    name
        Name of the role for people.
    data, keys, assigns, destroys
        Those of `DATA_OPERATIONS`, `KEY_OPERATIONS`, `ASSIGN_OPERATIONS` and `DESTROY_OPERATIONS` that it allows.
    switches
        Whether it can make an account take its keys again.
    known
        False when neither the snapshot nor the built-in list defines the role.
    """

    name: str
    data: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    assigns: frozenset[str] = frozenset()
    destroys: frozenset[str] = frozenset()
    switches: bool = False
    known: bool = True

    @property
    def level(self) -> int:
        """Level bits of all data operations together."""
        return level_of(self.data)


def level_of(operations: Iterable[str]) -> int:
    """Level bits that a set of data operations gives.

    Examples
    --------
    >>> level_of([f"{BLOBS}/read", f"{BLOBS}/add/action"])
    3
    """
    bits = Level.NONE
    for operation in operations:
        bits |= DATA_OPERATIONS[operation]
    return int(bits)


def matches(operation: str, patterns: Iterable[str]) -> bool:
    """Whether any of `patterns` covers `operation`.

    Examples
    --------
    >>> matches("Microsoft.Storage/storageAccounts/listKeys/action", ["microsoft.storage/*/LISTKEYS/action"])
    True
    >>> matches("Microsoft.Storage/storageAccounts/listKeys/action", ["*/read"])
    False
    """
    return any(_covers(pattern.strip().lower(), operation.lower()) for pattern in patterns)


def _covers(pattern: str, text: str) -> bool:
    """Whether a pattern with ``*`` for any text fits; a regular expression of many stars would try every split."""
    first, *others = pattern.split("*")
    if not others:
        return text == first
    if len(text) < len(first) + len(others[-1]) or not (text.startswith(first) and text.endswith(others[-1])):
        return False
    at, end = len(first), len(text) - len(others[-1])
    for part in others[:-1]:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def evaluate(definition: RoleDefinition) -> Capabilities:
    """Which of the operations that matter here a definition allows."""

    def allowed(operations: Iterable[str], yes: tuple[str, ...], no: tuple[str, ...]) -> frozenset[str]:
        return frozenset(o for o in operations if matches(o, yes) and not matches(o, no))

    control = definition.actions, definition.not_actions
    data = definition.data_actions, definition.not_data_actions
    return Capabilities(
        name=definition.name,
        data=allowed(DATA_OPERATIONS, *data),
        keys=allowed(KEY_OPERATIONS, *control),
        assigns=allowed(ASSIGN_OPERATIONS, *control),
        destroys=allowed(DESTROY_DATA, *data) | allowed(DESTROY_RESOURCES, *control),
        switches=bool(allowed([SWITCH_OPERATION], *control)),
    )


def role_key(role: str) -> str:
    """The part of a role reference that identifies it: its last GUID, or its name, in lower case.

    Examples
    --------
    >>> role_key("/providers/Microsoft.Authorization/roleDefinitions/2A2B9908-6EA1-4AE2-8E65-A410DF84E7D1")
    '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
    >>> role_key(" Storage Blob Data Reader ")
    'storage blob data reader'
    """
    text = role.strip().rstrip("/").lower()
    found = _GUID.search(text)
    return found.group() if found else text.rsplit("/roledefinitions/", 1)[-1]


class RoleBook:
    """Looks up roles as assignments write them: a scanned definition first, then the built-in ones.

    Parameters
    ----------
    definitions
        Table ``role_definitions`` of the snapshot; may be empty.
    """

    def __init__(self, definitions: pl.DataFrame) -> None:
        book: dict[str, RoleDefinition] = {}
        for builtin in BUILTIN:
            book[builtin.guid] = book[builtin.name.lower()] = builtin
        for row in definitions.sort("role").iter_rows(named=True):
            key = role_key(row["role"])
            known = book.get(key)
            book[key] = _scanned(row, name=known.name if known else row["role"])
            if known:
                book[known.guid] = book[known.name.lower()] = book[key]
        self._book: Mapping[str, RoleDefinition] = book
        self._seen: dict[str, Capabilities] = {}

    def capabilities(self, role: str) -> Capabilities:
        """Capabilities of a role by name, GUID or ARM id; ``known=False`` when nothing defines it."""
        key = role_key(role)
        if key not in self._seen:
            definition = self._book.get(key)
            self._seen[key] = evaluate(definition) if definition else Capabilities(name=role, known=False)
        return self._seen[key]


def _scanned(row: Mapping[str, list[str] | None], *, name: str) -> RoleDefinition:
    return RoleDefinition(
        name=name,
        actions=tuple(row["actions"] or ()),
        not_actions=tuple(row["not_actions"] or ()),
        data_actions=tuple(row["data_actions"] or ()),
        not_data_actions=tuple(row["not_data_actions"] or ()),
    )
