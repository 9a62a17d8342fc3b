"""How every client of a scan reaches the network.

In: settings. Out: a transport with their timeouts and their authority. It reads answers whole, within bounds of time
and size, so that no policy or parser above it meets one that never ends.
"""

import asyncio
import ssl
import zlib
from typing import Any, Final, Self
from urllib.request import getproxies

import aiohttp
from azure.core.exceptions import ServiceResponseError, ServiceResponseTimeoutError
from azure.core.pipeline.transport import AioHttpTransport

from lakezones.errors import ConfigError
from lakezones.scan.azure.bounds import AnswerRefused
from lakezones.scan.settings import ScanSettings

_PARTIAL: Final = 206
_ANY_HEADER: Final = 32 + zlib.MAX_WBITS
"""Makes zlib take what has a header of gzip as well as one of its own."""


class OpenClient:
    """A client that is open inside ``async with``, and with it the one of azure-core that it asks through."""

    _client: Any

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._client.__aexit__(*error)


class BoundedTransport(AioHttpTransport):  # type: ignore[misc]
    """Reads an answer whole before it hands it on: no longer than a deadline, no more than so many bytes.

    Parameters
    ----------
    settings
        The deadline from sending to the last byte, and the most bytes, before and after decompression.
    """

    def __init__(self, settings: ScanSettings, **given: Any) -> None:
        super().__init__(**given)
        self._seconds = settings.answer_timeout_seconds
        self._most = settings.max_answer_bytes

    async def send(self, request: Any, *, stream: bool = False, **config: Any) -> Any:  # noqa: ARG002
        """Send a request and read its answer.

        Raises
        ------
        AnswerRefused
            If the answer is too slow or too large.
        azure.core.exceptions.AzureError
            If there is none, or none that is whole.
        """
        response: Any = None
        try:
            async with asyncio.timeout(self._seconds) as deadline:
                response = await super().send(request, stream=True, **config)
                body = await self._read(response)
        except TimeoutError as error:
            _close(response)
            if deadline.expired():
                raise AnswerRefused(
                    "too_slow", f"no whole answer in {self._seconds:g} seconds (scan.answer_timeout_seconds)"
                ) from error
            raise ServiceResponseTimeoutError("the answer stopped", error=error) from error
        except aiohttp.ClientError as error:
            _close(response)
            raise ServiceResponseError("the answer was cut off", error=error) from error
        except BaseException:
            _close(response)
            raise
        # Both kinds of response of azure-core look here first, and would otherwise decompress without a bound.
        response._content, response._decompressed_content = body, True
        if hasattr(response, "read"):
            await response.read()
        return response

    async def _read(self, response: Any) -> bytes:
        """Body of an answer, decompressed."""
        answer: aiohttp.ClientResponse = _raw(response)
        if (answer.content_length or 0) > self._most:
            raise self._too_large()
        size, chunks = 0, []
        async for chunk in answer.content.iter_any():
            chunks.append(chunk)
            if (size := size + len(chunk)) > self._most:
                raise self._too_large()
        body = b"".join(chunks)
        encoding = answer.headers.get("Content-Encoding", "").lower()
        # A part of a blob is the bytes that are stored, whatever the blob says of their encoding.
        if not body or encoding in ("", "identity") or answer.status == _PARTIAL:
            return body
        if encoding not in ("gzip", "deflate"):
            raise ServiceResponseError("malformed answer: an encoding that was not asked for")
        return self._decompressed(body)

    def _decompressed(self, body: bytes) -> bytes:
        unpacking = zlib.decompressobj(wbits=_ANY_HEADER)
        try:
            found = unpacking.decompress(body, self._most + 1)
        except zlib.error as error:
            raise ServiceResponseError("malformed answer: not compressed as its header says") from error
        if len(found) > self._most:
            raise self._too_large()
        if not unpacking.eof:
            raise ServiceResponseError("malformed answer: its compressed content was cut off")
        return found

    def _too_large(self) -> AnswerRefused:
        return AnswerRefused("too_large", f"the answer is larger than {self._most:,} bytes (scan.max_answer_bytes)")


def _raw(response: Any) -> Any:
    """What aiohttp answered, inside either kind of response of azure-core."""
    return getattr(response, "_internal_response", None) or response.internal_response


def _close(response: Any) -> None:
    """Give up the connection of an answer that was not read to its end."""
    if response is not None:
        _raw(response).close()


def transport(settings: ScanSettings) -> BoundedTransport:
    """A transport with the bounds and the authority of the settings; made inside a running loop.

    Raises
    ------
    ConfigError
        If the authority's file cannot be used.
    """
    # With proxies from the environment, aiohttp asks a thread twice per request; without any, it need not.
    proxied = any(getproxies().values())
    session = None
    if settings.ca_file:
        # Given the file, the transport would read it for every request, and open a new connection each time.
        connector = aiohttp.TCPConnector(ssl=_trusting(settings.ca_file))
        session = aiohttp.ClientSession(
            connector=connector, trust_env=proxied, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        )
    return BoundedTransport(
        settings,
        session=session,
        connection_timeout=settings.connect_timeout_seconds,
        read_timeout=settings.read_timeout_seconds,
        use_env_settings=proxied,
    )


def _trusting(ca_file: str) -> ssl.SSLContext:
    """The system's authorities and one more."""
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"scan.ca_file: {ca_file} cannot be used ({error.strerror or error})", hint="name a PEM file of authorities"
        ) from None
    return context
