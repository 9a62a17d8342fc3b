"""`lakezones review status`: how far the review is."""

from typing import TYPE_CHECKING

from lakezones.cli.common import command
from lakezones.cli.review.group import app
from lakezones.cli.talk import Talk, key_values

if TYPE_CHECKING:
    from lakezones.pipeline import Workspace


@command(app, "lakezones review status -w lake --json")
def status(talk: Talk, ws: "Workspace") -> None:
    """Show how far the review is."""
    summary = ws.review_status()
    talk.result(summary, key_values("Review", summary))
