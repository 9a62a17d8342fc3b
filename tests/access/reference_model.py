"""What the reference knows of Azure: operations, an estate, a grant, wildcards, conditions, and its rules."""

import fnmatch
from dataclasses import dataclass, field
from typing import Any, Final

STORAGE: Final = "Microsoft.Storage/storageAccounts"
CONTAINERS: Final = f"{STORAGE}/blobServices/containers"
BLOBS: Final = f"{CONTAINERS}/blobs"
DATA: Final = {
    f"{BLOBS}/read": 1,
    f"{BLOBS}/write": 2,
    f"{BLOBS}/add/action": 2,
    f"{BLOBS}/manageOwnership/action": 4,
    f"{BLOBS}/modifyPermissions/action": 4,
    f"{BLOBS}/runAsSuperUser/action": 7,
}
KEYS: Final = [f"{STORAGE}/{name}/action" for name in ("listKeys", "regenerateKey", "ListAccountSas", "ListServiceSas")]
WRITE_ACCOUNT: Final = f"{STORAGE}/write"
ASSIGN: Final = {
    "roleAssignments/write": "Microsoft.Authorization/roleAssignments/write",
    "roleAssignmentScheduleRequests/write": "Microsoft.Authorization/roleAssignmentScheduleRequests/write",
    "roleEligibilityScheduleRequests/write": "Microsoft.Authorization/roleEligibilityScheduleRequests/write",
}
"""Ways to write a role assignment: at once, and through privileged identity management."""
ERASE: Final = {
    "blobs/delete": f"{BLOBS}/delete",
    "blobs/move": f"{BLOBS}/move/action",
    "versions of blobs": f"{BLOBS}/deleteBlobVersion/action",
    "superuser": f"{BLOBS}/runAsSuperUser/action",
}
"""Data operations that take blobs away from where they are."""
REMOVE: Final = {
    "containers/delete": f"{CONTAINERS}/delete",
    "storageAccounts/delete": f"{STORAGE}/delete",
    "lifecycle rules": f"{STORAGE}/managementPolicies/write",
    "resourceGroups/delete": "Microsoft.Resources/subscriptions/resourceGroups/delete",
}
"""Control operations that take the container away, or what is in it, or what it is in."""
OF_ACCOUNT: Final = (*KEYS, WRITE_ACCOUNT, REMOVE["storageAccounts/delete"], REMOVE["lifecycle rules"])
"""Operations on the account itself, which an assignment below it does not reach."""
EVERYONE: Final = "00000000-0000-0000-0000-000000000000"
MACHINES: Final = ("service_principal", "managed_identity", "group")
NAMED: Final = {"read": 1, "write": 3, "manage": 7, None: 1}

LEARN: Final = "https://learn.microsoft.com/azure/"
_RBAC, _BLOBS = LEARN + "role-based-access-control/", LEARN + "storage/blobs/"
_ACL = _BLOBS + "data-lake-storage-access-control"
_SCOPES, _DENY, _PIM = _RBAC + "scope-overview", _RBAC + "deny-assignments", _RBAC + "pim-integration"
_ROLES, _CONDITIONS = _RBAC + "role-definitions", _RBAC + "conditions-format"
_DELEGATE, _KEYS = (
    _RBAC + "delegate-role-assignments-examples",
    LEARN + "storage/common/shared-key-authorization-prevent",
)
_GROUPS = "https://learn.microsoft.com/entra/fundamentals/how-to-manage-groups"
_HOUSE = "docs/access.md"

RULES: Final[dict[str, str]] = {
    "assignment: ends at the moment it names": _PIM,
    "assignment: eligible is not held": _PIM,
    "assignment: an unknown role may be anything": _HOUSE,
    "scope: in any case": _SCOPES,
    "scope: account": _SCOPES,
    "scope: blob service": _SCOPES,
    "scope: resource group": _SCOPES,
    "scope: subscription": _SCOPES,
    "scope: management group": _SCOPES,
    "role: wildcards": _ROLES,
    "role: not-lists": _ROLES,
    "condition: decides": _CONDITIONS,
    "condition: unknown is conditional": _CONDITIONS,
    "deny: wins": _DENY,
    "deny: of a group": _DENY,
    "deny: of everybody": _DENY,
    "deny: excludes principals": _DENY,
    "deny: that may hold": _DENY,
    "deny: eligible is none": _DENY,
    "deny: of ACLs": _DENY,
    "membership: ends at the moment it names": _PIM,
    "membership: eligible is none": _PIM,
    "membership: nests": _RBAC + "overview",
    "acl: none in a flat account": _ACL,
    "acl: mask": _ACL,
    "acl: owner": _ACL,
    "acl: owner is not masked": _ACL,
    "acl: named user before groups": _ACL,
    "acl: owning group": _ACL,
    "acl: other": _ACL,
    "acl: execute on every ancestor": _ACL,
    "acl: a folder's wx to write": _ACL,
    "grant: ends at the moment it names": _HOUSE,
    "policy: in force": "https://learn.microsoft.com/rest/api/storageservices/define-stored-access-policy",
    "policy: needs shared keys": _KEYS,
    "public: unless refused": _BLOBS + "anonymous-read-access-prevent",
    "entitlement: approved and not ended": _HOUSE,
    "entitlement: counts where enforcement was not scanned": _HOUSE,
    "keys: everything": _KEYS,
    "keys: not where refused": _KEYS,
    "keys: of the account, not of a container": _SCOPES,
    "keys: of the account, not of the blob service": _SCOPES,
    "keys: switched on again": _KEYS,
    "keys: switched on by one role, listed by another": _KEYS,
    "assign: roleAssignments/write": _RBAC + "role-assignments-steps",
    "assign: roleAssignmentScheduleRequests/write": _PIM,
    "assign: roleEligibilityScheduleRequests/write": _PIM,
    "delegate: a condition limits actions": _DELEGATE,
    "delegate: a condition limits roles": _DELEGATE,
    "delegate: a condition limits principals": _DELEGATE,
    "delegate: a condition limits kinds of principals": _DELEGATE,
    "control: denied operation by operation": _DENY,
    "control: a deny that may not hold takes nothing": _DENY,
    "control: a deny of some keys leaves the others": _DENY,
    "owner: adds itself to the group": _GROUPS,
    "owner: what is owned is a group": _GROUPS,
    "owner: not where membership is synchronised or by rule": _GROUPS,
    "destroy: blobs/delete": _ROLES,
    "destroy: blobs/move": _ROLES,
    "destroy: versions of blobs": _ROLES,
    "destroy: superuser": _ACL,
    "destroy: containers/delete": _ROLES,
    "destroy: storageAccounts/delete": _ROLES,
    "destroy: resourceGroups/delete": LEARN + "azure-resource-manager/management/delete-resource-group",
    "destroy: lifecycle rules": _BLOBS + "lifecycle-management-overview",
    "destroy: nothing new beside write": "lakezones.model.levels",
    "destroy: denied operation by operation": _DENY,
    "destroy: a resource group is not the account's to delete": _SCOPES,
    "destroy: -wx on a folder": _ACL,
    "destroy: execute on every ancestor": _ACL,
    "destroy: sticky bit": _ACL,
    "destroy: sticky bit spares owners": _ACL,
}
"""Each rule that the reference can be asked to leave out, and the document it rests on."""


@dataclass
class Estate:
    """Tables as lists of dicts; None where a table was not assessed. `conditions` gives the tree of each text."""

    tables: dict[str, list[dict[str, Any]] | None]
    conditions: dict[str, Any]
    roles: dict[str, dict[str, list[str]]]
    as_of: Any
    subscription_of: dict[str, tuple[str, str]] = field(default_factory=dict)

    def rows(self, name: str) -> list[dict[str, Any]]:
        return self.tables.get(name) or []


@dataclass(frozen=True)
class Grant:
    route: str
    grantee: str
    lane: str
    level: int
    local: bool
    entitlement: str = ""
    deny: bool = False
    single: bool = True
    """Whether the grant is about this container by itself: made on it, or by a condition that looks at it."""
    spared: tuple[str, ...] = ()
    """Principals that a deny excludes."""


def alive(row: dict[str, Any], now: Any, *, at_the_moment: bool = False) -> bool:
    """Whether a row has not ended; one that ends at this moment has, unless `at_the_moment` still counts."""
    end = row.get("expires_at")
    return end is None or end > now or (at_the_moment and end == now)


def covers(pattern: str, operation: str) -> bool:
    escaped = "".join(c if c == "*" else f"[{c}]" if c in "?[]" else c for c in pattern.lower())
    return fnmatch.fnmatchcase(operation.lower(), escaped)


def looks_at_container(tree: Any) -> bool:
    """Whether a condition looks at the container, so that an assignment above it is one per container."""
    if tree[0] in ("and", "or", "not"):
        return any(looks_at_container(part) for part in tree[1:])
    return tree[0] in ("name", "like", "meta", "meta_not", "has")


def kleene(tree: Any, operation: str, container: dict[str, Any], request: dict[str, str] | None = None) -> bool | None:
    """Three-valued truth of a condition's tree; `request` is the role assignment that is asked for."""
    kind = tree[0]
    if kind == "not":
        inner = kleene(tree[1], operation, container, request)
        return None if inner is None else not inner
    if kind in ("and", "or"):
        values = [kleene(part, operation, container, request) for part in tree[1:]]
        decisive = kind == "or"
        if decisive in values:
            return decisive
        return None if None in values else not decisive
    if kind == "action":
        return covers(tree[1], operation)
    if kind in ("role", "principal", "type"):
        value = None if request is None else request.get(kind)
        return None if value is None else value.lower() in {v.lower() for v in tree[1]}
    if request is not None:
        return None
    if kind == "name":
        return container["name"] == tree[1]
    if kind == "like":
        return fnmatch.fnmatchcase(container["name"], tree[1])
    if kind == "meta":
        return container["metadata"].get(tree[1]) == tree[2]
    if kind == "meta_not":
        value = container["metadata"].get(tree[1])
        return None if value is None else value != tree[2]
    if kind == "has":
        return tree[1] in container["metadata"]
    return None
