"""Fetches blob inventory reports from the container that the service leaves them in.

In: addresses of containers, or of prefixes in them, and a `Context`. Out: outcomes as `lakezones.scan.files.inventory`
makes them, of the newest report of each rule. A file that cannot be had is a gap with its code. Files are kept beside
the journal until the scan is complete, so that going on does not fetch them again; they are the caller's alone.
"""

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from azure.core.exceptions import AzureError

from lakezones.errors import InputError, WorkspaceError
from lakezones.scan.azure.bounds import AnswerRefused, Markers
from lakezones.scan.azure.client import StorageClient
from lakezones.scan.azure.failures import describe
from lakezones.scan.azure.xml import parse_blobs
from lakezones.scan.context import Context
from lakezones.scan.files.inventory import read_reports
from lakezones.scan.files.inventory_manifest import InventoryReport, load_report
from lakezones.scan.result import Gap, Outcome
from lakezones.scan.sources import parse_inventory

ACTION: Final = "Storage Blob Data Reader on the container of the reports"
MANIFEST: Final = "manifest.json"
PART: Final = 16 << 20
"""Bytes asked for at a time."""


async def read_remote(address: str, context: Context, credential: Any) -> list[Outcome]:
    """Fetch and read the newest report of each rule below an address."""
    source, container, prefix = parse_inventory(address, settings=context.settings)
    name = "/".join(part for part in (source.location, container, prefix) if part)
    failed: dict[str, tuple[str, str]] = {}
    reports: list[InventoryReport] = []
    broken: list[Gap] = []
    with _folder(context, name) as folder:
        async with StorageClient(source, settings=context.settings, credential=credential) as client:
            try:
                manifests = newest(await _names(client, container, prefix, Markers(context.settings)))
                if not manifests:
                    broken.append(_gap(name, "no_report", "there is no finished report"))
                for number, manifest in enumerate(manifests):
                    place = folder / hashlib.sha256(manifest.encode()).hexdigest()[:12]
                    place.mkdir(mode=0o700, exist_ok=True)
                    local = place / MANIFEST
                    await _fetch(client, f"{container}/{manifest}", local, most=context.settings.max_answer_bytes)
                    try:
                        reports.append(load_report(local))
                    except InputError as error:
                        broken.append(_gap(manifest, "malformed", error.message.removeprefix(f"{local}: ")))
                        continue
                    label = f"inventory report {number + 1} of {len(manifests)}"
                    failed |= await _files(client, container, reports[-1], label, context)
            except AzureError as error:
                broken.append(_gap(name, *describe(error, ACTION)))
        outcomes = read_reports(reports, name, failed=failed)
    outcomes = outcomes or [Outcome(source=name, kind="inventory")]
    outcomes[0].gaps += broken
    outcomes[0].warnings += [
        f"inventory {report.rule} is of {report.ended:%Y-%m-%d %H:%M}" for report in reports if report.ended
    ]
    return outcomes


async def try_remote(address: str, context: Context, credential: Any) -> None:
    """List one name, which is enough to know that the reports may be read.

    Raises
    ------
    azure.core.exceptions.AzureError
        If they may not.
    """
    source, container, prefix = parse_inventory(address, settings=context.settings)
    async with StorageClient(source, settings=context.settings, credential=credential) as client:
        await client.get(parse_blobs, path=container, restype="container", comp="list", prefix=prefix, maxresults="1")


def newest(names: list[str]) -> list[str]:
    """The newest manifest of each rule: reports lie in folders of their time, ``2026/11/01/03-00-00/RULE/``.

    Examples
    --------
    >>> newest(["2026/10/31/03-00-00/a/a-manifest.json", "2026/11/01/03-00-00/a/a-manifest.json", "x.csv"])
    ['2026/11/01/03-00-00/a/a-manifest.json']
    """
    found: dict[str, str] = {}
    for name in sorted(names):
        if name.endswith(MANIFEST):
            found["/".join(name.split("/")[-2:])] = name
    return sorted(found.values())


async def _names(client: StorageClient, container: str, prefix: str, markers: Markers) -> list[str]:
    """Names of all blobs below a prefix."""
    names: list[str] = []
    query = {"restype": "container", "comp": "list", "prefix": prefix}
    while True:
        page = await client.get(parse_blobs, path=container, **query)
        names += page["names"]
        if not page["marker"]:
            return names
        markers.add(page["marker"])
        query["marker"] = page["marker"]


def _gap(name: str, code: str, reason: str) -> Gap:
    return Gap(source="containers", object_id=name, code=code, reason=f"blob inventory: {reason}")


async def _files(
    client: StorageClient, container: str, report: InventoryReport, label: str, context: Context
) -> dict[str, tuple[str, str]]:
    """Fetch the files of a report, some at a time; those that cannot be had, with code and reason."""
    failed: dict[str, tuple[str, str]] = {}
    waiting: Iterator[tuple[str, int | None]] = iter(report.files)
    taken = {MANIFEST, "", ".", ".."}
    with context.progress.task(label, total=len(report.files)) as task:

        async def work() -> None:
            for name, size in waiting:
                short = name.rpartition("/")[2]
                if short in taken:
                    failed[name] = ("malformed", "two files of the report have this name, or it is none")
                    continue
                taken.add(short)
                local = report.path.parent / short
                try:
                    if not (local.is_file() and local.stat().st_size == size):
                        await _fetch(client, f"{container}/{name}", local, most=size)
                except AzureError as error:
                    failed[name] = describe(error, ACTION)
                task.advance(1)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(context.settings.concurrency, len(report.files))):
                group.create_task(work())
    return failed


async def _fetch(client: StorageClient, path: str, local: Path, *, most: int | None) -> None:
    """One file of `most` bytes at most, under its name only once it is whole."""
    partial = local.with_name(f".{local.name}.part")
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
            size = 1
            while file.tell() < size:
                known = size
                part, size = await client.part(path, file.tell(), PART)
                if most is not None and size > most:
                    raise AnswerRefused("too_large", f"the file has {size:,} bytes where {most:,} were to come")
                if (file.tell() and size != known) or (not part and file.tell() < size):
                    raise AnswerRefused("bad_answer", "the file changed while it was read")
                file.write(part)
        partial.replace(local)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise WorkspaceError(
            f"cannot write {local}: {error.strerror}", hint="make room, and go on with --resume"
        ) from None


@contextmanager
def _folder(context: Context, name: str) -> Iterator[Path]:
    """Where files are kept: beside the journal until it is discarded, or nowhere for long."""
    if context.journal.path is None:
        with tempfile.TemporaryDirectory(prefix="lakezones-inventory-") as temporary:
            yield Path(temporary)
        return
    folder = context.journal.path.parent / "inventory" / hashlib.sha256(name.encode()).hexdigest()[:12]
    if not context.journal.resumed:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    yield folder
