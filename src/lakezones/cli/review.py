"""`lakezones review`: hand the proposal to reviewers, and take their decisions back."""

import json
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
        str | None, typer.Option(help="Fill in an approval of every role by this reviewer.", metavar="NAME")
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> int:
    """Write the review sheet: one row per role, riskiest first, with columns to fill in."""
    del debug
    from lakezones import pipeline, review
    from lakezones.csvio import render, to_csv
    from lakezones.errors import UsageError
    from lakezones.workspace import Workspace

    talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
    rows = review.sheet(pipeline.read_proposal(Workspace(workspace)), approve_all=approve_all)
    match file.suffix.lower():
        case ".csv":
            file.write_bytes(to_csv(rows))
        case ".xlsx":
            render(rows).write_excel(file, worksheet="review", autofit=True, freeze_panes=(1, 0))
        case other:
            raise UsageError(f"cannot write {other or 'a file without suffix'}", hint="use .csv or .xlsx")
    file.chmod(0o600)
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
    from lakezones.workspace import StageOutput, Workspace

    talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
    ws = Workspace(workspace)
    proposal = pipeline.read_proposal(ws)
    filled = _read_sheet(file)
    started = datetime.now(UTC)
    new, rejected = review.accept(filled, proposal, file=file.name, decided_at=started.replace(microsecond=0))
    earlier = pipeline.read_decisions(ws)
    decisions = review.merge(earlier, new)
    audit = (ws.root / "review" / "audit.jsonl").read_text("utf-8") if ws.has("review") else ""
    audit += "".join(json.dumps(row, default=str, ensure_ascii=False) + "\n" for row in new.iter_rows(named=True))
    ws.write_stage(
        "review",
        StageOutput(
            frames={"decisions": decisions},
            csv={"decisions": decisions, "rejected": rejected},
            texts={"audit.jsonl": audit},
        ),
        inputs=[],  # decisions outlive the proposal: each is bound to the content it was made on, not to a run
        started=started,
        extra={"reviewed": ws.digest("proposal")},
    )
    summary = {"taken": new.height, "rejected": rejected.height, **review.status(proposal, decisions)}
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
    from lakezones.workspace import Workspace

    ws = Workspace(workspace)
    summary = review.status(pipeline.read_proposal(ws), pipeline.read_decisions(ws))
    Talk(as_json=as_json, quiet=quiet, verbose=verbose).result(summary, key_values("Review", summary))
    return 0


def _read_sheet(file: Path) -> "pl.DataFrame":
    import polars as pl

    from lakezones.csvio import from_csv, unescape
    from lakezones.errors import InputError, MissingColumnError

    try:
        if file.suffix.lower() == ".xlsx":
            raw = pl.read_excel(file, infer_schema_length=0)
            frame = raw.with_columns(pl.all().cast(pl.String)).with_columns(unescape(name) for name in raw.columns)
        else:
            frame = from_csv(file.read_bytes())
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}", hint="give the sheet that `review export` wrote") from None
    except Exception as error:
        raise InputError(
            f"{file} cannot be read: {str(error).splitlines()[0]}", hint="use CSV in UTF-8 or XLSX"
        ) from None
    needed = ("object_kind", "object_id", "content_hash", "decision", "reviewer")
    for name in needed:
        if name not in frame.columns:
            raise MissingColumnError(f"{file} has no column {name!r}", hint="columns needed: " + ", ".join(needed))
    return frame


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="review")
