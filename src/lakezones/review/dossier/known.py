"""What dossiers and defects share: the tables of the stages, prepared once so that each role is quick to ask about.

In: facts, access, a proposal, policies, pairs of duties. Out: `Known`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import polars as pl

from lakezones.model.duties import Duties
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.policies import PoliciesSettings, SodPair
from lakezones.review.dossier.changing import ChangeFacts
from lakezones.review.dossier.people import KnownPeople
from lakezones.review.dossier.places import KnownPlaces
from lakezones.review.dossier.use import KnownUse, RoleUse

Levels = dict[str, int]
"""Class to level bits."""


class Known(ChangeFacts):
    """Facts, access and proposal, by id.

    Parameters
    ----------
    policies
        What is restricted; the defaults of `lakezones.model.policies.PoliciesSettings` without.
    sod
        Pairs of duties that are to stay apart; those of `policies` where none are given.
    departments
        Business areas of departments (``domains.departments``).

    Attributes
    ----------
    held
        Person to class to level bits in the data lane, today.
    holders
        Class to people and machines who hold any of it in the data lane, sorted.
    members, contents
        Role to people, sorted; role to class to level bits.
    roles, rules, variants
        Rows of the proposal's tables, by role.
    """

    def __init__(
        self,
        facts: Facts,
        access: Access,
        proposal: Proposal,
        *,
        policies: PoliciesSettings | None = None,
        sod: Sequence[SodPair] = (),
        departments: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(facts, access, proposal)
        self.policies = policies or PoliciesSettings()
        self.pairs = {pair.name: pair for pair in (tuple(sod) or self.policies.sod)}
        self.people = KnownPeople(facts, departments)
        self.places = KnownPlaces(facts, access, proposal, self.policies)
        self.use = KnownUse(facts, proposal, self.places)
        self.roles = _by_role(proposal.roles)
        self.rules = _by_role(proposal.role_rules)
        self.variants = _by_role(proposal.role_variants)
        self.held: dict[str, Levels] = defaultdict(dict)
        for class_id, person, level in access.data_lane.iter_rows():
            self.held[person][class_id] = level
        self.holders: dict[str, list[str]] = defaultdict(list)
        for person in sorted(self.held):
            for class_id in self.held[person]:
                self.holders[class_id].append(person)
        self.members: dict[str, list[str]] = {role_id: [] for role_id in self.roles}
        for role_id, person in proposal.role_members.select("role_id", "principal_id").sort(pl.all()).iter_rows():
            self.members.setdefault(role_id, []).append(person)
        self.contents: dict[str, Levels] = {role_id: {} for role_id in self.roles}
        for role_id, class_id, level in proposal.role_classes.sort("role_id", "class_id").iter_rows():
            self.contents.setdefault(role_id, {})[class_id] = level
        self._uses: dict[str, RoleUse] = {}

    @cached_property
    def duties(self) -> Duties:
        """Pairs of duties, in classes."""
        return Duties(list(self.pairs.values()), self.access)

    @cached_property
    def dutied(self) -> frozenset[str]:
        """Classes that are part of any duty."""
        return self.duties.classes

    @cached_property
    def roles_of(self) -> dict[str, list[str]]:
        """Person to roles, sorted."""
        found: dict[str, list[str]] = defaultdict(list)
        for role_id in sorted(self.members):
            for person in self.members[role_id]:
                found[person].append(role_id)
        return found

    @cached_property
    def _opened_by(self) -> dict[str, set[str]]:
        """Class to roles."""
        found: dict[str, set[str]] = defaultdict(set)
        for role_id, content in self.contents.items():
            for class_id in content:
                found[class_id].add(role_id)
        return found

    def opening(self, classes: Iterable[str]) -> list[str]:
        """Roles that open any of some classes, sorted."""
        return sorted({role_id for class_id in classes for role_id in self._opened_by.get(class_id, ())})

    def role_use(self, role_id: str) -> RoleUse:
        """What the members of a role used of its containers; worked out when first asked for."""
        if role_id not in self._uses:
            self._uses[role_id] = self.use.of(self.members[role_id], self.places.mask(self.contents[role_id]))
        return self._uses[role_id]

    def clashes(self, person: str, added: Levels) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
        """Pairs of duties that somebody holds both of, with the classes of either, counting what is added."""
        if not self.dutied:
            return {}
        held = self.held.get(person, {})
        after = {
            class_id: held.get(class_id, 0) | added.get(class_id, 0)
            for class_id in self.dutied
            if class_id in held or class_id in added
        }
        return self.duties.together(after)


def _by_role(frame: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["role_id"]: row for row in frame.sort("role_id").iter_rows(named=True)}
