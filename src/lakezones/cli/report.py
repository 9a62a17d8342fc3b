"""`lakezones report`: everything in one self-contained HTML page."""

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
    key_values,
)


def report(
    redact: Annotated[bool, typer.Option("--redact", help="Replace the names and ids of people by numbers.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> int:
    """Write report/index.html: one file, no network, what to do first on top."""
    del debug
    from lakezones import pipeline
    from lakezones.store.workspace import Workspace

    talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
    with talk.status("writing the report"):
        summary = pipeline.run_report(Workspace(workspace), redact=redact)
    talk.result(summary, key_values("Report", summary))
    return 0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: lakezones report -w lake --redact")(report)
