"""A world as lakezones sees it: effective access, and what each part proposes, worked out when asked for.

The one place of the benchmark that calls the product, so that a part can be measured without those after it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lakezones import api
from lakezones.config import Settings
from lakezones.model.areas import read_areas
from lakezones.model.frames import Access
from lakezones.model.metadata import SENSITIVITY_KEYS
from lakezones.propose.domains import Domaining, assign_domains
from lakezones.propose.roles.stage import RolesResult, propose_roles
from lakezones.propose.zones import Zoning, zone_lake
from tests.benchmarks.worlds.world import World


@dataclass(frozen=True)
class Lake:
    """A world and its proposals; ``suggest`` is on, and `options` override settings section by section."""

    world: World
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def settings(self) -> Settings:
        """Settings of the world, with suggestions."""
        flags: dict[str, dict[str, Any]] = {"roles": {"suggest": True}}
        for source in (self.world.settings, self.options):
            for section, values in source.items():
                flags.setdefault(section, {}).update(values)
        return Settings(flags=flags)

    @cached_property
    def access(self) -> Access:
        """Effective access."""
        return api.access(self.world.facts, settings=self.settings)

    @cached_property
    def domaining(self) -> Domaining:
        """Domains, and the questions that are asked about them."""
        return assign_domains(self.world.facts, self.access, settings=self.settings.domains)

    @cached_property
    def zoning(self) -> Zoning:
        """Zones and what was found with them."""
        return zone_lake(self.world.facts, self.access, self.domaining.domains, settings=self.settings.zones)

    @cached_property
    def roles(self) -> RolesResult:
        """Roles, with zones as proposed."""
        return propose_roles(
            self.world.facts,
            self.access,
            self.zoning.zones,
            settings=self.settings.roles,
            naming=self.settings.naming,
            policies=self.settings.policies,
            areas=read_areas(self.world.facts, self.settings.domains.departments),
        )

    @cached_property
    def restricted(self) -> frozenset[str]:
        """Containers that their metadata makes restricted."""
        said = self.world.facts.said(SENSITIVITY_KEYS, "sensitivity")
        return frozenset(c for c, tag in said.iter_rows() if self.settings.policies.is_restricted(tag))
