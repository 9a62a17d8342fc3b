"""`lakezones impact`: what a container's move touches."""

from typing import TYPE_CHECKING, Annotated

import typer

from lakezones.cli.common import STYLE, command
from lakezones.cli.talk import Talk, grid, key_values

if TYPE_CHECKING:
    from lakezones.pipeline import Workspace

app = typer.Typer(**STYLE)
COLUMNS = ["tool", "artifact", "direction", "owner"]


@command(app, "lakezones impact crm-mart-customer -w lake")
def impact(talk: Talk, ws: "Workspace", container: Annotated[str, typer.Argument(help="Name of a container.")]) -> None:
    """Show what moving a container touches: its tools, what they read and write beside it, its readers and target."""
    found = ws.impact(container)
    shown = {key: value for key, value in found.items() if key not in ("artifacts", "target")}
    if target := found.get("target"):
        shown["target"] = "/".join(filter(None, [target["target_container"], target["target_path"]])) or "stays"
        shown["disposition"] = target["disposition"]
    artifacts = [[row[name] for name in COLUMNS] for row in found["artifacts"]]
    talk.result(found, key_values(f"Moving {container}", shown), grid("Tools", COLUMNS, artifacts))
