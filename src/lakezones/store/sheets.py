"""Review sheets as files: CSV or a workbook, by the suffix of the name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from lakezones.errors import InputError, MissingColumnError, UsageError
from lakezones.store import tables
from lakezones.store.files import replace_private

_WRITERS: Final = {".csv": tables.to_csv, ".xlsx": tables.to_xlsx}


def check_suffix(file: Path) -> None:
    """Check that a sheet can be written under this name.

    Raises
    ------
    UsageError
        If it ends neither in .csv nor in .xlsx.
    """
    if file.suffix.lower() not in _WRITERS:
        raise UsageError(f"cannot write {file.suffix or 'a file without suffix'}", hint="use .csv or .xlsx")


def write_sheet(file: Path, sheet: pl.DataFrame) -> None:
    """Write a sheet that only its owner may read; it names people.

    Raises
    ------
    InputError
        If it cannot be written there.
    """
    try:
        replace_private(file, _WRITERS[file.suffix.lower()](sheet))
    except OSError as error:
        raise InputError(f"cannot write {file}: {error.strerror}", hint="choose another file") from None


def read_sheet(file: Path, needed: Sequence[str]) -> tuple[pl.DataFrame, list[int] | None]:
    """A filled sheet as strings, and of a CSV the line that each row begins on.

    Raises
    ------
    InputError
        If the file does not exist or cannot be read.
    MissingColumnError
        If one of the columns `needed` is not there.
    """
    if not file.is_file():
        raise InputError(f"{file} does not exist", hint="give the sheet that `lakezones review export` wrote")
    lines = None
    if file.suffix.lower() == ".xlsx":
        frame = tables.read_xlsx(file, needed)
    else:
        frame = tables.read_csv(file)
        lines = tables.lines(file.read_bytes())
    if missing := [name for name in needed if name not in frame.columns]:
        raise MissingColumnError(f"{file} has no column {missing[0]!r}", hint="columns needed: " + ", ".join(needed))
    return frame, lines
