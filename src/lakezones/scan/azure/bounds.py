"""Bounds on what a service may answer, so that a broken or lying one ends a read and not the scan.

In: an answer's links, markers and addresses. Out: nothing, or `AnswerRefused` with a code and a reason that become a
gap. The bounds are settings; docs/bounds.md lists them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError, ServiceResponseError
from polars.exceptions import PolarsError

from lakezones.scan.settings import ScanSettings

_PORTS: Final = {"http": 80, "https": 443}
_UNFIT: Final = (LookupError, TypeError, AttributeError, ValueError, RecursionError, OverflowError, PolarsError)


class AnswerRefused(AzureError):
    """An answer that is beyond a bound; asking again would not help.

    Parameters
    ----------
    code
        Code of the gap.
    reason
        What happened and which setting states the bound; holds nothing of the answer.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Markers:
    """Where a listing goes on, page after page; one that comes back to where it was, or never ends, is refused.

    Examples
    --------
    >>> markers = Markers(ScanSettings(max_pages=2))
    >>> markers.add("a")
    >>> markers.add("a")
    Traceback (most recent call last):
    lakezones.scan.azure.bounds.AnswerRefused: the listing came back to a page that it had given before
    """

    def __init__(self, settings: ScanSettings) -> None:
        self._most = settings.max_pages
        self._seen: set[str] = {""}

    def add(self, marker: str) -> None:
        """Note a marker before its page is asked for.

        Raises
        ------
        AnswerRefused
            If it was there before, or is one page too many.
        """
        if marker in self._seen:
            raise AnswerRefused("endless", "the listing came back to a page that it had given before")
        if len(self._seen) >= self._most:
            raise AnswerRefused("endless", f"the listing has more than {self._most:,} pages (scan.max_pages)")
        self._seen.add(marker)


def same_origin(address: str, endpoint: str) -> bool:
    """Whether an address is at an endpoint's scheme, host and port.

    Examples
    --------
    >>> same_origin("https://graph.example:443/v1.0/users?x", "https://GRAPH.example")
    True
    >>> same_origin("https://graph.example.evil/v1.0", "https://graph.example")
    False
    """
    try:
        return _origin(address) == _origin(endpoint)
    except ValueError:
        return False


def check_origin(address: str, endpoint: str) -> None:
    """Refuse to follow an answer to another host, which would be handed the caller's token.

    Raises
    ------
    AnswerRefused
        If the address is not at the endpoint.
    """
    if not same_origin(address, endpoint):
        raise AnswerRefused("other_host", "the answer points to another host, and credentials are not sent there")


@contextmanager
def shaped() -> Iterator[None]:
    """Count an answer that is whole but not of the documented shape as one that could not be read.

    Raises
    ------
    azure.core.exceptions.ServiceResponseError
        In place of what reading it raised.
    """
    try:
        yield
    except _UNFIT as error:
        raise ServiceResponseError(f"an answer of another shape: {type(error).__name__}") from error


def _origin(address: str) -> tuple[str, str | None, Any]:
    parts = urlsplit(address)
    return parts.scheme.lower(), parts.hostname, parts.port or _PORTS.get(parts.scheme.lower())
