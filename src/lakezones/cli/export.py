"""`lakezones export`: the plan in the formats of the tools that carry it out."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from lakezones.cli.common import STYLE, command
from lakezones.cli.talk import Talk, key_values

if TYPE_CHECKING:
    from lakezones.pipeline import Workspace

app = typer.Typer(**STYLE)


class Format(StrEnum):
    """What can be exported."""

    CSV = "csv"
    AZ = "az"
    AZCOPY = "azcopy"


@command(app, "lakezones export az -w lake --draft")
def export(
    talk: Talk,
    ws: "Workspace",
    kind: Annotated[Format, typer.Argument(metavar="FORMAT", help="csv, az or azcopy.")],
    draft: Annotated[bool, typer.Option("--draft", help="Export a script although nobody has decided yet.")] = False,
    wave: Annotated[int | None, typer.Option(help="Only this wave.", metavar="N")] = None,
) -> None:
    """Write the plan for another tool. Writes export/ in the workspace; runs nothing."""
    files = {"files": [str(path) for path in ws.export(kind.value, wave=wave, draft=draft)]}
    talk.result(files, key_values("Export", files))
