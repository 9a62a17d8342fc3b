"""The review page as HTML: what reviewers look at and decide on.

In: views (`views`), dossiers in them. Out: HTML text, whole pages or fragments of them (`render`). Nothing here reads a
file, a request or a frame's keys: who serves the page fills the views in, `lakezones.pages` gives style and components.
"""

from lakezones.review.pages.render import (
    campaign,
    drafted,
    error,
    history,
    item,
    signoffs,
    submit,
    submitted,
    worklist,
)

__all__ = ["campaign", "drafted", "error", "history", "item", "signoffs", "submit", "submitted", "worklist"]
