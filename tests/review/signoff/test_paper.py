"""A sign-off in Chromium: on A4, on a screen and on a phone, with hostile names, offline, accessible."""

import json
import re
import shutil
from pathlib import Path

import pytest

from lakezones.review.signoff import page
from tests.review.signoff.decided import PEOPLE, gather, items, log, point

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)"),
]


@pytest.mark.parametrize("domain", ["payments", list(PEOPLE)[2]], ids=["plain", "hostile"])
def test_a_sign_off_is_read_and_printed(domain: str, tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    file = tmp_path / "signoff.html"
    file.write_text(page(gather(domain, log(), point(log()), items=items())), "utf-8")
    problems: list[str] = []
    requests: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            for width in (1440, 390):
                tab = browser.new_page(viewport={"width": width, "height": 900})
                tab.on("console", lambda message: problems.append(message.text))
                tab.on("pageerror", lambda error: problems.append(str(error)))
                tab.on("dialog", lambda dialog: problems.append(dialog.message))
                tab.on("request", lambda request: requests.append(request.url))
                tab.goto(file.as_uri())
                assert domain in tab.locator("h1").inner_text()
                assert tab.locator("script").count() == 1
                overflow = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert overflow <= 0, f"the page is {overflow} px wider than {width}"
                found = Axe().run(tab).response["violations"]
                serious = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
                assert serious == []
                tab.close()
            tab = browser.new_page()
            tab.goto(file.as_uri())
            paper = tab.pdf(prefer_css_page_size=True)
        finally:
            browser.close()
    assert problems == []
    assert {url for url in requests if not url.startswith("data:")} == {file.as_uri()}
    boxes = {tuple(round(float(side)) for side in box.split()) for box in re.findall(rb"/MediaBox \[([^\]]+)\]", paper)}
    assert boxes <= {(0, 0, 595, 842), (0, 0, 596, 842)}, boxes
    assert json.loads(re.findall(r'id="signoff">(.*)</script>', file.read_text("utf-8"))[0])["domain"] == domain
