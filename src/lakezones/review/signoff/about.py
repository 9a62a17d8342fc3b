"""What a record is about, in names: ids say nothing to somebody who reads it years later.

In: items, the directory, classes of containers. Out: columns that go into each record when it is made, so that the
log, and not a proposal that has since been made again, says what was decided on.
"""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from lakezones.model.words import counted

NOWHERE: Final = "without a domain"
"""What the domain of that which belongs to none is called."""


class Naming:
    """Names of what can be decided on, and of who decides.

    Parameters
    ----------
    items
        Schema `lakezones.model.tables.ReviewItems`.
    principals
        The table ``principals``; None where it was not assessed.
    classes
        Schema `lakezones.model.tables.ContainerClasses`.
    """

    def __init__(self, items: pl.DataFrame, principals: pl.DataFrame | None, classes: pl.DataFrame) -> None:
        columns = items.select(pl.col("object_kind").cast(pl.String), "object_id", "name", "domain")
        self._items = {(kind, object_id): (name, domain) for kind, object_id, name, domain in columns.iter_rows()}
        people = None if principals is None else principals.select("principal_id", "name").drop_nulls()
        self._people: dict[str, str] = {} if people is None else dict(people.iter_rows())
        opened = classes.sort("container").group_by("class_id").agg(pl.len(), pl.col("container").first())
        self._classes = {class_id: (count, first) for class_id, count, first in opened.iter_rows()}

    def about(self, record: Mapping[str, Any]) -> dict[str, str | None]:
        """Name and domain of what a decision is on, name of the part, and name of who decided."""
        name, domain = self._items.get((str(record["object_kind"]), str(record["object_id"])), (None, None))
        return {
            "name": name,
            "domain": domain,
            "part_name": self._part(str(record.get("part_kind") or ""), str(record.get("part_id") or "")),
            "reviewer_name": self.person(str(record["reviewer"])),
        }

    def person(self, principal_id: str) -> str | None:
        """Name of a person; None where the directory has none."""
        return self._people.get(principal_id)

    def _part(self, kind: str, part_id: str) -> str | None:
        if kind == "member":
            return self.person(part_id)
        if kind == "class" and part_id in self._classes:
            count, first = self._classes[part_id]
            return first if count == 1 else f"{first} and {counted(count - 1, 'more container')}"
        return part_id or None
