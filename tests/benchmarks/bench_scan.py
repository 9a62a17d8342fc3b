"""Times the scan's two long reads beside their ceiling and beside the plain SDK, against one Azurite.

In: nothing; ``LAKEZONES_BENCH_CONTAINERS`` (50,000) and ``LAKEZONES_BENCH_RUNS`` (3) set the size. Out: a row per
reader with seconds, the ratio to the ceiling of the same read, CPU seconds and peak memory. Each reader runs in a
process of its own, in turns, and its best run counts.

The ceilings are as little as can be done over HTTP: a signed request by hand and lxml, no retries, no credentials but
the key. The SDK runs as documented: ``list_containers(include_metadata=True)``, and the asynchronous
``get_container_access_policy`` at the same concurrency as the others.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from email.utils import formatdate
from typing import Any
from urllib.parse import quote, urlencode

CONTAINERS = int(os.environ.get("LAKEZONES_BENCH_CONTAINERS", "50000"))
CONCURRENCY = 16
RUNS = int(os.environ.get("LAKEZONES_BENCH_RUNS", "3"))
READS = {
    "list: raw HTTP and lxml": "raw_list",
    "list: lakezones": "our_list",
    "list: SDK": "sdk_list",
    "policies: raw aiohttp and lxml": "raw_policies",
    "policies: lakezones": "our_policies",
    "policies: SDK, asynchronous": "sdk_policies",
}


def main() -> Iterator[dict[str, object]]:
    """Fill an Azurite and time every reader."""
    from lakezones.demo.emulators.azurite import Azurite

    with Azurite() as azurite:
        environment = {**os.environ, "AZURE_STORAGE_CONNECTION_STRING": azurite.connection_string}
        asyncio.run(_fill(azurite.connection_string))
        best: dict[str, dict[str, float]] = {}
        for _ in range(RUNS):
            for label, name in READS.items():
                found = json.loads(
                    subprocess.run(
                        [sys.executable, "-m", __spec__.name if __spec__ else __name__, name],
                        env=environment,
                        check=True,
                        capture_output=True,
                    ).stdout
                )
                if found["items"] != CONTAINERS:
                    raise RuntimeError(f"{label}: {found['items']} of {CONTAINERS}")
                if label not in best or found["seconds"] < best[label]["seconds"]:
                    best[label] = found
    ceilings = {label.partition(":")[0]: best[label]["seconds"] for label, name in READS.items() if "raw" in name}
    for label, found in best.items():
        yield {
            "reader": label,
            "containers": CONTAINERS,
            "seconds": found["seconds"],
            "times_the_ceiling": found["seconds"] / ceilings[label.partition(":")[0]],
            "cpu_seconds": found["cpu"],
            "peak_mb": found["peak_mb"],
        }


async def _fill(connection: str) -> None:
    from azure.storage.blob.aio import BlobServiceClient

    numbers = iter(range(CONTAINERS))
    async with BlobServiceClient.from_connection_string(connection) as client:

        async def create() -> None:
            for number in numbers:
                metadata = {
                    "system": f"system{number % 37}",
                    "table": f"table_{number}",
                    "domain": "finance",
                    "sensitivity": "internal",
                    "owner": "team-a",
                }
                await client.create_container(f"s{number % 37:02}-table-{number:06}", metadata=metadata)

        await asyncio.gather(*(create() for _ in range(CONCURRENCY)))


# ------------------------------------------------------------------------------ in a process of its own


class Raw:
    """Signed requests by hand."""

    def __init__(self, connection: dict[str, str]) -> None:
        self.endpoint = connection["BlobEndpoint"]
        self.account = connection["AccountName"]
        self.key = base64.b64decode(connection["AccountKey"])

    async def get(self, session: Any, path: str, query: dict[str, str]) -> bytes:
        """Ask once; anything but 200 ends the run."""
        date = formatdate(usegmt=True)
        canonical = "\n".join(f"{name}:{value}" for name, value in sorted(query.items()))
        text = (
            f"GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:2021-12-02\n"
            f"/{self.account}/{self.account}{path}\n{canonical}"
        )
        signature = base64.b64encode(hmac.new(self.key, text.encode(), hashlib.sha256).digest()).decode()
        headers = {
            "x-ms-date": date,
            "x-ms-version": "2021-12-02",
            "Authorization": f"SharedKey {self.account}:{signature}",
        }
        async with session.get(f"{self.endpoint}{quote(path)}?{urlencode(query)}", headers=headers) as response:
            body: bytes = await response.read()
            if response.status != 200:
                raise RuntimeError(body)
            return body


async def raw_list(connection: dict[str, str]) -> list[str]:
    """List by hand, everything taken out of every container."""
    import aiohttp
    from lxml import etree

    raw, found, marker = Raw(connection), [], ""
    async with aiohttp.ClientSession() as session:
        while True:
            query = {"comp": "list", "include": "metadata", "maxresults": "5000"}
            root = etree.fromstring(await raw.get(session, "", query | ({"marker": marker} if marker else {})))
            for item in root.find("Containers"):
                properties = {part.tag: part.text for part in item.find("Properties")}
                metadata = {part.tag: part.text for part in item.find("Metadata")}
                found.append((item.findtext("Name"), properties, metadata))
            marker = root.findtext("NextMarker")
            if not marker:
                return [name for name, _, _ in found]


async def our_list(connection: dict[str, str]) -> list[str]:
    """List as a scan does, down to the validated frame."""
    from lakezones.scan import Selection
    from lakezones.scan.azure.storage import read_storage

    outcome = await read_storage(_source(connection), context=_context(Selection(only=("containers",))))
    return outcome.tables["containers"].get_column("container").to_list()


async def sdk_list(connection: dict[str, str]) -> list[str]:
    """List with the SDK."""
    from azure.storage.blob.aio import BlobServiceClient

    async with BlobServiceClient.from_connection_string(os.environ["AZURE_STORAGE_CONNECTION_STRING"]) as client:
        return [item.name async for item in client.list_containers(include_metadata=True)]


async def raw_policies(connection: dict[str, str]) -> list[str]:
    """Ask for every container's policies by hand."""
    import aiohttp
    from lxml import etree

    names = await raw_list(connection)
    raw, waiting, read = Raw(connection), iter(names), []
    started[0] = _now()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONCURRENCY)) as session:

        async def work() -> None:
            for name in waiting:
                etree.fromstring(await raw.get(session, f"/{name}", {"comp": "acl", "restype": "container"}))
                read.append(name)

        await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    return read


async def our_policies(connection: dict[str, str]) -> list[str]:
    """Ask for every container's policies as a scan does."""
    from lakezones.scan.azure.client import StorageClient
    from lakezones.scan.azure.storage import _policies
    from lakezones.scan.result import Outcome

    names = await our_list(connection)
    context, source = _context(None), _source(connection)
    started[0] = _now()
    outcome = Outcome(source=source.name, kind="storage")
    async with StorageClient(source, settings=context.settings) as client:
        await _policies(client, names, outcome, context)
    return names if outcome.readings[0].pages == len(names) else []


async def sdk_policies(connection: dict[str, str]) -> list[str]:
    """Ask for every container's policies with the SDK."""
    from azure.storage.blob.aio import BlobServiceClient

    names = await our_list(connection)
    waiting, read = iter(names), []
    started[0] = _now()
    async with BlobServiceClient.from_connection_string(os.environ["AZURE_STORAGE_CONNECTION_STRING"]) as client:

        async def work() -> None:
            for name in waiting:
                await client.get_container_client(name).get_container_access_policy()
                read.append(name)

        await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    return read


def _source(connection: dict[str, str]) -> Any:
    from azure.core.credentials import AzureNamedKeyCredential

    from lakezones.scan.sources import Source

    endpoint = connection["BlobEndpoint"]
    credential = AzureNamedKeyCredential(connection["AccountName"], connection["AccountKey"])
    return Source(name=endpoint, kind="storage", location=endpoint, credential=credential)


def _context(selection: Any) -> Any:
    from datetime import UTC, datetime

    from lakezones.scan import ScanSettings, Selection
    from lakezones.scan.context import Context
    from lakezones.scan.journal import Journal
    from lakezones.scan.progress import Silent

    return Context(
        settings=ScanSettings(concurrency=CONCURRENCY),
        progress=Silent(),
        journal=Journal(None, scan={}, resume=False, now=datetime.now(UTC)),
        selection=selection or Selection(),
    )


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


started: list[tuple[float, float]] = []
"""When the timed part began: readers of policies set it again once they know the names."""


def _measure(name: str) -> dict[str, float]:
    for module in ("aiohttp", "lxml.etree", "azure.storage.blob.aio", "lakezones.scan.azure.storage"):
        __import__(module)  # imports are not what is timed
    text = os.environ["AZURE_STORAGE_CONNECTION_STRING"]
    connection = dict(part.partition("=")[::2] for part in text.split(";") if part)
    read: Callable[[dict[str, str]], Awaitable[list[str]]] = globals()[name]
    started.append(_now())
    items = asyncio.run(read(connection))  # type: ignore[arg-type]
    wall, cpu = (now - then for now, then in zip(_now(), started[0], strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": wall, "cpu": cpu, "peak_mb": peak, "items": len(items)}


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1])))
