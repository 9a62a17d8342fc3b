"""What was decided on a part of a class of containers: such classes are divided.

In: access, the proposal, what was said. Out: `Apart`, access and proposal with a class per part, and what was said of
each. A container that came to a class later is no part of what was approved; nor is one that nobody used, where a role
was approved without those.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

import polars as pl

from lakezones.access.dividing import divided, spread
from lakezones.model import tables as t
from lakezones.model.frames import Access, Proposal
from lakezones.review.binding.kinds import left_unused
from lakezones.review.target.said import Said, Standing

ALL: Final = 7
_DIGITS: Final = 6
_KINDS: Final = ("role", "suggestion", "residual", "drop")
_PARTS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "container": pl.String,
    "class_id": pl.String,
    "part_of": pl.String,
}


class Apart:
    """Access and proposal with classes divided by what was said of their containers.

    Parameters
    ----------
    access, proposal
        As they were made.
    said
        What was said.

    Attributes
    ----------
    access, proposal
        The same with a class per part.
    parts
        `lakezones.model.tables.TargetParts`: the classes that were divided.
    """

    def __init__(self, access: Access, proposal: Proposal, said: Said) -> None:
        self._said = said
        self._stands = _container_standings(said)
        self._unused = _left_out(access, proposal, said)
        marks: dict[str, list[tuple[str, ...]]] = {}
        for (kind, object_id), found in self._stands.items():
            for container, one in found.items():
                marks.setdefault(container, []).append((kind, object_id, str(one)))
        for role_id, bits in self._unused.items():
            for container, level in bits.items():
                marks.setdefault(container, []).append(("unused", role_id, str(level)))
        self.parts, self._first = _parts(access, marks)
        self._original: dict[str, str] = dict(self.parts.select("class_id", "part_of").unique().iter_rows())
        self.access = divided(access, self.parts)
        self.proposal = _divided(proposal, self.parts)

    def original(self, class_id: str) -> str:
        """The class that a part comes from; of an undivided class, itself."""
        return self._original.get(class_id, class_id)

    def of(self, class_id: str) -> list[str]:
        """The parts of a class; of an undivided class, itself."""
        return sorted(part for part, whole in self._original.items() if whole == class_id) or [class_id]

    def standing(self, kind: str, object_id: str, class_id: str) -> Standing:
        """Where a class of an item stands: by its containers, else as a class, else as the item does."""
        found = self._stands.get((kind, object_id), {}).get(self._first.get(class_id, ""))
        parts = self._said.parts(kind, object_id)
        return found or parts.get(("class", self.original(class_id))) or self._said.of(kind, object_id)

    def lapsed(self, kind: str, object_id: str, class_id: str) -> bool:
        """Whether the containers of a class are not what was decided on with the item."""
        found = self._stands.get((kind, object_id), {}).get(self._first.get(class_id, ""))
        return found is not None and found.left_out and not found.revoked

    def unused(self, role_id: str, class_id: str) -> int:
        """Bits of a role that nobody used on a class, where it was decided that the role goes without them."""
        return self._unused.get(role_id, {}).get(self._first.get(class_id, ""), 0)

    def revoked_unused(self) -> Iterable[tuple[str, str, int, Standing]]:
        """Access that ends since nobody used it: role_id, class_id, bits, the standing by which it ends."""
        for role_id, bits in self._unused.items():
            one = self._said.of("unused", role_id)
            if one.revoked:
                first = {container: class_id for class_id, container in self._first.items()}
                yield from (
                    (role_id, first[container], level, one) for container, level in bits.items() if container in first
                )


def _container_standings(said: Said) -> dict[tuple[str, str], dict[str, Standing]]:
    """Items with the containers of theirs that stand for themselves."""
    found: dict[tuple[str, str], dict[str, Standing]] = {}
    for kind in _KINDS:
        for object_id, _ in said.all(kind):
            parts = said.parts(kind, object_id)
            own = {container: one for (part, container), one in parts.items() if part == "container"}
            if own:
                found[kind, object_id] = own
    return found


def _left_out(access: Access, proposal: Proposal, said: Said) -> dict[str, dict[str, int]]:
    """Roles with the bits on containers that they go without, since nobody used them."""
    if said.draft:
        return {}
    wanted = set()
    for role_id in proposal.roles["role_id"]:
        role = said.of("role", role_id)
        if (role.approved and role.option == "fitted") or said.of("unused", role_id).revoked:
            wanted.add(role_id)
    if not wanted:
        return {}
    found: dict[str, dict[str, int]] = {}
    rows = left_unused(access, proposal).select("role_id", "container", "level")
    for role_id, container, level in rows.iter_rows():
        grown = said.parts("unused", role_id).get(("container", container))
        if role_id in wanted and not (grown and grown.left_out and not grown.revoked):
            found.setdefault(role_id, {})[container] = level
    return found


def _parts(access: Access, marks: Mapping[str, Iterable[tuple[str, ...]]]) -> tuple[pl.DataFrame, dict[str, str]]:
    """The classes to divide, and of each class or part with marks its first container."""
    touched = pl.Series(sorted(marks), dtype=pl.String)
    concerned = access.container_classes.filter(pl.col("container").is_in(touched.implode())).select("class_id")
    rows = access.container_classes.join(concerned.unique(), on="class_id", how="semi").sort("class_id", "container")
    by_class: dict[str, dict[tuple[tuple[str, ...], ...], list[str]]] = {}
    for class_id, container in rows.select("class_id", "container").iter_rows():
        mark = tuple(sorted(marks.get(container, ())))
        by_class.setdefault(class_id, {}).setdefault(mark, []).append(container)
    parts: list[tuple[str, str, str]] = []
    first: dict[str, str] = {}
    for class_id, groups in by_class.items():
        for containers in groups.values():
            part = class_id if len(groups) == 1 else f"{class_id}-{_digest(containers)}"
            first[part] = containers[0]
            if len(groups) > 1:
                parts += [(container, part, class_id) for container in containers]
    return pl.DataFrame(parts, schema=_PARTS, orient="row").sort("container"), first


def _digest(containers: Iterable[str]) -> str:
    text = json.dumps(sorted(containers), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def _divided(proposal: Proposal, parts: pl.DataFrame) -> Proposal:
    """The proposal with classes divided; suggestions name the whole class, as they were made."""
    if parts.is_empty():
        return proposal
    return replace(
        proposal,
        role_classes=t.RoleClasses.cast(spread(proposal.role_classes, parts)),
        resource_groups=t.ResourceGroups.cast(spread(proposal.resource_groups, parts)),
        residual_classes=t.ResidualClasses.cast(spread(proposal.residual_classes, parts)),
    )
