"""What is known of people, classes and containers, looked up once for all items.

In: facts, access, proposal, policies. Out: `ItemContext`, which the texts, risks and routes of items are made from.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from lakezones.model.attributes import Attributes, leading, read_attributes, tally
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.policies import PoliciesSettings
from lakezones.model.principals import MACHINES, of_kind
from lakezones.review.dossier import Known
from lakezones.review.items.words import joined_zones


@dataclass(frozen=True)
class ItemContext:
    """What items are made from.

    Attributes
    ----------
    known
        People, containers, use and roles by id, as dossiers have them.
    attributes
        Departments of people; domains, zones, systems and owners of classes.
    """

    known: Known
    attributes: Attributes

    @classmethod
    def of(
        cls,
        facts: Facts,
        access: Access,
        proposal: Proposal,
        policies: PoliciesSettings,
        known: Known | None = None,
    ) -> "ItemContext":
        """Look everything up; `known` where dossiers have prepared it already."""
        known = known or Known(facts, access, proposal, policies=policies)
        areas = pl.DataFrame(
            list(known.people.areas.items()), schema={"principal_id": pl.String, "area": pl.String}, orient="row"
        )
        return cls(known, read_attributes(facts, access, proposal.zones, areas))

    @property
    def facts(self) -> Facts:
        """The snapshot."""
        return self.known.facts

    @property
    def proposal(self) -> Proposal:
        """What was proposed."""
        return self.known.proposal

    @cached_property
    def directory(self) -> frozenset[str]:
        """Ids that the directory knows."""
        return frozenset(self.facts.table("principals")["principal_id"])

    @cached_property
    def machines(self) -> frozenset[str]:
        """Ids of service principals and managed identities."""
        return frozenset(of_kind(self.facts, *MACHINES)["principal_id"])

    @cached_property
    def placed(self) -> pl.DataFrame:
        """container, class_id, system, zone, domain, sensitivity, restricted, public."""
        return self.known.places.frame

    def person(self, principal_id: str) -> str:
        """Their name, with the id where others have the same; the id where there is none."""
        name = self.known.people.name(principal_id)
        return f"{name} ({principal_id})" if self._namesakes[name] > 1 else name

    @cached_property
    def _namesakes(self) -> Counter[str]:
        return Counter(self.facts.table("principals")["name"].drop_nulls().to_list())

    def owners(self, classes: Iterable[str]) -> tuple[str, ...]:
        """Owners of some classes, of most containers first."""
        owners = tally(classes, self.attributes.owners)
        return tuple(sorted(owners, key=lambda name: (-owners[name], name)))


@dataclass(frozen=True, slots=True)
class AccessFacts:
    """What holds of some people and the classes that they hold, whatever the kind of the item."""

    containers: int
    domain: str | None
    area: str | None
    zones: str | None
    restricted: bool
    writes: bool

    @classmethod
    def of(cls, context: ItemContext, people: Iterable[str], reach: Mapping[str, int]) -> "AccessFacts":
        """Work it out for people, and classes with their levels."""
        places = context.known.places
        return cls(
            sum(places.size(one) for one in reach),
            leading(tally(reach, context.attributes.domains)),
            area_of(context, people),
            joined_zones(reach, context.attributes.zones),
            any(places.of(one).restricted for one in reach if one in places),
            any(level & 6 for level in reach.values()),
        )


def area_of(context: ItemContext, people: Iterable[str]) -> str | None:
    """Area of most of some people."""
    return leading(Counter(context.attributes.area.get(one, "") for one in people)) or None
