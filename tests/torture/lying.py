"""A storage account on loopback that lies on purpose: about lengths, encodings, markers, waits and addresses.

In: what to do with which answer. Out: an endpoint like an emulator's. Two pages of four containers each, with a
stored policy per container, are the truth; a lie takes the place of the second page, or of one container's policies.
"""

import asyncio
import gzip
import threading
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit

KEY: Final = "Y2FuYXJ5LWtleS1vZi1hLWx5aW5nLWFjY291bnQ="
NAMES: Final = [f"lying-{number}" for number in range(8)]
VICTIM: Final = NAMES[2]

Lie = Callable[[asyncio.StreamWriter, bytes], Awaitable[None]]
"""Writes something in place of the answer whose body it is given."""


class Liar:
    """The account; ``lie_at`` says what it lies about: ``page`` or ``policy``.

    Parameters
    ----------
    lie
        What it answers there; the truth where None.
    """

    def __init__(self, lie: Lie | None = None, lie_at: str = "") -> None:
        self.lie = lie
        self.lie_at = lie_at
        self.pages: Callable[[str], str] = two_pages
        self.policies: Callable[[str], str] = policies
        self.asked: list[str] = []
        self.heads: list[bytes] = []
        self.endpoint = ""

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        assert ready.wait(30)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(30)

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/lake"
        ready.set()
        await self._end.wait()
        server.close()
        for task in self._tasks:
            task.cancel()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                target = head.split(b" ", 2)[1].decode()
                self.asked.append(target)
                self.heads.append(head)
                place, body = self._truth(target)
                if self.lie is not None and place == self.lie_at:
                    await self.lie(writer, body)
                    await writer.drain()
                    return
                writer.write(http(body))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    def _truth(self, target: str) -> tuple[str, bytes]:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if query.get("comp") == "acl":
            name = parts.path.rpartition("/")[2]
            return ("policy" if name == VICTIM else "", self.policies(name).encode())
        marker = query.get("marker", "")
        return ("page" if marker else "", self.pages(marker).encode())


def http(
    body: bytes, *, status: str = "200 OK", headers: Sequence[str] = (), length: int | None = None, version: str = "1.1"
) -> bytes:
    """An answer, with its own length or another."""
    lines = [f"HTTP/{version} {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def page(names: Sequence[str], marker: str = "", metadata: str = "<system>s</system>") -> str:
    """A page of a listing."""
    items = "".join(
        f"<Container><Name>{name}</Name><Properties><Last-Modified>Thu, 01 Oct 2026 10:00:00 GMT</Last-Modified>"
        f"</Properties><Metadata>{metadata}</Metadata></Container>"
        for name in names
    )
    return (
        f'<?xml version="1.0"?><EnumerationResults><Containers>{items}</Containers>'
        f"<NextMarker>{marker}</NextMarker></EnumerationResults>"
    )


def two_pages(marker: str) -> str:
    """The truth: four containers, then the other four."""
    return page(NAMES[4:]) if marker else page(NAMES[:4], "m1")


def policies(_name: str, expiry: str = "2027-01-01") -> str:
    """The truth about a container's policies."""
    return (
        "<SignedIdentifiers><SignedIdentifier><Id>p</Id><AccessPolicy><Start>2026-01-01T00:00Z</Start>"
        f"<Expiry>{expiry}</Expiry><Permission>rl</Permission></AccessPolicy></SignedIdentifier></SignedIdentifiers>"
    )


def says(content: bytes | None = None, **changes: object) -> Lie:
    """A lie that is one whole answer: `content`, or the truth, under other headers."""

    async def lie(writer: asyncio.StreamWriter, body: bytes) -> None:
        writer.write(http(body if content is None else content, **changes))  # type: ignore[arg-type]

    return lie


def sends(*parts: bytes, forever: bytes = b"", pause: float = 0.0) -> Lie:
    """A lie that writes bytes as they are, and then the same again and again."""

    async def lie(writer: asyncio.StreamWriter, _body: bytes) -> None:
        for part in parts:
            writer.write(part)
        while forever:
            writer.write(forever)
            await writer.drain()
            await asyncio.sleep(pause)

    return lie


async def half(writer: asyncio.StreamWriter, body: bytes) -> None:
    """Break off in the middle."""
    writer.write(http(body)[: -len(body) // 2])


async def torn(writer: asyncio.StreamWriter, body: bytes) -> None:
    """Half of the body as if it were all."""
    writer.write(http(body[: len(body) // 2]))


async def torn_gzip(writer: asyncio.StreamWriter, body: bytes) -> None:
    """Half of what was compressed as if it were all."""
    packed = gzip.compress(body)
    writer.write(http(packed[: len(packed) // 2], headers=["Content-Encoding: gzip"]))


async def silent(writer: asyncio.StreamWriter, body: bytes) -> None:
    """Say nothing."""
    del writer, body
    await asyncio.sleep(3600)


CHUNKED: Final = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ENTITIES: Final = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><EnumerationResults>&c;</EnumerationResults>'
)
ERROR: Final = b"<?xml version='1.0'?><Error><Code>InternalError</Code><Message>x</Message></Error>"
AFTER: Final = "Retry-After: "

LIES: Final[dict[str, tuple[Lie, str]]] = {
    "a byte a second": (sends(http(b"", length=1000), forever=b"<", pause=0.2), "too_slow"),
    "silence": (silent, "too_slow"),
    "endless chunks": (sends(CHUNKED, forever=b"2000\r\n" + b"x" * 0x2000 + b"\r\n"), "too_large"),
    "endless body without a length": (sends(b"HTTP/1.1 200 OK\r\n\r\n", forever=b"x" * 0x2000), "too_large"),
    "endless 100 Continue": (sends(forever=b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.01), "too_slow"),
    "a length of ten terabytes": (says(length=10**13), "too_large"),
    "a length that is too long": (says(length=10_000), "bad_answer"),
    "a length that is too short": (says(length=20), "bad_answer"),
    "a length that is no number": (sends(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nxx"), "bad_answer"),
    "broken off": (half, "bad_answer"),
    "half as if it were all": (torn, "bad_answer"),
    "half of a gzip": (torn_gzip, "bad_answer"),
    "a header of gzip over plain text": (says(headers=["Content-Encoding: gzip"]), "bad_answer"),
    "an encoding nobody asked for": (says(headers=["Content-Encoding: br"]), "bad_answer"),
    "a gzip bomb": (says(gzip.compress(b" " * (64 << 20)), headers=["Content-Encoding: gzip"]), "too_large"),
    "plain text": (says(b"all is well"), "bad_answer"),
    "a sign-in page": (says(b"<html><body>sign in</body></html>"), "bad_answer"),
    "JSON": (says(b'{"value": []}'), "bad_answer"),
    "nothing": (says(b""), "bad_answer"),
    "no content": (sends(b"HTTP/1.1 204 No Content\r\n\r\n"), "bad_answer"),
    "an error in a good answer": (says(ERROR), "bad_answer"),
    "entities": (says(ENTITIES), "bad_answer"),
    "a hundred thousand levels": (says(b"<a>" * 100_000), "bad_answer"),
    "invalid UTF-8": (says(page(["x"]).encode().replace(b"<Name>x", b"<Name>\xff\xfe")), "bad_answer"),
    "an error in invalid UTF-8": (says(b"\xff\xfe", status="500 Broken"), "500"),
    "a redirect": (says(b"", status="302 Found", headers=["Location: {elsewhere}"]), "302"),
    "a lasting redirect": (says(b"", status="308 Moved", headers=["Location: {elsewhere}"]), "308"),
    "not modified": (sends(b"HTTP/1.1 304 Not Modified\r\n\r\n"), "304"),
    "a wait of a day": (says(b"", status="429 Slow", headers=[AFTER + "86400"]), "long_wait"),
    "a wait until 2099": (says(b"", status="503 Busy", headers=[AFTER + "Thu, 01 Jan 2099 00:00:00 GMT"]), "long_wait"),
    "a wait without an end": (says(b"", status="503 Busy", headers=[AFTER + "inf"]), "long_wait"),
    "a wait in milliseconds": (says(b"", status="503 Busy", headers=["x-ms-retry-after-ms: 9e9"]), "long_wait"),
    "a wait that is no number": (says(b"", status="503 Busy", headers=[AFTER + "soon"]), "503"),
    "429 for ever": (says(b"", status="429 Slow"), "429"),
    "401 for ever": (says(b"", status="401 Who"), "401"),
    "a status nobody knows": (says(b"", status="999 Odd"), "999"),
    "a header of a megabyte": (says(headers=["x-ms-long: " + "x" * (1 << 20)]), "bad_answer"),
    "no HTTP": (sends(b"SSH-2.0-OpenSSH_9.0\r\n\r\n"), "bad_answer"),
    "a closed door": (sends(), "no_answer"),
}
"""Lies by name, and the code of the gap that each leaves."""
