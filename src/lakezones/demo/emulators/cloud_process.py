"""The local cloud in a process of its own, so that it and the scan that reads it do not share one interpreter.

In: fact tables. Out: `CloudProcess`, used like `LocalCloud` of `server`. Tables go to the process as files of a
private folder, the key of its credential over a pipe; when the pipe closes, however this process ends, it ends.
"""

import json
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

import polars as pl

from lakezones.demo.emulators.child import Child, Service
from lakezones.demo.emulators.credential import LocalCredential
from lakezones.errors import LakezonesError

SERVED: Final = (
    "accounts",
    "principals",
    "memberships",
    "group_owners",
    "role_definitions",
    "role_assignments",
    "acls",
    "usage",
)
"""Tables that the cloud answers from."""

_READY: Final = re.compile(r"^ready (.+)\n", re.MULTILINE)


class CloudProcess(Service):
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
        self.settings: dict[str, str] = {}
        self._tables = tables
        self._account = account
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        """Id of the process, or None when it does not run."""
        return None if self._child is None else self._child.pid

    def start(self) -> Self:
        """Start the process; returns once it answers."""
        self._child = child = Child("the local cloud")
        try:
            for name in SERVED:
                if name in self._tables:
                    self._tables[name].write_parquet(child.folder / f"{name}.parquet", compression="lz4")
            child.start([sys.executable, "-m", __name__, str(child.folder), self._account])
            child.send(self.credential.key)
            self.settings = json.loads(child.wait_for(_READY, seconds=60)[1])
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the process; does nothing when it does not run."""
        child, self._child = self._child, None
        if child is not None:
            child.close()


def main(arguments: list[str]) -> int:
    """Serve the tables of a folder until standard input closes."""
    from lakezones.demo.emulators.server import LocalCloud

    folder, account = arguments
    key = sys.stdin.readline().strip()
    files = sorted(Path(folder).glob("*.parquet"))
    tables = {path.stem: pl.read_parquet(path, memory_map=False) for path in files}
    for path in files:
        path.unlink()  # nothing that names people stays behind, however this ends
    try:
        with LocalCloud(tables, account=account, credential=LocalCredential(key=key)) as cloud:
            print("ready", json.dumps(cloud.settings), flush=True)
            sys.stdin.read()
        shutil.rmtree(folder, ignore_errors=True)  # the process that would remove it may be gone
    except LakezonesError as error:
        print(error.message, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
