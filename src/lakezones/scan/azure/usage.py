"""Reads who used what from Log Analytics, aggregated in the query.

In: accounts, workspaces and a `Context`. Out: the table usage. The logs are asked window by window, since an answer
holds 500,000 rows or 64 MB at most; a window that comes cut off is halved down to a day, and is a gap beyond that. An
answer has one row per container, its uses as lines of one text, since the client takes its time with every cell.
Requests under account keys and SAS carry no person; they are kept under ``key:ACCOUNT`` and ``sas:ACCOUNT``, so that
their share is known and nothing is called unused because of them.

Source: https://learn.microsoft.com/azure/azure-monitor/service-limits#log-analytics-workspaces
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import polars as pl
from azure.core.exceptions import AzureError
from azure.monitor.query.aio import LogsQueryClient

from lakezones.model.facts import FACTS
from lakezones.model.frames import conform
from lakezones.scan.azure import cloud
from lakezones.scan.azure.bounds import shaped
from lakezones.scan.azure.failures import describe
from lakezones.scan.context import Context
from lakezones.scan.files.blob_logs import MANAGES, WRITES
from lakezones.scan.result import Outcome, Reading

ACTION: Final = "Log Analytics Reader on the workspace"
COLUMNS: Final = ("account", "container", "lines", "used")
_FIELDS: Final = ("principal", "access", "grant", "last_used", "operations")
_MOMENT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"
DAY: Final = timedelta(days=1)
QUERY: Final = """StorageBlobLogs
| where TimeGenerated > datetime({start}) and TimeGenerated <= datetime({end})
| where AccountName in~ ({accounts}) and toint(StatusCode) < 400
| extend parts = split(ObjectKey, '/')
| extend container = tostring(parts[2])
| where isnotempty(container) and container !startswith '$'
| extend access = case(OperationName in ({manages}), 'manage', OperationName in ({writes}), 'write', 'read')
| extend kind = replace_string(tolower(AuthenticationType), ' ', '')
| extend principal = case(
    kind in ('oauth', 'kerberos'), tolower(RequesterObjectId),
    kind contains 'sas', strcat('sas:', tolower(AccountName)),
    kind == 'accountkey', strcat('key:', tolower(AccountName)),
    strcat(kind, ':', tolower(AccountName)))
| extend grant = extract(@'roleAssignments/([0-9a-fA-F-]+)', 1, tostring(AuthorizationDetails))
| summarize last_used = max(TimeGenerated), operations = count()
    by account = tolower(AccountName), container, principal, access, grant
| extend line = strcat(principal, '\\t', access, '\\t', grant, '\\t', tostring(last_used), '\\t', tostring(operations))
| summarize lines = count(), used = strcat_array(make_list(line), '\\n') by account, container
| project account, container, lines, used
| order by account asc, container asc"""


async def read_usage(accounts: Sequence[str], context: Context, credential: Any) -> Outcome:
    """Read usage of the accounts from every workspace of the settings."""
    settings = context.settings
    outcome = Outcome(source=settings.logs_endpoint, kind="usage")
    parts: list[pl.DataFrame] = []
    async with logs_client(context, credential) as client:
        for workspace in settings.workspaces:
            with outcome.reading("usage") as reading:
                parts += await _WorkspaceUsage(client, workspace, accounts, outcome, context, reading).read()
    if parts:
        outcome.tables["usage"] = _merged(parts)
        outcome.warnings.append(f"usage covers the last {settings.usage_days} days")
    return outcome


def logs_client(context: Context, credential: Any) -> LogsQueryClient:
    """The client of the logs."""
    endpoint = context.settings.logs_endpoint.rstrip("/")
    return LogsQueryClient(credential, endpoint=endpoint, **cloud.options(context.settings, credential, endpoint))


class _WorkspaceUsage:
    """The windows of one workspace."""

    def __init__(
        self,
        client: LogsQueryClient,
        workspace: str,
        accounts: Sequence[str],
        outcome: Outcome,
        context: Context,
        reading: Reading,
    ) -> None:
        self.client = client
        self.workspace = workspace
        self.accounts = accounts
        self.outcome = outcome
        self.context = context
        self.reading = reading

    async def read(self) -> list[pl.DataFrame]:
        """A frame per window that was answered; empty where none was."""
        settings = self.context.settings
        end = self.context.journal.started.astimezone(UTC)
        oldest = end - timedelta(days=settings.usage_days)
        windows: list[tuple[datetime, datetime]] = []
        while end > oldest:
            start = max(oldest, end - timedelta(days=settings.usage_window_days))
            windows.append((start, end))
            end = start
        frames = []
        with self.context.progress.task("usage", total=settings.usage_days) as task:
            while windows:
                start, end = windows.pop(0)
                found = await self._window(start, end)
                if found is not None and found[1] and end - start >= 2 * DAY:
                    middle = start + (end - start) / 2
                    windows[:0] = [(middle, end), (start, middle)]
                    continue
                task.advance(round((end - start) / DAY))
                if found is not None:
                    frames.append(found[0])
                    if found[1]:
                        self._gap(start, end, "partial", "the logs gave a part of the answer, for one day at that")
        self.reading.items = sum(frame.height for frame in frames)
        return frames

    async def _window(self, start: datetime, end: datetime) -> tuple[pl.DataFrame, bool] | None:
        """Rows of a window and whether some are missing; None where nothing came."""
        part = f"usage:{self.workspace}"
        key = f"{start.isoformat()}/{end.isoformat()}"
        known = self.context.journal.done(part)
        if key in known:
            return _frame(known[key], qualified=len(self.accounts) > 1)
        query = QUERY.format(
            accounts=_quoted(self.accounts),
            writes=_quoted(WRITES),
            manages=_quoted(MANAGES),
            start=f"{start:{_MOMENT}}",
            end=f"{end:{_MOMENT}}",
        )
        try:
            with shaped():
                answer: Any = await self.client.query_workspace(
                    self.workspace, query, timespan=(start, end), server_timeout=600
                )
                partial = getattr(answer, "partial_error", None) is not None
                tables = answer.partial_data if partial else answer.tables
                rows = [list(line) for table in tables for line in table.rows]
                frame, short = _frame(rows, qualified=len(self.accounts) > 1)
        except AzureError as error:
            self._gap(start, end, *describe(error, ACTION))
            return None
        self.reading.pages += 1
        if not (partial or short):
            self.context.journal.record(part, key, rows)
        return frame, partial or short

    def _gap(self, start: datetime, end: datetime, code: str, reason: str) -> None:
        window = f"{self.workspace}: {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"
        self.outcome.failed(self.reading, window, code, reason)


def _frame(rows: list[list[Any]], *, qualified: bool) -> tuple[pl.DataFrame, bool]:
    """Rows of an answer, in the order of `COLUMNS`, as usage; and whether a text has fewer lines than it should."""
    schema: dict[str, Any] = {"account": pl.String, "container": pl.String, "lines": pl.Int64, "used": pl.String}
    texts = pl.DataFrame(rows, schema=schema, orient="row")
    lines = texts.with_columns(pl.col("used").str.split("\n")).explode("used")
    short = bool(texts["lines"].sum() != lines["used"].drop_nulls().len())
    fields = pl.col("used").str.split_exact("\t", len(_FIELDS) - 1).struct.rename_fields(_FIELDS).alias("used")
    frame = lines.with_columns(fields).unnest("used")
    named = pl.concat_str("account", "container", separator="/") if qualified else pl.col("container")
    text = pl.col("last_used").str.replace(r"\.(\d{6})\d+", ".${1}")
    moment = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", time_zone="UTC", strict=True)
    usage = frame.drop_nulls("operations").select(
        pl.col("principal").alias("principal_id"),
        named.alias("container"),
        "access",
        moment.alias("last_used"),
        pl.col("operations").cast(pl.Int64),
        pl.when(pl.col("grant") != "").then("grant").alias("grant_id"),
    )
    return usage, short


def _merged(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One row per person, container, access and grant, over all windows and workspaces."""
    key = ["principal_id", "container", "access", "grant_id"]
    summed = pl.concat(parts).group_by(key).agg(pl.col("last_used").max(), pl.col("operations").sum())
    return conform(summed.sort(key), FACTS["usage"])


def _quoted(names: Sequence[str]) -> str:
    return ", ".join("'" + name.replace("'", "") + "'" for name in names)
