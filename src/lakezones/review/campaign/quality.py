"""How closely a campaign is reviewed: time per item, and what was approved without being opened.

In: decisions in force, and what reviewers looked at on the page. Out: `CampaignQuality`. A workbook or a sheet cannot
tell what was looked at: decisions of people who never used the page are counted and not measured.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import polars as pl

Item = tuple[str, str, str]
"""Kind, id and hash of what was seen."""

HASTY: Final = 5.0
"""Seconds below which an item can hardly have been read."""
FEWEST: Final = 3
"""Reviewers from which on a campaign as a whole says nothing of one of them."""

COLUMNS: Final = ("decisions", "time per item", "approved unopened", "approved in haste")
"""Measures of a person."""


@dataclass(frozen=True, slots=True)
class Look:
    """One reviewer's look at one item.

    Attributes
    ----------
    reviewer
        Who it was, by the id that decisions name.
    item
        Kind, id and hash of what was seen.
    seconds
        For how long it was in view.
    """

    reviewer: str
    item: Item
    seconds: float


@dataclass(frozen=True, kw_only=True)
class CampaignQuality:
    """How closely it was looked at.

    Attributes
    ----------
    measures
        What is measured, its value in words, what it means.
    by_person
        Name of each reviewer with the values of `COLUMNS`; empty unless the settings ask for it.
    says
        Whether this is of people or of the campaign, in words that are shown beside it.
    """

    measures: tuple[tuple[str, str, str], ...] = ()
    by_person: tuple[tuple[str, tuple[str, ...]], ...] = ()
    says: str = ""

    def document(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "says": self.says,
            "measures": [{"name": name, "value": value, "means": means} for name, value, means in self.measures],
            "by_person": [{"name": name, **dict(zip(COLUMNS, values, strict=True))} for name, values in self.by_person],
        }


def measure(
    decisions: pl.DataFrame,
    looks: Iterable[Look],
    *,
    campaign: str | None = None,
    by_person: bool = False,
    names: Mapping[str, str] | None = None,
    bulk: Collection[tuple[str, str]] = (),
) -> CampaignQuality:
    """Measure a campaign.

    Parameters
    ----------
    decisions
        Decisions in force (`lakezones.model.tables.Decisions`).
    looks
        What reviewers looked at on the page.
    campaign
        Only decisions of this one; all by default.
    by_person
        Whether people are measured too.
    names
        Names of reviewers by id.
    bulk
        Kind and id of items that may be approved together with others, unopened.
    """
    whole = decisions.filter((pl.col("part_kind").cast(pl.String) == "") & (pl.col("source").is_not_null()))
    if campaign:
        whole = whole.filter(pl.col("campaign") == campaign)
    seen: dict[str, dict[Item, float]] = {}
    for look in looks:
        own = seen.setdefault(look.reviewer, {})
        own[look.item] = own.get(look.item, 0.0) + look.seconds
    columns = (pl.col("object_kind").cast(pl.String), "object_id", "content_hash", pl.col("decision").cast(pl.String))
    made: dict[str, list[tuple[Item, str]]] = {}
    for reviewer, kind, object_id, seen_as, verdict in whole.select("reviewer", *columns).iter_rows():
        made.setdefault(reviewer, []).append(((kind, object_id, seen_as), verdict))
    people = {who: _Measured.of(rows, seen[who], bulk) for who, rows in sorted(made.items()) if who in seen}
    total = _Measured.sum(people.values())
    beside = sum(len(rows) for who, rows in made.items() if who not in seen)
    if not by_person and len(people) < FEWEST:
        return CampaignQuality(
            says=f"Fewer than {FEWEST} reviewers have used the page: a measure would be of one of them, and none is"
            " shown. quality.by_person in review.toml would show it."
        )
    shown = tuple(((names or {}).get(who, who), one.values()) for who, one in people.items()) if by_person else ()
    says = "Counted by person, as review.toml says." if by_person else "Counted for the campaign as a whole."
    return CampaignQuality(measures=tuple(total.measures(beside)), by_person=shown, says=says)


@dataclass(frozen=True, kw_only=True)
class _Measured:
    """What was measured of one reviewer or of several."""

    decisions: int
    approvals: int
    unopened: int
    together: int
    hasty: int
    seconds: tuple[float, ...]

    @classmethod
    def of(
        cls, rows: Sequence[tuple[Item, str]], seen: Mapping[Item, float], bulk: Collection[tuple[str, str]]
    ) -> "_Measured":
        approved = [item for item, verdict in rows if verdict == "approve"]
        opened = [seen[item] for item in approved if item in seen]
        return cls(
            decisions=len(rows),
            approvals=len(approved),
            unopened=len(approved) - len(opened),
            together=sum(item not in seen and item[:2] in bulk for item in approved),
            hasty=sum(seconds < HASTY for seconds in opened),
            seconds=tuple(seen[item] for item, _ in rows if item in seen),
        )

    @classmethod
    def sum(cls, several: Iterable["_Measured"]) -> "_Measured":
        listed = list(several)
        return cls(
            decisions=sum(one.decisions for one in listed),
            approvals=sum(one.approvals for one in listed),
            unopened=sum(one.unopened for one in listed),
            together=sum(one.together for one in listed),
            hasty=sum(one.hasty for one in listed),
            seconds=tuple(seconds for one in listed for seconds in one.seconds),
        )

    @property
    def time(self) -> str:
        """Median of the time that an item was in view."""
        return timed(median(self.seconds)) if self.seconds else "none opened"

    def values(self) -> tuple[str, ...]:
        """Values of `COLUMNS`."""
        opened = self.approvals - self.unopened
        return (
            f"{self.decisions:,}",
            self.time,
            share(self.unopened, self.approvals),
            share(self.hasty, opened),
        )

    def measures(self, beside: int) -> list[tuple[str, str, str]]:
        """Measures with what they mean."""
        _, time, unopened, hasty = self.values()
        rows = [
            ("Time per item", time, "half of the items that were opened were in view for less"),
            ("Approved without opening", unopened, "approvals of items that their reviewer never opened"),
            (
                "Of these, together with others",
                share(self.together, self.unopened),
                "items of low risk that review.toml allows to be approved so",
            ),
            ("Approved in haste", hasty, f"approvals of items that were in view for under {HASTY:.0f} seconds"),
        ]
        if beside:
            text = "decisions of a workbook or a sheet, which cannot tell what was looked at"
            rows.append(("Not measured", f"{beside:,}", text))
        return rows


def share(part: int, whole: int) -> str:
    """A share with its denominator.

    Examples
    --------
    >>> share(82, 100), share(0, 0)
    ('82% of 100', 'none of 0')
    """
    return f"{part / whole:.0%} of {whole:,}" if whole else "none of 0"


def timed(seconds: float) -> str:
    """A short time.

    Examples
    --------
    >>> timed(4.2), timed(75), timed(600)
    ('4 s', '1 min 15 s', '10 min')
    """
    minutes, rest = divmod(round(seconds), 60)
    return " ".join(filter(None, [f"{minutes} min" if minutes else "", f"{rest} s" if rest or not minutes else ""]))
