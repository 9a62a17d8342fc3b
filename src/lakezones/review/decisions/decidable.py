"""What can be decided on, asked draft by draft.

In: items and what there is to see of them. Out: `Decidable`: hashes, parts, whose access it is, how much.
"""

from functools import cached_property
from typing import Any, Final

import polars as pl

from lakezones.review.binding import Contents
from lakezones.review.decisions.drafts import Key

Item = tuple[str, str]
"""Kind and id."""

_MISSING: Final[dict[str, Any]] = {
    "name": "",
    "risk": "low",
    "restricted": False,
    "writes": False,
    "needs_two": False,
    "new_access": 0,
    "bulk": False,
}
"""What is taken of items that do not say more than their hash."""


class Decidable:
    """What can be decided on now.

    Parameters
    ----------
    items
        object_kind, object_id, content_hash and, where known, the other columns of
        `lakezones.model.tables.ReviewItems`.
    contents
        What there is to see of them; None where parts are not decided on.
    """

    def __init__(self, items: pl.DataFrame, contents: Contents | None = None) -> None:
        columns = [name for name in _MISSING if name in items.columns]
        rows = items.select(pl.col("object_kind").cast(pl.String), "object_id", "content_hash", *columns)
        self._items = {
            (row.pop("object_kind"), row.pop("object_id")): _MISSING | {k: v for k, v in row.items() if v is not None}
            for row in rows.iter_rows(named=True)
        }
        self._contents = contents

    def item(self, kind: str, object_id: str) -> dict[str, Any] | None:
        """What is known of an item: its content_hash, name, risk, ...; None where there is no such item."""
        return self._items.get((kind, object_id))

    def ids(self, kind: str) -> set[str]:
        """Ids of everything of a kind."""
        return {object_id for known, object_id in self._items if known == kind}

    def names(self, kind: str) -> dict[str, str]:
        """Names of everything of a kind, by id."""
        return {object_id: str(item["name"]) for (known, object_id), item in self._items.items() if known == kind}

    def people(self, kind: str, object_id: str) -> set[str]:
        """People whose access it is about."""
        return self._members.get((kind, object_id), set())

    def has_part(self, key: Key) -> bool:
        """Whether the object has the part."""
        kind, object_id, part_kind, part_id = key
        if not part_kind:
            return True
        if part_kind == "member":
            return part_id in self.people(kind, object_id)
        if part_kind == "class":
            return part_id in self._classes.get((kind, object_id), set())
        return part_kind == "container" and (
            self._class_of.get(part_id) in self._classes.get((kind, object_id), set())
            or part_id in self._containers.get((kind, object_id), set())
        )

    def pairs(self, key: Key) -> int | None:
        """Pairs of person and container that a part is about; None where what there is to see is not known."""
        if self._contents is None:
            return None
        kind, object_id, part_kind, part_id = key
        people, containers = self._sizes.get((kind, object_id), (0, 0))
        if part_kind == "member":
            return containers
        if part_kind == "class":
            return people * self._class_sizes.get(part_id, 0)
        return people if part_kind == "container" else people * containers

    @cached_property
    def _members(self) -> dict[Item, set[str]]:
        return self._parts_of("member")

    @cached_property
    def _classes(self) -> dict[Item, set[str]]:
        return self._parts_of("class")

    @cached_property
    def _containers(self) -> dict[Item, set[str]]:
        return self._parts_of("container")

    def _parts_of(self, part: str) -> dict[Item, set[str]]:
        if self._contents is None:
            return {}
        rows = self._contents.parts.filter(pl.col("part_kind") == part)
        grouped = rows.group_by(pl.col("object_kind").cast(pl.String), "object_id").agg("part_id")
        return {(kind, object_id): set(parts) for kind, object_id, parts in grouped.iter_rows()}

    @cached_property
    def _class_of(self) -> dict[str, str]:
        if self._contents is None:
            return {}
        return dict(self._contents.containers.select("container", "class_id").iter_rows())

    @cached_property
    def _class_sizes(self) -> dict[str, int]:
        if self._contents is None:
            return {}
        return dict(self._contents.containers.group_by("class_id").len().iter_rows())

    @cached_property
    def _sizes(self) -> dict[Item, tuple[int, int]]:
        if self._contents is None:
            return {}
        rows = self._contents.sizes.select("object_kind", "object_id", "people", "containers").iter_rows()
        return {(kind, object_id): (people, containers) for kind, object_id, people, containers in rows}
