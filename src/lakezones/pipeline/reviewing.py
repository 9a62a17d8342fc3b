"""The review in a workspace: what reviewers look at, and what they decided.

In: a proposal. Out: roles that were reviewed before, and how the review stands.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from lakezones import api
from lakezones.config import Settings
from lakezones.model import tables as t
from lakezones.pipeline.deciding import Deciding, ReviewBasis

if TYPE_CHECKING:
    from lakezones.model.frames import Access, Facts, Reviewed, Target
    from lakezones.propose.roles.carry import Earlier


class Reviewing(Deciding):
    """A workspace whose proposal is reviewed."""

    def reviewed_roles(self) -> "Earlier | None":
        """Roles of the last proposal that reviewers decided on; None where there is none."""
        from lakezones.propose.roles.carry import Earlier, KeptRole
        from lakezones.review.decisions.approved import approved_roles, approved_suggestions

        tables: dict[str, Any] | None = self.read_reviewed_roles()
        if tables is None:
            return None
        earlier = Earlier(**tables)
        layers = dict(earlier.roles.select("role_id", pl.col("layer").cast(pl.String)).iter_rows())
        decisions = self.read_decisions()
        approved = [] if decisions is None else approved_roles(decisions, self.read_seen())
        suggested: dict[str, dict[str, dict[str, int]]] = {}
        if decisions is not None and "suggestions.parquet" in self.manifest("proposal")["outputs"]:
            found = self.read_frames("proposal", {"suggestions": t.Suggestions})["suggestions"]
            suggested = approved_suggestions(decisions, found)
        kept = [
            KeptRole(
                role_id=one.role_id,
                people=one.people,
                containers=one.containers,
                layer=layers[one.role_id],
                suggested=suggested.get(one.role_id, {}),
            )
            for one in approved
            if one.role_id in layers
        ]
        return replace(earlier, kept=tuple(kept))

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
        settings = self.settings()
        target, _ = self.decided_target(basis.facts, basis.access, settings, basis=basis)
        found = status(
            basis.built.items,
            self.review_stand(basis).standings,
            target,
            contents=basis.contents,
            today=today or datetime.now(UTC).date(),
            campaign=settings.review.campaign.name,
            instruction=settings.review.campaign.instruction,
            second=settings.review.routing.security_team,
        )
        rejected = basis.misrouted.select("file", "line", "reason").to_dicts()
        return {**found, "reviewers_rejected": rejected}

    def reviewed(self, settings: Settings, *, basis: ReviewBasis | None = None) -> "Reviewed | None":
        """Decisions in force with what they are held against; None where nobody has decided anything.

        Parameters
        ----------
        basis
            What there is to decide on, where the caller has read it.
        """
        from lakezones.review.campaign import without
        from lakezones.review.target.standing import reviewed_of

        decisions, canaries = self.read_decisions(), self.canaries()
        if decisions is None or decisions.is_empty():
            return None
        basis = basis or self.review_basis()
        return reviewed_of(
            basis.contents,
            without(basis.hashes, canaries),
            decisions,
            self.review_seen(basis),
            settings=settings.review,
            items=without(basis.built.items, canaries),
        )

    def decided_target(
        self,
        facts: "Facts",
        access: "Access",
        settings: Settings,
        *,
        accept_asserted: bool = False,
        basis: ReviewBasis | None = None,
    ) -> "tuple[Target, Reviewed | None]":
        """What was decided, and the decisions it was made from; these are None where nobody has decided anything.

        Parameters
        ----------
        accept_asserted
            Whether what waits for a second reviewer or is asserted without evidence counts.
        basis
            What there is to decide on, where the caller has read it.
        """
        from lakezones.review.campaign import without

        proposal = self.read_proposal() if basis is None else basis.plannable
        decisions, reviewed, standings = self.read_decisions(), None, None
        if decisions is not None and decisions.height:
            basis = basis or self.review_basis()
            reviewed = self.reviewed(settings, basis=basis)
            standings = t.Standings.cast(without(self.review_stand(basis).standings, self.canaries()))
        target = api.target(
            facts, access, proposal, standings=standings, accept_asserted=accept_asserted, settings=settings
        )
        return target, reviewed
