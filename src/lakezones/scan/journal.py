"""Remembers every finished read, so that a killed scan goes on where it was.

In: finished reads as ``(part, key, value)``, values being plain JSON. Out: what an earlier, interrupted run of the
same scan had finished. One file, append-only, one JSON line per read with its checksum: a torn last line is a read
that was not finished, and so is one that is not what was written. Failed reads are never written, so going on asks
for them again. Values are rows of the tables; no request, header or credential is ever written.
"""

import contextlib
import json
import os
import shutil
import time
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BufferedRandom
from pathlib import Path
from typing import Any, Final, Self

from lakezones.errors import WorkspaceError

FORMAT: Final = 2
_FILE: Final = "scan.jsonl"
_EVERY_READS: Final = 512
_EVERY_SECONDS: Final = 0.5
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Journal:
    """Finished reads of one scan.

    Parameters
    ----------
    folder
        Where the file is kept; None remembers nothing.
    scan
        What identifies the scan: sources and the options that decide what is read. Another scan's journal is not
        taken up.
    resume
        Take up a journal of the same scan that is there; otherwise it is thrown away.
    now
        Time of the scan, written into a new journal; a resumed scan keeps its first time. The clock's where None.

    Raises
    ------
    WorkspaceError
        If the folder cannot be written.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        scan: Mapping[str, object] | None = None,
        resume: bool = False,
        now: datetime | None = None,
    ) -> None:
        self.path = None if folder is None else folder / _FILE
        self.started = now or datetime.now(UTC)
        self.resumed = 0
        self._done: dict[str, dict[str, Any]] = {}
        self._waiting: list[str] = []
        self._written = time.monotonic()
        self._file: BufferedRandom | None = None
        if self.path is None:
            return
        head = {"format": FORMAT, "scan": json.loads(_encode(dict(scan or {}))), "started_at": self.started.isoformat()}
        try:
            for place in (self.path.parent.parent, self.path.parent):
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
            good = self._load(self.path, head) if resume else 0
            self._file = file = open(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")  # noqa: SIM115, PTH123
            file.truncate(good)
            file.seek(good)
            if not good:
                file.write(f"{_encode(head)}\n".encode())
                file.flush()
        except OSError as error:
            raise WorkspaceError(f"cannot write {self.path}: {error.strerror}", hint="choose another -w") from None

    def done(self, part: str) -> Mapping[str, Any]:
        """What is finished of a part, by key."""
        return self._done.get(part, {})

    def record(self, part: str, key: str, value: Any) -> None:
        """Remember a finished read; it reaches the file within half a second."""
        if self._file is None:
            return
        entry = _encode([part, key, value])
        self._waiting.append(f"{entry[:-1]},{zlib.crc32(entry.encode())}]")
        if len(self._waiting) >= _EVERY_READS or time.monotonic() - self._written > _EVERY_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Hand everything remembered to the operating system."""
        waiting, self._waiting = self._waiting, []
        if self._file is not None and waiting:
            try:
                self._file.write(("\n".join(waiting) + "\n").encode())
                self._file.flush()
            except OSError as error:
                # The buffer keeps what could not be written and would fail again; a torn last line is no finished read.
                file, self._file = self._file, None
                with contextlib.suppress(OSError):
                    file.close()
                raise WorkspaceError(
                    f"cannot write {self.path}: {error.strerror}", hint="make room, and go on with --resume"
                ) from None
        self._written = time.monotonic()

    def close(self) -> None:
        """Write what is left and let go of the file."""
        self.flush()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _load(self, path: Path, head: Mapping[str, object]) -> int:
        """Take up finished reads; return how many bytes of the file are good."""
        if not path.is_file():
            return 0
        good = 0
        with path.open("rb") as file:
            for number, line in enumerate(file):
                if not line.endswith(b"\n"):
                    break
                try:
                    entry = json.loads(line)
                    if number == 0:
                        if any(entry[name] != head[name] for name in ("format", "scan")):
                            return 0
                        started = datetime.fromisoformat(entry["started_at"]).astimezone(UTC)
                        if started > self.started:
                            return 0
                        self.started = started
                    else:
                        part, key, value, check = entry
                        if check != zlib.crc32(line[: line.rindex(b",")] + b"]"):
                            break  # not what was written: it and what follows are read again
                except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
                    break
                if number:
                    self._done.setdefault(part, {})[key] = value
                    self.resumed += 1
                good += len(line)
        return good

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def discard(folder: Path) -> None:
    """Forget a scan that is complete and stored."""
    (folder / _FILE).unlink(missing_ok=True)
    shutil.rmtree(folder / "inventory", ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.rmdir()


def unfinished(folder: Path) -> bool:
    """Whether an interrupted scan, or one with gaps, has left a journal there."""
    path = folder / _FILE
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.readline().endswith(b"\n") and file.readline().endswith(b"\n")
