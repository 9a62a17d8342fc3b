"""The local cloud in a process of its own, so that it and the scan that reads it do not share one interpreter.

In: fact tables. Out: `CloudProcess`, used like `LocalCloud` of `server`. Tables go to the process as files of a
private folder, the key of its credential over a pipe; when the pipe closes, however this process ends, it ends.
"""

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import polars as pl

from lakezones.demo.emulators.server import LocalCloud, LocalCredential
from lakezones.errors import LakezonesError, ServiceUnavailable

SERVED: Final = (
    "accounts",
    "principals",
    "memberships",
    "role_definitions",
    "role_assignments",
    "acls",
    "usage",
)
"""Tables that the cloud answers from."""


class CloudProcess:
    """A `LocalCloud` in a process of its own.

    Parameters
    ----------
    tables
        Any of the fact tables.
    account
        Name of the storage account, where the tables name none.

    Attributes
    ----------
    settings
        What `lakezones.scan.ScanSettings` needs to read from it.
    credential
        A credential it accepts.

    Raises
    ------
    ServiceUnavailable
        From `start`, if it does not come up.
    """

    def __init__(self, tables: Mapping[str, pl.DataFrame], *, account: str = "devstoreaccount1") -> None:
        self.credential = LocalCredential()
        self.settings: dict[str, Any] = {}
        self._tables = tables
        self._account = account
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> Self:
        """Start the process; returns once it answers."""
        self._folder = tempfile.TemporaryDirectory(prefix="lakezones-cloud-", ignore_cleanup_errors=True)
        for name in SERVED:
            if name in self._tables:
                self._tables[name].write_parquet(Path(self._folder.name, f"{name}.parquet"), compression="lz4")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lakezones.demo.emulators.cloud_process", self._folder.name, self._account],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C reaches this process alone, which ends the other by itself
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # then it has ended already, and says nothing
            self._process.stdin.write(f"{self.credential.key}\n")
            self._process.stdin.flush()
        said = json.loads(self._process.stdout.readline() or "{}")
        if "settings" not in said:
            self.stop()
            raise ServiceUnavailable(said.get("error", "the local cloud did not start"), hint="install lakezones[demo]")
        self.settings = said["settings"]
        return self

    def stop(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            assert process.stdout is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def main(arguments: list[str]) -> int:
    """Serve the tables of a folder until standard input closes."""
    folder, account = arguments
    key = sys.stdin.readline().strip()
    tables = {path.stem: pl.read_parquet(path, memory_map=False) for path in sorted(Path(folder).glob("*.parquet"))}
    shutil.rmtree(folder, ignore_errors=True)  # nothing that names people stays behind, however this ends
    try:
        with LocalCloud(tables, account=account, credential=LocalCredential(key=key)) as cloud:
            print(json.dumps({"settings": cloud.settings}), flush=True)
            sys.stdin.read()
    except LakezonesError as error:
        print(json.dumps({"error": error.message}), flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
