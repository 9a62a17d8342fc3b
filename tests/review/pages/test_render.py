"""Each view as HTML: whole, escaped, and as the policy of the page wants it."""

import re
from collections.abc import Callable

import pytest

from lakezones.review import pages
from tests.review.pages import samples

HOSTILE = "<script>alert(1)</script>\"'`{{7*7}}\u202e=cmd|'/C calc'!A0"
VIEWS: dict[str, Callable[[], str]] = {
    "worklist": lambda: pages.worklist(samples.worklist()),
    "nothing": lambda: pages.worklist(samples.worklist(0, shell=samples.EMPTY)),
    "list": lambda: pages.worklist(samples.worklist(), fragment=True),
    "item": lambda: pages.item(samples.item()),
    "detail": lambda: pages.item(samples.item(), fragment=True),
    "submit": lambda: pages.submit(samples.submit()),
    "submitted": lambda: pages.submitted(samples.SUBMITTED),
    "history": lambda: pages.history(samples.HISTORY),
    "campaign": lambda: pages.campaign(samples.CAMPAIGN),
    "signoffs": lambda: pages.signoffs(samples.SIGNOFFS),
    "error": lambda: pages.error(samples.ERROR),
}


@pytest.mark.parametrize("name", VIEWS)
def test_no_page_needs_what_the_policy_forbids(name: str) -> None:
    html = VIEWS[name]()
    assert not re.search(r"<script(?! src=)", html)
    assert not re.search(r"\s(style|on\w+|hx-on[\w:-]*)=", html)
    assert "js:" not in html
    assert "None" not in html


def test_names_are_text() -> None:
    view = samples.item(row=samples.row(name=HOSTILE, kind="pilot"))
    for html in (pages.item(view), pages.item(view, fragment=True)):
        assert "<script>alert" not in html
        assert "&lt;script&gt;" in html
