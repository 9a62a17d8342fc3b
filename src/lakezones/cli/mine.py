"""`lakezones mine`: role mining of any access matrix, alone."""

import json
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lakezones.cli.common import STYLE, command
from lakezones.cli.talk import Talk, key_values

app = typer.Typer(**STYLE)


INCOMPLETE = 3


class ModeName(StrEnum):
    """How roles are mined."""

    EXACT = "exact"
    PRACTICAL = "practical"


@command(app, "lakezones mine access.csv --time-limit 30 --out mined")
def mine(
    talk: Talk,
    matrix: Annotated[
        Path,
        typer.Argument(
            metavar="MATRIX.csv",
            help="A row per assignment: principal, principal_id or user; container, permission or entitlement.",
        ),
    ],
    mode: Annotated[ModeName, typer.Option("--mode", help="exact or practical.", metavar="MODE")] = ModeName.EXACT,
    time_limit: Annotated[
        float | None,
        typer.Option(
            help="Answer with what there is after this time, counted once the file is read.", metavar="SECONDS"
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write the roles to.", metavar="DIR")] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(help="File to write the proof of the bound to; exact mode alone.", metavar="FILE.json"),
    ] = None,
    principal_column: Annotated[str | None, typer.Option(help="Column of people.", metavar="NAME")] = None,
    container_column: Annotated[str | None, typer.Option(help="Column of permissions.", metavar="NAME")] = None,
) -> int:
    """Mine roles from an access matrix, with a proven bound. Writes nothing without --out or --certificate.

    Exit 3 when rows were left out.
    """
    started = time.perf_counter()
    from lakezones.errors import InputError, UsageError
    from lakezones.mining.matrix import mine_matrix
    from lakezones.store.files import replace_private
    from lakezones.store.matrix import read_matrix, write_roles
    from lakezones.store.mined import certificate as certified
    from lakezones.store.mined import role_ids, summarise

    if time_limit is not None and not time_limit > 0:
        raise UsageError(f"--time-limit {time_limit:g} is not a time", hint="give seconds, more than 0")
    if out is not None and out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is not a folder", hint="give a folder, which is made if it does not exist")
    if certificate is not None and mode is not ModeName.EXACT:
        raise UsageError("--certificate needs --mode exact", hint="practical mode proves no bound of that kind")
    table = read_matrix(matrix, principal_column=principal_column, container_column=container_column)
    if table.rejected:
        from lakezones.model.words import counted  # loads polars

        line, reason = table.rejected[0]
        talk.say(f"warning: {counted(len(table.rejected), 'row')} left out, the first at line {line}: {reason}")
    reading = time.perf_counter() - started
    with talk.status(f"mining {matrix.name}"):
        mined = mine_matrix(
            table.access, mode="exact" if mode is ModeName.EXACT else "practical", time_limit=time_limit
        )
    summary = summarise(table, mined, mode)
    try:
        if out is not None:
            for path in write_roles(out, table, mined, role_ids(table, mined), summary):
                talk.detail(f"wrote {path}")
        if certificate is not None:
            replace_private(certificate, json.dumps(certified(table, mined)) + "\n")
            talk.detail(f"wrote {certificate}")
    except OSError as error:
        where = f"{error.filename}: {error.strerror}"
        raise InputError(f"cannot write {where}", hint="choose another place with --out or --certificate") from None
    summary["reading_seconds"] = round(reading, 3)
    summary["seconds"] = round(time.perf_counter() - started, 3)
    shown = [(key.replace("_", " "), value) for key, value in summary.items() if key != "blocks"]
    talk.result(summary, key_values(f"Roles of {matrix}", shown))
    return INCOMPLETE if table.rejected else 0
