"""A loopback proxy that breaks things on purpose, the same way every time for the same seed.

In: an upstream on 127.0.0.1 and a `Schedule`. Out: an address that answers as the upstream does, except where the
schedule says otherwise. What happens to a request depends on the seed, the request itself and how often it has been
asked, never on the order in which requests arrive.
"""

import asyncio
import random
import re
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

PASSING: Final = ("429", "429 after", "503", "503 after", "500", "drop", "cut", "slow", "torn", "malformed")
"""Faults that asking again overcomes; ``slow`` is none at all, if one waits."""

_CODES: Final = {"403": "AuthorizationPermissionMismatch", "404": "ContainerNotFound", "503 always": "ServerBusy"}


@dataclass(kw_only=True)
class Schedule:
    """What happens to which request.

    Parameters
    ----------
    seed
        Equal seeds break equal requests equally.
    share
        Share of requests that something happens to.
    most
        Faults in a row on one request, at most.
    fatal
        Decides from method and target whether a request is refused for ever, and how: ``403``, ``404`` or
        ``503 always``.
    kinds
        Passing faults to draw from.
    """

    seed: int
    share: float = 0.3
    most: int = 3
    fatal: Callable[[str, str], str | None] = lambda _method, _target: None
    kinds: tuple[str, ...] = PASSING
    seen: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    refused: set[str] = field(default_factory=set)

    def draw(self, method: str, target: str, body: bytes) -> str | None:
        """What happens to a request now; None lets it pass."""
        if kind := self.fatal(method, target):
            self.refused.add(target)
            self.happened[kind] += 1
            return kind
        key = f"{self.seed}:{method}:{target}:{body.hex()}"
        attempt = self.seen[key]
        self.seen[key] += 1
        rng = random.Random(key)
        count = rng.randint(1, self.most) if rng.random() < self.share else 0
        if attempt >= count:
            return None
        kinds = [rng.choice(self.kinds) for _ in range(count)]
        kind = kinds[attempt]
        if kind == "401" and "401" in kinds[:attempt]:
            kind = "500"  # a token that is refused twice for one request is not an old token
        self.happened[kind] += 1
        return kind


class Proxy:
    """The proxy; serves TLS where the upstream does.

    Parameters
    ----------
    upstream
        ``http://127.0.0.1:PORT`` or ``https://127.0.0.1:PORT``.
    ca_file
        Authority of an upstream that speaks TLS.
    folder
        Where the proxy's own authority is written, for TLS.
    """

    def __init__(self, upstream: str, *, ca_file: Path | None = None, folder: Path | None = None) -> None:
        match = re.fullmatch(r"(https?)://127\.0\.0\.1:(\d+)", upstream)
        assert match, upstream
        self.scheme, self.port = match[1], int(match[2])
        self.schedule = Schedule(seed=0, share=0)
        self.asked: Counter[tuple[str, str]] = Counter()
        self.ca_file: Path | None = None
        self._client: ssl.SSLContext | None = None
        self._server: ssl.SSLContext | None = None
        if self.scheme == "https":
            import trustme

            assert folder is not None
            authority = trustme.CA()
            self.ca_file = folder / "proxy-ca.pem"
            authority.cert_pem.write_to_path(str(self.ca_file))
            self._server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("127.0.0.1").configure_cert(self._server)
            self._client = ssl.create_default_context(cafile=str(ca_file))
        self.endpoint = ""

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._tasks: set[asyncio.Task[Any]] = set()

        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            self._stop = asyncio.Event()
            server = await asyncio.start_server(self._connection, "127.0.0.1", 0, ssl=self._server)
            self.endpoint = f"{self.scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            ready.set()
            await self._stop.wait()
            server.close()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        self._thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
        self._thread.start()
        assert ready.wait(20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        behind: asyncio.StreamWriter | None = None
        try:
            upstream, behind = await asyncio.open_connection("127.0.0.1", self.port, ssl=self._client)
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, target, _ = head.split(b"\r\n")[0].decode().split(" ", 2)
                length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(length[1])) if length else b""
                self.asked[method, target.partition("?")[0]] += 1
                kind = self.schedule.draw(method, target, body)
                if kind == "drop" or (method == "HEAD" and kind in ("cut", "torn", "malformed")):
                    return
                if kind is not None and kind[:3].isdigit():
                    writer.write(_refusal(kind, method))
                    await writer.drain()
                    continue
                if kind == "stall":
                    await asyncio.sleep(3600)
                behind.write(head + body)
                await behind.drain()
                if not await _relay(upstream, writer, method, kind):
                    return
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError, ssl.SSLError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()
            if behind is not None:
                behind.close()


async def _relay(upstream: asyncio.StreamReader, writer: asyncio.StreamWriter, method: str, kind: str | None) -> bool:
    """Hand an answer on, whole or broken; False ends the connection."""
    head = await upstream.readuntil(b"\r\n\r\n")
    status = head.split(b"\r\n")[0]
    headers = [
        line
        for line in head.split(b"\r\n")[1:-2]
        if not line.lower().startswith((b"content-length:", b"transfer-encoding:", b"connection:", b"keep-alive:"))
    ]
    content = await _body(upstream, head) if method != "HEAD" and b" 304" not in status else b""
    if kind == "torn":
        content = content[: len(content) // 2]
    if kind == "malformed":
        content = b"<oops>" + content[:20] + b"{"
    writer.write(b"\r\n".join([status, *headers, b"Content-Length: %d" % len(content)]) + b"\r\n\r\n")
    half = len(content) // 2
    writer.write(content[:half])
    await writer.drain()
    if kind == "cut" and content:
        return False
    if kind == "slow":
        await asyncio.sleep(0.02)
    writer.write(content[half:])
    await writer.drain()
    return True


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    if b"transfer-encoding: chunked" in head.lower():
        content = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            content += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
        return content
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return await reader.readexactly(int(length[1])) if length else b""


def _refusal(kind: str, method: str) -> bytes:
    status, code = int(kind[:3]), _CODES.get(kind, "Busy")
    content = b"" if method == "HEAD" else b"<Error><Code>%s</Code></Error>" % code.encode()
    lines = [f"HTTP/1.1 {status} Refused", f"x-ms-error-code: {code}", "Content-Type: application/xml"]
    if kind.endswith("after"):
        lines.append("x-ms-retry-after-ms: 5")
    lines.append(f"Content-Length: {len(content)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + content
