"""The folder a user works in: the only reader and writer of snapshots and stage outputs.

In: frames and documents of a stage. Out: a folder per stage with Parquet, CSV and JSON files and a
``manifest.json`` that holds the hash of every input and output. Outputs appear whole or not at all: they are
written to a temporary folder that is then renamed, so that a killed run leaves the last good output. One process
writes at a time, under a lock that ends with the process. Files name people, so folders are 0700 and files 0600.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import dataframely as dy
import polars as pl

from lakezones.errors import MissingStageError, StaleInputError, WorkspaceError
from lakezones.model.facts import FACTS
from lakezones.model.frames import Facts, conform
from lakezones.model.outputs import Outputs
from lakezones.model.tables import Gaps, Rejected
from lakezones.store import files
from lakezones.store.tables import to_csv

T = TypeVar("T")

FORMAT: Final = 1
"""Version of the layout of snapshots and stages; another one is refused, never guessed at."""

PARALLEL: Final = 4
"""Files that are read or written at once."""

MANIFEST: Final = "manifest.json"
LOCK: Final = ".lock"
LEFTOVER: Final = re.compile(r"\.[a-z]+(-[a-z]+)?\.\d+\.tmp")
"""Names of the temporary folders of runs that were killed."""

COMMANDS: Final = {
    "snapshot": "lakezones scan SOURCE",
    "access": "lakezones access",
    "proposal": "lakezones propose",
    "review": "lakezones review import FILE",
    "plan": "lakezones plan",
    "verify": "lakezones verify",
    "report": "lakezones report",
}
"""Which command makes a stage again."""


class Workspace:
    """A workspace folder.

    Parameters
    ----------
    root
        The folder; made on the first write.
    patience
        Seconds to wait for another process that is writing, before giving up.
    """

    def __init__(self, root: Path | str, *, patience: float = 60.0) -> None:
        self.root = Path(root)
        self.patience = patience
        self._read: dict[str, str] = {}

    # ------------------------------------------------------------------------------------ snapshots

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
        """
        pointer = self.root / "snapshots" / "current"
        if pointer.is_file() and (name := pointer.read_text("utf-8").strip()) in self.snapshots():
            return name
        if names := self.snapshots():
            return names[-1]
        what = f"no snapshot in {self.root}" if self.root.is_dir() else f"there is no workspace {self.root}"
        raise MissingStageError(what, hint=f"run: {COMMANDS['snapshot']} -w {self.root}")

    def write_snapshot(
        self,
        tables: Mapping[str, pl.DataFrame],
        *,
        as_of: datetime,
        rejected: pl.DataFrame | None = None,
        gaps: pl.DataFrame | None = None,
        sources: Any = None,
        settings: Any = None,
        started: datetime | None = None,
    ) -> str:
        """Store raw facts under the time they are true for, and make them the current snapshot.

        Parameters
        ----------
        tables
            Fact tables by name; a table that is absent was not assessed.
        as_of
            The clock of everything made from the snapshot.
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
        output = Outputs(frames={**frames, "gaps": gaps}, csv={"rejected": rejected})
        extra = {
            "as_of": _iso(as_of),
            "rows": {name: frame.height for name, frame in frames.items()},
            "rejected": rejected.height,
            "gaps": gaps.height,
            "sources": sources or [],
            "not_assessed": [name for name in FACTS if name not in frames],
        }
        base = as_of.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        with self._temporary("snapshot") as folder:
            manifest = self._fill(folder, output, inputs={}, settings=settings, started=started, extra=extra)
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
        name = snapshot or self.current_snapshot()
        folder = self._path(f"snapshots/{name}")
        if not folder.is_dir():
            raise MissingStageError(f"no snapshot {name!r}", hint="have: " + ", ".join(self.snapshots()))
        manifest = self._manifest_to_read(f"snapshots/{name}")

        def read(table: str) -> pl.DataFrame:
            if table in apart or (only is not None and table not in only):
                return FACTS[table].create_empty()
            rows = only.get(table) if only is not None else None
            return self._read_frame(folder, f"{table}.parquet", FACTS[table], manifest, rows=rows)

        tables = dict(zip(manifest["rows"], in_parallel(read, manifest["rows"]), strict=True))
        gaps = self._read_frame(folder, "gaps.parquet", Gaps, manifest)
        return Facts(as_of=datetime.fromisoformat(manifest["as_of"]), gaps=gaps, **tables)

    def rows(self, table: str, snapshot: str | None = None) -> int:
        """How many rows a table of a snapshot has; 0 where it was not assessed."""
        return int(self.manifest(f"snapshots/{snapshot or self.current_snapshot()}")["rows"].get(table, 0))

    def batches(self, table: str, columns: Sequence[str], *, rows: int) -> Iterator[pl.DataFrame]:
        """Some columns of a table of the current snapshot, some rows at a time; checked against its hash first."""
        stage = f"snapshots/{self.current_snapshot()}"
        manifest = self._manifest_to_read(stage)
        path = self._path(stage) / f"{table}.parquet"
        self._check(path, stage, manifest)
        wanted = pl.scan_parquet(path).select(columns)
        for start in range(0, manifest["rows"][table], rows):
            with _readable(path, self._again(stage)):
                batch = wanted.slice(start, rows).collect()
            yield batch

    # --------------------------------------------------------------------------------------- stages

    def write_stage(
        self,
        stage: str,
        output: Outputs,
        *,
        inputs: Sequence[str],
        settings: Any = None,
        started: datetime | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Path:
        """Write all outputs of a stage at once.

        Parameters
        ----------
        stage
            Folder name: access, proposal, plan, verify, ...
        inputs
            Stages (or ``snapshots/NAME``) the output was made from. Their content hashes, as they were when this
            object read them, go into the manifest: what another process wrote meanwhile does not count as read.
        started
            When the stage began, for the timings in the manifest.
        """
        digests = {name: self._read.get(name) or self.digest(name) for name in inputs}
        with self._temporary(stage) as folder:
            self._fill(folder, output, inputs=digests, settings=settings, started=started, extra=extra or {})
            files.swap(folder, self.root / stage)
        self._read.pop(stage, None)
        return self._path(stage)

    def has(self, stage: str) -> bool:
        """Whether the stage has been written."""
        return (self._path(stage) / MANIFEST).is_file()

    def manifest(self, stage: str) -> dict[str, Any]:
        """The manifest of a stage.

        Raises
        ------
        MissingStageError
            If the stage has not been run.
        WorkspaceError
            If the manifest is broken or of another format.
        """
        path = self._path(stage) / MANIFEST
        command = f"{_command(stage)} -w {self.root}"
        if not self.root.is_dir():
            raise MissingStageError(
                f"there is no workspace {self.root}", hint=f"run: {COMMANDS['snapshot']} -w {self.root}"
            )
        if not path.is_file():
            raise MissingStageError(f"{stage} has not been made in {self.root}", hint=f"run: {command}")
        try:
            manifest = json.loads(path.read_bytes())
            found = manifest["format"]
        except OSError as error:
            raise WorkspaceError(f"{path} cannot be read: {error.strerror}", hint="check its permissions") from None
        except (ValueError, KeyError, TypeError):
            raise WorkspaceError(f"{path} is not a manifest", hint=f"make it again: {command}") from None
        if found != FORMAT:
            raise WorkspaceError(
                f"{path.parent} was written in format {found}, this version reads format {FORMAT}",
                hint=f"make it again with this version: {command}",
            )
        needed = ("inputs", "outputs", *(("as_of", "rows") if stage.startswith("snapshots/") else ()))
        if missing := [name for name in needed if name not in manifest]:
            raise WorkspaceError(f"{path} has no {missing[0]!r}", hint=f"make it again: {command}")
        return dict(manifest)

    def digest(self, stage: str) -> str:
        """Hash over the outputs of a stage: equal content, equal digest, whatever the clock said."""
        return _digest(self.manifest(stage))

    def check_fresh(self, stage: str) -> dict[str, Any]:
        """The manifest of a stage whose inputs, all the way back, are still those it was made from.

        Raises
        ------
        StaleInputError
            If an input has been made anew or taken away since, or if there is a newer snapshot; the hint says which
            command to run.
        """
        manifest = self.manifest(stage)
        for name, digest in manifest["inputs"].items():
            # The oldest stage that is stale is the one to run again, so the way back is checked first.
            if self.has(name):
                self.check_fresh(name)
            again = f"run again: {_command(stage)} -w {self.root}"
            if name.startswith("snapshots/") and name != (current := f"snapshots/{self.current_snapshot()}"):
                raise StaleInputError(f"{stage} was made from {name}, and there is a newer {current}", hint=again)
            if not self.has(name):
                raise StaleInputError(f"{stage} was made from {name}, which is no longer in {self.root}", hint=again)
            if self.digest(name) != digest:
                raise StaleInputError(f"{stage} was made from another {name} than the one in {self.root}", hint=again)
        return manifest

    def read_frames(self, stage: str, schemas: Mapping[str, type[dy.Schema]]) -> dict[str, pl.DataFrame]:
        """Canonical tables of a stage, checked against their hashes and schemas."""
        manifest = self._manifest_to_read(stage)
        folder = self._path(stage)

        def read(name: str) -> pl.DataFrame:
            return self._read_frame(folder, f"{name}.parquet", schemas[name], manifest)

        return dict(zip(schemas, in_parallel(read, schemas), strict=True))

    def read_document(self, stage: str, name: str = "summary") -> dict[str, Any]:
        """A JSON document of a stage, checked against its hash."""
        document: dict[str, Any] = json.loads(self.read_text(stage, f"{name}.json"))
        return document

    def read_text(self, stage: str, file: str) -> str:
        """A text file of a stage, checked against its hash."""
        manifest = self._manifest_to_read(stage)
        path = self._path(stage) / file
        self._check(path, stage, manifest)
        return path.read_text("utf-8")

    # -------------------------------------------------------------------------------------- private

    def _path(self, stage: str) -> Path:
        path = self.root / stage
        if files.previous(path).exists() and not path.exists():
            # A run was killed between the two renames of a swap, or is between them now.
            with files.locked(self.root / LOCK, patience=self.patience):
                files.recover(path)
        return path

    def _manifest_to_read(self, stage: str) -> dict[str, Any]:
        manifest = self.manifest(stage)
        self._read[stage] = _digest(manifest)
        return manifest

    @contextlib.contextmanager
    def _temporary(self, stage: str) -> Iterator[Path]:
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            with files.locked(self.root / LOCK, patience=self.patience):
                for left in self.root.iterdir():
                    if LEFTOVER.fullmatch(left.name):
                        shutil.rmtree(left, ignore_errors=True)
                folder = self.root / f".{stage.split('/')[0]}.{os.getpid()}.tmp"
                folder.mkdir(mode=0o700)
                try:
                    yield folder
                finally:
                    shutil.rmtree(folder, ignore_errors=True)
        except OSError as error:
            raise WorkspaceError(
                f"cannot write {stage} in {self.root}: {error.strerror or error}", hint="choose another folder with -w"
            ) from None

    def _fill(
        self,
        folder: Path,
        output: Outputs,
        *,
        inputs: Mapping[str, str],
        settings: Any,
        started: datetime | None,
        extra: Mapping[str, Any],
    ) -> dict[str, Any]:

        def write(name: str) -> None:
            path = folder / f"{name}.parquet"
            try:
                output.frames[name].write_parquet(path, compression="zstd", statistics=False)
            except pl.exceptions.PolarsError as error:  # polars tells of a full disk in an error of its own
                raise WorkspaceError(
                    f"cannot write {path.name} in {self.root}: {str(error).splitlines()[0]}",
                    hint="make room, or choose another folder with -w",
                ) from None
            path.chmod(0o600)

        def write_csv(name: str) -> None:
            files.write_private(folder / f"{name}.csv", to_csv(output.csv[name]))

        in_parallel(write, output.frames)
        in_parallel(write_csv, output.csv)
        for name, document in output.documents.items():
            files.write_private(folder / f"{name}.json", dumps(document))
        for name, text in output.texts.items():
            files.write_private(folder / name, text)
        from lakezones import __version__

        now = datetime.now(UTC)
        manifest = {
            "format": FORMAT,
            "tool": f"lakezones {__version__}",
            "inputs": dict(inputs),
            "outputs": {p.name: files.sha256(p) for p in sorted(folder.iterdir())},
            "settings": settings,
            **extra,
            "started_at": _iso(started or now),
            "finished_at": _iso(now),
            "seconds": round((now - (started or now)).total_seconds(), 3),
        }
        files.write_private(folder / MANIFEST, dumps(manifest))
        return manifest

    def _read_frame(
        self,
        folder: Path,
        file: str,
        schema: type[dy.Schema],
        manifest: Mapping[str, Any],
        *,
        rows: pl.Expr | None = None,
    ) -> pl.DataFrame:
        path = folder / file
        stage = f"snapshots/{folder.name}" if folder.parent.name == "snapshots" else folder.name
        self._check(path, stage, manifest)
        with _readable(path, self._again(stage)):
            frame = pl.read_parquet(path) if rows is None else pl.scan_parquet(path).filter(rows).collect()
            # The bytes are those that were written, and they were checked then; only another version's columns differ.
            if list(frame.schema.items()) == [(name, column.dtype) for name, column in schema.columns().items()]:
                return frame
            return conform(frame, schema)

    def _check(self, path: Path, stage: str, manifest: Mapping[str, Any]) -> None:
        hint = self._again(stage)
        if not path.is_file():
            raise StaleInputError(f"{path} is missing", hint=hint)
        try:
            found = files.sha256(path)
        except OSError as error:
            raise WorkspaceError(f"{path} cannot be read: {error.strerror}", hint="check its permissions") from None
        if found != manifest["outputs"].get(path.name):
            raise StaleInputError(f"{path} is not the file that was written (its hash differs)", hint=hint)

    def _again(self, stage: str) -> str:
        """Hint that names the command which makes a stage anew."""
        return f"make it again: {_command(stage)} -w {self.root}"


def in_parallel(work: Callable[[str], T], names: Iterable[str]) -> list[T]:
    """Results of `work` for each name, in their order; files are read and written outside the lock of Python."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        return list(pool.map(work, names))


@contextlib.contextmanager
def _readable(path: Path, hint: str) -> Iterator[None]:
    try:
        yield
    except (pl.exceptions.PolarsError, dy.exc.SchemaError, dy.exc.ValidationError) as error:
        raise WorkspaceError(f"{path} cannot be read: {str(error).splitlines()[0]}", hint=hint) from None


def dumps(document: Any) -> str:
    """JSON as lakezones writes it: indented, keys in the order given, text as it is."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _iso(value)
    return str(value)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _digest(manifest: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(manifest["outputs"], sort_keys=True).encode()).hexdigest()


def _command(stage: str) -> str:
    name = "snapshot" if stage.startswith("snapshots/") else stage
    return COMMANDS.get(name, "lakezones " + name.replace("/", " "))


def _snapshot_order(name: str) -> tuple[str, int]:
    base, _, number = name.partition("-")
    return base, int(number) if number.isdigit() else 1


def _outputs(folder: Path) -> Any:
    try:
        return json.loads((folder / MANIFEST).read_bytes())["outputs"]
    except (OSError, ValueError, KeyError):
        return None
