"""What a handler gets and gives: a visit of a page, and a reply to it.

In: nothing. Out: records, and pages that say what went wrong. Handlers know neither sessions nor headers; `app` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from lakezones.review import pages
from lakezones.review.pages.views import ErrorView
from lakezones.review.serve.forms import Fields
from lakezones.review.serve.viewing import Viewer
from lakezones.review.serve.worklist import Key, Query

PAGE_OF_WORKLIST: Final = "/"


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One request of a reviewer.

    Attributes
    ----------
    viewer
        What they see.
    path, given
        What the address says in its path, and in its query.
    fields
        The form, of a post.
    fragment
        Whether a part of a page is asked for, to be put into one that is open.
    came
        Path of the page that it was asked from; empty where that is not known.
    """

    viewer: Viewer
    path: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    fields: Fields = field(default_factory=lambda: Fields({}))
    fragment: bool = False
    came: str = ""


@dataclass(frozen=True)
class Reply:
    """An answer.

    Attributes
    ----------
    html
        The page, or a fragment of one.
    location
        Where to go instead.
    """

    html: str = ""
    status: int = 200
    location: str | None = None


def failed(
    viewer: Viewer | None,
    status: int,
    title: str,
    *,
    why: str = "",
    hint: str = "Go back to the worklist",
    fragment: bool = False,
    back: str = PAGE_OF_WORKLIST,
) -> Reply:
    """What went wrong, as a page."""
    shell = viewer.shell() if viewer is not None and not fragment else None
    view = ErrorView(status=status, title=title, why=why, hint=hint, shell=shell, back=back)
    return Reply(pages.error(view, fragment=fragment), status)


def missing(visit: Visit, one: Key) -> Reply:
    """The answer about an item that there is not."""
    kept = " Your draft of it is kept, and can be undone." if one in visit.viewer.drafts else ""
    return failed(
        visit.viewer,
        404,
        "This is not in the proposal",
        why=f"There is no {one[0]} {one[1]}, or there is none any more since lakezones propose ran.{kept}",
        fragment=visit.fragment,
    )


def address(one: Key, query: Query) -> str:
    """Where an item is, with the query of the list that it is in."""
    text = query.text()
    return f"/items/{quote(one[0], safe='')}/{quote(one[1], safe='')}" + (f"?{text}" if text else "")
