"""Desks and browsers for tests: the golden lake, proposed, with two people who may review."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from lakezones.model.frames import Proposal, frames_of
from lakezones.model.outputs import Outputs
from lakezones.model.tables import Findings
from lakezones.pipeline import Workspace
from lakezones.pipeline.serving import WorkspaceDesk
from lakezones.review.serve.app import application
from lakezones.review.serve.sessions import Sessions
from tests.golden import CAPTURE
from tests.review.lake import ROLES, SmallLake
from tests.review.lake import lake as small_lake
from tests.review.lake import proposed as proposed_by_hand
from tests.review.serve.client import Client

PORT = 4711


@cache
def proposed() -> Path:
    """A workspace of the golden lake with a proposal; made once, and never written to again."""
    ws = Workspace(mkdtemp())
    ws.scan(str(CAPTURE))
    ws.access()
    ws.propose()
    return ws.root


def lake(folder: Path) -> Workspace:
    """A copy of the golden lake that may be written to."""
    return Workspace(shutil.copytree(proposed(), folder / "lake"))


def people(ws: Workspace) -> dict[str, str]:
    """Names by id of everybody who may review, sorted by id."""
    directory = ws.facts_used({"principals": None}).table("principals").sort("principal_id")
    rows = directory.select("principal_id", "kind", "name", "enabled").iter_rows()
    return {one: name or one for one, kind, name, enabled in rows if kind == "user" and enabled is not False}


def browsers(desk: WorkspaceDesk, reviewers: dict[str, str]) -> list[Client]:
    """A browser for each reviewer, entered."""
    sessions = Sessions(list(reviewers))
    app = application(desk, sessions, reviewers=reviewers, port=PORT)
    found = []
    for one in reviewers:
        client = Client(app, port=PORT)
        assert client.get(f"/enter?token={sessions.invite(one)}", {"sec-fetch-site": "none"}).status == 303
        found.append(client)
    return found


@dataclass(frozen=True)
class Handmade:
    """A workspace whose proposal is made by hand: `tests.review.lake`, one role for each thing that may be wrong."""

    ws: Workspace

    def propose(self, proposal: Proposal) -> None:
        """Make this the proposal of the workspace."""
        frames = {**frames_of(proposal), "findings": Findings.create_empty()}
        self.ws.write_stage("proposal", Outputs(frames=frames, documents={"summary": {}}), inputs=["access"])

    def grow(self, **more: str) -> None:
        """Propose again, with one more person in each of the roles that are named."""
        roles = {
            name: (people + ((more[name],) if name in more else ()), reach) for name, (people, reach) in ROLES.items()
        }
        self.propose(proposed_by_hand(self.ws.facts_used(), self.ws.read_access(), roles))


def handmade(folder: Path, change: Callable[[SmallLake], SmallLake] = lambda lake: lake) -> Handmade:
    """A workspace with the lake that is made by hand, changed before it is written."""
    small, made = change(small_lake()), Handmade(Workspace(folder / "lake"))
    tables = {name: frame for name, frame in frames_of(small.facts).items() if name != "gaps"}
    made.ws.write_snapshot(tables, as_of=small.facts.as_of)
    made.ws.access()
    made.propose(small.proposal)
    return made
