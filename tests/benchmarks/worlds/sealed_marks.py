"""What can be seen of containers in the family `sealed`: formats, sizes, ages, metadata, the register, lineage."""

import json
import random
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from tests.benchmarks.worlds.sealed_customs import Half, Lake
from tests.benchmarks.worlds.sealed_data import CONSUMPTION, CURATED, NONE, RAW, Data
from tests.benchmarks.worlds.sealed_people import Person, Staff, ascii_of

FORMATS: dict[str, tuple[tuple[str, ...], ...]] = {
    "telling": (("csv", "json", "xml", "avro", "csv"), ("parquet", "delta"), ("delta", "parquet", "delta")),
    "reverse": (("parquet", "avro"), ("parquet", "delta"), ("csv", "xlsx", "parquet", "csv")),
}
OPEN = ("internal", "internal", "public")


def containers_frame(lake: Lake, data: Data, staff: Staff, rng: random.Random) -> pl.DataFrame:
    """The containers table, in an order that says nothing."""
    noise = np.random.default_rng(rng.getrandbits(63))
    zone = np.array(data.zone)
    half = np.array([data.half(place).index for place in range(len(data.names))])
    size, days = _sizes(lake, data, zone, half, noise), _ages(lake, zone, half, noise)
    frame = pl.DataFrame(
        {
            "container": data.names,
            "account": "lakeprd01",
            "last_modified": [lake.as_of - timedelta(seconds=int(one * 86_400)) for one in days],
            "size_bytes": np.maximum(size, 200).astype(np.int64),
            "blob_count": np.maximum(size / 10 ** noise.uniform(5.5, 8.0, len(size)), 1).astype(np.int64),
            "format": _formats(data, rng),
            "metadata": _metadata(lake, data, staff, rng),
        }
    )
    return frame.select(pl.all().gather(noise.permutation(len(size)).tolist()))


def _formats(data: Data, rng: random.Random) -> list[str | None]:
    chosen: list[str | None] = []
    favourite = {system.index: rng.choice(("parquet", "delta", "csv", "orc")) for system in data.systems}
    for place, zone in enumerate(data.zone):
        half = data.half(place)
        if half.formats == "null" or rng.random() < 0.02:
            chosen.append(None)
        elif half.formats == "lake" or zone == NONE:
            chosen.append("parquet" if half.quirk else "delta")
        elif half.formats == "system":
            chosen.append(favourite[data.system[place]])
        else:
            chosen.append(rng.choice(FORMATS[half.formats][zone]))
    return chosen


def _sizes(lake: Lake, data: Data, zone: np.ndarray, half: np.ndarray, noise: np.random.Generator) -> np.ndarray:
    """Bytes: by zone, the wrong way round, by system, or by nothing."""
    means = {"telling": (9.4, 8.8, 7.4), "mislead": (7.6, 8.6, 9.3), "none": (8.6, 8.6, 8.6), "system": (8.6, 8.6, 8.6)}
    log = np.full(len(zone), 7.0)
    of_system = noise.normal(0, 1.0, len(data.systems))[np.array(data.system)]
    for one in lake.halves:
        for value in (RAW, CURATED, CONSUMPTION):
            log[(half == one.index) & (zone == value)] = means[one.sizes][value]
        if one.sizes == "system":
            log[half == one.index] += of_system[half == one.index]
    return np.asarray(10 ** (log + noise.normal(0, 0.8, len(zone))))


def _ages(lake: Lake, zone: np.ndarray, half: np.ndarray, noise: np.random.Generator) -> np.ndarray:
    """Days since the newest change."""
    means = {"telling": (0.6, 1.5, 8.0), "mislead": (40.0, 9.0, 2.0), "none": (5.0, 5.0, 5.0)}
    scale = np.full(len(zone), 400.0)
    for one in lake.halves:
        for value in (RAW, CURATED, CONSUMPTION):
            scale[(half == one.index) & (zone == value)] = means[one.ages][value]
    return np.asarray(noise.exponential(scale) + noise.uniform(0, 0.2, len(zone)))


def seniors(staff: Staff) -> dict[tuple[int, str], list[Person]]:
    """Leads of the teams of an area, by institution and area."""
    found: dict[tuple[int, str], list[Person]] = {}
    for team in staff.teams:
        if team.area and not team.members[0].external:
            found.setdefault((team.half.index, team.area), []).append(team.members[0])
    return found


def _metadata(lake: Lake, data: Data, staff: Staff, rng: random.Random) -> list[str | None]:
    leads = seniors(staff)
    owner = {system.index: rng.choice(leads[system.half.index, system.area]) for system in data.systems}
    by_name = {half.index: rng.random() < 0.5 for half in lake.halves}
    tagged = {system.index: rng.random() < system.habits.tag_rate for system in data.systems}
    whole = {half.index: rng.random() < 0.5 for half in lake.halves}
    written: list[str | None] = []
    for place in range(len(data.names)):
        system = data.systems[data.system[place]]
        half, zone = system.habits, data.zone[place]
        said: dict[str, Any] = {}
        if half.system_key:
            said[half.system_key] = system.code if half.quirk else system.code.upper()
            if rng.random() < 0.5:
                said["table"] = data.entity[place]
        if half.tag_rate and (tagged[system.index] if whole[half.index] else rng.random() < half.tag_rate):
            said["domain"] = _tag(half, system.area, system.words.short)
        if half.owner_key and rng.random() < half.owner_rate:
            person = owner[system.index]
            said[half.owner_key] = person.name if by_name[half.index] else person.pid
        if half.zone_key and zone != NONE and rng.random() < half.zone_rate:
            meant = zone if rng.random() >= half.lies else rng.randrange(3)
            said[half.zone_key] = half.words[meant][0]
        if data.restricted[place]:
            said[half.sensitivity_key] = half.sensitive
        elif half.system_key and rng.random() < 0.3:
            said[half.sensitivity_key] = rng.choice(OPEN)
        if said and rng.random() < 0.1:
            said["env"] = "prd"
        written.append(json.dumps(said, ensure_ascii=False) if said else None)
    return written


def _tag(half: Half, area: str, short: str) -> str:
    return {"name": area, "lower": ascii_of(area), "short": short}[half.tag_form]


def systems_frame(lake: Lake, data: Data, staff: Staff, rng: random.Random) -> pl.DataFrame | None:
    """The register of systems, where an institution keeps one; some systems are missing from it."""
    leads = seniors(staff)
    rows = []
    for system in data.systems:
        half = system.half
        if rng.random() >= half.register_rate:
            continue
        owner = rng.choice(leads[half.index, system.area])
        rows.append(
            {
                "system": system.code.upper() if half.quirk else system.code,
                "application_id": f"APP{rng.randint(1000, 99999):05d}",
                "owner": rng.choice((owner.name, owner.pid)) if rng.random() < 0.8 else None,
                "area": system.area if half.register_area and rng.random() < 0.96 else None,
            }
        )
    unique = {str(row["system"]).lower(): row for row in rows}
    schema = dict.fromkeys(("system", "application_id", "owner", "area"), pl.String)
    return pl.DataFrame(list(unique.values()), schema=schema) if unique else None


class Lineage:
    """Collects references of tools to containers, column by column."""

    def __init__(self) -> None:
        self.rows: dict[str, list[str | None]] = {
            name: [] for name in ("tool", "artifact", "container", "direction", "owner", "identity", "location")
        }

    def add(self, tool: str, artifact: str, container: str | None, direction: str, **more: str | None) -> None:
        """One artifact touches one container, or a place outside of the lake."""
        values = {"tool": tool, "artifact": artifact, "container": container, "direction": direction, **more}
        for name, column in self.rows.items():
            column.append(values.get(name))


def references_frame(lake: Lake, data: Data, staff: Staff, rng: random.Random) -> pl.DataFrame | None:
    """Loads into raw, jobs that read and write, reports that read; for the share whose tools are known."""
    lineage = Lineage()
    loader, gateway = staff.services[0][0], staff.services[1][0]
    insiders = staff.insiders()
    readers = {area: [one for one in insiders if one.area == area] for area in {one.area for one in insiders}}
    authors = {
        system.index: rng.choice((readers.get(system.area) if rng.random() < 0.75 else None) or insiders).name
        for system in data.systems
    }
    for place, name in enumerate(data.names):
        half, zone = data.half(place), data.zone[place]
        if zone == NONE or rng.random() >= half.lineage:
            continue
        system = data.systems[data.system[place]]
        ingest, transform, bi = half.tools
        job = f"{system.code}_{('load', 'build', 'publish')[zone] if half.quirk else f'{zone + 1}0'}"
        if not half.batch:
            job += f"_{ascii_of(data.entity[place]).replace('-', '_')}"
        if zone == RAW:
            lineage.add(ingest, job, name, "write", identity=loader)
            if rng.random() < 0.5:
                lineage.add(ingest, job, None, "read", location=f"db:{system.code}.{data.entity[place]}")
            continue
        if data.inputs[place]:
            lineage.add(transform, job, name, "write", identity=loader)
        for source in data.inputs[place]:
            lineage.add(transform, job, data.names[source], "read", identity=loader)
        reported = rng.random() < (0.8 if zone == CONSUMPTION else 0.03)
        if reported:
            report = f"{rng.choice(('Rpt', 'Dash', 'WB'))} {data.entity[place]} {rng.randint(1, 400)}"
            owner = authors[system.index] if rng.random() < 0.6 else None
            lineage.add(bi, report, name, "read", owner=owner, identity=gateway if rng.random() < 0.5 else None)
    if not lineage.rows["tool"]:
        return None
    frame = pl.DataFrame(lineage.rows, schema=dict.fromkeys(lineage.rows, pl.String))
    return frame.unique(["tool", "artifact", "container", "direction", "location"], keep="first", maintain_order=True)
