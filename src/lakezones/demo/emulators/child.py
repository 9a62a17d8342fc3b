"""Child processes that never outlive this one, and what starts and stops.

In: a command. Out: a `Child` with a private folder, its output kept in a file there. Its standard input is a pipe
that this process holds, and the command has to end when that pipe closes: it closes however this process ends, which
no signal handler can promise after a SIGKILL.
"""

import atexit
import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from lakezones.errors import ServiceUnavailable

_POLL: Final = 0.02
"""Seconds between two looks at what a child has printed."""


class Service(ABC):
    """Something that is started and stopped, by hand or by a with statement."""

    @abstractmethod
    def start(self) -> Self:
        """Start it; returns once it answers."""

    @abstractmethod
    def stop(self) -> None:
        """Stop it; does nothing when it does not run."""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class Child:
    """One child process, in a session and process group of its own.

    Parameters
    ----------
    name
        What it is called in messages.
    error
        Class of what is raised when it does not do what it should.

    Attributes
    ----------
    folder
        A private folder, removed by `stop`.

    Examples
    --------
    >>> import contextlib, re, sys
    >>> with contextlib.closing(Child("python", ServiceUnavailable)) as child:
    ...     child.start([sys.executable, "-c", "print('listens on 80'); input()"])
    ...     child.wait_for(re.compile(r"listens on (\\d+)"), seconds=20)[1]
    '80'
    """

    def __init__(self, name: str, error: type[ServiceUnavailable] = ServiceUnavailable) -> None:
        self.name = name
        self._error = error
        self._process: subprocess.Popen[bytes] | None = None
        self._holder = tempfile.TemporaryDirectory(prefix="lakezones-", ignore_cleanup_errors=True)
        self.folder = Path(self._holder.name)
        self._log = self.folder / "output.log"

    @property
    def pid(self) -> int | None:
        """Process id, which is its process group's too; None when it does not run."""
        return None if self._process is None else self._process.pid

    @property
    def output(self) -> str:
        """What it has printed so far, to standard output and standard error."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def start(
        self, command: Sequence[str], *, folder: Path | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        """Start the command, in its own folder unless another is given.

        Raises
        ------
        OSError
            If the command cannot be run.
        """
        atexit.register(self.close)
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=folder or self.folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches this process alone, which may still want the child while it unwinds.
                start_new_session=True,
            )

    def send(self, line: str) -> None:
        """Write a line to its standard input; one that has ended already is noticed by `wait_for`."""
        stdin = self._running().stdin
        assert stdin is not None
        with contextlib.suppress(BrokenPipeError):
            stdin.write(f"{line}\n".encode())
            stdin.flush()

    def wait_for(self, pattern: re.Pattern[str], *, seconds: float) -> re.Match[str]:
        """Wait until its output matches.

        Raises
        ------
        ServiceUnavailable
            If it ends before, or the time is over; with the last lines of its output.
        """
        process = self._running()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ended = process.poll() is not None
            found = pattern.search(self.output)
            if ended:
                raise self._error(f"{self.name} did not start: {last_lines(self.output)}", hint="correct that first")
            if found:
                return found
            time.sleep(_POLL)
        raise self._error(
            f"{self.name} did not answer within {seconds:g} s: {last_lines(self.output)}",
            hint="try again when the machine is less busy",
        )

    def wait(self, *, seconds: float) -> int:
        """Wait until it ends; return its exit code.

        Raises
        ------
        ServiceUnavailable
            If the time is over before.
        """
        try:
            return self._running().wait(seconds)
        except subprocess.TimeoutExpired:
            raise self._error(
                f"{self.name} did not finish within {seconds:g} s: {last_lines(self.output)}", hint="try again"
            ) from None

    def close(self, *, grace: float = 2.0) -> None:
        """End it: close its pipe, wait `grace` seconds, then kill its process group. Remove its folder."""
        atexit.unregister(self.close)
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            try:
                process.wait(grace)
            except subprocess.TimeoutExpired:
                _kill(process)
                process.wait()
        self._holder.cleanup()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError(f"{self.name} is not running")
        return self._process


def run(
    command: Sequence[str],
    *,
    name: str,
    seconds: float,
    error: type[ServiceUnavailable] = ServiceUnavailable,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Run a command to its end; return its exit code and what it printed.

    Raises
    ------
    OSError
        If the command cannot be run.
    ServiceUnavailable
        If it takes longer; it is ended then.
    """
    with contextlib.closing(Child(name, error)) as child:
        child.start(command, folder=folder, environment=environment)
        return child.wait(seconds=seconds), child.output


def last_lines(text: str, most: int = 3) -> str:
    """Return the last lines of a text that are not blank, as one line.

    Examples
    --------
    >>> last_lines("one\\n\\n two\\n")
    'one; two'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "; ".join(lines[-most:]) or "it printed nothing"


def _kill(process: subprocess.Popen[bytes]) -> None:
    if os.name == "nt":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
