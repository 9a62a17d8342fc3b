"""Captures: what is taken, what is rejected with its line, and what stops a scan with a clear message."""

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from lakezones.errors import EncodingError, InputError, MissingColumnError, UsageError
from lakezones.model.facts import FACTS
from lakezones.scan import ScanSettings, scan
from lakezones.scan.context import Selection

GRANTS = "principal_id,container,access,granted_at,expires_at\n"


def capture(folder: Path, **files: str | bytes) -> Path:
    """Write files named by table; text gets the suffix .csv."""
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / f"{name}.csv").write_bytes(data)
    return folder


def rejected(folder: Path) -> list[tuple[str, int, str]]:
    return scan([str(folder)]).rejected.select("table", "line", "reason").rows()


class TestTaken:
    def test_nothing_but_grants_with_the_short_name_for_people(self, tmp_path: Path) -> None:
        capture(tmp_path, grants="principal,container\nann,sales\n")
        result = scan([str(tmp_path)])
        assert result.complete
        assert list(result.tables) == ["grants"]
        assert result.tables["grants"].select("principal_id", "container", "access").rows() == [("ann", "sales", None)]

    def test_frames_have_the_schema_of_the_facts(self, tmp_path: Path) -> None:
        capture(
            tmp_path,
            grants=GRANTS + "ann,sales,READ,2026-01-01,\n",
            containers='container,metadata,legal_hold,size_bytes\nsales,"{""b"": ""2"", ""a"": ""1""}",yes,5\n',
            role_definitions='role,actions\nx,"[""a/*"", ""b""]"\n',
        )
        result = scan([str(tmp_path)])
        for name, frame in result.tables.items():
            FACTS[name].validate(frame, cast=False)
        assert result.tables["containers"].row(0, named=True)["metadata"] == '{"a": "1", "b": "2"}'
        assert result.tables["containers"].row(0, named=True)["legal_hold"] is True
        assert result.tables["role_definitions"].row(0, named=True)["actions"] == ["a/*", "b"]

    def test_owners_of_groups_the_register_and_what_an_account_keeps(self, tmp_path: Path) -> None:
        capture(
            tmp_path,
            grants="principal,container\nann,sales\n",
            accounts="account,soft_delete_days,versioning,network_default,private_endpoints\nlake,14,true,Deny,2\n",
            group_owners="group_id,owner_id\ng1,ann\ng1,ann\n",
            systems="system,application_id,owner,area\nloans,APP-7,ben,Lending\ncrm,,,\n",
            usage="principal_id,container,operations,app_id,user_agent,caller\n"
            "ann,sales,3,app,Tableau,10.0.0.1\nann,sales,4,app,azcopy,10.0.0.1\n",
        )
        result = scan([str(tmp_path)])
        assert rejected(tmp_path) == [("group_owners", 3, "repeats line 2")]
        assert result.tables["accounts"].row(0)[-4:] == (14, True, "deny", 2)
        assert result.tables["group_owners"].rows() == [("g1", "ann")]
        assert result.tables["systems"].rows() == [("crm", None, None, None), ("loans", "APP-7", "ben", "Lending")]
        assert result.tables["usage"]["user_agent"].to_list() == ["Tableau", "azcopy"]

    def test_a_reference_names_a_container_or_a_location(self, tmp_path: Path) -> None:
        header = "tool,artifact,container,direction,criticality,identity,location,where\n"
        rows = "sas,load,,read,high,svc,file:/in/loans.csv,line 3\nsas,load,sales,write,,,,\nsas,load,,write,,,,\n"
        capture(tmp_path, grants="principal,container\nann,sales\nann,tmp\n", references=header + rows)
        assert rejected(tmp_path) == [
            ("references", 4, "container and location are empty; one of them is needed"),
        ]
        kept = scan([str(tmp_path)], selection=Selection(exclude=("tmp",))).tables["references"]
        assert kept.select("container", "location", "where").rows() == [
            (None, "file:/in/loans.csv", "line 3"),
            ("sales", None, None),
        ]

    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
            ("2026-01-31T12:30", datetime(2026, 1, 31, 12, 30, tzinfo=UTC)),
            ("2026-01-31 12:30:05", datetime(2026, 1, 31, 12, 30, 5, tzinfo=UTC)),
            ("2026-01-31T12:30:05Z", datetime(2026, 1, 31, 12, 30, 5, tzinfo=UTC)),
            ("2026-01-31T12:30:05.1234567Z", datetime(2026, 1, 31, 12, 30, 5, 123456, tzinfo=UTC)),
            ("2026-01-31T12:30:05+02:00", datetime(2026, 1, 31, 10, 30, 5, tzinfo=UTC)),
            ("20260131T123005Z", datetime(2026, 1, 31, 12, 30, 5, tzinfo=UTC)),
        ],
    )
    def test_times_in_iso_8601(self, tmp_path: Path, text: str, moment: datetime) -> None:
        capture(tmp_path, grants=GRANTS + f"ann,sales,read,{text},\n")
        result = scan([str(tmp_path)])
        assert result.tables["grants"].item(0, "granted_at") == moment
        assert result.as_of == moment

    def test_a_header_alone_is_an_empty_table_that_was_assessed(self, tmp_path: Path) -> None:
        capture(tmp_path, grants=GRANTS, usage="principal_id,container\n")
        result = scan([str(tmp_path)])
        assert result.complete
        assert {name: frame.height for name, frame in result.tables.items()} == {"grants": 0, "usage": 0}

    def test_a_byte_order_mark_and_windows_lines(self, tmp_path: Path) -> None:
        capture(tmp_path, grants=b"\xef\xbb\xbfprincipal_id,container\r\nJos\xc3\xa9,sales\r\n")
        assert scan([str(tmp_path)]).tables["grants"].item(0, "principal_id") == "José"

    def test_parquet_with_its_own_types(self, tmp_path: Path) -> None:
        moment = datetime(2026, 3, 1, 12)  # noqa: DTZ001
        pl.DataFrame({"principal_id": [1, 2], "container": ["a", "b"], "granted_at": [moment, None]}).write_parquet(
            tmp_path / "grants.parquet"
        )
        grants = scan([str(tmp_path)]).tables["grants"]
        assert grants.get_column("principal_id").to_list() == ["1", "2"]
        assert grants.item(0, "granted_at") == moment.replace(tzinfo=UTC)

    def test_parquet_cells_that_do_not_fit_are_rejected_like_text(self, tmp_path: Path) -> None:
        capture(tmp_path, grants=GRANTS)
        pl.DataFrame({"container": ["a", "b", "c"], "size_bytes": [-1, 5, None]}).write_parquet(
            tmp_path / "containers.parquet"
        )
        result = scan([str(tmp_path)])
        assert result.rejected.select("line", "reason").rows() == [
            (1, "size_bytes: -1 is not a whole number of 0 or more")
        ]
        assert result.tables["containers"].get_column("container").to_list() == ["b", "c"]

    def test_unknown_columns_and_files_are_named(self, tmp_path: Path) -> None:
        capture(tmp_path, grants="principal_id,container,acess\nann,sales,write\n", acl="x\n")
        result = scan([str(tmp_path)])
        assert result.warnings == [
            "acl.csv: not a table of a capture, left out; did you mean acls.csv?",
            "grants.csv: column 'acess' is unknown and left out; did you mean 'access'?",
        ]
        assert result.complete

    def test_cycles_of_groups_are_kept_and_told(self, tmp_path: Path) -> None:
        capture(tmp_path, grants=GRANTS, memberships="group_id,member_id\na,b\nb,c\nc,a\nd,d\ne,a\n")
        result = scan([str(tmp_path)])
        assert result.tables["memberships"].height == 5
        assert result.warnings == ["4 groups contain themselves, directly or through others: a, b, c, d"]

    def test_gaps_of_the_snapshot_a_capture_came_from_stay_gaps(self, tmp_path: Path) -> None:
        capture(tmp_path, grants=GRANTS, gaps="source,object_id,code,reason\nacls,sales,403,denied\n")
        result = scan([str(tmp_path)])
        assert result.gaps.rows() == [("acls", "sales", "403", "denied")]

    def test_equal_input_gives_equal_tables_in_any_order_of_rows(self, tmp_path: Path) -> None:
        rows = [f"p{i % 7},c{i},read,," for i in range(50)]
        for name, lines in (("a", rows), ("b", rows[::-1])):
            (tmp_path / name).mkdir()
            capture(tmp_path / name, grants=GRANTS + "\n".join(lines) + "\n")
        assert scan([str(tmp_path / "a")]).tables["grants"].equals(scan([str(tmp_path / "b")]).tables["grants"])


class TestRejected:
    def test_each_bad_row_with_its_line_and_reason(self, tmp_path: Path) -> None:
        capture(
            tmp_path,
            grants=GRANTS
            + "ann,sales,read,2026-01-01,\n"
            + "ann,sales,read,2026-01-01,\n"
            + "ann,sales,read,2026-01-02,\n"
            + "bob,sales,execute,,\n"
            + "bob,sales,read,31.12.2026,\n"
            + ",sales,read,,\n"
            + '"cy","two\nlines",read,,\n'
            + "\n"
            + "dan,sales,read,,,,\n"
            + "eve,sales\n",
            containers='container,size_bytes,metadata\na,-1,\nb,1.5,\nc,,"[1]"\nd,,{\ne,,\n',
            role_definitions="role,actions\nx,read\n",
            acls='container,acl\na,garbage\nb,user::rwx\nc,"user::rwx,user:a@b.c:r-x,default:other::--T"\n',
        )
        result = scan([str(tmp_path)])
        assert result.rejected.select("file", "line", "reason").rows() == [
            ("containers.csv", 2, "size_bytes: -1 is not a whole number of 0 or more"),
            ("containers.csv", 3, "size_bytes: 1.5 is not a whole number of 0 or more"),
            ("containers.csv", 4, "metadata: [1] is not a JSON object"),
            ("containers.csv", 5, "metadata: { is not a JSON object"),
            ("role_definitions.csv", 2, "actions: read is not a JSON array of strings"),
            (
                "acls.csv",
                2,
                (
                    "acl: garbage is not an ACL (for example user::rwx,group::r-x,group:ID:r-x,mask::r-x,other::---), "
                    "each entry once"
                ),
            ),
            ("grants.csv", 3, "repeats line 2"),
            (
                "grants.csv",
                4,
                (
                    "says something else than line 2, which has the same principal_id, container, access, source, "
                    "entitlement, grant_id"
                ),
            ),
            ("grants.csv", 5, "access: execute is not one of read, write, manage"),
            (
                "grants.csv",
                6,
                (
                    "granted_at: 31.12.2026 is not a time (ISO 8601, for example 2026-01-31T12:00:00Z) from 1970 to 50 "
                    "years after the scan"
                ),
            ),
            ("grants.csv", 7, "principal_id is empty"),
            (
                "grants.csv",
                8,
                (
                    "container: two\nlines is not a container, or ACCOUNT/CONTAINER with an account of 3 to 24 "
                    "lower-case letters and digits"
                ),
            ),
            ("grants.csv", 11, "7 values where the header has 5"),
        ]
        assert result.tables["grants"].get_column("principal_id").to_list() == ["ann", "eve"]
        assert json.loads(result.rejected.item(12, "row"))[0] == "dan"
        assert not result.complete
        assert result.gaps.select("source", "object_id", "reason").rows() == [
            ("acls", "acls.csv", "1 row rejected, see rejected.csv"),
            ("containers", "containers.csv", "4 rows rejected, see rejected.csv"),
            ("grants", "grants.csv", "6 rows rejected, see rejected.csv"),
            ("role_definitions", "role_definitions.csv", "1 row rejected, see rejected.csv"),
        ]

    def test_a_row_that_only_repeats_another_is_rejected_and_loses_nothing(self, tmp_path: Path) -> None:
        capture(tmp_path, memberships="group_id,member_id\ng,a\ng,a\n", grants=GRANTS)
        result = scan([str(tmp_path)])
        assert result.rejected.height == 1
        assert result.complete

    def test_rejected_rows_beyond_the_bound_are_said_to_be_in_no_file(self, tmp_path: Path) -> None:
        capture(tmp_path, grants="principal,container\n" + "ann,\n" * 50 + "ann,sales\n")
        result = scan([str(tmp_path)], settings=ScanSettings(max_rejected_rows=20))
        assert result.rejected.height == 20
        assert "rejected.csv has the first 20 (scan.max_rejected_rows), and the other 30" in result.warnings[-1]
        assert scan([str(tmp_path)]).rejected.height == 50

    def test_every_row_is_a_row_or_a_rejected_row(self, tmp_path: Path) -> None:
        lines = [f"p{i % 5},c{i % 3},{'read' if i % 4 else 'x'},," for i in range(100)]
        capture(tmp_path, grants=GRANTS + "\n".join(lines) + "\n")
        result = scan([str(tmp_path)])
        assert result.tables["grants"].height + result.rejected.height == 100
        assert result.sources[0]["reads"][0]["expected"] == 100


class TestRefused:
    def test_no_table_of_grants(self, tmp_path: Path) -> None:
        capture(tmp_path, containers="container\na\n")
        with pytest.raises(InputError, match=r"nothing says who has access; found containers\.csv") as caught:
            scan([str(tmp_path)])
        assert "grants.csv" in str(caught.value.hint)

    def test_a_missing_column_with_a_near_one(self, tmp_path: Path) -> None:
        capture(tmp_path, grants="user,contaner\nann,sales\n")
        with pytest.raises(MissingColumnError) as caught:
            scan([str(tmp_path)])
        assert "no columns 'principal_id', 'container'; found: user, contaner" in caught.value.message
        capture(tmp_path, grants="principal,contaner\nann,sales\n")
        with pytest.raises(MissingColumnError) as caught:
            scan([str(tmp_path)])
        assert caught.value.hint == "did you mean 'contaner'? rename it to 'container'"

    def test_references_need_a_column_for_the_place(self, tmp_path: Path) -> None:
        capture(tmp_path, grants=GRANTS, references="tool,artifact,direction\nsas,load,read\n")
        with pytest.raises(MissingColumnError, match="no column 'container'"):
            scan([str(tmp_path)])
        capture(tmp_path, references="tool,artifact,direction,location\nsas,load,read,db:x\n")
        assert scan([str(tmp_path)]).tables["references"].height == 1

    def test_semicolons(self, tmp_path: Path) -> None:
        capture(tmp_path, grants="principal_id;container\nann;sales\n")
        with pytest.raises(MissingColumnError) as caught:
            scan([str(tmp_path)])
        assert "not separated by commas" in str(caught.value.hint)

    def test_latin_1_names_file_line_and_byte(self, tmp_path: Path) -> None:
        capture(tmp_path, grants="principal_id,container\nann,sales\nJosé,sales\n".encode("latin-1"))
        with pytest.raises(EncodingError, match=r"grants.csv: line 3 is not UTF-8 .byte 0xe9") as caught:
            scan([str(tmp_path)])
        assert "iconv -f LATIN1" in str(caught.value.hint)

    def test_utf_16(self, tmp_path: Path) -> None:
        capture(tmp_path, grants="principal_id,container\n".encode("utf-16"))
        with pytest.raises(EncodingError, match="UTF-16"):
            scan([str(tmp_path)])

    @pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
    def test_an_empty_file(self, tmp_path: Path, content: bytes) -> None:
        capture(tmp_path, grants=content)
        with pytest.raises(InputError, match="the file is empty"):
            scan([str(tmp_path)])

    def test_an_empty_parquet_file_and_one_that_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "grants.parquet").write_bytes(b"")
        with pytest.raises(InputError, match="the file is empty"):
            scan([str(tmp_path)])
        (tmp_path / "grants.parquet").write_bytes(b"PAR1 nothing")
        with pytest.raises(InputError, match="not a Parquet file"):
            scan([str(tmp_path)])

    def test_the_same_table_twice(self, tmp_path: Path) -> None:
        capture(tmp_path, grants=GRANTS)
        pl.DataFrame({"principal_id": ["a"], "container": ["b"]}).write_parquet(tmp_path / "grants.parquet")
        with pytest.raises(InputError, match=r"grants.csv and grants.parquet are the same table"):
            scan([str(tmp_path)])

    def test_a_column_twice_and_a_quote_never_closed(self, tmp_path: Path) -> None:
        capture(tmp_path, grants="principal_id,container,container\na,b,c\n")
        with pytest.raises(InputError, match="'container' appears more than once"):
            scan([str(tmp_path)])
        capture(tmp_path, grants='principal_id,container\na,b\n"c,d\n')
        with pytest.raises(InputError, match="line 3"):
            scan([str(tmp_path)])

    def test_no_folder_and_no_source(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no such folder"):
            scan([str(tmp_path / "nowhere")])
        with pytest.raises(UsageError):
            scan([])
