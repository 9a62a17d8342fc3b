"""What an explanation is: a tree of words with the figures behind them.

In: levels by lane. Out: levels in words, and `Explanation`, a tree that the command draws and that `to_dict` turns
into JSON.
"""

from dataclasses import dataclass, field
from typing import Any

from lakezones.model.levels import LABELS, Lane


@dataclass(frozen=True)
class Branch:
    """A node of the tree: what it is, in words, and what hangs below it."""

    label: str
    notes: dict[str, Any] = field(default_factory=dict)
    children: tuple["Branch", ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The branch as plain data."""
        return {"label": self.label, **self.notes, "children": [child.to_dict() for child in self.children]}


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Who has what, and why.

    Attributes
    ----------
    principal, container
        Ids of what was asked for; None where all are meant.
    summary
        The answer in short.
    tree
        The answer in full.
    """

    principal: str | None
    container: str | None
    summary: dict[str, Any]
    tree: Branch

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data."""
        return {
            "principal": self.principal,
            "container": self.container,
            **self.summary,
            "tree": self.tree.to_dict(),
        }


def label_of(level: int) -> str:
    """Level bits in words; ``nothing`` for none."""
    return LABELS.get(level, "nothing")


def label_in(lane: str, level: int) -> str:
    """Level bits of a lane in words: in ``destroy`` they say what is done, whatever the bits.

    Examples
    --------
    >>> label_in("data", 3), label_in("destroy", 2)
    ('write', 'delete or move')
    """
    return "delete or move" if lane == Lane.DESTROY else label_of(level)


def in_words(held: dict[str, int]) -> str:
    """Levels by lane in words.

    Examples
    --------
    >>> in_words({"data": 1, "control": 7})
    'read, manage (control)'
    """
    words = [label_of(held[Lane.DATA])] if held.get(Lane.DATA) else []
    words += [f"{label_in(lane, level)} ({lane})" for lane, level in held.items() if lane != Lane.DATA]
    return ", ".join(words) or "nothing"
