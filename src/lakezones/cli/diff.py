"""`lakezones diff`: what changed between two workspaces."""

from pathlib import Path
from typing import Annotated

import typer

from lakezones.cli.common import STYLE, command
from lakezones.cli.talk import Talk, grid

app = typer.Typer(**STYLE)


@command(app, "lakezones diff lake-march lake-june --fail-on gained")
def diff(
    talk: Talk,
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A workspace.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Another workspace.")],
    fail_on: Annotated[
        list[str] | None, typer.Option(help="gained, lost, containers or any: exit 4 when there is such a change.")
    ] = None,
) -> int:
    """Compare the access of two workspaces: pairs gained and lost per lane, containers new and gone."""
    from lakezones.access import compare
    from lakezones.errors import UsageError
    from lakezones.pipeline import Workspace

    if unknown := [word for word in fail_on or [] if word not in compare.CHANGES]:
        raise UsageError(f"--fail-on {unknown[0]} is not known", hint="use " + ", ".join(compare.CHANGES))
    changes = compare.compare(Workspace(old).read_access(), Workspace(new).read_access())
    rows = [[lane, counts["gained"], counts["lost"]] for lane, counts in changes["pairs"].items()]
    talk.result(
        changes,
        grid("Person-and-container pairs", ["lane", "gained", "lost"], rows),
        grid("Containers", ["new", "gone"], [[changes["containers_new"], changes["containers_gone"]]]),
    )
    found = compare.kinds_of_change(changes)
    if failed := [word for word in fail_on or [] if word in found]:
        talk.say(f"--fail-on {failed[0]}: there is such a change")
        return 4
    return 0
