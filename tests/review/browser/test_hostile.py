"""Names that mean harm are text wherever they are shown."""

from pathlib import Path
from typing import TYPE_CHECKING

from lakezones.pipeline import Workspace
from tests.review.browser.serving import IN_BROWSER, copied, press, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = IN_BROWSER


def test_hostile_names_are_text(hostile: Path, browser: "Browser", tmp_path: Path) -> None:
    ws = Workspace(copied(hostile, tmp_path))
    with served(ws, "sec") as page:
        base = f"http://127.0.0.1:{page.server.port}"
        tab = page.tab(browser, "sec")
        requests: list[str] = []
        dialogs: list[str] = []
        tab.on("request", lambda request: requests.append(request.url))
        tab.on("dialog", lambda dialog: (dialogs.append(dialog.type), dialog.accept()))
        keys = list(page.desk.state().by_key)
        for kind, object_id in keys[:60]:
            tab.goto(f"{base}/items/{kind}/{object_id}?reviewer=")
            assert tab.locator("#detail .item").count() == 1, (kind, object_id)
            assert tab.locator("main img").count() == 0
        tab.goto(f"{base}/?kind=role&reviewer=")
        press(tab, "o")
        assert "onerror=alert" in tab.locator("#detail").inner_text()
        assert "[U+202E]" in tab.locator("#detail").inner_text()  # what turns a name round is named
        press(tab, "d", "1")
        for path in (
            "/submit",
            "/history",
            "/campaign",
            "/items/role/%3Cscript%3E",
            "/?q=%3Cscript%3Ealert(1)%3C/script%3E",
        ):
            tab.goto(base + path)
            assert tab.locator("main img, main script").count() == 0
        problems = [each for each in tab.problems if "404" not in each]  # type: ignore[attr-defined]
        assert problems == []
        assert set(dialogs) <= {"beforeunload"}  # of the page itself, which asks before it is left
        assert all(url.startswith((base, "data:")) for url in requests)
