"""Tries one small read of each kind, so that a missing permission is known before an hour is spent.

In: live sources and a `Context`. Out: a row per read with the permission it needs and whether the caller has it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.rest import HttpRequest

from lakezones.scan.azure import cloud
from lakezones.scan.azure.client import LakeClient, StorageClient
from lakezones.scan.azure.failures import describe
from lakezones.scan.azure.live import in_cloud
from lakezones.scan.azure.reports import ACTION as REPORTS_ACTION
from lakezones.scan.azure.reports import try_remote
from lakezones.scan.azure.storage import BLOB_ACTION, LIST_ACTION, POLICY_ACTION, knock
from lakezones.scan.azure.transport import transport
from lakezones.scan.azure.xml import parse_blobs, parse_containers, parse_policies
from lakezones.scan.context import Context
from lakezones.scan.sources import Source


@dataclass(frozen=True, kw_only=True)
class Check:
    """One permission: what is read with it, and whether the caller has it."""

    source: str
    read: str
    permission: str
    ok: bool
    detail: str = ""

    def rows(self) -> list[list[str]]:
        """The check as lines of a table: what is read, whether it may be, with what permission; and why not."""
        first = [self.read, "ok" if self.ok else "missing", self.permission]
        return [first, ["", "", self.detail]] if self.detail else [first]


async def check_sources(sources: Sequence[Source], context: Context) -> list[Check]:
    """Try every read that a scan of the sources would make, once.

    Raises
    ------
    lakezones.errors.ServiceUnavailable
        If an emulator is not running.
    """
    checks: list[Check] = []
    accounts: dict[str, str | None] = {}
    for source in sources:
        await knock(source)
        async with StorageClient(source, settings=context.settings, credential=context.credential) as client:
            accounts[client.account] = await _storage(client, source, checks, context)
    if any(in_cloud(source, context) for source in sources):
        await _cloud(accounts, checks, context)
    for address in context.settings.inventory:
        async with cloud.credential_of(context) as credential:
            await _try(
                checks,
                address,
                "inventory",
                REPORTS_ACTION,
                lambda a=address, c=credential: try_remote(a, context, c),  # type: ignore[misc]
            )
    return checks


async def _try(checks: list[Check], source: str, read: str, permission: str, ask: Callable[[], Awaitable[Any]]) -> Any:
    """Make one read and note whether it was allowed; its answer, or None."""
    try:
        answer = await ask()
    except AzureError as error:
        code, reason = describe(error, permission)
        checks.append(Check(source=source, read=read, permission=permission, ok=False, detail=f"{code}: {reason}"))
        return None
    checks.append(Check(source=source, read=read, permission=permission, ok=True))
    return answer


async def _storage(client: StorageClient, source: Source, checks: list[Check], context: Context) -> str | None:
    page = await _try(
        checks,
        source.name,
        "containers",
        LIST_ACTION,
        lambda: client.get(parse_containers, comp="list", include="metadata", maxresults="1"),
    )
    if page is None or not page.names:
        return None
    name = str(page.names[0])
    await _try(
        checks,
        source.name,
        "stored policies",
        POLICY_ACTION,
        lambda: client.get(parse_policies, path=name, restype="container", comp="acl"),
    )
    if context.settings.sample_blobs:
        await _try(
            checks,
            source.name,
            "sampled blobs",
            BLOB_ACTION,
            lambda: client.get(parse_blobs, path=name, restype="container", comp="list", maxresults="1"),
        )
    return name


async def _cloud(accounts: dict[str, str | None], checks: list[Check], context: Context) -> None:
    from azure.mgmt.authorization.aio import AuthorizationManagementClient
    from azure.mgmt.resourcegraph.aio import ResourceGraphClient
    from azure.monitor.query.aio import LogsQueryClient

    from lakezones.scan.azure.acls import ACL_ACTION, ROOT
    from lakezones.scan.azure.arm import find_accounts
    from lakezones.scan.azure.directory import APPS, GROUPS, USERS

    settings = context.settings
    async with cloud.credential_of(context) as credential:

        def options(endpoint: str, *, arm: bool = False) -> dict[str, Any]:
            scopes = [f"{endpoint.rstrip('/')}/.default"]
            policies = cloud.policies(settings, credential, scopes, arm=arm)
            return {"policies": policies, "transport": transport(settings)}

        arm: dict[str, Any] = {
            "base_url": settings.arm_endpoint,
            "credential_scopes": [f"{settings.arm_endpoint.rstrip('/')}/.default"],
        }
        async with ResourceGraphClient(credential, **arm, **options(settings.arm_endpoint, arm=True)) as graph:
            found = await _try(
                checks,
                settings.arm_endpoint,
                "account settings",
                "Microsoft.Storage/storageAccounts/read",
                lambda: find_accounts(graph, sorted(accounts)),
            )
        subscriptions = sorted({row["subscription_id"] for row in found or []} | set(settings.subscriptions))
        if not subscriptions:
            checks.append(
                Check(
                    source=settings.arm_endpoint,
                    read="role assignments",
                    permission="Microsoft.Authorization/*/read",
                    ok=False,
                    detail="no subscription is known: name one in scan.subscriptions",
                )
            )
        for subscription in subscriptions:
            async with AuthorizationManagementClient(
                credential, subscription, **arm, **options(settings.arm_endpoint, arm=True)
            ) as client:
                scope = f"subscriptions/{subscription}"
                for read, permission, pages in (
                    ("role assignments", "roleAssignments", client.role_assignments.list_for_subscription),
                    ("role definitions", "roleDefinitions", lambda c=client, s=scope: c.role_definitions.list(s)),
                    ("deny assignments", "denyAssignments", client.deny_assignments.list),
                    (
                        "eligible assignments",
                        "roleEligibilityScheduleInstances",
                        lambda c=client, s=scope: c.role_eligibility_schedule_instances.list_for_scope(s),
                    ),
                ):
                    action = f"Microsoft.Authorization/{permission}/read"
                    await _try(checks, scope, read, action, lambda p=pages: _first(p()))  # type: ignore[misc]
        for account, container in sorted(accounts.items()):
            if container is not None:
                endpoint = settings.dfs_endpoint.format(account=account)
                async with LakeClient(endpoint, settings=settings, credential=credential) as lake:
                    await _try(checks, endpoint, "ACLs", ACL_ACTION, lambda c=container: lake.acl(c, ROOT))  # type: ignore[misc]
        await _graph(checks, context, options(settings.graph_endpoint), (GROUPS, USERS, APPS))
        logs = options(settings.logs_endpoint)
        if settings.workspaces:
            async with LogsQueryClient(credential, endpoint=settings.logs_endpoint.rstrip("/"), **logs) as query:
                for workspace in settings.workspaces:
                    await _try(
                        checks,
                        workspace,
                        "usage",
                        "Log Analytics Reader on the workspace",
                        lambda w=workspace: query.query_workspace(  # type: ignore[misc]
                            w, "StorageBlobLogs | take 1", timespan=timedelta(days=1)
                        ),
                    )


async def _graph(checks: list[Check], context: Context, options: dict[str, Any], permissions: Sequence[str]) -> None:
    from azure.core import AsyncPipelineClient

    base = f"{context.settings.graph_endpoint.rstrip('/')}/v1.0"
    client: Any = AsyncPipelineClient(base, **options)
    async with client:

        async def ask(path: str) -> Any:
            response = await client.send_request(HttpRequest("GET", f"{base}{path}"))
            if response.status_code != 200:
                raise HttpResponseError(response=response)
            return response

        for read, permission in zip(("groups", "users", "servicePrincipals"), permissions, strict=True):
            await _try(
                checks,
                base,
                read,
                f"{permission} of Microsoft Graph",
                lambda r=read: ask(f"/{r}?$select=id&$top=1"),  # type: ignore[misc]
            )


async def _first(pages: Any) -> Any:
    """The first item of a listing, which is enough to know that it may be read."""
    async for item in pages:
        return item
    return True
