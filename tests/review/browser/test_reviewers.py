"""Two reviewers at once, pages that are loaded again, and what may not be approved unseen."""

from pathlib import Path
from typing import TYPE_CHECKING

from lakezones.pipeline import Workspace
from tests.review.browser.serving import IN_BROWSER, OPEN, copied, press, served, settled

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

pytestmark = IN_BROWSER

POST = """([path, fields]) => fetch(path, {
  method: 'POST', body: new URLSearchParams(fields), headers: {'HX-Request': 'true'},
}).then(answer => answer.text())"""


def test_two_reviewers_at_once_lose_nothing(planted: Path, browser: "Browser", tmp_path: Path) -> None:
    ws = Workspace(copied(planted, tmp_path))
    with served(ws, "sec", "sue") as page:
        base = f"http://127.0.0.1:{page.server.port}"
        tabs = {who: page.tab(browser, who) for who in ("sec", "sue")}
        for tab in tabs.values():
            tab.goto(f"{base}/?kind=role&risk=low&reviewer=")
            press(tab, "o")
        for _ in range(5):
            for who, keys in (("sec", ("a",)), ("sue", ("d", "2"))):
                press(tabs[who], *keys)
        for who, verdict in (("sec", "approve"), ("sue", "deny")):
            settled(tabs[who])
            assert [draft["decision"] for draft in page.drafts(who)] == [verdict] * 5
        # Both submit; the same roles are approved by one and denied by the other, and both records are there.
        for tab in tabs.values():
            tab.keyboard.press("s")
            tab.wait_for_url(f"{base}/submit")
            tab.locator("#ticket").fill("CHG0012345")
            tab.get_by_role("button", name="Submit 5 decisions").click()
            tab.get_by_role("heading", name="5 decisions submitted").wait_for()
        said = [(one["decision"], one["reviewer"]) for one in ws.read_records() if one["kind"] == "decision"]
        assert sorted(said) == [("approve", "sec")] * 5 + [("deny", "sue")] * 5
        tabs["sec"].goto(f"{base}/history")
        assert tabs["sec"].locator("#records tr").count() >= 10
        assert [tab.problems for tab in tabs.values()] == [[], []]  # type: ignore[attr-defined]


def test_loading_again_loses_nothing(planted: Path, browser: "Browser", tmp_path: Path) -> None:
    with served(Workspace(copied(planted, tmp_path)), "sec") as page:
        tab = page.tab(browser, "sec")
        tab.goto(f"http://127.0.0.1:{page.server.port}/?kind=role&risk=low&reviewer=")
        press(tab, "o")
        press(tab, "a")
        press(tab, "a")
        item, address = tab.evaluate(OPEN), tab.url
        tab.reload()
        assert tab.locator("#status").inner_text().count("Submit 2 pending") == 1
        assert tab.locator(".pendingmark").count() == 2
        tab.goto(address)
        assert item is not None
        # Going back through what was open shows whole pages, with what is pending as it is now.
        tab.goto(f"http://127.0.0.1:{page.server.port}/history")
        tab.go_back()
        assert tab.locator("#status").inner_text().count("Submit 2 pending") == 1
        assert tab.locator("header.top").count() == 1


def test_leaving_with_pending_work_asks(planted: Path, browser: "Browser", tmp_path: Path) -> None:
    with served(Workspace(copied(planted, tmp_path)), "sec") as page:
        tab = page.tab(browser, "sec")
        asked: list[str] = []
        tab.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        tab.goto(f"http://127.0.0.1:{page.server.port}/?kind=role&risk=low&reviewer=")
        press(tab, "o")
        press(tab, "a")
        tab.get_by_role("link", name="History").click()
        tab.wait_for_url("**/history")
        assert asked == []
        tab.get_by_role("link", name="Worklist").click()
        tab.locator("#rows").wait_for()
        tab.wait_for_timeout(2100)  # a step inside the page is allowed for two seconds
        tab.locator("#count").click()
        other = browser.new_context().new_page()  # to wait in, while the first one asks
        tab.close(run_before_unload=True)
        for _ in range(100):
            if asked:
                break
            other.wait_for_timeout(50)
        assert asked == ["beforeunload"]


def test_waiting_and_a_server_that_is_gone_are_shown(planted: Path, browser: "Browser", tmp_path: Path) -> None:
    with served(Workspace(copied(planted, tmp_path)), "sec") as page:
        tab = page.tab(browser, "sec")
        tab.goto(f"http://127.0.0.1:{page.server.port}/?kind=role&risk=low&reviewer=")
        press(tab, "o")
        item = tab.evaluate(OPEN)
        held: list[Route] = []
        tab.route("**/drafts", lambda route: held.append(route))
        tab.keyboard.press("a")
        tab.locator("#waiting").wait_for(state="visible")
        tab.keyboard.press("a")  # the answer is not there: a second press decides nothing more
        assert "Still loading" in tab.locator("#said").inner_text()
        held[0].abort()
        tab.locator("#waiting").wait_for(state="hidden")
        assert "nothing was recorded" in tab.locator("#said").inner_text()
        assert len(held) == 1
        assert tab.evaluate(OPEN) == item
        assert page.drafts("sec") == []
        tab.unroute("**/drafts")
        press(tab, "a")
        assert len(page.drafts("sec")) == 1


def test_a_visit_that_has_ended_says_so(planted: Path, browser: "Browser", tmp_path: Path) -> None:
    with served(Workspace(copied(planted, tmp_path)), "sec") as page:
        tab = page.tab(browser, "sec")
        tab.goto(f"http://127.0.0.1:{page.server.port}/?kind=role&risk=low&reviewer=")
        press(tab, "o")
        tab.context.clear_cookies()
        tab.keyboard.press("a")
        tab.locator("#detail .problem").wait_for()
        assert "Nothing was recorded by this press." in tab.locator("#detail").inner_text()
        with tab.expect_response("**/?*"):  # a filter that is refused leaves the list as it is
            tab.locator("#q").fill("desk")
        tab.wait_for_timeout(200)
        assert tab.locator("#rows > .row").count() > 0
        # Text that comes as text is never read as HTML, whatever is in it.
        text = "no role <img src=x onerror=alert(1)>"
        tab.route("**/items/**", lambda route: route.fulfill(status=503, content_type="text/plain", body=text))
        tab.locator("#rows .row > a").nth(1).click()
        tab.get_by_text("onerror=alert(1)").wait_for()
        assert tab.locator("#detail img").count() == 0
        assert page.drafts("sec") == []


def test_high_risk_is_not_approved_unopened(planted: Path, browser: "Browser", tmp_path: Path) -> None:
    with served(Workspace(copied(planted, tmp_path)), "sec") as page:
        tab = page.tab(browser, "sec")
        tab.goto(f"http://127.0.0.1:{page.server.port}/?kind=role&risk=high&reviewer=")
        rows = tab.locator("#rows > .row")
        assert rows.count() > 0
        assert rows.locator("input[name=item]").count() == 0
        # `a` on a row that is not open opens it, and approves nothing.
        tab.keyboard.press("a")
        tab.wait_for_function(f"() => ({OPEN}) !== null")
        assert page.drafts("sec") == []
        # Nor does the server take it from somebody who never opened it, alone or with others.
        item = rows.nth(1).get_attribute("data-item") or ""
        kind, _, object_id = item.partition("/")
        seen = page.desk.state().by_key[kind, object_id]["content_hash"]
        fields = {"kind": kind, "id": object_id, "content_hash": seen, "verdict": "approve", "option": "proposed"}
        tab.evaluate(POST, ["/drafts", {**fields, "part_kind": "", "next": "", "query": ""}])
        tab.evaluate(POST, ["/drafts/bulk", {"item": item, "verdict": "approve", "query": "", "shown": ""}])
        assert page.drafts("sec") == []
