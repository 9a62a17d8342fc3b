"""Azure's built-in roles that reach storage, by the actions they carry.

In: nothing. Out: `BUILTIN`, used where a snapshot holds no definition of a role. A definition that was scanned
always wins over the copy here. Names and GUIDs: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
"""

from dataclasses import dataclass
from typing import Final

_BLOBS: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
_CONTAINERS: Final = "Microsoft.Storage/storageAccounts/blobServices/containers"
_DELEGATION: Final = "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action"


@dataclass(frozen=True)
class RoleDefinition:
    """A role by what it carries; each field a tuple of operations in which ``*`` stands for any text."""

    name: str
    guid: str = ""
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()


BUILTIN: Final[tuple[RoleDefinition, ...]] = (
    RoleDefinition(
        "Owner",
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
        actions=("*",),
    ),
    RoleDefinition(
        "Contributor",
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        actions=("*",),
        not_actions=(
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete",
            "Microsoft.Compute/galleries/share/action",
            "Microsoft.Purview/consents/write",
            "Microsoft.Purview/consents/delete",
        ),
    ),
    RoleDefinition("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7", actions=("*/read",)),
    RoleDefinition(
        "User Access Administrator",
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        actions=("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"),
    ),
    RoleDefinition(
        "Role Based Access Control Administrator",
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        actions=(
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
            "Microsoft.Support/*",
        ),
    ),
    RoleDefinition(
        "Storage Account Contributor",
        "17d1049b-9a84-46fb-8f53-869881c3d3ab",
        actions=(
            "Microsoft.Authorization/*/read",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.Insights/diagnosticSettings/*",
            "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action",
            "Microsoft.ResourceHealth/availabilityStatuses/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Storage/storageAccounts/*",
            "Microsoft.Support/*",
        ),
    ),
    RoleDefinition(
        "Storage Account Key Operator Service Role",
        "81a9662b-bebf-436f-a333-f67b29880f12",
        actions=(
            "Microsoft.Storage/storageAccounts/listkeys/action",
            "Microsoft.Storage/storageAccounts/regeneratekey/action",
        ),
    ),
    RoleDefinition(
        "Reader and Data Access",
        "c12c1c16-33a1-487b-954d-41c89c60f349",
        actions=(
            "Microsoft.Storage/storageAccounts/listKeys/action",
            "Microsoft.Storage/storageAccounts/ListAccountSas/action",
            "Microsoft.Storage/storageAccounts/read",
        ),
    ),
    RoleDefinition(
        "Storage Account Backup Contributor",
        "e5e2a7ff-d759-4cd2-bb51-3152d37e2eb1",
        actions=(
            "Microsoft.Authorization/*/read",
            "Microsoft.Authorization/locks/read",
            "Microsoft.Storage/storageAccounts/read",
            f"{_CONTAINERS}/read",
            f"{_CONTAINERS}/write",
        ),
    ),
    RoleDefinition(
        "Storage Blob Data Owner",
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        actions=(f"{_CONTAINERS}/*", _DELEGATION),
        data_actions=(f"{_BLOBS}/*",),
    ),
    RoleDefinition(
        "Storage Blob Data Contributor",
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        actions=(f"{_CONTAINERS}/delete", f"{_CONTAINERS}/read", f"{_CONTAINERS}/write", _DELEGATION),
        data_actions=(
            f"{_BLOBS}/delete",
            f"{_BLOBS}/read",
            f"{_BLOBS}/write",
            f"{_BLOBS}/move/action",
            f"{_BLOBS}/add/action",
        ),
    ),
    RoleDefinition(
        "Storage Blob Data Reader",
        "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        actions=(f"{_CONTAINERS}/read", _DELEGATION),
        data_actions=(f"{_BLOBS}/read",),
    ),
    RoleDefinition(
        "Storage Blob Delegator",
        "db58b8e5-c6ad-4a2a-8342-4190687cbf4a",
        actions=(_DELEGATION,),
    ),
)
"""Built-in roles known without a scan, those that reach data, keys or role assignments first."""
