"""Reads a blob inventory report: sizes, formats and newest blobs of containers, and ACLs in bulk.

In: a folder with the report's manifest and its CSV or Parquet files, as downloaded. Out: an `Outcome` with the table
containers and, for hierarchical accounts, acls. A file that is missing or not of the size the manifest says, or a
report that did not succeed, is a gap. ACLs are kept once per container and text, with one path as an example: what an
ACL gives does not depend on how many files carry it.

Source: https://learn.microsoft.com/azure/storage/blobs/blob-inventory
"""

import json
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import polars as pl

from lakezones.errors import InputError
from lakezones.model.facts import FACTS
from lakezones.scan.cells import iso_time, json_object, map_distinct
from lakezones.scan.formats import formats
from lakezones.scan.result import Gap, Outcome, Reading

_PATTERN: Final = "*manifest.json"


def is_inventory(folder: Path) -> bool:
    """Whether a folder holds inventory reports."""
    return folder.is_dir() and any(folder.glob(_PATTERN)) and not any(folder.glob("grants.*"))


def read_inventory(folder: Path) -> Outcome:
    """Read every report of a folder.

    Raises
    ------
    InputError
        If a manifest cannot be read, or lacks the name of the object.
    """
    outcome = Outcome(source=str(folder), kind="inventory")
    times = [_read_report(path, outcome) for path in sorted(folder.glob(_PATTERN))]
    outcome.as_of = max((moment for moment in times if moment is not None), default=None)
    return outcome


def _read_report(path: Path, outcome: Outcome) -> Any:
    started = time.perf_counter()
    try:
        manifest = json.loads(path.read_bytes())
        files, rule, ended = manifest["files"], manifest["ruleDefinition"], manifest.get("inventoryCompletionTime")
        fields: list[str] = list(rule["schemaFields"])
        kind, form = str(rule["objectType"]).lower(), str(rule["format"]).lower()
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not a manifest of a blob inventory report ({error})") from None
    if "Name" not in fields:
        raise InputError(f"{path}: the report has no Name", hint="add Name to the rule's schema fields")
    reading = Reading(table="containers", pages=0, expected=(manifest.get("summary") or {}).get("objectCount"))
    outcome.readings.append(reading)
    if str(manifest.get("status", "Succeeded")).lower() != "succeeded":
        _gap(outcome, reading, path.name, "status", f"the report ended as {manifest['status']}")
    found = [local for entry in files if (local := _file(path, entry, outcome, reading)) is not None]
    if found:
        frame = _scan(found, form, fields)
        account = urlsplit(manifest.get("endpoint") or "").netloc.partition(".")[0] or None
        if kind == "container":
            tables = {"containers": _containers(frame, account)}
            reading.items = tables["containers"].height
        else:
            reading.items = int(frame.select(pl.len()).collect().item())
            tables = _blobs(frame, fields, account)
        for name, table in tables.items():
            known = outcome.tables.get(name)
            outcome.tables[name] = table if known is None else _join(known, table)
    reading.pages = len(found)
    reading.seconds = time.perf_counter() - started
    if found and reading.expected is not None and reading.items != reading.expected and not reading.failures:
        _gap(outcome, reading, path.name, "count", f"{reading.items:,} of {reading.expected:,} objects came")
    return iso_time(ended) if ended else None


def _file(manifest: Path, entry: dict[str, Any], outcome: Outcome, reading: Reading) -> Path | None:
    """The local copy of a file the manifest names: beside it, or below it by the same path."""
    name = str(entry["blob"])
    for path in (manifest.parent / Path(name).name, manifest.parent / name):
        if path.is_file():
            if entry.get("size") is not None and path.stat().st_size != entry["size"]:
                _gap(outcome, reading, name, "size", f"{path.stat().st_size:,} of {entry['size']:,} bytes are here")
                return None
            return path
    _gap(outcome, reading, name, "missing", "the file is not in the folder")
    return None


def _gap(outcome: Outcome, reading: Reading, name: str, code: str, reason: str) -> None:
    reading.failures[code] += 1
    outcome.gaps.append(Gap(source="containers", object_id=name, code=code, reason=f"blob inventory: {reason}"))


def _scan(files: list[Path], form: str, fields: list[str]) -> pl.LazyFrame:
    if form == "parquet":
        return pl.scan_parquet(files, glob=False)
    return pl.scan_csv(files, infer_schema=False, glob=False, null_values=[""]).select(name for name in fields)


def _column(frame: pl.LazyFrame, name: str, dtype: Any) -> pl.Expr:
    return pl.col(name).cast(dtype, strict=False) if name in frame.collect_schema() else pl.lit(None, dtype=dtype)


def _moment(frame: pl.LazyFrame, name: str) -> pl.Expr:
    """A time column: ISO text in CSV, a number of milliseconds or a timestamp in Parquet."""
    dtype = frame.collect_schema().get(name)
    if dtype is None:
        return pl.lit(None, dtype=pl.Datetime("us", "UTC"))
    if dtype == pl.String:
        return pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", time_zone="UTC", strict=False)
    if dtype.is_integer():
        return pl.from_epoch(pl.col(name), time_unit="ms").dt.cast_time_unit("us").dt.replace_time_zone("UTC")
    return pl.col(name).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _true(frame: pl.LazyFrame, name: str) -> pl.Expr:
    return _column(frame, name, pl.String).str.to_lowercase() == "true"


def _blobs(frame: pl.LazyFrame, fields: list[str], account: str | None) -> dict[str, pl.DataFrame]:
    blobs = frame.select(
        pl.col("Name").str.split_exact("/", 1).struct.field("field_0").alias("container"),
        pl.col("Name").str.replace(r"^[^/]*/", "").alias("name"),
        _column(frame, "Content-Length", pl.Int64).alias("size"),
        _moment(frame, "Last-Modified").alias("modified"),
        _column(frame, "AccessTier", pl.String).alias("tier"),
        _true(frame, "hdi_isfolder").fill_null(value=False).alias("folder"),
        _column(frame, "Acl", pl.String).alias("acl"),
        _column(frame, "Owner", pl.String).alias("owner"),
        _column(frame, "Group", pl.String).alias("owning_group"),
    )
    files = blobs.filter(~pl.col("folder"))
    tiers = (
        files.drop_nulls("tier")
        .group_by("container", "tier")
        .agg(pl.col("size").sum())
        .sort(["container", "size", "tier"], descending=[False, True, False])
        .group_by("container", maintain_order=True)
        .agg(pl.col("tier").first())
    )
    sums = files.group_by("container").agg(
        pl.col("size").sum().alias("size_bytes"),
        pl.len().cast(pl.Int64).alias("blob_count"),
        pl.col("modified").max().alias("last_modified"),
    )
    containers = sums.join(tiers, on="container", how="left").join(formats(files), on="container", how="left").collect()
    tables = {"containers": _as_containers(containers, account)}
    if "Acl" in fields:
        acls = (
            blobs.drop_nulls("acl")
            .group_by("container", "acl", "owner", "owning_group")
            .agg(pl.col("name").min().alias("path"))
            .sort("container", "path")
            .collect()
        )
        schema = FACTS["acls"]
        tables["acls"] = schema.validate(acls.select(schema.column_names()), cast=True)
    return tables


def _containers(frame: pl.LazyFrame, account: str | None) -> pl.DataFrame:
    rows = frame.select(
        pl.col("Name").alias("container"),
        _moment(frame, "Last-Modified").alias("last_modified"),
        _column(frame, "PublicAccess", pl.String).str.to_lowercase().alias("public_access"),
        _true(frame, "HasImmutabilityPolicy").alias("immutability"),
        _true(frame, "HasLegalHold").alias("legal_hold"),
        _column(frame, "LeaseState", pl.String).str.to_lowercase().alias("lease"),
        _column(frame, "Metadata", pl.String).alias("metadata"),
    ).collect()
    public = pl.col("public_access")
    rows = rows.with_columns(
        pl.when(public.is_in(["blob", "container"])).then(public).alias("public_access"),
        map_distinct(rows.get_column("metadata"), json_object, pl.String()).alias("metadata"),
    )
    return _as_containers(rows, account)


def _as_containers(rows: pl.DataFrame, account: str | None) -> pl.DataFrame:
    schema = FACTS["containers"]
    rows = rows.with_columns(pl.lit(account, dtype=pl.String).alias("account"))
    missing = [
        pl.lit(None, dtype=column.dtype).alias(name)
        for name, column in schema.columns().items()
        if name not in rows.columns
    ]
    return schema.validate(rows.with_columns(missing).select(schema.column_names()).sort("container"), cast=True)


def _join(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Two reports of one table: a container report and a blob report complete each other."""
    if "acl" in first.columns:
        return pl.concat([first, second]).unique(maintain_order=True)
    from lakezones.scan.merge import merge_tables

    return merge_tables([{"containers": first}, {"containers": second}])["containers"]
