"""Ids of roles across proposals: a changed role is seen as changed, not as one gone and one come.

In: today's roles and those of an earlier, reviewed proposal. Out: an id per role.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import dataframely as dy
import polars as pl

from lakezones.model.tables import RoleClasses, RoleMembers, RoleRulePeople, Roles
from lakezones.propose.roles.names import role_id

SAME = 0.5
"""Least overlap of person-and-class cells (Jaccard) at which a role is the earlier one, changed."""


@dataclass(frozen=True, kw_only=True)
class KeptRole:
    """A role that reviewers approved, as they saw it.

    Attributes
    ----------
    people
        Ids.
    containers
        Container to level bits: classes change their names with grants that have nothing to do with a role.
    layer
        Its layer.
    suggested
        Person to class to level: what was suggested to complete it to people for whom somebody approved any of it.
    """

    role_id: str
    people: frozenset[str]
    containers: Mapping[str, int]
    layer: str = "job"
    suggested: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """Roles of an earlier proposal; `roles` and `role_rule_people` empty where they are not known.

    Attributes
    ----------
    kept
        Those that reviewers approved, which stay as they are as far as they can.
    """

    role_members: dy.DataFrame[RoleMembers]
    role_classes: dy.DataFrame[RoleClasses]
    roles: dy.DataFrame[Roles] = field(default_factory=Roles.create_empty)
    role_rule_people: dy.DataFrame[RoleRulePeople] = field(default_factory=RoleRulePeople.create_empty)
    kept: tuple[KeptRole, ...] = ()

    def names(self, roles: Sequence[tuple[str, str, str]]) -> dict[str, str]:
        """Names that roles keep: what else they were called by (layer and widest level) has not changed.

        Parameters
        ----------
        roles
            Id, layer and access of each role of today.
        """
        now = set(roles)
        columns = ["role_id", pl.col("layer").cast(pl.String), pl.col("access").cast(pl.String), "name"]
        return {row[0]: name for *row, name in self.roles.select(columns).iter_rows() if tuple(row) in now}


def identities(
    roles: Sequence[tuple[AbstractSet[str], Mapping[str, int]]],
    earlier: Earlier | None,
    *,
    taken: AbstractSet[str] = frozenset(),
) -> list[str]:
    """An id per role: the earlier one's of most overlap, else one made from its content.

    Parameters
    ----------
    roles
        People and content of each.
    earlier
        What ids are carried over from; the best overlaps first, each id once.
    taken
        Ids that other roles have.
    """
    known: dict[str, tuple[set[str], dict[str, int]]] = {}
    if earlier is not None:
        for old, person in earlier.role_members.select("role_id", "principal_id").iter_rows():
            known.setdefault(old, (set(), {}))[0].add(person)
        for old, class_id, level in earlier.role_classes.select("role_id", "class_id", "level").iter_rows():
            known.setdefault(old, (set(), {}))[1][class_id] = level
    by_class: dict[str, set[str]] = {}
    for old, (_, content) in known.items():
        for class_id in content:
            by_class.setdefault(class_id, set()).add(old)
    pairs = []
    for k, (people, opens) in enumerate(roles):
        for old in {old for class_id in opens for old in by_class.get(class_id, ())}:
            share = overlap((people, opens), known[old])
            if share >= SAME:
                pairs.append((-share, old, k))
    result: dict[int, str] = {}
    used: set[str] = set(taken)
    for _, old, k in sorted(pairs):
        if k not in result and old not in used:
            result[k] = old
            used.add(old)
    for k, (_, opens) in enumerate(roles):
        if k not in result:
            fresh, turn = role_id(opens), 0
            while fresh in used or fresh in known:
                turn += 1
                fresh = role_id({**opens, "": turn})
            result[k] = fresh
            used.add(fresh)
    return [result[k] for k in range(len(roles))]


def overlap(
    one: tuple[AbstractSet[str], Mapping[str, int]], other: tuple[AbstractSet[str], Mapping[str, int]]
) -> float:
    """Jaccard overlap of two roles as sets of (person, class, level bit).

    Examples
    --------
    >>> overlap(({"a", "b"}, {"c-1": 1}), ({"a"}, {"c-1": 3}))
    0.3333333333333333
    """
    bits_one, bits_other = (sum(level.bit_count() for level in role[1].values()) for role in (one, other))
    shared = sum((level & other[1].get(class_id, 0)).bit_count() for class_id, level in one[1].items())
    both = len(one[0] & other[0]) * shared
    total = len(one[0]) * bits_one + len(other[0]) * bits_other - both
    return both / total if total else 0.0
