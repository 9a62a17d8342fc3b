"""`lakezones access`: effective access in classes, and findings."""

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
from lakezones.cli.propose import flat

EXAMPLE = "Example: lakezones access -w lake"


def access(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> int:
    """Resolve who can do what. Writes access/ in the workspace."""
    del debug
    from lakezones import pipeline
    from lakezones.config import Settings
    from lakezones.workspace import Workspace

    talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
    ws = Workspace(workspace)
    with talk.status("resolving access"):
        summary = pipeline.run_access(ws, Settings(ws.overrides))
    talk.result(summary, key_values(f"Access in {workspace}/access", flat(summary)))
    return 0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLE)(access)
