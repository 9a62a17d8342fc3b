"""`lakezones review export`: write what reviewers fill in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lakezones.cli.common import command
from lakezones.cli.review.group import app
from lakezones.cli.talk import Talk, key_values

if TYPE_CHECKING:
    from lakezones.pipeline import Workspace


@command(app, "lakezones review export review.xlsx --reviewer 'Ana Doe' -w lake")
def export(
    talk: Talk,
    ws: "Workspace",
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="An .xlsx for people, or a .csv for scripts: one flat table."),
    ],
    reviewer: Annotated[
        str, typer.Option(help="Only what this person or team is asked to decide on.", metavar="NAME")
    ] = "",
    person: Annotated[
        str,
        typer.Option("--for", help="Who fills it in, where two people decide on the same items.", metavar="NAME"),
    ] = "",
    domain: Annotated[str, typer.Option(help="Only items of this domain.", metavar="DOMAIN")] = "",
    worklist: Annotated[str, typer.Option(help="Only this worklist, by its name.", metavar="NAME")] = "",
    approve_all: Annotated[
        str, typer.Option(help="For trials: fill in an approval of every role by this reviewer.", metavar="NAME")
    ] = "",
) -> None:
    """Write the workbook that reviewers fill in: a sheet for each kind, the decision first, what to look at on top."""
    from lakezones.pipeline.workbooks import BookWish, review_book, review_flat
    from lakezones.store.sheets import check_suffix, write_book, write_flat

    check_suffix(file)
    wish = BookWish(reviewer=reviewer, person=person, domain=domain, worklist=worklist, approve_all=approve_all)
    if file.suffix.lower() == ".csv":
        frame = review_flat(ws, wish)
        write_flat(file, frame)
        summary = {"file": str(file), "rows": frame.height}
    else:
        book = review_book(ws, wish)
        write_book(file, book)
        summary = {"file": str(file), "rows": sum(book.rows().values()), **book.rows()}
    talk.result(summary, key_values("Review workbook", summary))
