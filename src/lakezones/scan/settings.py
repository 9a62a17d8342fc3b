"""Settings of the scan stage: endpoints, concurrency, retries.

In: ``configs/scan.toml``. Out: `ScanSettings`. The defaults here and in the file are the same; a test compares them.
"""

from pydantic import BaseModel, ConfigDict, Field


class ScanSettings(BaseModel):
    """How a scan reads.

    Attributes
    ----------
    azurite_endpoint
        Where ``scan azurite`` looks when the environment names no connection string.
    page_size
        Containers per page of a listing.
    concurrency
        Requests under way at a time, per source.
    retries
        Retries per request.
    backoff_seconds
        First wait between retries, in seconds; waits double.
    connect_timeout_seconds, read_timeout_seconds
        Seconds to connect, and to wait for the next bytes.
    max_rejected_rows
        Rows that ``rejected.csv`` shows; the rest are counted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    azurite_endpoint: str = "http://127.0.0.1:10000/devstoreaccount1"
    page_size: int = Field(default=5000, ge=1, le=5000)
    concurrency: int = Field(default=16, ge=1, le=256)
    retries: int = Field(default=6, ge=0, le=20)
    backoff_seconds: float = Field(default=0.8, ge=0)
    connect_timeout_seconds: float = Field(default=20, gt=0)
    read_timeout_seconds: float = Field(default=60, gt=0)
    max_rejected_rows: int = Field(default=100_000, ge=1)
