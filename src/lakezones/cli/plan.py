"""`lakezones plan`: a staged migration plan from the proposal and the decisions on it."""

from datetime import date
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
from lakezones.cli.propose import flat, listed

EXAMPLE = "Example: lakezones plan -w lake"
_ASIDE = {"not_granted": "not granted", "lapsed": "lapsed"}
_SAID = {
    "joins_role": "by joining a role",
    "completes_role": "by completing a role",
    "exception": "as exceptions",
    "not_granted": "not granted",
    "lapsed": "lapsed",
}


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
    from lakezones.model.words import counted
    from lakezones.store.workspace import Workspace

    talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
    ws = Workspace(workspace)
    with talk.status("planning"):
        summary = pipeline.run_plan(ws, Settings(ws.overrides), accept_gaps=accept_gaps)
    columns = ["wave", "domain", "pilot", "people", "containers", "earliest_end"]
    made = pipeline.read_plan(ws)
    rows = made.waves.select(columns).rows()
    granted = {words: summary["approvals"].get(outcome, 0) for outcome, words in _SAID.items()}
    approved = [("approved as new", listed(granted))] if summary["approvals"] else []
    talk.result(
        summary,
        key_values(f"Plan in {workspace}/plan", [*flat(summary), *approved]),
        grid("Waves", columns, [[str(v) if isinstance(v, date) else v for v in row] for row in rows]),
    )
    if summary.get("status") == "draft":
        talk.say("nobody has decided yet, so this is a draft")
        talk.say(f"hint: lakezones review export review.csv -w {workspace}")
    aside = [made.approvals.filter(outcome=name).select("suggestion_id", "reason").rows() for name in _ASIDE]
    for rows, words in zip(aside, _ASIDE.values(), strict=True):
        if rows:
            talk.say(f"{counted(len(rows), 'approved suggestion')} {words}, first {': '.join(rows[0])}")
    if any(aside):
        talk.say(f"hint: see {workspace}/plan/approvals.csv; lakezones review export lists what is open")
    return 0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLE)(plan)
