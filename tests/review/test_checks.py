"""Changes made in review, checked at once: what is refused, what a reviewer is warned of, and what is fine."""

import json
from dataclasses import replace
from typing import Any

import dataframely as dy
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lakezones import api
from lakezones.model import tables as t
from lakezones.model.facts import References
from lakezones.model.frames import Access, Facts, Proposal, conform
from lakezones.model.limits import Limit, LimitsSettings
from lakezones.review.binding.kinds import made_id
from lakezones.review.checks import Checker, Problem
from lakezones.review.decisions import Draft
from lakezones.review.dossier import Known
from lakezones.review.target import decide
from tests import golden
from tests.review.dossier.desk import POLICIES, DeskLake, desk, desk_facts, made_proposal


def known(lake: DeskLake) -> Known:
    return Known(lake.facts, lake.access, lake.proposal, policies=POLICIES)


def draft(decision: str, option: str | None = None, *, kind: str = "role", of: str = "desk", **said: Any) -> Draft:
    parts = {name: said.pop(name) for name in ("part_kind", "part_id") if name in said}
    detail = json.dumps(said) if said else None
    return Draft(
        object_kind=kind,
        object_id=of,
        content_hash="h",
        decision=decision,
        option=option,
        detail=detail,
        reviewer="mia",
        **parts,
    )


def problems(lake: DeskLake, one: Draft, *others: Draft, limits: LimitsSettings | None = None) -> list[Problem]:
    return Checker(known(lake), limits=limits).check(one, others)


def refused(lake: DeskLake, one: Draft, *others: Draft) -> list[str]:
    return [problem.sentence for problem in problems(lake, one, *others) if problem.severity == "refused"]


def warned(lake: DeskLake, one: Draft, *others: Draft) -> list[str]:
    return [problem.sentence for problem in problems(lake, one, *others) if problem.severity == "warning"]


CLEAN = {"mkt-a": 1}


def class_of(lake: DeskLake, box: str) -> str:
    return dict(lake.access.container_classes.select("container", "class_id").iter_rows())[box]


def test_a_role_as_proposed_is_fine() -> None:
    assert problems(desk(boxes=CLEAN), draft("approve", "proposed")) == []
    assert problems(desk(boxes=CLEAN), draft("deny")) == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("lake-prd-job-quants-r", None),
        ("  ", "empty"),
        ("lake-prd-job-twin-r", "called"),
        ("LAKE-PRD-JOB-TWIN-R", "called"),
        ("grp-market-data", "called"),
        ("x" * 65, "65 characters"),
        ("lake-prd-job-a b-r", "a blank"),
        ("lake-prd-job-a<b-r", "<"),
    ],
)
def test_a_name_is_free_and_one_that_entra_takes(name: str, why: str | None) -> None:
    lake = desk(boxes=CLEAN, others={"twin": (("pat",), {"mkt-a": 1})})
    said = refused(lake, draft("change", "rename", name=name))
    assert (said == []) if why is None else any(why in one for one in said)


def test_a_name_off_the_pattern_is_a_warning() -> None:
    lake = desk(boxes=CLEAN)
    assert warned(lake, draft("change", "rename", name="quants")) == [
        "The name does not follow the pattern of the others, such as lake-prd-job-desk-r."
    ]
    assert warned(lake, draft("change", "rename", name="lake-prd-job-risk-quants-r")) == []


def test_a_name_that_a_pending_change_takes_is_refused() -> None:
    lake = desk(boxes=CLEAN, others={"twin": (("pat",), {"mkt-a": 1})})
    other = draft("change", "rename", of="twin", name="lake-prd-job-quants-r")
    assert refused(lake, draft("change", "rename", name="lake-prd-job-quants-r"), other)


def test_the_last_member_and_the_last_class_are_not_left_out() -> None:
    lake = desk(members=("ana", "bo"), boxes=CLEAN)
    one = draft("change", "leave_out", part_kind="member", part_id="ana")
    two = draft("change", "leave_out", part_kind="member", part_id="bo")
    assert refused(lake, one) == []
    assert any("Bo Sun would be alone" in said for said in warned(lake, one))
    assert refused(lake, one, two) == ["Nobody would be left in the role: deny the role instead."]
    box = draft("change", "leave_out", part_kind="class", part_id=class_of(lake, "mkt-a"))
    assert refused(lake, box) == ["The role would open nothing: deny the role instead."]


def test_a_rule_would_bring_back_who_is_left_out() -> None:
    one = draft("change", "leave_out", part_kind="member", part_id="ana")
    assert any("The role's rule finds Ana Ray" in said for said in warned(desk(boxes=CLEAN), one))


def test_a_split_needs_parts_that_are_something_and_says_what_falls_out() -> None:
    lake = desk()
    market, feed = class_of(lake, "mkt-a"), class_of(lake, "fx-a")
    whole = [{"name": "lake-prd-job-a-r", "members": ["ana", "bo"]}, {"name": "lake-prd-job-b-r", "members": ["cy"]}]
    assert refused(lake, draft("change", "split", roles=whole)) == []
    assert warned(lake, draft("change", "split", roles=whole)) == []
    partly = [{"name": "lake-prd-job-a-r", "classes": [market]}, {"name": "lake-prd-job-b-r", "classes": [feed]}]
    (said,) = [one for one in warned(lake, draft("change", "split", roles=partly)) if "none of the roles" in one]
    assert said == (
        "3 pairs of person and container would be in none of the roles, of Ana Ray, Bo Sun and Cy Lim: that access"
        " stays as it is, outside of roles."
    )
    empty = [{"name": "lake-prd-job-a-r", "members": ["nobody"]}, {"name": "lake-prd-job-b-r"}]
    assert any("nobody would be in it" in said for said in refused(lake, draft("change", "split", roles=empty)))
    twice = [{"name": "lake-prd-job-a-r"}, {"name": "Lake-prd-job-A-r"}]
    assert any("Two parts are called" in said for said in refused(lake, draft("change", "split", roles=twice)))


def test_a_merge_gives_nobody_more_than_they_hold() -> None:
    lake = desk(boxes={"mkt-a": 1, "mkt-b": 1}, others={"pay": (("pat",), {"mkt-a": 1, "pay-in": 1})})
    (said,) = refused(lake, draft("change", "merge", into="pay"))
    assert said == (
        "As part of lake-prd-job-pay-r, Ana Ray, Bo Sun and Cy Lim would gain 3 pairs of person and container, such as"
        " pay-in. Leave out 1 class (1 container) of the two roles first: the 2 containers that all 4 people hold"
        " would be left."
    )
    out = draft("change", "leave_out", of="pay", part_kind="class", part_id=class_of(lake, "pay-in"))
    assert refused(lake, draft("change", "merge", into="pay"), out) == []
    apart = desk(members=("ana",), boxes={"mkt-a": 1}, others={"pay": (("pat",), {"pay-in": 1})})
    (said,) = refused(apart, draft("change", "merge", into="pay"))
    assert said == (
        "As part of lake-prd-job-pay-r, Ana Ray would gain 1 pair of person and container, such as pay-in. Leave out"
        " 1 class (1 container) of the two roles first: the 1 container that both people hold would be left."
    )


def test_a_variant_that_is_not_offered_is_refused_with_the_reason() -> None:
    assert refused(desk(boxes=CLEAN), draft("approve", "fitted")) == [
        "There is no fitted variant to approve: use was not assessed."
    ]


@pytest.mark.parametrize("layer", ["birthright", "area"])
def test_broad_roles_never_open_restricted_data_or_let_anybody_write(layer: str) -> None:
    lake = desk(layer=layer)
    assert refused(lake, draft("approve", "proposed")) == [
        f"A role of the layer {layer} never opens restricted data: fx-a."
    ]
    writing = desk(boxes={"mkt-a": 3}, layer=layer)
    assert any("never lets anybody write" in said for said in refused(writing, draft("approve", "proposed")))
    assert refused(desk(layer="job"), draft("approve", "proposed")) == []


def test_duties_never_meet_in_a_role() -> None:
    lake = desk(members=("pat",), boxes={"fx-a": 1, "pay-in": 1})
    assert refused(lake, draft("approve", "proposed")) == [
        "The role would bring two duties together that are to stay apart: price and pay."
    ]


def test_limits_name_whom_they_hit() -> None:
    limits = LimitsSettings(groups_per_principal=Limit(value=1, hard=False, source="a test"))
    (problem,) = problems(desk(boxes=CLEAN), draft("approve", "proposed"), limits=limits)
    assert problem.severity == "warning"
    assert problem.sentence.startswith("Ana Ray, Bo Sun and Cy Lim would be in up to 2 groups")


def test_a_group_that_people_are_in_already_counts_once() -> None:
    lake = desk(boxes=CLEAN)
    nested = conform(pl.DataFrame({"role_id": ["desk"], "group_id": ["g-mkt"]}), t.RoleGroups)
    lake = replace(lake, proposal=replace(lake.proposal, role_groups=nested))

    def limit(value: int) -> LimitsSettings:
        return LimitsSettings(groups_per_principal=Limit(value=value, hard=False, source="a test"))

    assert problems(lake, draft("approve", "proposed"), limits=limit(2)) == []
    assert len(problems(lake, draft("approve", "proposed"), limits=limit(1))) == 1


def suggesting(*cells: tuple[str, str]) -> DeskLake:
    lake = desk()
    rows = [
        {"suggestion_id": f"s-{who}-{box}", "principal_id": who, "class_id": class_of(lake, box)} for who, box in cells
    ]
    frame = pl.DataFrame(rows).with_columns(
        role_id=pl.lit("desk"), access=pl.lit("read"), kind=pl.lit("join"), peers=1.0, reason=pl.lit("r")
    )
    return replace(lake, proposal=replace(lake.proposal, suggestions=conform(frame, t.Suggestions)))


def approve(who: str, box: str) -> Draft:
    return draft("approve", kind="suggestion", of=f"s-{who}-{box}")


def test_new_access_is_never_restricted_never_for_a_leaver_and_brings_no_duties_together() -> None:
    lake = suggesting(("mia", "mkt-a"), ("mia", "fx-a"), ("zed", "mkt-a"), ("ana", "pay-in"))
    assert refused(lake, approve("mia", "mkt-a")) == []
    assert any("Restricted data is never given" in said for said in refused(lake, approve("mia", "fx-a")))
    assert any("Zed Old is disabled" in said for said in refused(lake, approve("zed", "mkt-a")))
    assert any(
        "would hold two duties that are to stay apart, 'price and pay' (nobody prices what they pay for)" in said
        for said in refused(lake, approve("ana", "pay-in"))
    )
    assert refused(lake, draft("deny", kind="suggestion", of="s-zed-mkt-a")) == []


def test_two_suggestions_may_not_bring_duties_together_that_each_alone_does_not() -> None:
    lake = suggesting(("mia", "fx-a"), ("mia", "pay-in"))
    alone = refused(lake, approve("mia", "pay-in"))
    assert alone == []
    assert any("two duties" in said for said in refused(lake, approve("mia", "pay-in"), approve("mia", "fx-a")))


def test_ending_access_that_is_used_is_a_warning() -> None:
    one = draft("revoke", part_kind="member", part_id="ana")
    assert "Ana Ray used 2 of these containers in the 90 days to 2026-09-30: they lose that." in warned(desk(), one)
    assert not any("used" in said for said in warned(desk(), draft("revoke", part_kind="member", part_id="cy")))


def test_what_is_no_grant_on_data_cannot_be_ended_by_a_plan() -> None:
    lake = desk()
    rows = pl.DataFrame(
        [
            {
                "class_id": class_of(lake, "mkt-a"),
                "principal_id": "mia",
                "lane": "control",
                "level": 7,
                "kind": "keep",
                "disposition": "keep_control",
                "reason": "keys",
            }
        ]
    )
    proposal = replace(lake.proposal, residual_classes=conform(rows, t.ResidualClasses))
    lake = replace(lake, proposal=proposal)
    item = made_id("residual", "mia", "keep_control")
    assert any(
        "cannot end what Mia Head has" in said for said in refused(lake, draft("revoke", kind="residual", of=item))
    )
    assert refused(lake, draft("approve", kind="residual", of=item)) == []


def test_what_runs_as_somebody_is_named_before_their_access_ends() -> None:
    facts = desk_facts()
    reference = {"tool": "sas", "artifact": "var-report", "container": "mkt-a", "direction": "read", "identity": "ana"}
    facts = replace(facts, references=conform(pl.DataFrame([reference]), References))
    one = draft("revoke", part_kind="member", part_id="ana")
    assert any("sas var-report would stop" in said for said in warned(desk(facts=facts), one))


def test_refusals_of_many_are_those_of_each_beside_the_others() -> None:
    lake = desk(boxes={"mkt-a": 1, "mkt-b": 1}, others={"pay": (("pat",), {"mkt-a": 1, "pay-in": 1})})
    drafts = [
        draft("change", "merge", into="pay"),
        draft("change", "rename", of="pay", name="lake-prd-job-desk-r"),
        draft("change", "leave_out", of="pay", part_kind="class", part_id=class_of(lake, "pay-in")),
        draft("approve", kind="pilot", of="risk"),
    ]
    checker = Checker(known(lake))
    each = [
        next((one.sentence for one in checker.check(some, drafts) if one.severity == "refused"), "") for some in drafts
    ]
    assert checker.refusals(drafts) == each
    assert [bool(one) for one in each] == [False, True, False, False]


CELLS = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 4)), st.sampled_from(["read", "write"]), min_size=2, max_size=18
)


@settings(max_examples=40, deadline=None)
@given(cells=CELLS, left=st.sets(st.integers(0, 3), min_size=1), right=st.sets(st.integers(0, 3), min_size=1))
def test_a_merge_is_refused_exactly_where_nothing_would_come_of_it(
    cells: dict[tuple[int, int], str], left: set[int], right: set[int]
) -> None:
    grants = [(f"p{who}", f"c{box}", access) for (who, box), access in sorted(cells.items())]
    facts = Facts.of(
        {"grants": pl.DataFrame(grants, schema=["principal_id", "container", "access"], orient="row")},
        as_of=golden.AS_OF,
    )
    access = api.access(facts)
    held: dict[str, dict[str, int]] = {}
    for class_id, person, level in access.data_lane.iter_rows():
        held.setdefault(person, {})[class_id] = level
    roles = {}
    for name, some in (("a", left), ("b", right)):
        people = tuple(f"p{who}" for who in sorted(some))
        common = set.intersection(*(set(held.get(one, {})) for one in people))
        content = {c: min(held[one][c] for one in people) for c in sorted(common)}
        assume(content)
        roles[name] = people, content
    proposal = made_proposal_of_classes(access, roles)
    lake = DeskLake(facts, access, proposal)
    refusal = refused(lake, draft("change", "merge", of="a", into="b"))
    rows = [("a", "change", "merge", json.dumps({"into": "b"})), ("b", "approve", "proposed", None)]
    target = decide(facts, access, proposal, _approved(rows))
    merged = any(len(json.loads(one)) == 2 for one in target.roles["proposed_as"])
    assert merged == (not refusal), refusal


def made_proposal_of_classes(access: Access, roles: dict[str, tuple[tuple[str, ...], dict[str, int]]]) -> Proposal:
    """A proposal of roles that open these classes."""
    first = {
        class_id: container
        for container, class_id in access.container_classes.sort("container", descending=True)
        .select("container", "class_id")
        .iter_rows()
    }
    by_box = {name: (people, {first[c]: v for c, v in content.items()}) for name, (people, content) in roles.items()}
    return made_proposal(access, by_box)


def _approved(rows: list[tuple[str, str, str, str | None]]) -> dy.DataFrame[t.Standings]:
    made = [
        {
            "object_kind": "role",
            "object_id": role_id,
            "part_kind": "",
            "part_id": "",
            "standing": "approved",
            "verdict": verdict,
            "option": option,
            "detail": detail,
            "reviewers": ["mia"],
            "decided_at": golden.AS_OF,
        }
        for role_id, verdict, option, detail in rows
    ]
    return conform(pl.DataFrame(made), t.Standings)
