"""Two levels of groups: resource groups carry classes, role groups are nested in them.

In: the roles' content and the groups there are. Out: which groups each role is nested in, and what each carries.

An existing group is reused where nesting a role in it gives the role's people nothing beyond the role: everything
that the group and the groups above it open is part of the role. What reused groups do not give gets a resource group
of its own, one per class and level.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from lakezones.model.levels import LABELS
from lakezones.propose.roles.membership import Directory, Reach, named_level


def resource_group_id(class_id: str, level: int) -> str:
    """Id of the resource group proposed for a class at a level.

    Examples
    --------
    >>> resource_group_id("c-0123456789", 3)
    'rg-0123456789-write'
    """
    return f"rg-{class_id.removeprefix('c-')}-{LABELS[level]}"


@dataclass(kw_only=True)
class Groups:
    """Resource groups in use and what is nested in them.

    Attributes
    ----------
    carried
        Group to the classes and levels it carries in the target state.
    nested
        Role to the groups it is nested in.
    existing
        Groups among `carried` that exist already.
    """

    carried: dict[str, Reach] = field(default_factory=dict)
    nested: dict[str, list[str]] = field(default_factory=dict)
    existing: set[str] = field(default_factory=set)

    def reuse(self, group: str, reach: Reach) -> str:
        """Take an existing group into use, with all it opens that has a name; other bits stay as they are."""
        self.existing.add(group)
        if group not in self.carried:
            self.carried[group] = {c: named_level(level) for c, level in reach.items() if named_level(level)}
        return group

    def bundle(self, directory: Directory, members: pl.DataFrame, rest: pl.DataFrame, *, limit: int) -> int:
        """Where somebody would be in more than `limit` groups, join proposed groups that only ever go together.

        Groups proposed for classes that exactly the same roles open, and that carry no exception, become one. Nobody
        gains by it. Returns how many groups were joined.
        """
        if max(busiest(self, directory, members, rest).values(), default=0) <= limit:
            return 0
        alone = set(rest["group_id"].drop_nulls())
        together: dict[tuple[str, ...], list[str]] = defaultdict(list)
        users: dict[str, list[str]] = defaultdict(list)
        for role, nested in self.nested.items():
            for group in nested:
                users[group].append(role)
        for group in sorted(self.carried):
            if group not in self.existing and group not in alone:
                together[tuple(sorted(users[group]))].append(group)
        joined = 0
        for roles, some in together.items():
            if len(some) < 2 or not roles:
                continue
            reach: Reach = {}
            for group in some:
                reach |= self.carried.pop(group)
            digest = hashlib.sha256(json.dumps(sorted(reach.items())).encode()).hexdigest()[:10]
            bundle = f"rg-{digest}-{LABELS[max(reach.values())]}"
            self.carried[bundle] = dict(sorted(reach.items()))
            for role in roles:
                self.nested[role] = sorted([*(g for g in self.nested[role] if g not in some), bundle])
            joined += len(some)
        return joined

    def carrier(self, class_id: str, level: int) -> str:
        """The proposed resource group of a class and level, taken into use."""
        group = resource_group_id(class_id, level)
        self.carried.setdefault(group, {class_id: level})
        return group


def nest(roles: Mapping[str, Reach], directory: Directory) -> Groups:
    """Nest each role in the fewest groups we find that give exactly its content.

    Parameters
    ----------
    roles
        Role to its content.
    directory
        The groups there are.
    """
    opening: dict[str, list[str]] = defaultdict(list)
    for group in sorted(directory.reusable):
        for class_id in directory.reach[group]:
            opening[class_id].append(group)
    groups = Groups()
    for role, content in roles.items():
        fitting = sorted(
            {
                group
                for class_id in content
                for group in opening.get(class_id, ())
                if within(directory.reach[group], content)
            }
        )
        missing = dict(content)
        nested = []
        while fitting:
            best = max(fitting, key=lambda group: _adds(directory.reach[group], missing))
            if _adds(directory.reach[best], missing) == 0:
                break
            nested.append(groups.reuse(best, directory.reach[best]))
            for class_id, level in directory.reach[best].items():
                missing[class_id] &= ~level
            fitting.remove(best)
        for class_id, bits_missing in sorted(missing.items()):
            if bits_missing:
                nested.append(groups.carrier(class_id, content[class_id]))
        groups.nested[role] = sorted(nested)
    return groups


def within(reach: Reach, content: Reach) -> bool:
    """Whether a group opens nothing beyond the content, and nothing a resource group cannot be said to carry."""
    return all(
        level == named_level(level) and level & ~content.get(class_id, 0) == 0 for class_id, level in reach.items()
    )


def _adds(reach: Reach, missing: Reach) -> int:
    return sum((level & missing.get(class_id, 0)).bit_count() for class_id, level in reach.items())


def busiest(groups: Groups, directory: Directory, members: pl.DataFrame, rest: pl.DataFrame) -> dict[str, int]:
    """Groups that each person would be in, counted transitively through nesting.

    Parameters
    ----------
    members
        role_id, principal_id.
    rest
        Residual, whose group_id names the groups that people stay or become members of.
    """
    reached = {
        role: frozenset({role}).union(*(directory.above.get(group, (group,)) for group in nested))
        for role, nested in groups.nested.items()
    }
    own: dict[str, set[str]] = defaultdict(set)
    for role, person in members.select("role_id", "principal_id").iter_rows():
        own[person] |= reached[role]
    stays = rest.filter(pl.col("group_id").is_not_null()).select("principal_id", "group_id").unique()
    for person, group in stays.iter_rows():
        own[person].update(directory.above.get(group, (group,)))
    return {person: len(found) for person, found in own.items()}
