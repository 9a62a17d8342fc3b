"""`lakezones review`: hand the proposal to reviewers, and take their decisions back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lakezones.cli.common import (
    DEFAULT_WORKSPACE,
    DebugOption,
    JsonOption,
    QuietOption,
    Talk,
    VerboseOption,
    WorkspaceOption,
    key_values,
)

if TYPE_CHECKING:
    import polars as pl

commands = typer.Typer(
    no_args_is_help=True, help="Hand the proposal to reviewers, and take their decisions back.", rich_markup_mode=None
)


@commands.command(epilog="Example: lakezones review export review.csv -w lake")
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .xlsx to write.")],
    approve_all: Annotated[
        str | None,
        typer.Option(help="Fill in an approval of every role by this reviewer; suggestions stay open.", metavar="NAME"),
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> int:
    """Write the review sheet: roles, riskiest first, each with its suggestions, and columns to fill in."""
    del debug
    from lakezones import pipeline
    from lakezones.errors import InputError, UsageError
    from lakezones.store.files import replace_private
    from lakezones.store.tables import to_csv, to_xlsx
    from lakezones.store.workspace import Workspace

    talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
    make = {".csv": to_csv, ".xlsx": to_xlsx}.get(file.suffix.lower())
    if make is None:
        raise UsageError(f"cannot write {file.suffix or 'a file without suffix'}", hint="use .csv or .xlsx")
    rows = pipeline.review_sheet(Workspace(workspace), approve_all=approve_all)
    try:
        replace_private(file, make(rows))
    except OSError as error:
        raise InputError(f"cannot write {file}: {error.strerror}", hint="choose another file") from None
    talk.result(
        {"file": str(file), "rows": rows.height}, key_values("Review sheet", {"file": file, "rows": rows.height})
    )
    return 0


@commands.command("import", epilog="Example: lakezones review import review.csv -w lake")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The filled sheet, .csv or .xlsx.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> int:
    """Take decisions from a filled sheet. Rows that do not fit are listed and left out (exit 3)."""
    del debug
    from datetime import UTC, datetime

    from lakezones import pipeline, review
    from lakezones.review.outputs import audit_lines, outputs
    from lakezones.store.workspace import Workspace

    talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
    ws = Workspace(workspace)
    current = pipeline.review_sheet(ws)
    filled, lines = _read_sheet(file)
    started = datetime.now(UTC)
    taken, rejected = review.accept(
        filled, current, file=file.name, decided_at=started.replace(microsecond=0), lines=lines
    )
    earlier = pipeline.read_decisions(ws)
    new = review.changed(earlier, taken)
    decisions = review.merge(earlier, new)
    audit = ws.read_text("review", "audit.jsonl") if ws.has("review") else ""
    ws.write_stage(
        "review",
        outputs(decisions, rejected, audit + audit_lines(new, file.name)),
        inputs=[],  # decisions outlive the proposal: each is bound to the content it was made on, not to a run
        started=started,
        extra={"reviewed": ws.digest("proposal")},
    )
    summary = {
        "taken": taken.height,
        "changed": new.height,
        "rejected": rejected.height,
        **review.status(current, decisions),
    }
    talk.result(summary, key_values(f"Decisions in {workspace}/review", summary))
    for row in rejected.iter_rows(named=True):
        talk.say(f"{row['file']} line {row['line']}: {row['reason']}")
    return 3 if rejected.height else 0


@commands.command(epilog="Example: lakezones review status -w lake --json")
def status(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> int:
    """Show how far the review is."""
    del debug
    from lakezones import pipeline, review
    from lakezones.store.workspace import Workspace

    ws = Workspace(workspace)
    summary = review.status(pipeline.review_sheet(ws), pipeline.read_decisions(ws))
    Talk(as_json=as_json, quiet=quiet, verbose=verbose).result(summary, key_values("Review", summary))
    return 0


def _read_sheet(file: Path) -> "tuple[pl.DataFrame, list[int] | None]":
    from lakezones.errors import InputError, MissingColumnError
    from lakezones.store import tables as csvio

    if not file.is_file():
        raise InputError(f"{file} is not there", hint="give the sheet that `lakezones review export` wrote")
    lines = None
    if file.suffix.lower() == ".xlsx":
        frame = csvio.read_xlsx(file)
    else:
        frame = csvio.read_csv(file)
        lines = csvio.lines(file.read_bytes())
    needed = ("object_kind", "object_id", "content_hash", "decision", "reviewer")
    for name in needed:
        if name not in frame.columns:
            raise MissingColumnError(f"{file} has no column {name!r}", hint="columns needed: " + ", ".join(needed))
    return frame, lines


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="review")
