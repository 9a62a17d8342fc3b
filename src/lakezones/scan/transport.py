"""How every client of a scan reaches the network.

In: settings. Out: a transport with their timeouts and their authority.
"""

from urllib.request import getproxies

from azure.core.pipeline.transport import AioHttpTransport

from lakezones.scan.settings import ScanSettings


def transport(settings: ScanSettings) -> AioHttpTransport:
    """A transport with the timeouts and the authority of the settings."""
    return AioHttpTransport(
        connection_timeout=settings.connect_timeout_seconds,
        read_timeout=settings.read_timeout_seconds,
        connection_verify=settings.ca_file or True,
        # With proxies from the environment, aiohttp asks a thread twice per request; without any, it need not.
        use_env_settings=any(getproxies().values()),
    )
