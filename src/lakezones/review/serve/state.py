"""Everything that the page shows, as it was when it was last read: values that requests share and nobody changes.

In: items, standings, decisions, the log. Out: `Reviewable`, which stays until the next proposal, and `ReviewState`,
which stays until the next decision; both keep by key what is looked up again and again.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.model.tables import Changed, Decisions, ReviewItems, Standings
from lakezones.review.binding import Contents
from lakezones.review.checks import Checker
from lakezones.review.decisions import Draft
from lakezones.review.decisions.decidable import Decidable
from lakezones.review.decisions.records import withdrawn
from lakezones.review.people import Deciders
from lakezones.review.serve.worklist import Key, Row, search_text
from lakezones.review.settings import ReviewSettings

PARTS_OF_ROLES: Final = ("suggestion", "unused")
"""Kinds of items that are about a role."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reviewable:
    """What there is to review, whatever was decided on it.

    Attributes
    ----------
    proposed
        Hash of the proposal that it is of; another one means that what pages show may be out of date.
    items
        What there is to decide on.
    contents
        What there is to see.
    dossier
        What there is to know of one item, by kind and id.
    checker
        What finds out at once what is wrong with a change.
    principals
        The directory; None where it was not assessed.
    as_of
        When the lake was scanned.
    """

    proposed: str
    items: dy.DataFrame[ReviewItems]
    contents: Contents
    dossier: Callable[[str, str], Any]
    checker: Checker
    principals: pl.DataFrame | None
    as_of: datetime

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Items as plain values, each with what a ``search`` looks through."""
        return [{**row, "search": search_text(row)} for row in self.items.iter_rows(named=True)]

    @cached_property
    def parts(self) -> Mapping[tuple[str, str, str], frozenset[str]]:
        """Ids of the parts of items, by kind and id of the item and kind of part."""
        columns = (pl.col("object_kind").cast(pl.String), "object_id", pl.col("part_kind").cast(pl.String))
        grouped = self.contents.parts.group_by(*columns).agg("part_id")
        return {(kind, object_id, part): frozenset(ids) for kind, object_id, part, ids in grouped.iter_rows()}

    @cached_property
    def known(self) -> Decidable:
        """What can be decided on, as the rules of decisions ask for it."""
        return Decidable(self.items, self.contents)

    @cached_property
    def deciders(self) -> Deciders:
        """Who may decide."""
        return Deciders(self.principals)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Names of people by id."""
        if self.principals is None:
            return {}
        rows = self.principals.select("principal_id", "name").iter_rows()
        return {principal: name for principal, name in rows if name}

    def name(self, principal: str) -> str:
        """What somebody is called; their id where that is all that is known."""
        return self.names.get(principal, principal)

    @cached_property
    def due(self) -> date | None:
        """When the campaign is due; None without one."""
        days = [row["due"] for row in self.rows if row["due"] is not None]
        return max(days, default=None)

    def prepare(self) -> None:
        """Work everything out that is kept, so that no request waits for it."""
        for each in (self.rows, self.parts, self.known, self.deciders, self.names):
            len(each) if isinstance(each, Mapping | Sequence) else each
        roles = [row["object_id"] for row in self.rows if row["object_kind"] == "role"]
        if roles:
            self.dossier("role", roles[0])


@dataclass(frozen=True, kw_only=True, eq=False)
class ReviewState:
    """The review of a workspace at one moment.

    Attributes
    ----------
    base
        What there is to review.
    standings, changed, decisions
        As in `lakezones.model.tables`; decisions are those in force.
    records
        The audit log, oldest first.
    settings
        Section ``review``.
    """

    base: Reviewable
    standings: dy.DataFrame[Standings]
    changed: dy.DataFrame[Changed]
    decisions: dy.DataFrame[Decisions]
    records: Sequence[Mapping[str, Any]]
    settings: ReviewSettings

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Items as plain values, each with its ``standing``, its ``deciders``, and whether a decision is ``asked``."""
        found = []
        denied = {one for (kind, one), row in self._wholes.items() if kind == "role" and row["standing"] == "denied"}
        for row in self.base.rows:
            whole = self.standing((row["object_kind"], row["object_id"]))
            standing = whole["standing"] if whole else "undecided"
            lapsed = standing == "approved" and (row["object_kind"], row["object_id"]) in self._lapsed
            # What would complete a role that was denied, or was never used of it, is nobody's question any more.
            moot = standing == "undecided" and row["object_kind"] in PARTS_OF_ROLES and row["role_id"] in denied
            found.append(
                {
                    **row,
                    "standing": "lapsed" if lapsed else standing,
                    "deciders": frozenset(whole["reviewers"]) if whole else frozenset(),
                    "asked": row["worklist"] != "" and not moot,
                }
            )
        return found

    @cached_property
    def by_key(self) -> dict[Key, Row]:
        """Items by kind and id."""
        return {(row["object_kind"], row["object_id"]): row for row in self.rows}

    @cached_property
    def _wholes(self) -> dict[Key, Row]:
        rows = self.standings.filter(pl.col("part_kind").cast(pl.String) == "")
        return {(row["object_kind"], row["object_id"]): row for row in rows.iter_rows(named=True)}

    @cached_property
    def _lapsed(self) -> frozenset[Key]:
        """Items of which a part lapsed."""
        parts = self.standings.filter(
            pl.col("part_kind").cast(pl.String) != "", pl.col("standing").cast(pl.String) == "lapsed"
        )
        return frozenset(parts.select(pl.col("object_kind").cast(pl.String), "object_id").iter_rows())

    def standing(self, key: Key) -> Row | None:
        """Where an item as a whole stands; None where nobody decided anything on it."""
        return self._wholes.get(key)

    @cached_property
    def changes(self) -> Mapping[Key, list[Row]]:
        """What is no longer as it was seen, by item."""
        found: dict[Key, list[Row]] = defaultdict(list)
        for row in self.changed.iter_rows(named=True):
            found[row["object_kind"], row["object_id"]].append(row)
        return found

    @cached_property
    def in_force(self) -> Mapping[Key, list[Row]]:
        """Decisions in force, by item."""
        found: dict[Key, list[Row]] = defaultdict(list)
        for row in self.decisions.iter_rows(named=True):
            found[row["object_kind"], row["object_id"]].append(row)
        return found

    @cached_property
    def force_ids(self) -> frozenset[str]:
        """Ids of the records of decisions in force."""
        return frozenset(self.decisions["record_id"].drop_nulls())

    @cached_property
    def withdrawn(self) -> Mapping[str, str]:
        """Records that were taken back, each with the record that did so."""
        gone = withdrawn(self.records)
        return {
            one["withdraws"]: one["record_id"]
            for one in self.records
            if one["kind"] == "withdrawal" and one["withdraws"] in gone and one["record_id"] not in gone
        }

    @cached_property
    def _by_record(self) -> Mapping[str, Mapping[str, Any]]:
        return {str(one["record_id"]): one for one in self.records}

    def record(self, record_id: str) -> Mapping[str, Any] | None:
        """A record by its id."""
        return self._by_record.get(record_id)

    @cached_property
    def decided(self) -> list[Draft]:
        """Decisions in force as drafts, for what is checked beside them."""
        return [Draft.of_cells(row) for row in self.decisions.iter_rows(named=True)]
