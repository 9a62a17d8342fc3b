"""Roles as people and cells, so that proposals, references and planted roles are compared in the same terms.

In: a `Lake`. Out: `Held`, who holds what; `Role`, a role today and once its suggestions are approved. A *cell* is a
class at a level. A set of cells is an integer with three bits per class: read 1, write 2, manage 4. An entitlement is
in a set of cells when all that it opens is; so a set of entitlements is always taken with all that it opens anyway.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from tests.benchmarks.worlds.lake import Lake

BITS = {"read": 1, "write": 3, "manage": 7}
WHOLE = {1: 1, 3: 3, 5: 1, 7: 7}
"""Bits that an entitlement opens, as the largest of read, write and manage within them."""
BY_RULE = ("birthright", "area", "job")
"""Layers that a joiner gets without asking."""


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role.

    Attributes
    ----------
    people, cells
        Today, without any approval.
    people_after, cells_after
        Once every suggestion is approved.
    """

    layer: str
    people: frozenset[str]
    cells: int
    people_after: frozenset[str]
    cells_after: int


@dataclass
class Held:
    """Who holds what in the data lane, and what entitlements open.

    Attributes
    ----------
    opens
        Cells of each entitlement that opens any.
    held
        Cells of each person.
    restricted
        Cells of classes with a restricted container.
    asked
        Entitlements that each person asked for and holds in full.
    """

    position: dict[str, int]
    opens: dict[str, int]
    held: dict[str, int]
    restricted: int
    asked: dict[str, frozenset[str]]
    _within: dict[int, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, lake: Lake) -> "Held":
        """Read a lake."""
        access = lake.access
        classes = sorted(access.container_classes["class_id"].unique().to_list())
        position = {class_id: 3 * i for i, class_id in enumerate(classes)}
        bits: dict[str, dict[str, int]] = defaultdict(dict)
        opened = access.entitlement_classes.select("entitlement", "class_id", "level")
        for entitlement, class_id, level in opened.iter_rows():
            bits[entitlement][class_id] = bits[entitlement].get(class_id, 0) | level
        opens = {
            entitlement: _cells(position, {c: WHOLE.get(level, 0) for c, level in found.items()})
            for entitlement, found in sorted(bits.items())
        }
        held: dict[str, int] = defaultdict(int)
        for class_id, person, level in access.data_lane.iter_rows():
            held[person] |= int(level) << position[class_id]
        secret = access.container_classes.filter(pl.col("container").is_in(list(lake.restricted)))["class_id"]
        asked: dict[str, set[str]] = defaultdict(set)
        for person, entitlement in access.requests.select("principal_id", "entitlement").iter_rows():
            if opens.get(entitlement):
                asked[person].add(entitlement)
        return cls(
            asked={person: frozenset(found) for person, found in asked.items()},
            position=position,
            opens={entitlement: cells for entitlement, cells in opens.items() if cells},
            held=dict(held),
            restricted=_cells(position, dict.fromkeys(secret, 7)),
        )

    def cells(self, entitlements: Iterable[str]) -> int:
        """All that entitlements open."""
        cells = 0
        for entitlement in entitlements:
            cells |= self.opens.get(entitlement, 0)
        return cells

    def within(self, cells: int) -> frozenset[str]:
        """Entitlements all of whose cells are there."""
        if cells not in self._within:
            self._within[cells] = frozenset(e for e, opened in self.opens.items() if not opened & ~cells)
        return self._within[cells]

    def whole(self, entitlements: Iterable[str]) -> frozenset[str]:
        """Entitlements with all that they open anyway."""
        return self.within(self.cells(entitlements))

    def role(self, layer: str, people: Iterable[str], entitlements: Iterable[str]) -> Role:
        """A role of a reference: until suggestions are approved, only those are in it who hold all of it."""
        cells, everybody = self.cells(entitlements), frozenset(people)
        now = frozenset(p for p in everybody if not cells & ~self.held.get(p, 0))
        return Role(layer=layer, people=now, cells=cells, people_after=everybody, cells_after=cells)


def proposed(lake: Lake, held: Held) -> list[Role]:
    """The roles that lakezones proposes."""
    made = lake.roles
    layers = dict(made.roles.select("role_id", pl.col("layer").cast(pl.String)).iter_rows())
    people: dict[str, set[str]] = defaultdict(set)
    content: dict[str, int] = defaultdict(int)
    for role, person in made.role_members.iter_rows():
        people[role].add(person)
    for role, class_id, level in made.role_classes.iter_rows():
        content[role] |= int(level) << held.position[class_id]
    after, extended = {role: set(found) for role, found in people.items()}, dict(content)
    for role, person, class_id, access in made.suggestions.select(
        "role_id", "principal_id", "class_id", pl.col("access").cast(pl.String)
    ).iter_rows():
        after.setdefault(role, set()).add(person)
        extended[role] = extended.get(role, 0) | BITS[access] << held.position[class_id]
    return [
        Role(
            layer=layer,
            people=frozenset(people.get(role, ())),
            cells=content.get(role, 0),
            people_after=frozenset(after.get(role, ())),
            cells_after=extended.get(role, 0),
        )
        for role, layer in sorted(layers.items())
    ]


def given(roles: Iterable[Role], *, after: bool) -> dict[str, int]:
    """What each person gets from their roles together."""
    cells: dict[str, int] = defaultdict(int)
    for role in roles:
        for person in role.people_after if after else role.people:
            cells[person] |= role.cells_after if after else role.cells
    return dict(cells)


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Overlap of two sets; 1 of two empty ones.

    Examples
    --------
    >>> jaccard(frozenset("ab"), frozenset("bc"))
    0.3333333333333333
    """
    return len(one & other) / len(one | other) if one or other else 1.0


def _cells(position: Mapping[str, int], levels: Mapping[str, int]) -> int:
    cells = 0
    for class_id, level in levels.items():
        cells |= level << position[class_id]
    return cells
