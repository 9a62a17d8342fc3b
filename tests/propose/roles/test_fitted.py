"""Variants fitted to use, excess and what evidence says of use: nothing is called unused that could not be seen."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from lakezones.model import tables as t
from lakezones.model.attributes import Attributes
from lakezones.model.frames import Access, Facts, conform
from lakezones.propose.roles.choose import ProposedRole
from lakezones.propose.roles.evidence import Idle, nearest_roles, read_holders, read_use_of_roles, why_outside
from lakezones.propose.roles.excess import coverage_of_peers, coverage_of_use, excess_figures, excess_rows
from lakezones.propose.roles.fitted import Window, closings, propose_variants, read_window, role_use
from lakezones.propose.roles.settings import RolesSettings

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
CLASSES = {"c-1": ["a", "b", "s"], "c-2": ["w"]}
ROLE = ProposedRole(people=["ann", "bob"], content={"c-1": 1, "c-2": 3}, role_id="role-1")
MEMBERS = pl.DataFrame({"role_id": ["role-1"] * 2, "principal_id": ["ann", "bob"]})
CONTENTS = pl.DataFrame(
    {"role_id": ["role-1"] * 2, "class_id": ["c-1", "c-2"], "level": [1, 3]}, schema_overrides={"level": pl.UInt8}
)
ZONES = pl.DataFrame({"container": ["a", "b", "s", "w"], "zone": ["raw", "consumption", "raw", "consumption"]})
CELLS = pl.DataFrame(
    [("c-1", "ann", 1), ("c-1", "bob", 1), ("c-2", "ann", 3), ("c-2", "bob", 3), ("c-1", "cyd", 1)],
    schema={"class_id": pl.String, "principal_id": pl.String, "level": pl.UInt8},
    orient="row",
)
GIVEN = CELLS.filter(pl.col("principal_id") != "cyd").rename({"level": "given"})


def use(who: str, what: str, days: int, access: str = "read") -> dict[str, Any]:
    return {
        "principal_id": who,
        "container": what,
        "access": access,
        "last_used": AS_OF - timedelta(days=days),
        "operations": 1,
    }


EVERY_MONTH = [use("cyd", "s", days) | {"app_id": str(days)} for days in range(5, 431, 25)]
"""A log without a gap that reaches back 430 days."""

READS = [use("ann", "b", 3), *EVERY_MONTH]


def facts(rows: list[dict[str, Any]] | None = None, **tables: pl.DataFrame) -> Facts:
    if rows is not None:
        tables["usage"] = pl.DataFrame(rows, infer_schema_length=None)
    return Facts.of(
        {"containers": pl.DataFrame({"container": [c for some in CLASSES.values() for c in some]}), **tables},
        as_of=AS_OF,
    )


def access() -> Access:
    rows = [(class_id, box) for class_id, boxes in CLASSES.items() for box in boxes]
    classes = pl.DataFrame(rows, schema=["class_id", "container"], orient="row")
    return Access(
        container_classes=conform(classes, t.ContainerClasses),
        class_access=t.ClassAccess.create_empty(),
        class_grants=t.ClassGrants.create_empty(),
        entitlement_classes=t.EntitlementClasses.create_empty(),
        requests=t.Requests.create_empty(),
    )


def window_of(made: Facts) -> Window | None:
    return read_window(made, access(), RolesSettings())


def variant(made: Facts) -> tuple[dict[str, Any], dict[str, tuple[int, int, int, int]]]:
    window = window_of(made)
    used = None if window is None else role_use(MEMBERS, CONTENTS, access(), window, ZONES)
    variants, classes = propose_variants([ROLE], used, window)
    return variants.row(0, named=True), {row[1]: row[2:] for row in classes.iter_rows()}


def test_what_nobody_used_is_left_out_and_said() -> None:
    row, classes = variant(facts([*READS, use("ann", "w", 9), use("cyd", "w", 9, "write")]))
    assert row["offered"]
    assert (row["containers_kept"], row["containers_dropped"], row["classes_lowered"]) == (3, 1, 1)
    assert row["people_affected"] == 2
    assert row["window_days"] == 430
    assert row["since"] == AS_OF - timedelta(days=430)
    assert row["closings"] == "15 month ends, 5 quarter ends, 2 year ends"
    assert "role as it is again" in row["way_back"]
    # Read by one of them, and written by somebody else alone: read is enough.
    assert classes == {"c-1": (1, 2, 1, 1), "c-2": (1, 1, 0, 1)}


def test_a_class_of_which_nobody_used_anything_is_left_out_as_a_whole() -> None:
    row, classes = variant(facts(READS))
    assert set(classes) == {"c-1"}
    assert row["containers_dropped"] == 2


def test_a_short_log_offers_nothing_and_says_so() -> None:
    row, classes = variant(facts([use("ann", "b", 3), use("cyd", "s", 30)]))
    assert not row["offered"]
    assert row["reason"] == "the log reaches back 30 days without a gap, and 400 are needed"
    assert (row["containers_kept"], row["containers_dropped"]) == (2, 2)
    assert classes["c-1"][0] == 1


def test_one_old_row_makes_no_window() -> None:
    row, _ = variant(facts([use("ann", "b", 3), use("cyd", "s", 30), use("cyd", "a", 420)]))
    assert row["window_days"] == 30
    assert not row["offered"]


def test_use_that_was_not_assessed_says_nothing() -> None:
    row, classes = variant(facts())
    assert (row["offered"], row["reason"], row["containers_dropped"]) == (False, "use was not assessed", None)
    assert not classes
    assert excess_figures(None, pl.DataFrame(), CELLS, GIVEN, pl.DataFrame(), access(), (), weight=3) == {
        "assessed": False
    }
    assert coverage_of_use(None, CELLS, GIVEN, access()) is None


@pytest.mark.parametrize(
    "more",
    [
        {"rows": [use("etl", "a", 3)]},
        {"rows": [use("sas:a/export", "a", 3)]},
        {"rows": [use("key:lake", "a", 3)]},
        {"stored_policies": pl.DataFrame({"container": ["a"], "policy": ["export"]})},
        {"containers": pl.DataFrame({"container": ["a", "b", "s", "w"], "public_access": ["blob", None, None, None]})},
        {
            "references": pl.DataFrame(
                {"tool": ["x"], "artifact": ["report"], "container": ["a"], "direction": ["read"]}
            )
        },
        {
            "references": pl.DataFrame(
                {
                    "tool": ["Databricks", "Databricks"],
                    "artifact": ["job", "job"],
                    "container": ["a", "b"],
                    "direction": ["read", "write"],
                }
            )
        },
    ],
    ids=["a machine", "a token", "a key", "a stored policy", "anybody", "a report", "a shared engine"],
)
def test_what_is_reached_by_another_identity_is_never_called_unused(more: dict[str, Any]) -> None:
    rows = [*READS, use("ann", "w", 9)]
    assert variant(facts(rows))[1]["c-1"] == (1, 2, 1, 1)
    made = facts([*rows, *more.get("rows", [])], **{name: table for name, table in more.items() if name != "rows"})
    assert variant(made)[1]["c-1"] == (1, 3, 0, 1)


def test_a_pipeline_that_reads_to_write_elsewhere_is_no_person() -> None:
    pipeline = pl.DataFrame(
        {"tool": ["adf"] * 2, "artifact": ["load"] * 2, "container": ["a", "b"], "direction": ["read", "write"]}
    )
    assert variant(facts(READS, references=pipeline))[1]["c-1"] == (1, 2, 1, 1)


def test_writing_is_lowered_only_where_it_would_have_been_seen() -> None:
    assert variant(facts([*READS, use("ann", "w", 9)]))[1]["c-2"][0] == 3
    assert variant(facts([*READS, use("ann", "w", 9), use("cyd", "w", 9, "write")]))[1]["c-2"][0] == 1
    assert variant(facts([*READS, use("ann", "w", 9, "write")]))[1]["c-2"][0] == 3


def test_a_note_where_reading_from_consumption_is_enough() -> None:
    assert variant(facts(READS))[0]["note"].startswith("its people used none of its 2 containers in raw and curated")
    assert variant(facts([*READS, use("bob", "a", 3)]))[0]["note"] is None


def test_excess_counts_restricted_data_more_and_falls_with_variants() -> None:
    made = facts(READS)
    window = window_of(made)
    rows = excess_rows(window, CELLS, CONTENTS, ZONES, {"a"}, weight=3)
    assert [row[:1] + row[3:] for row in rows.iter_rows()] == [("a", True, 3, 1, 9.0), ("w", False, 2, 1, 2.0)]
    rest = pl.DataFrame({"class_id": ["c-1"], "principal_id": ["cyd"], "lane": ["data"], "kind": ["keep"]})
    figures = excess_figures(window, rows, CELLS, GIVEN, rest, access(), {"a"}, weight=3)
    assert (figures["today"], figures["proposed"], figures["fitted"]) == (11.0, 11.0, 3.0)
    assert figures["pairs"] == 3 * 5 + 2
    assert figures["not_seen"] == 0
    drop = rest.with_columns(kind=pl.lit("drop"))
    figures = excess_figures(window, rows, CELLS, GIVEN, drop, access(), {"a"}, weight=3)
    assert (figures["today"], figures["proposed"], figures["fitted"]) == (11.0, 8.0, 0.0)


def test_excess_with_a_short_log_does_not_fall() -> None:
    made = facts([use("ann", "b", 3)])
    window = window_of(made)
    rows = excess_rows(window, CELLS, CONTENTS, ZONES, (), weight=3)
    rest = pl.DataFrame(schema={"class_id": pl.String, "principal_id": pl.String, "lane": pl.String, "kind": pl.String})
    figures = excess_figures(window, rows, CELLS, GIVEN, rest, access(), (), weight=3)
    assert figures["today"] == figures["fitted"] > 0


def test_coverage_of_use_and_of_peers() -> None:
    made = facts([*READS, use("gone", "a", 3)])
    # The use of somebody who holds nothing is left out; one of the two others is in the role.
    assert coverage_of_use(window_of(made), CELLS, GIVEN, access()) == 0.5
    known = Attributes(department=dict.fromkeys(("ann", "bob", "cyd"), "Risk"))
    assert coverage_of_peers(CELLS, GIVEN, known) is None
    known = Attributes(
        department=dict.fromkeys(("ann", "bob", "cyd"), "Risk"), title=dict.fromkeys(("ann", "bob", "cyd"), "Analyst")
    )
    assert coverage_of_peers(CELLS, GIVEN, known) == 0.8


def test_evidence_says_the_window_and_what_could_not_be_seen() -> None:
    blind = [use("sas:b/x", "b", 3), use("sas:b/x", "b", 4) | {"app_id": "y"}]
    made = facts([*READS, *blind])
    window = window_of(made)
    assert window is not None
    used = role_use(MEMBERS, CONTENTS, access(), window, ZONES)
    (found,) = read_use_of_roles(used, window.in_words).values()
    assert found.in_words(2) == [
        f"in {window.in_words} its people used 1 of the 4 containers (12.5% of person-and-container pairs)",
        "nobody in the lake used 2",
        "on 1 reading would not have been seen",
        "1 member used none of it",
    ]
    assert window.in_words == "the 430 days from 2024-12-26 to 2026-03-01"
    assert not found.seldom


def test_why_something_fits_no_role() -> None:
    known = Attributes(department={"ann": "Risk", "bob": "Sales", "cyd": "Sales", "dee": "Sales", "eve": "Risk"})
    cells = [("c-1", p) for p in ("ann", "bob", "cyd", "dee")] + [("c-2", "ann")]
    cells += [("c-3", "ann"), ("c-3", "eve"), ("c-4", "ann"), ("c-4", "gus"), ("c-4", "hal")]
    holders = read_holders(cells, known)
    idle = Idle(use={"ann": {"c-4": 1}}, classes=frozenset({"c-1", "c-4"}), days=430)
    found = {class_id: why_outside("ann", class_id, holders, known, idle) for class_id in ("c-1", "c-2", "c-3", "c-4")}
    assert found == {
        "c-1": "probably left over from Sales: nobody else in Risk holds it; not used in 430 days",
        "c-2": "nobody else holds it",
        "c-3": "shared with too few people in this combination",
        "c-4": "nobody else in Risk holds it; still used",
    }
    assert why_outside("ann", "c-2", holders, known, Idle()) == "nobody else holds it"


def test_near_copies() -> None:
    sizes = {"c-1": 90, "c-2": 10}
    found = nearest_roles([{"c-1": 1, "c-2": 1}, {"c-1": 1}, {"c-2": 3}], ["both", "base", "extra"], sizes)
    assert found == [(0.9, "base"), (0.9, "both"), (0.090909, "both")]
    assert nearest_roles([{"c-1": 1}], ["alone"], sizes) == [None]


def test_closings_are_days_that_are_over() -> None:
    assert closings(date(2026, 1, 1), date(2026, 3, 31)) == "2 month ends, 0 quarter ends, 0 year ends"
    assert closings(date(2025, 12, 31), date(2026, 4, 1)) == "4 month ends, 2 quarter ends, 1 year end"
