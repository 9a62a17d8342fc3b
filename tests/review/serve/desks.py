"""Desks and browsers for tests: the golden lake, proposed, with two people who may review."""

import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from lakezones.pipeline import Workspace
from lakezones.pipeline.serving import WorkspaceDesk
from lakezones.review.serve.app import application
from lakezones.review.serve.sessions import Sessions
from tests.golden import CAPTURE
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
