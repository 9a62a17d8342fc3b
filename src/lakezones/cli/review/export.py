"""`lakezones review export`: write what reviewers fill in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lakezones.cli.common import command
from lakezones.cli.review.group import app
from lakezones.cli.talk import Talk, key_values

if TYPE_CHECKING:
    from lakezones.pipeline import Workspace


@command(app, "lakezones review export review.csv -w lake")
def export(
    talk: Talk,
    ws: "Workspace",
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .xlsx to write.")],
    approve_all: Annotated[
        str | None,
        typer.Option(help="Fill in an approval of every role by this reviewer; suggestions stay open.", metavar="NAME"),
    ] = None,
) -> None:
    """Write the review sheet: roles, riskiest first, each with its suggestions, and columns to fill in."""
    from lakezones.store.sheets import check_suffix, write_sheet

    check_suffix(file)
    sheet = ws.review_sheet(approve_all=approve_all)
    write_sheet(file, sheet)
    summary = {"file": str(file), "rows": sheet.height}
    talk.result(summary, key_values("Review sheet", summary))
