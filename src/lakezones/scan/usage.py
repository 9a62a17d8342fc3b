"""Reads who used what from Log Analytics, aggregated in the query.

In: accounts, workspaces and a `Context`. Out: the table usage. A partial answer is a gap. Requests under account keys
and SAS carry no person; they are kept under ``key:ACCOUNT`` and ``sas:ACCOUNT``, so that their share is known and
nothing is called unused because of them.
"""

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from azure.core.exceptions import AzureError
from azure.monitor.query.aio import LogsQueryClient

from lakezones.scan import cloud
from lakezones.scan.blob_logs import MANAGES, WRITES
from lakezones.scan.context import Context
from lakezones.scan.failures import describe
from lakezones.scan.result import Gap, Outcome, Reading
from lakezones.scan.rows import iso, table_of
from lakezones.scan.transport import transport

ACTION: Final = "Log Analytics Reader on the workspace"
QUERY: Final = """StorageBlobLogs
| where AccountName in~ ({accounts}) and toint(StatusCode) < 400
| extend parts = split(ObjectKey, '/')
| extend container = tostring(parts[2])
| where isnotempty(container) and container !startswith '$'
| extend access = case(OperationName in ({manages}), 'manage', OperationName in ({writes}), 'write', 'read')
| extend principal = case(
    AuthenticationType in~ ('OAuth', 'Kerberos'), tolower(RequesterObjectId),
    AuthenticationType =~ 'SAS', strcat('sas:', AccountName),
    AuthenticationType =~ 'AccountKey', strcat('key:', AccountName),
    strcat(tolower(AuthenticationType), ':', AccountName))
| extend grant = extract(@'roleAssignments/([0-9a-fA-F-]+)', 1, tostring(AuthorizationDetails))
| summarize last_used = max(TimeGenerated), operations = count()
    by account = tolower(AccountName), container, principal, access, grant
| order by account asc, container asc, principal asc, access asc, grant asc"""


async def read_usage(accounts: Sequence[str], context: Context, credential: Any) -> Outcome:
    """Read usage of the accounts from every workspace of the settings."""
    settings = context.settings
    outcome = Outcome(source=settings.logs_endpoint, kind="usage")
    scopes = [f"{settings.logs_endpoint.rstrip('/')}/.default"]
    rows: list[dict[str, Any]] = []
    read = False
    async with LogsQueryClient(
        credential,
        endpoint=settings.logs_endpoint.rstrip("/"),
        policies=cloud.policies(settings, credential, scopes),
        transport=transport(settings),
    ) as client:
        for workspace in settings.workspaces:
            found = await _workspace(client, workspace, accounts, outcome, context)
            read = read or found is not None
            rows += found or []
    if read:
        outcome.tables["usage"] = table_of("usage", sorted(rows, key=lambda row: tuple(map(str, row.values()))))
        outcome.warnings.append(f"usage covers the last {settings.usage_days} days")
    return outcome


async def _workspace(
    client: LogsQueryClient, workspace: str, accounts: Sequence[str], outcome: Outcome, context: Context
) -> list[dict[str, Any]] | None:
    started = time.perf_counter()
    reading = Reading(table="usage", pages=1)
    outcome.readings.append(reading)
    part = f"usage:{context.settings.usage_days}"
    known = context.journal.done(part)
    if workspace in known:
        rows: list[dict[str, Any]] = known[workspace]
    else:
        query = QUERY.format(accounts=_quoted(accounts), writes=_quoted(WRITES), manages=_quoted(MANAGES))
        try:
            answer: Any = await client.query_workspace(
                workspace, query, timespan=timedelta(days=context.settings.usage_days), server_timeout=600
            )
        except AzureError as error:
            code, reason = describe(error, ACTION)
            reading.failures[code] += 1
            outcome.gaps.append(Gap(source="usage", object_id=workspace, code=code, reason=reason))
            return None
        partial = getattr(answer, "partial_error", None)
        tables = answer.partial_data if partial is not None else answer.tables
        rows = [
            _row(dict(zip(table.columns, line, strict=True)), qualified=len(accounts) > 1)
            for table in tables
            for line in table.rows
        ]
        if partial is not None:
            reading.failures["partial"] += 1
            reason = "Log Analytics gave a part of the answer: shorten scan.usage_days"
            outcome.gaps.append(Gap(source="usage", object_id=workspace, code="partial", reason=reason))
        else:
            context.journal.record(part, workspace, rows)
    reading.items = len(rows)
    reading.seconds = time.perf_counter() - started
    return rows


def _row(found: dict[str, Any], *, qualified: bool) -> dict[str, Any]:
    moment = found["last_used"]
    return {
        "principal_id": found["principal"],
        "container": f"{found['account']}/{found['container']}" if qualified else found["container"],
        "access": found["access"],
        "last_used": moment if isinstance(moment, str) else iso(moment),
        "operations": int(found["operations"]),
        "grant_id": found["grant"] or None,
    }


def _quoted(names: Sequence[str]) -> str:
    return ", ".join("'" + name.replace("'", "") + "'" for name in names)
