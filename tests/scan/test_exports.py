"""Exports of an access-request system, mapped by TOML."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lakezones.errors import ConfigError, MissingColumnError
from lakezones.scan import scan

MAPPING = """
[entitlements]
file = "requests.csv"
columns = { principal_id = "User", entitlement = "Access", status = "State", requested_at = "Asked" }
times = "%d/%m/%Y"
values.status = { Provisioned = "approved", Awaiting = "pending" }

[entitlement_containers]
file = "map.csv"
columns = { entitlement = "Access", container = "Bucket" }
constants = { access = "write" }

[[rules]]
metadata = "system"
entitlement = "LAKE-{value}-R"
"""
REQUESTS = (
    "User,Access,State,Asked,Ticket\nann,A,Provisioned,31/01/2026,1\nbob,A,Awaiting,2026-02-01,2\ncy,B,Revoked,x,3\n"
)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    (tmp_path / "requests.csv").write_text(REQUESTS)
    (tmp_path / "map.csv").write_text("Access,Bucket\nA,sap-*\n")
    (tmp_path / "exports.toml").write_text(MAPPING)
    return tmp_path / "exports.toml"


def test_columns_values_times_constants_and_rules(export: Path, tmp_path: Path) -> None:
    capture = tmp_path / "capture"
    capture.mkdir()
    (capture / "grants.csv").write_text("principal,container\nann,c\n")
    (capture / "containers.csv").write_text(
        'container,metadata\nc1,"{""system"": ""db2""}"\nc2,"{""x"": ""1""}"\nc3,\n'
    )
    result = scan([str(export), str(capture)])
    entitlements = result.tables["entitlements"].select("principal_id", "entitlement", "status", "requested_at").rows()
    assert entitlements == [
        ("ann", "A", "approved", datetime(2026, 1, 31, tzinfo=UTC)),
        ("bob", "A", "pending", datetime(2026, 2, 1, tzinfo=UTC)),
    ]
    assert result.rejected.select("file", "line").rows() == [("requests.csv", 4)]
    assert result.tables["entitlement_containers"].select("entitlement", "container", "access").rows() == [
        ("A", "sap-*", "write"),
        ("LAKE-db2-R", "c1", "read"),
    ]
    assert not result.complete


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[entitlements]", "[entitlement]", "no table 'entitlement'"),
        ("principal_id =", "person =", "has no column 'person'"),
        ("{value}", "{name}", "must hold {value} once"),
        ("{value}", "{value!z}", "must hold {value} once"),
        ("{value}", "{value!r}", "must hold {value} once"),
        ("{value}", "{value:>9}", "must hold {value} once"),
        ("{value}", "{value.x}", "must hold {value} once"),
        ("{value}", "{value}{value}", "must hold {value} once"),
        ("{value}", "{value", "entitlement: Value error, expected '}'"),
        ("times", "tiems", "Extra inputs"),
        ("[entitlements]", "[", "cannot be read as TOML"),
    ],
)
def test_a_wrong_mapping_is_told_by_its_key(export: Path, old: str, new: str, message: str) -> None:
    export.write_text(MAPPING.replace(old, new, 1))
    with pytest.raises(ConfigError, match=message):
        scan([str(export)])


def test_a_column_the_export_lacks(export: Path) -> None:
    export.write_text(MAPPING.replace('"State"', '"Status"'))
    with pytest.raises(MissingColumnError, match="no column 'Status'; found: User, Access, State, Asked, Ticket"):
        scan([str(export)])
