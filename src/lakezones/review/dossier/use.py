"""Use of a lake's containers by people, in numbers, so that the use of any role is a matter of milliseconds.

In: facts, containers by number, people. Out: `KnownUse`. `lakezones.model.usage` says what counts as unused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import numpy as np
import polars as pl

from lakezones.model.frames import Facts, Proposal
from lakezones.model.usage import observe
from lakezones.review.dossier.places import KnownPlaces, Mask, Numbers

_NEVER: Final = np.iinfo(np.int64).min


@dataclass(frozen=True, kw_only=True)
class RoleUse:
    """What some people used of some containers in the window.

    Attributes
    ----------
    containers, seen
        Containers, and those where reading would have been seen.
    used, used_seen
        Containers that anybody of them used, and how many of those where reading would have been seen.
    by_member
        Containers used by each, in the order given; and of these, where it would have been seen.
    wrote
        People who wrote.
    last
        Newest use by each, whenever it was; None where there is none.
    """

    containers: int
    seen: int
    used: Mask
    used_seen: int
    by_member: Numbers
    by_member_seen: Numbers
    wrote: int
    last: Sequence[datetime | None]

    @property
    def pairs(self) -> int:
        """Pairs of person and container used."""
        return int(self.by_member.sum())

    @property
    def active(self) -> int:
        """People who used any."""
        return int((self.by_member > 0).sum())


class KnownUse:
    """Use by person, each a run of container numbers.

    Attributes
    ----------
    assessed
        Whether use was given and shows people reading.
    since, until, days
        The window: the one that roles were fitted to, where they were.
    reads, writes
        Where reading and writing would have been seen.
    idle, idle_assessed
        Containers that nobody used, machines included, and nobody may have read by another's identity, as the proposal
        says (``excess``); whether it says anything.
    """

    def __init__(self, facts: Facts, proposal: Proposal, places: KnownPlaces) -> None:
        named = places.frame.select("container")
        window = proposal.role_variants["window_days"].max()
        seen = observe(facts, named, days=int(window) if isinstance(window, int) and window > 0 else None)
        self.reads: Mask = places.numbered(seen.reads["container"])
        self.writes: Mask = places.numbered(seen.writes["container"])
        self.days = seen.days
        self.assessed = facts.assessed("usage") and bool(self.reads.any()) and self.days > 0
        self.since: date = seen.since.date()
        self.until: date = seen.until.date()
        self.idle_assessed = isinstance(window, int)
        self.idle: Mask = places.numbered(proposal.excess["container"])
        rows = _numbered(facts, places, seen.since)
        self._starts: dict[str, tuple[int, int]] = {}
        people = rows["principal_id"].unique(maintain_order=True).to_list()
        codes = rows["person"].to_numpy()
        bounds = np.searchsorted(codes, np.arange(len(people) + 1))
        for at, person in enumerate(people):
            self._starts[person] = int(bounds[at]), int(bounds[at + 1])
        self._place: Numbers = rows["place"].to_numpy().astype(np.int64)
        self._wrote: Mask = rows["wrote"].to_numpy()
        self._recent: Mask = rows["recent"].to_numpy()
        self._spans, self._touched = _touched(people, codes, places.class_of[self._place], self._recent)
        self._last: Numbers = rows["last"].cast(pl.Int64).fill_null(_NEVER).to_numpy()

    @property
    def in_words(self) -> str:
        """The window, to be put after "in"."""
        return f"the {self.days} days to {self.until:%Y-%m-%d}"

    def of(self, people: Sequence[str], mask: Mask) -> RoleUse:
        """What people used of the containers of a mask."""
        used = np.zeros(len(mask), dtype=np.bool_)
        by_member = np.zeros(len(people), dtype=np.int64)
        by_seen = np.zeros(len(people), dtype=np.int64)
        last: list[datetime | None] = []
        wrote = 0
        for at, person in enumerate(people):
            start, end = self._starts.get(person, (0, 0))
            numbers = self._place[start:end]
            within = mask[numbers]
            mine = numbers[within & self._recent[start:end]]
            used[mine] = True
            by_member[at] = mine.size
            by_seen[at] = int(self.reads[mine].sum())
            wrote += bool((self._wrote[start:end] & within & self.writes[numbers]).any())
            newest = int(self._last[start:end][within].max(initial=_NEVER))
            last.append(None if newest == _NEVER else datetime.fromtimestamp(newest / 1_000_000, UTC))
        return RoleUse(
            containers=int(mask.sum()),
            seen=int((mask & self.reads).sum()),
            used=used,
            used_seen=int((used & self.reads).sum()),
            by_member=by_member,
            by_member_seen=by_seen,
            wrote=wrote,
            last=last,
        )

    def users_by_class(self, people: Sequence[str]) -> dict[int, int]:
        """Number of a class to how many of the people used any container of it in the window."""
        mine = [self._touched[start:end] for one in people for start, end in [self._spans.get(one, (0, 0))]]
        counts = np.bincount(np.concatenate(mine)) if mine else np.zeros(0, dtype=np.int64)
        return {int(at): int(counts[at]) for at in np.flatnonzero(counts)}


def _numbered(facts: Facts, places: KnownPlaces, since: datetime) -> pl.DataFrame:
    """principal_id, person, place, last, recent, wrote: a row per person and container, sorted by person.

    `recent` and `wrote` are of the window; use without a date counts in it, and dates nothing.
    """
    numbers = places.frame.select("container", place=pl.int_range(pl.len(), dtype=pl.Int64)).lazy()
    people = facts.table("usage").select("principal_id").unique().sort("principal_id").with_row_index("person").lazy()
    wrote = pl.col("access").is_in(["write", "manage"]).fill_null(value=False)
    recent = (pl.col("last_used") >= since).fill_null(value=True)
    return (
        facts.table("usage")
        .lazy()
        .select("principal_id", "container", last="last_used", recent=recent, wrote=wrote & recent)
        .join(numbers, on="container")
        .join(people, on="principal_id")
        .select("person", "place", "last", "recent", "wrote")
        .group_by("person", "place")
        .agg(pl.col("last").max(), pl.col("recent").any(), pl.col("wrote").any())
        .join(people, on="person")
        .sort("person", "place")
        .collect()
    )


def _touched(
    people: Sequence[str], codes: Numbers, classes: Numbers, recent: Mask
) -> tuple[dict[str, tuple[int, int]], Numbers]:
    """Classes that each person used in the window, each once: a run of class numbers per person."""
    width = int(classes.max(initial=0)) + 1
    # Rows are in order of person and container, and containers in order of class.
    pairs = codes[recent].astype(np.int64) * width + classes[recent]
    pairs = pairs[np.flatnonzero(np.diff(pairs, prepend=-1))]
    bounds = np.searchsorted(pairs // width, np.arange(len(people) + 1))
    spans = {person: (int(bounds[at]), int(bounds[at + 1])) for at, person in enumerate(people)}
    return spans, pairs % width
