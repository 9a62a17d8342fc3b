"""The stages before the plan on a lake, for tests of plan and verify; zones and domains are given, not guessed."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from lakezones import access as access_stage
from lakezones.access.settings import AccessSettings
from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts, Plan, Proof, Proposal, Reviewed, Target, conform
from lakezones.model.limits import LimitsSettings
from lakezones.model.naming import NamingSettings
from lakezones.model.policies import PoliciesSettings, SodPair
from lakezones.plan.build import build
from lakezones.plan.settings import PlanSettings
from lakezones.propose.layout import propose_layout
from lakezones.propose.layout.settings import LayoutSettings
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.stage import propose_roles
from lakezones.review.binding import carried, content, former_hashes, hashes
from lakezones.review.decisions import stand
from lakezones.review.settings import ReviewSettings
from lakezones.review.target import decide
from lakezones.review.target.standing import reviewed_of
from lakezones.verify import prove
from tests import golden

LIMITS = LimitsSettings()


@dataclass(frozen=True)
class Journey:
    """A lake up to its proposal."""

    facts: Facts
    access: Access
    proposal: Proposal
    seen: pl.DataFrame | None = None
    """What reviewers saw in an earlier scan."""
    two: frozenset[tuple[str, str]] = frozenset()
    """Kind and id of what two must agree on."""

    def plan(
        self,
        decisions: pl.DataFrame | None = None,
        *,
        sod: tuple[SodPair, ...] = (),
        accept_asserted: bool = False,
        **settings: object,
    ) -> Plan:
        """The plan."""
        target = self.target(decisions, sod=sod, accept_asserted=accept_asserted)
        return build(self.facts, self.access, target, settings=PlanSettings(**settings), limits=LIMITS)

    def target(
        self,
        decisions: pl.DataFrame | None = None,
        *,
        sod: tuple[SodPair, ...] = (),
        accept_asserted: bool = False,
    ) -> Target:
        """What was decided."""
        standings = self.standings(decisions, sod=sod)
        return decide(self.facts, self.access, self.proposal, standings, sod=sod, accept_asserted=accept_asserted)

    def reviewed(self, decisions: pl.DataFrame | None, *, sod: tuple[SodPair, ...] = ()) -> Reviewed | None:
        """Decisions, held against what there is to see; None where there are none."""
        return None if decisions is None or decisions.is_empty() else reviewed_of(**self._stand(decisions, sod))

    def standings(self, decisions: pl.DataFrame | None, *, sod: tuple[SodPair, ...] = ()) -> pl.DataFrame | None:
        """Where everything stands; None where there are no decisions."""
        if decisions is None or decisions.is_empty():
            return None
        return stand(**self._stand(decisions, sod)).standings

    def _stand(self, decisions: pl.DataFrame, sod: tuple[SodPair, ...]) -> dict[str, Any]:
        """What `stand` takes; decisions may carry the hashes of the proposal itself, and on a pilot none."""
        contents = content(self.facts, self.access, self.proposal, sod=sod)
        now = hashes(contents)
        pilots = now.filter(object_kind="pilot").select("object_id", present="content_hash")
        seen_now = pl.when(content_hash="").then(pl.coalesce("present", "content_hash")).otherwise("content_hash")
        made = decisions.join(pilots, on="object_id", how="left").with_columns(content_hash=seen_now)
        made = t.Decisions.cast(made.drop("present"))
        seen = carried(contents, made, former_hashes(self.access, self.proposal), earlier=self.seen)
        items = now.with_columns(
            needs_two=pl.concat_list("object_kind", "object_id").is_in([list(one) for one in sorted(self.two)])
        )
        known = {"contents": contents, "hashes": now, "decisions": made, "seen": seen, "items": items}
        return known | {"settings": ReviewSettings()}

    def prove(self, plan: Plan, decisions: pl.DataFrame | None = None, sod: tuple[SodPair, ...] = ()) -> Proof:
        """The proof of a plan."""
        reviewed = self.reviewed(decisions, sod=sod)
        return prove(self.facts, self.access, self.proposal, plan, limits=LIMITS, reviewed=reviewed, sod=sod)

    def expand(self, frame: pl.DataFrame) -> dict[tuple[str, str], int]:
        """class_id, principal_id, level as (person, container) to level."""
        rows = frame.join(self.access.container_classes, on="class_id").select("principal_id", "container", "level")
        found: dict[tuple[str, str], int] = {}
        for person, container, level in rows.iter_rows():
            found[person, container] = found.get((person, container), 0) | level
        return found

    def effective(self) -> dict[tuple[str, str], int]:
        """Data access as the access stage found it."""
        return self.expand(self.access.class_access.filter(pl.col("lane") == "data"))


def journey(
    facts: Facts,
    zones: pl.DataFrame,
    *,
    layout: LayoutSettings | None = None,
    policies: PoliciesSettings | None = None,
    **roles: object,
) -> Journey:
    """Run the stages before the plan; `zones` has container, zone and domain, as they truly are."""
    access = access_stage.resolve(facts, settings=AccessSettings())
    known = zones.with_columns(
        pl.when(pl.col("zone").cast(pl.String).is_in(t.ZONES)).then(pl.col("zone").cast(pl.String)).alias("zone"),
        pl.col("domain").cast(pl.String).replace("", None),
        confidence=1.0,
        domain_confidence=1.0,
        evidence=pl.lit("given"),
        needs_review=False,
    )
    zones = conform(known, t.Zones)
    mined = propose_roles(
        facts, access, zones, settings=RolesSettings(**roles), naming=NamingSettings(), policies=policies
    )
    made = propose_layout(facts, access, zones, mined, settings=layout or LayoutSettings(), limits=LIMITS)
    proposal = Proposal(
        zones=zones,
        roles=mined.roles,
        role_members=mined.role_members,
        role_classes=mined.role_classes,
        resource_groups=mined.resource_groups,
        role_groups=mined.role_groups,
        residual_classes=mined.residual_classes,
        suggestions=mined.suggestions,
        coverage=mined.coverage,
        layout=made.layout,
    )
    return Journey(facts, access, proposal)


def golden_journey(policies: PoliciesSettings | None = None) -> Journey:
    """The golden tiny lake."""
    return journey(golden.facts(), golden.expected("zones").drop("state"), policies=policies)
