"""The pages of the workbook that are read: what it is and what to do, and what each word does to access.

In: what the sheets hold. Out: pages of cells. Formulas count decisions as they are made; nothing else is calculated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from lakezones.model.book import BookCell, BookPage, BookTable
from lakezones.model.words import counted
from lakezones.review.decisions.vocabulary import effect_words
from lakezones.review.workbook.words import WORDS, DecisionWord

YOUR_NAME: Final = "Your name"
YOUR_TICKET: Final = "Your ticket"
WORKBOOK: Final = "Workbook"
"""Labels of the cells of the summary that are read back; the value is in the next cell."""

Row = Sequence[BookCell]
_WIDTHS: Final = (28, 12, 14, 12, 14, 14, 20)
_WHOLE: Final = len(_WIDTHS)


@dataclass(frozen=True, kw_only=True)
class BookFacts:
    """What the summary says of a workbook.

    Attributes
    ----------
    workbook
        Its id, the source of the decisions in it.
    wanted
        What it was exported for, in words: a reviewer, a domain, a worklist; empty for everything.
    decider
        Who fills it in, where that is known.
    """

    title: str
    workbook: str
    wanted: str
    decider: str
    as_of: date
    due: date | None
    instruction: str
    items: pl.DataFrame


@dataclass(frozen=True, kw_only=True)
class BookSection:
    """A sheet of the workbook, and the kinds of items on it; none on sheets of parts of roles."""

    table: BookTable
    kinds: Sequence[str] = ()


def minutes_in_words(minutes: float) -> str:
    """Minutes as people say them.

    Examples
    --------
    >>> minutes_in_words(200), minutes_in_words(12.4), minutes_in_words(0)
    ('3 h 20 min', '12 min', '0 min')
    """
    whole = max(1, round(minutes)) if minutes > 0 else 0
    hours, rest = divmod(whole, 60)
    return f"{hours:,} h {rest:02} min" if hours else f"{rest} min"


def summary(facts: BookFacts, sections: Sequence[BookSection]) -> BookPage:
    """The first sheet: what this is, by when, who, how long it takes, and what to do with it."""
    due = f"by {facts.due:%Y-%m-%d}" if facts.due else "no date is set"
    rows: list[Row] = [
        [BookCell(facts.title, "title", across=_WHOLE)],
        [BookCell(_lead(facts), "lead", across=_WHOLE)],
        [],
        *([[BookCell(facts.instruction, "text", across=_WHOLE)], []] if facts.instruction else []),
        _field(YOUR_NAME, facts.decider or None, "Please fill in: your name, mail address or id.", fill=True),
        _field(YOUR_TICKET, None, "A ticket for your decisions, where two people must agree.", fill=True),
        _field("For", facts.wanted or "everybody", ""),
        _field("Due", due, ""),
        _field("As of", f"{facts.as_of:%Y-%m-%d}", "What you see is the state of this day."),
        _field(WORKBOOK, facts.workbook, "Names this file in the audit log."),
        [],
        [BookCell("What there is to decide", "heading", across=_WHOLE)],
        [
            BookCell("Sheet", "head"),
            *(BookCell(text, "head_number") for text in ("Rows", "Decided here", "Left", "New access", "High risk")),
            BookCell("About", "head_number"),
        ],
        *(_counts(section, facts.items) for section in sections),
        [],
        [BookCell("What to do", "heading", across=_WHOLE)],
        *([BookCell(f"{number}. {text}", across=_WHOLE)] for number, text in enumerate(_STEPS, start=1)),
    ]
    return BookPage(name="Summary", widths=_WIDTHS, rows=rows)


_STEPS: Final = (
    "Put your name above. Then take the sheets from left to right; most of the work is on Roles.",
    "Choose a decision in the first column. What you leave empty is not decided, and stays exactly as it is.",
    "Before you choose, read the sentence and 'Why look'. 'Gained' counts new access: a number above 0 is a warning.",
    "Give a reason where you deny, leave out or revoke.",
    "Members, and Entitlements and containers, are for single people and data: leave them empty where a role is right.",
    "Filter, widen and hide as you like, and add sheets of your own. To sort, unprotect the sheet: it has no password.",
    "Save as .xlsx and give the file back to whoever sent it. They run: lakezones review import FILE.xlsx",
    "Nobody's access changes when the file comes back: decisions become a plan first, and the plan is proven.",
)


def _lead(facts: BookFacts) -> str:
    items = facts.items
    kind = pl.col("object_kind").cast(pl.String)
    roles = items.filter(kind == "role").height
    others = items.height - roles
    what = " and ".join(
        text
        for text, any_ in [(counted(roles, "role"), roles), (counted(others, "other item"), others)]
        if any_ or items.is_empty()
    )
    due = f", by {facts.due:%Y-%m-%d}" if facts.due else ""
    new = int(items["new_access"].sum())
    gains = (
        "Nobody gains access by any of them."
        if new == 0
        else f"{counted(items.filter(pl.col('new_access') > 0).height, 'item')} would give new access,"
        f" {counted(new, 'pair')} of person and container in all."
    )
    return f"{what} to decide on, about {minutes_in_words(float(items['minutes'].sum()))}{due}. {gains}"


def _field(label: str, value: str | None, hint: str, *, fill: bool = False) -> Row:
    cell = BookCell(value, "fill" if fill else "text", across=2)
    return [BookCell(label, "label"), cell, BookCell(hint, "muted", across=_WHOLE - 3)]


def _counts(section: BookSection, items: pl.DataFrame) -> Row:
    """A row of the table of sheets, with formulas for what is decided and what is left."""
    table, rows = section.table, section.table.frame.height
    cells = f"'{table.name}'!$A$2:$A${max(rows, 1) + 1}"
    made = sum(1 for cell in table.frame["decision"] if cell)
    first = [
        BookCell(table.name, "link", sheet=table.name),
        BookCell(rows, "count"),
        BookCell(made, "count", formula=f"=COUNTA({cells})"),
    ]
    if not section.kinds:
        return [*first, BookCell("as needed", "muted_number")]
    own = items.filter(pl.col("object_kind").cast(pl.String).is_in(section.kinds))
    return [
        *first,
        BookCell(rows - made, "count", formula=f"={rows}-COUNTA({cells})"),
        BookCell(own.filter(pl.col("new_access") > 0).height, "count"),
        BookCell(own.filter(pl.col("risk").cast(pl.String) == "high").height, "count"),
        BookCell(minutes_in_words(float(own["minutes"].sum())), "number_text"),
    ]


_ON: Final = {
    ("role", ""): "Roles",
    ("role", "member"): "Members: a person in a role",
    ("role", "class"): "Entitlements and containers: data of a role",
    ("suggestion", ""): "Suggestions: new access of a person",
    ("drop", ""): "Residual: what a policy drops",
    ("unused", ""): "Residual: what nobody used of a role",
    ("residual", ""): "Residual: access outside of roles",
    ("finding", ""): "Findings",
    ("zone", ""): "Zones: zone and domain of containers",
    ("merge", ""): "Zones: a merge of the layout",
    ("pilot", ""): "Zones: a pilot domain",
}
_RULES: Final = (
    "Whatever nobody decides on stays exactly as it is. One denial denies.",
    "Only 'revoke from date' ends access. 'leave out' takes somebody or something out of a role, and access stays.",
    "Restricted data, write access and new access take two people, each in a workbook of their own and with a ticket.",
    "Nobody approves access of their own, however the name is spelled.",
    "A decision counts for what you see here. Where people, data or risk grow later, that part is asked again.",
    "Roles are split and merged on the review page: lakezones review serve",
)


def how_to() -> BookPage:
    """The last sheet: the words of each verdict, and what each does to access."""
    rows: list[Row] = [
        [BookCell("How to decide", "title", across=4)],
        *([BookCell(text, across=4)] for text in _RULES),
        [],
        [BookCell(text, "head") for text in ("On", "Word", "What it does to access", "Needs")],
    ]
    for of, words in WORDS.items():
        for place, word in enumerate(words):
            effect = effect_words(word.kind, word.part, word.verdict, word.option)
            where = BookCell(_ON[of] if place == 0 else "", "label")
            rows.append(
                [where, BookCell(word.word, "strong"), BookCell(effect.button), BookCell(_needs(word), "muted")]
            )
    return BookPage(name="How to", widths=(40, 18, 70, 22), rows=rows)


def _needs(word: DecisionWord) -> str:
    """What has to be filled in beside a word."""
    needed = [("a date", word.dated), ("a reason", word.reasoned), (f"the new {word.detail}", bool(word.detail))]
    return " and ".join(text for text, needs in needed if needs)
