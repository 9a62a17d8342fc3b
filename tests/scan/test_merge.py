"""Several sources become one snapshot: who wins, how containers are named, and what is kept of an earlier one."""

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakezones.errors import UsageError
from lakezones.model.frames import Facts
from lakezones.scan import Gap, Outcome, ScanResult, ScanSettings, Selection, merge_onto
from lakezones.scan.context import Context
from lakezones.scan.merge import merge_tables, qualify
from lakezones.scan.progress import Silent
from lakezones.scan.result import gaps_frame
from lakezones.scan.rows import table_of
from lakezones.scan.run import combine

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def account(name: str, *containers: str) -> Outcome:
    rows = [{"container": container, "account": name} for container in containers]
    return Outcome(
        source=f"https://{name}",
        kind="storage",
        account=name,
        containers=list(containers),
        tables={"containers": table_of("containers", rows)},
    )


def grants(*containers: str) -> Outcome:
    rows = [{"principal_id": "ann", "container": container} for container in containers]
    return Outcome(source="capture", kind="capture", tables={"grants": table_of("grants", rows)})


class TestNames:
    def test_bare_where_there_is_one_account(self) -> None:
        first, second = qualify([account("one", "a"), grants("a", "b")])
        assert first.tables["containers"].get_column("container").to_list() == ["a"]
        assert second.tables["grants"].get_column("container").to_list() == ["a", "b"]

    def test_with_the_account_where_there_are_several(self) -> None:
        outcomes = qualify(
            [account("one", "a", "both"), account("two", "b", "both"), grants("a", "two/b", "both", "x")]
        )
        assert outcomes[0].tables["containers"].get_column("container").to_list() == ["one/a", "one/both"]
        assert outcomes[1].tables["containers"].get_column("container").to_list() == ["two/b", "two/both"]
        assert outcomes[2].tables["grants"].get_column("container").to_list() == ["one/a", "two/b", "both", "x"]
        assert outcomes[2].warnings == ["'both' is a container of several accounts; write account/container (1 such)"]

    def test_a_reference_without_a_container_stays_as_it_is(self) -> None:
        row = {"tool": "sas", "artifact": "load", "direction": "read"}
        tables = {"references": table_of("references", [row | {"location": "db:x"}, row | {"container": "a"}])}
        capture = Outcome(source="capture", kind="capture", tables=tables)
        outcomes = qualify([account("one", "a"), account("two", "b"), capture])
        assert outcomes[2].tables["references"].get_column("container").to_list() == [None, "one/a"]


class TestMerging:
    @given(
        st.lists(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from([None, 1, 2])), max_size=4), max_size=4)
    )
    @settings(max_examples=60, deadline=None)
    def test_the_first_that_knows_a_value_wins(self, parts: list[list[tuple[str, int | None]]]) -> None:
        expected: dict[str, int | None] = {}
        frames = []
        for part in parts:
            unique = dict(part)
            rows = [{"container": name, "size_bytes": size} for name, size in unique.items()]
            frames.append({"containers": table_of("containers", rows)})
            for name, size in unique.items():
                if expected.get(name) is None:
                    expected[name] = size
        merged = merge_tables(frames).get("containers")
        found = {} if merged is None else dict(merged.select("container", "size_bytes").iter_rows())
        assert found == expected
        assert list(found) == sorted(expected)

    def test_excluded_containers_leave_every_table_and_globs_stay(self) -> None:
        capture = grants("sap-a", "sap-tmp", "db2-a")
        capture.tables["entitlement_containers"] = table_of(
            "entitlement_containers", [{"entitlement": "E", "container": name} for name in ("db2-a", "db2-*")]
        )
        selection = Selection(include=("sap-*",), exclude=("*-tmp",))
        context = Context(settings=ScanSettings(), progress=Silent(), selection=selection)
        result = combine([capture], as_of=NOW, context=context)
        assert result.tables["grants"].get_column("container").to_list() == ["sap-a"]
        assert result.tables["entitlement_containers"].get_column("container").to_list() == ["db2-*"]

    def test_a_part_read_again_replaces_that_part_and_its_gaps(self) -> None:
        old = Facts.of(
            {"containers": account("one", "a").tables["containers"], "grants": grants("a").tables["grants"]},
            as_of=NOW,
            gaps=gaps_frame(
                [Gap(source="containers", code="403", reason="x"), Gap(source="acls", code="403", reason="y")]
            ),
        )
        new = ScanResult(
            tables={"containers": account("one", "b").tables["containers"]},
            as_of=NOW,
            rejected=pl.DataFrame(),
            gaps=gaps_frame([]),
            sources=[],
        )
        merged = merge_onto(old, new, ("containers",))
        assert merged.tables["containers"].get_column("container").to_list() == ["b"]
        assert merged.tables["grants"].height == 1
        assert merged.gaps.get_column("source").to_list() == ["acls"]
        assert not merged.complete

    def test_an_unknown_table_is_a_usage_error(self) -> None:
        with pytest.raises(UsageError, match="no table 'acl'"):
            Selection(only=("acl",))
