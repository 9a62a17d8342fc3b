"""`lakezones review`: hand the proposal to reviewers, and take their decisions back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lakezones.cli.common import STYLE, command
from lakezones.cli.talk import Talk, key_values

if TYPE_CHECKING:
    from lakezones.pipeline import Workspace

app = typer.Typer(no_args_is_help=True, help="Hand the proposal to reviewers, and take their decisions back.", **STYLE)


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


@command(app, "lakezones review status -w lake --json")
def status(talk: Talk, ws: "Workspace") -> None:
    """Show how far the review is."""
    summary = ws.review_status()
    talk.result(summary, key_values("Review", summary))
