"""The fact tables in the shapes that ARM, Resource Graph, Graph, Data Lake and Log Analytics answer in.

In: tables with the schemas of `lakezones.model.facts`. Out: `CloudData`, documents ready to be paged and served.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from lakezones.model.facts import FACTS

SUBSCRIPTION: Final = "5ub5c419-0000-4000-8000-000000000001"
"""Subscription of an account whose table names none."""

ARM_NAMES: Final = {
    "role_assignments": "roleAssignments",
    "role_definitions": "roleDefinitions",
    "denies": "denyAssignments",
    "eligible": "roleEligibilityScheduleInstances",
    "timed": "roleAssignmentScheduleInstances",
}
_TYPES: Final = {
    "user": "#microsoft.graph.user",
    "group": "#microsoft.graph.group",
    "service_principal": "#microsoft.graph.servicePrincipal",
    "managed_identity": "#microsoft.graph.servicePrincipal",
}


class CloudData:
    """The tables in the shapes of the services."""

    def __init__(self, tables: Mapping[str, pl.DataFrame], account: str) -> None:
        rows = {name: _rows(tables, name) for name in FACTS}
        settings = {row["account"]: row for row in rows["accounts"]}.get(account, {})
        self.subscription = settings.get("subscription_id") or SUBSCRIPTION
        group = settings.get("resource_group") or "lake"
        self.accounts = [
            {
                "id": f"/subscriptions/{self.subscription}/resourceGroups/{group}"
                f"/providers/Microsoft.Storage/storageAccounts/{account}",
                "name": account,
                "subscriptionId": self.subscription,
                "resourceGroup": group,
                "location": settings.get("region") or "westeurope",
                "hns": settings.get("hns") if settings else True,
                "allowSharedKey": settings.get("allow_shared_key"),
                "allowPublic": settings.get("allow_public"),
            }
        ]
        self.arm = self._arm(rows)
        self.principals = {row["principal_id"].lower(): _graph_object(row) for row in rows["principals"]}
        self.members: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows["memberships"]:
            member = self.principals.get(row["member_id"].lower())
            kind = member["@odata.type"] if member else "#microsoft.graph.device"
            self.members[row["group_id"].lower()].append({"@odata.type": kind, "id": row["member_id"]})
        self.acls = {(row["container"], (row["path"] or "").strip("/")): row for row in rows["acls"]}
        self.usage = [
            {
                "account": account,
                "container": row["container"],
                "principal": row["principal_id"],
                "access": row["access"] or "read",
                "grant": row["grant_id"] or "",
                "last_used": row["last_used"].isoformat() if row["last_used"] else None,
                "operations": row["operations"] or 0,
            }
            for row in rows["usage"]
        ]

    def _arm(self, rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
        prefix = f"/subscriptions/{self.subscription}/providers/Microsoft.Authorization"
        carries = {row["role"]: row for row in rows["role_definitions"]}
        arm: dict[str, list[dict[str, Any]]] = {name: [] for name in ARM_NAMES}
        for number, row in enumerate(rows["role_assignments"]):
            name = row["grant_id"] or f"{number:08x}-0000-4000-8000-00000000a551"
            properties = {
                "roleDefinitionId": f"{prefix}/roleDefinitions/{row['role'].rpartition('/')[2]}",
                "principalId": row["principal_id"],
                "scope": row["scope"],
                "condition": row["condition"],
                "conditionVersion": row["condition_version"],
                "createdOn": _iso(row["created_at"]),
            }
            if row["effect"] == "deny":
                permissions = _permissions(carries.get(row["role"], {}))
                deny = {
                    "denyAssignmentName": name,
                    "permissions": permissions,
                    "scope": row["scope"],
                    "principals": [{"id": row["principal_id"], "type": "User"}],
                    "excludePrincipals": [],
                }
                arm["denies"].append({"id": f"{prefix}/denyAssignments/{name}", "name": name, "properties": deny})
            elif row["state"] == "eligible":
                end = {**properties, "endDateTime": _iso(row["expires_at"])}
                kind = "roleEligibilityScheduleInstances"
                arm["eligible"].append({"id": f"{prefix}/{kind}/{name}", "name": name, "properties": end})
            else:
                identifier = f"{prefix}/roleAssignments/{name}"
                arm["role_assignments"].append({"id": identifier, "name": name, "properties": properties})
                if row["expires_at"]:
                    end = {**properties, "originRoleAssignmentId": identifier, "endDateTime": _iso(row["expires_at"])}
                    kind = "roleAssignmentScheduleInstances"
                    arm["timed"].append({"id": f"{prefix}/{kind}/{name}", "name": name, "properties": end})
        denied = {row["role"] for row in rows["role_assignments"] if row["effect"] == "deny"}
        for role, row in carries.items():
            if role not in denied:
                definition = {"roleName": role, "permissions": _permissions(row)}
                identifier = f"{prefix}/roleDefinitions/{role.rpartition('/')[2]}"
                arm["role_definitions"].append({"id": identifier, "name": role, "properties": definition})
        return arm


def _permissions(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = {
        "actions": "actions",
        "notActions": "not_actions",
        "dataActions": "data_actions",
        "notDataActions": "not_data_actions",
    }
    return [{theirs: list(row.get(ours) or []) for theirs, ours in names.items()}]


def _graph_object(row: Mapping[str, Any]) -> dict[str, Any]:
    kind = row["kind"] or "user"
    item: dict[str, Any] = {"@odata.type": _TYPES[kind], "id": row["principal_id"], "displayName": row["name"]}
    if kind == "group":
        item["groupTypes"] = ["DynamicMembership"] if row["managed_by"] == "dynamic" else []
        item["onPremisesSyncEnabled"] = True if row["managed_by"] == "ad_sync" else None
        return item
    item["accountEnabled"] = row["enabled"]
    if kind == "user":
        item |= {"department": row["department"], "jobTitle": row["title"]}
        item |= {"signInActivity": {"lastSignInDateTime": _iso(row["last_sign_in"])}} if row["last_sign_in"] else {}
        item |= {"manager": {"id": row["manager_id"]}} if row["manager_id"] else {}
    else:
        item["servicePrincipalType"] = "ManagedIdentity" if kind == "managed_identity" else "Application"
    return item


def _rows(tables: Mapping[str, pl.DataFrame], name: str) -> list[dict[str, Any]]:
    if name not in tables:
        return []
    known = tables[name].columns
    missing = [pl.lit(None).alias(column) for column in FACTS[name].column_names() if column not in known]
    return tables[name].with_columns(missing).to_dicts()


def _iso(moment: Any) -> str | None:
    return None if moment is None else str(moment.isoformat())
