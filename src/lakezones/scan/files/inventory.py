"""Reads blob inventory reports: sizes, formats and newest blobs of containers, and ACLs in bulk.

In: manifests with their CSV or Parquet files, as downloaded. Out: an `Outcome` per account with the table containers
and, for hierarchical accounts, acls. A file that is missing or not of the size the manifest says, or a report that
did not succeed, is a gap. ACLs are kept once per container and text, with one path as an example: what an ACL gives
does not depend on how many files carry it.

Source: https://learn.microsoft.com/azure/storage/blobs/blob-inventory
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from lakezones.errors import InputError
from lakezones.model.words import counted
from lakezones.scan.files.formats import formats, heaviest
from lakezones.scan.files.inventory_manifest import InventoryReport, load_report
from lakezones.scan.gate import take
from lakezones.scan.merge import merge_tables
from lakezones.scan.result import Gap, Outcome, Reading

Failures = Mapping[str, tuple[str, str]]
"""Code and reason of failed reads by name of the file."""

_PATTERN: Final = "*manifest.json"


def is_inventory(folder: Path) -> bool:
    """Whether a folder holds inventory reports."""
    return folder.is_dir() and any(folder.glob(_PATTERN)) and not any(folder.glob("grants.*"))


def read_inventory(folder: Path, *, moment: datetime | None = None) -> list[Outcome]:
    """Read every report of a folder, an outcome per account.

    Raises
    ------
    InputError
        If no manifest can be read; where others can, the report is a gap.
    """
    reports: list[InventoryReport] = []
    broken: list[tuple[Path, InputError]] = []
    for path in sorted(folder.glob(_PATTERN)):
        try:
            reports.append(load_report(path))
        except InputError as error:
            broken.append((path, error))
    if broken and not reports:
        raise broken[0][1]
    outcomes = read_reports(reports, str(folder), moment=moment)
    for path, found in broken:
        reason = f"blob inventory: {found.message.removeprefix(f'{path}: ')}"
        outcomes[0].gaps += [
            Gap(source=table, object_id=path.name, code="malformed", reason=reason) for table in ("containers", "acls")
        ]
    return outcomes


def read_reports(
    reports: Sequence[InventoryReport], source: str, *, failed: Failures | None = None, moment: datetime | None = None
) -> list[Outcome]:
    """Read reports, an outcome per account.

    Parameters
    ----------
    source
        Where they come from, for the manifest.
    failed
        Files that could not be had, by name, with a code and the reason.
    moment
        When the scan takes place, now where None.
    """
    outcomes = []
    for account in sorted({report.account for report in reports}):
        outcome = Outcome(source=source, kind="inventory", account=account)
        own = [report for report in reports if report.account == account]
        # Blobs are newer than the container's own properties, so reports of blobs come later and overrule.
        for report in sorted(own, key=lambda report: (not report.of_containers, report.rule)):
            _read(report, outcome, failed or {}, moment)
        _empty(own, outcome)
        ended = [report.ended for report in own if report.ended is not None]
        outcome.as_of = min(max(ended), moment or datetime.now(UTC)) if ended else None
        outcomes.append(outcome)
    return outcomes


def _read(report: InventoryReport, outcome: Outcome, failed: Failures, moment: datetime | None) -> None:
    """Read one report into the outcome of its account."""
    with outcome.reading("containers", expected=report.expected) as reading:
        if report.status.lower() != "succeeded":
            _gap(outcome, reading, report, report.path.name, "status", f"the report ended as {report.status}")
        found = [local for file in report.files if (local := _file(report, file, outcome, reading, failed)) is not None]
        reading.pages = len(found)
        if not found:
            return
        try:
            reading.items, tables = _tables(report, found)
        except pl.exceptions.PolarsError as error:
            first = str(error).splitlines()[0]
            _gap(outcome, reading, report, report.path.name, "malformed", f"a file cannot be read: {first}")
            return
        if "unsized" in tables["containers"].columns and (unsized := int(tables["containers"]["unsized"].sum())):
            wrong = f"{counted(unsized, 'blob')} of a size that cannot be read"
            _gap(outcome, reading, report, report.path.name, "malformed", wrong)
        for name, table in tables.items():
            known = outcome.tables.get(name)
            checked = take(outcome, name, table, name=report.path.name, moment=moment)
            outcome.tables[name] = checked if known is None else _join(known, checked)
        if reading.expected is not None and reading.items != reading.expected and not reading.failures:
            counts = f"{reading.items:,} of {reading.expected:,} objects came"
            _gap(outcome, reading, report, report.path.name, "count", counts)


def _tables(report: InventoryReport, files: list[Path]) -> tuple[int, dict[str, pl.DataFrame]]:
    """How many objects the files hold, and the tables they fill."""
    frame = _scan(files, report.form, report.fields)
    account = report.account or None
    if report.of_containers:
        containers = _containers(frame, account)
        return containers.height, {"containers": containers}
    return int(frame.select(pl.len()).collect().item()), _blobs(frame, report.fields, account)


def _unsized(frame: pl.LazyFrame) -> pl.Expr:
    """Whether the size of a blob is there and cannot be read."""
    given = _column(frame, "Content-Length", pl.String).is_not_null()
    return given & ~_column(frame, "Content-Length", pl.Int64).ge(0).fill_null(value=False)


def _file(
    report: InventoryReport,
    file: tuple[str, int | None],
    outcome: Outcome,
    reading: Reading,
    failed: Failures,
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


def _gap(outcome: Outcome, reading: Reading, report: InventoryReport, name: str, code: str, reason: str) -> None:
    """A part of a report that is not there is missing from every table that the report fills."""
    outcome.failed(reading, name, code, f"blob inventory: {reason}", tables=report.tables)


def _empty(reports: Sequence[InventoryReport], outcome: Outcome) -> None:
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
        _unsized(frame).alias("unsized"),
        _moment(frame, "Last-Modified").alias("modified"),
        _column(frame, "AccessTier", pl.String).str.to_lowercase().alias("tier"),
        _true(frame, "hdi_isfolder").fill_null(value=False).alias("folder"),
        _column(frame, "Acl", pl.String).alias("acl"),
        _column(frame, "Owner", pl.String).alias("owner"),
        _column(frame, "Group", pl.String).alias("owning_group"),
    )
    files = blobs.filter(~pl.col("folder"))
    tiers = heaviest(files, "tier", "size")
    sums = files.group_by("container").agg(
        # The size of a container is not known where that of a blob cannot be read.
        pl.when(~pl.col("unsized").any()).then(pl.col("size").sum()).alias("size_bytes"),
        pl.col("unsized").sum(),
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
        tables["acls"] = acls
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
    return _as_containers(
        rows.with_columns(pl.when(public.is_in(["blob", "container"])).then(public).alias("public_access")), account
    )


def _as_containers(rows: pl.DataFrame, account: str | None) -> pl.DataFrame:
    return rows.with_columns(pl.lit(account, dtype=pl.String).alias("account")).sort("container", maintain_order=True)


def _join(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Two reports of one table: a container report and a blob report complete each other."""
    if "acl" in first.columns:
        return pl.concat([first, second]).unique(maintain_order=True)
    return merge_tables([{"containers": first}, {"containers": second}])["containers"]
