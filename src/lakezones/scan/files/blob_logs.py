"""Aggregates exported ``StorageBlobLogs`` rows into usage, the way the Log Analytics query does.

In: a CSV or Parquet file with the log's own columns. Out: the table usage. The operations that count as writing are
those of `lakezones.scan.azure.usage`, so that a file and a query agree.
"""

from typing import Final

import polars as pl

from lakezones.errors import MissingColumnError
from lakezones.model.facts import FACTS
from lakezones.model.frames import conform
from lakezones.store.cells import iso_time, map_distinct
from lakezones.store.readers import TextTable

FILE: Final = "StorageBlobLogs"
MANAGES: Final = ("SetContainerACL", "SetPathAccessControl", "SetAccessControl", "ModifyAclRecursive", "SetBlobOwner")
WRITES: Final = [
    "PutBlob",
    "PutBlock",
    "PutBlockList",
    "AppendBlock",
    "AppendFile",
    "FlushFile",
    "CreatePathFile",
    "CreatePathDir",
    "DeleteBlob",
    "DeleteFile",
    "DeletePath",
    "RenamePath",
    "RenamePathFile",
    "RenamePathDir",
    "CopyBlob",
    "CopyBlobDestination",
    "SetBlobMetadata",
    "SetBlobProperties",
]
REQUIRED: Final = (
    "TimeGenerated",
    "AccountName",
    "OperationName",
    "ObjectKey",
    "StatusCode",
    "AuthenticationType",
    "RequesterObjectId",
)


def usage_of(text: TextTable) -> pl.DataFrame:
    """Usage per person, container, access and grant; failed requests and system containers do not count.

    Raises
    ------
    MissingColumnError
        If the file lacks one of the log's columns.
    """
    if missing := [name for name in REQUIRED if name not in text.columns]:
        raise MissingColumnError(
            f"{text.path}: no column {missing[0]!r}; found: {', '.join(text.columns)}",
            hint="export these columns of StorageBlobLogs: " + ", ".join(REQUIRED),
        )
    frame = text.frame.select(pl.col(name).cast(pl.String) for name in text.columns)
    if "AuthorizationDetails" not in frame.columns:
        frame = frame.with_columns(AuthorizationDetails=pl.lit(None, dtype=pl.String))
    times = map_distinct(frame.get_column("TimeGenerated"), iso_time, pl.Datetime("us", "UTC"))
    # The documentation writes "SAS Key" and "Account Key", the logs themselves "SAS" and "AccountKey".
    kind = pl.col("AuthenticationType").str.to_lowercase().str.replace_all(" ", "", literal=True)
    account = pl.col("AccountName").str.to_lowercase()
    operation = pl.col("OperationName")
    rows = frame.with_columns(
        times.alias("last_used"),
        pl.col("ObjectKey").str.split("/").list.get(2, null_on_oob=True).alias("container"),
        pl.when(operation.is_in(MANAGES))
        .then(pl.lit("manage"))
        .when(operation.is_in(WRITES))
        .then(pl.lit("write"))
        .otherwise(pl.lit("read"))
        .alias("access"),
        pl.when(kind.is_in(["oauth", "kerberos"]))
        .then(pl.col("RequesterObjectId").str.to_lowercase())
        .when(kind.str.contains("sas", literal=True))
        .then("sas:" + account)
        .when(kind == "accountkey")
        .then("key:" + account)
        .otherwise(kind + ":" + account)
        .alias("principal_id"),
        pl.col("AuthorizationDetails").str.extract(r"roleAssignments/([0-9a-fA-F-]+)", 1).alias("grant_id"),
    )
    accounts = frame.get_column("AccountName").str.to_lowercase().n_unique()
    if accounts > 1:
        rows = rows.with_columns(account + "/" + pl.col("container"))
    key = ["principal_id", "container", "access", "grant_id"]
    bare = pl.col("container").str.split("/").list.last()
    used = (
        rows.filter(
            pl.col("StatusCode").cast(pl.Int64, strict=False) < 400,
            bare.str.len_chars() > 0,
            ~bare.str.starts_with("$"),
            pl.col("principal_id").str.len_chars() > 0,
        )
        .group_by(key)
        .agg(pl.col("last_used").max(), pl.len().cast(pl.Int64).alias("operations"))
        .sort(key)
    )
    return conform(used, FACTS["usage"])
