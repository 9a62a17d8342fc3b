"""`lakezones scan`: read a storage account, Azurite or a capture folder into a snapshot."""

import logging
import shlex
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lakezones.cli.common import STYLE, command
from lakezones.cli.talk import Talk, grid

if TYPE_CHECKING:
    from lakezones.pipeline import Workspace
    from lakezones.scan import ScanResult, ScanSettings

app = typer.Typer(**STYLE)
INCOMPLETE = 3
SHOWN = 20
NOUNS = {
    "acls": ("ACLs", "container"),
    "stored_policies": ("stored policies", "container"),
    "memberships": ("memberships", "group"),
    "principals": ("principals", "principal"),
}
"""How gaps of a table are named, and what one of them is."""


Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE...",
        help="https://ACCOUNT.blob.core.windows.net, azurite, or a capture folder; several at once.",
    ),
]
Include = Annotated[
    list[str] | None, typer.Option(help="Read only containers that match; may be repeated.", metavar="GLOB")
]
Exclude = Annotated[
    list[str] | None, typer.Option(help="Leave out containers that match; may be repeated.", metavar="GLOB")
]
Only = Annotated[
    str | None,
    typer.Option(help="Read these tables again and keep the rest of the last snapshot.", metavar="TABLE,..."),
]
Inventory = Annotated[
    list[str] | None,
    typer.Option(help="Container, or prefix in it, with blob inventory reports; may be repeated.", metavar="ADDRESS"),
]
AclDepth = Annotated[
    int | None, typer.Option(help="Levels of folders whose ACLs are read; 0 is roots alone.", min=0, metavar="N")
]
SampleBlobs = Annotated[
    int | None,
    typer.Option(help="List N blobs per container to see formats; needs a data permission.", min=0, metavar="N"),
]
Check = Annotated[
    bool, typer.Option("--check", help="Say which permissions the caller has, per source, and read nothing else.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Continue an unfinished scan, or try failed reads again.")]


@command(app, "lakezones scan azurite ./capture -w lake")
def scan(
    talk: Talk,
    ws: "Workspace",
    sources: Sources,
    include: Include = None,
    exclude: Exclude = None,
    only: Only = None,
    inventory: Inventory = None,
    acl_depth: AclDepth = None,
    sample_blobs: SampleBlobs = None,
    check: Check = False,
    resume: Resume = False,
) -> int:
    """Read sources into a snapshot; never writes to them. Exit 3 when something could not be read."""
    if "--debug" not in sys.argv:  # the clients' own warnings take many lines and say less than the errors after them
        logging.getLogger("azure").addHandler(logging.NullHandler())
    from lakezones.cli.progress import live
    from lakezones.scan import Selection

    flags = {"acl_depth": acl_depth, "sample_blobs": sample_blobs, "inventory": tuple(inventory) if inventory else None}
    settings = ws.settings(scan=flags)
    if check:
        return _check(talk, sources, settings.scan)
    tables = tuple(name.strip() for name in only.split(",") if name.strip()) if only else ()
    selection = Selection(include=tuple(include or ()), exclude=tuple(exclude or ()), only=tables)
    if not resume and ws.unfinished_scan():
        talk.say("unfinished scan found; starting again (--resume would continue it)")
    try:
        with live(talk.err) as progress:
            result = ws.scan(*sources, settings=settings, selection=selection, resume=resume, progress=progress)
    except KeyboardInterrupt:
        again = [word for word in sys.argv[1:] if word != "--resume"]
        talk.say(f"what was read is kept; continue with: lakezones {shlex.join([*again, '--resume'])}")
        raise
    return _say_what_was_read(talk, result, ws.current_snapshot(), f"{ws.root}/snapshots")


def _say_what_was_read(talk: Talk, result: "ScanResult", name: str, snapshots: str) -> int:
    """The tables and what is missing in them; gives the exit code."""
    folder = f"{snapshots}/{name}"
    talk.result(
        {"snapshot": name, **result.summary()}, grid(f"Snapshot {folder}", ["table", "rows", "state"], _rows(result))
    )
    for warning in result.warnings:
        talk.say(f"warning: {warning}")
    _say_what_is_missing(talk, result, folder)
    return 0 if result.complete else INCOMPLETE


def _check(talk: Talk, sources: list[str], settings: "ScanSettings") -> int:
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


def _say_what_is_missing(talk: Talk, result: "ScanResult", folder: str) -> None:
    from lakezones.model.words import counted

    if count := result.rejected.height:
        talk.say(f"{counted(count, 'row')} rejected: {folder}/rejected.csv")
    failed = result.failed_reads()
    for row in failed[:SHOWN]:
        label, noun = NOUNS.get(row["source"], (row["source"], "item"))
        talk.say(f"gap: {label} not assessed for {counted(row['len'], noun)}: {row['reason']} ({row['code']})")
    if len(failed) > SHOWN:
        talk.say(f"gap: {len(failed) - SHOWN:,} more kinds, all in {folder}/gaps.parquet")
    if failed:
        talk.say("hint: the same command with --resume tries the failed reads again")
    if not result.complete:
        talk.say("hint: plan stops at gaps unless it is run with --accept-gaps")
