"""A local stand-in for the parts of Azure that Azurite lacks: ARM, Resource Graph, Graph, Data Lake ACLs and logs.

In: tables with the schemas of `lakezones.model.facts`, as the Firm or a capture has them. Out: an HTTPS server on
127.0.0.1 that answers in the recorded shapes of the real services, paging included, so that the official clients read
it unmodified. It accepts tokens of its `LocalCredential`, and nothing that writes.
"""

import asyncio
import hashlib
import hmac
import json
import re
import secrets
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlencode

import polars as pl
from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions

from lakezones.demo.emulators.cloud_data import ARM_NAMES, LOG_COLUMNS, CloudData, rows_of
from lakezones.errors import ServiceUnavailable

Answer = tuple[int, dict[str, str], bytes]


class LocalCredential:
    """Asynchronous token credential of a local cloud: random tokens, signed with a key that its server knows.

    Parameters
    ----------
    lifetime
        Seconds a token is valid by its own account.
    key
        What tokens are signed with; random when None.
    """

    def __init__(self, lifetime: float = 3600.0, *, key: str | None = None) -> None:
        self.lifetime = lifetime
        self.key = key or secrets.token_urlsafe(32)
        self.issued: set[str] = set()
        self._refused: set[str] = set()

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """A new token."""
        del scopes
        nonce = secrets.token_urlsafe(16)
        token = f"{nonce}.{self._signature(nonce)}"
        self.issued.add(token)
        return AccessToken(token, int(time.time() + self.lifetime))

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """A new token, as newer clients ask for it."""
        del options
        token = await self.get_token(*scopes)
        return AccessTokenInfo(token.token, token.expires_on)

    def accepts(self, token: str) -> bool:
        """Whether a token was signed with the key and not refused since."""
        if token in self.issued:
            return True
        nonce, _, signature = token.partition(".")
        return token not in self._refused and hmac.compare_digest(signature, self._signature(nonce))

    def expire(self) -> None:
        """Refuse every token issued so far."""
        self._refused |= self.issued
        self.issued.clear()

    async def close(self) -> None:
        """Nothing is held."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _signature(self, nonce: str) -> str:
        return hmac.new(self.key.encode(), nonce.encode(), hashlib.sha256).hexdigest()


class LocalCloud:
    """The server.

    Parameters
    ----------
    tables
        Any of the fact tables; those that are absent answer empty.
    account
        Name of the storage account, where the tables name none.
    page
        Rows per page of every listing.
    log_rows
        Rows that one answer of the logs may hold; what is more is cut off, and the answer says that it is partial.
    credential
        Whose tokens it accepts; one of its own when None.

    Attributes
    ----------
    endpoint
        ``https://127.0.0.1:PORT``, known once it runs.
    ca_file
        PEM file of the authority to trust.
    credential
        A credential it accepts.

    Examples
    --------
    >>> with LocalCloud({}) as cloud:
    ...     cloud.endpoint.startswith("https://127.0.0.1:")
    True
    """

    def __init__(
        self,
        tables: Mapping[str, pl.DataFrame],
        *,
        account: str = "devstoreaccount1",
        page: int = 1000,
        log_rows: int = 500_000,
        credential: LocalCredential | None = None,
    ) -> None:
        self.page = page
        self.log_rows = log_rows
        self.credential = credential or LocalCredential()
        self.requests = 0
        self.data = CloudData(tables, account)
        self._handlers = [(re.compile(pattern), handler) for pattern, handler in self._routes()]
        self._endpoint: str | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connections: set[asyncio.Task[Any]] = set()

    @property
    def endpoint(self) -> str:
        """Address of the server."""
        if self._endpoint is None:
            raise RuntimeError("the local cloud is not running; use it in a with statement, or call start()")
        return self._endpoint

    @property
    def ca_file(self) -> Path:
        """PEM file of the authority that signed the server's certificate."""
        if self._folder is None:
            raise RuntimeError("the local cloud is not running")
        return Path(self._folder.name, "ca.pem")

    @property
    def settings(self) -> dict[str, str]:
        """What `lakezones.scan.ScanSettings` needs to read from here, as from any other cloud."""
        return {
            "cloud": "always",
            "arm_endpoint": self.endpoint,
            "graph_endpoint": self.endpoint,
            "logs_endpoint": self.endpoint,
            "dfs_endpoint": f"{self.endpoint}/{{account}}",
            "ca_file": str(self.ca_file),
        }

    def start(self) -> Self:
        """Start serving; returns once it answers."""
        self._folder = tempfile.TemporaryDirectory(prefix="lakezones-cloud-", ignore_cleanup_errors=True)
        context = _certificate(Path(self._folder.name))
        ready = threading.Event()

        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            server = await asyncio.start_server(self._connection, "127.0.0.1", 0, ssl=context)
            self._endpoint = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            self._stop = asyncio.Event()
            ready.set()
            await self._stop.wait()
            server.close()
            for task in list(self._connections):
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

        self._thread = threading.Thread(target=asyncio.run, args=(serve(),), name="local-cloud", daemon=True)
        self._thread.start()
        if not ready.wait(20):
            raise ServiceUnavailable("the local cloud did not start within 20 s", hint="try again")
        return self

    def stop(self) -> None:
        """Stop serving."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)
        if self._folder is not None:
            self._folder.cleanup()
        self._endpoint = self._folder = self._loop = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.split("\r\n")
                method, target, _ = first.split(" ", 2)
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length") or 0))
                status, extra, content = self.answer(method, target, headers, body)
                self.requests += 1
                lines = [f"HTTP/1.1 {status} Answer", f"Content-Length: {len(content)}"]
                lines += [f"{name}: {value}" for name, value in extra.items()]
                writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + (b"" if method == "HEAD" else content))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError, ssl.SSLError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    # ------------------------------------------------------------------------------------------ answers

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request; pure but for the tokens it knows."""
        path, _, text = target.partition("?")
        path = unquote(path)
        query = {name.lower(): values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if not self.credential.accepts(token) and not headers.get("authorization", "").startswith("SharedKey "):
            return _failure(401, "InvalidAuthenticationToken")
        base = f"https://{headers.get('host', '')}"
        lower = path.lower()
        for pattern, handler in self._handlers:
            if match := pattern.fullmatch(lower):
                return handler(match.groups(), method, query, body, base)
        return _failure(404, "ResourceNotFound")

    def _routes(self) -> list[tuple[str, Callable[..., Answer]]]:
        authorization = r"/subscriptions/([^/]+)/providers/microsoft\.authorization"
        return [
            (authorization + "/roleassignments", self._pages("role_assignments")),
            (authorization + "/roledefinitions", self._pages("role_definitions")),
            (authorization + "/denyassignments", self._pages("denies")),
            (authorization + "/roleeligibilityscheduleinstances", self._pages("eligible")),
            (authorization + "/roleassignmentscheduleinstances", self._pages("timed")),
            (r"/providers/microsoft\.resourcegraph/resources", self._resource_graph),
            (r"/v1\.0/\$batch", self._graph_batch),
            (r"/v1\.0(/.*)", self._graph),
            (r"/v1/workspaces/([^/]+)/query", self._logs),
            (rf"/({'|'.join(map(re.escape, self.data.names))})/([^/]+)(/.*)?", self._dfs),
        ]

    def _pages(self, kind: str) -> Callable[..., Answer]:
        def handler(groups: tuple[str, ...], _method: str, query: dict[str, str], _body: bytes, base: str) -> Answer:
            rows = self.data.of_subscription(kind, groups[0])
            start = int(query.get("skip", "0"))
            document: dict[str, Any] = {"value": rows[start : start + self.page]}
            if start + self.page < len(rows):
                name = ARM_NAMES[kind]
                document["nextLink"] = (
                    f"{base}/subscriptions/{groups[0]}/providers/Microsoft.Authorization/{name}"
                    f"?api-version={query.get('api-version', '')}&skip={start + self.page}"
                )
            return _document(document)

        return handler

    def _resource_graph(self, _groups: Any, _method: str, _query: dict[str, str], body: bytes, _base: str) -> Answer:
        asked = json.loads(body)
        text = asked["query"].lower()
        if "storageaccounts" in text:
            rows = [row for row in self.data.accounts if f"'{row['name']}'" in text]
        else:
            kind = "role_definitions" if "roledefinitions" in text else "role_assignments"
            rows = [row for one in asked["subscriptions"] for row in self.data.of_subscription(kind, one)]
        start = int(asked.get("options", {}).get("$skipToken") or 0)
        size = min(self.page, int(asked.get("options", {}).get("$top", 1000)))
        document: dict[str, Any] = {
            "totalRecords": len(rows),
            "count": len(rows[start : start + size]),
            "data": rows[start : start + size],
            "facets": [],
            "resultTruncated": "false",
        }
        if start + size < len(rows):
            document["$skipToken"] = str(start + size)
        return _document(document)

    def _graph_batch(self, _groups: Any, _method: str, _query: dict[str, str], body: bytes, base: str) -> Answer:
        responses = []
        for request in json.loads(body)["requests"]:
            path, _, text = request["url"].partition("?")
            query = {name.lower(): values[0] for name, values in parse_qs(text).items()}
            status, headers, content = self._graph((path.lower(),), request["method"], query, b"", base)
            responses.append(
                {"id": request["id"], "status": status, "headers": headers, "body": json.loads(content or b"{}")}
            )
        return _document({"responses": responses[::-1]})  # Graph answers in any order

    def _graph(self, groups: tuple[str, ...], _method: str, query: dict[str, str], body: bytes, base: str) -> Answer:
        path = groups[0]
        if path == "/directoryobjects/getbyids":
            found = [self.data.principals[key] for key in json.loads(body)["ids"] if key in self.data.principals]
            return _document({"value": [{"@odata.type": item["@odata.type"], "id": item["id"]} for item in found]})
        if match := re.fullmatch(r"/groups/([^/]+)/members", path):
            if match[1] not in self.data.principals:
                return _failure(404, "Request_ResourceNotFound")
            return self._graph_page(self.data.members[match[1]], f"/groups/{match[1]}/members", query, base)
        if match := re.fullmatch(r"/identitygovernance/privilegedaccess/group/(\w+)scheduleinstances", path):
            found_schedules = self.data.eligible_members if match[1] == "eligibility" else self.data.timed_members
            group = query.get("$filter", "").partition("'")[2].rstrip("'")
            return self._graph_page(found_schedules[group], path, query, base)
        if path in ("/users", "/groups", "/serviceprincipals"):
            kind = {"/users": "user", "/groups": "group"}.get(path, "servicePrincipal")
            items = [item for item in self.data.principals.values() if item["@odata.type"].endswith(kind)]
            return self._graph_page(items, path, query, base)
        if match := re.fullmatch(r"/(users|groups|serviceprincipals)/([^/]+)", path):
            found_one = self.data.principals.get(match[2])
            return _document(found_one) if found_one else _failure(404, "Request_ResourceNotFound")
        return _failure(404, "Request_ResourceNotFound")

    def _graph_page(self, rows: list[dict[str, Any]], path: str, query: dict[str, str], base: str) -> Answer:
        start = int(query.get("$skiptoken", "0"))
        size = min(self.page, int(query.get("$top", "100")))
        document: dict[str, Any] = {"value": rows[start : start + size]}
        if start + size < len(rows):
            kept = {name: value for name, value in query.items() if name != "$skiptoken"}
            document["@odata.nextLink"] = f"{base}/v1.0{path}?{urlencode({**kept, '$skiptoken': start + size})}"
        return _document(document)

    def _dfs(self, groups: tuple[str, ...], method: str, query: dict[str, str], _body: bytes, _base: str) -> Answer:
        account, name, rest = groups
        if method == "HEAD" and query.get("action") == "getAccessControl":
            row = self.data.acls.get((account, name, (rest or "").strip("/")))
            if row is None:
                return 404, {"x-ms-error-code": "PathNotFound"}, b""
            headers = {
                "x-ms-owner": row["owner"] or "$superuser",
                "x-ms-group": row["owning_group"] or "$superuser",
                "x-ms-permissions": "rwxr-x---",
                "x-ms-acl": row["acl"],
            }
            return 200, headers, b""
        if method == "GET" and query.get("resource") == "filesystem":
            folder = query.get("directory", "").strip("/")
            depth = folder.count("/") + 1 if folder else 0
            below = [
                {"name": path, "isDirectory": "true"}
                for holder, container, path in self.data.acls
                if holder == account
                and container == name
                and path
                and path.count("/") == depth
                and path.startswith(folder)
            ]
            return _document({"paths": sorted(below, key=lambda item: item["name"])})
        return 404, {"x-ms-error-code": "FilesystemNotFound"}, b""

    def _logs(self, _groups: Any, _method: str, _query: dict[str, str], body: bytes, _base: str) -> Answer:
        asked = json.loads(body)
        start, slash, end = (asked.get("timespan") or "").partition("/")
        # A span without a start and an end ("P1D") reaches back from now, which is not when the tables are of.
        found = self.data.used(_moment(start), _moment(end)) if slash else self.data.usage.head(1)
        rows = rows_of(found)
        table = {
            "name": "PrimaryResult",
            "columns": [{"name": name, "type": kind} for name, kind in LOG_COLUMNS.items()],
            "rows": rows[: self.log_rows],
        }
        if len(rows) <= self.log_rows:
            return _document({"tables": [table]})
        return _document({"tables": [table], "error": {"code": "PartialError", "message": "too many rows"}})


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _document(document: Any, status: int = 200) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(document).encode()


def _failure(status: int, code: str) -> Answer:
    return _document({"error": {"code": code, "message": "refused by the local cloud"}}, status)


def _certificate(folder: Path) -> ssl.SSLContext:
    try:
        import trustme
    except ImportError:
        raise ServiceUnavailable("the local cloud needs the package trustme", hint="install lakezones[demo]") from None
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context
