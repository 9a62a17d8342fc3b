"""Tries one small read of each kind, so that a missing permission is known before an hour is spent.

In: live sources and a `Context`. Out: a row per read with the permission it needs and whether the caller has it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from azure.core.exceptions import AzureError
from azure.mgmt.authorization.aio import AuthorizationManagementClient
from azure.mgmt.resourcegraph.aio import ResourceGraphClient

from lakezones.scan.azure import cloud
from lakezones.scan.azure.acls import ACL_ACTION, ROOT
from lakezones.scan.azure.arm import (
    ACCOUNTS_ACTION,
    NO_SUBSCRIPTION,
    Listing,
    find_accounts,
    listings,
    subscriptions_of,
)
from lakezones.scan.azure.bounds import shaped
from lakezones.scan.azure.client import LakeClient, StorageClient
from lakezones.scan.azure.directory_objects import APPS, GROUPS, USERS
from lakezones.scan.azure.failures import describe
from lakezones.scan.azure.graph import GraphClient
from lakezones.scan.azure.live import in_cloud
from lakezones.scan.azure.reports import ACTION as REPORTS_ACTION
from lakezones.scan.azure.reports import try_remote
from lakezones.scan.azure.storage import BLOB_ACTION, LIST_ACTION, POLICY_ACTION, knock
from lakezones.scan.azure.usage import ACTION as LOGS_ACTION
from lakezones.scan.azure.usage import logs_client
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
            await _try(checks, address, "inventory", REPORTS_ACTION, partial(try_remote, address, context, credential))
    return checks


async def _try(checks: list[Check], source: str, read: str, permission: str, ask: Callable[[], Awaitable[Any]]) -> Any:
    """Make one read and note whether it was allowed; its answer, or None."""
    try:
        with shaped():
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
    async with cloud.credential_of(context) as credential:
        await _management(sorted(accounts), checks, context, credential)
        for account, container in sorted(accounts.items()):
            if container is not None:
                endpoint = context.settings.dfs_endpoint.format(account=account)
                async with LakeClient(endpoint, settings=context.settings, credential=credential) as lake:
                    await _try(checks, endpoint, "ACLs", ACL_ACTION, partial(lake.acl, container, ROOT))
        async with GraphClient(context, credential) as graph:
            for read, permission in (("groups", GROUPS), ("users", USERS), ("servicePrincipals", APPS)):
                ask = partial(graph.ask, f"/{read}?$select=id&$top=1", needs="value")
                await _try(checks, graph.base, read, f"{permission} of Microsoft Graph", ask)
        async with logs_client(context, credential) as logs:
            for workspace in context.settings.workspaces:
                query = partial(logs.query_workspace, workspace, "StorageBlobLogs | take 1", timespan=timedelta(days=1))
                await _try(checks, workspace, "usage", LOGS_ACTION, query)


async def _management(accounts: Sequence[str], checks: list[Check], context: Context, credential: Any) -> None:
    endpoint = context.settings.arm_endpoint
    async with ResourceGraphClient(credential, **cloud.arm_options(context.settings, credential)) as graph:
        find = partial(find_accounts, graph, accounts, context.settings)
        found = await _try(checks, endpoint, "account settings", ACCOUNTS_ACTION, find)
    subscriptions = subscriptions_of(found, context)
    if not subscriptions:
        permission = "Microsoft.Authorization/*/read"
        checks.append(
            Check(source=endpoint, read="role assignments", permission=permission, ok=False, detail=NO_SUBSCRIPTION)
        )
    for subscription in subscriptions:
        options = cloud.arm_options(context.settings, credential)
        async with AuthorizationManagementClient(credential, subscription, **options) as client:
            for name, listing in listings(client, subscription, context.settings).items():
                if name != "end dates":
                    first = partial(_first, listing)
                    await _try(checks, f"subscriptions/{subscription}", listing.what, listing.action, first)


async def _first(listing: Listing) -> Any:
    """The first item of a listing, which is enough to know that it may be read."""
    async for item in listing.items():
        return item
    return True
