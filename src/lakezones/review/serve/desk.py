"""What the page needs of a workspace, so that nothing here knows a file.

In: nothing. Out: protocols; `lakezones.pipeline.serving` has what fulfils them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from lakezones.review.decisions import Draft
from lakezones.review.serve.state import ReviewState


class Action(Protocol):
    """An action that can be taken back."""

    @property
    def label(self) -> str:
        """What it was, in words."""

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """Kind, id, kind of part and part of each of its drafts."""


class DraftStore(Protocol):
    """Drafts and looks, kept by whoever holds the workspace; see `lakezones.store.pending.Pending`."""

    source: str

    def put(self, reviewer: str, drafts: Sequence[Mapping[str, Any]], *, label: str) -> None:
        """Keep drafts as one action; on the disk when it returns."""

    def undo(self, reviewer: str) -> Action | None:
        """Take the last action back."""

    def last(self, reviewer: str) -> Action | None:
        """What could be taken back."""

    def drafts(self, reviewer: str) -> list[dict[str, Any]]:
        """The reviewer's drafts."""

    def opened(self, reviewer: str, object_kind: str, object_id: str, content_hash: str) -> None:
        """Note that an item was opened."""

    def stayed(self, reviewer: str, object_kind: str, object_id: str, content_hash: str, seconds: float) -> None:
        """Note for how long it was in view."""

    def seen(self, reviewer: str) -> set[tuple[str, str, str]]:
        """What the reviewer has opened."""


@dataclass(frozen=True, kw_only=True)
class SubmittedBatch:
    """What became of a reviewer's drafts.

    Attributes
    ----------
    records
        Records that are new in the log: decisions, or a withdrawal.
    refused
        Key and reason of each draft that was not taken; it stays pending.
    checkpoint
        Three lines: origin, size, root.
    """

    batch_id: str
    at: datetime
    records: Sequence[Mapping[str, Any]]
    refused: Sequence[tuple[tuple[str, ...], str]]
    checkpoint: str
    signed_by: str | None = None


class Desk(Protocol):
    """A workspace as the page sees it."""

    @property
    def pending(self) -> DraftStore:
        """Drafts and looks."""

    def state(self) -> ReviewState:
        """The review as it is in the workspace now; read again where that has changed."""

    def earlier(self) -> ReviewState | None:
        """The review before the proposal was last made again, while the server ran; None where it was not."""

    def signs(self) -> str | None:
        """Name of the key that signs submissions; None where none is configured."""

    def submit(
        self, reviewer: str, drafts: Sequence[Draft], *, ticket: str | None, comment: str | None
    ) -> SubmittedBatch:
        """Make records of drafts, under the lock of the workspace; each that was not taken stays pending."""

    def withdraw(self, reviewer: str, record_id: str, justification: str) -> None:
        """Take a record back by a new one that names it."""

    def campaign(self) -> Mapping[str, Any]:
        """How the campaign goes: what `review status` says, and the quality of it."""

    def signoff(self, domain: str) -> str:
        """The sign-off of a domain, a page of its own."""
