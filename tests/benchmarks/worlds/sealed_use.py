"""Use of the lake in the family `sealed`: daily, weekly, closing and yearly habits, in a log and after it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from tests.benchmarks.worlds.sealed_access import Unit
from tests.benchmarks.worlds.sealed_customs import Lake
from tests.benchmarks.worlds.sealed_data import CONSUMPTION, NONE, RAW, Data
from tests.benchmarks.worlds.sealed_holdings import Holdings, Pair
from tests.benchmarks.worlds.sealed_people import Staff

PERIODS = np.array([2.0, 8.0, 31.0, 92.0, 365.0])


@dataclass(kw_only=True, eq=False)
class Habits:
    """Person, container and access with the days from `as_of` back to the last use and on to the next."""

    who: np.ndarray
    place: np.ndarray
    write: np.ndarray
    back: np.ndarray
    ahead: np.ndarray
    period: np.ndarray


def build_use(
    lake: Lake, data: Data, staff: Staff, units: list[Unit], holdings: Holdings, noise: np.random.Generator
) -> tuple[pl.DataFrame | None, pl.DataFrame]:
    """The table `usage`, or None where nothing was logged, and what people use in the 150 days after."""
    later = pl.DataFrame(schema={"principal_id": pl.String, "container": pl.String})
    if not lake.log_days:
        return None, later
    people = [person.pid for person in staff.people if person.enabled]
    useful = _habits(lake, data, people, units, holdings.held & holdings.needed, noise, 1.0)
    others = _habits(lake, data, people, units, holdings.held - holdings.needed, noise, 0.06)
    zone = np.array(data.zone)
    shared = (zone == CONSUMPTION) & (noise.random(len(zone)) < lake.gateway)
    frames = [_seen(lake, data, people, habits, shared, noise) for habits in (useful, others)]
    frames.append(_services_seen(lake, data, staff, shared, noise))
    keys = ["principal_id", "container", "access"]
    log = pl.concat(frames).group_by(keys).agg(pl.col("last_used").max(), pl.col("operations").sum()).sort(keys)
    again = (useful.ahead <= 150) & (noise.random(len(useful.ahead)) < 0.97)
    names = np.array(data.names, dtype=object)
    ids = np.array(people, dtype=object)
    later = pl.DataFrame(
        {"principal_id": ids[useful.who[again]].tolist(), "container": names[useful.place[again]].tolist()},
        schema=later.schema,
    )
    return log, later.unique().sort("principal_id", "container")


def _habits(
    lake: Lake,
    data: Data,
    people: list[str],
    units: list[Unit],
    pairs: set[Pair],
    noise: np.random.Generator,
    factor: float,
) -> Habits:
    """Draw who uses what of `pairs`; `factor` scales how much of it."""
    number = {pid: place for place, pid in enumerate(people)}
    by_name = {unit.name: unit for unit in units}
    wanted = [(number[pid], by_name[name]) for pid, name in sorted(pairs) if pid in number]
    empty = np.zeros(0, dtype=np.int64)
    who = np.concatenate([empty, *(np.full(len(unit.containers), one) for one, unit in wanted)])
    place = np.concatenate([empty, *(np.array(unit.containers) for _, unit in wanted)])
    write = np.concatenate([empty, *(np.full(len(unit.containers), unit.access == "write") for _, unit in wanted)])
    zone = np.array(data.zone)[place]
    chance = np.select([zone == CONSUMPTION, zone == RAW, zone == NONE], [0.6, 0.1, 0.15], 0.32)
    chance = np.where(write > 0, 0.4, chance)
    chance = chance * noise.uniform(0.4, 1.4, len(people))[who] * noise.uniform(0.3, 1.7, len(data.names))[place]
    used = noise.random(len(who)) < chance * factor
    who, place, write = who[used], place[used], write[used] > 0
    period = noise.choice(PERIODS, size=len(who), p=[0.24, 0.28, 0.3, 0.11, 0.07])
    back = noise.uniform(0, 1, len(who)) * period
    ahead = period - back
    for length in (31.0, 92.0):
        rhythm = period == length
        back[rhythm], ahead[rhythm] = _closings(lake.as_of, int(length // 30), int(rhythm.sum()), noise)
    begun = noise.random(len(who)) < 0.003  # people who start only after the scan
    back[begun], ahead[begun] = np.inf, noise.uniform(0, 150, int(begun.sum()))
    return Habits(who=who, place=place, write=write, back=back, ahead=ahead, period=period)


def _closings(as_of: datetime, months: int, count: int, noise: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Days back to the last and on to the next closing that somebody worked on, some days after the month's end."""
    ends = []
    for step in range(-8, 9):
        index = as_of.year * 12 + as_of.month - 1 + step
        if (index % 12) % months == 0:
            ends.append((as_of.replace(year=index // 12, month=index % 12 + 1, day=1, hour=0) - as_of).total_seconds())
    days = np.array(ends) / 86_400
    lag = noise.uniform(0.3, 9.0, count)
    at = days[None, :] + lag[:, None]
    last = np.where(at <= 0, at, -np.inf).max(axis=1) if count else np.zeros(0)
    following = np.where(at > 0, at, np.inf).min(axis=1) if count else np.zeros(0)
    return -last, following


def _seen(
    lake: Lake, data: Data, people: list[str], habits: Habits, shared: np.ndarray, noise: np.random.Generator
) -> pl.DataFrame:
    """What the log shows of people: nothing of reads that a shared identity does for them."""
    seen = (habits.back < lake.log_days) & (habits.write | ~shared[habits.place])
    names, ids = np.array(data.names, dtype=object), np.array(people, dtype=object)
    times = np.clip(lake.log_days / habits.period[seen], 1, None)
    return _log(
        lake,
        ids[habits.who[seen]].tolist(),
        names[habits.place[seen]].tolist(),
        np.where(habits.write[seen], "write", "read").tolist(),
        habits.back[seen],
        1 + noise.poisson(times * 1.5),
    )


def _services_seen(
    lake: Lake, data: Data, staff: Staff, shared: np.ndarray, noise: np.random.Generator
) -> pl.DataFrame:
    """What gateways read for people, and what the loader writes."""
    read = np.flatnonzero(shared)
    zone = np.array(data.zone)
    loaded = np.flatnonzero((zone != NONE) & (noise.random(len(zone)) < 0.5))
    places = np.concatenate([read, loaded])
    who = [staff.services[1][0]] * len(read) + [staff.services[0][0]] * len(loaded)
    access = ["read"] * len(read) + ["write"] * len(loaded)
    back = noise.uniform(0, 3, len(places))
    names = np.array(data.names, dtype=object)
    return _log(lake, who, names[places].tolist(), access, back, 1 + noise.poisson(200, len(places)))


def _log(
    lake: Lake, who: list[str], names: list[str], access: list[str], back: np.ndarray, times: np.ndarray
) -> pl.DataFrame:
    stamps = [lake.as_of - timedelta(seconds=int(one * 86_400)) for one in back]
    schema = {
        "principal_id": pl.String(),
        "container": pl.String(),
        "access": pl.String(),
        "last_used": pl.Datetime("us", "UTC"),
        "operations": pl.Int64(),
    }
    values = {
        "principal_id": who,
        "container": names,
        "access": access,
        "last_used": stamps,
        "operations": times.tolist(),
    }
    return pl.DataFrame(values, schema=schema)
