"""The folder a user works in: the only reader and writer of snapshots and stage outputs.

In: frames and documents of a stage. Out: a folder per stage with Parquet, CSV and JSON files and a
``manifest.json`` that holds the hash of every input and output. Outputs appear whole or not at all: they are
written to a temporary folder that is then renamed, so that a killed run leaves the last good output. Files name
people, so folders are 0700 and files 0600.
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones import __version__
from lakezones.csvio import from_csv, to_csv
from lakezones.errors import MissingStageError, StaleInputError, WorkspaceError
from lakezones.model.facts import FACTS
from lakezones.model.frames import Facts, conform
from lakezones.model.tables import Gaps, Rejected

FORMAT: Final = 1
"""Version of the layout of snapshots and stages; another one is refused, never guessed at."""

MANIFEST: Final = "manifest.json"
COMMANDS: Final = {
    "snapshot": "lakezones scan SOURCE",
    "access": "lakezones access",
    "proposal": "lakezones propose",
    "review": "lakezones review",
    "plan": "lakezones plan",
    "verify": "lakezones verify",
}
"""Which command makes a stage again."""


@dataclass(frozen=True, kw_only=True)
class StageOutput:
    """What a stage leaves in the workspace.

    Attributes
    ----------
    frames
        Canonical tables, written as Parquet.
    csv
        Tables for people, written as CSV.
    documents
        JSON documents by file name without suffix; ``summary`` by convention.
    texts
        Any other text file by full name.
    """

    frames: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    csv: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    documents: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str | bytes] = field(default_factory=dict)


class Workspace:
    """A workspace folder.

    Parameters
    ----------
    root
        The folder; made on the first write.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)

    # ------------------------------------------------------------------------------------ snapshots

    @property
    def overrides(self) -> Path:
        """The optional settings of this workspace."""
        return self.root / "lakezones.toml"

    def snapshots(self) -> list[str]:
        """Names of the snapshots, oldest first."""
        folder = self.root / "snapshots"
        return sorted(p.name for p in folder.iterdir() if (p / MANIFEST).is_file()) if folder.is_dir() else []

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
        raise MissingStageError(f"no snapshot in {self.root}", hint=f"run: {COMMANDS['snapshot']} -w {self.root}")

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
        output = StageOutput(frames={**frames, "gaps": gaps}, csv={"rejected": rejected})
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
            while (existing := self._path(f"snapshots/{name}")).exists():
                if _outputs(existing) == manifest["outputs"]:
                    break
                number += 1
                name = f"{base}-{number}"
            self._swap(folder, self._path(f"snapshots/{name}"))
        _write(self.root / "snapshots" / "current", f"{name}\n")
        return name

    def read_facts(self, snapshot: str | None = None) -> Facts:
        """The facts of a snapshot (the current one by default), each file checked against its hash."""
        name = snapshot or self.current_snapshot()
        folder = self._path(f"snapshots/{name}")
        if not folder.is_dir():
            raise MissingStageError(f"no snapshot {name!r}", hint="have: " + ", ".join(self.snapshots()))
        manifest = self.manifest(f"snapshots/{name}")
        tables: dict[str, pl.DataFrame | None] = {
            table: self._read_frame(folder, f"{table}.parquet", FACTS[table], manifest) for table in manifest["rows"]
        }
        gaps = self._read_frame(folder, "gaps.parquet", Gaps, manifest)
        return Facts.of(tables, as_of=datetime.fromisoformat(manifest["as_of"]), gaps=gaps)

    # --------------------------------------------------------------------------------------- stages

    def write_stage(
        self,
        stage: str,
        output: StageOutput,
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
            Stages (or ``snapshots/NAME``) the output was made from; their content hashes go into the manifest.
        started
            When the stage began, for the timings in the manifest.
        """
        digests = {name: self.digest(name) for name in inputs}
        with self._temporary(stage) as folder:
            self._fill(folder, output, inputs=digests, settings=settings, started=started, extra=extra or {})
            self._swap(folder, self._path(stage))
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
        command = COMMANDS.get(stage.split("/", 1)[0].removesuffix("s"), f"lakezones {stage}")
        if not path.is_file():
            raise MissingStageError(f"{stage} has not been made in {self.root}", hint=f"run: {command} -w {self.root}")
        try:
            manifest: dict[str, Any] = json.loads(path.read_bytes())
            found = manifest["format"]
        except (ValueError, KeyError, TypeError) as error:
            raise WorkspaceError(f"{path} is not a manifest ({error})", hint=f"make it again: {command}") from None
        if found != FORMAT:
            raise WorkspaceError(
                f"{path.parent} was written in format {found}, this version reads format {FORMAT}",
                hint=f"make it again with this version: {command}",
            )
        return manifest

    def digest(self, stage: str) -> str:
        """Hash over the outputs of a stage: equal content, equal digest, whatever the clock said."""
        outputs = self.manifest(stage)["outputs"]
        return hashlib.sha256(json.dumps(outputs, sort_keys=True).encode()).hexdigest()

    def check_fresh(self, stage: str) -> dict[str, Any]:
        """The manifest of a stage whose inputs, all the way back, are still those it was made from.

        Raises
        ------
        StaleInputError
            If an input has been made anew since; the hint says which command to run.
        """
        manifest = self.manifest(stage)
        for name, digest in manifest["inputs"].items():
            if self.has(name) and self.digest(name) != digest:
                raise StaleInputError(
                    f"{stage} was made from another {name} than the one in {self.root}",
                    hint=f"run again: {COMMANDS.get(stage, 'lakezones ' + stage)} -w {self.root}",
                )
            if self.has(name):
                self.check_fresh(name)
        return manifest

    def read_frames(self, stage: str, schemas: Mapping[str, type[dy.Schema]]) -> dict[str, pl.DataFrame]:
        """Canonical tables of a stage, checked against their hashes and schemas."""
        manifest = self.manifest(stage)
        folder = self._path(stage)
        return {name: self._read_frame(folder, f"{name}.parquet", schema, manifest) for name, schema in schemas.items()}

    def read_csv(self, stage: str, name: str) -> pl.DataFrame:
        """A CSV of a stage as strings, formula escapes undone; not checked, since people may edit it."""
        path = self._path(stage) / f"{name}.csv"
        if not path.is_file():
            raise MissingStageError(f"{path} is not there", hint=f"run: {COMMANDS.get(stage, stage)}")
        return from_csv(path.read_bytes())

    def read_document(self, stage: str, name: str = "summary") -> dict[str, Any]:
        """A JSON document of a stage."""
        self.manifest(stage)
        document: dict[str, Any] = json.loads((self._path(stage) / f"{name}.json").read_bytes())
        return document

    # -------------------------------------------------------------------------------------- private

    def _path(self, stage: str) -> Path:
        path = self.root / stage
        previous = path.with_name(f".{path.name}.previous")
        if previous.exists() and not path.exists():  # killed between the two renames of a swap
            previous.rename(path)
        return path

    @contextlib.contextmanager
    def _temporary(self, stage: str) -> Iterator[Path]:
        folder = self.root / f".{stage.replace('/', '-')}.{os.getpid()}.tmp"
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise WorkspaceError(f"cannot write in {self.root}: {error.strerror}", hint="choose another -w") from None
        try:
            yield folder
        except OSError as error:
            raise WorkspaceError(f"cannot write {stage} in {self.root}: {error.strerror or error}") from None
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _swap(self, folder: Path, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        previous = path.with_name(f".{path.name}.previous")
        shutil.rmtree(previous, ignore_errors=True)
        if path.exists():
            path.rename(previous)
        folder.rename(path)
        shutil.rmtree(previous, ignore_errors=True)

    def _fill(
        self,
        folder: Path,
        output: StageOutput,
        *,
        inputs: Mapping[str, str],
        settings: Any,
        started: datetime | None,
        extra: Mapping[str, Any],
    ) -> dict[str, Any]:
        for name, frame in output.frames.items():
            path = folder / f"{name}.parquet"
            frame.write_parquet(path, compression="zstd", statistics=False)
            path.chmod(0o600)
        for name, frame in output.csv.items():
            _write(folder / f"{name}.csv", to_csv(frame))
        for name, document in output.documents.items():
            _write(folder / f"{name}.json", dumps(document))
        for name, text in output.texts.items():
            _write(folder / name, text)
        now = datetime.now(UTC)
        manifest = {
            "format": FORMAT,
            "tool": f"lakezones {__version__}",
            "inputs": dict(inputs),
            "outputs": {p.name: _hash(p) for p in sorted(folder.iterdir())},
            "settings": settings,
            **extra,
            "started_at": _iso(started or now),
            "finished_at": _iso(now),
            "seconds": round((now - (started or now)).total_seconds(), 3),
        }
        _write(folder / MANIFEST, dumps(manifest))
        return manifest

    def _read_frame(
        self, folder: Path, file: str, schema: type[dy.Schema], manifest: Mapping[str, Any]
    ) -> pl.DataFrame:
        path = folder / file
        stage = "snapshot" if folder.parent.name == "snapshots" else folder.name
        hint = f"make it again: {COMMANDS.get(stage, 'lakezones ' + stage)}"
        if not path.is_file():
            raise StaleInputError(f"{path} is missing", hint=hint)
        if _hash(path) != manifest["outputs"].get(file):
            raise StaleInputError(f"{path} is not the file that was written (its hash differs)", hint=hint)
        try:
            return conform(pl.read_parquet(path), schema)
        except (pl.exceptions.PolarsError, dy.exc.ValidationError) as error:
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


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _outputs(folder: Path) -> Any:
    try:
        return json.loads((folder / MANIFEST).read_bytes())["outputs"]
    except (OSError, ValueError, KeyError):
        return None


def _write(path: Path, content: str | bytes) -> None:
    data = content.encode() if isinstance(content, str) else content
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
        file.write(data)
