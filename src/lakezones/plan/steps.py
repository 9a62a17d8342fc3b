"""Steps of a plan, as frozen records: explaining, exporting and proving a plan all read this one list.

In: records made by `lakezones.plan`, or the ``steps`` frame of a plan read back. Out: the other of the two. The only
module of `lakezones.plan` that `lakezones.verify` may import.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.errors import InputError
from lakezones.model import tables as t
from lakezones.model.frames import conform

ACCESS_ADDS: Final = frozenset({"add_member", "grant"})
"""Actions that can only widen access."""

ACCESS_REMOVES: Final = frozenset({"remove_member", "revoke", "delete_group", "delete_source"})
"""Actions that can only narrow access."""

MOVES: Final = frozenset({"copy", "verify_copy", "copy_delta", "freeze_source", "cutover", "unfreeze", "delete_source"})
"""Actions whose items name a source container and a target."""

ITEMS_FILE: Final = "items.parquet"
"""Where the items of batches are, beside ``plan.csv``."""

IRREVERSIBLE: Final = frozenset({"unfreeze", "delete_source", "delete_group"})
"""Actions that cannot be undone: unfreezing allows the first write at the target, after which the source is stale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step; columns as in `lakezones.model.tables.Steps`, ``depends_on`` as a tuple of step ids."""

    step_id: str
    wave: int
    sequence: int
    action: str
    depends_on: tuple[str, ...] = ()
    object_kind: str | None = None
    object_id: str | None = None
    principal_id: str | None = None
    group: str | None = None
    access: str | None = None
    role: str | None = None
    scope: str | None = None
    container: str | None = None
    path: str | None = None
    target: str | None = None
    before: str | None = None
    after: str | None = None
    domain: str | None = None
    owner: str | None = None
    check: str | None = None
    rollback: str | None = None
    reversible: bool = True
    people_affected: int = 0
    effort_minutes: int = 0
    earliest_start: date | None = None
    tools: str | None = None
    until: date | None = None
    items_file: str | None = None


def to_frame(steps: Iterable[Step]) -> dy.DataFrame[t.Steps]:
    """Steps as the frame that is written to ``plan.csv``.

    Examples
    --------
    >>> to_frame([Step(step_id="a", wave=0, sequence=0, action="gate")])["depends_on"].to_list()
    ['[]']
    """
    rows = [asdict(step) | {"depends_on": json.dumps(list(step.depends_on))} for step in steps]
    columns = {name: column.dtype for name, column in t.Steps.columns().items()}
    columns["action"] = columns["object_kind"] = columns["access"] = pl.String()
    return conform(pl.DataFrame(rows, schema=columns), t.Steps)


def from_frame(frame: pl.DataFrame) -> list[Step]:
    """Steps of a plan read back, in the order of their ``sequence``.

    Raises
    ------
    lakezones.errors.InputError
        If ``depends_on`` is not a JSON array of step ids.
    """
    return [Step(**_decode(row)) for row in frame.sort("sequence", "step_id").iter_rows(named=True)]


def _decode(row: dict[str, Any]) -> dict[str, Any]:
    text = row["depends_on"]
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InputError(
            f"step {row['step_id']}: depends_on is not a JSON array of step ids: {text!r}",
            hint='write it as ["step-1", "step-2"], or [] for none',
        )
    return row | {"depends_on": tuple(value)}
