"""What can be said of each kind of item and part, and what each verdict does to access, in words.

In: kind, part, verdict, option. Out: `Effect`: the words of the button and of the record, and whether access is kept,
ended or added by it. A verdict that ends access (`revoke`) and one that only shapes a role never share a word, so that
nobody ends access by tidying up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

Change = Literal["kept", "ended", "added", "none"]
"""What becomes of the access that an item is about: it stays, it ends, it is new, or none is touched."""

Sayable = tuple[str, str | None]
"""A verdict and its option."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a verdict does to access.

    Attributes
    ----------
    button
        What the button says: what is done, a colon, what becomes of access.
    record
        The same as it stands in the record, with the day.
    access
        What becomes of the access that the item is about.
    """

    button: str
    record: str
    access: Change


_APPROVE: Final[Sayable] = ("approve", None)
_DENY: Final[Sayable] = ("deny", None)
_REVOKE: Final[Sayable] = ("revoke", None)
_DEFER: Final[Sayable] = ("defer", None)
_LEAVE_OUT: Final[Sayable] = ("change", "leave_out")

_STAYS: Final = "access stays as it is"
_NOBODY: Final = "nobody loses anything"
_LATER: Final = ("Decide later: access stays as it is until then", "kept")

_WORDS: Final[Mapping[tuple[str, str], Mapping[Sayable, tuple[str, Change]]]] = {
    ("role", ""): {
        ("approve", "proposed"): ("Approve this role: its people keep this access, through the role", "kept"),
        ("approve", "fitted"): (
            "Approve this role without what nobody used: what it leaves out stays with its people as it is",
            "kept",
        ),
        ("change", "rename"): ("Approve this role under another name: its people keep this access", "kept"),
        ("change", "split"): ("Approve this role as several roles: its people keep this access", "kept"),
        ("change", "merge"): ("Approve this role as part of another: nobody gains or loses anything", "kept"),
        ("change", "move_domain"): ("Approve this role under another domain: its people keep this access", "kept"),
        _DENY: (f"Deny this role: {_NOBODY}", "kept"),
        _DEFER: _LATER,
    },
    ("role", "member"): {
        _LEAVE_OUT: (f"Leave this person out: {_STAYS}", "kept"),
        _REVOKE: ("Revoke this person's access from {when}: access ends", "ended"),
        _APPROVE: ("Approve this person in the role: access they hold goes on through the role", "kept"),
    },
    ("role", "class"): {
        _LEAVE_OUT: (f"Leave these containers out of the role: {_STAYS}", "kept"),
        _REVOKE: ("Revoke the access of the role's people to these containers from {when}: access ends", "ended"),
        _APPROVE: ("Approve these containers in the role: access its people hold goes on through the role", "kept"),
    },
    ("role", "container"): {
        _APPROVE: ("Approve this container in the role: access its people hold goes on through the role", "kept"),
    },
    ("suggestion", ""): {
        _APPROVE: ("Approve this new access: the person gains it", "added"),
        _DENY: ("Deny this new access: nobody gains or loses anything", "none"),
        _DEFER: ("Decide later: nobody gains or loses anything until then", "none"),
    },
    ("suggestion", "container"): {
        _APPROVE: ("Approve this container with the rest: the person gains it", "added"),
    },
    ("drop", ""): {
        _REVOKE: ("Revoke this access from {when}, as the policy says: access ends", "ended"),
        _DENY: (f"Keep this access in spite of the policy: {_NOBODY}", "kept"),
        _DEFER: _LATER,
    },
    ("drop", "class"): {
        _REVOKE: ("Revoke the access to these containers from {when}, as the policy says: access ends", "ended"),
        _DENY: (f"Keep the access to these containers in spite of the policy: {_NOBODY}", "kept"),
    },
    ("drop", "container"): {
        _REVOKE: ("Revoke the access to this container from {when}, as the policy says: access ends", "ended"),
    },
    ("residual", ""): {
        _APPROVE: (f"Keep as an exception, to be reviewed again on {{when}}: {_STAYS}", "kept"),
        _REVOKE: ("Revoke this access outside of roles from {when}: access ends", "ended"),
        _DEFER: _LATER,
    },
    ("residual", "class"): {
        _APPROVE: (f"Keep these containers as an exception, to be reviewed again on {{when}}: {_STAYS}", "kept"),
        _REVOKE: ("Revoke the access to these containers from {when}: access ends", "ended"),
    },
    ("residual", "container"): {
        _APPROVE: (f"Keep this container as an exception, to be reviewed again on {{when}}: {_STAYS}", "kept"),
    },
    ("unused", ""): {
        _REVOKE: ("Revoke the access that nobody used from {when}: access ends", "ended"),
        _DENY: (f"Keep the access that nobody used: {_NOBODY}", "kept"),
        _DEFER: _LATER,
    },
    ("finding", ""): {
        ("accept", None): (f"Accept this risk until {{when}}: {_STAYS}", "kept"),
        _DEFER: _LATER,
    },
    ("zone", ""): {
        _APPROVE: ("Approve this zone and domain: access does not change by it", "none"),
        ("change", "move_zone"): ("Put these containers into another zone: access does not change by it", "none"),
        ("change", "move_domain"): ("Give these containers to another domain: access does not change by it", "none"),
        _DEFER: ("Decide later: the containers stay where they are until then", "none"),
    },
    ("merge", ""): {
        _APPROVE: ("Approve that these containers move together: who has access stays the same", "kept"),
        _DENY: ("Do not bring these containers together: they stay where they are", "kept"),
        _DEFER: ("Decide later: the containers stay where they are until then", "kept"),
    },
    ("pilot", ""): {
        _APPROVE: ("Approve this domain as a pilot: it moves first, access does not change by it", "none"),
        _DENY: ("Do not start with this domain: access does not change by it", "none"),
    },
}
_DAYS: Final = ("revoke", "accept")
"""Verdicts that need a day; an approval of access outside of roles may have one."""
REASONS: Final = frozenset({"deny", "revoke", "accept"})
"""Verdicts that say why."""
DETAILS: Final[Mapping[str, tuple[str, ...]]] = {
    "rename": ("name",),
    "split": ("roles",),
    "merge": ("into",),
    "move_zone": ("zone",),
    "move_domain": ("domain",),
}
"""What a change says in its detail, a JSON object: the new name; the roles of a split, each with a name and with
members, classes or both; the role it becomes part of; the zone; the domain."""


def sayable(kind: str, part: str = "") -> list[Sayable]:
    """Verdicts with their options that a kind and part take, in the order in which buttons stand.

    Examples
    --------
    >>> sayable("suggestion")
    [('approve', None), ('deny', None), ('defer', None)]
    >>> sayable("suggestion", "member")
    []
    """
    return list(_WORDS.get((kind, part), {}))


def options(kind: str, part: str, verdict: str) -> list[str]:
    """Options of a verdict; none where it takes none.

    Examples
    --------
    >>> options("role", "", "approve"), options("role", "", "deny")
    (['proposed', 'fitted'], [])
    """
    return [option for said, option in sayable(kind, part) if said == verdict and option is not None]


def needs_day(kind: str, verdict: str) -> bool:
    """Whether a verdict needs a day: the one on which access ends, or until which a risk is accepted."""
    return verdict in _DAYS or (kind == "residual" and verdict == "approve")


def needs_reason(kind: str, verdict: str, option: str | None = None) -> bool:
    """Whether a verdict says why: a denial, what ends access, a risk that is accepted, who or what is left out.

    Examples
    --------
    >>> needs_reason("role", "deny"), needs_reason("pilot", "deny"), needs_reason("role", "approve")
    (True, False, False)
    """
    if kind in ("pilot", "merge"):
        return False
    return verdict in REASONS or option == "leave_out" or (kind == "residual" and verdict == "approve")


def effect_words(
    kind: str, part: str, verdict: str, option: str | None = None, *, effective: date | None = None
) -> Effect:
    """What a verdict does to access, in words.

    Parameters
    ----------
    kind, part
        One of `lakezones.model.tables.review.REVIEW_KINDS`, and of `PARTS` (empty for all of it).
    verdict, option
        What was decided.
    effective
        The day on which access ends, or until which a risk is accepted.

    Raises
    ------
    KeyError
        If nobody can say this of such a part.

    Examples
    --------
    >>> effect_words("role", "", "deny").button
    'Deny this role: nobody loses anything'
    >>> effect_words("role", "member", "revoke", effective=date(2027, 2, 1)).record
    "Revoke this person's access from 1 February 2027: access ends"
    """
    words, access = _WORDS[kind, part][verdict, option]
    when = "a day that you set" if effective is None else f"{effective.day} {effective:%B %Y}"
    return Effect(
        button=words.format(when="a date" if effective is None else when), record=words.format(when=when), access=access
    )
