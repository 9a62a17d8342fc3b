"""What a role may be, beyond what people hold.

In: the matrix, minable access, settings and policies. Out: `Rules`: which parts of a candidate are allowed, the matrix
with separated duties taken apart, and what may never be suggested.

Duties that must stay apart never meet in a person through roles: where somebody holds both today, the smaller side
stays outside roles for that person. Nothing is taken away by that; the finding is the reviewer's.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from lakezones.mining import bits
from lakezones.mining.practical.candidates import Candidate, holding
from lakezones.model.frames import Access
from lakezones.model.levels import NAMES
from lakezones.model.policies import Duty, PoliciesSettings
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.units import MinableAccess, RequestMatrix


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Constraints, worked out for one matrix.

    Attributes
    ----------
    matrix
        The matrix, with duties taken apart.
    keys
        Per unit, what must be alike within a role; None where the unit fits in no role.
    classes
        Per unit, its classes.
    restricted
        Units that open restricted classes.
    sides
        Per pair of duties, the units on its left and on its right.
    apart
        Cells (person, unit) that stay outside roles, with the name of the pair.
    """

    matrix: RequestMatrix
    keys: list[tuple[str, ...] | None]
    classes: list[frozenset[str]]
    restricted: int
    sides: list[tuple[str, int, int]]
    apart: dict[tuple[str, int], str]
    min_members: int
    min_classes: int

    @cached_property
    def selective(self) -> bool:
        """Whether anything is asked of candidates beyond their number of people."""
        mixed = any(key is None and own for key, own in zip(self.keys, self.classes, strict=True))
        return self.min_classes > 1 or mixed or any(self.keys)

    def split(self, units: int) -> list[int]:
        """The parts of some units that may be together in a role; units that fit in no role are left out."""
        if not self.selective:
            return [units] if units else []
        parts: dict[tuple[str, ...], int] = defaultdict(int)
        for unit in bits.elements(units):
            key = self.keys[unit]
            if key is not None:
                parts[key] |= 1 << unit
        return [
            part
            for part in parts.values()
            if len(frozenset().union(*(self.classes[unit] for unit in bits.elements(part)))) >= self.min_classes
        ]

    def allowed(self, candidate: Candidate) -> list[Candidate]:
        """The parts of a candidate that the constraints allow, each with all who hold it."""
        everyone = (1 << len(self.matrix.people)) - 1
        result = []
        for units in self.split(candidate.units):
            people = candidate.people if units == candidate.units else holding(units, self.matrix.columns, everyone)
            if people.bit_count() >= self.min_members:
                result.append(Candidate(people, units))
        return result

    def conflicts(self, units: int) -> bool:
        """Whether somebody who holds these units holds duties that must stay apart."""
        return any(units & left and units & right for _, left, right in self.sides)


def read_rules(
    matrix: RequestMatrix,
    access: Access,
    minable: MinableAccess,
    domains: Mapping[str, str],
    zones: Mapping[str, str],
    *,
    settings: RolesSettings,
    policies: PoliciesSettings,
) -> Rules:
    """Work the constraints out.

    Parameters
    ----------
    domains, zones
        Domain and zone of each class, where most of its containers agree.
    """
    classes = [frozenset(class_id for class_id, _ in content) for content in matrix.contents]
    restricted = bits.from_indices(u for u, own in enumerate(classes) if own & minable.restricted)
    keys = [_key(own, minable, domains, zones, settings) for own in classes]
    names: dict[str, list[str]] = defaultdict(list)
    if policies.sod:
        for class_id, container in access.container_classes.select("class_id", "container").iter_rows():
            names[class_id].append(container)
    sides = [(pair.name, _side(matrix, names, pair.left), _side(matrix, names, pair.right)) for pair in policies.sod]
    matrix, apart = _take_apart(matrix, sides)
    return Rules(
        matrix=matrix,
        keys=keys,
        classes=classes,
        restricted=restricted,
        sides=sides,
        apart=apart,
        min_members=settings.min_members,
        min_classes=settings.min_classes,
    )


def _key(
    own: frozenset[str],
    minable: MinableAccess,
    domains: Mapping[str, str],
    zones: Mapping[str, str],
    settings: RolesSettings,
) -> tuple[str, ...] | None:
    """What must be alike within a role; None where the unit itself mixes it, or opens nothing."""
    if not own:
        return None
    key = []
    if settings.separate_restricted:
        found = {str(class_id in minable.restricted) for class_id in own}
        if len(found) > 1:
            return None
        key.append(found.pop())
    for wanted, values in ((settings.pure_domain, domains), (settings.pure_zone, zones)):
        if wanted:
            found = {values.get(class_id, "") for class_id in own}
            if len(found) > 1:
                return None
            key.append(found.pop())
    return tuple(key)


def _side(matrix: RequestMatrix, names: Mapping[str, Sequence[str]], duty: Duty) -> int:
    """Units that make their holder hold the duty."""
    least = NAMES[duty.access]
    found = 0
    for j, ((entitlement, _, _), content) in enumerate(zip(matrix.units, matrix.contents, strict=True)):
        strong = max((level for _, level in content), default=0) >= least
        if (strong and entitlement and duty.covers(entitlement=entitlement)) or any(
            level >= least and duty.covers(container=container)
            for class_id, level in content
            for container in names.get(class_id, ())
        ):
            found |= 1 << j
    return found


def _take_apart(
    matrix: RequestMatrix, sides: list[tuple[str, int, int]]
) -> tuple[RequestMatrix, dict[tuple[str, int], str]]:
    """The matrix in which nobody holds both sides of a pair, and the cells taken out for that."""
    if not sides:
        return matrix, {}
    rows = list(matrix.rows)
    apart: dict[tuple[str, int], str] = {}
    for name, left, right in sides:
        both = left & right
        for i, row in enumerate(rows):
            taken = row & both
            row &= ~both
            if row & left and row & right:
                smaller = left if (row & left).bit_count() < (row & right).bit_count() else right
                taken |= row & smaller
            for unit in bits.elements(taken):
                apart[matrix.people[i], unit] = name
            rows[i] = row & ~taken
    kept = [0] * len(matrix.columns)
    for i, row in enumerate(rows):
        for unit in bits.elements(row):
            kept[unit] |= 1 << i
    wanted = [asking & column for asking, column in zip(matrix.wanted, kept, strict=True)]
    return replace(matrix, rows=rows, columns=kept, wanted=wanted), apart
