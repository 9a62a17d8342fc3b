"""`lakezones review signoff`: what was decided on in a domain, to be printed and signed."""

from typing import TYPE_CHECKING, Annotated

import typer

from lakezones.cli.common import command
from lakezones.cli.review.group import app
from lakezones.cli.talk import Talk, grid

if TYPE_CHECKING:
    from lakezones.pipeline import Workspace


@command(app, "lakezones review signoff --domain payments -w lake")
def signoff(
    talk: Talk,
    ws: "Workspace",
    domain: Annotated[
        str | None, typer.Option(metavar="NAME", help="A domain; by default every one in which something was decided.")
    ] = None,
) -> None:
    """Write a page per domain: what was decided, by whom, and the proofs that it is in the audit log."""
    from lakezones.pipeline.signoffs import write_signoffs

    with talk.status("writing sign-offs"):
        pages = write_signoffs(ws, domain)
    rows = [[name, str(path)] for name, path in pages.items()]
    talk.result(
        {"signoffs": {name: str(path) for name, path in pages.items()}}, grid("Sign-offs", ["domain", "page"], rows)
    )
