"""`lakezones mine`: role mining of any access matrix, alone."""

import hashlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from lakezones.cli.common import DebugOption, JsonOption, QuietOption, Talk, VerboseOption, key_values

if TYPE_CHECKING:
    from lakezones.mining.matrix import MatrixRoles
    from lakezones.store.matrix import Matrix

_SHORTEST = 0.1  # seconds of a search where reading took all there were

EXAMPLE = "Example: lakezones mine access.csv --time-limit 30 --out mined"


def mine(
    matrix: Annotated[
        Path,
        typer.Argument(
            metavar="MATRIX.csv",
            help="A row per assignment: principal, principal_id or user; container, permission or entitlement.",
        ),
    ],
    mode: Annotated[str, typer.Option(help="exact or practical.", metavar="MODE")] = "exact",
    time_limit: Annotated[
        float | None, typer.Option(help="Answer with what there is after so long.", metavar="SECONDS")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write the roles to.", metavar="DIR")] = None,
    principal_column: Annotated[str | None, typer.Option(help="Column of people.", metavar="NAME")] = None,
    container_column: Annotated[str | None, typer.Option(help="Column of permissions.", metavar="NAME")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> int:
    """Mine roles from an access matrix, with a proven bound. Writes nothing without --out."""
    del debug
    started = time.perf_counter()
    from lakezones.errors import InputError, UsageError
    from lakezones.mining.matrix import mine_matrix
    from lakezones.store.matrix import read_matrix, write_roles

    talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
    chosen = _mode(mode)
    if time_limit is not None and not time_limit > 0:
        raise UsageError(f"--time-limit {time_limit:g} is not a time", hint="give seconds, more than 0")
    if out is not None and out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is not a folder", hint="give a folder, which is made if it is not there")
    table = read_matrix(matrix, principal_column=principal_column, container_column=container_column)
    if table.rejected:
        line, reason = table.rejected[0]
        from lakezones.model.words import counted

        talk.say(f"warning: {counted(len(table.rejected), 'row')} left out, the first at line {line}: {reason}")
    if time_limit is not None:
        # What the file took to read is the user's time too.
        time_limit = max(_SHORTEST, time_limit - (time.perf_counter() - started))
    with talk.status(f"mining {matrix.name}"):
        mined = mine_matrix(table.access, mode=chosen, time_limit=time_limit)
    summary = summarise(table, mined, chosen)
    if out is not None:
        try:
            paths = write_roles(out, table, mined, role_ids(table, mined), summary)
        except OSError as error:
            raise InputError(f"cannot write {out}: {error.strerror}", hint="choose another folder with --out") from None
        for path in paths:
            talk.detail(f"wrote {path}")
    summary["seconds"] = round(time.perf_counter() - started, 3)
    shown = [(key.replace("_", " "), value) for key, value in summary.items()]
    talk.result(summary, key_values(f"Roles of {matrix}", shown))
    return 0


def _mode(mode: str) -> Literal["exact", "practical"]:
    from lakezones.errors import UsageError

    match mode:
        case "exact":
            return "exact"
        case "practical":
            return "practical"
        case _:
            raise UsageError(f"unknown mode {mode!r}", hint="--mode exact or --mode practical")


def summarise(table: "Matrix", mined: "MatrixRoles", mode: str) -> dict[str, Any]:
    """What the command reports; seconds apart, which differ from run to run."""
    assignments = int(table.access.nnz)
    residual = int(mined.residual[0].size)
    return {
        "mode": mode,
        "people": len(table.people),
        "permissions": len(table.permissions),
        "assignments": assignments,
        "roles": len(mined.roles),
        "lower_bound": mined.lower_bound,
        "optimal": mined.optimal,
        "stopped_by": mined.stopped_by,
        "memberships": int(sum(who.size for who, _ in mined.roles)),
        "role_permissions": int(sum(what.size for _, what in mined.roles)),
        "tie_break_proven": mined.tie_break_proven,
        "new_access": mined.new_access,
        "residual": residual,
        "coverage": round(1 - residual / assignments, 6) if assignments else 0.0,
        "duplicate_rows": table.duplicates,
        "rejected_rows": len(table.rejected),
    }


def role_ids(table: "Matrix", mined: "MatrixRoles") -> list[str]:
    """Ids from the content of roles, so that they survive a change of members."""
    ids = []
    for who, what in mined.roles:
        content = json.dumps([table.permissions[j] for j in what])
        identity = hashlib.sha256(content.encode()).hexdigest()[:10]
        # Two roles of one content differ in people alone; no miner here makes them, but a name must be unique.
        if f"role-{identity}" in ids:
            members = json.dumps([table.people[i] for i in who])
            identity = hashlib.sha256((content + members).encode()).hexdigest()[:10]
        ids.append(f"role-{identity}")
    return ids


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLE)(mine)
