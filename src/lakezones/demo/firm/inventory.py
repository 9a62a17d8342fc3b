"""Blob inventory reports of the generated lake, as the service would leave them in a container.

In: the fact tables containers and acls of a Firm. Out: files by name: a report of the containers (CSV) and one of all
blobs with their ACLs (Parquet, several files), each with its manifest. Blobs beyond the first are made up so that
sizes, counts, formats, tiers and newest changes add up to what the tables say.

Shapes: https://learn.microsoft.com/azure/storage/blobs/blob-inventory
"""

import io
import json
from datetime import timedelta
from typing import Final

import polars as pl

from lakezones.demo.firm.generate import GeneratedFirm
from lakezones.demo.firm.words import WORDS

CONTAINER: Final = "inventory"
"""Container of the reports, as their manifests name it."""

ROWS_PER_FILE: Final = 100_000
_DELTA_LOG: Final = "_delta_log/00000000000000000000.json"
_CONTAINER_FIELDS: Final = [
    "Name",
    "Last-Modified",
    "LeaseState",
    "Metadata",
    "PublicAccess",
    "HasImmutabilityPolicy",
    "HasLegalHold",
]
_BLOB_FIELDS: Final = ["Name", "Content-Length", "Last-Modified", "AccessTier", "hdi_isfolder", "Owner", "Group", "Acl"]


def reports(firm: GeneratedFirm, endpoint: str) -> dict[str, bytes]:
    """Files of both reports by name, manifests last."""
    ended = firm.as_of
    folder = f"daily/{ended - timedelta(hours=1):%Y/%m/%d/%H-%M-%S}"
    containers = firm.facts["containers"]
    blobs = _blobs(containers, firm.facts["acls"])
    files = {f"{folder}/containers/containers_1000000_0.csv": _container_rows(containers).write_csv().encode()}
    for part, start in enumerate(range(0, max(1, blobs.height), ROWS_PER_FILE)):
        body = io.BytesIO()
        blobs.slice(start, ROWS_PER_FILE).write_parquet(body, compression="zstd")
        files[f"{folder}/blobs/blobs_1000000_{part}.parquet"] = body.getvalue()
    for rule, fields, form, objects in (
        ("containers", _CONTAINER_FIELDS, "csv", containers.height),
        ("blobs", _BLOB_FIELDS, "parquet", blobs.height),
    ):
        manifest = {
            "destinationContainer": CONTAINER,
            "endpoint": endpoint,
            "files": [{"blob": name, "size": len(body)} for name, body in files.items() if f"/{rule}/" in name],
            "inventoryCompletionTime": f"{ended:%Y-%m-%dT%H:%M:%SZ}",
            "inventoryStartTime": f"{ended - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
            "ruleDefinition": {"objectType": rule[:-1], "format": form, "schemaFields": fields, "schedule": "daily"},
            "ruleName": rule,
            "status": "Succeeded",
            "summary": {"objectCount": objects},
            "version": "1.0",
        }
        files[f"{folder}/{rule}/{rule}-manifest.json"] = json.dumps(manifest, indent=2).encode()
    return files


def _container_rows(containers: pl.DataFrame) -> pl.DataFrame:
    return containers.select(
        pl.col("container").alias("Name"),
        pl.col("last_modified").dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias("Last-Modified"),
        pl.lit("Available").alias("LeaseState"),
        pl.col("metadata").alias("Metadata"),
        pl.col("public_access").fill_null("").alias("PublicAccess"),
        pl.col("immutability").cast(pl.String).alias("HasImmutabilityPolicy"),
        pl.col("legal_hold").cast(pl.String).alias("HasLegalHold"),
    )


def _blobs(containers: pl.DataFrame, acls: pl.DataFrame) -> pl.DataFrame:
    """A row per blob: the first one as the tables name it, the others after it by number."""
    inside = acls.filter(pl.col("path") != "/").select("container", "acl", "owner")
    first = pl.col("format").replace_strict(WORDS.files)
    single = (pl.col("format") == "delta") & (pl.col("blob_count") == 1)
    rows = (
        containers.filter(pl.col("blob_count") > 0)
        .select("container", "last_modified", "size_bytes", "blob_count", "format", "tier", first.alias("first"))
        .join(inside, on="container", how="left", maintain_order="left")
        .with_columns(pl.int_ranges(0, "blob_count").alias("number"))
        .explode("number")
    )
    log = (pl.col("format") == "delta") & (single | (pl.col("number") == 1))
    number = pl.col("number").cast(pl.String).str.zfill(5)
    numbered = (
        pl.when(pl.col("first").str.contains("00000", literal=True))
        .then(pl.col("first").str.replace("00000", number, literal=True))
        .otherwise(
            pl.concat_str(
                pl.col("first").str.extract(r"^(.*)\.[^.]*$"),
                pl.lit("_"),
                number,
                pl.col("first").str.extract(r"(\.[^.]*)$"),
            )
        )
    )
    name = pl.when(log).then(pl.lit(_DELTA_LOG)).when(pl.col("number") == 0).then("first").otherwise(numbered)
    share = pl.col("size_bytes") // pl.col("blob_count")
    left = pl.col("size_bytes") % pl.col("blob_count")
    # The ACL of a directory of logs matters only where the container holds nothing else.
    shown = ~log | single
    return rows.select(
        pl.concat_str("container", pl.lit("/"), name).alias("Name"),
        pl.when(pl.col("number") == 0).then(share + left).otherwise(share).alias("Content-Length"),
        (pl.col("last_modified") - pl.duration(hours=pl.col("number"))).dt.cast_time_unit("ms").alias("Last-Modified"),
        pl.col("tier").str.to_titlecase().alias("AccessTier"),
        pl.lit(value=False).alias("hdi_isfolder"),
        pl.when(shown).then("owner").alias("Owner"),
        pl.when(shown & pl.col("acl").is_not_null()).then(pl.lit("$superuser")).alias("Group"),
        pl.when(shown).then("acl").alias("Acl"),
    ).sort("Name")
