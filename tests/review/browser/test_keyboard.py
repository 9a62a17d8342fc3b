"""Five hundred roles by keyboard alone, at most three key presses a decision; the first fifty with every test run."""

import json
from collections import Counter
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

import pytest

from lakezones.pipeline import Workspace
from tests.review.browser.serving import IN_BROWSER, OPEN, copied, press, served, settled

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = IN_BROWSER

WAYS = (("a",), ("a",), ("a",), ("d", "1"), ("a",))
"""Keys of decisions, in turns: approve, approve, approve, deny with the first reason, approve."""


@pytest.mark.parametrize("many", [50, pytest.param(500, marks=pytest.mark.torture)])
def test_roles_by_keyboard_alone(many: int, plenty: Path, browser: "Browser", tmp_path: Path) -> None:
    ws = Workspace(copied(plenty, tmp_path))
    presses: list[int] = []
    expected: Counter[str] = Counter()
    with served(ws, "sec") as page:
        tab = page.tab(browser, "sec")
        tab.goto(f"http://127.0.0.1:{page.server.port}/?kind=role&reviewer=")
        press(tab, "o")
        seen: list[str] = []
        for number in range(many):
            item = tab.evaluate(OPEN)
            seen.append(item)
            keys = WAYS[number % len(WAYS)]
            if number < many - 1:
                press(tab, *keys)
            else:
                for key in keys:
                    tab.keyboard.press(key)
                tab.wait_for_function(f"() => document.body.dataset.pending === '{many}'")
            presses.append(len(keys))
            expected["deny" if keys[0] == "d" else "approve"] += 1
        settled(tab)
        times = tab.evaluate("performance.getEntriesByName('decide:page').map(each => each.duration)")
        drafts = page.drafts("sec")
        assert tab.problems == []  # type: ignore[attr-defined]
    print(
        f"page's own time: median {median(times):.0f} ms, 95% {quantiles(times, n=20)[-1]:.0f} ms, {max(times):.0f} ms"
    )
    assert len(set(seen)) == many
    assert max(presses) <= 3
    assert Counter(draft["decision"] for draft in drafts) == expected
    assert {f"role/{draft['object_id']}" for draft in drafts} == set(seen)


def test_edits_splits_bulk_and_undo(planted: Path, browser: "Browser", tmp_path: Path) -> None:
    ws = Workspace(copied(planted, tmp_path))
    with served(ws, "sec") as page:
        tab = page.tab(browser, "sec")
        base = f"http://127.0.0.1:{page.server.port}"

        def latest() -> list[dict[str, object]]:
            settled(tab)
            return page.drafts("sec")

        tab.goto(f"{base}/?kind=role&risk=low&reviewer=")
        press(tab, "o")
        item = tab.evaluate(OPEN)

        # Rename: e, the first change, the new name, Enter.
        tab.keyboard.press("e")
        tab.keyboard.press("Enter")
        field = tab.locator("#change details[open] input[name=name]")
        field.fill("risk-desk-readers")
        before = len(page.drafts("sec"))
        field.press("Enter")
        tab.wait_for_function("() => document.body.dataset.pending === '1'")
        draft = latest()[-1]
        assert before == 0
        assert (draft["decision"], draft["option"]) == ("change", "rename")
        assert json.loads(str(draft["detail"])) == {"name": "risk-desk-readers"}

        # Undo, which shows the item again.
        tab.keyboard.press("u")
        tab.wait_for_function("() => document.body.dataset.pending === '0'")
        assert latest() == []
        assert tab.evaluate(OPEN) == item

        # Leave two people out.
        for box in tab.locator("[data-tick=member]").all()[:2]:
            box.check()
        bar = tab.locator("[data-parts=member]")
        bar.locator("summary", has_text="Leave this person out").click()
        bar.locator("details[open] [data-reason]").first.click()
        tab.wait_for_function("() => document.body.dataset.pending === '2'")
        assert {(one["part_kind"], one["option"]) for one in latest()} == {("member", "leave_out")}
        tab.keyboard.press("u")
        tab.wait_for_function("() => document.body.dataset.pending === '0'")

        # Split two people off into a role of their own.
        tab.keyboard.press("e")
        tab.locator("#change summary", has_text="several roles").click()
        form = tab.locator("#change details[open] form")
        form.locator("input[name=name]").fill("two-of-them")
        for box in form.locator("input[name=split_members]").all()[:2]:
            box.check()
        form.locator("button.primary").click()
        tab.wait_for_function("() => document.body.dataset.pending === '1'")
        roles = json.loads(str(latest()[-1]["detail"]))["roles"]
        assert sorted(len(role["members"]) for role in roles) == [2, 4]

        # Select three with x and approve them together.
        tab.goto(f"{base}/?kind=role&risk=low&status=undecided&reviewer=")
        picked = 0
        for _ in range(40):
            tab.keyboard.press("j")
            if tab.locator(".row[data-current] input[name=item]").count():
                tab.keyboard.press("x")
                picked += 1
            if picked == 3:
                break
        assert tab.locator("#chosen").inner_text() == "3"
        tab.keyboard.press("a")
        tab.wait_for_function("() => document.body.dataset.pending === '4'")
        assert Counter(one["decision"] for one in latest()) == {"change": 1, "approve": 3}
        # The keys go on where they were, and rows that were put there again keep the filters.
        assert tab.evaluate("() => document.activeElement.closest('.row') !== null")
        address = tab.locator(".row[data-pending] > a").first.get_attribute("href") or ""
        assert "risk=low" in address

        # What cannot be taken is said beside the field, with what was typed kept.
        tab.locator("#rows .row:not([data-pending]) > a").first.click()
        tab.wait_for_function(f"() => ({OPEN}) !== null")
        settled(tab)
        tab.keyboard.press("e")
        tab.keyboard.press("Enter")
        field = tab.locator("#change details[open] input[name=name]")
        field.fill("no name/with a slash?")
        field.press("Enter")
        tab.locator("#change .wrong").wait_for()
        assert tab.locator("#change details[open] input[name=name]").input_value() == "no name/with a slash?"
        assert len(latest()) == 4
        assert [each for each in tab.problems if "422" not in each] == []  # type: ignore[attr-defined]
