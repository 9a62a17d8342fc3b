"""One browser, and each lake proposed once, for all tests of the review page."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.journey import run
from tests.review.browser.lakes import DEFECTS, Team, policies, teams, write_capture
from tests.review.browser.serving import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Chromium as Debian ships it, for a module: while it runs, no test of this process may start an event loop."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield made
        made.close()


def proposed(folder: Path, lake: Sequence[Team]) -> Path:
    """A workspace of a lake of teams, taken through the stages by the command line."""
    write_capture(folder / "capture", lake)
    root = folder / "lake"
    root.mkdir()
    (root / "lakezones.toml").write_text(policies(lake), "utf-8")
    for words in (["scan", folder / "capture"], ["access"], ["propose"]):
        ran = run(*words, "-w", root)
        assert ran.code == 0, ran.err
    return root


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty teams with one thing wrong in each."""
    return proposed(tmp_path_factory.mktemp("planted"), teams(60, defects=DEFECTS))


@pytest.fixture(scope="session")
def plenty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five hundred teams."""
    return proposed(tmp_path_factory.mktemp("plenty"), teams(500, size=3, boxes=1))


HOSTILE = "<img src=x onerror=alert(1)>\"'`{{7*7}}=cmd|' /C calc'!A0\u202e"


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six teams whose names mean harm."""
    return proposed(tmp_path_factory.mktemp("hostile"), teams(6, defects=DEFECTS, prefix=HOSTILE))
