"""One thing to decide on, before anybody is asked, and how grave what is wrong with it is.

In: what the builders of each kind know. Out: `ReviewItem`, and its risk in a word and in a sentence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Risk = Literal["low", "medium", "high"]

GRAVITY: Final[dict[str, int]] = {"high": 0, "medium": 1, "low": 2}
ORDER: Final[dict[str, int]] = {
    reason: place
    for place, reason in enumerate(
        (
            "disabled", "unknown", "duties", "public", "new_access", "restricted",
            "write", "department", "unused", "owner", "other",
        )
    )
}  # fmt: skip
"""Of two reasons of one severity, which comes first."""

CALM: Final = "nothing stands out"
"""Why an item without reasons has the risk it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Something that is wrong with an item.

    Attributes
    ----------
    reason
        What, one of `lakezones.model.tables.review.REASONS`.
    sentence
        What is wrong with whom or what, by name; begins with a capital, ends without a stop.
    subjects
        Ids of what it is about; none for the item as a whole.
    each
        For every subject its own sentence; the sentence itself where there is one subject or none.
    """

    reason: str
    severity: Risk
    sentence: str
    subject_kind: str = ""
    subjects: tuple[str, ...] = ()
    each: tuple[str, ...] = ()

    def rows(self) -> list[tuple[str, str | None]]:
        """A sentence for every subject, with its id."""
        if not self.subjects:
            return [(self.sentence, None)]
        return list(zip(self.each or (self.sentence,) * len(self.subjects), self.subjects, strict=True))


@dataclass(frozen=True, kw_only=True)
class ReviewItem:
    """One thing to decide on: columns as in `lakezones.model.tables.ReviewItems`.

    Attributes
    ----------
    people
        Ids of the people concerned.
    beneficiaries
        Ids of those whose own access it is: they do not decide on it.
    owners
        Who may be asked, best first: names or ids as declared.
    """

    kind: str
    object_id: str
    name: str
    sentence: str
    role_id: str | None = None
    domain: str | None = None
    area: str | None = None
    zones: str | None = None
    layer: str | None = None
    access: str | None = None
    people: tuple[str, ...] = ()
    beneficiaries: frozenset[str] = frozenset()
    containers: int = 0
    pairs: int = 0
    new_access: int = 0
    used_share: float | None = None
    least: Risk = "low"
    reasons: tuple[Reason, ...] = ()
    restricted: bool = False
    writes: bool = False
    evidence: str = ""
    owners: tuple[str, ...] = ()

    @property
    def ordered(self) -> list[Reason]:
        """Its reasons, the gravest first."""
        return sorted(self.reasons, key=lambda one: (GRAVITY[one.severity], ORDER[one.reason], one.sentence))

    @property
    def risk(self) -> Risk:
        """High with anything grave or two things of middling weight; never below what was proposed."""
        return worst([self.least, overall(self.reasons)])

    @property
    def risk_reason(self) -> str:
        """What is wrong, in sentences, the gravest first."""
        said = [one.sentence for one in self.ordered] or [CALM.capitalize()]
        return ". ".join(said) + "."


def worst(risks: Iterable[Risk]) -> Risk:
    """The gravest of some risks.

    Examples
    --------
    >>> worst(["low", "medium"])
    'medium'
    """
    return min(risks, key=GRAVITY.__getitem__)


def overall(reasons: Sequence[Reason]) -> Risk:
    """Risk of an item with these reasons: two kinds of medium reasons make it high.

    Examples
    --------
    >>> write, secret = (Reason(reason=r, severity="medium", sentence=r) for r in ("write", "restricted"))
    >>> overall([]), overall([write]), overall([write, secret])
    ('low', 'medium', 'high')
    """
    if not reasons:
        return "low"
    medium = {one.reason for one in reasons if one.severity == "medium"}
    return "high" if len(medium) > 1 else worst(one.severity for one in reasons)
