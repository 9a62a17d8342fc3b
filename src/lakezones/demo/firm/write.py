"""Writes a generated Firm to disk.

In: a `GeneratedFirm` and a folder. Out: a capture (Parquet for the large tables, CSV for the small ones: `scan`
takes both), and elsewhere the truth. Both name people, so they are the user's alone.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl

from lakezones.demo.firm.generate import GeneratedFirm
from lakezones.errors import InputError
from lakezones.store.files import replace_private

AS_CSV: Final = (
    "accounts",
    "principals",
    "memberships",
    "group_owners",
    "role_definitions",
    "role_assignments",
    "stored_policies",
    "entitlements",
    "systems",
)
"""Tables written as CSV; the others are Parquet."""

_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


def write_capture(firm: GeneratedFirm, folder: Path) -> list[Path]:
    """Write the facts as a capture; return the files in order of their names.

    Raises
    ------
    InputError
        If the folder holds anything that is not a file of an earlier capture of the Firm.
    """
    return _write(
        {f"{name}.{'csv' if name in AS_CSV else 'parquet'}": frame for name, frame in firm.facts.items()}, folder
    )


def write_truth(firm: GeneratedFirm, folder: Path) -> list[Path]:
    """Write what was planted, as Parquet; keep this folder apart from workspaces and captures.

    Raises
    ------
    InputError
        If the folder holds anything that is not an earlier truth, a capture for example.
    """
    return _write({f"{name}.parquet": frame for name, frame in firm.truth.items()}, folder)


def _write(frames: Mapping[str, pl.DataFrame], folder: Path) -> list[Path]:
    """Write frames by the names of their files, each file whole or not at all."""
    try:
        return _put(frames, folder)
    except (OSError, ValueError) as error:  # a zero byte in a path is no error of the system
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"cannot write {folder}: {reason}", hint="name another place with --into") from None


def _put(frames: Mapping[str, pl.DataFrame], folder: Path) -> list[Path]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    strange = sorted(path.name for path in folder.iterdir() if path.name not in frames)
    if strange:
        raise InputError(f"{folder} already holds {strange[0]}", hint="name a new or an empty folder")
    for name, frame in frames.items():
        content = io.BytesIO()
        if name.endswith(".csv"):
            frame.with_columns(_lists(frame)).write_csv(content, datetime_format=_TIME)
        else:
            frame.write_parquet(content, compression="zstd", statistics=True)
        replace_private(folder / name, content.getvalue())
    return sorted(folder / name for name in frames)


def _lists(frame: pl.DataFrame) -> list[pl.Expr]:
    """Columns of lists as JSON."""
    quoted = pl.format('"{}"', pl.element())
    return [
        pl.format("[{}]", pl.col(name).list.eval(quoted).list.join(",")).alias(name)
        for name, kind in frame.schema.items()
        if isinstance(kind, pl.List)
    ]
