"""The review in a workspace: what reviewers look at, and what they decided.

In: a proposal. Out: the files of the stage review. Every change is read, merged and written under one lock.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.pipeline.deciding import Deciding

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

        proposal = self.read_proposal()
        classes = self.read_frames("access", {"container_classes": t.ContainerClasses})["container_classes"]
        gaining = pl.col("principal_id").is_in(proposal.suggestions["principal_id"].unique().implode())
        people = self.facts_used({"principals": gaining}).table("principals")
        return review.sheet(proposal, classes, people=people, approve_all=approve_all)

    def review_status(self) -> dict[str, int]:
        """How far the review is; see `lakezones.review.status`."""
        from lakezones import review

        return review.status(self.review_sheet(), self.read_decisions())

    def import_review(
        self, filled: pl.DataFrame, *, file: str, lines: Sequence[int] | None = None
    ) -> tuple[dict[str, int], pl.DataFrame]:
        """Take decisions from a filled sheet, and log those that are new.

        Parameters
        ----------
        filled
            The sheet as it came back; see `lakezones.review.accept`.
        file
            Name of the file it was in, for the log and for rejected rows.
        lines
            Line of each row in the file; by default one line per row, after a header.

        Returns
        -------
        summary, rejected
            Counts of rows taken, changed and rejected with the status of the review; rows that could not be taken
            (`lakezones.model.tables.Rejected`).
        """
        from lakezones.review.importing import take

        # Read, merge and write belong together: what another import wrote in between would be lost.
        with self.exclusive():
            started = datetime.now(UTC)
            current, earlier = self.review_sheet(), self.read_decisions()
            facts = self.facts_used({"principals": None})
            people = facts.table("principals") if facts.assessed("principals") else None
            taken = take(filled, current, earlier, file=file, decided_at=started, lines=lines, directory=people)
            self.record(taken.entries, render=lambda _: taken.files, started=started)
        return taken.summary, taken.rejected
