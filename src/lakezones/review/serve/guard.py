"""What every request must pass before anything looks at it, and the headers of every answer.

In: ASGI requests. Out: the same, or a refusal. The page answers to one address of the loopback interface and to pages
that it made itself: the name in ``Host`` (a foreign name that resolves to 127.0.0.1 would be DNS rebinding),
``Origin``, and ``Sec-Fetch-Site`` (https://www.w3.org/TR/fetch-metadata/), which tells another port of this machine
from our own where cookies do not.
"""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY: Final = 1 << 20
"""Bytes of a request's body; a bulk approval of 10,000 items is below it."""
LARGEST_QUERY: Final = 8192
METHODS: Final = ("GET", "HEAD", "POST")

HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: browsers would then send "Origin: null" with our own forms.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


class Guard:
    """Refuses what does not come from the page itself.

    Parameters
    ----------
    app
        What answers.
    port
        The port that the page is served on.
    """

    def __init__(self, app: ASGIApp, *, port: int) -> None:
        self._app = app
        self._host = f"127.0.0.1:{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        size = _Size(receive)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = self._refusal(scope, Headers(scope=scope))
        if refusal is not None:
            await refusal(scope, receive, answer)
            return
        await self._app(scope, size, answer)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        method = scope["method"]
        if method not in METHODS:
            return refuse(405, f"{method[:20]} is not answered here", "open the page in a browser")
        if headers.getlist("host") != [self._host]:
            return refuse(421, "this page answers to its own address alone", f"open http://{self._host}/ in a browser")
        hint = "paste the address from the terminal into the address bar of a browser"
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", *(["none"] if method != "POST" else [])):
            return refuse(403, "the request comes from another page", hint)
        origins = headers.getlist("origin")
        if (origins or method == "POST") and origins != [f"http://{self._host}"]:
            return refuse(403, "the request comes from another page", hint)
        if "prefetch" in headers.get("sec-purpose", "") or "prefetch" in headers.get("purpose", ""):
            return refuse(403, "nothing is fetched beforehand", "open the page")
        if len(scope.get("query_string", b"")) > LARGEST_QUERY:
            return refuse(414, "the address is too long", "use fewer filters, or a shorter search")
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > LARGEST_BODY:
            return refuse(413, "the request is too large", "decide on fewer items at once")
        return None


class TooLarge(Exception):
    """More came than the request said, or than is taken."""


class _Size:
    """Counts what is received: a request without a length may be endless."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._size = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        if self._size > LARGEST_BODY:
            raise TooLarge
        return message


def refuse(status: int, message: str, hint: str) -> Response:
    """A refusal in plain text, as a line and a hint."""
    return Response(f"{message}\nhint: {hint}\n", status, media_type="text/plain")
