"""Reads a storage account: all pages of its containers, then the stored access policies of each.

In: a storage `Source`. Out: an `Outcome` with the tables accounts, containers and stored_policies, a gap for each
read that failed, and how many pages, items and failures there were. Only reads are sent.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import polars as pl
from azure.core.exceptions import AzureError

from lakezones.errors import LakezonesError, ServiceUnavailable
from lakezones.model.facts import FACTS
from lakezones.model.frames import conform
from lakezones.model.places import is_container_name
from lakezones.scan.azure.bounds import Markers
from lakezones.scan.azure.client import StorageClient
from lakezones.scan.azure.failures import describe
from lakezones.scan.azure.xml import ContainerPage, containers_frame, parse_blobs, parse_containers, parse_policies
from lakezones.scan.context import Context
from lakezones.scan.files.formats import format_of
from lakezones.scan.result import Outcome
from lakezones.scan.rows import table_of
from lakezones.scan.sources import Source

LIST_ACTION: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/read"
BLOB_ACTION: Final = "the data action Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
POLICY_ACTION: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/getAcl/action"

PolicyRow = tuple[str, str | None, str | None, str | None]


async def read_storage(source: Source, *, context: Context) -> Outcome:
    """Read one storage account.

    Raises
    ------
    ServiceUnavailable
        If nothing answers at the endpoint.
    LakezonesError
        If the containers may not be listed at all.
    """
    await knock(source)
    outcome = Outcome(source=source.name, kind="storage")
    wanted = context.selection.wants
    async with StorageClient(source, settings=context.settings, credential=context.credential) as client:
        outcome.account = client.account
        pages = await _list(client, source, outcome, context)
        frame = _once(containers_frame(pages, client.account), outcome)
        prefix = f"{client.account}/"
        split = context.selection.split([prefix + name for name in frame.get_column("container")])
        taken, left = ([name.removeprefix(prefix) for name in names] for names in split)
        if left:
            outcome.excluded = sorted(left)
            outcome.readings[0].excluded = len(left)
            if not taken:
                outcome.warnings.append(f"none of the {len(left):,} containers of {client.account} is included")
            frame = frame.filter(pl.col("container").is_in(taken))
        outcome.containers = taken
        if wanted("accounts"):
            outcome.tables["accounts"] = conform(pl.DataFrame({"account": [client.account]}), FACTS["accounts"])
        if wanted("containers"):
            if context.settings.sample_blobs:
                frame = await _sample(client, frame, outcome, context)
            outcome.tables["containers"] = frame
        if wanted("stored_policies"):
            outcome.tables["stored_policies"] = await _policies(client, taken, outcome, context)
    return outcome


def _once(frame: pl.DataFrame, outcome: Outcome) -> pl.DataFrame:
    """Containers of a listing, each once; a name that none can have is a gap, and so is one listed in two ways.

    A name such as ``../x`` would change what is asked for, and one with a slash be taken for ACCOUNT/CONTAINER.
    """
    reading = outcome.readings[0]
    names = frame.get_column("container")
    plain = names.str.contains(r"\A[a-z0-9-]{3,63}\z") & ~names.str.contains("--", literal=True)  # most, and at once
    odd = names.filter(~(plain & ~names.str.starts_with("-") & ~names.str.ends_with("-")))
    unfit = [name for name in odd.unique(maintain_order=True) if not is_container_name(name.removeprefix("$"))]
    if not unfit and names.n_unique() == frame.height:
        return frame
    for name in unfit:
        outcome.failed(reading, ascii(name)[1:81], "bad_name", "no container can have this name, so it was left out")
    once = frame.unique(maintain_order=True)
    different = once.filter(once.get_column("container").is_duplicated()).get_column("container")
    for name in different.unique(maintain_order=True):
        outcome.failed(reading, name, "listed_twice", "the listing names it twice, differently; the first holds")
    if once.height < frame.height:
        repeated = frame.height - once.height
        outcome.warnings.append(f"the listing of {outcome.account} names {repeated:,} containers again")
    kept = once.filter(~pl.col("container").is_in(unfit)) if unfit else once
    return kept.unique("container", keep="first", maintain_order=True)


async def knock(source: Source) -> None:
    """Find out at once, not after all retries, that no emulator is running."""
    if not source.loopback:
        return
    parts = urlsplit(source.location)
    try:
        _, writer = await asyncio.wait_for(
            asyncio.open_connection(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)), 5
        )
    except OSError:
        raise unreachable(source) from None
    writer.close()


async def _list(client: StorageClient, source: Source, outcome: Outcome, context: Context) -> list[ContainerPage]:
    part = f"containers:{source.location}"
    known = context.journal.done(part)
    markers = Markers(context.settings)
    pages: list[ContainerPage] = []
    query = {"comp": "list", "include": "metadata", "maxresults": str(context.settings.page_size)}
    with outcome.reading("containers") as reading, context.progress.task(f"containers of {client.account}") as task:
        while not pages or pages[-1].marker:
            marker = pages[-1].marker if pages else ""
            try:
                if marker:
                    markers.add(marker)
                if marker in known:
                    page = ContainerPage(**known[marker])
                else:
                    page = await client.get(parse_containers, **query, **({"marker": marker} if marker else {}))
                    context.journal.record(part, marker, page.document())
            except AzureError as error:
                if not pages:
                    raise unlisted(source, error) from None
                code, reason = describe(error, LIST_ACTION)
                last = next((page.names[-1] for page in reversed(pages) if page.names), "nothing")
                outcome.failed(reading, f"{client.account}: after {last}", code, f"the listing broke off: {reason}")
                break
            pages.append(page)
            task.advance(len(pages[-1].names))
        reading.pages = len(pages)
        reading.items = sum(len(page.names) for page in pages)
    return pages


async def _sample(client: StorageClient, frame: pl.DataFrame, outcome: Outcome, context: Context) -> pl.DataFrame:
    """Formats from the first names of each container; sizes only of containers that were seen whole.

    A container whose blobs may not be listed keeps its row and is a gap.
    """
    size = str(context.settings.sample_blobs)
    found: dict[str, dict[str, Any]] = await read_each(
        "containers",
        frame.get_column("container").to_list(),
        lambda name: client.get(parse_blobs, path=name, restype="container", comp="list", maxresults=size),
        part=f"sample:{outcome.source}:{size}",
        label=f"blobs of {client.account}",
        action=BLOB_ACTION,
        outcome=outcome,
        context=context,
        items=lambda page: len(page["names"]),
    )
    rows = [
        (name, format_of(page["names"], page["sizes"]))
        + ((None, None) if page["more"] else (sum(page["sizes"]), len(page["names"])))
        for name, page in found.items()
    ]
    names = ["container", "format", "size_bytes", "blob_count"]
    types = [pl.String, pl.String, pl.Int64, pl.Int64]
    sampled = pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")
    joined = frame.drop(names[1:]).join(sampled, on="container", how="left", maintain_order="left")
    return conform(joined, FACTS["containers"])


async def _policies(client: StorageClient, names: Sequence[str], outcome: Outcome, context: Context) -> pl.DataFrame:
    found: dict[str, list[PolicyRow]] = await read_each(
        "stored_policies",
        names,
        lambda name: client.get(parse_policies, path=name, restype="container", comp="acl"),
        part=f"stored_policies:{outcome.source}",
        label=f"stored policies of {client.account}",
        action=POLICY_ACTION,
        outcome=outcome,
        context=context,
    )
    rows = [(name, *row) for name, policies in sorted(found.items()) for row in sorted(policies)]
    columns = ("container", "policy", "permissions", "starts_at", "expires_at")
    return table_of("stored_policies", [dict(zip(columns, row, strict=True)) for row in rows], outcome=outcome)


async def read_each(
    table: str,
    keys: Sequence[str],
    read: Callable[[str], Any],
    *,
    part: str,
    label: str,
    action: str,
    outcome: Outcome,
    context: Context,
    items: Callable[[Any], int] = len,
) -> dict[str, Any]:
    """Read many objects, some at a time; what fails is a gap, what is finished is remembered.

    Parameters
    ----------
    table
        Fact table they fill.
    keys
        Objects to read.
    read
        Coroutine function of one key; its value must be plain JSON.
    part
        Name of the work in the journal.
    label
        Name of the work in the progress display.
    action
        Permission the read needs, for the reason of a gap.
    outcome
        Where pages, failures and gaps are counted.
    items
        Rows that a value holds.

    Returns
    -------
    dict
        Values by key, for the keys that were read.
    """
    known = context.journal.done(part)
    found: dict[str, Any] = {key: known[key] for key in keys if key in known}
    missing = [key for key in keys if key not in found] if found else keys
    waiting: Iterator[str] = iter(missing)
    record = context.journal.record
    with outcome.reading(table, expected=len(keys)) as reading, context.progress.task(label, total=len(keys)) as task:
        task.advance(len(found))

        async def work() -> None:
            for key in waiting:
                try:
                    value = await read(key)
                except AzureError as error:
                    outcome.failed(reading, key, *describe(error, action))
                else:
                    found[key] = value
                    record(part, key, value)
                task.advance(1)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(context.settings.concurrency, len(missing))):
                group.create_task(work())
        reading.pages, reading.items = len(found), sum(map(items, found.values()))
    return found


def unlisted(source: Source, error: AzureError) -> LakezonesError:
    """The error for a listing that failed on its first page."""
    code, reason = describe(error, LIST_ACTION)
    if code == "no_answer":
        return unreachable(source)
    hint = {
        "401": "sign in with: az login; or set AZURE_STORAGE_CONNECTION_STRING",
        "403": f"the caller needs {LIST_ACTION}; see: lakezones scan --check",
        "no_token": "sign in with: az login, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and a secret or certificate",
    }.get(code, "try again; if it stays so, look at the service's health")
    return LakezonesError(f"the containers of {source.location} cannot be listed ({code}: {reason})", hint=hint)


def unreachable(source: Source) -> ServiceUnavailable:
    """The error for an endpoint where nobody answers."""
    hint = (
        "start it: azurite-blob --skipApiVersionCheck --disableTelemetry, or run: lakezones demo"
        if source.emulator
        else "check the address, the network and the account's firewall"
    )
    return ServiceUnavailable(f"nothing answers at {source.location}", hint=hint)
