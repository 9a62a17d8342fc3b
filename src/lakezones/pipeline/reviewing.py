"""The review in a workspace: what reviewers look at, and what they decided.

In: a proposal. Out: the review sheet, how the review stands, decisions out of a filled sheet.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import dataframely as dy
import polars as pl

from lakezones import api
from lakezones.model import tables as t
from lakezones.pipeline.deciding import Deciding, ReviewBasis

if TYPE_CHECKING:
    from lakezones.propose.roles.carry import Earlier


class Reviewing(Deciding):
    """A workspace whose proposal is reviewed."""

    def reviewed_roles(self) -> "Earlier | None":
        """Roles of the last proposal that reviewers decided on; None where there is none."""
        from lakezones.propose.roles.carry import Earlier

        tables = self.read_reviewed_roles()
        return None if tables is None else Earlier(**tables)

    def review_sheet(self, *, approve_all: str | None = None) -> dy.DataFrame[t.Sheet]:
        """The sheet that reviewers get of the proposal; see `lakezones.review.sheet`."""
        from lakezones import review

        now = self.review_basis()
        gaining = pl.col("principal_id").is_in(now.proposal.suggestions["principal_id"].unique().implode())
        people = now.facts.table("principals").filter(gaining)
        classes = now.access.container_classes
        return review.sheet(now.proposal, classes, hashes=now.hashes, people=people, approve_all=approve_all)

    def review_status(self, basis: ReviewBasis | None = None, *, today: date | None = None) -> dict[str, Any]:
        """How far the review is; see `lakezones.review.status.status`.

        Parameters
        ----------
        basis
            What there is to decide on, where the caller has read it.
        today
            The day from which items are overdue; today by default.
        """
        from lakezones.review.status import status

        basis = basis or self.review_basis()
        settings, standings = self.settings(), self.review_stand(basis).standings
        decided = standings.filter(pl.col("standing").cast(pl.String) != "undecided")
        target = api.target(
            basis.facts,
            basis.access,
            basis.proposal,
            standings=None if decided.is_empty() else standings,
            settings=settings,
        )
        found = status(
            basis.built.items,
            standings,
            target,
            contents=basis.contents,
            today=today or datetime.now(UTC).date(),
            campaign=settings.review.campaign.name,
            instruction=settings.review.campaign.instruction,
            second=settings.review.routing.security_team,
        )
        rejected = basis.misrouted.select("file", "line", "reason").to_dicts()
        return {**found, "reviewers_rejected": rejected}

    def import_review(
        self, filled: pl.DataFrame, *, file: str, lines: Sequence[int] | None = None
    ) -> tuple[dict[str, int], pl.DataFrame]:
        """Take decisions from a filled sheet, and log those that are new.

        Parameters
        ----------
        filled
            The sheet as it came back; see `lakezones.review.drafts_of`.
        file
            Name of the file it was in, for rejected rows.
        lines
            Line of each row in the file; by default one line per row, after a header.

        Returns
        -------
        summary, rejected
            Counts of rows taken, changed and rejected with the status of the review; rows that could not be taken
            (`lakezones.model.tables.Rejected`).
        """
        from lakezones import review

        decided = self.submit(review.drafts_of(filled, lines), source=self.source(), file=file)
        made = sum(record["kind"] == "decision" for record in decided.recorded.records)
        counts = {"taken": made + decided.unchanged, "changed": made, "rejected": decided.rejected.height}
        return {**counts, **review.counts(self.review_stand().standings)}, decided.rejected
