"""The review page of a workspace: its reviewers, its drafts, and the server that shows them.

In: a workspace and names of reviewers. Out: a server; everything it writes goes through the workspace.
"""

import getpass
from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from lakezones.errors import UsageError
from lakezones.model.identity import plain
from lakezones.pipeline.reviewing import Reviewing
from lakezones.review.people import People
from lakezones.store.pending import Pending

if TYPE_CHECKING:
    from lakezones.review.serve.server import ReviewServer


def review_server(ws: Reviewing, names: Sequence[str], *, port: int = 0) -> "ReviewServer":
    """A server for reviewers of the proposal in a workspace; it listens, and answers once it runs.

    Parameters
    ----------
    names
        The reviewers, however they spell themselves; whoever is logged in on this machine where there are none.
    port
        Port to listen on; 0 for any that is free.

    Raises
    ------
    MissingStageError
        If nothing has been proposed.
    UsageError
        If a reviewer is unknown, ambiguous, disabled or no person.
    """
    ws.check_fresh("proposal")
    reviewers = find_reviewers(ws, names)
    from lakezones.review.serve.server import ReviewServer

    return ReviewServer(WorkspaceDesk(ws), reviewers, port=port)


def find_reviewers(ws: Reviewing, names: Sequence[str]) -> dict[str, str]:
    """Name by id of the people whom the names mean, in their order.

    Raises
    ------
    UsageError
        If one of them may not review; says why.
    """
    hint = "say who reviews, as the directory names them: --reviewer 'Ana Doe', or their mail address or id"
    facts = ws.facts_used({"principals": pl.lit(value=True)})
    given = list(names) or [getpass.getuser()]
    found: dict[str, str] = {}
    people = People(facts.table("principals")) if facts.assessed("principals") else None
    labels = dict(facts.table("principals").select("principal_id", "name").iter_rows())
    for name in given:
        spelled = " ".join(name.split())
        if not plain(spelled):
            raise UsageError("a reviewer has no name", hint=hint)
        if people is None:
            found[spelled] = spelled
            continue
        if why := people.misfit(spelled):
            whose = "" if names else " (the user of this machine, as no --reviewer is given)"
            raise UsageError(f"{why}{whose}", hint=hint)
        principal = people.label(people.find(spelled)[0])
        found[principal] = labels.get(principal) or principal
    return found


class WorkspaceDesk:
    """A workspace as the page sees it; see `lakezones.review.serve.desk.Desk`.

    Parameters
    ----------
    ws
        The workspace.
    """

    def __init__(self, ws: Reviewing) -> None:
        self._ws = ws
        self.pending = Pending(ws.root)
