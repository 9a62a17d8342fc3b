"""Reads the management plane: account settings, role assignments, definitions, denies and eligibility.

In: names of accounts and a `Context`. Out: an `Outcome` with the tables accounts, role_assignments and
role_definitions. Assignments come from ARM, or from Resource Graph where the settings say so. Principals and roles
are kept as GUIDs in lower case, which is how everything else refers to them.
"""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from azure.core.async_paging import AsyncItemPaged
from azure.core.exceptions import AzureError
from azure.mgmt.authorization.aio import AuthorizationManagementClient
from azure.mgmt.resourcegraph.aio import ResourceGraphClient

from lakezones.model.scopes import parse_scope
from lakezones.scan.azure import cloud
from lakezones.scan.azure.bounds import Markers, shaped
from lakezones.scan.azure.denies import denied
from lakezones.scan.azure.failures import describe
from lakezones.scan.context import Context
from lakezones.scan.result import Gap, Outcome
from lakezones.scan.rows import iso, table_of
from lakezones.scan.settings import ScanSettings

Row = dict[str, Any]
Rows = list[Row]

ACCOUNTS_ACTION: Final = "Microsoft.Storage/storageAccounts/read"
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
NO_SUBSCRIPTION: Final = "no subscription is known: name one in scan.subscriptions"
_ACTIONS: Final = ("actions", "not_actions", "data_actions", "not_data_actions")


async def read_arm(accounts: Sequence[str], context: Context, credential: Any) -> Outcome:
    """Read what the management plane knows of the accounts and their subscriptions."""
    settings = context.settings
    outcome = Outcome(source=settings.arm_endpoint, kind="arm")
    wants = context.selection.wants
    async with ResourceGraphClient(credential, **cloud.arm_options(settings, credential)) as graph:
        find = partial(find_accounts, graph, accounts, settings)
        known = await _part("accounts", "", ACCOUNTS_ACTION, find, outcome, context)
        if wants("accounts") and known is not None:
            outcome.tables["accounts"] = table_of("accounts", known, outcome=outcome)
            reason = f"not visible in Resource Graph: needs {ACCOUNTS_ACTION}"
            outcome.gaps += [
                Gap(source="accounts", object_id=name, code="not_visible", reason=reason)
                for name in sorted(set(accounts) - {row["account"] for row in known})
            ]
        if wants("role_assignments") or wants("role_definitions"):
            await _read_grants(graph, subscriptions_of(known, context), outcome, context, credential)
    return outcome


def subscriptions_of(accounts: Rows | None, context: Context) -> list[str]:
    """Subscriptions whose role assignments are read: those of the accounts, and those of the settings."""
    found = {row["subscription_id"] for row in accounts or [] if row["subscription_id"]}
    return sorted(found | set(context.settings.subscriptions))


async def _read_grants(
    graph: ResourceGraphClient, subscriptions: Sequence[str], outcome: Outcome, context: Context, credential: Any
) -> None:
    tables: dict[str, Rows] = {"role_assignments": [], "role_definitions": []}
    read = False
    for subscription in subscriptions:
        options = cloud.arm_options(context.settings, credential)
        async with AuthorizationManagementClient(credential, subscription, **options) as client:
            source = graph if context.settings.assignments_from == "resource_graph" else None
            found = await _subscription(client, subscription, outcome, context, graph=source)
        read = read or found is not None
        for row in found or []:
            tables["role_definitions" if "actions" in row else "role_assignments"].append(row)
    if not subscriptions:
        outcome.gaps.append(Gap(source="role_assignments", code="no_subscription", reason=NO_SUBSCRIPTION))
    if read:
        wanted = {name: rows for name, rows in tables.items() if context.selection.wants(name)}
        outcome.tables |= {name: table_of(name, rows, outcome=outcome) for name, rows in wanted.items()}


async def _part(
    table: str, key: str, action: str, read: Callable[[], Awaitable[Rows]], outcome: Outcome, context: Context
) -> Rows | None:
    """One listing, remembered as a whole; None and a gap where it fails."""
    part = f"{table}:{action}"
    done = context.journal.done(part)
    with outcome.reading(table) as reading:
        try:
            with shaped():
                rows: Rows = done[key] if key in done else await read()
        except AzureError as error:
            outcome.failed(reading, key, *describe(error, action))
            return None
        context.journal.record(part, key, rows)
        reading.pages, reading.items = 1, len(rows)
    return rows


async def _query(graph: Any, query: str, settings: ScanSettings, subscriptions: Sequence[str] | None = None) -> Rows:
    """All pages of a Resource Graph query, each row as a dict."""
    rows: Rows = []
    markers = Markers(settings)
    token: str | None = None
    while True:
        body: dict[str, Any] = {"query": query, "options": {"resultFormat": "objectArray", "$top": 1000}}
        if subscriptions:
            body["subscriptions"] = list(subscriptions)
        if token:
            markers.add(token)
            body["options"]["$skipToken"] = token
        answer = await graph.resources(body)
        rows += list(answer.data)
        token = answer.skip_token
        if not token:
            if answer.total_records is not None and answer.total_records != len(rows):
                raise AzureError(f"{len(rows)} of {answer.total_records} records came")
            return rows


async def find_accounts(graph: Any, names: Sequence[str], settings: ScanSettings) -> Rows:
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
        for row in await _query(graph, ACCOUNTS_QUERY.format(names=quoted), settings)
    ]


class Listing(NamedTuple):
    """One thing that is asked about a subscription.

    Attributes
    ----------
    what
        What is listed, in words.
    table
        Fact table that it fills.
    action
        Permission that it needs.
    items
        Starts the listing.
    row
        Row of an item; None where the item says nothing.
    """

    what: str
    table: str
    action: str
    items: Callable[[], AsyncIterable[Any]]
    row: Callable[[Any], Row | None]


def listings(client: Any, subscription: str, settings: ScanSettings, graph: Any = None) -> dict[str, Listing]:
    """What is asked about a subscription, by the name that gaps give it.

    Assignments and definitions come from Resource Graph where a client of it is given. Denies, eligible assignments
    and end dates are not in it and come from ARM always.
    """
    scope = f"subscriptions/{subscription}"
    assignments = client.role_assignments.list_for_subscription
    definitions = partial(client.role_definitions.list, scope)
    if graph is not None:
        assignments = partial(_graph_items, graph, "roleassignments", subscription, settings)
        definitions = partial(_graph_items, graph, "roledefinitions", subscription, settings)
    return {
        "assignments": Listing(
            "role assignments",
            "role_assignments",
            "Microsoft.Authorization/roleAssignments/read",
            assignments,
            _assignment,
        ),
        "definitions": Listing(
            "role definitions",
            "role_definitions",
            "Microsoft.Authorization/roleDefinitions/read",
            definitions,
            lambda item: {"role": _guid(_field(item, "id")), **_permissions(item)},
        ),
        "denies": Listing(
            "deny assignments",
            "role_assignments",
            "Microsoft.Authorization/denyAssignments/read",
            client.deny_assignments.list,
            _deny,
        ),
        "eligible": Listing(
            "eligible assignments",
            "role_assignments",
            "Microsoft.Authorization/roleEligibilityScheduleInstances/read",
            partial(client.role_eligibility_schedule_instances.list_for_scope, scope),
            partial(_assignment, state="eligible"),
        ),
        "end dates": Listing(
            "end dates of assignments",
            "role_assignments",
            "Microsoft.Authorization/roleAssignmentScheduleInstances/read",
            partial(client.role_assignment_schedule_instances.list_for_scope, scope),
            _end,
        ),
    }


async def _graph_items(graph: Any, kind: str, subscription: str, settings: ScanSettings) -> AsyncIterator[Row]:
    """Assignments or definitions that a subscription can use, by Resource Graph, each flat."""
    for row in await _query(graph, ASSIGNMENTS_QUERY.format(kind=kind), settings, [subscription]):
        yield {**row["properties"], "id": row["id"], "name": row["name"]}


async def _subscription(
    client: Any, subscription: str, outcome: Outcome, context: Context, *, graph: Any = None
) -> Rows | None:
    """Assignments, definitions, denies and eligibility of a subscription; None where the assignments fail."""
    found: dict[str, Rows] = {}
    for name, listing in listings(client, subscription, context.settings, graph).items():
        key = subscription if name in ("assignments", "definitions") else f"{subscription}: {name}"
        read = partial(_rows, listing, Markers(context.settings))
        rows = await _part(listing.table, key, listing.action, read, outcome, context)
        if rows is None and name == "assignments":
            return None
        found[name] = rows or []
    ends = {row["grant_id"]: row["expires_at"] for row in found["end dates"]}
    for row in found["assignments"]:
        row["expires_at"] = ends.get(row["grant_id"])
    outcome.denies += [deny for deny in found["denies"] if deny["excluded"] and deny["principals"]]
    denies = [row for deny in found["denies"] for row in _deny_rows(deny)]
    return [*found["assignments"], *found["definitions"], *found["eligible"], *denies]


async def _rows(listing: Listing, markers: Markers) -> Rows:
    items = listing.items()
    if not isinstance(items, AsyncItemPaged):
        return [row async for item in items if (row := listing.row(item)) is not None]
    rows: Rows = []
    pages: Any = items.by_page()
    async for page in pages:
        rows += [row async for item in page if (row := listing.row(item)) is not None]
        if pages.continuation_token:
            markers.add(pages.continuation_token)
    return rows


def _field(item: Any, name: str) -> Any:
    """A field of a model of the SDK, or of a row of Resource Graph, where ``principal_id`` is ``principalId``."""
    if not isinstance(item, Mapping):
        return getattr(item, name, None)
    first, *rest = name.split("_")
    return item.get(first + "".join(map(str.capitalize, rest)))


def _assignment(item: Any, *, state: str = "active") -> Row:
    return {
        "principal_id": _field(item, "principal_id").lower(),
        "role": _guid(_field(item, "role_definition_id")),
        "scope": _field(item, "scope"),
        "grant_id": _field(item, "name"),
        "condition": _field(item, "condition") or None,
        "condition_version": _field(item, "condition_version") or None,
        "state": state,
        "effect": "allow",
        "created_at": iso(_field(item, "created_on")),
        "expires_at": iso(_field(item, "end_date_time")),
    }


def _permissions(item: Any) -> Row:
    permissions = _field(item, "permissions") or []
    return {
        name: sorted({action for permission in permissions for action in _field(permission, name) or []})
        for name in _ACTIONS
    }


def _deny(item: Any) -> Row:
    """A deny assignment, flat. One that leaves child scopes out reaches data only where its scope is a container."""
    reaches = not item.do_not_apply_to_child_scopes or parse_scope(item.scope or "").kind == "container"
    return {
        "id": item.name,
        "role": f"deny:{item.name}",
        "scope": item.scope,
        "condition": item.condition or None,
        "condition_version": item.condition_version or None,
        "permissions": _permissions(item),
        "principals": sorted({one.id.lower() for one in item.principals or []}) if reaches else [],
        "excluded": sorted({one.id.lower() for one in item.exclude_principals or []}),
    }


def _deny_rows(deny: Row) -> Rows:
    """A deny carries its own permissions, so it becomes a definition and, where it excludes nobody, assignments."""
    principals = [] if deny["excluded"] else deny["principals"]
    return [{"role": deny["role"], **deny["permissions"]}, *(denied(deny, principal) for principal in principals)]


def _end(item: Any) -> Row | None:
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
