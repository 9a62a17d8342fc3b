"""Beside each role a variant fitted to use: what of the role somebody uses, and what nobody does.

In: roles, facts, access, zones, settings. Out: `RoleVariants` and `VariantClasses`. A variant leaves out a container
that nobody in the lake used in the window, machines included, where reading would have been seen and nobody may have
read it by another's identity; and it lowers write to read where none of the role's people wrote. It is information, and
may be approved only where the window is long enough to hold a year's closings. What it leaves out is not taken away by
it: it becomes residual (`keep_outside_role`), until somebody decides on that row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Access, Facts
from lakezones.model.levels import Level
from lakezones.model.lineage import build
from lakezones.model.usage import ObservedUse, observe, unbroken_days
from lakezones.model.words import counted
from lakezones.propose.roles.settings import RolesSettings

if TYPE_CHECKING:
    from lakezones.propose.roles.choose import ProposedRole

BEYOND: Final = 60
"""Days that are looked at beyond the window asked for: a log is seen to be long enough by what is older."""

WAY_BACK: Final = "approve the role as it is again: its group is nested again in the groups of {classes}"
"""How a variant is undone, in one step: grants of what it leaves out stay until somebody decides on them."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """What was looked at, and what nobody used.

    Attributes
    ----------
    seen
        Use in the window, and where it would have been seen.
    days
        Days for which the log reaches back without a gap.
    why_not
        Why no variant may be approved; empty where they may.
    unused
        container, class_id: what nobody used.
    """

    seen: ObservedUse
    days: int
    why_not: str
    unused: pl.DataFrame

    @property
    def since(self) -> datetime:
        """First day of the window."""
        return self.seen.until - timedelta(days=self.days)

    @property
    def in_words(self) -> str:
        """The window, to be put after "in"."""
        return f"the {self.days} days from {self.since:%Y-%m-%d} to {self.seen.until:%Y-%m-%d}"


def read_window(facts: Facts, access: Access, settings: RolesSettings) -> Window | None:
    """The window that roles are fitted to; None where use was not assessed, shows no reading or is of one day."""
    containers = access.container_classes.select("container", "class_id")
    most = settings.fit_window_days + BEYOND
    seen = observe(facts, containers, days=most)
    if seen.reads.is_empty():
        return None
    days = unbroken_days(facts, most=most)
    if not days:
        # One day, or use without dates: what is not in the log may still be used.
        return None
    unused = seen.used_by_nobody().join(reached_otherwise(facts, access, settings), on="container", how="anti")
    short = f"the log reaches back {days} days without a gap, and {settings.fit_window_days} are needed"
    return Window(
        seen=seen,
        days=days,
        why_not=short if days < settings.fit_window_days else "",
        unused=unused.join(containers, on="container").sort("container"),
    )


def reached_otherwise(facts: Facts, access: Access, settings: RolesSettings) -> pl.DataFrame:
    """Containers that people may read by an identity not theirs: tokens, public access, reports and shared engines.

    Returns
    -------
    DataFrame
        container; each once.
    """
    containers = access.container_classes["container"].unique().sort()
    lineage = build(facts, containers)
    served = containers.filter(pl.Series(values=(lineage.reports > 0) | (lineage.quiet_reads > 0)))
    references = facts.table("references").filter(pl.col("direction").cast(pl.String) == "read")
    tools = [
        tool
        for tool in references["tool"].unique().sort()
        if any(fnmatchcase(tool.lower(), glob.lower()) for glob in settings.shared_tools)
    ]
    public = facts.table("containers").filter(
        pl.col("public_access").fill_null("").str.to_lowercase().is_in(["blob", "container"])
    )
    found = [
        served,
        references.filter(pl.col("tool").is_in(tools))["container"].drop_nulls(),
        facts.table("stored_policies")["container"],
        public["container"],
    ]
    return pl.DataFrame({"container": pl.concat(found)}).unique().sort("container")


def closings(since: date, until: date) -> str:
    """Ends of months, quarters and years in a window, in words.

    Examples
    --------
    >>> closings(date(2025, 11, 15), date(2026, 2, 10))
    '3 month ends, 1 quarter end, 1 year end'
    """
    ends = []
    day = since.replace(day=1)
    while day <= until:
        following = (day + timedelta(days=32)).replace(day=1)
        if since <= (end := following - timedelta(days=1)) < until:
            ends.append(end)
        day = following
    months, quarters, years = len(ends), sum(end.month % 3 == 0 for end in ends), sum(end.month == 12 for end in ends)
    return ", ".join([counted(months, "month end"), counted(quarters, "quarter end"), counted(years, "year end")])


def role_use(
    members: pl.DataFrame, contents: pl.DataFrame, access: Access, window: Window, zones: pl.DataFrame
) -> pl.DataFrame:
    """What the people of each role used of each of its classes in the window.

    Parameters
    ----------
    members
        role_id, principal_id.
    contents
        role_id, class_id, level.
    zones
        container, zone.

    Returns
    -------
    DataFrame
        role_id, class_id, level; containers, unseen (where reading would not have been seen), unused (by anybody),
        used (by a member), pairs (that members used), users (members), wrote (members who wrote), blind (containers
        where writing would not have been seen), lower (containers of raw and curated), read_lower (of these, used),
        active (members who used any class of the role).
    """
    zone = zones.select("container", lower=pl.col("zone").cast(pl.String).is_in(["raw", "curated"]))
    boxes = (
        access.container_classes.select("container", "class_id")
        .join(zone, on="container", how="left")
        .join(window.seen.reads.with_columns(read=True), on="container", how="left")
        .join(window.seen.writes.with_columns(write=True), on="container", how="left")
        .join(window.unused.select("container", unused=True), on="container", how="left")
    )
    sizes = boxes.group_by("class_id").agg(
        containers=pl.len(),
        unseen=pl.col("read").is_null().sum(),
        blind=pl.col("write").is_null().sum(),
        unused=pl.col("unused").is_not_null().sum(),
        lower=pl.col("lower").fill_null(value=False).sum(),
    )
    rows = (
        window.seen.rows.join(boxes.select("container", "class_id", "lower"), on="container")
        .join(members.select("role_id", "principal_id"), on="principal_id")
        .join(contents.select("role_id", "class_id"), on=["role_id", "class_id"], how="semi")
    )
    active = rows.group_by("role_id").agg(active=pl.col("principal_id").n_unique())
    used = rows.group_by("role_id", "class_id").agg(
        used=pl.col("container").n_unique(),
        pairs=pl.struct("principal_id", "container").n_unique(),
        users=pl.col("principal_id").n_unique(),
        wrote=pl.col("principal_id").filter("wrote").n_unique(),
        read_lower=pl.col("container").filter(pl.col("lower").fill_null(value=False)).n_unique(),
    )
    counts = ["used", "pairs", "users", "wrote", "read_lower", "active"]
    return (
        contents.select("role_id", "class_id", "level")
        .join(sizes, on="class_id")
        .join(used, on=["role_id", "class_id"], how="left")
        .join(active, on="role_id", how="left")
        .with_columns(pl.col(counts).fill_null(0))
        .with_columns(pl.col([*counts, "containers", "unseen", "blind", "unused", "lower"]).cast(pl.Int64))
        .sort("role_id", "class_id")
    )


def propose_variants(
    roles: Sequence["ProposedRole"], use: pl.DataFrame | None, window: Window | None
) -> tuple[dy.DataFrame[t.RoleVariants], dy.DataFrame[t.VariantClasses]]:
    """A variant beside each role.

    Parameters
    ----------
    roles
        With ids.
    use
        As `role_use` gives it; None without a window.
    window
        None where use was not assessed.
    """
    if window is None or use is None:
        empty = [{"role_id": role.role_id, "offered": False, "reason": "use was not assessed"} for role in roles]
        return _variants(empty), t.VariantClasses.create_empty()
    fitted = use.with_columns(
        kept=pl.col("containers") - pl.col("unused"),
        fits=pl.when((pl.col("level") > Level.READ.value) & (pl.col("wrote") == 0) & (pl.col("blind") == 0))
        .then(pl.lit(Level.READ.value, pl.UInt8))
        .otherwise("level"),
    )
    totals = {
        row["role_id"]: row
        for row in fitted.group_by("role_id")
        .agg(
            pl.col("kept", "unused", "lower", "used", "read_lower").sum(),
            touched=((pl.col("unused") > 0) | (pl.col("fits") != pl.col("level"))).sum(),
            lowered=(pl.col("fits") != pl.col("level")).sum(),
        )
        .iter_rows(named=True)
    }
    rows = [_variant(role, totals[role.role_id], window) for role in roles]
    kept = fitted.filter(pl.col("kept") > 0).select(
        "role_id",
        "class_id",
        level="fits",
        containers_kept="kept",
        containers_dropped="unused",
        users="users",
    )
    return _variants(rows), t.VariantClasses.validate(kept.sort("role_id", "class_id"), cast=True)


def _variant(role: "ProposedRole", own: dict[str, int], window: Window) -> dict[str, object]:
    """The row of a role's variant, from the totals over its classes."""
    nothing = "" if own["touched"] else "nothing to leave out: somebody used all that could be seen"
    return {
        "role_id": role.role_id,
        "since": window.since,
        "until": window.seen.until,
        "window_days": window.days,
        "closings": closings(window.since.date(), window.seen.until.date()),
        "offered": not (window.why_not or nothing),
        "containers_kept": own["kept"],
        "containers_dropped": own["unused"],
        "classes_lowered": own["lowered"],
        "people_affected": len(role.people) if own["touched"] else 0,
        "way_back": WAY_BACK.format(classes=counted(own["touched"], "class")) if own["touched"] else None,
        "reason": window.why_not or nothing or None,
        "note": _note(own),
    }


def _variants(rows: list[dict[str, object]]) -> dy.DataFrame[t.RoleVariants]:
    frame = pl.DataFrame(rows, schema=t.RoleVariants.create_empty().schema).sort("role_id")
    return t.RoleVariants.validate(frame)


def _note(own: dict[str, int]) -> str | None:
    """Whether the use of a role's people allows that they read from consumption alone."""
    if not own["lower"] or not own["used"] or own["read_lower"]:
        return None
    return (
        f"its people used none of its {counted(own['lower'])} in raw and curated: reading from consumption is enough,"
        " as far as their use shows"
    )
