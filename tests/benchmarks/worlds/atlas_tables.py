"""What the scan sees of the lake: containers with metadata, lineage as the tools record it, the register of systems."""

import json
import random
from datetime import datetime, timedelta

import polars as pl

from tests.benchmarks.worlds.atlas_conventions import Conventions, chance
from tests.benchmarks.worlds.atlas_lake import Box, Lake
from tests.benchmarks.worlds.atlas_people import IT, Staff
from tests.benchmarks.worlds.atlas_words import AREAS
from tests.benchmarks.worlds.world import ZONES

FORMATS = {
    "raw": {"csv": 4.0, "json": 3.0, "xml": 1.0, "txt": 1.0, "parquet": 2.0, "avro": 1.5},
    "curated": {"parquet": 4.0, "delta": 6.0, "iceberg": 0.5, "csv": 0.3},
    "consumption": {"delta": 4.0, "parquet": 3.0, "csv": 1.0, "hyper": 0.6, "xlsx": 0.3},
}
EVEN = {"delta": 5.0, "parquet": 4.0, "csv": 1.5, "json": 0.5}
RESTRICTED = ("restricted", "pii")


def accounts_of(rng: random.Random, c: Conventions, lake: Lake) -> list[str]:
    """Storage account of each container."""
    stem = rng.choice(("stdatalake", "adlsprd", "edlstore", "dlkp"))
    regions = [f"{stem}{region}" for region in ("eus2", "cc", "sea", "jpe")]
    if c.accounts == "one":
        return [f"{stem}001"] * len(lake.boxes)
    if c.accounts == "region":
        chosen = [rng.choice(regions) for _ in lake.sources]
        return [chosen[box.source] for box in lake.boxes]
    if c.accounts == "area":
        number = {area: f"{stem}{n // 2:03d}" for n, area in enumerate(lake.areas)}
        return [number[lake.area(box)] for box in range(len(lake.boxes))]
    shops = [lake.sources[box.source].shop for box in lake.boxes]
    return [f"{stem}{c.shops.index(shop) + 1:03d}" for shop in shops]


def full_names(lake: Lake, accounts: list[str]) -> list[str]:
    """Names as the facts write them: with the account where there is more than one."""
    if len(set(accounts)) == 1:
        return [box.name for box in lake.boxes]
    return [f"{account}/{box.name}" for account, box in zip(accounts, lake.boxes, strict=True)]


def _format(rng: random.Random, c: Conventions, zone: str) -> str | None:
    """A file format, by the zone where formats tell, by another where they mislead."""
    if c.formats == "none":
        return None
    if c.formats == "misleads":
        zone = {"raw": "curated", "curated": "consumption", "consumption": "raw"}[zone]
    even = c.formats == "same" or (c.formats == "leans" and chance(rng, 0.6))
    table = EVEN if even else FORMATS[zone]
    return rng.choices(list(table), weights=list(table.values()))[0]


def _size(rng: random.Random, c: Conventions, zone: str) -> tuple[int | None, int | None]:
    """Bytes and blobs."""
    if c.sizes == "none":
        return None, None
    step = {"tells": 1.6, "leans": 0.6, "same": 0.0, "misleads": -1.2}[c.sizes]
    size = rng.lognormvariate(18 - step * ZONES.index(zone), 2.2)
    return int(size), max(1, int(size / rng.lognormvariate(15, 1.0)))


def _changed(rng: random.Random, c: Conventions, zone: str | None, as_of: datetime) -> datetime | None:
    """Newest change: scratch is old; some zones are fresher than others where ages tell or mislead."""
    if zone is None:
        return as_of - timedelta(days=rng.uniform(200, 1500))
    if c.ages == "none":
        return None
    rank = ZONES.index(zone)
    mean = {"tells": 1 + 12 * rank, "misleads": 25 - 11 * rank, "same": 9}[c.ages]
    days = rng.expovariate(1 / mean) if chance(rng, 0.9) else rng.uniform(60, 700)
    return as_of - timedelta(days=days, seconds=rng.randint(0, 80_000))


def _owner_names(rng: random.Random, c: Conventions, lake: Lake, staff: Staff) -> list[str]:
    """The business owner of each system: somebody of its area, as the bank writes owners."""
    found = []
    for source in lake.sources:
        people = [
            p for n, p in enumerate(staff.people) if staff.area(n) == source.area and p.enabled and not p.external
        ]
        leads = [p for p in people if p.manager is None] or people
        chosen = rng.choice(leads if chance(rng, 0.7) else people)
        desk = f"{AREAS[source.area][0].split()[0]}-data@bank.example"
        found.append({"id": chosen.id, "name": chosen.name, "desk": desk}[c.owner_style])
    return found


def _metadata(
    rng: random.Random, c: Conventions, lake: Lake, box: Box, owner: str, mark: str, tagged: set[int]
) -> str | None:
    """Metadata as JSON; a restricted container nearly always says so."""
    source, found = lake.sources[box.source], dict[str, str]()
    if chance(rng, c.zone_tags) and box.zone is not None:
        zone = rng.choice(ZONES) if chance(rng, c.zone_tag_lies) else box.zone
        found["layer" if c.zone_tag_words == "shop" else "zone"] = (
            source.shop.words[zone][0] if c.zone_tag_words == "shop" else zone
        )
    if box.source in tagged if c.domain_tags_by == "system" else chance(rng, c.domain_tags):
        short = AREAS[source.area][0].split()[0]
        slug = source.area.lower().replace(" ", "-")
        found["domain"] = {"name": source.area, "slug": slug, "short": short}[c.domain_tag_style]
    if chance(rng, c.owner_tags):
        found["owner"] = owner
    if chance(rng, c.other_tags):
        found["system"] = source.code
        found["table"] = box.subject.replace("-", "_")
    if box.restricted:
        found["sensitivity"] = mark
    elif chance(rng, c.other_tags * 0.7):
        found["sensitivity"] = rng.choice(("internal", "internal", "confidential", "public"))
    return json.dumps(found) if found else None


def containers_of(
    rng: random.Random, c: Conventions, lake: Lake, staff: Staff, accounts: list[str], as_of: datetime
) -> pl.DataFrame:
    """Table `containers`, in an order that says nothing."""
    owners, mark = _owner_names(rng, c, lake, staff), rng.choice(RESTRICTED)
    tagged = {s for s in range(len(lake.sources)) if chance(rng, c.domain_tags)}
    rows = []
    for name, account, box in zip(full_names(lake, accounts), accounts, lake.boxes, strict=True):
        zone = box.zone or "raw"
        size, blobs = _size(rng, c, zone)
        rows.append((name, account, _changed(rng, c, box.zone, as_of), size, blobs, _format(rng, c, zone),
                     _metadata(rng, c, lake, box, owners[box.source], mark, tagged)))  # fmt: skip
    rng.shuffle(rows)
    return pl.DataFrame(
        rows,
        schema={
            "container": pl.String,
            "account": pl.String,
            "last_modified": pl.Datetime("us", "UTC"),
            "size_bytes": pl.Int64,
            "blob_count": pl.Int64,
            "format": pl.String,
            "metadata": pl.String,
        },
        orient="row",
    )


def systems_of(rng: random.Random, c: Conventions, lake: Lake, staff: Staff) -> pl.DataFrame | None:
    """Table `systems`: the register, for all, some or none; areas left out by some banks."""
    if not c.systems:
        return None
    owners = _owner_names(rng, c, lake, staff)
    rows = [
        {
            "system": source.code if c.codes != "number" else source.label,
            "application_id": source.code if c.codes == "number" else source.application,
            "owner": owner,
            "area": source.area if c.systems_area else None,
        }
        for source, owner in zip(lake.sources, owners, strict=True)
        if chance(rng, c.systems)
    ]
    schema = dict.fromkeys(("system", "application_id", "owner", "area"), pl.String)
    return pl.DataFrame(rows, schema=schema).unique("system", keep="first", maintain_order=True)


def references_of(
    rng: random.Random, c: Conventions, lake: Lake, staff: Staff, names: list[str]
) -> pl.DataFrame | None:
    """Table `references`: loads from sources, jobs that build, reports that read; for the share that is covered."""
    if not c.lineage:
        return None
    by_system = c.lineage_by == "system"
    seen = {s for s in range(len(lake.sources)) if chance(rng, c.lineage)}
    covered = [b.source in seen if by_system else chance(rng, c.lineage) for b in lake.boxes]
    engineers = [p.id for n, p in enumerate(staff.people) if staff.area(n) == IT or "Engineer" in p.title]
    rows: list[tuple[str, str, str | None, str, str | None, str | None]] = []
    for number, box in enumerate(lake.boxes):
        if not covered[number] or box.zone is None:
            continue
        for tool, artifact, direction, place in _steps(rng, c, lake, number):
            owner = rng.choice(engineers) if engineers and chance(rng, 0.3) else None
            target = names[place] if isinstance(place, int) else None
            rows.append((tool, artifact, target, direction, owner, place if isinstance(place, str) else None))
    schema = dict.fromkeys(("tool", "artifact", "container", "direction", "owner", "location"), pl.String)
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    keys = ["tool", "artifact", "container", "direction", "location"]
    return frame.unique(keys, keep="first", maintain_order=True)


def _steps(rng: random.Random, c: Conventions, lake: Lake, number: int) -> list[tuple[str, str, str, int | str]]:
    """What the tools do with one container: tool, artifact, direction, container or place."""
    box = lake.boxes[number]
    source, (load, build, read) = lake.sources[box.source], c.tools
    each = c.jobs_per == "container"
    stem = f"{source.code}_{box.subject.replace('-', '_')}"
    found: list[tuple[str, str, str, int | str]] = []
    deep = c.lineage_depth in ("deep", "flat")
    if box.zone == "raw" and c.lineage_depth != "readers":
        job = f"pl_ingest_{stem}_{number}" if each else f"pl_ingest_{source.code}"
        if chance(rng, 0.7):
            found.append((load, job, "read", f"db:{source.code.upper()}P/dbo.{box.subject.upper()}"))
        found.append((load, job, "write", number))
    elif box.zone != "raw" and deep and box.parents:
        single = "staging" if len(box.parents) == 1 else "intermediate"
        folder = single if box.zone == "curated" else "marts"
        job = f"{folder}/{stem}_{number}.sql" if source.shop.dbt else f"job_{stem}_{number}"
        job = job if each else f"wf_{source.code}_{'daily' if c.lineage_depth == 'flat' else folder[:1]}"
        tool = "dbt" if source.shop.dbt else build
        parents = box.parents
        if c.lineage_depth == "flat":
            parents = [up for parent in parents for up in (lake.boxes[parent].parents or [parent])]
        found += [(tool, job, "read", parent) for parent in sorted(set(parents))]
        found.append((tool, job, "write", number))
    asked = {"consumption": c.bi, "curated": c.bi * 0.08, "raw": c.bi * 0.02}[box.zone or "raw"]
    if c.lineage_depth != "loads" and chance(rng, asked):
        for _ in range(rng.randint(1, 3)):
            found.append(
                (read, f"{rng.choice(('wb', 'Report', 'Flow'))} {box.subject} {rng.randint(1, 400)}", "read", number)
            )
    return found
