"""The manifest of a folder of outputs: what it was made from, and the hash of everything in it.

In: the root of a workspace and the name of a stage (``access``, or ``snapshots/NAME``). Out: its manifest, or an error
with the command that makes the stage. Knows how a manifest is written, not what the stages are about.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from lakezones.errors import MissingStageError, WorkspaceError
from lakezones.store import files

FORMAT: Final = 1
"""Version of the layout of snapshots and stages; another one is refused, never guessed at."""

MANIFEST: Final = "manifest.json"

LONGEST: Final = 1 << 28
"""Bytes of a manifest; the greatest are those of scans that left many containers out by name."""

_COMMANDS: Final = {
    "snapshot": "scan SOURCE",
    "proposal": "propose",
    "review": "review import FILE",
    "target": "plan",
}
"""Commands that are not called like the stage they make."""


def command(stage: str, root: Path) -> str:
    """The command that makes a stage.

    Examples
    --------
    >>> command("snapshots/20260101T000000Z", Path("lake")), command("export/az", Path("lake"))
    ('lakezones scan SOURCE -w lake', 'lakezones export az -w lake')
    """
    name = "snapshot" if stage.startswith("snapshots/") else stage
    return f"lakezones {_COMMANDS.get(name, name.replace('/', ' '))} -w {root}"


def make_again(stage: str, root: Path) -> str:
    """Hint that names the command which makes a stage again; what people decided no command makes again."""
    if stage == "review":
        return f"put back a copy; lakezones review verify --checkpoint FILE -w {root} says what was changed"
    return f"make it again: {command(stage, root)}"


def read_manifest(root: Path, stage: str) -> dict[str, Any]:
    """The manifest of a stage.

    Raises
    ------
    MissingStageError
        If the stage has not been run.
    WorkspaceError
        If the manifest is broken or of another format.
    """
    path = root / stage / MANIFEST
    if not root.is_dir():
        raise MissingStageError(f"there is no workspace {root}", hint=f"run: {command('snapshot', root)}")
    if not path.is_file():
        if path.exists() or path.is_symlink():
            raise WorkspaceError(f"{path} is not a file", hint=f"take it away, and {make_again(stage, root)}")
        raise MissingStageError(f"{stage} has not been made in {root}", hint=f"run: {command(stage, root)}")
    try:
        if path.stat().st_size > LONGEST:
            raise WorkspaceError(f"{path} has more than {LONGEST:,} bytes", hint=make_again(stage, root))
        manifest = json.loads(path.read_bytes())
        found = manifest["format"]
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be read: {error.strerror}", hint="check its permissions") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise WorkspaceError(f"{path} is not a manifest", hint=make_again(stage, root)) from None
    if type(found) is not int or found != FORMAT:
        raise WorkspaceError(
            f"{path.parent} was written in format {str(found)[:40]}, this version reads format {FORMAT}",
            hint=f"make it again with this version: {command(stage, root)}",
        )
    needed = ("inputs", "outputs", *(("as_of", "rows") if stage.startswith("snapshots/") else ()))
    if missing := [name for name in needed if name not in manifest]:
        raise WorkspaceError(f"{path} has no {missing[0]!r}", hint=make_again(stage, root))
    if wrong := [name for name in needed if not _FITS[name](manifest[name])]:
        raise WorkspaceError(f"{path}: {wrong[0]!r} is not what it should be", hint=make_again(stage, root))
    return dict(manifest)


def _hashes(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


def _counts(value: object) -> bool:
    return isinstance(value, dict) and all(type(one) is int and one >= 0 for one in value.values())


def _is_time(value: object) -> bool:
    try:
        return datetime.fromisoformat(str(value)).tzinfo is not None
    except ValueError:
        return False


_FITS: Final[Mapping[str, Callable[[object], bool]]] = {
    "inputs": _hashes,
    "outputs": _hashes,
    "as_of": _is_time,
    "rows": _counts,
}
"""What the entries that are read have to be."""


def write_manifest(
    folder: Path,
    *,
    inputs: Mapping[str, str],
    settings: object,
    started: datetime | None,
    extra: Mapping[str, object],
) -> dict[str, Any]:
    """Write the manifest of a folder whose files are all there."""
    from lakezones import __version__

    now = datetime.now(UTC)
    manifest = {
        "format": FORMAT,
        "tool": f"lakezones {__version__}",
        "inputs": dict(inputs),
        "outputs": {path.name: files.sha256(path) for path in sorted(folder.iterdir())},
        "settings": settings,
        **extra,
        "started_at": iso(started or now),
        "finished_at": iso(now),
        "seconds": round((now - (started or now)).total_seconds(), 3),
    }
    files.write_private(folder / MANIFEST, dumps(manifest))
    return manifest


def digest(manifest: Mapping[str, Any]) -> str:
    """Hash over the outputs: equal content, equal digest, whatever the clock said."""
    return hashlib.sha256(json.dumps(manifest["outputs"], sort_keys=True).encode()).hexdigest()


def dumps(document: object) -> str:
    """JSON as lakezones writes it: indented, keys in the order given, text as it is."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: object) -> str:
    return iso(value) if isinstance(value, datetime) else str(value)


def iso(moment: datetime) -> str:
    """A time as manifests hold it: ISO 8601 in UTC with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
