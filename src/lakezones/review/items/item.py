"""One thing to decide on, before anybody is asked, and how grave what is wrong with it is.

In: what the builders of each kind know. Out: `ReviewItem`, and its risk in a word and in a sentence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from lakezones.review.dossier import DefectCard

GRAVITY: Final[dict[str, int]] = {"high": 0, "medium": 1, "low": 2}

CALM: Final = "Nothing stands out."
"""Why an item without reasons has the risk it has."""


@dataclass(frozen=True, kw_only=True)
class ReviewItem:
    """One thing to decide on: columns as in `lakezones.model.tables.ReviewItems`.

    Attributes
    ----------
    people
        How many people are concerned.
    beneficiaries
        Ids of those whose own access it is: they do not decide on it.
    least
        Its risk is not below this.
    reasons
        What is wrong with it, the gravest first.
    owners, others
        Who may be asked before, and after, the owner of the domain, best first: names or ids as declared.
    asked
        Whether a decision is asked for; else it may be made, and is in no worklist.
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
    people: int = 0
    beneficiaries: frozenset[str] = frozenset()
    containers: int = 0
    pairs: int = 0
    new_access: int = 0
    used_share: float | None = None
    least: str = "low"
    reasons: tuple[DefectCard, ...] = ()
    restricted: bool = False
    writes: bool = False
    evidence: str = ""
    owners: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    asked: bool = True

    @cached_property
    def risk(self) -> str:
        """High with anything grave or two things of middling weight; never below what was proposed."""
        return worst([self.least, overall(self.reasons)])

    @property
    def risk_reason(self) -> str:
        """What is wrong, in sentences, the gravest first."""
        return " ".join(one.sentence for one in self.reasons) or CALM


def worst(risks: Iterable[str]) -> str:
    """The gravest of some risks.

    Examples
    --------
    >>> worst(["low", "medium"])
    'medium'
    """
    return min(risks, key=GRAVITY.__getitem__)


def overall(reasons: Sequence[DefectCard]) -> str:
    """Risk of an item with these reasons: two kinds of medium reasons make it high.

    Examples
    --------
    >>> write, foreign = (DefectCard(kind=kind, severity="medium", sentence="") for kind in ("write", "foreign"))
    >>> overall([]), overall([write]), overall([write, foreign])
    ('low', 'medium', 'high')
    """
    medium = {one.kind for one in reasons if one.severity == "medium"}
    return "high" if len(medium) > 1 else worst([*(one.severity for one in reasons), "low"])
