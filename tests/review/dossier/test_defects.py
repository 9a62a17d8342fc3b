"""Defects: each where it is, none where it is not, nothing of what was not assessed."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from lakezones import api
from lakezones.model import tables as t
from lakezones.model.facts import TIME
from lakezones.model.frames import Facts, Proposal, conform
from lakezones.model.tables.review import REASONS
from lakezones.review.dossier import DefectCard, Dossiers, defects
from lakezones.review.dossier.defects import DEFECT_SCHEMA
from tests import golden
from tests.review.dossier.desk import BOXES, POLICIES, DeskLake, desk, desk_facts, made_proposal
from tests.review.lake import EXPECTED, lake


def found(one: DeskLake, role_id: str = "desk") -> dict[str, DefectCard]:
    made = _dossiers(one).role(role_id)
    return {defect.kind: defect for defect in made.defects}


def test_each_planted_defect_is_named_first_and_a_clean_role_has_none() -> None:
    small = lake()
    rows = defects(small.facts, small.access, small.proposal, policies=POLICIES)
    assert rows.schema == pl.Schema(DEFECT_SCHEMA)
    first = rows.unique("object_id", keep="first", maintain_order=True)
    kinds = dict(first.select("object_id", "kind").iter_rows())
    assert "role-fine" not in kinds
    for name, (kind, _) in EXPECTED.items():
        if kind != "sod":
            assert kinds[f"role-{name}"] == kind


def test_defects_are_sorted_by_gravity_and_of_known_kinds() -> None:
    small = lake()
    rows = defects(small.facts, small.access, small.proposal, policies=POLICIES)
    assert set(rows["kind"]) <= set(REASONS)
    gravity = {"high": 0, "medium": 1, "low": 2}
    for _, some in rows.group_by("object_id"):
        weights = [gravity[severity] for severity in some["severity"]]
        assert weights == sorted(weights)


def test_a_leaver_is_a_disabled_account_or_an_id_that_the_directory_does_not_know() -> None:
    one = found(desk(members=("ana", "bo", "zed", "who")))
    assert one["leaver"].severity == "high"
    made = _dossiers(desk(members=("ana", "bo", "zed", "who"))).role("desk")
    assert [defect.sentence for defect in made.defects if defect.kind == "leaver"] == [
        "Zed Old has a disabled account.",
        "who is not in the directory.",
    ]


def test_duties_that_meet_name_person_pair_and_reason() -> None:
    defect = found(desk(members=("ana", "pat")))["sod"]
    assert defect.sentence == (
        "Pat Fox holds two duties that are to stay apart, 'price and pay': nobody prices what they pay for."
    )
    assert defect.subjects == ("pat",)
    assert "sod" not in found(desk(members=("ana", "pat"), boxes={"mkt-a": 1})), "the role opens neither side"


@pytest.mark.parametrize(
    ("departments", "strange"),
    [
        (["Risk"] * 5 + ["Payments"], {"p5"}),
        (["Risk"] * 5 + [None], set()),
        (["Risk"] * 5 + ["Risk / Payments"], set()),
        (["Risk"] * 3 + ["Payments"] * 3, set()),
        (["Risk"] * 4 + ["Payments"] * 2, set()),
        (["Risk"], set()),
        (["Risk", "Payments"], set()),
        ([f"Risk team {n:02d}" for n in range(8)], set()),
        (["Risk"] * 18 + ["Payments"] * 2, {"p18", "p19"}),
    ],
    ids=["stranger", "blank", "merged", "halves", "a third", "one", "two", "teams of one area", "two of twenty"],
)
def test_a_foreign_department_is_one_that_hardly_anybody_else_has(
    departments: list[str | None], strange: set[str]
) -> None:
    people = [f"p{n}" for n in range(len(departments))]
    facts = Facts.of(
        {
            "principals": pl.DataFrame({"principal_id": people, "kind": "user", "department": departments}),
            "grants": pl.DataFrame({"principal_id": people, "container": ["c"] * len(people)}),
        },
        as_of=golden.AS_OF,
    )
    access = api.access(facts)
    one = DeskLake(facts, access, made_proposal(access, {"desk": (tuple(people), {"c": 1})}))
    defect = found(one).get("foreign")
    assert (set(defect.subjects) if defect else set()) == strange


def test_unused_is_assessed_use_and_none_in_the_window() -> None:
    quiet = desk(facts=_with_usage([("pat", "pay-in", 90), ("pat", "mkt-a", 3)]))
    defect = found(quiet)["unused"]
    assert defect.severity == "high"
    assert defect.sentence == "Nobody in the role used any of its 3 containers in the 90 days to 2026-09-30."
    assert "unused" not in found(desk(facts=desk_facts(without=("usage",))))
    assert "unused" not in found(desk(facts=_with_usage([])))
    busy = [(who, box, 1) for who in ("ana", "bo", "cy") for box in BOXES] + [("pat", "pay-in", 90)]
    assert "unused" not in found(desk(facts=_with_usage(busy)))


def test_no_owner_is_said_where_owners_could_have_been_declared() -> None:
    one = desk(others={"unowned": (("ana", "bo"), {"mkt-a": 1})})
    assert found(one, "unowned")["no_owner"].severity == "medium"
    assert "no_owner" not in found(one)


def test_an_owner_who_has_left_is_none() -> None:
    one = desk()
    rules = one.proposal.role_rules.with_columns(owner=pl.lit("Zed Old"))
    left = replace(one, proposal=replace(one.proposal, role_rules=conform(rules, t.RoleRules)))
    assert found(left)["no_owner"].sentence == (
        "The owner of its data, Zed Old, has a disabled account: nobody can say who should have it."
    )


def test_a_suggestion_has_defects_of_its_own() -> None:
    one = desk()
    classes = dict(one.access.container_classes.select("container", "class_id").iter_rows())
    rows = pl.DataFrame(
        [
            {"suggestion_id": f"s-{who}-{box}", "principal_id": who, "class_id": classes[box]}
            for who, box in (("zed", "mkt-a"), ("mia", "mkt-a"), ("mia", "fx-a"), ("ana", "pay-in"))
        ]
    ).with_columns(role_id=pl.lit("desk"), access=pl.lit("read"), kind=pl.lit("join"), peers=1.0, reason=pl.lit("r"))
    proposal = replace(one.proposal, suggestions=conform(rows, t.Suggestions))
    made = defects(one.facts, one.access, proposal, policies=POLICIES).filter(pl.col("object_kind") == "suggestion")
    kinds = {key: sorted(some["kind"]) for (key,), some in made.group_by("object_id")}
    new = "new_access"
    assert kinds == {
        "s-mia-mkt-a": [new],
        "s-zed-mkt-a": ["leaver", new],
        "s-mia-fx-a": [new, "restricted"],
        "s-ana-pay-in": [new, "sod"],
    }


def _dossiers(one: DeskLake) -> Dossiers:
    return Dossiers(one.facts, one.access, one.proposal, policies=POLICIES)


def _with_usage(rows: list[tuple[str, str, int]]) -> Facts:
    usage = pl.DataFrame(
        [(who, box, "read", golden.AS_OF - timedelta(days=days)) for who, box, days in rows],
        schema=dict.fromkeys(("principal_id", "container", "access"), pl.String) | {"last_used": TIME},
        orient="row",
    )
    facts = desk_facts()
    tables = {name: getattr(facts, name) for name in ("accounts", "principals", "containers", "memberships")}
    tables |= {name: getattr(facts, name) for name in ("role_assignments", "entitlements", "entitlement_containers")}
    return Facts.of(tables | {"grants": facts.grants, "usage": usage}, as_of=facts.as_of)


def test_a_lake_with_nothing_in_it_has_no_defects() -> None:
    facts = Facts.of(
        {"grants": pl.DataFrame(schema={"principal_id": pl.String, "container": pl.String})}, as_of=golden.AS_OF
    )
    access = api.access(facts)
    empty = Proposal(**{name: schema.create_empty() for name, schema in t.PROPOSAL_TABLES.items()})
    assert defects(facts, access, empty).is_empty()
    assert Dossiers(facts, access, empty).defects.is_empty()
