"""`lakezones demo`: the whole journey on a generated bank."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lakezones.cli.common import STYLE, command
from lakezones.cli.talk import Talk, grid, key_values

if TYPE_CHECKING:
    from lakezones.pipeline import Workspace

app = typer.Typer(**STYLE)


@command(app, "lakezones demo --size small -w demo-lake")
def demo(
    talk: Talk,
    ws: "Workspace",
    size: Annotated[str, typer.Option("--size", help="small, medium, firm, or a TOML file.", metavar="SIZE")] = "small",
    seed: Annotated[int | None, typer.Option(help="Another Firm of the same size.", metavar="N")] = None,
    into: Annotated[
        Path | None,
        typer.Option(help="Where the capture and the truth go.", metavar="DIR", show_default="WORKSPACE-firm"),
    ] = None,
    azurite: Annotated[bool, typer.Option(help="Scan the containers from Azurite, or from the capture alone.")] = True,
) -> int:
    """Generate a bank, put its lake into Azurite, and run every stage on it."""
    from lakezones.demo import journey as demo_journey

    folder = into or ws.root.with_name(f"{ws.root.name}-firm")
    journey = demo_journey.run(
        size, workspace=ws.root, folder=folder, seed=seed, use_azurite=azurite, say=lambda line: talk.say(f"- {line}")
    )
    rows = demo_journey.before_after(ws)
    proof = journey.summaries["verify"]
    files = {
        "report": ws.root / "report" / "index.html",
        "plan": ws.root / "plan" / "plan.csv",
        "roles": ws.root / "proposal" / "roles.csv",
        "residual": ws.root / "proposal" / "residual.csv",
        "proof": ws.root / "verify" / "proof.json",
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
