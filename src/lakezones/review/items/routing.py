"""Who is asked about an item, and how that was found.

In: items, the directory, ``reviewers.csv``, settings. Out: `Route` per item: the first of reviewers.csv, the owners of
the data, the team of the domain or area and the security team who does not decide on access of their own.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from lakezones.model.attributes import handles
from lakezones.model.identity import plain
from lakezones.review.items.context import ItemContext
from lakezones.review.items.item import ReviewItem
from lakezones.review.items.reviewers import FILE, Reviewers
from lakezones.review.people import People
from lakezones.review.settings import Routing


@dataclass(frozen=True, slots=True)
class Route:
    """Who is asked: the id of a person, or none and the name of a team."""

    reviewer_id: str | None
    reviewer: str
    route: str


@dataclass(frozen=True)
class Router:
    """Finds who is asked.

    Parameters
    ----------
    context
        Who is who, and who owns what.
    settings
        Names of teams.
    reviewers
        What ``reviewers.csv`` says.
    """

    context: ItemContext
    settings: Routing
    reviewers: Reviewers

    def of(self, item: ReviewItem) -> Route:
        """Who is asked about an item: nobody whose own access it is."""
        for who in self.reviewers.of(domain=item.domain, area=item.area, kind=item.kind):
            known = who in self.context.directory
            if who not in item.beneficiaries and not (known and self._people.misfit(who)):
                return Route(who if known else None, self.context.person(who) if known else who, FILE)
        for owner in (*item.owners, *self._domain_owners.get(item.domain or "", ()), *item.others):
            person = self._person(owner)
            if person is not None and person not in item.beneficiaries:
                return Route(person, self.context.person(person), "domain owner")
        for name, route in ((item.domain, "domain owner"), (item.area, "area")) if self._teams else ():
            if name and (team := self._teams.get(plain(name))):
                return Route(None, team, route)
        return Route(None, self.settings.security_team, "security team")

    def _person(self, owner: str) -> str | None:
        """The one enabled person who goes by a name, an id, or a short name that the data gives; None for nobody."""
        if owner not in self._found:
            found = self._people.find(owner) or sorted(self._handles.get(owner.strip().lower(), ()))
            fits = len(found) == 1 and not self._people.misfit(found[0])
            self._found[owner] = found[0] if fits else None
        return self._found[owner]

    @cached_property
    def _found(self) -> dict[str, str | None]:
        return {}

    @cached_property
    def _people(self) -> People:
        return People(self.context.facts.table("principals"))

    @cached_property
    def _handles(self) -> dict[str, set[str]]:
        known: dict[str, set[str]] = {}
        for person, handle in handles(self.context.facts).iter_rows():
            known.setdefault(handle, set()).add(person)
        return known

    @cached_property
    def _teams(self) -> dict[str, str]:
        return {plain(name): team for name, team in self.settings.teams.items()}

    @cached_property
    def _domain_owners(self) -> dict[str, Sequence[str]]:
        """Owners of the containers of each domain, of most first."""
        owned: dict[str, Counter[str]] = {}
        layout = self.context.proposal.layout.select("container", "owner").drop_nulls()
        rows = layout.join(self.context.proposal.zones.select("container", "domain").drop_nulls(), on="container")
        for domain, owner, count in rows.group_by("domain", "owner").len().sort("domain", "owner").iter_rows():
            owned.setdefault(domain, Counter())[owner] = count
        return {domain: _by_size(owners) for domain, owners in owned.items()}


def _by_size(owners: Counter[str]) -> tuple[str, ...]:
    return tuple(sorted(owners, key=lambda one: (-owners[one], one)))


def team_names(settings: Routing) -> list[str]:
    """Every team that may be asked."""
    return list(dict.fromkeys([settings.security_team, *sorted(settings.teams.values())]))
