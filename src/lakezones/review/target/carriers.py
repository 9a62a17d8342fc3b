"""Resource groups to choose from for new access and changed roles: those there are, those proposed, those to be made.

In: facts, access, the proposal. Out: `CarrierGroups`: the fewest groups found that give certain classes and nothing
that is not allowed. A group that enforces an entitlement is taken where all it opens is allowed, so that an approved
entitlement is a membership of its group and no new group stands beside it.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

import polars as pl

from lakezones.model.attributes import read_attributes
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.naming import NamingSettings
from lakezones.propose.roles import names
from lakezones.propose.roles.groups import resource_group_id, within
from lakezones.propose.roles.membership import Directory, Reach, read_directory
from lakezones.review.target.rest import proposed_groups

__all__ = ["CarrierGroups", "Reach"]


class CarrierGroups:
    """Groups by what they carry.

    Parameters
    ----------
    facts, access, proposal
        What there is, and what is proposed.
    naming
        How groups are called that are made.
    """

    def __init__(self, facts: Facts, access: Access, proposal: Proposal, naming: NamingSettings) -> None:
        self._facts, self._access, self._proposal, self._naming = facts, access, proposal, naming
        self._made: dict[str, Reach] = {}
        self._taken: set[str] = set()

    @cached_property
    def directory(self) -> Directory:
        """The groups there are; read when they are asked for, since most plans need none."""
        return read_directory(self._facts, self._access)

    @cached_property
    def _proposed(self) -> dict[str, Reach]:
        """Groups proposed that are not there yet, with what they carry."""
        found: dict[str, Reach] = {}
        known = set(self.directory.reach)
        carried = proposed_groups(self._proposal).select("group_id", "class_id", "level").sort(pl.all())
        for group, class_id, level in carried.iter_rows():
            if group not in known:
                found.setdefault(group, {})[class_id] = level
        return found

    @cached_property
    def _reach(self) -> dict[str, Reach]:
        """All groups to choose from, with what they open."""
        return {group: self.directory.reach[group] for group in sorted(self.directory.reusable)} | self._proposed

    @cached_property
    def _opening(self) -> dict[str, list[str]]:
        """Classes with the groups that open them."""
        found: dict[str, list[str]] = defaultdict(list)
        for group, reach in self._reach.items():
            for class_id in reach:
                found[class_id].append(group)
        return found

    def carriers(self, wanted: Mapping[str, int], allowed: Mapping[str, int]) -> dict[str, str]:
        """Groups that give what is wanted and nothing that is not allowed: class to group.

        The group that gives most of what is still missing comes first, existing ones before proposed ones; what no
        group gives gets one of its own.
        """
        content, missing = dict(allowed), dict(wanted)
        if not wanted:
            return {}
        touching = {group for class_id in wanted for group in self._opening.get(class_id, ())}
        fitting = sorted(
            (group for group in touching if within(self._reach[group], content)),
            key=lambda group: (group in self._proposed, group),
        )
        found: dict[str, str] = {}
        while fitting:
            best = max(fitting, key=lambda group: len(_given(self._reach[group], missing)))
            given = _given(self._reach[best], missing)
            if not given:
                break
            fitting.remove(best)
            self._taken.add(best)
            for class_id in given:
                found[class_id] = best
                del missing[class_id]
        return found | {class_id: self._make(class_id, level) for class_id, level in missing.items()}

    def added(self) -> pl.DataFrame:
        """Groups taken into use that the proposal does not list: group_id, name, class_id, level."""
        listed = set(self._proposal.resource_groups["group_id"])
        reused = {group: self._reach[group] for group in sorted(self._taken - listed)}
        labels = {group: self.directory.names.get(group, group) for group in reused} | self._labels()
        return pl.DataFrame(
            [
                (group, labels[group], class_id, level)
                for group, reach in {**reused, **self._made}.items()
                for class_id, level in reach.items()
            ],
            schema={"group_id": pl.String, "name": pl.String, "class_id": pl.String, "level": pl.UInt8},
            orient="row",
        )

    def _make(self, class_id: str, level: int) -> str:
        group = resource_group_id(class_id, level)
        if group not in self._reach:
            self._made[group] = {class_id: level}
        return group

    def _labels(self) -> dict[str, str]:
        """Names of the groups that are made, none of them taken."""
        if not self._made:
            return {}
        attributes = read_attributes(self._facts, self._access, self._proposal.zones)
        taken = [*self.directory.names.values(), *self._proposal.resource_groups["name"].unique().sort()]
        return names.resource_group_names(self._made, attributes, self._naming, taken=taken)


def _given(reach: Reach, missing: Mapping[str, int]) -> list[str]:
    """Classes of `missing` that a group gives in full."""
    return [class_id for class_id, level in missing.items() if level & ~reach.get(class_id, 0) == 0]
