"""`lakezones verify`: replay the plan and prove what must always hold."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lakezones.cli.common import STYLE, command
from lakezones.cli.talk import Talk, grid

if TYPE_CHECKING:
    from lakezones.pipeline import Workspace

app = typer.Typer(**STYLE)


@command(app, "lakezones verify -w lake")
def verify(
    talk: Talk,
    ws: "Workspace",
    plan: Annotated[
        Path | None,
        typer.Option(help="An edited plan.csv to check instead of the one in the workspace.", metavar="FILE"),
    ] = None,
) -> int:
    """Replay the plan: nobody loses needed access, nobody gains unapproved access, no limit breaks. Exit 4 if not."""
    from lakezones.model.tables import Steps
    from lakezones.store.tables import read_table

    steps = read_table(plan, Steps) if plan is not None else None
    with talk.status("replaying the plan"):
        proof = ws.verify(steps=steps)
    rows = [
        ["holds" if claim["holds"] else "FAILS", claim["claim"], claim["checked"], claim.get("detail") or ""]
        for claim in proof.claims
    ]
    talk.result(
        proof.document(), grid(f"Proof in {ws.root}/verify/proof.json", ["", "claim", "checked", "detail"], rows)
    )
    if not proof.holds:
        talk.say(f"the plan does not hold: see {ws.root}/verify/counterexample.csv")
        return 4
    return 0
