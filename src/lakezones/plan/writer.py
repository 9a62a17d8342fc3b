"""Collects the steps and items of a plan, and works out sequence, effort and dates on the way.

In: one call per step, dependencies before dependants. Out: the ``steps`` and ``items`` frames.
"""

import json
import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import conform
from lakezones.plan.settings import PlanSettings
from lakezones.plan.steps import IRREVERSIBLE, ITEMS_FILE, Step, to_frame

Add = Callable[..., list[str]]
"""`PlanWriter.add` for one wave."""

NOTHING: Final = "nothing to undo"
"""How to roll back a step that changes nothing."""

_DIRECTORY = frozenset({"create_group", "add_member", "remove_member", "delete_group"})
_APPROVED = frozenset({"gate", "no_op"})


class PlanWriter:
    """A plan under construction.

    Parameters
    ----------
    settings
        Effort, owners and working hours.
    start
        First day that any step may start.
    """

    def __init__(self, settings: PlanSettings, start: date) -> None:
        self.settings = settings
        self.start = start
        self._steps: list[Step] = []
        self._items: list[pl.DataFrame] = []
        self._end: dict[str, date] = {}

    @property
    def steps(self) -> Sequence[Step]:
        """Steps so far, in sequence."""
        return self._steps

    def add(
        self,
        action: str,
        name: str,
        *,
        wave: int,
        depends_on: Sequence[str] = (),
        items: pl.DataFrame | None = None,
        before: Any = None,
        after: Any = None,
        wait_days: int = 0,
        people: int = 0,
        not_before: date | None = None,
        **columns: Any,
    ) -> list[str]:
        """Add a step and return its id in a list, which is empty where the batch is: then there is no step.

        Parameters
        ----------
        action, name
            What is done; the id is ``wNN-name``.
        wave, depends_on, items, before, after
            As in `lakezones.model.tables.Steps` and ``Items``; `before` and `after` as plain objects.
        wait_days
            Days that must pass before a dependant may start (gates).
        people
            People whose route to data changes.
        not_before
            First day on which the step may start, whatever it depends on.
        columns
            Other columns of the step.
        """
        if items is not None and items.is_empty():
            return []
        step_id = f"w{wave:02d}-{name}"
        if step_id in self._end:
            raise ValueError(f"step {step_id} added twice")
        minutes = self._minutes(action, 0 if items is None else items.height)
        start = max((self._end[one] for one in depends_on), default=self.start)
        start = max(start, not_before or start)
        days = max(wait_days, minutes // self.settings.work_minutes_per_day)
        self._end[step_id] = start + timedelta(days=days)
        step = Step(
            step_id=step_id,
            wave=wave,
            sequence=len(self._steps),
            action=action,
            depends_on=tuple(depends_on),
            before=None if before is None else json.dumps(before, sort_keys=True),
            after=None if after is None else json.dumps(after, sort_keys=True),
            owner=columns.pop("owner", None) or self._owner(action, columns.get("object_kind")),
            reversible=action not in IRREVERSIBLE,
            people_affected=people,
            effort_minutes=minutes,
            earliest_start=start,
            items_file=None if items is None else ITEMS_FILE,
            **columns,
        )
        self._steps.append(step)
        if items is not None:
            numbered = items.with_row_index("item").with_columns(
                pl.lit(step_id).alias("step_id"), pl.col("item").cast(pl.Int64)
            )
            self._items.append(numbered)
        return [step_id]

    def gate(self, name: str, *, wait_days: int = 0, **columns: Any) -> list[str]:
        """Add a gate: a wait of some days, or where there are none an approval."""
        after = {"wait_hours": 24 * wait_days} if wait_days else {"approval": True}
        return self.add("gate", name, wait_days=wait_days, after=after, rollback=NOTHING, **columns)

    def end_of(self, step_id: str) -> date:
        """Day from which dependants of a step may start."""
        return self._end[step_id]

    def frames(self) -> tuple[dy.DataFrame[t.Steps], dy.DataFrame[t.Items]]:
        """The steps and the items."""
        if not self._items:
            return to_frame(self._steps), t.Items.create_empty()
        items = pl.concat(self._items, how="diagonal_relaxed")
        return to_frame(self._steps), conform(items, t.Items)

    def _minutes(self, action: str, items: int) -> int:
        effort = self.settings.effort.get(action)
        return 0 if effort is None else math.ceil(round(effort.fixed + effort.per_item * items, 6))

    def _owner(self, action: str, object_kind: str | None) -> str:
        owners = self.settings.owners
        if action in _APPROVED:
            return owners.approver
        if action in _DIRECTORY:
            return owners.directory
        if action == "close_entitlement" or (action == "revoke" and object_kind == "entitlement"):
            return owners.requests
        return owners.storage
