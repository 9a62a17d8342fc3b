"""The real server in a process of its own, and a browser that talks to it over a socket."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit


@dataclass
class Served:
    """A running server.

    Attributes
    ----------
    process
        Its process; ended by its own id.
    addresses
        The address of each reviewer, by name.
    """

    process: subprocess.Popen[str]
    addresses: dict[str, str]

    @property
    def port(self) -> int:
        return urlsplit(next(iter(self.addresses.values()))).port or 0

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=20)


def command(lake: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "lakezones", "review", "serve", "-w", str(lake), "--no-open", *words]


@contextmanager
def served(lake: Path, *reviewers: str, port: int = 0) -> Iterator[Served]:
    """Serve a workspace until the block ends."""
    names = [word for one in reviewers for word in ("--reviewer", one)]
    process = subprocess.Popen(
        command(lake, "--json", "--port", str(port), *names),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        lines = []
        while (line := process.stdout.readline()) and line != "}\n":
            lines.append(line)
        text = "".join(lines) + "}"
        if not line:
            raise AssertionError(process.stderr.read() if process.stderr else "")
        yield Served(process, json.loads(text)["addresses"])
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=20)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


class Wire:
    """A browser over a socket: one connection, one cookie."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.origin = f"http://{parts.netloc}"
        self._connection = http.client.HTTPConnection("127.0.0.1", parts.port or 0, timeout=20)
        self._cookie = ""
        status, headers, _ = self.ask("GET", f"{parts.path}?{parts.query}", {"Sec-Fetch-Site": "none"})
        assert status == 303, status
        self._cookie = headers["set-cookie"].partition(";")[0]

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> tuple[int, Mapping[str, str], str]:
        sent = {"Sec-Fetch-Site": "same-origin", **(headers or {})}
        if self._cookie:
            sent["Cookie"] = self._cookie
        self._connection.request(method, path, body=body, headers=sent)
        answer = self._connection.getresponse()
        found = {key.lower(): value for key, value in answer.getheaders()}
        return answer.status, found, answer.read().decode()

    def get(self, path: str) -> tuple[int, str]:
        status, _, text = self.ask("GET", path)
        return status, text

    def post(self, path: str, form: Mapping[str, object]) -> tuple[int, str]:
        headers = {
            "Origin": self.origin,
            "Content-Type": "application/x-www-form-urlencoded",
            "HX-Request": "true",
        }
        status, _, text = self.ask("POST", path, headers, urlencode(form, doseq=True))
        return status, text

    def close(self) -> None:
        self._connection.close()
