"""The stage: domains, zones, roles, layout and what governance says of them, from facts and access.

In: facts, access, settings. Out: `Proposed`. Pure: the same input gives the same proposal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import dataframely as dy
import polars as pl

from lakezones.access import AccessSettings
from lakezones.findings import FindingsSettings, assess
from lakezones.findings.governance import Governance, govern
from lakezones.model import tables as t
from lakezones.model.areas import read_areas
from lakezones.model.frames import Access, Facts, Proposal, frames_of
from lakezones.model.limits import LimitsSettings
from lakezones.model.naming import NamingSettings
from lakezones.model.policies import PoliciesSettings
from lakezones.propose.domains import Domaining, DomainsSettings, assign_domains
from lakezones.propose.layout import LayoutResult, LayoutSettings, propose_layout
from lakezones.propose.roles.carry import Earlier
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.stage import propose_roles
from lakezones.propose.zones import ZonesSettings, Zoning, zone_lake

SECTIONS = ("domains", "zones", "roles", "naming", "layout", "policies", "limits", "findings", "access")
"""Sections of the settings that the stage reads."""


class ProposeSettings(Protocol):
    """The sections of settings that the stage reads; `lakezones.config.Settings` has them all."""

    @property
    def domains(self) -> DomainsSettings:
        """Of ``domains.toml``."""

    @property
    def zones(self) -> ZonesSettings:
        """Of ``zones.toml``."""

    @property
    def roles(self) -> RolesSettings:
        """Of ``roles.toml``."""

    @property
    def naming(self) -> NamingSettings:
        """Of ``naming.toml``."""

    @property
    def layout(self) -> LayoutSettings:
        """Of ``layout.toml``."""

    @property
    def policies(self) -> PoliciesSettings:
        """Of ``policies.toml``."""

    @property
    def limits(self) -> LimitsSettings:
        """Of ``limits.toml``."""

    @property
    def findings(self) -> FindingsSettings:
        """Of ``findings.toml``."""

    @property
    def access(self) -> AccessSettings:
        """Of ``access.toml``: which statuses are approvals."""


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """A proposal, and what was made on the way.

    Attributes
    ----------
    proposal
        The tables that later stages read.
    domaining, zoning, layout, governance
        What else the parts found, for people.
    findings, figures
        Findings, those of governance included, and the figures beside them; see `lakezones.findings.assess`.
    earlier
        The reviewed roles whose ids were carried over; None where there were none.
    """

    proposal: Proposal
    domaining: Domaining
    zoning: Zoning
    layout: LayoutResult
    governance: Governance
    findings: dy.DataFrame[t.Findings]
    figures: Mapping[str, Any]
    earlier: Earlier | None


def propose(
    facts: Facts,
    access: Access,
    *,
    settings: ProposeSettings,
    labels: pl.DataFrame | None = None,
    earlier: Earlier | None = None,
) -> Proposed:
    """Propose domains, zones, roles and a layout, in that order, and assess them.

    Parameters
    ----------
    facts, access
        A snapshot and its effective access.
    settings
        Of every section in `SECTIONS`.
    labels : DataFrame, optional
        Zones that the user knows, see `lakezones.propose.zones.zone_lake`.
    earlier
        Roles of the last reviewed proposal, whose ids are carried over.

    Raises
    ------
    InputError
        If labels name an unknown zone or container, or say two things of one container.
    """
    domaining = assign_domains(facts, access, settings=settings.domains)
    zoning = zone_lake(facts, access, domaining.domains, settings=settings.zones, labels=labels)
    disagree = pl.col("container").is_in(domaining.contradicted.implode())
    reviewed = zoning.zones.with_columns(needs_review=pl.col("needs_review") | disagree)
    zoning = replace(zoning, zones=t.Zones.validate(reviewed))
    roles = propose_roles(
        facts,
        access,
        zoning.zones,
        settings=settings.roles,
        naming=settings.naming,
        policies=settings.policies,
        earlier=earlier,
        areas=read_areas(facts, settings.domains.departments),
    )
    layout = propose_layout(
        facts,
        access,
        zoning.zones,
        roles,
        settings=settings.layout,
        limits=settings.limits,
        policies=settings.policies,
        domains=settings.domains,
    )
    governance = govern(facts, access, zoning.zones, layout.layout, layout.products, policies=settings.policies)
    proposal = Proposal(
        zones=zoning.zones,
        **frames_of(roles),
        layout=layout.layout,
        summary={"domains": domaining.summary, "zoning": zoning.summary, **roles.summary, **layout.summary},
    )
    found, figures = assess(
        facts,
        access,
        proposal,
        settings=settings.findings,
        access_settings=settings.access,
        limits=settings.limits,
        sod=settings.policies.sod,
    )
    return Proposed(
        proposal=proposal,
        domaining=domaining,
        zoning=zoning,
        layout=layout,
        governance=governance,
        findings=t.Findings.validate(pl.concat([found, governance.findings.select(found.columns)]), cast=True),
        figures=figures,
        earlier=earlier,
    )
