"""Finds a container's file format from the names of its blobs alone.

In: names, with sizes where known. Out: the format that most bytes are in; table formats go by the folder that marks
them, whatever the files inside are called.
"""

from typing import Final

import polars as pl

_DELTA: Final = r"(?:^|/)_delta_log/"
_ICEBERG: Final = r"(?:^|/)metadata/.*\.metadata\.json$"
_SUFFIX: Final = r"\.([A-Za-z0-9]+)(?:\.(?:gz|gzip|bz2|zst|zstd|snappy|lz4|deflate))?$"
_KNOWN: Final = {
    "parquet": "parquet",
    "pq": "parquet",
    "orc": "orc",
    "avro": "avro",
    "csv": "csv",
    "tsv": "csv",
    "txt": "text",
    "json": "json",
    "jsonl": "json",
    "ndjson": "json",
    "sas7bdat": "sas7bdat",
    "xpt": "xpt",
    "ebcdic": "ebcdic",
    "xlsx": "excel",
    "xls": "excel",
    "hyper": "hyper",
    "xml": "xml",
    "dat": "dat",
    "unl": "unl",
    "ixf": "ixf",
    "dta": "dta",
    "arrow": "arrow",
    "feather": "feather",
}


def format_of(names: list[str], sizes: list[int] | None = None) -> str | None:
    """Format of a container, or None where its names say nothing.

    Examples
    --------
    >>> format_of(["t/part-0.snappy.parquet", "t/_SUCCESS"])
    'parquet'
    >>> format_of(["t/_delta_log/0.json", "t/part-0.parquet"])
    'delta'
    """
    frame = pl.DataFrame(
        {"name": names, "size": sizes or [1] * len(names)}, schema={"name": pl.String, "size": pl.Int64}
    )
    found = formats(frame.lazy().with_columns(container=pl.lit(""))).collect()
    return found.item(0, "format") if found.height else None


def formats(blobs: pl.LazyFrame) -> pl.LazyFrame:
    """Format per container of blobs with the columns container, name and size."""
    suffix = pl.col("name").str.extract(_SUFFIX, 1).str.to_lowercase().replace_strict(_KNOWN, default=None)
    weight = pl.col("size").fill_null(0) + 1
    marked = blobs.select(
        "container",
        weight.alias("weight"),
        pl.col("name").str.contains(_DELTA).alias("delta"),
        pl.col("name").str.contains(_ICEBERG).alias("iceberg"),
        suffix.alias("format"),
    )
    tables = marked.group_by("container").agg(pl.col("delta").any(), pl.col("iceberg").any())
    files = heaviest(marked, "format", "weight")
    chosen = pl.when("delta").then(pl.lit("delta")).when("iceberg").then(pl.lit("iceberg")).otherwise("format")
    return tables.join(files, on="container", how="left").select("container", chosen.alias("format")).sort("container")


def heaviest(blobs: pl.LazyFrame, column: str, weight: str) -> pl.LazyFrame:
    """Value of a column that has most weight in each container: columns container and `column`."""
    return (
        blobs.drop_nulls(column)
        .group_by("container", column)
        .agg(pl.col(weight).sum())
        .sort(["container", weight, column], descending=[False, True, False])
        .group_by("container", maintain_order=True)
        .agg(pl.col(column).first())
    )
