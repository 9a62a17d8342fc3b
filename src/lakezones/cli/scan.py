"""`lakezones scan`: read a storage account, Azurite or a capture folder into a snapshot."""

import logging
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lakezones.cli.common import (
    DEFAULT_WORKSPACE,
    DebugOption,
    JsonOption,
    QuietOption,
    Talk,
    VerboseOption,
    WorkspaceOption,
    grid,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import ProgressColumn

    from lakezones.scan.result import ScanResult

EXAMPLE = "Example: lakezones scan azurite ./capture -w lake"
INCOMPLETE = 3
JOURNAL = ".scan"
SHOWN = 20
NOUNS = {
    "acls": ("ACLs", "container"),
    "stored_policies": ("stored policies", "container"),
    "memberships": ("memberships", "group"),
    "principals": ("principals", "principal"),
}
"""How gaps of a table are named, and what one of them is."""


def scan(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="https://ACCOUNT.blob.core.windows.net, azurite, or a capture folder; several at once.",
        ),
    ],
    include: Annotated[
        list[str] | None, typer.Option(help="Read only containers that match; may be repeated.", metavar="GLOB")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="Leave out containers that match; may be repeated.", metavar="GLOB")
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(help="Read these tables again and keep the rest of the last snapshot.", metavar="TABLE,..."),
    ] = None,
    inventory: Annotated[
        list[str] | None,
        typer.Option(
            help="Container, or prefix in it, with blob inventory reports; may be repeated.", metavar="ADDRESS"
        ),
    ] = None,
    acl_depth: Annotated[
        int | None, typer.Option(help="Levels of folders whose ACLs are read; 0 is roots alone.", min=0, metavar="N")
    ] = None,
    sample_blobs: Annotated[
        int | None,
        typer.Option(help="List N blobs per container to tell formats; needs a data permission.", min=0, metavar="N"),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Say which permissions the caller has, per source, and read nothing else.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a broken-off scan, or ask again for what failed.")
    ] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> int:
    """Read sources into a snapshot; never writes to them. Exit 3 when something could not be read."""
    if not debug:  # the clients' own warnings run over many lines and say less than the errors they lead to
        logging.getLogger("azure").addHandler(logging.NullHandler())
    from lakezones.config import Settings
    from lakezones.pipeline import store_scan
    from lakezones.scan import ScanSettings, Selection, merge_onto
    from lakezones.scan import scan as run
    from lakezones.scan.journal import discard, unfinished
    from lakezones.store.workspace import Workspace

    started = datetime.now(UTC)
    talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
    ws = Workspace(workspace)
    flags = {"acl_depth": acl_depth, "sample_blobs": sample_blobs, "inventory": tuple(inventory) if inventory else None}
    settings = Settings(ws.overrides, flags={"scan": flags})
    section = settings.section("scan")
    assert isinstance(section, ScanSettings)
    if check:
        return _check(talk, sources, section)
    tables = tuple(name.strip() for name in only.split(",") if name.strip()) if only else ()
    selection = Selection(include=tuple(include or ()), exclude=tuple(exclude or ()), only=tables)
    journal = ws.root / JOURNAL
    if not resume and unfinished(journal):
        talk.say("a broken-off or incomplete scan is there and begins anew; --resume would go on with it")
    try:
        with live(talk.err) as progress:
            result = run(
                sources, settings=section, selection=selection, journal=journal, resume=resume, progress=progress
            )
    except KeyboardInterrupt:
        again = [word for word in sys.argv[1:] if word != "--resume"]
        talk.say(f"what was read is kept; go on with: lakezones {shlex.join([*again, '--resume'])}")
        raise
    if tables and ws.snapshots():
        result = merge_onto(ws.read_facts(), result, tables)
    name = store_scan(ws, result, settings, started=started)
    if result.complete:
        discard(journal)
    summary = {"snapshot": name, **result.summary()}
    talk.result(summary, grid(f"Snapshot {workspace}/snapshots/{name}", ["table", "rows", "state"], _rows(result)))
    for warning in result.warnings:
        talk.say(f"warning: {warning}")
    _tell_losses(talk, result, f"{workspace}/snapshots/{name}")
    return 0 if result.complete else INCOMPLETE


def _check(talk: Talk, sources: list[str], settings: Any) -> int:
    from lakezones.scan import check as run

    checks = run(sources, settings=settings)
    summary = {"complete": all(item.ok for item in checks), "checks": [vars(item) for item in checks]}
    tables = [
        grid(
            source,
            ["read", "state", "permission"],
            [row for item in checks if item.source == source for row in item.rows()],
        )
        for source in dict.fromkeys(item.source for item in checks)
    ]
    talk.result(summary, *tables)
    if missing := sum(not item.ok for item in checks):
        talk.say(
            f"{missing} of {len(checks)} reads are not allowed or not possible; what they are for: docs/scanning.md"
        )
    return 0 if summary["complete"] else INCOMPLETE


def _rows(result: "ScanResult") -> list[list[Any]]:
    from lakezones.model.facts import FACTS
    from lakezones.model.words import counted

    gaps = {row["source"]: row["len"] for row in result.gaps.group_by("source").len().to_dicts()}
    rows: list[list[Any]] = []
    for table in FACTS:
        missing = counted(gaps[table], "gap") if table in gaps else ""
        if table in result.tables:
            rows.append([table, result.tables[table].height, f"incomplete: {missing}" if missing else "complete"])
        else:
            rows.append([table, None, f"not read: {missing}" if missing else "not assessed"])
    return rows


def _tell_losses(talk: Talk, result: "ScanResult", folder: str) -> None:
    import polars as pl

    from lakezones.model.words import counted

    if count := result.rejected.height:
        talk.say(f"{counted(count, 'row')} rejected: {folder}/rejected.csv")
    failed = result.gaps.filter(pl.col("code") != "rejected")
    groups = failed.group_by("source", "code", "reason").len().sort("source", "code", "reason")
    for row in groups.head(SHOWN).to_dicts():
        label, noun = NOUNS.get(row["source"], (row["source"], "item"))
        talk.say(f"gap: {label} not assessed for {counted(row['len'], noun)}: {row['reason']} ({row['code']})")
    if groups.height > SHOWN:
        talk.say(f"gap: {groups.height - SHOWN:,} more kinds, all in {folder}/gaps.parquet")
    if not failed.is_empty():
        talk.say("hint: the same command with --resume asks again for what failed")
    if not result.complete:
        talk.say("hint: plan stops at gaps unless it is run with --accept-gaps")


@contextmanager
def live(console: "Console") -> Iterator[Any]:
    """Progress bars with rate and time left on a terminal; nothing elsewhere."""
    from lakezones.scan.progress import Silent

    if not console.is_terminal or console.quiet:
        yield Silent()
        return
    from rich.progress import Progress

    with Progress(*_columns(console.width), console=console, transient=True) as bars:
        yield Bars(bars)


def _columns(width: int) -> list["ProgressColumn"]:
    """What a line of progress shows: as much of the name as there is room for, and a bar where there is more."""
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.table import Column

    numbers = 13 + 9 + 5 + 4  # "50,000/50,000", "10,000/s", "05:00", and what is between
    name = max(8, min(40, width - numbers))
    bar = min(40, width - numbers - name - 1)
    columns: list[ProgressColumn] = [
        TextColumn("{task.description}", table_column=Column(width=name, no_wrap=True, overflow="ellipsis"))
    ]
    if bar >= 8:
        columns.append(BarColumn(bar_width=bar))
    return [
        *columns,
        TextColumn("{task.fields[count]}", justify="right"),
        TextColumn("{task.fields[rate]}", justify="right"),
        TimeRemainingColumn(compact=True),
    ]


class Bars:
    """Shows tasks as bars of rich; one that is done goes."""

    def __init__(self, bars: Any) -> None:
        self._bars = bars

    @contextmanager
    def task(self, name: str, total: int | None = None) -> Iterator["_Bar"]:
        """A bar for one piece of work."""
        identifier = self._bars.add_task(name, total=total, count="", rate="")
        try:
            yield _Bar(self._bars, identifier, total)
        finally:
            self._bars.remove_task(identifier)


class _Bar:
    """One bar; moves ten times a second at most."""

    def __init__(self, bars: Any, identifier: Any, total: int | None) -> None:
        self._bars = bars
        self._identifier = identifier
        self._total = "" if total is None else f"/{total:,}"
        self._done = 0
        self._shown = 0.0

    def advance(self, steps: int) -> None:
        """Move the bar."""
        self._done += steps
        now = monotonic()
        if now - self._shown < 0.1:
            return
        self._shown = now
        speed = self._bars.tasks[self._bars.task_ids.index(self._identifier)].speed
        self._bars.update(
            self._identifier,
            completed=self._done,
            count=f"{self._done:,}{self._total}",
            rate=f"{speed:,.0f}/s" if speed else "",
        )


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLE)(scan)
