"""Puts a generated Firm's containers into a local storage emulator.

In: a :class:`~lakezones.demo.firm.generate.GeneratedFirm` and an endpoint on this machine; any other is refused. Out:
containers with metadata, public access and stored policies and, if asked for, one or two tiny blobs each.

Requests are signed by hand (shared key) over one aiohttp session: the storage SDK takes five times as long for
50,000 containers. Signature: https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

import aiohttp
import polars as pl
from azure.storage.blob import BlobServiceClient

from lakezones.demo.emulators.azurite import Azurite
from lakezones.demo.firm.generate import GeneratedFirm
from lakezones.errors import ServiceUnavailable, UsageError

_VERSION: Final = "2021-12-02"
_BODY: Final = b"lakezones demo\n"
_MOST_POLICIES: Final = 5


@dataclass(frozen=True)
class Put:
    """How much was put."""

    containers: int
    blobs: int


@dataclass(frozen=True)
class _Job:
    """One container with everything that goes into it."""

    container: str
    headers: dict[str, str]
    public: str | None
    policies: bytes | None
    blobs: tuple[str, ...]


def put_containers(
    endpoint: str,
    account_key: str,
    firm: GeneratedFirm,
    *,
    concurrency: int = 16,
    blobs: bool = False,
) -> Put:
    """Create the Firm's containers.

    Parameters
    ----------
    endpoint
        ``http://127.0.0.1:PORT/ACCOUNT``, on this machine.
    account_key
        Shared key of the account, base64.
    firm
        What to create.
    concurrency
        Requests under way at once.
    blobs
        Whether to write the few tiny blobs as well, which more than doubles the time; a scan reads none by
        default.

    Raises
    ------
    UsageError
        If the endpoint is not on this machine, or the key is no base64.
    ServiceUnavailable
        If the endpoint does not answer, or refuses a request: for one, a container of that name exists.
    """
    refuse_remote(endpoint)
    if concurrency < 1:
        raise UsageError(f"concurrency is {concurrency}", hint="use 1 or more")
    try:
        key = base64.b64decode(account_key, validate=True)
    except binascii.Error as error:
        raise UsageError("the account key is no base64", hint="use the key of the emulator") from error
    jobs = list(_jobs(firm, blobs=blobs))
    try:
        asyncio.run(_put_all(jobs, endpoint.rstrip("/"), key, concurrency))
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ServiceUnavailable(f"{endpoint} does not answer: {error}", hint="start the emulator again") from error
    return Put(len(jobs), sum(len(job.blobs) for job in jobs))


def put_files(azurite: Azurite, container: str, files: Mapping[str, bytes]) -> None:
    """Put files into a new container of an emulator."""
    with (
        BlobServiceClient.from_connection_string(azurite.connection_string) as client,
        client.create_container(container) as at,
    ):
        for name, body in files.items():
            at.upload_blob(name, body)


def refuse_remote(endpoint: str) -> None:
    """Raise unless an endpoint is on this machine.

    Raises
    ------
    UsageError
        For any host but ``localhost`` and loopback addresses, and for any scheme but http and https.
    """
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    local = host == "localhost"
    if not local:
        try:
            local = ipaddress.ip_address(host).is_loopback
        except ValueError:
            local = False
    if not local or parts.scheme not in ("http", "https") or "@" in parts.netloc:
        raise UsageError(
            f"the demo writes to this machine only, not to {host or endpoint!r}",
            hint="use an emulator on 127.0.0.1, for example the one `lakezones demo` starts",
        )


def _jobs(firm: GeneratedFirm, *, blobs: bool) -> Iterator[_Job]:
    policies = {
        str(container): rows
        for (container,), rows in firm.facts["stored_policies"].partition_by("container", as_dict=True).items()
    }
    inside: dict[str, tuple[str, ...]] = {}
    if blobs:
        grouped = firm.blobs.group_by("container", maintain_order=True).agg("blob")
        inside = {container: tuple(names) for container, names in grouped.iter_rows()}
    rows = firm.facts["containers"].select("container", "metadata", "public_access")
    for container, metadata, public in rows.iter_rows():
        headers = {f"x-ms-meta-{name}": value for name, value in json.loads(metadata or "{}").items()}
        if public:
            headers["x-ms-blob-public-access"] = public
        rules = policies.get(container)
        body = None if rules is None else _identifiers(rules)
        yield _Job(container, headers, public, body, inside.get(container, ()))


def _identifiers(rules: pl.DataFrame) -> bytes:
    """Return stored policies as the service takes them; it has room for five per container."""
    parts = []
    for policy, permissions, starts, expires in (
        rules.head(_MOST_POLICIES).select("policy", "permissions", "starts_at", "expires_at").iter_rows()
    ):
        fields = {
            "Start": starts and f"{starts:%Y-%m-%dT%H:%M:%SZ}",
            "Expiry": expires and f"{expires:%Y-%m-%dT%H:%M:%SZ}",
            "Permission": permissions,
        }
        inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items() if value)
        parts.append(
            f"<SignedIdentifier><Id>{escape(policy)}</Id><AccessPolicy>{inner}</AccessPolicy></SignedIdentifier>"
        )
    text = '<?xml version="1.0" encoding="utf-8"?><SignedIdentifiers>' + "".join(parts) + "</SignedIdentifiers>"
    return text.encode()


async def _put_all(jobs: list[_Job], endpoint: str, key: bytes, concurrency: int) -> None:
    """Put the jobs by some workers that share the list; the first error ends all of them."""
    queue = iter(jobs)
    timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False) as session:
        client = _Client(session, endpoint, key)

        async def work() -> None:
            for job in queue:
                await client.put(job)

        await asyncio.gather(*(work() for _ in range(concurrency)))


class _Client:
    """Signed requests to one account."""

    def __init__(self, session: aiohttp.ClientSession, endpoint: str, key: bytes) -> None:
        self._session = session
        self._endpoint = endpoint
        # Path-style addresses hold the account, and the signature has it once more in front.
        path = urlsplit(endpoint).path
        self._account = path.strip("/")
        self._resource = f"/{self._account}{path}"
        self._key = key

    async def put(self, job: _Job) -> None:
        """Create a container with everything that goes into it."""
        path = f"/{job.container}"
        await self._send(path, {"restype": "container"}, job.headers)
        if job.policies is not None:
            # Setting policies sets public access too: left out, it would be taken away.
            public = {"x-ms-blob-public-access": job.public} if job.public else {}
            query = {"comp": "acl", "restype": "container"}
            await self._send(path, query, public, job.policies, expected=200)
        for blob in job.blobs:
            kind = {"x-ms-blob-type": "BlockBlob"}
            await self._send(f"{path}/{quote(blob)}", {}, kind, _BODY)

    async def _send(
        self,
        path: str,
        query: dict[str, str],
        headers: dict[str, str],
        body: bytes = b"",
        *,
        expected: int = 201,
    ) -> None:
        signed = {
            **headers,
            "x-ms-date": format_datetime(datetime.now(UTC), usegmt=True),
            "x-ms-version": _VERSION,
        }
        length = str(len(body)) if body else ""
        type_ = "application/octet-stream" if body else ""
        canonical = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
        resource = self._resource + path + "".join(f"\n{name}:{query[name]}" for name in sorted(query))
        # Verb, three empty fields but for the length, type, and six empty fields more.
        text = f"PUT\n\n\n{length}\n\n{type_}\n\n\n\n\n\n\n{canonical}{resource}"
        digest = base64.b64encode(hmac.new(self._key, text.encode(), hashlib.sha256).digest()).decode()
        signed["Authorization"] = f"SharedKey {self._account}:{digest}"
        if type_:
            signed["Content-Type"] = type_
        else:
            signed["Content-Length"] = "0"
        url = f"{self._endpoint}{path}"
        async with self._session.put(
            url, params=query, headers=signed, data=body or None, skip_auto_headers=("Content-Type",)
        ) as answer:
            if answer.status != expected:
                code = answer.headers.get("x-ms-error-code", answer.reason or "")
                hint = "start a fresh emulator" if answer.status == 409 else "see the emulator's own log"
                raise ServiceUnavailable(f"PUT {path}: {answer.status} {code}", hint=hint)
            await answer.read()
