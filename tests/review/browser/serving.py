"""The real server on a free port of the loopback interface, and Chromium in front of it."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from lakezones.model.frames import Facts
from lakezones.pipeline import Workspace
from lakezones.pipeline.serving import WorkspaceDesk, find_reviewers
from lakezones.review.serve.server import ReviewServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
IN_BROWSER = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)"),
]
OPEN = "document.querySelector('#detail .item')?.dataset.item ?? null"


class LeftSince(Workspace):
    """A workspace from whose directory people have left since the proposal was made."""

    leavers: frozenset[str] = frozenset()

    def facts_used(self, only: Any = None) -> Facts:
        """The facts, with their accounts disabled."""
        import dataclasses

        facts = super().facts_used(only)
        if facts.principals is None:
            return facts
        gone = pl.col("principal_id").is_in(list(self.leavers))
        enabled = pl.when(gone).then(pl.lit(value=False)).otherwise(pl.col("enabled")).alias("enabled")
        return dataclasses.replace(facts, principals=facts.principals.with_columns(enabled))


class Served:
    """A review page that answers, until the test ends."""

    def __init__(self, ws: Workspace, names: list[str]) -> None:
        self.desk = WorkspaceDesk(ws)
        self.server = ReviewServer(self.desk, find_reviewers(ws, names))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()

    def end(self) -> None:
        """Stop answering."""
        self.server._server.should_exit = True
        self.thread.join(timeout=10)

    def tab(self, browser: "Browser", reviewer: str, **context: Any) -> "Page":
        """A tab of a browser of the reviewer's own, at the worklist; what its console says is kept in `problems`."""
        made = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **context})
        tab = made.new_page()
        problems: list[str] = []
        tab.on("console", lambda message: problems.append(message.text))
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.problems = problems  # type: ignore[attr-defined]
        tab.goto(self.server.invite(reviewer))
        return tab

    def drafts(self, reviewer: str) -> list[dict[str, Any]]:
        """What is pending, as the server keeps it."""
        return self.desk.pending.drafts(reviewer)


@contextmanager
def served(ws: Workspace, *names: str) -> Iterator[Served]:
    """A review page of a workspace for reviewers."""
    made = Served(ws, list(names))
    try:
        yield made
    finally:
        made.end()


def press(tab: "Page", *keys: str) -> None:
    """Press keys, and wait until another item is open."""
    before = tab.evaluate(OPEN)
    for key in keys:
        tab.keyboard.press(key)
    tab.wait_for_function(f"before => ({OPEN}) !== before && !document.querySelector('#detail[aria-busy]')", arg=before)


def settled(tab: "Page") -> None:
    """Wait until no request is under way."""
    tab.wait_for_function("() => !document.querySelector('#detail[aria-busy]')")


def copied(lake: Path, folder: Path) -> Path:
    """A copy of a workspace that may be written to."""
    return Path(shutil.copytree(lake, folder / "lake"))
