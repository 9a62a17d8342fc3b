"""What has changed of an item, in words: since it was decided on, or since a page of it was made.

In: states of the review. Out: lapses of `lakezones.review.pages.views`.
"""

from collections.abc import Iterable
from typing import Final, cast

import dataframely as dy
import polars as pl

from lakezones.model.tables import Decisions
from lakezones.review.binding import changed, seen
from lakezones.review.pages.views import LapseView
from lakezones.review.serve.state import ReviewState
from lakezones.review.serve.worklist import Key, Row

SHOWN: Final = 50
"""Changes of an item that are listed; the rest is counted."""
_WORDS: Final = {
    "added": "{} is new",
    "raised": "{} has a higher level",
    "more_sensitive": "{} is more sensitive",
    "gone": "{} is gone",
    "lowered": "{} is less than it was",
    "evidence": "what is known of the {} has changed",
}


def of_item(state: ReviewState, item: Key) -> tuple[LapseView, ...]:
    """What has changed of an item since it was decided on."""
    return in_words(state, state.changes.get(item, ()))


def since(earlier: ReviewState | None, state: ReviewState, item: Key, content_hash: str) -> tuple[LapseView, ...]:
    """What has changed of an item since the state before; empty where that was not what its page showed.

    Parameters
    ----------
    earlier
        The review before it was read again.
    content_hash
        What the page was made of.
    """
    row = None if earlier is None else earlier.by_key.get(item)
    if earlier is None or row is None or row["content_hash"] != content_hash:
        return ()
    keys = pl.DataFrame({"object_kind": [item[0]], "object_id": [item[1]], "content_hash": [content_hash]})
    was = seen(earlier.base.contents, keys)
    # As if somebody had decided on what the page showed; only what was decided on is looked at.
    blank = Decisions.create_empty().schema
    decided = cast(
        "dy.DataFrame[Decisions]", pl.DataFrame([dict.fromkeys(blank) | keys.row(0, named=True)], schema=blank)
    )
    found = changed(state.base.contents, was, decided)
    return in_words(state, found.iter_rows(named=True))


def in_words(state: ReviewState, rows: Iterable[Row]) -> tuple[LapseView, ...]:
    """Changes as sentences, those that lapse something first."""
    ordered = sorted(rows, key=lambda row: (not row["lapses"], row["part_kind"], row["part_id"]))
    said = [
        LapseView(
            what=_WORDS[row["change"]].format(_part(state, row)).capitalize()
            if row["change"] == "evidence"
            else _WORDS[row["change"]].format(_part(state, row)),
            lapses=row["lapses"],
            was=row["was"],
            now=row["now"],
        )
        for row in ordered[:SHOWN]
    ]
    if (more := len(ordered) - SHOWN) > 0:
        said.append(LapseView(what=f"{more:,} more changes", lapses=any(row["lapses"] for row in ordered[SHOWN:])))
    return tuple(said)


def _part(state: ReviewState, row: Row) -> str:
    part = str(row["part_id"])
    return state.base.name(part) if row["part_kind"] == "member" else part
