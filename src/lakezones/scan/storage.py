"""Reads a storage account: all pages of its containers, then the stored access policies of each.

In: a storage `Source`. Out: an `Outcome` with the tables accounts, containers and stored_policies, a gap for each
read that failed, and how many pages, items and failures there were. Only reads are sent.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import Final

import polars as pl
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
)

from lakezones.errors import LakezonesError, ServiceUnavailable
from lakezones.model.facts import FACTS
from lakezones.scan.client import StorageClient
from lakezones.scan.progress import Progress
from lakezones.scan.result import Gap, Outcome, Reading
from lakezones.scan.settings import ScanSettings
from lakezones.scan.sources import Source
from lakezones.scan.xml import ContainerPage, containers_frame, parse_containers, parse_policies

LIST_ACTION: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/read"
POLICY_ACTION: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/getAcl/action"


async def read_storage(source: Source, *, settings: ScanSettings, progress: Progress) -> Outcome:
    """Read one storage account.

    Raises
    ------
    ServiceUnavailable
        If nothing answers at the endpoint.
    LakezonesError
        If the containers may not be listed at all.
    """
    outcome = Outcome(source=source.name, kind="storage")
    async with StorageClient(source, settings=settings) as client:
        pages = await _list(client, source, outcome, settings=settings, progress=progress)
        outcome.tables["accounts"] = FACTS["accounts"].validate(
            pl.DataFrame({"account": [client.account]}).with_columns(
                pl.lit(None, dtype=column.dtype).alias(name)
                for name, column in FACTS["accounts"].columns().items()
                if name != "account"
            ),
            cast=True,
        )
        outcome.tables["containers"] = containers_frame(pages, client.account)
        names = outcome.tables["containers"].get_column("container").to_list()
        outcome.tables["stored_policies"] = await _policies(
            client, names, outcome, settings=settings, progress=progress
        )
    return outcome


async def _list(
    client: StorageClient, source: Source, outcome: Outcome, *, settings: ScanSettings, progress: Progress
) -> list[ContainerPage]:
    reading = Reading(table="containers")
    outcome.readings.append(reading)
    started = time.perf_counter()
    pages: list[ContainerPage] = []
    query = {"comp": "list", "include": "metadata", "maxresults": str(settings.page_size)}
    with progress.task(f"containers of {client.account}") as task:
        while not pages or pages[-1].marker:
            if pages:
                query["marker"] = pages[-1].marker
            try:
                page = await client.get(parse_containers, first=not pages, **query)
            except AzureError as error:
                if not pages:
                    raise _unlisted(source, error) from None
                code, reason = describe(error, LIST_ACTION)
                reading.failures[code] += 1
                outcome.gaps.append(
                    Gap(
                        source="containers",
                        object_id=f"{client.account}: after {pages[-1].names[-1]}",
                        code=code,
                        reason=f"the listing broke off: {reason}",
                    )
                )
                break
            pages.append(page)
            task.advance(len(page.names))
    reading.pages = len(pages)
    reading.items = sum(len(page.names) for page in pages)
    reading.seconds = time.perf_counter() - started
    return pages


async def _policies(
    client: StorageClient, names: list[str], outcome: Outcome, *, settings: ScanSettings, progress: Progress
) -> pl.DataFrame:
    reading = Reading(table="stored_policies", expected=len(names))
    outcome.readings.append(reading)
    started = time.perf_counter()
    found: list[tuple[str, str, str | None, str | None, str | None]] = []
    waiting: Iterator[str] = iter(names)

    with progress.task(f"stored policies of {client.account}", total=len(names)) as task:

        async def work() -> None:
            for name in waiting:
                try:
                    rows = await client.get(parse_policies, path=name, restype="container", comp="acl")
                except AzureError as error:
                    code, reason = describe(error, POLICY_ACTION)
                    reading.failures[code] += 1
                    outcome.gaps.append(Gap(source="stored_policies", object_id=name, code=code, reason=reason))
                else:
                    reading.pages += 1
                    found.extend((name, *row) for row in rows)
                task.advance(1)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(settings.concurrency, len(names))):
                group.create_task(work())
    reading.items = len(found)
    reading.seconds = time.perf_counter() - started
    return _policies_frame(found)


def _policies_frame(found: list[tuple[str, str, str | None, str | None, str | None]]) -> pl.DataFrame:
    names = ["container", "policy", "permissions", "starts_at", "expires_at"]
    frame = pl.DataFrame(sorted(found, key=lambda row: row[:2]), schema=dict.fromkeys(names, pl.String), orient="row")
    times = [
        pl.col(name)
        .str.replace(r"\.(\d{6})\d*Z$", ".${1}Z")
        .str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", time_zone="UTC", strict=True)
        for name in ("starts_at", "expires_at")
    ]
    return FACTS["stored_policies"].validate(frame.with_columns(times), cast=True)


def describe(error: AzureError, action: str) -> tuple[str, str]:
    """Code of a failed read and its reason in words, with the permission that is missing where that is the cause.

    Examples
    --------
    >>> describe(ServiceRequestError("refused"), "x/read")
    ('no_answer', 'the service could not be reached')
    """
    status = getattr(error, "status_code", None)
    if isinstance(error, HttpResponseError) and status is not None:
        headers = getattr(error.response, "headers", {})
        name = headers.get("x-ms-error-code", "")
        if status in (401, 403):
            return str(status), f"{name or 'denied'}: needs {action}"
        if status == 404:
            return "404", f"{name or 'not found'}: deleted while the scan ran"
        return str(status), name or "the service failed"
    if isinstance(error, ClientAuthenticationError):
        return "no_token", "no credential could be had"
    if isinstance(error, ServiceRequestError):
        return "no_answer", "the service could not be reached"
    return "bad_answer", "the answer was cut off or malformed, again and again"


def _unlisted(source: Source, error: AzureError) -> LakezonesError:
    """The error for a listing that failed on its first page."""
    code, reason = describe(error, LIST_ACTION)
    if code == "no_answer":
        hint = (
            "start it: azurite-blob --skipApiVersionCheck --disableTelemetry, or run: lakezones demo"
            if source.emulator
            else "check the address, the network and the account's firewall"
        )
        return ServiceUnavailable(f"nothing answers at {source.location}", hint=hint)
    hint = {
        "401": "sign in with: az login; or set AZURE_STORAGE_CONNECTION_STRING",
        "403": f"the caller needs {LIST_ACTION}; see: lakezones scan --check",
        "no_token": "sign in with: az login, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and a secret or certificate",
    }.get(code, "try again; if it stays so, look at the service's health")
    return LakezonesError(f"the containers of {source.location} cannot be listed ({code}: {reason})", hint=hint)
