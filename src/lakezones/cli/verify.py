"""`lakezones verify`: replay the plan and prove what must always hold."""

from pathlib import Path
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
)

EXAMPLE = "Example: lakezones verify -w lake"


def verify(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    plan: Annotated[
        Path | None,
        typer.Option(help="An edited plan.csv to check instead of the one in the workspace.", metavar="FILE"),
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> int:
    """Replay the plan: nobody loses needed access, nobody gains unapproved access, no limit breaks. Exit 4 if not."""
    del debug
    from lakezones import pipeline
    from lakezones.config import Settings
    from lakezones.model.tables import Steps
    from lakezones.store.tables import read_table
    from lakezones.store.workspace import Workspace

    talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
    ws = Workspace(workspace)
    steps = None
    if plan is not None:
        steps = read_table(plan, Steps)
    with talk.status("replaying the plan"):
        proof = pipeline.run_verify(ws, Settings(ws.overrides), steps=steps)
    rows = [
        ["holds" if claim["holds"] else "FAILS", claim["claim"], claim["checked"], claim.get("detail") or ""]
        for claim in proof.claims
    ]
    talk.result(
        {**proof.summary, "holds": proof.holds, "claims": proof.claims},
        grid(f"Proof in {workspace}/verify/proof.json", ["", "claim", "checked", "detail"], rows),
    )
    if not proof.holds:
        talk.say(f"the plan does not hold: see {workspace}/verify/counterexample.csv")
        return 4
    return 0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLE)(verify)
