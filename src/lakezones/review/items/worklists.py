"""Worklists: what one reviewer does in one sitting.

In: items with who decides and how long they take. Out: the name of the worklist of each. A worklist holds one
reviewer's items of one domain where these fill it, in the order of the roles they belong to, so that what is decided
together stands together; small domains share one.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lakezones.review.items.item import GRAVITY

KIND_ORDER: Final = ("pilot", "role", "suggestion", "unused", "drop", "residual", "zone", "merge", "finding")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """An item as far as worklists know it."""

    key: tuple[str, str]
    """Kind and id."""
    reviewer: str
    """Name, unique among reviewers."""
    domain: str | None
    together: str
    """What it is done with: the role; else its own id."""
    risk: str
    name: str
    minutes: float


def worklists(work: Sequence[Work], *, most: float) -> dict[tuple[str, str], str]:
    """Worklist of each item, by kind and id.

    Parameters
    ----------
    most
        Minutes that a worklist may hold; an item that takes longer has one for itself.

    Examples
    --------
    >>> row = {"reviewer": "Ann", "domain": "risk", "risk": "low", "name": "", "minutes": 20.0}
    >>> worklists([Work(key=("role", one), together=one, **row) for one in "ab"], most=30)
    {('role', 'a'): 'Ann 1: risk', ('role', 'b'): 'Ann 2: risk'}
    """
    by_reviewer: dict[str, list[Work]] = defaultdict(list)
    for one in work:
        by_reviewer[one.reviewer].append(one)
    named: dict[tuple[str, str], str] = {}
    for reviewer in sorted(by_reviewer):
        lists = _filled(by_reviewer[reviewer], most)
        for number, rows in enumerate(lists, 1):
            domains = sorted({row.domain or "no domain" for row in rows})
            about = ", ".join(domains[:2]) + (f" and {len(domains) - 2} more" if len(domains) > 2 else "")
            named |= {row.key: f"{reviewer} {number}: {about}" for row in rows}
    return named


def _filled(work: Sequence[Work], most: float) -> list[list[Work]]:
    """Items in worklists, in order: a new one where the next item, or the next domain as a whole, no longer fits."""
    gravest: dict[str, int] = {}
    for one in work:
        gravest[one.together] = min(gravest.get(one.together, len(GRAVITY)), GRAVITY[one.risk])
    first = {one.together: one.name for one in sorted(work, key=_place, reverse=True)}
    order = sorted(
        work,
        key=lambda one: (
            one.domain is None, one.domain or "", gravest[one.together], first[one.together], one.together, *_place(one)
        ),
    )  # fmt: skip
    whole: dict[str | None, float] = defaultdict(float)
    for one in work:
        whole[one.domain] += one.minutes
    lists: list[list[Work]] = []
    minutes = 0.0
    for one in order:
        last = lists[-1][-1] if lists else None
        fits = last is not None and minutes + one.minutes <= most
        if fits and last is not None and last.domain != one.domain and minutes + whole[one.domain] > most:
            fits = False
        if not fits:
            lists.append([])
            minutes = 0.0
        lists[-1].append(one)
        minutes += one.minutes
    return lists


def _place(one: Work) -> tuple[int, str, str]:
    return KIND_ORDER.index(one.key[0]), one.name, one.key[1]
