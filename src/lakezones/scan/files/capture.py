"""Reads a capture: a folder of CSV or Parquet files named like the fact tables.

In: a folder. Out: an `Outcome` with the tables that are there, rejected rows with their lines, and a gap for every
file that lost rows by it. A table without a file was not assessed.
"""

import difflib
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from lakezones.errors import InputError
from lakezones.model.facts import FACTS, GRANT_TABLES
from lakezones.model.nesting import Nesting
from lakezones.model.tables import Gaps
from lakezones.scan.files.blob_logs import FILE, usage_of
from lakezones.scan.files.facts import add_facts, read_facts
from lakezones.scan.gate import newest_time, take
from lakezones.scan.result import Gap, Outcome, Reading
from lakezones.store.readers import read_text

_SUFFIXES: Final = (".csv", ".parquet")
_NAMES: Final = {name.lower(): name for name in (*FACTS, "gaps", FILE)}
_FILLS: Final = {FILE: "usage"}


def read_capture(folder: Path, *, moment: datetime | None = None) -> Outcome:
    """Read a capture folder.

    Parameters
    ----------
    folder
        Files ``<table>.csv`` or ``<table>.parquet``; one of `GRANT_TABLES` must be there.
    moment
        When the scan takes place, now where None; what happened later does not count.

    Returns
    -------
    Outcome
        ``as_of`` is the newest time at which something happened, None where no table has one;
        ``written`` is when the newest file was written.

    Raises
    ------
    InputError
        If there is no table of grants, a table comes twice, or a file cannot be read at all. Bad rows alone do not
        stop a scan.
    """
    files, warnings, gaps = _files(folder)
    if not any(name in files for name in GRANT_TABLES):
        found = ", ".join(path.name for path in files.values()) or "no table at all"
        unread = next((f"; {gap.object_id} {gap.reason}" for gap in gaps if gap.source in GRANT_TABLES), "")
        raise InputError(
            f"{folder}: nothing says who has access; found {found}{unread}",
            hint="a capture needs one of: " + ", ".join(f"{name}.csv" for name in GRANT_TABLES),
        )
    outcome = Outcome(source=str(folder), kind="capture", warnings=warnings, gaps=gaps)
    for table in FACTS:
        if table in files:
            _read(files[table], table, outcome, moment)
    if FILE in files:
        _read_logs(files, outcome, moment)
    if "gaps" in files:
        outcome.gaps += _carried(files["gaps"])
    outcome.as_of = newest_time(outcome.tables, moment=moment)
    outcome.written = _written(files)
    outcome.warnings += _cycles(outcome.tables.get("memberships"))
    return outcome


def _files(folder: Path) -> tuple[dict[str, Path], list[str], list[Gap]]:
    """Files by table, files that are no tables, and gaps for what has the name of a table and cannot be read."""
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder", hint="a capture is a folder of CSV or Parquet files")
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror})") from None
    files: dict[str, Path] = {}
    warnings = []
    gaps = []
    for path in paths:
        table = _NAMES.get(path.stem.lower())
        proper = f"{table}{path.suffix.lower()}"
        if table and not path.is_file():
            reason = f"is {_what(path)}, not a file; put the table there, or take it away"
            gaps.append(Gap(source=_FILLS.get(table, table), object_id=path.name, code="not_a_file", reason=reason))
        elif table and path.name != proper:
            reason = f"was not read; rename it to {proper}"
            gaps.append(Gap(source=_FILLS.get(table, table), object_id=path.name, code="not_read", reason=reason))
            warnings.append(f"{path.name}: {reason}")
        elif not path.is_file():
            continue
        elif path.stem in files:
            raise InputError(
                f"{folder}: {files[path.stem].name} and {path.name} are the same table", hint="keep one of them"
            )
        elif table:
            files[path.stem] = path
        elif path.stem != "rejected":
            guess = difflib.get_close_matches(path.stem, list(FACTS), n=1)
            near = f"; did you mean {guess[0]}{path.suffix}?" if guess else ""
            warnings.append(f"{path.name}: not a table of a capture, left out{near}")
    return files, warnings, gaps


def _what(path: Path) -> str:
    """What a path is that is no file; a pipe must not be opened, since nobody may ever write into it."""
    if path.is_dir():
        return "a folder"
    return "a link to nothing" if path.is_symlink() and not path.exists() else "a pipe or a device"


def _read(path: Path, table: str, outcome: Outcome, moment: datetime | None) -> None:
    started = time.perf_counter()
    found = read_facts(read_text(path, marks=","), table, moment=moment)
    add_facts(outcome, table, found, file=path.name, seconds=time.perf_counter() - started)


def _read_logs(files: dict[str, Path], outcome: Outcome, moment: datetime | None) -> None:
    """Exported log rows become usage; a warning names the newest of them."""
    if "usage" in files:
        raise InputError(
            f"{files[FILE]}: usage comes twice, from {files['usage'].name} as well", hint="keep one of them"
        )
    raw = read_text(files[FILE])
    frame = take(outcome, "usage", usage_of(raw), name=files[FILE].name, moment=moment)
    outcome.readings.append(Reading(table="usage", pages=1, items=frame.height, expected=raw.frame.height))
    newest = str(frame.get_column("last_used").max())
    outcome.warnings.append(f"usage goes up to {newest}, from {files[FILE].name}")


def _carried(path: Path) -> list[Gap]:
    """Gaps of the snapshot that the capture was made from: what was not read then is not known now."""
    try:
        frame = read_text(path).frame.select(pl.col(Gaps.column_names()).cast(pl.String).fill_null(""))
    except pl.exceptions.PolarsError:
        raise InputError(f"{path}: a table of gaps needs the columns {', '.join(Gaps.column_names())}") from None
    return [Gap(**row) for row in frame.iter_rows(named=True)]


def _written(files: dict[str, Path]) -> datetime:
    return datetime.fromtimestamp(int(max(path.stat().st_mtime for path in files.values())), UTC)


def _cycles(memberships: pl.DataFrame | None) -> list[str]:
    """Warn of groups that contain each other; access follows them all the same."""
    if memberships is None or memberships.is_empty():
        return []
    cyclic = Nesting(memberships, memberships.get_column("group_id").unique()).cyclic
    if not cyclic:
        return []
    shown = ", ".join(cyclic[:5]) + (", ..." if len(cyclic) > 5 else "")
    return [f"{len(cyclic)} groups contain themselves, directly or through others: {shown}"]
