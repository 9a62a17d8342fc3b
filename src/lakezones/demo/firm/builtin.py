"""Azure role definitions that the Firm uses, as their owner publishes them.

Ids and actions: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles, reduced to what
touches storage and authorization.
"""

from typing import Final

import polars as pl

from lakezones.model.facts import RoleDefinitions
from lakezones.model.frames import conform

_BLOBS: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
_CONTAINERS: Final = "Microsoft.Storage/storageAccounts/blobServices/containers"
_DELEGATE: Final = "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action"

DATA_OWNER: Final = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
DATA_CONTRIBUTOR: Final = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
DATA_READER: Final = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
READER_AND_DATA_ACCESS: Final = "c12c1c16-33a1-487b-954d-41c89c60f349"
ACCOUNT_CONTRIBUTOR: Final = "17d1049b-9a84-46fb-8f53-869881c3d3ab"
OWNER: Final = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR: Final = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READER: Final = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
CUSTOM: Final = "6f0c1f0a-52d4-4c9b-9a37-3d8f0b1e7a55"

_ROLES: Final[dict[str, tuple[list[str], list[str], list[str], list[str]]]] = {
    DATA_OWNER: ([f"{_CONTAINERS}/*", _DELEGATE], [], [f"{_BLOBS}/*"], []),
    DATA_CONTRIBUTOR: (
        [f"{_CONTAINERS}/delete", f"{_CONTAINERS}/read", f"{_CONTAINERS}/write", _DELEGATE],
        [],
        [
            f"{_BLOBS}/delete",
            f"{_BLOBS}/read",
            f"{_BLOBS}/write",
            f"{_BLOBS}/move/action",
            f"{_BLOBS}/add/action",
        ],
        [],
    ),
    DATA_READER: ([f"{_CONTAINERS}/read", _DELEGATE], [], [f"{_BLOBS}/read"], []),
    READER_AND_DATA_ACCESS: (
        [
            "Microsoft.Storage/storageAccounts/listKeys/action",
            "Microsoft.Storage/storageAccounts/ListAccountSas/action",
            "Microsoft.Storage/storageAccounts/read",
        ],
        [],
        [],
        [],
    ),
    ACCOUNT_CONTRIBUTOR: (
        [
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Storage/storageAccounts/*",
        ],
        [],
        [],
        [],
    ),
    OWNER: (["*"], [], [], []),
    CONTRIBUTOR: (
        ["*"],
        [
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
        ],
        [],
        [],
    ),
    READER: (["*/read"], [], [], []),
    # The Firm's own: an operator's role whose wildcard also reaches the keys.
    CUSTOM: (
        ["Microsoft.Storage/storageAccounts/read", "Microsoft.Storage/storageAccounts/list*"],
        ["Microsoft.Storage/storageAccounts/listServiceSas/action"],
        [],
        [],
    ),
}


def role_definitions() -> pl.DataFrame:
    """Return the role definitions as a fact table."""
    columns = ("actions", "not_actions", "data_actions", "not_data_actions")
    rows = [{"role": role, **dict(zip(columns, lists, strict=True))} for role, lists in sorted(_ROLES.items())]
    return conform(
        pl.DataFrame(rows, schema={"role": pl.String, **dict.fromkeys(columns, pl.List(pl.String))}),
        RoleDefinitions,
    )
