"""The words of decisions in a workbook: those of the vocabulary, one for each verdict that fits into a row.

In: `lakezones.review.decisions.vocabulary`. Out: for each kind of item and part, the words that a cell may be chosen
from, with verdict and option. Splitting and merging roles take more than a row and are done on the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lakezones.review.decisions.vocabulary import DETAILS, needs_day, needs_reason, sayable

_SHORT: Final[Mapping[tuple[str, str | None], str]] = {
    ("approve", None): "approve",
    ("approve", "proposed"): "approve",
    ("approve", "fitted"): "approve fitted",
    ("change", "rename"): "rename",
    ("change", "move_zone"): "move zone",
    ("change", "move_domain"): "move domain",
    ("change", "leave_out"): "leave out",
    ("deny", None): "deny",
    ("revoke", None): "revoke from date",
    ("accept", None): "accept until date",
    ("defer", None): "defer",
}
_DATED_APPROVAL: Final = "approve until date"
"""An exception that is looked at again."""


@dataclass(frozen=True, kw_only=True)
class DecisionWord:
    """A word of a drop-down.

    Attributes
    ----------
    word
        What people choose.
    kind, part
        What it is said of.
    verdict, option
        As in `lakezones.model.tables.Decisions`.
    detail
        What the option needs to be given: name, zone or domain; empty where nothing.
    dated, reasoned
        Whether it needs a date, and a reason.
    """

    word: str
    kind: str
    part: str
    verdict: str
    option: str | None
    detail: str
    dated: bool
    reasoned: bool


def _words(kind: str, part: str) -> tuple[DecisionWord, ...]:
    return tuple(
        DecisionWord(
            word=_DATED_APPROVAL if verdict == "approve" and needs_day(kind, verdict) else _SHORT[verdict, option],
            kind=kind,
            part=part,
            verdict=verdict,
            option=option,
            detail="".join(DETAILS.get(option or "", ())),
            dated=needs_day(kind, verdict),
            reasoned=needs_reason(kind, verdict, option),
        )
        for verdict, option in sayable(kind, part)
        if (verdict, option) in _SHORT
    )


_DECIDED: Final = (
    ("role", ""),
    ("role", "member"),
    ("role", "class"),
    ("suggestion", ""),
    ("drop", ""),
    ("unused", ""),
    ("residual", ""),
    ("finding", ""),
    ("zone", ""),
    ("merge", ""),
    ("pilot", ""),
)
WORDS: Final = {of: _words(*of) for of in _DECIDED}
"""By kind and part: the words, in the order in which buttons stand."""


def list_name(kind: str, part: str = "") -> str:
    """Name of the list of words of a kind and part."""
    return f"words_{part or kind}"
