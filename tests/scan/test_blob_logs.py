"""Exported log rows as usage: who is named, what counts, and what does not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lakezones.errors import InputError, MissingColumnError
from lakezones.scan import scan
from lakezones.scan.azure.usage import MANAGES, QUERY, WRITES

HEAD = (
    "TimeGenerated,AccountName,OperationName,ObjectKey,StatusCode,AuthenticationType,RequesterObjectId,"
    "AuthorizationDetails\n"
)
GRANT = "11111111-2222-3333-4444-555555555555"
ROWS = (
    f'2026-10-01T00:00:00Z,Bank,GetBlob,/bank/sales/a.parquet,200,OAuth,ANN,"[{{""id"":""x/roleAssignments/{GRANT}""}}]"\n'
    f'2026-10-03T00:00:00Z,bank,GetBlob,/bank/sales/b.parquet,206,OAuth,ann,"[{{""id"":""x/roleAssignments/{GRANT}""}}]"\n'
    "2026-10-02T00:00:00Z,bank,PutBlob,/bank/sales/c.parquet,201,OAuth,ann,\n"
    "2026-10-02T00:00:00Z,bank,GetBlob,/bank/sales/c.parquet,403,OAuth,bob,\n"
    "2026-10-02T00:00:00Z,bank,GetBlob,/bank/sales/c.parquet,200,SAS,,\n"
    "2026-10-01T00:00:00Z,Bank,GetBlob,/bank/sales/c.parquet,200,SAS Key,,\n"
    "2026-10-02T00:00:00Z,bank,SetContainerACL,/bank/risk,200,Account Key,,\n"
    "2026-10-02T00:00:00Z,bank,GetBlob,/bank/$logs/x,200,OAuth,ann,\n"
    "2026-10-02T00:00:00Z,bank,ListContainers,/bank/,200,OAuth,ann,\n"
)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    (tmp_path / "grants.csv").write_text("principal,container\nann,sales\n")
    (tmp_path / "StorageBlobLogs.csv").write_text(HEAD + ROWS)
    return tmp_path


def test_log_rows_are_summed_by_person_container_access_and_grant(capture: Path) -> None:
    result = scan([str(capture)])
    assert result.tables["usage"].select("principal_id", "container", "access", "operations", "grant_id").rows() == [
        ("ann", "sales", "read", 2, GRANT),
        ("ann", "sales", "write", 1, None),
        ("key:bank", "risk", "manage", 1, None),
        ("sas:bank", "sales", "read", 2, None),
    ]
    assert result.tables["usage"].item(0, "last_used") == datetime(2026, 10, 3, tzinfo=UTC)
    assert result.as_of == datetime(2026, 10, 3, tzinfo=UTC)


def test_a_missing_column_and_usage_twice_are_refused(capture: Path) -> None:
    (capture / "usage.csv").write_text("principal_id,container\n")
    with pytest.raises(InputError, match="usage comes twice"):
        scan([str(capture)])
    (capture / "usage.csv").unlink()
    (capture / "StorageBlobLogs.csv").write_text(HEAD.replace("ObjectKey", "Uri"))
    with pytest.raises(MissingColumnError, match="no column 'ObjectKey'"):
        scan([str(capture)])


def test_the_query_and_the_file_count_the_same_operations_as_writing() -> None:
    text = QUERY.format(accounts="'x'", writes="W", manages="M", start="S", end="E")
    assert "OperationName in (M), 'manage', OperationName in (W), 'write'" in text
    assert not set(WRITES) & set(MANAGES)
