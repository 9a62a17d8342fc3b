"""A problem with a change, and a role as a change would leave it."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from lakezones.review.decisions.drafts import Draft
from lakezones.review.dossier.known import Levels


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with a change.

    Attributes
    ----------
    severity
        ``refused``: the change is not taken; ``warning``: it may be.
    sentence
        What is wrong, with the names of people and things, and what to do.
    subject
        Id of the person, class, container or role that it is about; empty for the change as a whole.
    """

    severity: Literal["refused", "warning"]
    sentence: str
    subject: str = ""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A role as a change would leave it."""

    name: str
    layer: str
    members: tuple[str, ...]
    content: Levels


def refused(sentence: str, subject: str = "") -> Problem:
    """A problem for which the change is not taken."""
    return Problem(severity="refused", sentence=sentence, subject=subject)


def warning(sentence: str, subject: str = "") -> Problem:
    """A problem to know about."""
    return Problem(severity="warning", sentence=sentence, subject=subject)


def detail_of(draft: Draft) -> dict[str, Any]:
    """What a change says in its detail; nothing where that is no JSON object."""
    try:
        value = json.loads(draft.detail or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
