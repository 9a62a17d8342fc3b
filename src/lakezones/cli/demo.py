"""`lakezones demo`: the whole journey on a generated bank."""

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
    key_values,
)


def demo(
    size: Annotated[str, typer.Option(help="small, medium, firm, or a TOML file.", metavar="SIZE")] = "small",
    seed: Annotated[int | None, typer.Option(help="Another Firm of the same size.", metavar="N")] = None,
    into: Annotated[
        Path | None,
        typer.Option(help="Where the capture and the truth go.", metavar="DIR", show_default="WORKSPACE-firm"),
    ] = None,
    azurite: Annotated[bool, typer.Option(help="Scan the containers from Azurite, or from the capture alone.")] = True,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> int:
    """Generate a bank, put its lake into Azurite, and run every stage on it."""
    del debug
    from lakezones.demo import journey as demo_journey
    from lakezones.store.workspace import Workspace

    talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
    folder = into or workspace.with_name(f"{workspace.name}-firm")
    journey = demo_journey.run(
        size, workspace=workspace, folder=folder, seed=seed, use_azurite=azurite, say=lambda line: talk.say(f"- {line}")
    )
    rows = demo_journey.before_after(Workspace(workspace))
    proof = journey.summaries["verify"]
    files = {
        "report": workspace / "report" / "index.html",
        "plan": workspace / "plan" / "plan.csv",
        "roles": workspace / "proposal" / "roles.csv",
        "residual": workspace / "proposal" / "residual.csv",
        "proof": workspace / "verify" / "proof.json",
        "capture": folder / "capture",
    }
    talk.result(
        {
            "before_after": [dict(zip(("what", "before", "after"), row, strict=True)) for row in rows],
            "seconds": journey.seconds,
            "emulated": journey.emulated,
            "note": journey.note,
            "proof": proof,
            "files": {key: str(path) for key, path in files.items()},
        },
        grid("", ["", "before", "after"], rows),
        key_values("", [(f"{proof['claims']} claims of the proof", "hold" if proof["holds"] else "DO NOT HOLD")]),
        key_values("", list(files.items())),
    )
    return 0 if proof["holds"] else 4


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: lakezones demo --size small -w demo-lake")(demo)
