"""The fact tables in the shapes that ARM, Resource Graph, Graph, Data Lake and Log Analytics answer in.

In: tables with the schemas of `lakezones.model.facts`, for one account or several. Out: `CloudData`, documents ready
to be paged and served. Ids are as the services give them: the last part of an ARM id is a name of its own, and logs
name a role assignment by it.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

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
LOG_COLUMNS: Final = {"account": "string", "container": "string", "lines": "long", "used": "string"}

_PROVIDER: Final = "/providers/Microsoft.Authorization"
_TYPES: Final = {
    "user": "#microsoft.graph.user",
    "group": "#microsoft.graph.group",
    "service_principal": "#microsoft.graph.servicePrincipal",
    "managed_identity": "#microsoft.graph.servicePrincipal",
}

Document: TypeAlias = dict[str, Any]
Documents: TypeAlias = list[Document]


class CloudData:
    """The tables in the shapes of the services.

    Attributes
    ----------
    accounts
        Storage accounts as Resource Graph has them.
    arm
        Documents by kind (keys of `ARM_NAMES`), of all subscriptions; `of_subscription` picks.
    principals
        Graph objects by id.
    members, eligible_members, timed_members
        Per group: its members, and the schedules of privileged identity management.
    owners
        Per group: its owners.
    acls
        Owner, owning group and ACL by account, container and path.
    usage
        Rows of the logs: account, container, principal, access, grant, last_used, operations.
    """

    def __init__(self, tables: Mapping[str, pl.DataFrame], account: str) -> None:
        self.accounts = [_account(row) for row in _rows(tables, "accounts") or [{"account": account, "hns": True}]]
        self.names = [found["name"] for found in self.accounts]
        self.arm = self._arm(_rows(tables, "role_definitions"), _rows(tables, "role_assignments"))
        self.principals = {row["principal_id"].lower(): _graph_object(row) for row in _rows(tables, "principals")}
        self.members: dict[str, Documents] = defaultdict(list)
        self.eligible_members: dict[str, Documents] = defaultdict(list)
        self.timed_members: dict[str, Documents] = defaultdict(list)
        for row in _rows(tables, "memberships"):
            self._member(row)
        self.owners: dict[str, Documents] = defaultdict(list)
        for row in _rows(tables, "group_owners"):
            self.owners[row["group_id"].lower()].append(self._reference(row["owner_id"].lower()))
        self.acls: dict[tuple[str, str, str], Mapping[str, Any]] = {}
        for row in _rows(tables, "acls"):
            self.acls[(*self._place(row["container"]), (row["path"] or "").strip("/"))] = row
        self.usage = self._usage(tables)

    def of_subscription(self, kind: str, subscription: str) -> Documents:
        """What one subscription answers with: what is in it, and what is scoped above all subscriptions."""
        prefix = f"/subscriptions/{subscription}".lower()
        return [
            item
            for item in self.arm[kind]
            if not (scope := str(item["properties"].get("scope") or "").lower()).startswith("/subscriptions/")
            or scope.startswith(prefix)
        ]

    def used(self, start: datetime, end: datetime) -> pl.DataFrame:
        """Rows of the logs whose newest request is after `start` and not after `end`."""
        return self.usage.filter(pl.col("last_used") > start, pl.col("last_used") <= end)

    def _place(self, container: str) -> tuple[str, str]:
        """Account and bare name of a container."""
        account, slash, name = container.partition("/")
        return (account, name) if slash else (self.names[0], container)

    def _member(self, row: Mapping[str, Any]) -> None:
        group, member = row["group_id"].lower(), row["member_id"].lower()
        schedule = {
            "groupId": group,
            "principalId": member,
            "accessId": "member",
            "endDateTime": _iso(row["expires_at"]),
        }
        if row["state"] == "eligible":
            self.eligible_members[group].append(schedule)
            return
        self.members[group].append(self._reference(member))
        if row["expires_at"]:
            self.timed_members[group].append(schedule)

    def _reference(self, key: str) -> Document:
        """What relations of groups hold: a type and an id."""
        known = self.principals.get(key)
        return {"@odata.type": known["@odata.type"] if known else "#microsoft.graph.device", "id": key}

    def _usage(self, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        frame = tables["usage"] if "usage" in tables else FACTS["usage"].create_empty()
        parts = pl.col("container").str.split_exact("/", 1).struct
        qualified = pl.col("container").str.contains("/", literal=True)
        return frame.select(
            pl.when(qualified).then(parts.field("field_0")).otherwise(pl.lit(self.names[0])).alias("account"),
            pl.when(qualified).then(parts.field("field_1")).otherwise("container").alias("container"),
            pl.col("principal_id").alias("principal"),
            pl.col("access").cast(pl.String).fill_null("read"),
            pl.col("grant_id").str.split("/").list.last().fill_null("").alias("grant"),
            "last_used",
            pl.col("operations").fill_null(0),
        )

    def _arm(self, definitions: Documents, assignments: Documents) -> dict[str, Documents]:
        carries = {_name(row["role"]): row for row in definitions}
        arm: dict[str, Documents] = {kind: [] for kind in ARM_NAMES}
        for number, row in enumerate(assignments):
            name = _name(row["grant_id"] or f"{number:08x}-0000-4000-8000-00000000a551")
            scope = row["scope"].rstrip("/")
            properties = {
                "roleDefinitionId": f"{_PROVIDER}/roleDefinitions/{_name(row['role'])}",
                "principalId": row["principal_id"],
                "scope": row["scope"],
                "condition": row["condition"],
                "conditionVersion": row["condition_version"],
                "createdOn": _iso(row["created_at"]),
            }
            kind = "role_assignments"
            if row["effect"] == "deny":
                kind = "denies"
                properties = {
                    "denyAssignmentName": name,
                    "permissions": _permissions(carries.get(_name(row["role"]), {})),
                    "scope": row["scope"],
                    "principals": [{"id": row["principal_id"], "type": "User"}],
                    "excludePrincipals": [],
                }
            elif row["state"] == "eligible":
                kind = "eligible"
                properties["endDateTime"] = _iso(row["expires_at"])
            identifier = f"{scope}{_PROVIDER}/{ARM_NAMES[kind]}/{name}"
            arm[kind].append({"id": identifier, "name": name, "properties": properties})
            if kind == "role_assignments" and row["expires_at"]:
                end = {**properties, "originRoleAssignmentId": identifier, "endDateTime": _iso(row["expires_at"])}
                made = f"{scope}{_PROVIDER}/{ARM_NAMES['timed']}/{name}"
                arm["timed"].append({"id": made, "name": name, "properties": end})
        for role, row in carries.items():
            if not role.startswith("deny:"):  # what a deny carries is in the deny itself
                definition = {"roleName": role, "permissions": _permissions(row)}
                arm["role_definitions"].append(
                    {"id": f"{_PROVIDER}/roleDefinitions/{role}", "name": role, "properties": definition}
                )
        return arm


def _account(row: Mapping[str, Any]) -> Document:
    subscription = row.get("subscription_id") or SUBSCRIPTION
    group = row.get("resource_group") or "lake"
    return {
        "id": f"/subscriptions/{subscription}/resourceGroups/{group}"
        f"/providers/Microsoft.Storage/storageAccounts/{row['account']}",
        "name": row["account"],
        "subscriptionId": subscription,
        "resourceGroup": group,
        "location": row.get("region") or "westeurope",
        "hns": row["hns"],
        "allowSharedKey": row.get("allow_shared_key"),
        "allowPublic": row.get("allow_public"),
    }


def _permissions(row: Mapping[str, Any]) -> Documents:
    names = {
        "actions": "actions",
        "notActions": "not_actions",
        "dataActions": "data_actions",
        "notDataActions": "not_data_actions",
    }
    return [{theirs: list(row.get(ours) or []) for theirs, ours in names.items()}]


def _graph_object(row: Mapping[str, Any]) -> Document:
    kind = row["kind"] or "user"
    item: Document = {"@odata.type": _TYPES[kind], "id": row["principal_id"], "displayName": row["name"]}
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


def _name(identifier: str) -> str:
    """Last part of an ARM id.

    Examples
    --------
    >>> _name("/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/a1"), _name("a1")
    ('a1', 'a1')
    """
    return identifier.rstrip("/").rpartition("/")[2]


def _rows(tables: Mapping[str, pl.DataFrame], name: str) -> Documents:
    if name not in tables:
        return []
    known = tables[name].columns
    missing = [pl.lit(None).alias(column) for column in FACTS[name].column_names() if column not in known]
    return tables[name].with_columns(missing).to_dicts()


def rows_of(used: pl.DataFrame) -> list[tuple[Any, ...]]:
    """Rows as the scan's query asks for them (`LOG_COLUMNS`): one per container, its uses as lines."""
    moment = pl.col("last_used").dt.strftime("%Y-%m-%dT%H:%M:%S%.6f0Z")
    line = pl.concat_str("principal", "access", "grant", moment, "operations", separator="\t")
    packed = used.group_by("account", "container").agg(
        pl.len().cast(pl.Int64).alias("lines"), line.str.join("\n").alias("used")
    )
    return packed.sort("account", "container").select(list(LOG_COLUMNS)).rows()


def _iso(moment: Any) -> str | None:
    return None if moment is None else str(moment.isoformat())
