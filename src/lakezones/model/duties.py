"""Duties that stay apart, in classes: what a person may not be given beside what they hold.

In: the pairs of ``policies.toml``, access classes. Out: `Duties`, asked person by person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from lakezones.model.frames import Access
from lakezones.model.levels import NAMES
from lakezones.model.policies import Duty, SodPair

Reach = Mapping[str, int]
"""Class to level bits."""


@dataclass(frozen=True, kw_only=True)
class _Side:
    """What makes its holder hold a duty: any of `classes` at `least`, or all of an entitlement."""

    classes: frozenset[str]
    entitlements: tuple[Reach, ...]
    least: int

    def held(self, reach: Reach) -> bool:
        """Whether somebody with this reach holds the duty."""
        return bool(self.by(reach))

    def by(self, reach: Reach) -> frozenset[str]:
        """Classes by which somebody with this reach holds the duty; none where they do not."""
        direct = {class_id for class_id, level in reach.items() if self._direct(class_id, level)}
        whole = [o for o in self.entitlements if all(level & ~reach.get(c, 0) == 0 for c, level in o.items())]
        return frozenset(direct.union(*whole))

    def touches(self, class_id: str, level: int) -> bool:
        """Whether a grant is, or is part of, what makes its holder hold the duty."""
        return self._direct(class_id, level) or any(class_id in opened for opened in self.entitlements)

    def _direct(self, class_id: str, level: int) -> bool:
        return class_id in self.classes and level & self.least == self.least


class Duties:
    """Pairs of duties that never meet in one person.

    Parameters
    ----------
    pairs
        The pairs; none forbid nothing.
    access
        Containers of classes, and what entitlements open.
    """

    def __init__(self, pairs: Sequence[SodPair], access: Access) -> None:
        names: dict[str, list[str]] = {}
        opened: dict[str, dict[str, int]] = {}
        if pairs:
            for class_id, container in access.container_classes.select("class_id", "container").iter_rows():
                names.setdefault(class_id, []).append(container)
            rows = access.entitlement_classes.select("entitlement", "class_id", pl.col("level").cast(pl.Int64))
            for entitlement, class_id, level in rows.iter_rows():
                opened.setdefault(entitlement, {})[class_id] = level
        self._pairs = [(p.name, _side(p.left, names, opened), _side(p.right, names, opened)) for p in pairs]

    @property
    def classes(self) -> frozenset[str]:
        """Classes that are, or are part of, what makes anybody hold a duty."""
        sides = [side for _, *pair in self._pairs for side in pair]
        return frozenset().union(*(side.classes for side in sides), *(o for side in sides for o in side.entitlements))

    def together(self, held: Reach) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
        """Pairs that somebody holds both duties of, each with the classes by which they hold either."""
        found = {name: (left.by(held), right.by(held)) for name, left, right in self._pairs}
        return {name: (left, right) for name, (left, right) in found.items() if left and right}

    def conflicts(self, held: Reach, added: Reach) -> dict[str, str]:
        """Classes of `added` that may not be given, each with the name of the pair that forbids it.

        Where `added` brings two duties together that were apart, everything in it that belongs to either is forbidden:
        which of the two the person should have is for people to say. Who holds both already gains no conflict.
        """
        after = {class_id: held.get(class_id, 0) | added.get(class_id, 0) for class_id in {**held, **added}}
        found: dict[str, str] = {}
        for name, left, right in self._pairs:
            met = left.held(after) and right.held(after)
            if met and not (left.held(held) and right.held(held)):
                for class_id, level in added.items():
                    if left.touches(class_id, level) or right.touches(class_id, level):
                        found.setdefault(class_id, name)
        return found


def _side(duty: Duty, names: Mapping[str, Sequence[str]], opened: Mapping[str, Reach]) -> _Side:
    least = NAMES[duty.access]
    return _Side(
        classes=frozenset(
            class_id
            for class_id, containers in names.items()
            if duty.containers and any(duty.covers(container=container) for container in containers)
        ),
        entitlements=tuple(
            reach
            for entitlement, reach in sorted(opened.items())
            if duty.covers(entitlement=entitlement) and any(level & least == least for level in reach.values())
        ),
        least=least,
    )
