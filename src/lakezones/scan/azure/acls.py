"""Reads POSIX ACLs of a hierarchical account: container roots, and folders below them where asked for.

In: names of containers of one account. Out: the table acls; a container whose ACL may not be read is a gap. Each path
is one request.
"""

from typing import Any, Final

from lakezones.scan.azure.client import LakeClient
from lakezones.scan.azure.storage import read_each
from lakezones.scan.context import Context
from lakezones.scan.result import Outcome
from lakezones.scan.rows import table_of

ACL_ACTION: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read (or execute on the path)"
ROOT: Final = "/"


async def read_acls(account: str, outcome: Outcome, context: Context, credential: Any) -> None:
    """Read the ACLs of an account's containers into its outcome."""
    settings = context.settings
    endpoint = settings.dfs_endpoint.format(account=account)
    async with LakeClient(endpoint, settings=settings, credential=credential) as client:
        found = await read_each(
            "acls",
            outcome.containers,
            lambda name: _container(client, name, settings.acl_depth),
            part=f"acls:{outcome.source}:{settings.acl_depth}",
            label=f"ACLs of {account}",
            action=ACL_ACTION,
            outcome=outcome,
            context=context,
        )
    rows = [{"container": name, **row} for name, paths in found.items() for row in paths]
    outcome.tables["acls"] = table_of("acls", rows, outcome=outcome)


async def _container(client: LakeClient, name: str, depth: int) -> list[dict[str, Any]]:
    """ACLs of a container's root and of its folders, level by level."""
    paths = [ROOT]
    level: list[str | None] = [None]
    for _ in range(depth):
        level = [path for folder in level for path in await client.folders(name, folder)]
        paths += [path for path in level if path]
    return [{"path": path, **await client.acl(name, path)} for path in paths]
