"""`lakezones plan`: a staged migration plan from the proposal and the decisions on it."""

from typing import Annotated

import typer

from lakezones.cli.common import (
    DEFAULT_WORKSPACE,
    DebugOption,
    JsonOption,
    QuietOption,
    Talk,
    VerboseOption,
    WorkspaceOption,
    grid,
    key_values,
)
from lakezones.cli.propose import flat

EXAMPLE = "Example: lakezones plan -w lake"


def plan(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    accept_gaps: Annotated[
        bool, typer.Option("--accept-gaps", help="Plan although some reads of the scan failed.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> int:
    """Make the migration plan: phase A in place, phase B wave by wave. Writes plan/ in the workspace."""
    del debug
    from lakezones import pipeline
    from lakezones.config import Settings
    from lakezones.workspace import Workspace

    talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
    ws = Workspace(workspace)
    with talk.status("planning"):
        summary = pipeline.run_plan(ws, Settings(ws.overrides), accept_gaps=accept_gaps)
    waves = pipeline.read_plan(ws).waves
    talk.result(
        summary,
        key_values(f"Plan in {workspace}/plan", flat(summary)),
        grid("Waves", waves.columns, [[str(v) if hasattr(v, "isoformat") else v for v in row] for row in waves.rows()]),
    )
    if summary.get("status") == "draft":
        talk.say("nobody has decided yet, so this is a draft")
        talk.say(f"hint: lakezones review export -w {workspace}")
    return 0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLE)(plan)
