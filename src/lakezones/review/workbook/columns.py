"""Columns of the sheets, in the order of deciding: the decision, what it is about, what speaks for and against it.

In: nothing. Out: columns by sheet. What people fill in is found again by its heading (`FILLED`), and rows by the key in
the last, hidden column.
"""

from typing import Final

from lakezones.model.book import BookColumn

KEY: Final = "Key (leave as it is)"
"""Heading of the hidden column with what a row is about."""

FILLED: Final = {
    "Decision": "decision",
    "Your reason": "justification",
    "Date": "effective",
    "New name or domain": "new",
    "New zone or domain": "new",
    "Comment": "comment",
    "Ticket": "ticket",
    "Decided by": "reviewer",
}
"""Headings of the columns that people fill in, and what each is called in a draft of a decision."""

SHOWN: Final = {"People": "people", "Containers": "containers", "Gained": "new_access", "Risk": "risk"}
"""Headings of the columns that say what has changed since the workbook was given out, and the columns of items."""

NOT_ASSESSED: Final = "not assessed"


def _fill(heading: str, width: int, **more: object) -> BookColumn:
    return BookColumn(name=FILLED[heading], heading=heading, width=width, fill=True, **more)  # type: ignore[arg-type]


def decision(words: str | dict[str, str], *, width: int = 15, by: str = "") -> BookColumn:
    """The first column: what people decide, chosen from a list."""
    return _fill("Decision", width, words=words, by=by)


REASON: Final = _fill("Your reason", 24)
DAY: Final = _fill("Date", 11, form="date")
NEW_NAME: Final = _fill("New name or domain", 24)
NEW_PLACE: Final = _fill("New zone or domain", 20)
NOTES: Final = (_fill("Comment", 28), _fill("Ticket", 14), _fill("Decided by", 18))

NAME: Final = BookColumn(name="label", heading="Name", width=24, form="name")
SENTENCE: Final = BookColumn(name="sentence", heading="What it is", width=42)
PEOPLE: Final = BookColumn(name="people", heading="People", width=7, form="count")
CONTAINERS: Final = BookColumn(name="containers", heading="Containers", width=11, form="count")
USED: Final = BookColumn(name="used_share", heading="Used", width=7, form="share", missing=NOT_ASSESSED)
GAINED: Final = BookColumn(name="new_access", heading="Gained", width=7, form="gain")
RISK: Final = BookColumn(name="risk", heading="Risk", width=8, form="risk")
WHY: Final = BookColumn(name="why", heading="Why look", width=29)
TO_DO: Final = BookColumn(name="evidence", heading="What to do", width=36)
STANDING: Final = BookColumn(name="standing", heading="So far", width=28, missing="nobody decided")
TWO: Final = BookColumn(name="two", heading="Reviewers needed", width=10, form="count")
ASKED: Final = (
    BookColumn(name="asked", heading="Reviewer", width=20),
    BookColumn(name="due", heading="Due", width=11, form="date", missing="no date"),
    STANDING,
)
MORE: Final = (
    BookColumn(name="access", heading="Access", width=8),
    BookColumn(name="domain", heading="Domain", width=16, missing="mixed"),
    BookColumn(name="zones", heading="Zones", width=18),
    BookColumn(name="risk_reason", heading="All that stands out", width=60),
    BookColumn(name="evidence", heading="Why it is proposed", width=60),
    BookColumn(name="minutes", heading="Minutes", width=8, form="count"),
    BookColumn(name="worklist", heading="Worklist", width=14),
    BookColumn(name="object_id", heading="Id", width=16, form="code"),
    BookColumn(name="key", heading=KEY, width=8, form="key"),
)
_WHAT: Final = (SENTENCE, PEOPLE, CONTAINERS, USED, GAINED, RISK, WHY, REASON)
_ROLE: Final = BookColumn(name="role", heading="Role", width=22, form="name")
_PART_END: Final = (
    BookColumn(name="object_id", heading="Role id", width=16, form="code"),
    BookColumn(name="part_id", heading="Id", width=20, form="code"),
    BookColumn(name="key", heading=KEY, width=8, form="key"),
)

ROLES: Final = (
    decision("words_role"),
    NAME,
    *_WHAT,
    NEW_NAME,
    *NOTES,
    TWO,
    *ASKED,
    BookColumn(name="layer", heading="Layer", width=12),
    BookColumn(name="fitted", heading="Fitted to use", width=40),
    *MORE,
)
SUGGESTIONS: Final = (
    decision("words_suggestion"),
    NAME,
    *(column for column in _WHAT if column is not USED),
    *NOTES,
    TWO,
    *ASKED,
    *MORE,
)
RESIDUAL: Final = (
    decision(
        {"policy drop": "words_drop", "unused part": "words_unused", "outside of roles": "words_residual"},
        width=17,
        by="what",
    ),
    NAME,
    BookColumn(name="what", heading="Kind", width=10),
    *(column for column in _WHAT if column is not GAINED),
    DAY,
    *NOTES,
    TWO,
    *ASKED,
    *MORE,
)
FINDINGS: Final = (
    decision("words_finding", width=17),
    NAME,
    *(TO_DO if column is WHY else column for column in _WHAT if column not in (GAINED, USED)),
    DAY,
    *NOTES,
    TWO,
    *ASKED,
    *(column for column in MORE if column.name not in ("risk_reason", "evidence", "access", "zones")),
)
ZONES: Final = (
    decision({"layout merge": "words_merge", "pilot domain": "words_pilot", "zone": "words_zone"}, by="what"),
    NAME,
    BookColumn(name="what", heading="Kind", width=10),
    *(column for column in _WHAT if column not in (PEOPLE, GAINED, USED)),
    NEW_PLACE,
    *NOTES,
    TWO,
    *ASKED,
    *MORE,
)
MEMBERS: Final = (
    decision("words_member", width=17),
    BookColumn(name="label", heading="Person", width=26, form="name"),
    _ROLE,
    BookColumn(name="compared", heading="Beside the others in the role", width=32),
    BookColumn(name="kept", heading="Keeps", width=7, form="count"),
    BookColumn(name="gained", heading="Gains", width=7, form="gain"),
    BookColumn(name="used", heading="Used", width=7, form="count", missing=NOT_ASSESSED),
    BookColumn(name="last_used", heading="Last used", width=12),
    BookColumn(name="marks", heading="Look at", width=16),
    REASON,
    DAY,
    *NOTES,
    BookColumn(name="manager", heading="Manager", width=20, missing="not known"),
    BookColumn(name="status", heading="Account", width=12),
    *ASKED,
    *_PART_END,
)
CLASSES: Final = (
    decision("words_class", width=17),
    BookColumn(name="label", heading="Data", width=28, form="name"),
    _ROLE,
    BookColumn(name="entitlements", heading="Entitlements that open them", width=30, missing="none"),
    BookColumn(name="names", heading="For example", width=30),
    BookColumn(name="containers", heading="Containers", width=11, form="count"),
    BookColumn(name="holders", heading="Held by", width=7, form="count"),
    BookColumn(name="users", heading="Used by", width=7, form="count", missing=NOT_ASSESSED),
    BookColumn(name="sensitivity", heading="Sensitivity", width=13),
    REASON,
    DAY,
    *NOTES,
    BookColumn(name="access", heading="Access", width=8),
    BookColumn(name="idle", heading="Used by nobody", width=9, form="count", missing=NOT_ASSESSED),
    BookColumn(name="system", heading="System", width=14),
    BookColumn(name="zone", heading="Zone", width=12),
    BookColumn(name="domain", heading="Domain", width=16),
    *ASKED,
    *_PART_END,
)
