"""The review page of a workspace: its reviewers, its drafts, and the server that shows them.

In: a workspace and names of reviewers. Out: a server; everything it writes goes through the workspace.
"""

import getpass
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from lakezones.errors import MissingStageError, UsageError
from lakezones.model.identity import plain
from lakezones.pipeline.deciding import ReviewBasis
from lakezones.pipeline.reviewing import Reviewing
from lakezones.review.people import People
from lakezones.store.pending import Pending

if TYPE_CHECKING:
    from lakezones.review.decisions import Draft
    from lakezones.review.serve.desk import SubmittedBatch
    from lakezones.review.serve.server import ReviewServer
    from lakezones.review.serve.state import Reviewable, ReviewState

STAGES: Final = ("access", "proposal")
"""Stages that the page is made from, besides the review itself."""
KEPT: Final = 1000
"""Dossiers that are kept once they have been asked for."""


def review_server(ws: Reviewing, names: Sequence[str], *, port: int = 0) -> "ReviewServer":
    """A server for reviewers of the proposal in a workspace; it listens, and answers once it runs.

    Parameters
    ----------
    names
        The reviewers, however they spell themselves; whoever is logged in on this machine where there are none.
    port
        Port to listen on; 0 for any that is free.

    Raises
    ------
    MissingStageError
        If nothing has been proposed.
    UsageError
        If a reviewer is unknown, ambiguous, disabled or no person.
    """
    if not ws.has("proposal"):
        raise MissingStageError(
            f"nothing has been proposed in {ws.root}, so there is nothing to review",
            hint=f"run: lakezones propose -w {ws.root}",
        )
    ws.check_fresh("proposal")
    reviewers = find_reviewers(ws, names)
    from lakezones.review.serve.server import ReviewServer

    desk = WorkspaceDesk(ws)
    desk.state()  # what is wrong with the workspace is said now, and the first page need not wait
    return ReviewServer(desk, reviewers, port=port)


def find_reviewers(ws: Reviewing, names: Sequence[str]) -> dict[str, str]:
    """Name by id of the people whom the names mean, in their order.

    Raises
    ------
    UsageError
        If one of them may not review; says why.
    """
    hint = "say who reviews, as the directory names them: --reviewer 'Ana Doe', or their mail address or id"
    facts = ws.facts_used({"principals": None})
    given = list(names) or [getpass.getuser()]
    found: dict[str, str] = {}
    people = People(facts.table("principals")) if facts.assessed("principals") else None
    labels = dict(facts.table("principals").select("principal_id", "name").iter_rows())
    for name in given:
        spelled = " ".join(name.split())
        if not plain(spelled):
            raise UsageError("a reviewer has no name", hint=hint)
        if people is None:
            found[spelled] = spelled
            continue
        if why := people.misfit(spelled):
            whose = "" if names else " (the user of this machine, as no --reviewer is given)"
            raise UsageError(f"{why}{whose}", hint=hint)
        principal = people.label(people.find(spelled)[0])
        found[principal] = labels.get(principal) or principal
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class _Read:
    """What was read of a workspace: what there is to decide on, and how it stands."""

    basis: ReviewBasis
    state: "ReviewState"


class WorkspaceDesk:
    """A workspace as the page sees it; see `lakezones.review.serve.desk.Desk`.

    Parameters
    ----------
    ws
        The workspace.
    """

    def __init__(self, ws: Reviewing) -> None:
        self._ws = ws
        self._lock = threading.RLock()
        self._stamps: tuple[Any, Any] = (None, None)
        self._read: _Read | None = None
        self._earlier: ReviewState | None = None
        self._status: tuple[_Read, Mapping[str, Any]] | None = None
        self.pending = Pending(ws.root, by_person=ws.settings().review.quality.by_person)

    def state(self) -> "ReviewState":
        """The review as it is in the workspace now; read again where that has changed."""
        read = self._read
        if read is not None and self._stamp() == self._stamps:
            return read.state
        with self._lock:
            return self._again().state

    def earlier(self) -> "ReviewState | None":
        """The review before the proposal was last made again, while the server ran; None where it was not."""
        return self._earlier

    def signs(self) -> str | None:
        """Name of the key that signs submissions; None where none is configured."""
        return self._ws.settings().review.signing.key or None

    def submit(
        self, reviewer: str, drafts: "Sequence[Draft]", *, ticket: str | None, comment: str | None
    ) -> "SubmittedBatch":
        """Make records of drafts, under the lock of the workspace; each that was not taken stays pending."""
        from lakezones.review.serve.desk import SubmittedBatch

        kept = {_key(one): one for one in self.pending.drafts(reviewer)}
        numbered = [replace(draft, line=number) for number, draft in enumerate(drafts)]
        with self._lock, self._ws.exclusive():
            read = self._again()
            current = {(*one, row["content_hash"]) for one, row in read.state.by_key.items()}
            opened = {(kind, object_id) for kind, object_id, _ in self.pending.seen(reviewer) & current}
            made = self._ws.submit(
                numbered,
                source=self.pending.source,
                basis=read.basis,
                ticket=ticket,
                comment=comment,
                opened=opened,
            )
            why = dict(made.rejected.select("line", "reason").iter_rows())
            taken = [kept[draft.key] for number, draft in enumerate(drafts) if number not in why and draft.key in kept]
            batch = next((str(one["record_id"]) for one in made.recorded.records if one["kind"] == "batch"), "")
            self.pending.submitted(reviewer, taken, batch_id=batch or "unchanged")
        return SubmittedBatch(
            batch_id=batch,
            at=made.at,
            records=made.recorded.records,
            refused=[(draft.key, why[number]) for number, draft in enumerate(drafts) if number in why],
            checkpoint=made.recorded.checkpoint,
            signed_by=made.recorded.key_id,
        )

    def withdraw(self, reviewer: str, record_id: str, justification: str) -> None:
        """Take a record back by a new one that names it."""
        with self._lock:
            why = justification or None
            self._ws.withdraw(record_id, reviewer=reviewer, source=self.pending.source, justification=why)

    def campaign(self) -> Mapping[str, Any]:
        """How the campaign goes: what `lakezones review status` says, and rows of text for the page of the campaign."""
        from lakezones.pipeline.campaigning import campaign_report, campaign_rows

        with self._lock:
            read = self._again()
            if self._status is None or self._status[0] is not read:
                report = campaign_report(self._ws, read.basis, pending=self.pending)
                self._status = read, {**report, **campaign_rows(report)}
            return self._status[1]

    def signoff(self, domain: str) -> str:
        """The sign-off of a domain, a page of its own."""
        from lakezones.pipeline.signoffs import gathering
        from lakezones.review.signoff import page

        state = self.state()
        return page(gathering(self._ws, items=state.base.items, standings=state.standings).of(domain), linked=True)

    # -------------------------------------------------------------------------------------- private

    def _stamp(self) -> tuple[Any, Any]:
        """What tells one writing of what the page is made from, and of the review, from another."""
        return tuple(self._ws.stamp(stage) for stage in STAGES), self._ws.stamp("review")

    def _again(self) -> _Read:
        """What was read, read again where the workspace has changed. Under the lock alone."""
        stamps, read = self._stamp(), self._read
        if read is not None and stamps == self._stamps:
            return read
        if read is None or stamps[0] != self._stamps[0]:
            before = None if read is None else read.state
            basis = self._ws.review_basis()
            read = _Read(basis=basis, state=self._state(basis, self._reviewable(basis)))
            self._earlier = before
        else:
            read = _Read(basis=read.basis, state=self._state(read.basis, read.state.base))
        self._read, self._stamps = read, stamps
        self._settle(read.state)
        return read

    def _reviewable(self, basis: ReviewBasis) -> "Reviewable":
        from lakezones.review.checks import Checker
        from lakezones.review.serve.state import Reviewable

        settings = self._ws.settings()
        made = Reviewable(
            proposed=basis.proposed,
            items=basis.built.items,
            contents=basis.contents,
            dossier=lru_cache(maxsize=KEPT)(basis.dossiers.of),
            checker=Checker(basis.dossiers.known, naming=settings.naming, limits=settings.limits),
            principals=basis.principals,
            as_of=basis.facts.as_of,
        )
        made.prepare()
        return made

    def _state(self, basis: ReviewBasis, base: "Reviewable") -> "ReviewState":
        from lakezones.review.decisions import fold
        from lakezones.review.serve.state import ReviewState

        settings, records = self._ws.settings().review, self._ws.read_records()
        stand = self._ws.review_stand(basis)
        return ReviewState(
            base=base,
            standings=stand.standings,
            changed=stand.changed,
            decisions=fold(records),
            records=records,
            settings=settings,
        )

    def _settle(self, state: "ReviewState") -> None:
        """Let go of drafts that are in the log already: a server was killed between the two."""
        from lakezones.review.serve.drafting import draft_of, is_recorded

        for reviewer in self.pending.waiting():
            recorded = [
                one
                for one in self.pending.drafts(reviewer)
                if is_recorded(draft_of(reviewer, one), datetime.fromisoformat(one["drafted_at"]), state)
            ]
            if recorded:
                self.pending.submitted(reviewer, recorded, batch_id="recovered")


def _key(values: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return values["object_kind"], values["object_id"], values["part_kind"], values["part_id"]
