"""Reads blob inventory reports: sizes, formats and newest blobs of containers, and ACLs in bulk.

In: manifests with their CSV or Parquet files, as downloaded. Out: an `Outcome` per account with the table containers
and, for hierarchical accounts, acls. A file that is missing or not of the size the manifest says, or a report that
did not succeed, is a gap. ACLs are kept once per container and text, with one path as an example: what an ACL gives
does not depend on how many files carry it.

Source: https://learn.microsoft.com/azure/storage/blobs/blob-inventory
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import polars as pl

from lakezones.errors import InputError
from lakezones.model.facts import FACTS
from lakezones.scan.files.formats import formats
from lakezones.scan.result import Gap, Outcome, Reading
from lakezones.store.cells import iso_time, json_object, map_distinct

_PATTERN: Final = "*manifest.json"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the manifest of a report says.

    Attributes
    ----------
    path
        Where the manifest lies; its files lie beside it.
    files
        Names of the report's files in their container, and sizes in bytes where it says.
    of_containers
        Whether it lists containers; otherwise blobs.
    whole
        Whether it covers the account: no prefix was asked for.
    """

    path: Path
    rule: str
    account: str
    files: list[tuple[str, int | None]]
    fields: list[str]
    of_containers: bool
    form: str
    status: str
    expected: int | None
    ended: datetime | None
    whole: bool

    @property
    def tables(self) -> tuple[str, ...]:
        """Fact tables that it fills."""
        return ("containers", "acls") if "Acl" in self.fields and not self.of_containers else ("containers",)


def is_inventory(folder: Path) -> bool:
    """Whether a folder holds inventory reports."""
    return folder.is_dir() and any(folder.glob(_PATTERN)) and not any(folder.glob("grants.*"))


def read_inventory(folder: Path) -> list[Outcome]:
    """Read every report of a folder, an outcome per account.

    Raises
    ------
    InputError
        If a manifest cannot be read, or lacks the name of the object.
    """
    return read_reports([load_report(path) for path in sorted(folder.glob(_PATTERN))], str(folder))


def read_reports(
    reports: Sequence[Report], source: str, *, failed: Mapping[str, tuple[str, str]] | None = None
) -> list[Outcome]:
    """Read reports, an outcome per account.

    Parameters
    ----------
    source
        Where they come from, for the manifest.
    failed
        Files that could not be had, by name, with a code and the reason.
    """
    outcomes = []
    for account in sorted({report.account for report in reports}):
        outcome = Outcome(source=source, kind="inventory", account=account)
        own = [report for report in reports if report.account == account]
        # What a report of containers says of their age is overruled by one of blobs, which therefore comes later.
        for report in sorted(own, key=lambda report: (not report.of_containers, report.rule)):
            _read(report, outcome, failed or {})
        _empty(own, outcome)
        outcome.as_of = max((report.ended for report in own if report.ended is not None), default=None)
        outcomes.append(outcome)
    return outcomes


def load_report(path: Path) -> Report:
    """Read a manifest.

    Raises
    ------
    InputError
        If it is not the manifest of a report, or the report has no names.
    """
    try:
        manifest = json.loads(path.read_bytes())
        rule, ended = manifest["ruleDefinition"], manifest.get("inventoryCompletionTime")
        report = Report(
            path=path,
            rule=str(manifest.get("ruleName") or path.name),
            account=_account(str(manifest.get("endpoint") or "")),
            files=[(str(entry["blob"]), entry.get("size")) for entry in manifest["files"]],
            fields=list(rule["schemaFields"]),
            of_containers=str(rule["objectType"]).lower() == "container",
            form=str(rule["format"]).lower(),
            status=str(manifest.get("status", "Succeeded")),
            expected=(manifest.get("summary") or {}).get("objectCount"),
            ended=iso_time(ended) if ended else None,
            whole=not any((rule.get("filters") or {}).get(name) for name in ("prefixMatch", "excludePrefix")),
        )
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not a manifest of a blob inventory report ({error})") from None
    if "Name" not in report.fields:
        raise InputError(f"{path}: the report has no Name", hint="add Name to the rule's schema fields")
    return report


def _account(endpoint: str) -> str:
    """Account of an endpoint: the first part of the host, or of the path where the host is a number."""
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return host.partition(".")[0]
    return parts.path.strip("/").partition("/")[0]


def _read(report: Report, outcome: Outcome, failed: Mapping[str, tuple[str, str]]) -> None:
    """Read one report into the outcome of its account."""
    started = time.perf_counter()
    reading = Reading(table="containers", expected=report.expected)
    outcome.readings.append(reading)
    if report.status.lower() != "succeeded":
        _gap(outcome, reading, report, report.path.name, "status", f"the report ended as {report.status}")
    found = [local for file in report.files if (local := _file(report, file, outcome, reading, failed)) is not None]
    if found:
        frame = _scan(found, report.form, report.fields)
        account = report.account or None
        try:
            if report.of_containers:
                tables = {"containers": _containers(frame, account)}
                reading.items = tables["containers"].height
            else:
                reading.items = int(frame.select(pl.len()).collect().item())
                tables = _blobs(frame, report.fields, account)
        except pl.exceptions.PolarsError as error:
            first = str(error).splitlines()[0]
            _gap(outcome, reading, report, report.path.name, "malformed", f"a file cannot be read: {first}")
            return
        for name, table in tables.items():
            known = outcome.tables.get(name)
            outcome.tables[name] = table if known is None else _join(known, table)
    reading.pages = len(found)
    reading.seconds = time.perf_counter() - started
    if found and reading.expected is not None and reading.items != reading.expected and not reading.failures:
        told = f"{reading.items:,} of {reading.expected:,} objects came"
        _gap(outcome, reading, report, report.path.name, "count", told)


def _file(
    report: Report,
    file: tuple[str, int | None],
    outcome: Outcome,
    reading: Reading,
    failed: Mapping[str, tuple[str, str]],
) -> Path | None:
    """The local copy of a file the manifest names: beside it, or below it by the same path."""
    name, size = file
    if name in failed:
        _gap(outcome, reading, report, name, *failed[name])
        return None
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    for path in (report.path.parent / (parts or ["?"])[-1], report.path.parent.joinpath(*parts)):
        if path.is_file():
            if size is not None and path.stat().st_size != size:
                _gap(outcome, reading, report, name, "size", f"{path.stat().st_size:,} of {size:,} bytes are here")
                return None
            return path
    _gap(outcome, reading, report, name, "missing", "the file is not in the folder")
    return None


def _gap(outcome: Outcome, reading: Reading, report: Report, name: str, code: str, reason: str) -> None:
    """A part of a report that is not there is missing from every table that the report fills."""
    reading.failures[code] += 1
    for table in report.tables:
        outcome.gaps.append(Gap(source=table, object_id=name, code=code, reason=f"blob inventory: {reason}"))


def _empty(reports: Sequence[Report], outcome: Outcome) -> None:
    """Containers without a single blob in a report of all blobs hold nothing."""
    listed = any(report.of_containers for report in reports)
    whole = any(report.whole for report in reports if not report.of_containers)
    if listed and whole and not outcome.gaps and "containers" in outcome.tables:
        outcome.tables["containers"] = outcome.tables["containers"].with_columns(
            pl.col("size_bytes", "blob_count").fill_null(0)
        )


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
        _column(frame, "AccessTier", pl.String).str.to_lowercase().alias("tier"),
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
