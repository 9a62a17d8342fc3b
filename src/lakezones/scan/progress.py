"""How a scan reports how far it is, without knowing who shows it.

In: steps of work. Out: calls on whatever the command line, or a test, passes in.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Task(Protocol):
    """One piece of work under way."""

    def advance(self, steps: int) -> None:
        """Say that `steps` more items are done."""


class Progress(Protocol):
    """Shows pieces of work."""

    def task(self, name: str, total: int | None = None) -> AbstractContextManager[Task]:
        """Begin a piece of work of `total` items, unknown if None."""


class Silent:
    """Shows nothing."""

    def task(self, name: str, total: int | None = None) -> AbstractContextManager[Task]:  # noqa: ARG002
        """Begin a piece of work that nobody watches."""
        return nullcontext(self)

    def advance(self, steps: int) -> None:
        """Count nothing."""
