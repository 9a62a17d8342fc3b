"""The review page in Chromium with 500 roles: the first view, and the page's own time of a decision.

In: nothing; a lake of 500 teams is made and proposed. Out: a row per measurement, in milliseconds. Time of the server
and of reading is not the page's: a decision is from the key to the request, and from the answer to what is painted.
"""

import tempfile
from pathlib import Path
from statistics import median, quantiles

from lakezones.pipeline import Workspace
from tests.review.browser.conftest import proposed
from tests.review.browser.lakes import teams
from tests.review.browser.serving import CHROMIUM, press, served

DECISIONS = 100


def main() -> list[dict[str, object]]:
    """First view and decisions, each with its target."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        ws = Workspace(proposed(Path(folder), teams(500, size=3, boxes=1)))
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        with served(ws, "sec") as page:
            tab = page.tab(browser, "sec")
            views = []
            for _ in range(10):
                tab.goto(f"http://127.0.0.1:{page.server.port}/?kind=role&reviewer=")
                views.append(tab.evaluate("() => performance.getEntriesByType('navigation')[0].loadEventEnd"))
            press(tab, "o")
            for number in range(DECISIONS):
                press(tab, *(("d", "1") if number % 5 == 3 else ("a",)))
            times = tab.evaluate("() => performance.getEntriesByName('decide:page').map(each => each.duration)")
        browser.close()
    return [_row("first view", views, 1000), _row("decision, the page's own time", times, 300)]


def _row(what: str, times: list[float], target: int) -> dict[str, object]:
    return {
        "what": what,
        "times": len(times),
        "median_ms": round(median(times)),
        "p95_ms": round(quantiles(times, n=20)[-1]),
        "longest_ms": round(max(times)),
        "target_ms": target,
    }
