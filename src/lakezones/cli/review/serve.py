"""`lakezones review serve`: the review as a local web page."""

import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from lakezones.cli.common import command
from lakezones.cli.review.group import app
from lakezones.cli.talk import Talk, as_document, printable

if TYPE_CHECKING:
    from lakezones.pipeline import Workspace
    from lakezones.review.serve.server import ReviewServer


@command(app, "lakezones review serve -w lake --reviewer ana.doe@bank.example")
def serve(
    talk: Talk,
    ws: "Workspace",
    reviewer: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Who reviews: name, mail address or id; may be repeated."),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 is any free one.")] = 0,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
) -> None:
    """Serve the review as a web page of this machine, until Ctrl-C; prints an address per reviewer, good for once."""
    from lakezones.pipeline.serving import review_server

    with talk.status("loading the proposal"):
        server = review_server(ws, reviewer or [], port=port)
    try:
        addresses = {name: server.invite(principal) for principal, name in server.reviewers.items()}
        show(talk, addresses)
        if not no_open and len(addresses) == 1 and sys.stdout.isatty():
            import webbrowser

            webbrowser.open(next(iter(addresses.values())))
        if sys.stdin is not None and sys.stdin.isatty():
            talk.say("each address works once; press Enter for new ones, Ctrl-C to end")
            threading.Thread(target=ask_again, args=(talk, server), daemon=True).start()
        else:
            talk.say("each address works once; Ctrl-C ends the server")
        server.run()
    except KeyboardInterrupt:  # before the server had begun to answer
        pass
    talk.say("ended; what is not submitted is kept and shown the next time")


def show(talk: Talk, addresses: dict[str, str]) -> None:
    """A line per reviewer, or one JSON document."""
    if talk.as_json:
        print(as_document({"addresses": addresses}), flush=True)
        return
    for name, address in addresses.items():
        print(f"{printable(name)}: {address}", flush=True)


def ask_again(talk: Talk, server: "ReviewServer") -> None:
    """New addresses each time somebody presses Enter; earlier ones end."""
    for _ in sys.stdin:
        show(talk, {name: server.invite(principal) for principal, name in server.reviewers.items()})
