"""The review in a workspace: what reviewers look at, and what they decided.

In: a proposal. Out: roles that were reviewed before, and how the review stands.
"""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

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

    def review_status(self, basis: ReviewBasis | None = None, *, today: date | None = None) -> dict[str, Any]:
        """How far the review is; see `lakezones.review.status.status`.

        Parameters
        ----------
        basis
            What there is to decide on, where the caller has read it.
        today
            The day from which items are overdue; today by default.
        """
        from lakezones.review.campaign import without
        from lakezones.review.status import status

        basis = basis or self.review_basis()
        settings, standings = self.settings(), self.review_stand(basis).standings
        plannable = without(standings, self.canaries())
        decided = plannable.filter(pl.col("standing").cast(pl.String) != "undecided")
        target = api.target(
            basis.facts,
            basis.access,
            basis.plannable,
            standings=None if decided.is_empty() else t.Standings.cast(plannable),
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
