"""Folders of outputs in a workspace: written whole or not at all, and checked against their hashes when read.

In: frames and documents of a stage. Out: a folder with Parquet, CSV and JSON files and a ``manifest.json``. A folder
is written beside its place and then renamed, so that a killed run leaves the last good output. One process writes at
a time, under a lock that ends with the process. Files name people, so folders are 0700 and files 0600.
"""

import contextlib
import json
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import dataframely as dy
import polars as pl

from lakezones.errors import StaleInputError, WorkspaceError
from lakezones.model.frames import conform
from lakezones.model.outputs import Outputs
from lakezones.store import files
from lakezones.store.manifest import MANIFEST, digest, dumps, make_again, read_manifest, write_manifest
from lakezones.store.tables import to_csv

T = TypeVar("T")

PARALLEL: Final = 4
"""Files that are read or written at once."""

LOCK: Final = ".lock"
LEFTOVER: Final = re.compile(r"\.[a-z]+(-[a-z]+)?\.\d+\.tmp")
"""Names of the temporary folders of runs that were killed."""


class Stages:
    """The stages of a workspace.

    Parameters
    ----------
    root
        The folder; made on the first write.
    patience
        Seconds to wait for another process that is writing, before giving up.
    """

    def __init__(self, root: Path | str, *, patience: float = 60.0) -> None:
        self.root = Path(root)
        if not (name := str(root)).isascii():
            try:
                name.encode()
            except UnicodeEncodeError:
                hint = "choose another folder with -w"
                raise WorkspaceError(f"the name of the folder {name!r} is not UTF-8", hint=hint) from None
        self.patience = patience
        self._read: dict[str, str] = {}
        self._holder: int | None = None

    def write_stage(
        self,
        stage: str,
        output: Outputs,
        *,
        inputs: Sequence[str],
        settings: object = None,
        started: datetime | None = None,
        extra: Mapping[str, object] | None = None,
        keep: bool = False,
        durable: bool = False,
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
        extra
            More entries of the manifest.
        keep
            Whether files of the stage that are not written again stay. Those that people put there stay too, and the
            manifest does not speak of them.
        durable
            Whether everything is on the disk when this returns; see `files.swap`.
        """
        digests = {name: self._read.get(name) or self.digest(name) for name in inputs}
        with self._temporary(stage) as folder:
            foreign = self._keep(stage, folder, output) if keep and self.has(stage) else []
            self._fill(folder, output)
            write_manifest(folder, inputs=digests, settings=settings, started=started, extra=extra or {})
            for path in foreign:
                if path.is_dir():
                    shutil.copytree(path, folder / path.name, symlinks=True)
                elif not (folder / path.name).exists():
                    shutil.copy2(path, folder / path.name, follow_symlinks=False)
            files.swap(folder, self.root / stage, durable=durable)
        self._read.pop(stage, None)
        return self._path(stage)

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Let no other process write while what is read here is changed and written; nests.

        Raises
        ------
        WorkspaceError
            If another process is writing for longer than `patience`, or the folder cannot be written to.
        """
        me = threading.get_ident()
        if self._holder == me or not self.root.is_dir():
            yield
            return
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(files.locked(self.root / LOCK, patience=self.patience))
            except OSError as error:
                raise _unwritable(self.root, error) from None
            self._holder = me
            try:
                yield
            finally:
                self._holder = None

    def has(self, stage: str) -> bool:
        """Whether the stage has been written."""
        return (self._path(stage) / MANIFEST).is_file()

    def stamp(self, stage: str) -> tuple[int, ...]:
        """What tells one writing of a stage from the next without reading it; empty where there is none."""
        try:
            found = (self._path(stage) / MANIFEST).stat()
        except OSError:
            return ()
        return found.st_mtime_ns, found.st_ino, found.st_size

    def manifest(self, stage: str) -> dict[str, Any]:
        """The manifest of a stage.

        Raises
        ------
        MissingStageError
            If the stage has not been run.
        WorkspaceError
            If the manifest is broken or of another format.
        """
        self._path(stage)
        return read_manifest(self.root, stage)

    def digest(self, stage: str) -> str:
        """Hash over the outputs of a stage: equal content, equal digest, whatever the clock said."""
        return digest(self.manifest(stage))

    def read_frames(self, stage: str, schemas: Mapping[str, type[dy.Schema]]) -> dict[str, dy.DataFrame[Any]]:
        """Canonical tables of a stage, checked against their hashes and schemas."""
        manifest = self._manifest_to_read(stage)
        return in_parallel(lambda name: self._read_frame(stage, name, schemas[name], manifest), schemas)

    def read_document(self, stage: str, name: str = "summary") -> dict[str, Any]:
        """A JSON document of a stage, checked against its hash."""
        document: dict[str, Any] = json.loads(self.read_text(stage, f"{name}.json"))
        return document

    def read_text(self, stage: str, file: str) -> str:
        """A text file of a stage, checked against its hash."""
        # Not `read_text`: it would read a carriage return as a line end, and give other text than what was hashed.
        return self._checked(stage, file, self._manifest_to_read(stage)).read_bytes().decode()

    # -------------------------------------------------------------------------------------- private

    def _path(self, stage: str) -> Path:
        path = self.root / stage
        if files.previous(path).exists() and not path.exists():
            # A run was killed between the two renames of a swap, or is between them now.
            with self.exclusive():
                files.recover(path)
        return path

    def _manifest_to_read(self, stage: str) -> dict[str, Any]:
        manifest = self.manifest(stage)
        self._read[stage] = digest(manifest)
        return manifest

    @contextlib.contextmanager
    def _temporary(self, stage: str) -> Iterator[Path]:
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self.exclusive():
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
            raise _unwritable(self.root, error, stage) from None

    def _keep(self, stage: str, folder: Path, output: Outputs) -> list[Path]:
        """Copy the files of a stage that are not written again; the paths of those that its manifest does not name."""
        manifest = self.manifest(stage)
        again = {f"{name}.parquet" for name in output.frames} | {f"{name}.csv" for name in output.csv}
        again |= {f"{name}.json" for name in output.documents} | set(output.texts)
        for name in set(manifest["outputs"]) - again:
            shutil.copy2(self._checked(stage, name, manifest), folder / name)
        return [
            path
            for path in sorted((self.root / stage).iterdir())
            if path.name not in manifest["outputs"] and path.name != MANIFEST
        ]

    def _fill(self, folder: Path, output: Outputs) -> None:
        """Write the files of a stage; its manifest comes last."""

        def write(name: str) -> None:
            path = folder / f"{name}.parquet"
            try:
                output.frames[name].write_parquet(path, compression="zstd", statistics=False)
            except pl.exceptions.PolarsError as error:  # polars reports a full disk as an error of its own
                raise WorkspaceError(
                    f"cannot write {path.name} in {self.root}: {str(error).splitlines()[0]}",
                    hint="make room, or choose another folder with -w",
                ) from None
            path.chmod(0o600)

        in_parallel(write, output.frames)
        in_parallel(lambda name: files.write_private(folder / f"{name}.csv", to_csv(output.csv[name])), output.csv)
        for name, document in output.documents.items():
            files.write_private(folder / f"{name}.json", dumps(document))
        for name, text in output.texts.items():
            files.write_private(folder / name, text)

    def _read_frame(
        self,
        stage: str,
        name: str,
        schema: type[dy.Schema],
        manifest: Mapping[str, Any],
        *,
        rows: pl.Expr | None = None,
    ) -> dy.DataFrame[Any]:
        path = self._checked(stage, f"{name}.parquet", manifest)
        with self._readable(stage, path):
            frame = (
                pl.read_parquet(path, glob=False)
                if rows is None
                else pl.scan_parquet(path, glob=False).filter(rows).collect()
            )
            # The bytes are those that were written, and they were checked then; only another version's columns differ.
            if list(frame.schema.items()) == [(name, column.dtype) for name, column in schema.columns().items()]:
                return cast("dy.DataFrame[Any]", frame)
            return conform(frame, schema)

    def _checked(self, stage: str, file: str, manifest: Mapping[str, Any]) -> Path:
        """Path of a file of a stage that is the one the manifest speaks of."""
        path = self._path(stage) / file
        hint = make_again(stage, self.root)
        if not path.is_file():
            raise StaleInputError(f"{path} is missing", hint=hint)
        try:
            found = files.sha256(path)
        except OSError as error:
            raise WorkspaceError(f"{path} cannot be read: {error.strerror}", hint="check its permissions") from None
        if found != manifest["outputs"].get(path.name):
            raise StaleInputError(f"{path} is not the file that was written (its hash differs)", hint=hint)
        return path

    @contextlib.contextmanager
    def _readable(self, stage: str, path: Path) -> Iterator[None]:
        try:
            yield
        except (pl.exceptions.PolarsError, dy.exc.SchemaError, dy.exc.ValidationError) as error:
            raise WorkspaceError(
                f"{path} cannot be read: {str(error).splitlines()[0]}", hint=make_again(stage, self.root)
            ) from None


def _unwritable(root: Path, error: OSError, what: str = "anything") -> WorkspaceError:
    return WorkspaceError(
        f"cannot write {what} in {root}: {error.strerror or error}", hint="choose another folder with -w"
    )


def in_parallel(work: Callable[[str], T], names: Iterable[str]) -> dict[str, T]:
    """Result of `work` by name, in their order; files are read and written outside the lock of Python."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        return dict(zip(names, pool.map(work, names), strict=True))
