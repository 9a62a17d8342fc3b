"""`lakezones diff`: what changed between two workspaces or two snapshots of one."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lakezones.cli.common import (
    DebugOption,
    JsonOption,
    QuietOption,
    Talk,
    VerboseOption,
    grid,
)

CONDITIONS = ("gained", "lost", "containers", "any")


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A workspace.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Another workspace.")],
    fail_on: Annotated[
        list[str] | None, typer.Option(help="gained, lost, containers or any: exit 4 when there is such a change.")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> int:
    """Compare the access of two workspaces: pairs gained and lost per lane, containers new and gone."""
    del debug
    from lakezones import access, pipeline
    from lakezones.errors import UsageError
    from lakezones.store.workspace import Workspace

    if unknown := [word for word in fail_on or [] if word not in CONDITIONS]:
        raise UsageError(f"--fail-on {unknown[0]} is not known", hint="use " + ", ".join(CONDITIONS))
    before, after = (pipeline.read_access(Workspace(path)) for path in (old, new))
    changes: dict[str, Any] = access.compare(before, after)
    talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
    rows = [[lane, counts["gained"], counts["lost"]] for lane, counts in changes["pairs"].items()]
    talk.result(
        changes,
        grid("Person-and-container pairs", ["lane", "gained", "lost"], rows),
        grid("Containers", ["new", "gone"], [[changes["containers_new"], changes["containers_gone"]]]),
    )
    happened = {
        "gained": any(c["gained"] for c in changes["pairs"].values()),
        "lost": any(c["lost"] for c in changes["pairs"].values()),
        "containers": bool(changes["containers_new"] or changes["containers_gone"]),
    }
    happened["any"] = any(happened.values())
    failed = [word for word in fail_on or [] if happened[word]]
    if failed:
        talk.say(f"--fail-on {failed[0]}: there is such a change")
        return 4
    return 0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: lakezones diff lake-march lake-june --fail-on gained")(diff)
