"""The gate: whatever source a table is from, its rows are taken or rejected alike, and nothing moves the clock."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from lakezones import api
from lakezones.scan import Outcome, ScanResult, scan
from lakezones.scan.gate import LONGEST, YEARS, check, check_outcome
from lakezones.scan.spelling import spell
from lakezones.store.readers import LINE

NOW = datetime(2026, 11, 1, tzinfo=UTC)
GRANTS = "principal_id,container,granted_at,expires_at\n"
UPPER, LOWER = "A1B2C3D4-0000-4000-8000-00000000000F", "a1b2c3d4-0000-4000-8000-00000000000f"


def taken(folder: Path, **files: str) -> ScanResult:
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, "utf-8")
    return scan([str(folder)], now=NOW)


def live(table: str, *rows: dict[str, object]) -> Outcome:
    frame = pl.DataFrame(list(rows), infer_schema_length=None)
    return check_outcome(Outcome(source="https://lake", kind="storage", tables={table: frame}), moment=NOW)


def reasons(result: ScanResult) -> list[tuple[int, str]]:
    return result.rejected.select("line", "reason").rows()


class TestTimes:
    def test_what_comes_after_the_scan_moves_no_clock_and_expires_nobody(self, tmp_path: Path) -> None:
        rows = "ann,sales,2026-03-01,\nbob,sales,2062-01-01,\ncyd,sales,2026-01-01,2027-01-01\n"
        result = taken(tmp_path, grants=GRANTS + rows)
        assert result.as_of == datetime(2026, 3, 1, tzinfo=UTC)
        assert result.warnings == [
            "grants.csv: 1 time of granted_at after the scan, not counted; line 3 for example: 2062-01-01"
        ]
        assert result.complete
        assert result.tables["grants"]["granted_at"].null_count() == 1
        assert api.access(result.facts).class_access["principal_id"].n_unique() == 3

    @pytest.mark.parametrize("text", ["1969-12-31", "0001-01-01", "2077-01-01", "2206-05-01", "9998-12-31T23:59:59Z"])
    def test_an_end_out_of_range_is_rejected_with_its_line(self, tmp_path: Path, text: str) -> None:
        result = taken(tmp_path, grants=GRANTS + f"ann,sales,,\nbob,sales,,{text}\n")
        assert reasons(result) == [
            (
                3,
                (
                    f"expires_at: {text} is not a time (ISO 8601, for example 2026-01-31T12:00:00Z) from 1970 to "
                    f"{YEARS} years after the scan"
                ),
            )
        ]
        assert not result.complete

    @pytest.mark.parametrize("text", ["9999-12-31T23:59:59.9999999Z", "9999-12-31", "2999-12-31", "2099-12-31"])
    def test_years_by_which_vendors_say_never_are_no_end(self, tmp_path: Path, text: str) -> None:
        result = taken(tmp_path, grants=GRANTS + f"ann,sales,2026-03-01,{text}\n")
        assert result.complete
        assert result.tables["grants"]["expires_at"].to_list() == [None]

    @pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "1601-01-01T00:00:00Z"])
    def test_years_by_which_directories_say_that_nobody_signed_in(self, tmp_path: Path, text: str) -> None:
        people = f"principal_id,last_sign_in\nann,{text}\n"
        result = taken(tmp_path, grants=GRANTS + "ann,sales,2026-03-01,\n", principals=people)
        assert result.complete
        assert result.tables["principals"]["last_sign_in"].to_list() == [None]

    def test_live_tables_and_files_are_alike(self) -> None:
        future = {"principal_id": "a", "container": "c", "last_used": NOW + timedelta(days=1)}
        past = {"principal_id": "b", "container": "c", "last_used": NOW - timedelta(days=1)}
        old = {"principal_id": "c", "container": "c", "last_used": datetime(1950, 1, 1, tzinfo=UTC)}
        outcome = live("usage", future, past, old)
        assert outcome.tables["usage"]["last_used"].to_list() == [None, NOW - timedelta(days=1)]
        assert outcome.rejected["line"].to_list() == [3]
        assert [gap.source for gap in outcome.gaps] == ["usage"]

    def test_clocks_of_a_source_may_be_ahead_by_minutes(self) -> None:
        ahead = NOW + timedelta(minutes=10)
        outcome = live("containers", {"container": "c", "last_modified": ahead})
        assert outcome.tables["containers"]["last_modified"].to_list() == [ahead]
        assert not outcome.warnings


class TestTypes:
    @pytest.mark.parametrize(
        ("column", "values", "bad"),
        [
            ("size_bytes", pl.Series([5, -1, None]), 1),
            ("size_bytes", pl.Series([5.0, float("nan"), None]), 1),
            ("size_bytes", pl.Series([5.0, 1.5, float("inf")]), 2),
            ("size_bytes", pl.Series([5, 2**64 - 1, None], dtype=pl.UInt64), 1),
            ("size_bytes", pl.Series([None, datetime(2026, 1, 1), None]), 1),  # noqa: DTZ001
            ("size_bytes", pl.Series([[1], [], None]), 2),
            ("size_bytes", pl.Series([b"\xff", None, None]), 1),
            ("legal_hold", pl.Series([0, 1, 7]), 1),
            ("legal_hold", pl.Series([{"a": 1}, None, None]), 1),
            ("last_modified", pl.Series([None, datetime(2026, 1, 1).time(), None]), 1),  # noqa: DTZ001
            ("last_modified", pl.Series([2**62, None, -(2**62)]).cast(pl.Datetime("ms")), 2),
            ("last_modified", pl.Series([2**62, None, -(2**62)]).cast(pl.Datetime("us", "UTC")), 2),
            ("last_modified", pl.Series([2**30, None, -(2**30)], dtype=pl.Int32).cast(pl.Date), 2),
            ("last_modified", pl.Series([timedelta(days=1), None, None]), 1),
            ("last_modified", pl.Series([1_700_000_000, None, None]), 1),
            ("tier", pl.Series([["hot"], None, None]), 1),
            ("tier", pl.Series([float("nan"), None, None]), 1),
            ("tier", pl.Series([b"\xff\xfe", b"hot", None]), 1),
            ("metadata", pl.Series([{"a": "1"}, None, None]), 0),
            ("metadata", pl.Series([5, None, None]), 1),
        ],
    )
    def test_typed_cells_that_do_not_fit_are_rejected_rows(
        self, tmp_path: Path, column: str, values: pl.Series, bad: int
    ) -> None:
        frame = pl.DataFrame({"container": ["a", "b", "c"], column: values})
        frame.write_parquet(tmp_path / "containers.parquet")
        result = taken(tmp_path, grants=GRANTS + "ann,a,2026-01-01,\n")
        assert result.rejected.height == bad, result.rejected
        assert result.tables["containers"].height == 3 - bad
        assert result.complete == (bad == 0)

    @pytest.mark.parametrize("text", [r'{"a": "\ud800"}', '{"a": NaN}', '{"a": ' * 5000, '{"a": ' + "1" * 5000 + "}"])
    def test_json_that_is_none(self, tmp_path: Path, text: str) -> None:
        pl.DataFrame({"container": ["a"], "metadata": [text]}).write_parquet(tmp_path / "containers.parquet")
        result = taken(tmp_path, grants=GRANTS)
        assert result.rejected["table"].to_list() == ["containers"]

    @pytest.mark.parametrize("quote", ["", '"'])
    def test_cells_are_bounded_whether_quoted_or_not(self, tmp_path: Path, quote: str) -> None:
        long, longest = (quote + "x" * size + quote for size in (LONGEST + 1, LONGEST))
        result = taken(tmp_path, grants=f"{GRANTS}ann,{longest},2026-01-01,\nbob,{long},,\ncyd,sales,,\n")
        assert [line for line, _ in reasons(result)] == [3]
        assert sorted(result.tables["grants"]["principal_id"]) == ["ann", "cyd"]
        assert len(result.rejected.item(0, "row")) < 2000


class TestRepeats:
    def test_two_rows_of_use_are_one_of_the_newest_date_and_the_sum(self, tmp_path: Path) -> None:
        usage = "principal_id,container,access,last_used,operations\n"
        usage += "ann,sales,read,2026-01-01,3\nann,sales,read,2026-02-01,4\nbob,sales,read,,\nbob,sales,read,,\n"
        result = taken(tmp_path, grants=GRANTS + "ann,sales,2026-01-01,\n", usage=usage)
        assert result.complete
        assert result.rejected.is_empty()
        assert result.tables["usage"].select("principal_id", "last_used", "operations").rows() == [
            ("ann", datetime(2026, 2, 1, tzinfo=UTC), 7),
            ("bob", None, None),
        ]

    def test_a_sum_too_great_stays_at_the_greatest_number(self) -> None:
        row = {"principal_id": "a", "container": "c", "operations": 2**63 - 1}
        assert live("usage", row, row).tables["usage"]["operations"].to_list() == [2**63 - 1]

    def test_a_name_listed_twice_is_one_container_and_a_hold_stays(self) -> None:
        outcome = live(
            "containers",
            {"container": "a", "legal_hold": False, "tier": None},
            {"container": "b", "legal_hold": None, "tier": None},
            {"container": "a", "legal_hold": True, "tier": "hot"},
        )
        assert outcome.tables["containers"].select("container", "legal_hold", "tier").rows() == [
            ("a", True, "hot"),
            ("b", None, None),
        ]
        assert outcome.warnings == ["https://lake: 1 container listed more than once, taken once, 'a' for example"]
        assert not outcome.gaps

    def test_the_root_has_one_acl_by_whatever_name(self, tmp_path: Path) -> None:
        acls = "container,path,acl\nlake,,user::rwx\nlake,/,user::rwx\nlake,/a,user::rwx\nlake,a/,user::r--\n"
        result = taken(tmp_path, acls=acls)
        assert reasons(result) == [
            (3, "repeats line 2"),
            (5, "says something else than line 4, which has the same container, path"),
        ]


class TestAcls:
    BAD = ("mask:ann:rwx", "user:ann:rwx,user:ann:---", f"user:{UPPER}:r--,user:{LOWER}:rwx", "user::rwx,,x", "rwx")

    @pytest.mark.parametrize("acl", BAD)
    def test_an_acl_that_cannot_be_read_ends_neither_the_scan_nor_access(self, tmp_path: Path, acl: str) -> None:
        result = taken(tmp_path, acls=f'container,acl\nfine,"user::rwx,user:ann:r-x,other::---"\nodd,"{acl}"\n')
        assert [line for line, _ in reasons(result)] == [3]
        assert not result.complete
        assert api.access(result.facts).class_access.height == 1

    @pytest.mark.parametrize("acl", BAD)
    def test_live_acls_are_checked_alike(self, acl: str) -> None:
        outcome = live("acls", {"container": "odd", "path": "/", "acl": acl})
        assert outcome.tables["acls"].is_empty()
        assert [(gap.source, gap.code) for gap in outcome.gaps] == [("acls", "rejected")]


class TestSpelling:
    @pytest.mark.parametrize(
        ("written", "one"),
        [
            (UPPER, LOWER),
            ("\u200bann", "ann"),
            ("an\u200dn", "ann"),
            ("\u202eann\u202c", "ann"),
            ("\ufeffann\u00ad", "ann"),
            ("\u00a0ann\u2003", "ann"),
            ("ann\u00a0lee", "ann lee"),
            ("Jose\u0301", "José"),
            ("Jose\u200b\u0301", "José"),
            ("ann\ufe0f", "ann"),
            (f"\u200b{UPPER}", LOWER),
            ("ANN", "ANN"),
            ("李雷", "李雷"),
        ],
    )
    def test_ids_have_one_spelling_in_files_and_live(self, tmp_path: Path, written: str, one: str) -> None:
        assert spell(written) == one
        assert spell(one) == one
        people = f"principal_id\n{one}\n"
        result = taken(tmp_path, grants=GRANTS + f"{written},sales,2026-01-01,\n", principals=people)
        assert result.tables["grants"]["principal_id"].to_list() == [one]
        assert live("principals", {"principal_id": written}).tables["principals"]["principal_id"].to_list() == [one]
        assert api.access(result.facts).class_access["principal_id"].to_list() == [one]
        changed = written.strip() != one  # spaces around are no other spelling
        assert [
            ascii(written)[1:-1] in line and (one in line or ascii(one)[1:-1] in line) for line in result.warnings
        ] == [True] * changed

    def test_capitals_of_guids_alone_are_not_worth_a_warning(self, tmp_path: Path) -> None:
        assert taken(tmp_path, grants=GRANTS + f"{UPPER},sales,2026-01-01,\n").warnings == []

    def test_what_differs_in_case_otherwise_stays_two_and_is_said(self, tmp_path: Path) -> None:
        result = taken(tmp_path, grants=GRANTS + "ANN,sales,2026-01-01,\nann,sales,,\n")
        assert result.tables["grants"].height == 2
        assert result.warnings == ["principal: 1 differ in case alone and are kept apart: 'ANN' and 'ann'"]

    def test_acls_tags_and_grants_meet(self, tmp_path: Path) -> None:
        result = taken(
            tmp_path,
            acls=f'container,acl,owner\nsales,"user::rwx,user:{UPPER}:r-x",{UPPER}\n',
            containers='container,metadata\nsales,"{""domain"": ""\u200bRisk ""}"\n',
            memberships=f"group_id,member_id\ng,{UPPER}\ng,{LOWER}\n",
        )
        assert result.tables["acls"].select("acl", "owner").row(0) == (f"user::rwx,user:{LOWER}:r-x", LOWER)
        assert json.loads(result.tables["containers"].item(0, "metadata")) == {"domain": "Risk"}
        assert result.tables["memberships"].height == 1
        assert reasons(result) == [(3, "repeats line 2")]
        assert result.warnings == [f"principal: 1 written in several ways, each taken as one: '{UPPER}' and '{LOWER}'"]

    def test_an_id_of_nothing_that_is_seen_is_empty(self, tmp_path: Path) -> None:
        result = taken(tmp_path, grants=GRANTS + "\u200b\u202e,sales,,\n")
        assert reasons(result) == [(2, "principal_id is empty")]

    def test_an_id_with_control_characters_is_rejected(self, tmp_path: Path) -> None:
        result = taken(tmp_path, grants=GRANTS + '"an\nn",sales,,\n')
        assert [line for line, _ in reasons(result)] == [2]


class TestAccounts:
    @pytest.mark.parametrize("name", ["evil.example#", "UPPER", "ab", "a" * 25, "a-b", "a/b", "lake\u0430"])
    def test_names_that_azure_does_not_allow_are_rejected(self, tmp_path: Path, name: str) -> None:
        result = taken(
            tmp_path,
            accounts=f"account\ngood1\n{name}\n",
            containers=f"container,account\nc1,good1\nc2,{name}\n",
            grants=f"principal_id,container\nann,good1/c1\nann,{name}/c3\n",
        )
        assert result.rejected.select("table", "line").rows() == [("accounts", 3), ("containers", 3), ("grants", 3)]

    def test_globs_of_accounts_are_taken(self, tmp_path: Path) -> None:
        rows = "entitlement,container\nE,lake*/crm-*\nE,*\nE,evil.example#/x\n"
        result = taken(tmp_path, grants=GRANTS + "ann,x,2026-01-01,\n", entitlement_containers=rows)
        assert [line for line, _ in reasons(result)] == [4]


def test_a_check_needs_no_column_that_is_not_required() -> None:
    rows = pl.DataFrame({LINE: [7], "group_id": ["g"], "member_id": ["m"]})
    assert check(rows, "memberships", name="x").frame.rows() == [("g", "m", None, None)]
