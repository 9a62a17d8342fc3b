"""What the page needs of a workspace, so that nothing here knows a file.

In: nothing. Out: protocols; `lakezones.pipeline.serving` has what fulfils them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class DraftStore(Protocol):
    """Drafts and looks, kept by whoever holds the workspace; see `lakezones.store.pending.Pending`."""

    source: str

    def put(self, reviewer: str, drafts: Sequence[Mapping[str, Any]], *, label: str) -> None:
        """Keep drafts as one action; on the disk when it returns."""

    def undo(self, reviewer: str) -> str | None:
        """Take the last action back; what it was."""

    def undoable(self, reviewer: str) -> str | None:
        """What could be taken back."""

    def drafts(self, reviewer: str) -> list[dict[str, Any]]:
        """The reviewer's drafts."""

    def opened(self, reviewer: str, object_kind: str, object_id: str, content_hash: str) -> None:
        """Note that an item was opened."""

    def stayed(self, reviewer: str, object_kind: str, object_id: str, content_hash: str, seconds: float) -> None:
        """Note for how long it was in view."""

    def seen(self, reviewer: str) -> set[tuple[str, str, str]]:
        """What the reviewer has opened."""


class Desk(Protocol):
    """A workspace as the page sees it."""

    @property
    def pending(self) -> DraftStore:
        """Drafts and looks."""
