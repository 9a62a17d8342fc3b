"""What is wrong with a role is named on the first screen, without scrolling."""

from pathlib import Path
from typing import TYPE_CHECKING

from tests.review.browser.lakes import DEFECTS, Team, teams
from tests.review.browser.serving import IN_BROWSER, LeftSince, copied, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = IN_BROWSER

FIRST_SCREEN = """() => [...document.querySelectorAll('.defects li')].filter(each => {
  const box = each.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return box.top >= 0 && box.bottom <= innerHeight && each.contains(top);
}).map(each => each.innerText).join('\\n')"""
"""What the list of defects says where it can be seen."""


def named(team: Team, words: str) -> bool:
    """Whether the words name what is wrong with the team."""
    culprit = team.name(team.size - 1)
    match team.defect:
        case "leaver":
            return culprit in words and "disabled account" in words
        case "duties":
            return culprit in words and "two duties" in words
        case "restricted":
            return team.containers[-1] in words and "restricted" in words
        case "unused":
            return "Nobody in the role used" in words
        case "department":
            return culprit in words and "another department" in words
        case "owner":
            return "No owner" in words
    return False


def test_the_first_screen_names_what_is_wrong(planted: Path, browser: "Browser", tmp_path: Path) -> None:
    lake = teams(60, defects=DEFECTS)
    ws = LeftSince(copied(planted, tmp_path))
    ws.leavers = frozenset(team.culprit for team in lake if team.defect == "leaver")
    roles = dict(ws.read_proposal().role_members.select("principal_id", "role_id").sort("role_id").iter_rows())
    missed = []
    with served(ws, "sec") as page:
        tab = page.tab(browser, "sec")
        for team in lake:
            tab.goto(f"http://127.0.0.1:{page.server.port}/items/role/{roles[team.people[0]]}")
            words = tab.evaluate(FIRST_SCREEN)
            if not named(team, words):
                missed.append((team.number, team.defect, words))
        assert tab.problems == []  # type: ignore[attr-defined]
    print(f"{60 - len(missed)} of 60 defects are named on the first screen")
    assert len(missed) <= 3, missed
