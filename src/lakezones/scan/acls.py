"""Reads POSIX ACLs of a hierarchical account: container roots, and folders below them where asked for.

In: names of containers of one account. Out: the table acls; a container whose ACL may not be read is a gap. Uses the
Data Lake client as it comes, so each path is one request.
"""

from typing import Any, Final

from azure.core.exceptions import ServiceResponseError
from azure.storage.filedatalake.aio import DataLakeServiceClient

from lakezones.scan.context import Context
from lakezones.scan.result import Outcome, Reading
from lakezones.scan.retries import StorageReadRetryPolicy
from lakezones.scan.rows import table_of
from lakezones.scan.storage import read_each
from lakezones.scan.transport import transport

ACL_ACTION: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read (or execute on the path)"
ROOT: Final = "/"


async def read_acls(account: str, outcome: Outcome, context: Context, credential: Any) -> None:
    """Read the ACLs of an account's containers into its outcome."""
    settings = context.settings
    endpoint = settings.dfs_endpoint.format(account=account)
    reading = Reading(table="acls", expected=len(outcome.containers))
    outcome.readings.append(reading)
    async with DataLakeServiceClient(
        endpoint,
        credential=credential,
        transport=transport(settings),
        retry_policy=StorageReadRetryPolicy.of(settings),
    ) as client:
        found = await read_each(
            outcome.containers,
            lambda name: _container(client, name, settings.acl_depth),
            part=f"acls:{outcome.source}:{settings.acl_depth}",
            label=f"ACLs of {account}",
            action=ACL_ACTION,
            reading=reading,
            outcome=outcome,
            context=context,
        )
    rows = [{"container": name, **row} for name, paths in found.items() for row in paths]
    reading.items = len(rows)
    outcome.tables["acls"] = table_of("acls", rows)


async def _container(client: DataLakeServiceClient, name: str, depth: int) -> list[dict[str, Any]]:
    """ACLs of a container's root and of its folders, level by level."""
    system = client.get_file_system_client(name)
    paths = [ROOT]
    level: list[str | None] = [None]
    for _ in range(depth):
        below: list[str | None] = []
        for folder in level:
            below += [path.name async for path in system.get_paths(folder, recursive=False) if path.is_directory]
        paths += [path for path in below if path]
        level = below
    rows = []
    for path in paths:
        found = await system.get_directory_client(path).get_access_control(upn=False)
        if not found.get("acl"):
            raise ServiceResponseError("an answer without an ACL")
        rows.append({"path": path, "acl": found["acl"], "owner": found["owner"], "owning_group": found["group"]})
    return rows
