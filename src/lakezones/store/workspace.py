"""The folder a user works in: snapshots of raw facts, and the stages made from them.

In: facts of a scan, outputs of stages. Out: the same, read back and checked. `lakezones.store.stages` writes and reads
the folders; here is what a snapshot holds, which of them is the current one, and whether a stage still matches what it
was made from.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.errors import MissingStageError, StaleInputError, WorkspaceError
from lakezones.model.facts import FACTS
from lakezones.model.frames import Facts, conform
from lakezones.model.outputs import Outputs
from lakezones.model.tables import Gaps, Rejected
from lakezones.store import files
from lakezones.store.manifest import MANIFEST, command, iso, make_again, write_manifest
from lakezones.store.stages import Stages, in_parallel


class Store(Stages):
    """The files of a workspace.

    Parameters
    ----------
    root
        The folder; made on the first write.
    patience
        Seconds to wait for another process that is writing, before giving up.

    Examples
    --------
    >>> import tempfile
    >>> ws = Store(tempfile.mkdtemp())
    >>> ws.snapshots(), ws.has("access")
    ([], False)
    """

    @property
    def overrides(self) -> Path:
        """The optional settings of this workspace."""
        return self.root / "lakezones.toml"

    def snapshots(self) -> list[str]:
        """Names of the snapshots, oldest first."""
        folder = self.root / "snapshots"
        names = [p.name for p in folder.iterdir() if (p / MANIFEST).is_file()] if folder.is_dir() else []
        return sorted((name for name in names if not name.startswith(".")), key=_snapshot_order)

    def current_snapshot(self) -> str:
        """Name of the snapshot that the last scan wrote.

        Raises
        ------
        MissingStageError
            If nothing has been scanned.
        WorkspaceError
            If the snapshot that is the current one has no manifest, or nothing says which one it is: an older one
            would be another lake.
        """
        folder = self.root / "snapshots"
        name = self._pointed(folder / "current")
        if name:
            self._path(f"snapshots/{name}")
        names = self.snapshots()
        if name in names:
            return str(name)
        hint = f"run: {command('snapshot', self.root)}"
        if names:
            hint += f"; or write the name of another snapshot into {folder / 'current'}, {names[-1]} for example"
        if name:
            raise WorkspaceError(f"snapshot {name[:40]!r} of {folder / 'current'} has no manifest", hint=hint)
        if names:
            later = [path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
            if (newest := max(later, key=_snapshot_order)) != names[-1]:
                raise WorkspaceError(f"the newest snapshot, {newest}, has no manifest", hint=hint)
            return names[-1]
        what = f"no snapshot in {self.root}" if self.root.is_dir() else f"there is no workspace {self.root}"
        raise MissingStageError(what, hint=f"run: {command('snapshot', self.root)}")

    def _pointed(self, pointer: Path) -> str | None:
        """Name of the snapshot that a file names; None where there is no file, or nothing in it."""
        if not (pointer.exists() or pointer.is_symlink()):
            return None
        hint = f"take it away, and the newest snapshot counts; or run: {command('snapshot', self.root)}"
        try:
            if not pointer.is_file() or pointer.stat().st_size > _LONGEST_NAME:
                raise WorkspaceError(f"{pointer} does not hold the name of a snapshot", hint=hint)
            name = pointer.read_text("utf-8").strip()
        except OSError as error:
            raise WorkspaceError(f"{pointer} cannot be read: {error.strerror}", hint="check its permissions") from None
        except UnicodeDecodeError:
            raise WorkspaceError(f"{pointer} does not hold the name of a snapshot", hint=hint) from None
        if name and not _NAME.fullmatch(name):
            raise WorkspaceError(f"{pointer} does not hold the name of a snapshot", hint=hint)
        return name or None

    def write_snapshot(
        self,
        tables: Mapping[str, pl.DataFrame],
        *,
        as_of: datetime,
        rejected: pl.DataFrame | None = None,
        gaps: pl.DataFrame | None = None,
        sources: object = None,
        settings: object = None,
        started: datetime | None = None,
    ) -> str:
        """Store raw facts under the time they are true for, and make them the current snapshot.

        Parameters
        ----------
        tables
            Fact tables by name; a table that is absent was not assessed.
        as_of
            The clock of everything made from the snapshot.
        rejected, gaps
            Rows that could not be taken, and reads that failed; none where None.
        sources
            What was read: pages, items, failures and denominators per source; goes into the manifest.

        Returns
        -------
        str
            Name of the snapshot. A snapshot of the same time with other content is kept beside it.
        """
        frames = {name: conform(tables[name], schema) for name, schema in FACTS.items() if name in tables}
        rejected = Rejected.create_empty() if rejected is None else rejected
        gaps = Gaps.create_empty() if gaps is None else gaps
        extra = {
            "as_of": iso(as_of),
            "rows": {name: frame.height for name, frame in frames.items()},
            "rejected": rejected.height,
            "gaps": gaps.height,
            "sources": sources or [],
            "not_assessed": [name for name in FACTS if name not in frames],
        }
        base = as_of.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        with self._temporary("snapshot") as folder:
            self._fill(folder, Outputs(frames={**frames, "gaps": gaps}, csv={"rejected": rejected}))
            manifest = write_manifest(folder, inputs={}, settings=settings, started=started, extra=extra)
            name, number = base, 1
            while (existing := self.root / "snapshots" / name).exists():
                if _outputs(existing) == manifest["outputs"]:
                    break
                number += 1
                name = f"{base}-{number}"
            files.swap(folder, existing)
            files.replace_private(self.root / "snapshots" / "current", f"{name}\n")
        return name

    def read_facts(
        self,
        snapshot: str | None = None,
        *,
        apart: Collection[str] = (),
        only: Mapping[str, pl.Expr | None] | None = None,
    ) -> Facts:
        """The facts of a snapshot (the current one by default), each file checked against its hash.

        Parameters
        ----------
        apart
            Tables that are left empty, to be read by `batches`.
        only
            Which rows of which tables are wanted; tables that are not named are left empty. All where None.
        """
        stage = f"snapshots/{snapshot or self.current_snapshot()}"
        if not self._path(stage).is_dir():
            raise MissingStageError(f"no snapshot {snapshot!r}", hint="have: " + ", ".join(self.snapshots()))
        manifest = self._manifest_to_read(stage)
        if unknown := [table for table in manifest["rows"] if table not in FACTS]:
            path = self.root / stage / MANIFEST
            raise WorkspaceError(f"{path}: no table is called {unknown[0][:40]!r}", hint=make_again(stage, self.root))

        def read(table: str) -> dy.DataFrame[Any]:
            if table in apart or (only is not None and table not in only):
                return FACTS[table].create_empty()
            rows = only.get(table) if only is not None else None
            return self._read_frame(stage, table, FACTS[table], manifest, rows=rows)

        tables = in_parallel(read, manifest["rows"])
        gaps = self._read_frame(stage, "gaps", Gaps, manifest)
        return Facts(as_of=datetime.fromisoformat(manifest["as_of"]), gaps=gaps, **tables)

    def rows(self, table: str, snapshot: str | None = None) -> int:
        """How many rows a table of a snapshot has; 0 where it was not assessed."""
        return int(self.manifest(f"snapshots/{snapshot or self.current_snapshot()}")["rows"].get(table, 0))

    def batches(self, table: str, columns: Sequence[str], *, rows: int) -> Iterator[pl.DataFrame]:
        """Some columns of a table of the current snapshot, some rows at a time; checked against its hash first."""
        stage = f"snapshots/{self.current_snapshot()}"
        manifest = self._manifest_to_read(stage)
        path = self._checked(stage, f"{table}.parquet", manifest)
        wanted = pl.scan_parquet(path, glob=False).select(columns)
        for start in range(0, manifest["rows"][table], rows):
            with self._readable(stage, path):
                batch = wanted.slice(start, rows).collect()
            yield batch

    def check_fresh(self, stage: str) -> dict[str, Any]:
        """The manifest of a stage whose inputs, all the way back, are still those it was made from.

        Raises
        ------
        StaleInputError
            If an input has been made again or removed since, or if there is a newer snapshot; the hint says which
            command to run.
        """
        manifest = self.manifest(stage)
        for name, digest in manifest["inputs"].items():
            # The oldest stage that is stale is the one to run again, so the way back is checked first.
            if self.has(name):
                self.check_fresh(name)
            again = f"run again: {command(stage, self.root)}"
            if name.startswith("snapshots/") and name != (current := f"snapshots/{self.current_snapshot()}"):
                raise StaleInputError(f"{stage} was made from {name}, and there is a newer {current}", hint=again)
            if not self.has(name):
                raise StaleInputError(f"{stage} was made from {name}, which is no longer in {self.root}", hint=again)
            if self.digest(name) != digest:
                raise StaleInputError(f"{stage} was made from another {name} than the one in {self.root}", hint=again)
        return manifest


_NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*")
_LONGEST_NAME: Final = 1000


def _snapshot_order(name: str) -> tuple[str, int]:
    base, _, number = name.partition("-")
    return base, int(number) if number.isdigit() else 1


def _outputs(folder: Path) -> object:
    try:
        return json.loads((folder / MANIFEST).read_bytes())["outputs"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
