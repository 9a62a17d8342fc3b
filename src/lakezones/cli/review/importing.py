"""`lakezones review import`: take decisions back from a filled sheet."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lakezones.cli.common import command
from lakezones.cli.review.group import app
from lakezones.cli.talk import Talk, key_values

if TYPE_CHECKING:
    from lakezones.pipeline import Workspace


@command(app, "lakezones review import review.csv -w lake", name="import")
def import_(
    talk: Talk,
    ws: "Workspace",
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The filled sheet, .csv or .xlsx.")],
) -> int:
    """Take decisions from a filled sheet. Rows that cannot be used are listed and left out (exit 3)."""
    from lakezones.review import NEEDED
    from lakezones.store.sheets import read_sheet

    filled, lines = read_sheet(file, NEEDED)
    summary, rejected = ws.import_review(filled, file=file.name, lines=lines)
    talk.result(summary, key_values(f"Decisions in {ws.root}/review", summary))
    for row in rejected.iter_rows(named=True):
        talk.say(f"{row['file']} line {row['line']}: {row['reason']}")
    return 3 if rejected.height else 0
