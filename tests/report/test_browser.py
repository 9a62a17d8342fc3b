"""The page in Chromium: it shows, logs no error and asks the network for nothing."""

import shutil
from pathlib import Path

import pytest

from tests.journey import golden_lake

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)"),
]


@pytest.mark.parametrize("width", [1200, 420])
def test_the_page_in_a_browser(width: int, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    address = (golden_lake() / "report" / "index.html").resolve().as_uri()
    problems: list[str] = []
    requests: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            tab = browser.new_page(viewport={"width": width, "height": 900})
            tab.on("console", lambda message: problems.append(message.text))
            tab.on("pageerror", lambda error: problems.append(str(error)))
            tab.on("request", lambda request: requests.append(request.url))
            tab.goto(address)
            assert tab.locator("h1").is_visible()
            assert tab.locator("svg").count() == 3
            tab.locator("details:not([open]) summary").first.click()
            tab.get_by_role("link", name="Proof").click()
            assert "holds" in tab.locator("#proof").inner_text()
            overflow = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        finally:
            browser.close()
    assert problems == []
    assert {url.split("#")[0] for url in requests} == {address}
    assert overflow <= 0, f"the page is {overflow} px wider than the window"
