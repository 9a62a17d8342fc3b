"""What people do: habits over the days around ``as_of``, the log of those before it, the pairs used after it."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from tests.benchmarks.worlds.atlas_conventions import Conventions
from tests.benchmarks.worlds.atlas_entitlements import Entitlement
from tests.benchmarks.worlds.atlas_grants import Holding
from tests.benchmarks.worlds.atlas_lake import Lake
from tests.benchmarks.worlds.atlas_people import Staff

PERIODS = np.array([1.0, 7.0, 30.4, 91.3, 365.0])
AHEAD = 150


@dataclass(frozen=True, kw_only=True)
class Log:
    """Table `usage`, and pairs of person and container used in the days after."""

    usage: pl.DataFrame
    later: pl.DataFrame


def _pairs(
    draw: np.random.Generator, lake: Lake, staff: Staff, holding: Holding, entitlements: list[Entitlement]
) -> pl.DataFrame:
    """Person, container and access in use: teams share their favourites; what nobody needs is rarely touched."""
    popular = draw.random(len(lake.boxes))
    share, taste = draw.uniform(0.15, 0.6), draw.uniform(0.5, 0.9)
    team_favour: dict[tuple[int, int], np.ndarray] = {}
    people, boxes, writes = [], [], []
    for person, number in holding.held:
        one = entitlements[number]
        opened = np.asarray(one.boxes)
        if not staff.people[person].enabled:
            continue
        if (person, number) in holding.needed:
            key = (staff.people[person].team, number)
            if key not in team_favour:
                team_favour[key] = draw.random(len(opened)) * (0.4 + 0.6 * popular[opened]) > 1 - share
            chance = np.where(team_favour[key], taste, 0.02)
        else:
            chance = np.full(len(opened), 0.004)
        used = opened[draw.random(len(opened)) < chance][:250]
        people.append(np.full(len(used), person))
        boxes.append(used)
        writes.append(np.full(len(used), one.access == "write"))
    frame = pl.DataFrame(
        {"person": np.concatenate(people), "box": np.concatenate(boxes), "write": np.concatenate(writes)}
    )
    return frame.unique(maintain_order=True)


def log_of(
    draw: np.random.Generator,
    c: Conventions,
    lake: Lake,
    staff: Staff,
    holding: Holding,
    entitlements: list[Entitlement],
    names: list[str],
    gateway: str,
    as_of: datetime,
) -> Log | None:
    """Draw a rhythm for each pair (daily to yearly, regular or not) and see which days it falls on."""
    if not c.log_days:
        return None
    pairs = _pairs(draw, lake, staff, holding, entitlements)
    count = pairs.height
    period = PERIODS[draw.choice(5, size=count, p=draw.dirichlet([3, 4, 6, 3, 2]))]
    regular = draw.random(count) < 0.7
    # Days back to the newest use and ahead to the next: of a regular habit they make up its period.
    back = np.where(regular, draw.random(count) * period, draw.exponential(period))
    ahead = np.where(regular, period - back, draw.exponential(period))
    stopped = draw.random(count) < 0.03
    served = draw.random(len(lake.boxes)) < c.gateway * np.array([b.zone == "consumption" for b in lake.boxes])
    back = back + np.where(stopped, draw.uniform(20, 300, count), 0.0)
    frame = pairs.with_columns(
        pl.Series("back", back.round(4)),
        pl.Series(
            "operations",
            np.maximum(1, np.maximum(0, c.log_days - back) / period * draw.lognormal(1.0, 1.0, count)).astype(int),
        ),
        pl.Series("later", (ahead <= AHEAD) & ~stopped),
        pl.Series("shared", served[pairs["box"].to_numpy()] & ~pairs["write"].to_numpy()),
        pl.Series("container", names).gather(pairs["box"]),
        pl.Series("id", [p.id for p in staff.people]).gather(pairs["person"]),
    )
    seen = frame.filter(pl.col("back") <= c.log_days).with_columns(
        pl.when("shared").then(pl.lit(gateway)).otherwise("id").alias("principal_id"),
        pl.when("write").then(pl.lit("write")).otherwise(pl.lit("read")).alias("access"),
        (pl.lit(as_of) - pl.duration(seconds=(pl.col("back") * 86_400).cast(pl.Int64))).alias("last_used"),
    )
    usage = (
        seen.group_by("principal_id", "container", "access")
        .agg(pl.col("last_used").max(), pl.col("operations").sum().cast(pl.Int64))
        .sort("principal_id", "container", "access")
    )
    later = (
        frame.filter("later")
        .select(pl.col("id").alias("principal_id"), "container")
        .unique()
        .sort("principal_id", "container")
    )
    return Log(usage=usage, later=later)
