"""Writes a generated Firm to disk.

In: a `GeneratedFirm` and a folder. Out: a capture (Parquet for the large tables, CSV for the small ones: `scan`
takes both), and elsewhere the truth. Both name people, so they are the user's alone.
"""

from pathlib import Path
from typing import Final

import polars as pl

from lakezones.demo.firm.generate import GeneratedFirm
from lakezones.errors import InputError

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
    names = {f"{name}.{'csv' if name in AS_CSV else 'parquet'}": name for name in firm.facts}
    _ready(folder, set(names))
    for file, table in names.items():
        _write(firm.facts[table], folder / file)
    return sorted(folder / file for file in names)


def write_truth(firm: GeneratedFirm, folder: Path) -> list[Path]:
    """Write what was planted, as Parquet; keep this folder apart from workspaces and captures.

    Raises
    ------
    InputError
        If the folder holds anything that is not an earlier truth, a capture for example.
    """
    names = {f"{name}.parquet": name for name in firm.truth}
    _ready(folder, set(names))
    for file, table in names.items():
        _write(firm.truth[table], folder / file)
    return sorted(folder / file for file in names)


def _ready(folder: Path, own: set[str]) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    strange = sorted(path.name for path in folder.iterdir() if path.name not in own)
    if strange:
        raise InputError(f"{folder} already holds {strange[0]}", hint="name a new or an empty folder")


def _write(frame: pl.DataFrame, path: Path) -> None:
    partial = path.with_name(f".{path.name}")
    if path.suffix == ".csv":
        lists = [
            pl.format(
                "[{}]",
                pl.col(name).list.eval(pl.format('"{}"', pl.element())).list.join(","),
            ).alias(name)
            for name, kind in frame.schema.items()
            if isinstance(kind, pl.List)
        ]
        frame.with_columns(lists).write_csv(partial, datetime_format=_TIME)
    else:
        frame.write_parquet(partial, compression="zstd", statistics=True)
    partial.chmod(0o600)
    partial.replace(path)
