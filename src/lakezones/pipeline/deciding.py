"""Decisions in a workspace: what there is to decide on, drafts that become records, records that are taken back.

In: a proposal, and drafts of a page or a workbook. Out: the files of the stage review. The log is the truth; decisions
in force and what their reviewers saw are written beside it each time.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import dataframely as dy
import polars as pl

from lakezones.errors import MissingStageError, StaleInputError
from lakezones.model import tables as t
from lakezones.model.outputs import Outputs
from lakezones.pipeline.bound import WANTED, Bound, ReviewBasis
from lakezones.pipeline.recording import Recorded

if TYPE_CHECKING:
    from lakezones.review.decisions import Accepted, Draft

__all__ = ["Deciding", "ReviewBasis", "Submitted"]


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """What became of drafts.

    Attributes
    ----------
    recorded
        New records, the checkpoint after them, and the key that signed it.
    unchanged
        Drafts that say what their reviewer has said before.
    rejected
        Drafts that could not be taken, each with its line and the reason.
    at
        When they were taken.
    """

    recorded: Recorded
    unchanged: int
    rejected: dy.DataFrame[t.Rejected]
    at: datetime


class Deciding(Bound):
    """A workspace in which decisions are made."""

    def keep_seen(self) -> None:
        """Put on record what decisions were made on whose workspace did not keep it, while it is still there to see.

        Called before a stage is made again that takes it away; does nothing where all of it is on record, or where the
        proposal is no longer that of the access.
        """
        if not self.has("review") or not self.has("proposal"):
            return
        version = [pl.col(name).cast(pl.String) for name in WANTED]
        with self.exclusive():
            made, known = self.in_force().select(version), self.read_seen().select(version).unique()
            if made.join(known, on=WANTED, how="anti").is_empty():
                return
            try:
                basis = self.review_basis()
            except (StaleInputError, MissingStageError):
                return
            self.record([], render=self.rendering(None, basis))

    def submit(
        self,
        drafts: Iterable["Draft"],
        *,
        source: str,
        basis: ReviewBasis | None = None,
        ticket: str | None = None,
        comment: str | None = None,
        file: str | None = None,
        opened: Collection[tuple[str, str]] | None = None,
        unread: dy.DataFrame[t.Rejected] | None = None,
    ) -> Submitted:
        """Take drafts: what fits becomes records of the log, on the disk when this returns.

        Parameters
        ----------
        drafts
            What reviewers want to decide.
        source
            Where it was submitted: the id of the workspace, or of the workbook.
        basis
            What there is to decide on, where the caller has read it.
        ticket, comment
            Evidence and a remark for the whole submission.
        file
            What rejected rows name; `source` by default.
        opened
            Kind and id of what reviewers opened; None where that is not known.
        unread
            Rows that could not even be made drafts; listed with those that are rejected.

        Raises
        ------
        StaleInputError
            If the proposal has been made again since `basis` was read.
        CheckFailed, ConfigError
            As `record` does.
        """
        from lakezones.review.decisions import submit

        settings = self.settings().review
        campaign = settings.campaign.name or None
        with self.exclusive():
            at = datetime.now(UTC)
            basis = basis or self.review_basis()
            accepted = self.accepted(
                [replace(draft, ticket=draft.ticket or ticket) for draft in drafts],
                basis,
                at=at,
                source=source,
                file=file,
                opened=opened,
            )

            naming = basis.about

            def entries(key_id: str | None) -> list[dict[str, Any]]:
                records = submit(
                    accepted.decisions,
                    at=at,
                    source=source,
                    ticket=ticket,
                    key_id=key_id,
                    campaign=campaign,
                    instruction=settings.campaign.instruction or None,
                    comment=comment,
                ).records
                # What it was about must be read in the log years later, when the proposal is another one.
                return [one | naming.about(one) if one["kind"] == "decision" else one for one in records]

            both = accepted.rejected if unread is None else pl.concat([unread, accepted.rejected])
            rejected = t.Rejected.cast(both)
            recorded = self.record(entries, render=self.rendering(rejected, basis), started=at)
        return Submitted(recorded=recorded, unchanged=accepted.unchanged, rejected=rejected, at=at)

    def accepted(
        self,
        drafts: Sequence["Draft"],
        basis: ReviewBasis,
        *,
        at: datetime,
        source: str,
        file: str | None = None,
        opened: Collection[tuple[str, str]] | None = None,
        earlier: dy.DataFrame[t.Decisions] | None = None,
    ) -> "Accepted":
        """What becomes of drafts; nothing is recorded. Parameters as in `submit`; the caller holds `exclusive`.

        Parameters
        ----------
        earlier
            Decisions in force, where they are others than the log says.

        Raises
        ------
        StaleInputError
            If the proposal has been made again since `basis` was read.
        """
        from lakezones.review.checks import Checker
        from lakezones.review.decisions import accept

        if self.digest("proposal") != basis.proposed:
            raise StaleInputError(
                "the proposal was made again since it was looked at", hint="look at it again, then submit"
            )
        settings = self.settings()
        checker = Checker(basis.dossiers.known, naming=settings.naming, limits=settings.limits)
        earlier = self.in_force() if earlier is None else earlier
        return accept(
            drafts,
            basis.built.items,
            principals=basis.principals,
            settings=settings.review,
            earlier=earlier,
            at=at,
            source=source,
            contents=basis.contents,
            file=file,
            campaign=settings.review.campaign.name or None,
            opened=opened,
            refusals=partial(checker.refusals, earlier=earlier),
        )

    def withdraw(
        self,
        record_id: str,
        *,
        reviewer: str,
        source: str,
        justification: str | None = None,
        ticket: str | None = None,
    ) -> Recorded:
        """Take a decision, or an earlier withdrawal, back by a new record that names it.

        Raises
        ------
        InputError
            If there is no such record, it is no decision, it is withdrawn already, or somebody else made it.
        """
        from lakezones.review.decisions import withdraw

        with self.exclusive():
            at = datetime.now(UTC)
            back = withdraw(
                self.read_records(),
                record_id,
                reviewer=reviewer,
                at=at,
                source=source,
                justification=justification,
                ticket=ticket,
            )
            return self.record([back], render=self.rendering(None, None), started=at)

    def rendering(
        self, rejected: dy.DataFrame[t.Rejected] | None, basis: ReviewBasis | None
    ) -> Callable[[list[dict[str, Any]]], Outputs]:
        """The files beside the log: decisions in force, what their reviewers saw, rows that were rejected."""
        from lakezones.review.binding import seen
        from lakezones.review.decisions import fold

        def render(records: list[dict[str, Any]]) -> Outputs:
            decisions = fold(records)
            frames: dict[str, pl.DataFrame] = {"decisions": decisions}
            if basis is not None:
                # What was decided on before was seen then, and is kept.
                kind = pl.col("object_kind").cast(pl.String)
                wanted = decisions.select(kind, "object_id", "content_hash")
                before = self.in_force().select(kind, "object_id", "content_hash")
                now = wanted.join(before, on=WANTED, how="anti").join(basis.hashes, on=WANTED, how="semi")
                made = seen(basis.contents, now, earlier=self.review_seen(basis))
                if made is not self.read_seen():  # else the file stays: it may have a million rows
                    frames["seen"] = made
            tables: Mapping[str, pl.DataFrame] = {} if rejected is None else {"rejected": rejected}
            return Outputs(frames=frames, csv={"decisions": decisions, **tables})

        return render
