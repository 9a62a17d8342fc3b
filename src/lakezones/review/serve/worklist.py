"""Which items a reviewer sees, in which order, and what comes after a decision.

In: the query of an address, items with their standings, the reviewer's drafts. Out: rows, filters with counts, and
neighbours. Items are a few thousand at most, so everything is worked out for each request.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self
from urllib.parse import urlencode

from lakezones.model.identity import plain
from lakezones.review.pages.views import PAGE, Choice, Filter

Key = tuple[str, str]
"""Kind and id of an item."""

ALL: Final = "all"
"""Value of the filter by reviewer that shows everybody's items."""
MINE: Final = "me"
OPEN: Final = "open"
PENDING: Final = "pending"
ASKED: Final = "asked"
"""Value of the filter by status that is taken where there is none: items that a decision is asked for, or was made."""
NOT_ASKED: Final = "not_asked"
NONE: Final = "-"
"""Value of a filter for items without one: no domain, no zone."""
LONGEST: Final = 200
"""Characters of a value of a query that are looked at."""

FIELDS: Final[Mapping[str, str]] = {
    "reviewer": "Reviewer",
    "status": "Status",
    "risk": "Risk",
    "kind": "Kind",
    "domain": "Domain",
    "zone": "Zone",
    "worklist": "Worklist",
}
"""Filters in the order in which they are shown, with their labels."""

KINDS: Final[Mapping[str, str]] = {
    "role": "Roles",
    "suggestion": "New access",
    "drop": "Dropped by a policy",
    "residual": "Outside of roles",
    "unused": "Unused",
    "finding": "Findings",
    "zone": "Zones",
    "merge": "Layout merges",
    "pilot": "Pilot domains",
}
STATUSES: Final[Mapping[str, str]] = {
    OPEN: "To decide",
    PENDING: "Pending, not submitted",
    "undecided": "Undecided",
    "approved": "Approved",
    "denied": "Denied",
    "revoked": "Revoked",
    "accepted": "Risk accepted",
    "deferred": "Deferred",
    "waiting": "Waiting for a second reviewer",
    "asserted": "Asserted, evidence missing",
    "conflicting": "Conflicting verdicts",
    "lapsed": "Lapsed",
    NOT_ASKED: "No decision asked for",
}
DONE: Final = frozenset({"approved", "denied", "revoked", "accepted"})
"""Standings that ask nothing more of anybody."""
ASKING: Final = frozenset({"undecided", "conflicting", "lapsed"})
"""Standings that ask everybody for a decision."""

_RISK: Final = {"high": 0, "medium": 1, "low": 2}
_KIND: Final = {kind: number for number, kind in enumerate(KINDS)}
Row = Mapping[str, Any]
SORTS: Final[Mapping[str, tuple[str, Callable[[Row], Any]]]] = {
    "risk": ("Risk, then size", lambda row: (_RISK[row["risk"]], _KIND[row["object_kind"]], -row["pairs"])),
    "people": ("People", lambda row: -row["people"]),
    "containers": ("Containers", lambda row: -row["containers"]),
    "gained": ("New access", lambda row: -row["new_access"]),
    "used": ("Least used", lambda row: (row["used_share"] is None, row["used_share"])),
    "due": ("Due date", lambda row: (row["due"] is None, row["due"])),
    "name": ("Name", lambda row: row["name"].casefold()),
}


@dataclass(frozen=True)
class Query:
    """What an address asks for: a value per filter, a search, an order and a page."""

    filters: Mapping[str, str]
    q: str = ""
    sort: str = "risk"
    page: int = 1

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Self:
        """The query of an address; what is not known is left out."""
        filters = {name: given[name][:LONGEST] for name in FIELDS if given.get(name)}
        page = given.get("page", "")
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 5 else 1
        sort = given.get("sort", "risk")
        q = " ".join(given.get("q", "")[:LONGEST].split())
        return cls(filters, q, sort if sort in SORTS else "risk", max(1, number))

    def text(self) -> str:
        """As it stands in an address, without the page."""
        given = {**self.filters, "q": self.q, "sort": "" if self.sort == "risk" else self.sort}
        return urlencode({name: value for name, value in given.items() if value})


class Worklist:
    """Items in a reviewer's order, and how they stand.

    Parameters
    ----------
    rows
        Items as plain values (`lakezones.model.tables.ReviewItems`) with their ``standing`` and ``deciders``.
    reviewer
        Whose list it is.
    drafted
        Items that the reviewer has drafts of.
    """

    def __init__(self, rows: Sequence[Row], *, reviewer: str, drafted: Iterable[Key]) -> None:
        self._rows = rows
        self._reviewer = reviewer
        self._drafted = frozenset(drafted)
        self.has_own = any(row["reviewer_id"] == reviewer for row in rows)

    def whose(self, query: Query) -> str:
        """Whose items a query shows: the reviewer's own where there are any and it does not say."""
        return query.filters.get("reviewer") or (MINE if self.has_own else ALL)

    def own(self) -> list[Row]:
        """The reviewer's items that a decision is asked for: those routed to them; all where none are."""
        return [
            row for row in self._rows if row["asked"] and (not self.has_own or row["reviewer_id"] == self._reviewer)
        ]

    def is_open(self, row: Row) -> bool:
        """Whether an item still asks for a decision of this reviewer, who has no draft of it."""
        if self.is_drafted(row) or not (row["asked"] or row["standing"] == "lapsed"):
            return False
        return row["standing"] in ASKING or (row["standing"] == "waiting" and self._reviewer not in row["deciders"])

    def is_decided(self, row: Row) -> bool:
        """Whether an item is decided and submitted, as far as this reviewer is concerned."""
        return row["standing"] in DONE or (row["standing"] not in ASKING and self._reviewer in row["deciders"])

    def is_drafted(self, row: Row) -> bool:
        """Whether the reviewer has drafts of it."""
        return key(row) in self._drafted

    def chosen(self, query: Query) -> list[Row]:
        """Items that a query asks for, in its order."""
        tests = self._tests(query)
        found = [row for row in self._rows if all(test(row) for test in tests.values())]
        by = SORTS[query.sort][1]
        return sorted(found, key=lambda row: (by(row), row["name"].casefold(), row["object_id"]))

    def filters(self, query: Query) -> tuple[Filter, ...]:
        """Each filter with its values, and how many items have them under the other filters."""
        tests = self._tests(query)
        passed = [(row, [name for name, test in tests.items() if not test(row)]) for row in self._rows]
        made = []
        for name, label in FIELDS.items():
            counts: Counter[str] = Counter()
            for row, failed in passed:
                if not failed or failed == [name]:
                    counts.update(self._values(name, row))
            chosen = self.whose(query) if name == "reviewer" else query.filters.get(name, "")
            if chosen and chosen not in counts:
                counts[chosen] = 0
            counts.pop(ASKED, None)
            values = sorted(counts, key=lambda value: _order(name, value))
            choices = [Choice(one, self._label(name, one), counts[one], one == chosen) for one in values]
            if len(choices) > 1 or chosen:
                made.append(Filter(name, label, tuple(choices)))
        return tuple(made)

    def sorts(self, query: Query) -> tuple[Choice, ...]:
        """The orders there are."""
        return tuple(Choice(name, label, 0, name == query.sort) for name, (label, _) in SORTS.items())

    def neighbours(self, query: Query, item: Key) -> tuple[Key | None, Key | None]:
        """The items before and after one in the list of a query."""
        order = [key(row) for row in self.chosen(query)]
        if item not in order:
            return None, order[0] if order else None
        here = order.index(item)
        return order[here - 1] if here else None, order[here + 1] if here + 1 < len(order) else None

    def next_open(self, query: Query, item: Key) -> Key | None:
        """The next item that asks for a decision, from the one after this to the end, then from the start."""
        rows = self.chosen(query)
        order = [key(row) for row in rows]
        start = order.index(item) + 1 if item in order else 0
        return next(
            (key(row) for row in [*rows[start:], *rows[:start]] if key(row) != item and self.is_open(row)), None
        )

    # -------------------------------------------------------------------------------------- private

    def _tests(self, query: Query) -> dict[str, Callable[[Row], bool]]:
        """What an item has to pass, by filter."""
        wanted = {"status": ASKED, **query.filters, "reviewer": self.whose(query)}
        tests: dict[str, Callable[[Row], bool]] = {
            name: lambda row, name=name, value=value: value in self._values(name, row)  # type: ignore[misc]
            for name, value in wanted.items()
        }
        if words := plain(query.q).split():
            tests["q"] = lambda row: all(word in row["search"] for word in words)
        return tests

    def _values(self, name: str, row: Row) -> list[str]:
        """The values of a filter that an item has."""
        if name == "reviewer":
            own = [MINE] if row["reviewer_id"] == self._reviewer else []
            return [ALL, *own, row["reviewer"]]
        if name == "status":
            if not row["asked"] and row["standing"] == "undecided" and not self.is_drafted(row):
                return [NOT_ASKED]
            drafted = [PENDING] if self.is_drafted(row) else []
            return [ASKED, row["standing"], *drafted, *([OPEN] if self.is_open(row) else [])]
        if name == "zone":
            return [zone.strip() for zone in (row["zones"] or "").split(",") if zone.strip()] or [NONE]
        if name == "kind":
            return [row["object_kind"]]
        return [row[name] or NONE]

    def _label(self, name: str, value: str) -> str:
        if value == NONE:
            return {"domain": "No domain", "zone": "No zone"}.get(name, "None")
        if name == "reviewer":
            return {ALL: "Everybody", MINE: "Me"}.get(value, value)
        labels: Mapping[str, str] = {"status": STATUSES, "kind": KINDS}.get(name, {})
        return labels.get(value, value.capitalize() if name in ("risk", "zone") else value)


def key(row: Row) -> Key:
    """Kind and id of an item."""
    return row["object_kind"], row["object_id"]


def page_of(rows: Sequence[Row], query: Query, *, alone: bool) -> Sequence[Row]:
    """The rows of a query's page, alone or with those of the pages before it."""
    return rows[(query.page - 1) * PAGE if alone else 0 : query.page * PAGE]


def first_page(query: Query) -> Query:
    """The same query from its start."""
    return replace(query, page=1)


def search_text(row: Row) -> str:
    """What a search looks through."""
    fields = ("name", "sentence", "object_id", "domain", "area", "evidence", "risk_reason", "reviewer")
    return plain(" ".join(row[field] for field in fields if row[field]))


def _order(name: str, value: str) -> tuple[int, str]:
    known: Mapping[str, Sequence[str]] = {
        "reviewer": (ALL, MINE),
        "status": tuple(STATUSES),
        "risk": tuple(_RISK),
        "kind": tuple(KINDS),
    }
    order = known.get(name, ())
    return (order.index(value) if value in order else len(order) + (value == NONE), value.casefold())
