"""Views rendered: one function a view.

In: a view. Out: HTML text, in UTF-8 when it is written. With `fragment=True` only what is to be swapped into a page
that is open: answers to requests with the header `HX-Request: true`.
"""

from typing import Any

from lakezones.pages.environment import environment
from lakezones.review.pages.views import (
    CampaignView,
    DraftedView,
    ErrorView,
    HistoryView,
    ItemView,
    SignoffList,
    SubmittedView,
    SubmitView,
    WorklistView,
)


def worklist(view: WorklistView, *, fragment: bool = False) -> str:
    """The list, with nothing open beside it; as a fragment its first page (`page` 1) or its next rows."""
    name = "worklist.html" if not fragment else ("list.html" if view.page == 1 else "rows.html")
    return _render(name, view, fragment=fragment)


def item(view: ItemView, *, fragment: bool = False) -> str:
    """One item; on a whole page beside the list, which `view.worklist` must then be."""
    return _render("detail.html" if fragment else "item.html", view, fragment=fragment)


def drafted(view: DraftedView) -> str:
    """The answer to a draft, an undo or a bulk approval: fragments alone."""
    return _render("drafted.html", view, fragment=True)


def submit(view: SubmitView) -> str:
    """All that is pending, with totals of access kept, ended and added, and the button that submits it."""
    return _render("submit.html", view)


def submitted(view: SubmittedView) -> str:
    """What was submitted, with the checkpoint."""
    return _render("submitted.html", view)


def history(view: HistoryView, *, fragment: bool = False) -> str:
    """The records, the newest first; as a fragment the rows of the view's page alone."""
    return _render("records.html" if fragment else "history.html", view, fragment=fragment)


def campaign(view: CampaignView) -> str:
    """How the campaign goes."""
    return _render("campaign.html", view)


def signoffs(view: SignoffList) -> str:
    """Sign-offs by domain."""
    return _render("signoffs.html", view)


def error(view: ErrorView, *, fragment: bool = False) -> str:
    """What went wrong, why, what to do."""
    return _render("error_fragment.html" if fragment else "error.html", view, fragment=fragment)


def _render(name: str, view: Any, *, fragment: bool = False) -> str:
    template = environment("lakezones.review.pages").get_template(name)
    return template.render(view=view, shell=view.shell, fragment=fragment)
