"""`lakezones report`: everything in one self-contained HTML page."""

from typing import TYPE_CHECKING, Annotated

import typer

from lakezones.cli.common import STYLE, command
from lakezones.cli.talk import Talk, key_values

if TYPE_CHECKING:
    from lakezones.pipeline import Workspace

app = typer.Typer(**STYLE)


@command(app, "lakezones report -w lake --redact")
def report(
    talk: Talk,
    ws: "Workspace",
    redact: Annotated[bool, typer.Option("--redact", help="Replace the names and ids of people by numbers.")] = False,
) -> None:
    """Write report/index.html: one file, no network, what to do first on top."""
    with talk.status("writing the report"):
        path = ws.report(redact=redact)
    summary = {"file": str(path), "bytes": path.stat().st_size}
    talk.result(summary, key_values("Report", summary))
