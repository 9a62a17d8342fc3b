"""Reads the management plane: account settings, role assignments, definitions, denies and eligibility.

In: names of accounts and a `Context`. Out: an `Outcome` with the tables accounts, role_assignments and
role_definitions. Assignments come from ARM, or from Resource Graph where the settings say so. Principals and roles
are kept as GUIDs in lower case, which is how everything else refers to them.
"""

import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from azure.core.exceptions import AzureError
from azure.mgmt.authorization.aio import AuthorizationManagementClient
from azure.mgmt.resourcegraph.aio import ResourceGraphClient

from lakezones.scan.azure import cloud
from lakezones.scan.azure.failures import describe
from lakezones.scan.azure.transport import transport
from lakezones.scan.context import Context
from lakezones.scan.result import Gap, Outcome, Reading
from lakezones.scan.rows import iso, table_of

Rows = list[dict[str, Any]]

_CONTAINER: Final = re.compile(r"/containers/[^/]+/?$", re.IGNORECASE)

ACCOUNTS_QUERY: Final = (
    "resources | where type =~ 'microsoft.storage/storageaccounts' | where name in~ ({names}) "
    "| project id, name, subscriptionId, resourceGroup, location, hns = tobool(properties.isHnsEnabled), "
    "allowSharedKey = tobool(properties.allowSharedKeyAccess), allowPublic = tobool(properties.allowBlobPublicAccess) "
    "| order by id asc"
)
ASSIGNMENTS_QUERY: Final = (
    "authorizationresources | where type =~ 'microsoft.authorization/{kind}' "
    "| project id, name, properties | order by id asc"
)


async def read_arm(accounts: Sequence[str], context: Context, credential: Any) -> Outcome:
    """Read what the management plane knows of the accounts and their subscriptions."""
    settings = context.settings
    outcome = Outcome(source=settings.arm_endpoint, kind="arm")
    wants = context.selection.wants
    scopes = [f"{settings.arm_endpoint.rstrip('/')}/.default"]

    def options() -> dict[str, Any]:
        return {
            "base_url": settings.arm_endpoint,
            "credential_scopes": scopes,
            "policies": cloud.policies(settings, credential, scopes, arm=True),
            "transport": transport(settings),
        }

    async with ResourceGraphClient(credential, **options()) as graph:
        known = await _part(
            "accounts",
            "",
            "Microsoft.Storage/storageAccounts/read",
            lambda: find_accounts(graph, accounts),
            outcome,
            context,
        )
        if wants("accounts") and known is not None:
            outcome.tables["accounts"] = table_of("accounts", known)
            missing = sorted(set(accounts) - {row["account"] for row in known})
            for name in missing:
                reason = "not visible in Resource Graph: needs Microsoft.Storage/storageAccounts/read"
                outcome.gaps.append(Gap(source="accounts", object_id=name, code="not_visible", reason=reason))
        subscriptions = sorted(
            {row["subscription_id"] for row in known or [] if row["subscription_id"]} | set(settings.subscriptions)
        )
        if not (wants("role_assignments") or wants("role_definitions")):
            return outcome
        assignments: Rows = []
        definitions: Rows = []
        read = False
        for subscription in subscriptions:
            async with AuthorizationManagementClient(credential, subscription, **options()) as client:
                source = graph if settings.assignments_from == "resource_graph" else None
                found = await _subscription(client, subscription, outcome, context, graph=source)
            read = read or found is not None
            for row in found or []:
                (definitions if "actions" in row else assignments).append(row)
    if not subscriptions:
        reason = "no subscription is known: name one in scan.subscriptions"
        outcome.gaps.append(Gap(source="role_assignments", code="no_subscription", reason=reason))
    if read and wants("role_assignments"):
        outcome.tables["role_assignments"] = table_of("role_assignments", assignments)
    if read and wants("role_definitions"):
        outcome.tables["role_definitions"] = table_of("role_definitions", definitions)
    return outcome


async def _part(
    table: str, key: str, action: str, read: Callable[[], Awaitable[Rows]], outcome: Outcome, context: Context
) -> Rows | None:
    """One listing, remembered as a whole; None and a gap where it fails."""
    started = time.perf_counter()
    reading = Reading(table=table)
    outcome.readings.append(reading)
    part = f"{table}:{action}"
    try:
        rows: Rows = context.journal.done(part)[key] if key in context.journal.done(part) else await read()
    except AzureError as error:
        code, reason = describe(error, action)
        reading.failures[code] += 1
        outcome.gaps.append(Gap(source=table, object_id=key, code=code, reason=reason))
        return None
    context.journal.record(part, key, rows)
    reading.pages, reading.items = 1, len(rows)
    reading.seconds = time.perf_counter() - started
    return rows


async def _query(graph: Any, query: str, subscriptions: Sequence[str] | None = None) -> Rows:
    """All pages of a Resource Graph query, each row as a dict."""
    rows: Rows = []
    token: str | None = None
    while True:
        body: dict[str, Any] = {"query": query, "options": {"resultFormat": "objectArray", "$top": 1000}}
        if subscriptions:
            body["subscriptions"] = list(subscriptions)
        if token:
            body["options"]["$skipToken"] = token
        answer = await graph.resources(body)
        rows += list(answer.data)
        token = answer.skip_token
        if not token:
            if answer.total_records is not None and answer.total_records != len(rows):
                raise AzureError(f"{len(rows)} of {answer.total_records} records came")
            return rows


async def find_accounts(graph: Any, names: Sequence[str]) -> Rows:
    """Settings of the named accounts, as far as Resource Graph lets the caller see them."""
    quoted = ", ".join("'" + name.replace("'", "") + "'" for name in sorted(names))
    return [
        {
            "account": row["name"],
            "subscription_id": row["subscriptionId"],
            "resource_group": row["resourceGroup"],
            "region": row["location"],
            "hns": row["hns"],
            "allow_shared_key": row["allowSharedKey"],
            "allow_public": row["allowPublic"],
        }
        for row in await _query(graph, ACCOUNTS_QUERY.format(names=quoted))
    ]


async def _graph_assignments(graph: Any, subscription: str) -> Rows:
    """Assignments of a subscription by Resource Graph."""
    query = ASSIGNMENTS_QUERY.format(kind="roleassignments")
    return [_assignment(row["properties"], row["name"]) for row in await _query(graph, query, [subscription])]


async def _graph_definitions(graph: Any, subscription: str) -> Rows:
    """Role definitions that a subscription can use, by Resource Graph."""
    query = ASSIGNMENTS_QUERY.format(kind="roledefinitions")
    return [
        _definition(row["id"], row["properties"]["permissions"]) for row in await _query(graph, query, [subscription])
    ]


def _assignment(properties: dict[str, Any], name: str) -> dict[str, Any]:
    return {
        "principal_id": properties["principalId"].lower(),
        "role": _guid(properties["roleDefinitionId"]),
        "scope": properties["scope"],
        "grant_id": name,
        "condition": properties.get("condition") or None,
        "condition_version": properties.get("conditionVersion") or None,
        "state": "active",
        "effect": "allow",
        "created_at": properties.get("createdOn"),
    }


def _definition(identifier: str, permissions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = {
        "actions": "actions",
        "not_actions": "notActions",
        "data_actions": "dataActions",
        "not_data_actions": "notDataActions",
    }
    return {
        "role": _guid(identifier),
        **{ours: sorted({a for p in permissions for a in p.get(theirs) or []}) for ours, theirs in names.items()},
    }


async def _subscription(
    client: Any, subscription: str, outcome: Outcome, context: Context, *, graph: Any = None
) -> Rows | None:
    """Assignments, definitions, denies and eligibility of a subscription; None where the assignments fail.

    Assignments and definitions come from Resource Graph where a client of it is given. Denies, eligible assignments
    and end dates are not in it and come from ARM always.
    """
    scope = f"subscriptions/{subscription}"

    async def part(key: str, table: str, permission: str, read: Callable[[], Awaitable[Rows]]) -> Rows | None:
        name = f"{subscription}: {key}" if key else subscription
        return await _part(table, name, permission, read, outcome, context)

    assignments = await part(
        "",
        "role_assignments",
        "Microsoft.Authorization/roleAssignments/read",
        lambda: (
            _collect(client.role_assignments.list_for_subscription(), _arm_assignment)
            if graph is None
            else _graph_assignments(graph, subscription)
        ),
    )
    if assignments is None:
        return None
    definitions = await part(
        "",
        "role_definitions",
        "Microsoft.Authorization/roleDefinitions/read",
        lambda: (
            _collect(client.role_definitions.list(scope), _arm_definition)
            if graph is None
            else _graph_definitions(graph, subscription)
        ),
    )
    denies = await part(
        "denies",
        "role_assignments",
        "Microsoft.Authorization/denyAssignments/read",
        lambda: _collect(client.deny_assignments.list(), _arm_deny),
    )
    eligible = await part(
        "eligible",
        "role_assignments",
        "Microsoft.Authorization/roleEligibilityScheduleInstances/read",
        lambda: _collect(client.role_eligibility_schedule_instances.list_for_scope(scope), _arm_eligible),
    )
    timed = await part(
        "end dates",
        "role_assignments",
        "Microsoft.Authorization/roleAssignmentScheduleInstances/read",
        lambda: _collect(client.role_assignment_schedule_instances.list_for_scope(scope), _arm_end),
    )
    ends = {row["grant_id"]: row["expires_at"] for row in timed or []}
    for row in assignments:
        row["expires_at"] = ends.get(row["grant_id"])
    found = [*assignments, *(definitions or []), *(eligible or [])]
    for deny in denies or []:
        found += _deny_rows(deny)
        if deny["excluded"] and deny["principals"]:
            outcome.denies.append(deny)
    return found


async def _collect(pages: Any, row: Callable[[Any], dict[str, Any] | None]) -> Rows:
    return [made async for item in pages if (made := row(item)) is not None]


def _arm_assignment(item: Any) -> dict[str, Any]:
    return {
        "principal_id": item.principal_id.lower(),
        "role": _guid(item.role_definition_id),
        "scope": item.scope,
        "grant_id": item.name,
        "condition": item.condition or None,
        "condition_version": item.condition_version or None,
        "state": "active",
        "effect": "allow",
        "created_at": iso(item.created_on),
    }


def _arm_definition(item: Any) -> dict[str, Any]:
    return {"role": _guid(item.id), **_permissions(item.permissions)}


def _permissions(permissions: Sequence[Any] | None) -> dict[str, Any]:
    names = ("actions", "not_actions", "data_actions", "not_data_actions")
    return {
        name: sorted({action for permission in permissions or [] for action in getattr(permission, name) or []})
        for name in names
    }


def _arm_deny(item: Any) -> dict[str, Any]:
    """A deny assignment, flat. One that leaves child scopes out reaches data only where its scope is a container."""
    reaches = not item.do_not_apply_to_child_scopes or _CONTAINER.search(item.scope or "") is not None
    return {
        "id": item.name,
        "role": f"deny:{item.name}",
        "scope": item.scope,
        "condition": item.condition or None,
        "condition_version": item.condition_version or None,
        "permissions": _permissions(item.permissions),
        "principals": sorted({one.id.lower() for one in item.principals or []}) if reaches else [],
        "excluded": sorted({one.id.lower() for one in item.exclude_principals or []}),
    }


def _deny_rows(deny: dict[str, Any]) -> Rows:
    """A deny carries its own permissions, so it becomes a definition and, where it excludes nobody, assignments."""
    rows: Rows = [{"role": deny["role"], **deny["permissions"]}]
    if not deny["excluded"]:
        same = {name: deny[name] for name in ("role", "scope", "condition", "condition_version")}
        same |= {"grant_id": deny["id"], "state": "active", "effect": "deny"}
        rows += [{"principal_id": principal, **same} for principal in deny["principals"]]
    return rows


def _arm_eligible(item: Any) -> dict[str, Any]:
    return {
        "principal_id": item.principal_id.lower(),
        "role": _guid(item.role_definition_id),
        "scope": item.scope,
        "grant_id": item.name,
        "condition": item.condition or None,
        "condition_version": item.condition_version or None,
        "state": "eligible",
        "effect": "allow",
        "created_at": iso(item.created_on),
        "expires_at": iso(item.end_date_time),
    }


def _arm_end(item: Any) -> dict[str, Any] | None:
    if item.end_date_time is None or not item.origin_role_assignment_id:
        return None
    return {"grant_id": item.origin_role_assignment_id.rpartition("/")[2], "expires_at": iso(item.end_date_time)}


def _guid(identifier: str) -> str:
    """Last part of an ARM id, in lower case.

    Examples
    --------
    >>> _guid("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/2A2B9908-6EA1")
    '2a2b9908-6ea1'
    """
    return identifier.rstrip("/").rpartition("/")[2].lower()
