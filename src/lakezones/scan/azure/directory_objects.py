"""Reads objects of Microsoft Graph: what is asked of each kind, and the rows that its answers become.

In: objects as Graph gives them. Out: plain values of fact tables, ids in lower case. What is not of the documented
shape raises `KeyError`, `TypeError` or the like, which callers count as an answer that could not be read.
"""

from typing import Any, Final

Item = dict[str, Any]
"""An object of the directory, or a row of a fact table."""

GROUPS: Final = "GroupMember.Read.All"
USERS: Final = "User.Read.All"
APPS: Final = "Application.Read.All"
LISTS: Final = {"group": "/groups", "user": "/users", "servicePrincipal": "/servicePrincipals"}
PERMISSIONS: Final = {"group": GROUPS, "user": f"{USERS} (AuditLog.Read.All for sign-ins)", "servicePrincipal": APPS}

EXPANDED: Final = 20
"""Objects that Graph expands at most; where as many came there may be more.

Source: https://learn.microsoft.com/graph/query-parameters#expand
"""

_SELECT: Final = {
    "group": "$select=id,displayName,groupTypes,onPremisesSyncEnabled",
    "user": "$select=id,displayName,userPrincipalName,department,jobTitle,accountEnabled&$expand=manager($select=id)",
    "servicePrincipal": "$select=id,displayName,servicePrincipalType,accountEnabled",
}
_OWNERS: Final = "&$expand=owners($select=id)"


def query_of(kind: str, *, sign_ins: bool, owners: bool) -> str:
    """What is asked of a principal of a kind.

    Examples
    --------
    >>> query_of("group", sign_ins=False, owners=True).partition("&")[2]
    '$expand=owners($select=id)'
    """
    query = _SELECT[kind]
    if kind == "user" and sign_ins:
        query = query.replace("accountEnabled", "accountEnabled,signInActivity")
    return query + _OWNERS if kind == "group" and owners else query


def kind_of(item: Item) -> str:
    """Kind of an object: ``user``, ``group``, ``servicePrincipal`` or what else the directory has."""
    return str(item.get("@odata.type", "")).rpartition(".")[2]


def reference(item: Item) -> Item:
    """Id and kind of a member or an owner.

    Examples
    --------
    >>> reference({"@odata.type": "#microsoft.graph.user", "id": "A1"})
    {'id': 'a1', 'kind': 'user'}
    """
    return {"id": item["id"].lower(), "kind": kind_of(item)}


def schedule(item: Item) -> Item:
    """Principal and end of a scheduled membership, and whether it is one: owners are scheduled too."""
    ends = item.get("endDateTime")
    return {"id": item["principalId"].lower(), "member": item.get("accessId") == "member", "ends": ends}


def principal(kind: str, body: Item) -> Item:
    """Row of principals; that of a group has its owners, or None where they did not come."""
    row: Item = {"principal_id": body["id"].lower(), "name": body.get("displayName")}
    if kind == "group":
        dynamic = "DynamicMembership" in (body.get("groupTypes") or [])
        synced = bool(body.get("onPremisesSyncEnabled"))
        owners = body.get("owners")
        row |= {"kind": "group", "managed_by": "dynamic" if dynamic else "ad_sync" if synced else "entra"}
        return row | {"owners": None if owners is None else [reference(item) for item in owners]}
    row["enabled"] = body.get("accountEnabled")
    if kind == "servicePrincipal":
        managed = body.get("servicePrincipalType") == "ManagedIdentity"
        return {**row, "kind": "managed_identity" if managed else "service_principal"}
    manager = body.get("manager") or {}
    return {
        **row,
        "kind": "user",
        "department": body.get("department"),
        "title": body.get("jobTitle"),
        "last_sign_in": (body.get("signInActivity") or {}).get("lastSignInDateTime"),
        "manager_id": (manager.get("id") or "").lower() or None,
    }
