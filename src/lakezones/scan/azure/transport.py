"""How every client of a scan reaches the network.

In: settings. Out: a transport with their timeouts and their authority.
"""

import ssl
from typing import Any, Self
from urllib.request import getproxies

import aiohttp
from azure.core.pipeline.transport import AioHttpTransport

from lakezones.errors import ConfigError
from lakezones.scan.settings import ScanSettings


class OpenClient:
    """A client that is open inside ``async with``, and with it the one of azure-core that it asks through."""

    _client: Any

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._client.__aexit__(*error)


def transport(settings: ScanSettings) -> AioHttpTransport:
    """A transport with the timeouts and the authority of the settings; made inside a running loop.

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
    return AioHttpTransport(
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
