"""Cohorts: containers of one class that a plan treats alike, so that replaying a cohort replays each of its containers.

In: access classes and the items of a plan. Out: `Split`. Two containers share a cohort when they are of one class and
every step does the same to both, targets included; folders are named by their container, so where a dataset goes does
not tell cohorts apart but who is granted what there does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.plan.steps import MOVES
from lakezones.verify.places import source_accounts
from lakezones.verify.rules.assignments import assignments_in_force

SOURCE = "source"
TARGET = "target"


@dataclass(frozen=True, slots=True)
class Event:
    """What one step does to one cohort.

    Attributes
    ----------
    place
        Source or target.
    action, kind
        As in the step.
    grantee
        Who is granted or loses a grant; None for moves.
    level
        Bits granted.
    entitlement
        Entitlement revoked; empty where there is none.
    """

    place: str
    action: str
    kind: str
    grantee: str | None
    level: int
    entitlement: str


@dataclass(frozen=True, slots=True)
class Cohort:
    """Containers replayed as one.

    Attributes
    ----------
    class_id, container, size
        Class, one container as an example, and how many there are.
    target
        Account/zone container that they move to, or the account alone where no condition looks at names; empty where
        they stay.
    same_account
        Whether it is known that they stay in their account.
    """

    class_id: str
    container: str
    size: int
    target: str
    same_account: bool


@dataclass(frozen=True, kw_only=True)
class Split:
    """All cohorts, and the events of each step by cohort.

    Attributes
    ----------
    cohorts
        Cohorts, by class and example.
    events
        step_id to cohort index to events.
    strays
        container or target that a step names and nothing knows, with the step: a malformed plan.
    """

    cohorts: list[Cohort]
    events: Mapping[str, Mapping[int, list[Event]]]
    strays: list[tuple[str, str]] = field(default_factory=list)


def split_classes(facts: Facts, access: Access, batch: pl.DataFrame, marks: Mapping[str, str] | None = None) -> Split:
    """Split classes into cohorts by what the plan does to each container, and by what was decided on each.

    Parameters
    ----------
    batch
        What `acts` gives of the plan.
    marks
        Containers of which something else was decided than of their class, with what.
    """
    places = _places(batch)
    events = pl.concat([_source_events(batch), _move_events(batch), _target_events(batch, places)])
    known = access.container_classes.select("container", "class_id")
    strays = events.join(known, on="container", how="anti").select("container", "step_id").unique().sort("container")
    unplaced = _unplaced(batch, places)
    key = ["step_id", "place", "action", "kind", "grantee", "level", "entitlement"]
    distinct = events.select(key).unique().sort(key, nulls_last=True).with_row_index("event")
    signed = (
        events.join(distinct, on=key, nulls_equal=True)
        .group_by("container")
        .agg(pl.col("event").unique().sort())
        .with_columns(pl.col("event").cast(pl.List(pl.String)).list.join(",").alias("signature"))
    )
    located = (
        known.join(signed, on="container", how="left")
        .join(_going(facts, places), on="container", how="left")
        .with_columns(
            pl.col("signature", "going").fill_null(""),
            pl.col("same_account").fill_null(True),
            mark=pl.col("container").replace_strict(dict(marks or {}), default="", return_dtype=pl.String),
        )
    )
    key = ["class_id", "signature", "going", "same_account", "mark"]
    grouped = (
        located.group_by(key)
        .agg(pl.col("container").min(), pl.len().alias("size"), pl.col("event").first())
        .sort("class_id", "container")
    )
    rows = distinct.select("step_id", "place", "action", "kind", "grantee", "level", "entitlement").rows()
    cohorts: list[Cohort] = []
    by_step: dict[str, dict[int, list[Event]]] = {}
    columns = ("class_id", "container", "size", "going", "same_account", "event")
    for index, (*cohort, numbers) in enumerate(grouped.select(columns).iter_rows()):
        cohorts.append(Cohort(*cohort))
        for number in numbers or ():
            step_id, *rest = rows[number]
            by_step.setdefault(step_id, {}).setdefault(index, []).append(Event(*rest))
    return Split(cohorts=cohorts, events=by_step, strays=[*strays.rows(), *unplaced.rows()])


def _places(batch: pl.DataFrame) -> pl.DataFrame:
    """Where each dataset goes: container, target (zone container/folder) and zone (zone container)."""
    moved = batch.filter(pl.col("action").is_in(["copy", "cutover"]), pl.col("target").is_not_null())
    return (
        moved.select("container", "target", pl.col("path").fill_null("").alias("path"))
        .unique()
        .with_columns(
            pl.when(pl.col("path") == "")
            .then("target")
            .otherwise(pl.col("target").str.strip_suffix(pl.concat_str(pl.lit("/"), "path")))
            .alias("zone")
        )
        .drop("path")
    )


_EVENT = ["container", "step_id", "place", "action", "kind", "grantee", "level", "entitlement"]


def _event(frame: pl.DataFrame, place: str) -> pl.DataFrame:
    return frame.with_columns(
        pl.lit(place).alias("place"), pl.col("entitlement").fill_null(""), pl.col("level").cast(pl.Int64)
    ).select(_EVENT)


def _source_events(batch: pl.DataFrame) -> pl.DataFrame:
    """Grants and revokes on source containers."""
    return _event(
        batch.filter(
            pl.col("action").is_in(["grant", "revoke"]), pl.col("path").is_null(), pl.col("container").is_not_null()
        ),
        SOURCE,
    )


def _move_events(batch: pl.DataFrame) -> pl.DataFrame:
    """Copies, freezes, cutovers and deletions."""
    moving = batch.filter(pl.col("action").is_in(sorted(MOVES)), pl.col("container").is_not_null())
    return _event(
        moving.with_columns(
            pl.lit(None, dtype=pl.String).alias("grantee"), pl.lit("").alias("kind"), pl.lit(0).alias("level")
        ),
        SOURCE,
    )


def _at_target(batch: pl.DataFrame) -> pl.DataFrame:
    """Grants and revokes at targets, with the full name of the place."""
    place = (
        pl.when(pl.col("path") == "")
        .then("container")
        .otherwise(pl.concat_str("container", "path", separator="/"))
        .alias("location")
    )
    return batch.filter(
        pl.col("action").is_in(["grant", "revoke"]), pl.col("path").is_not_null(), pl.col("container").is_not_null()
    ).with_columns(place)


def _target_events(batch: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Grants at targets, as events of the datasets that arrive there: at their folder, or at the whole container."""
    granted = _at_target(batch).drop("container", "target")
    on_folder = granted.join(places, left_on="location", right_on="target")
    on_zone = granted.filter(pl.col("path") == "").join(
        places.filter(pl.col("target") != pl.col("zone")), left_on="location", right_on="zone"
    )
    return pl.concat([_event(on_folder, TARGET), _event(on_zone, TARGET)])


def _unplaced(batch: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Grants at targets where no dataset ever arrives."""
    reached = pl.concat([places["target"], places["zone"]]).unique()
    return (
        _at_target(batch)
        .filter(~pl.col("location").is_in(reached.implode()))
        .select(pl.col("location").alias("container"), "step_id")
        .unique()
        .sort("container", "step_id")
    )


def _going(facts: Facts, places: pl.DataFrame) -> pl.DataFrame:
    """Where each container that moves goes: container, going (account, with the zone container if conditions look at
    names), same_account."""
    by_name = any(one.conditional and not one.places for one in assignments_in_force(facts))
    account = pl.col("zone").str.split("/").list.first()
    sources = pl.DataFrame(sorted(source_accounts(facts).items()), schema=["container", "source"], orient="row")
    return (
        places.group_by("container")
        .agg(pl.col("zone").min())
        .join(sources.cast(pl.String), on="container", how="left")
        .select(
            "container",
            going=pl.col("zone") if by_name else account,
            same_account=(account == pl.col("source")).fill_null(value=False),
        )
    )
