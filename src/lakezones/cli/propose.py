"""`lakezones propose`: domains, zones, roles and layout from effective access."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lakezones.cli.common import (
    DEFAULT_WORKSPACE,
    DebugOption,
    JsonOption,
    QuietOption,
    Talk,
    VerboseOption,
    WorkspaceOption,
    key_values,
)

EXAMPLE = "Example: lakezones propose -w lake --preset balanced --max-roles 100"


def propose(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    preset: Annotated[str | None, typer.Option(help="birthright, balanced or exact.", metavar="NAME")] = None,
    max_roles: Annotated[int | None, typer.Option(help="At most so many roles.", min=0, metavar="N")] = None,
    suggest: Annotated[bool, typer.Option("--suggest", help="Suggest grants that would complete roles.")] = False,
    labels: Annotated[
        Path | None, typer.Option(help="CSV of container,zone[,domain] that are known.", metavar="FILE")
    ] = None,
    over_grant: Annotated[
        int | None, typer.Option(help="Newly exposed person-and-container pairs a merge may cost.", min=0, metavar="N")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> int:
    """Propose domains, zones, roles and a layout. Writes proposal/ in the workspace."""
    del debug
    from lakezones import pipeline
    from lakezones.config import Settings
    from lakezones.csvio import read_csv
    from lakezones.errors import InputError
    from lakezones.workspace import Workspace

    talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
    ws = Workspace(workspace)
    flags: dict[str, dict[str, Any]] = {
        "roles": {"preset": preset, "max_roles": max_roles, "suggest": suggest or None},
        "layout": {"over_grant": over_grant},
    }
    settings = Settings(ws.overrides, flags=flags)
    known = None
    if labels is not None:
        if not labels.is_file():
            raise InputError(f"{labels} is not there", hint="--labels takes a CSV with the columns container,zone")
        known = read_csv(labels)
    with talk.status("proposing zones, domains, roles and layout"):
        summary = pipeline.run_propose(ws, settings, pipeline.ProposeOptions(labels=known))
    talk.result(summary, key_values(f"Proposal in {workspace}/proposal", flat(summary)))
    return 0


def flat(summary: dict[str, Any]) -> list[tuple[str, Any]]:
    """Top-level values of a summary that fit on a line."""
    return [
        (key.replace("_", " "), value)
        for key, value in summary.items()
        if not isinstance(value, dict) and not (isinstance(value, list) and value and isinstance(value[0], dict))
    ]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLE)(propose)
