"""Settings of the scan stage: endpoints, concurrency, retries.

In: ``configs/scan.toml``. Out: `ScanSettings`. The defaults here and in the file are the same; a test compares them.
"""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator


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
    answer_timeout_seconds
        Seconds for an answer as a whole, from sending to its last byte.
    max_answer_bytes
        Bytes of an answer, before and after decompression.
    max_pages
        Pages of a listing.
    max_wait_seconds
        Longest wait between tries that a service may ask for.
    max_retries
        Retries of one client in all: an account, its ACLs, a subscription, the directory, the logs.
    cloud
        Whether management plane, directory, ACLs and usage are read: ``auto`` for accounts in Azure.
    subscriptions
        Further subscriptions to read role assignments of.
    assignments_from
        ``arm`` or ``resource_graph``.
    inventory
        Addresses of containers, or of prefixes in them, that hold blob inventory reports.
    acl_depth
        Levels of folders below a root whose ACLs are read too.
    sample_blobs
        Blobs listed per container to find its format; 0 lists none, since listing needs a permission on data.
    directory
        Who is read of the directory: ``named`` by a grant and everybody in the groups so named, or ``all``.
    sign_ins
        Read last sign-ins; needs more permissions and a licence.
    group_schedules
        Read eligible members of groups and end dates of memberships; needs more permissions and a licence.
    workspaces
        Log Analytics workspaces that hold ``StorageBlobLogs``.
    usage_days
        Days back that usage is read.
    usage_window_days
        Days per query; a window whose answer is cut off is halved.
    arm_endpoint, graph_endpoint, logs_endpoint, dfs_endpoint
        Addresses; ``{account}`` in the last stands for the account.
    ca_file
        PEM file of an authority to trust; empty for the system's.
    max_rejected_rows
        Rows that ``rejected.csv`` holds; the rest are counted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    azurite_endpoint: str = "http://127.0.0.1:10000/devstoreaccount1"
    page_size: int = Field(default=5000, ge=1, le=5000)
    concurrency: int = Field(default=16, ge=1, le=256)
    retries: int = Field(default=6, ge=0, le=20)
    backoff_seconds: float = Field(default=0.8, ge=0)
    connect_timeout_seconds: float = Field(default=20, gt=0)
    read_timeout_seconds: float = Field(default=60, gt=0)
    answer_timeout_seconds: float = Field(default=300, gt=0)
    max_answer_bytes: int = Field(default=128 << 20, ge=1024)
    max_pages: int = Field(default=10_000, ge=1)
    max_wait_seconds: float = Field(default=300, ge=0)
    max_retries: int = Field(default=5_000, ge=0)
    cloud: Literal["auto", "always", "never"] = "auto"
    subscriptions: tuple[str, ...] = ()
    assignments_from: Literal["arm", "resource_graph"] = "arm"
    inventory: tuple[str, ...] = ()
    acl_depth: int = Field(default=0, ge=0, le=10)
    sample_blobs: int = Field(default=0, ge=0, le=5000)
    directory: Literal["named", "all"] = "named"
    sign_ins: bool = False
    group_schedules: bool = False
    workspaces: tuple[str, ...] = ()
    usage_days: int = Field(default=90, ge=1, le=730)
    usage_window_days: int = Field(default=30, ge=1, le=730)
    arm_endpoint: str = "https://management.azure.com"
    graph_endpoint: str = "https://graph.microsoft.com"
    logs_endpoint: str = "https://api.loganalytics.io"
    dfs_endpoint: str = "https://{account}.dfs.core.windows.net"
    ca_file: str = ""
    max_rejected_rows: int = Field(default=10_000_000, ge=1)

    @field_validator("arm_endpoint", "graph_endpoint", "logs_endpoint", "dfs_endpoint")
    @classmethod
    def _address_alone(cls, value: str) -> str:
        """Refuse what may be a secret: settings are written to manifests."""
        parts = urlsplit(value)
        if parts.query or parts.fragment or parts.username or parts.password:
            raise ValueError("an address alone, without a user, a ? or a #")
        return value
