"""Every page without a serious fault of accessibility, light and dark, wide and narrow."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from lakezones.pipeline import Workspace
from tests.review.browser.serving import IN_BROWSER, copied, press, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = IN_BROWSER


def faults(tab: "Page") -> list[tuple[str, str]]:
    """What axe-core finds that is serious or critical."""
    axe: Any = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(tab).response["violations"]
    return [(each["id"], each["nodes"][0]["html"][:160]) for each in found if each["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_has_a_serious_fault(
    scheme: Literal["light", "dark"], width: int, planted: Path, browser: "Browser", tmp_path: Path
) -> None:
    ws = Workspace(copied(planted, tmp_path))
    wrong: dict[str, list[tuple[str, str]]] = {}
    with served(ws, "sec") as page:
        base = f"http://127.0.0.1:{page.server.port}"
        tab = page.tab(browser, "sec", color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)

        def look(name: str) -> None:
            wrong[name] = faults(tab)
            wider = tab.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, f"{name} is {wider} px wider than the window"

        tab.goto(f"{base}/?reviewer=")
        look("worklist")
        kinds: dict[str, str] = {}
        for kind, object_id in page.desk.state().by_key:
            kinds.setdefault(kind, object_id)
        for kind, object_id in kinds.items():
            tab.goto(f"{base}/items/{kind}/{object_id}?reviewer=")
            look(kind)
        tab.goto(f"{base}/items/role/{kinds['role']}?reviewer=")
        for opener in ("d", "e"):
            tab.locator(f"[data-key={opener}]").click()
            look(f"role, {opener}")
        tab.goto(f"{base}/?kind=role&risk=low&reviewer=")
        if width > 720:
            press(tab, "o")
            press(tab, "a")
            look("pending")
            tab.keyboard.press("?")
            look("keys")
        for path in ("/submit", "/history", "/campaign", "/items/role/none"):
            tab.goto(base + path)
            look(path)
    assert {name: found for name, found in wrong.items() if found} == {}
