"""Writing files so that they are whole or absent: private modes, hashes, swaps by rename, one writer at a time.

In: paths and content. Out: the same, on disk. Knows nothing of what the files are about; `workspace` does.
"""

import contextlib
import hashlib
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from lakezones.errors import WorkspaceError

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextlib.contextmanager
def locked(path: Path, *, patience: float) -> Iterator[None]:
    """Hold the lock file at `path`; the system lets go of it when the process ends, however it ends.

    Parameters
    ----------
    patience
        Seconds to wait for another holder.

    Raises
    ------
    WorkspaceError
        If another process holds the lock for longer.
    """
    deadline = time.monotonic() + patience
    with open(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600), "r+b") as file:  # noqa: PTH123
        while not _try_lock(file.fileno()):
            if time.monotonic() >= deadline:
                raise WorkspaceError(
                    f"another lakezones is writing in {path.parent}", hint="wait for it, or choose another -w"
                )
            time.sleep(0.05)
        yield


def sha256(path: Path) -> str:
    """Hash of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_private(path: Path, content: str | bytes) -> None:
    """Write a file that only its owner can read."""
    data = content.encode() if isinstance(content, str) else content
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
        file.write(data)


def replace_private(path: Path, content: str | bytes) -> None:
    """Write a file in one go: readers see the old content or the new, never half of it."""
    data = content.encode() if isinstance(content, str) else content
    # A name that nobody can foresee, and a file that was not there: no link laid out beforehand is followed.
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        with open(os.open(beside, flags, 0o600), "wb") as file:  # noqa: PTH123
            file.write(data)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def previous(path: Path) -> Path:
    """Where a folder waits while its successor takes its place."""
    return path.with_name(f".{path.name}.previous")


def swap(folder: Path, path: Path, *, durable: bool = False) -> None:
    """Put `folder` in the place of `path`, which may exist. Under the lock alone.

    Parameters
    ----------
    durable
        Whether what was written is on the disk when this returns, and not only with the system, which would forget it
        with the power.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    recover(path)
    if durable:
        for one in (*folder.rglob("*"), folder):
            sync(one)
    if path.exists():
        path.rename(previous(path))
    folder.rename(path)
    if durable:
        sync(path.parent)
    shutil.rmtree(previous(path), ignore_errors=True)


def sync(path: Path) -> None:
    """Have a file's content, or the names in a folder, written to the disk."""
    if sys.platform == "win32" and path.is_dir():  # a folder cannot be opened there, and its renames are journalled
        return
    descriptor = os.open(path, os.O_RDONLY if sys.platform != "win32" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def recover(path: Path) -> None:
    """Undo or finish the swap of a run that was killed in it. Under the lock alone."""
    if previous(path).exists():
        if path.exists():
            shutil.rmtree(previous(path))
        else:
            previous(path).rename(path)
