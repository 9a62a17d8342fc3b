"""Use, judged over one window: what was seen, since when, and where the logs could have shown it.

In: facts and classes of containers. Out: `ObservedUse`, the one place where anything is called used or unused. Use is
of two kinds, since storage logs reading and writing apart: nothing is said of a kind that no row of an account shows,
of a container most of whose requests carry no person, or where use was not assessed.
https://learn.microsoft.com/azure/storage/blobs/monitor-blob-storage#collection-and-routing
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import polars as pl

from lakezones.model.frames import Access, Facts

LONGEST: Final = 400
"""Days before the scan from which use no longer counts, unless a setting names a longer window."""

GAP: Final = 45
"""Days without any use from which a log is taken to begin only after them: a month and its closing leave traces."""

Use = dict[str, dict[str, int]]
"""Person to class to the number of its containers that the person used."""


@dataclass(frozen=True, kw_only=True)
class ObservedUse:
    """Use in a window.

    Attributes
    ----------
    since, until
        The window.
    covered
        Days before `until` from which there is use, in the window or before it: logs reach back so far at least.
    rows
        principal_id, container, wrote: the use in it.
    reads, writes
        container: those where a person's reading or writing would have been seen.
    """

    since: datetime
    until: datetime
    covered: float
    rows: pl.DataFrame
    reads: pl.DataFrame
    writes: pl.DataFrame

    @property
    def days(self) -> int:
        """Length of the window."""
        return (self.until.date() - self.since.date()).days

    @property
    def in_words(self) -> str:
        """The window, to be put after "in"."""
        return f"the {self.days} days from {self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}"

    def observable(self, kind: Literal["read", "write"]) -> pl.DataFrame:
        """Containers where use of a kind would have been seen: container."""
        return self.reads if kind == "read" else self.writes

    def used_by_nobody(self) -> pl.DataFrame:
        """Containers that nobody used, machines and tokens included, though reading would have been seen: container."""
        return self.reads.join(self.rows, on="container", how="anti").unique().sort("container")

    def classes_seen(self, container_classes: pl.DataFrame) -> frozenset[str]:
        """Classes on all of whose containers reading would have been seen."""
        unseen = container_classes.join(self.reads, on="container", how="anti")
        return frozenset(container_classes["class_id"]) - frozenset(unseen["class_id"])


def observe(
    facts: Facts, containers: pl.DataFrame, *, days: int | None = None, max_unattributable: float = 0.1
) -> ObservedUse:
    """Use in the days before `as_of`; use without a date counts, and dates no window.

    Parameters
    ----------
    containers
        container; those of the lake.
    days
        Length of the window, where somebody states it; by default from the oldest use that is not older than
        `LONGEST` days, so that one old row does not make a window.
    max_unattributable
        Share of a container's requests without a person above which nobody is called a non-user of it.
    """
    longest = timedelta(days=max(LONGEST, days or 0))
    usage = facts.table("usage").filter(pl.col("last_used").is_null() | (pl.col("last_used") >= facts.as_of - longest))
    oldest = usage["last_used"].min()
    oldest = min(oldest, facts.as_of) if isinstance(oldest, datetime) else facts.as_of
    since = oldest if days is None else facts.as_of - timedelta(days=days)
    recent = usage.filter(pl.col("last_used").is_null() | (pl.col("last_used") >= since))
    wrote = pl.col("access").is_in(["write", "manage"]).fill_null(value=False)
    named = containers.select("container").unique().join(_accounts(facts), on="container", how="left")
    account = pl.coalesce("account", pl.col("container").str.extract(r"^([^/]+)/", 1), pl.lit("")).str.to_lowercase()
    placed = named.select("container", account=account)
    attributed = placed.join(_blind(usage, max_unattributable), on="container", how="anti")
    kinds = usage.select("container", wrote=wrote).unique().join(placed, on="container")

    def seen(*, writing: bool) -> pl.DataFrame:
        logged = kinds.filter(pl.col("wrote") == writing).select("account").unique()
        return attributed.join(logged, on="account", how="semi").select("container")

    return ObservedUse(
        since=since,
        until=facts.as_of,
        covered=(facts.as_of - oldest).total_seconds() / 86_400,
        rows=recent.select("principal_id", "container", wrote=wrote),
        reads=seen(writing=False),
        writes=seen(writing=True),
    )


def read_use(seen: ObservedUse, access: Access) -> Use:
    """Containers used in the window, per person and class."""
    counted = (
        seen.rows.join(access.container_classes, on="container")
        .group_by("principal_id", "class_id")
        .agg(used=pl.col("container").n_unique())
        .sort("principal_id", "class_id")
    )
    use: Use = defaultdict(dict)
    for person, class_id, used in counted.iter_rows():
        use[person][class_id] = used
    return dict(use)


def unbroken_days(facts: Facts, *, most: int) -> int:
    """Days for which the log reaches back from the scan without a gap of more than `GAP` days, at most `most`.

    Rows have the newest use alone, so that the log may be longer; one old row does not make it so.
    """
    used = facts.table("usage")["last_used"].drop_nulls()
    before = facts.as_of
    for day in used.filter(used <= facts.as_of).dt.truncate("1d").unique().sort(descending=True):
        if (before - day).days > GAP:
            break
        before = day
    return min((facts.as_of - before).days, most)


def _accounts(facts: Facts) -> pl.DataFrame:
    return facts.table("containers").select("container", "account").unique("container")


def _blind(usage: pl.DataFrame, most: float) -> pl.DataFrame:
    """container: those of whose requests too many carry no person."""
    operations = pl.col("operations").fill_null(1)
    anonymous = usage.filter(without_person()).group_by("container").agg(anonymous=operations.sum())
    everything = usage.join(anonymous, on="container", how="semi").group_by("container").agg(every=operations.sum())
    share = pl.col("anonymous") / pl.col("every").clip(lower_bound=1)
    return anonymous.join(everything, on="container").filter(share > most).select("container")


def without_person() -> pl.Expr:
    """Expression for rows of usage whose requests carry no person: tokens and account keys."""
    return pl.col("principal_id").str.starts_with("sas:") | pl.col("principal_id").str.starts_with("key:")
