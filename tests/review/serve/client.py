"""A browser for tests: talks ASGI with the page directly, keeps cookies, and sends what browsers send."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.types import ASGIApp

Form = Mapping[str, Any] | Sequence[tuple[str, Any]]


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key == name]
        return ", ".join(found) if found else None


@dataclass
class Client:
    """One browser.

    Attributes
    ----------
    app
        The page.
    port
        The port it believes to be served on.
    """

    app: ASGIApp
    port: int = 4711
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, headers: Mapping[str, str | None] | None = None, *, method: str = "GET") -> Answer:
        return self.request(method, path, headers=headers)

    def post(
        self, path: str, form: Form = (), headers: Mapping[str, str | None] | None = None, *, body: bytes | None = None
    ) -> Answer:
        pairs = list(form.items()) if isinstance(form, Mapping) else list(form)
        sent = urlencode(pairs, doseq=True).encode() if body is None else body
        given = {"origin": self.origin, "content-type": "application/x-www-form-urlencoded", **(headers or {})}
        return self.request("POST", path, headers=given, body=sent)

    def request(
        self, method: str, path: str, *, headers: Mapping[str, str | None] | None = None, body: bytes = b""
    ) -> Answer:
        """One request; a header of None is left out."""
        sent: dict[str, str | None] = {"host": f"127.0.0.1:{self.port}", "sec-fetch-site": "same-origin"}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body:
            sent["content-length"] = str(len(body))
        sent |= {key.lower(): value for key, value in (headers or {}).items()}
        raw = [(key.encode(), value.encode("latin-1")) for key, value in sent.items() if value is not None]
        answer = asyncio.run(self._ask(method, path, raw, body))
        for key, value in answer.headers:
            if key == "set-cookie":
                name, _, rest = value.partition("=")
                self.cookies[name] = rest.partition(";")[0]
        return answer

    async def _ask(self, method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes) -> Answer:
        from urllib.parse import unquote

        bare, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(bare),
            "raw_path": bare.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", self.port),
        }
        chunks = [body[start : start + 65536] for start in range(0, len(body), 65536)] or [b""]
        came = iter(
            {"type": "http.request", "body": one, "more_body": index < len(chunks) - 1}
            for index, one in enumerate(chunks)
        )
        sent: list[dict[str, Any]] = []

        async def receive() -> Any:
            return next(came, {"type": "http.disconnect"})

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start = next(one for one in sent if one["type"] == "http.response.start")
        text = b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body")
        return Answer(start["status"], [(k.decode(), v.decode()) for k, v in start["headers"]], text)
