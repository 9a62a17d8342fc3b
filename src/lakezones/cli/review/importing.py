"""`lakezones review import`: take decisions back from what reviewers filled in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lakezones.cli.common import command
from lakezones.cli.review.group import app
from lakezones.cli.talk import Talk, key_values

if TYPE_CHECKING:
    from lakezones.pipeline import Workspace


@command(app, "lakezones review import ana.xlsx ben.xlsx -w lake", name="import")
def import_(
    talk: Talk,
    ws: "Workspace",
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Filled workbooks (.xlsx), flat files (.csv), or another workspace's audit.jsonl."
        ),
    ],
    reviewer: Annotated[
        str, typer.Option(help="Who decided, where a file does not say: name, mail address or id.", metavar="NAME")
    ] = "",
    ticket: Annotated[
        str, typer.Option(help="A ticket that stands for the decisions, where a file gives none.", metavar="REF")
    ] = "",
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What another workspace's log is held against; by default checkpoint.txt beside it."
        ),
    ] = None,
) -> int:
    """Take decisions from workbooks and other workspaces. Rows that cannot be used are left out and listed (exit 3).

    Workbooks given together are merged: what two reviewers say against each other is shown, and one denial denies. The
    log of another workspace (review/audit.jsonl) is held against its checkpoint first: exit 4 where it is another.
    """
    from lakezones.pipeline.federating import import_files
    from lakezones.store.sheets import read_cells

    logs = [file for file in files if file.suffix.lower() == ".jsonl"]
    sheets = [sheet for file in files if file not in logs for sheet in read_cells(file)]
    done = import_files(ws, sheets, logs, reviewer=reviewer, ticket=ticket, checkpoint=checkpoint)
    shown = {name: number for name, number in done.summary.items() if number or name in ("changed", "rejected")}
    talk.result({"said": done.sentence, **done.summary}, key_values(f"Decisions in {ws.root}/review", shown))
    talk.say(done.sentence)
    for name in done.ignored:
        talk.detail(f"not read: {name}")
    for sentence in done.conflicts:
        talk.say(f"conflict: {sentence}")
    for sentence in done.notes:
        talk.say(f"note: {sentence}")
    for row in done.rejected.iter_rows(named=True):
        where = f"{'row' if ', sheet ' in row['file'] else 'line'} {row['line']}" if row["line"] else ""
        talk.say(f"{row['file']} {where}: {row['reason']}")
    return 3 if done.rejected.height else 0
