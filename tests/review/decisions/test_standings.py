"""Where items and parts stand: what grew lapses alone, one denial denies, two agree with evidence of their own."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from lakezones.model import tables as t
from lakezones.model.frames import conform
from lakezones.review.decisions import withdraw
from lakezones.review.settings import TwoPerson
from tests.review.decisions.cases import (
    AT,
    EXCEPTION,
    Case,
    case,
    grown,
    joined,
    labelled,
    opening,
    renamed,
    standing,
    without,
)
from tests.review.lake import class_of

FINE = "role-fine"
DAY = date(2027, 2, 1)


def part(kind: str, part_id: str, decision: str = "change", **more: Any) -> dict[str, Any]:
    option = "leave_out" if decision == "change" else None
    day = DAY if decision == "revoke" else None
    return {"part_kind": kind, "part_id": part_id, "decision": decision, "option": option, "effective": day, **more}


def test_nothing_decided_is_undecided_and_every_item_has_a_row() -> None:
    found = case().stand([])
    assert found.standings.height == case().hashes.height
    assert set(found.standings["standing"].cast(str)) == {"undecided"}


@pytest.mark.parametrize(("decision", "stands"), [("approve", "approved"), ("deny", "denied"), ("defer", "deferred")])
def test_one_decision_stands(decision: str, stands: str) -> None:
    assert standing(case().stand(case().records([case().draft(FINE, decision)])), FINE) == stands


@pytest.mark.parametrize(
    ("one", "other", "stands"),
    [
        ({}, {}, "approved"),
        ({}, {"decision": "deny"}, "denied"),
        ({"decision": "defer"}, {"decision": "deny"}, "denied"),
        ({}, {"decision": "defer"}, "deferred"),
        ({}, {"decision": "change", "option": "rename", "detail": '{"name": "other"}'}, "conflicting"),
        (
            {"decision": "change", "option": "rename", "detail": '{"name": "a"}'},
            {"decision": "change", "option": "rename", "detail": '{"name": "b"}'},
            "conflicting",
        ),
    ],
)
def test_what_two_reviewers_say_of_the_whole(one: dict[str, Any], other: dict[str, Any], stands: str) -> None:
    base = case()
    records = base.records([base.draft(FINE, **({"decision": "approve"} | one))])
    records += base.records([base.draft(FINE, **({"decision": "approve", "reviewer": "fay"} | other))])
    assert standing(base.stand(records), FINE) == stands


def two(base: Case, *, same: str = "", **more: Any) -> list[dict[str, Any]]:
    """Approvals of two, each with a source and a ticket of their own but for what is the same."""
    first = base.records([base.draft(FINE, ticket="CHG-1")], source="w-1")
    ticket, source = ("chg-1 " if same == "ticket" else "CHG-2"), ("w-1" if same == "source" else "w-2")
    return first + base.records([base.draft(FINE, **({"reviewer": "fay", "ticket": ticket} | more))], source=source)


@pytest.mark.parametrize(
    ("same", "more", "stands"),
    [
        ("", {}, "approved"),
        ("source", {}, "asserted"),
        ("ticket", {}, "asserted"),
        ("", {"ticket": None}, "asserted"),
        ("", {"decision": "deny"}, "denied"),
        ("", {"decision": "defer"}, "deferred"),
        ("", {"reviewer": "Olga Owner"}, "waiting"),
    ],
)
def test_two_must_agree_with_evidence_of_their_own(same: str, more: dict[str, Any], stands: str) -> None:
    found = case().stand(two(case(), same=same, **more), None, FINE)
    assert standing(found, FINE) == stands


def test_one_of_those_whom_the_settings_name_must_be_among_them() -> None:
    records = two(case())
    assert standing(case().stand(records, None, FINE, rule=TwoPerson(agree=("eve",))), FINE) == "waiting"
    for spelled in ("FAY", "Ruiz, Fay"):
        assert standing(case().stand(records, None, FINE, rule=TwoPerson(agree=(spelled,))), FINE) == "approved"


def test_settings_may_ask_for_less() -> None:
    found = case().stand(two(case(), same="source", ticket=None), None, FINE, rule=TwoPerson(evidence=False))
    assert standing(found, FINE) == "asserted"
    lax = TwoPerson(evidence=False, sources_apart=False)
    assert standing(case().stand(two(case(), same="source", ticket=None), None, FINE, rule=lax), FINE) == "approved"


def test_ending_and_leaving_out_need_one_alone() -> None:
    base = case()
    drafts = [base.draft(FINE, **part("member", "ann", "revoke")), base.draft(FINE, **part("member", "bob"))]
    found = base.stand(base.records(drafts), None, FINE)
    assert standing(found, FINE, "member", "ann") == "revoked"
    assert standing(found, FINE, "member", "bob") == "approved"
    assert standing(found, FINE) == "undecided"


def test_somebody_who_joined_lapses_alone_and_is_approved_alone() -> None:
    base = case()
    records = base.records([base.draft(FINE)])
    shown = base.seen(base.accept([base.draft(FINE)]).decisions)
    now = joined(base, FINE, "tom", "fay")
    found = now.stand(records, shown)
    assert standing(found, FINE) == "approved"
    assert [standing(found, FINE, "member", who) for who in ("tom", "fay", "ann")] == ["lapsed", "lapsed", None]
    assert found.changed.select("part_id", "change", "lapses").rows() == [
        ("fay", "added", True),
        ("tom", "added", True),
    ]
    more = now.records([now.draft(FINE, part_kind="member", part_id="tom")])
    both = now.seen(now.accept([now.draft(FINE)]).decisions, shown)
    found = now.stand(records + more, both)
    assert [standing(found, FINE, "member", who) for who in ("tom", "fay")] == ["approved", "lapsed"]
    later = opening(now, FINE, "m1", 3)
    found = later.stand(records + more, both)
    assert [standing(found, FINE, "member", who) for who in ("tom", "fay")] == ["approved", "lapsed"]


@pytest.mark.parametrize(
    ("change", "boxes"),
    [
        (lambda base: grown(base, "m9", beside="m1"), ["m9"]),
        (lambda base: opening(base, FINE, "m4", 3), ["m4"]),
        (lambda base: labelled(base, "m1", "restricted"), ["m1"]),
        (lambda base: opening(base, FINE, "pii"), ["pii"]),
    ],
)
def test_what_grew_lapses_container_by_container(change: Any, boxes: list[str]) -> None:
    base = case()
    shown = base.seen(base.accept([base.draft(FINE)]).decisions)
    now = change(base)
    found = now.stand(base.records([base.draft(FINE)]), shown)
    assert standing(found, FINE) == "approved"
    parts = found.standings.filter(object_id=FINE, part_kind="container")
    assert set(boxes) <= set(parts["part_id"])
    assert set(parts["standing"].cast(str)) == {"lapsed"}


def test_who_leaves_and_what_is_gone_or_milder_lapses_nothing() -> None:
    base = case()
    records, shown = base.records([base.draft(FINE)]), base.seen(base.accept([base.draft(FINE)]).decisions)
    found = without(base, FINE, "ann").stand(records, shown)
    assert found.standings.filter(object_id=FINE)["standing"].cast(str).to_list() == ["approved"]
    assert found.changed.select("part_id", "change", "lapses").rows() == [("ann", "gone", False)]
    graver = labelled(base, "m1", "restricted")
    shown = graver.seen(graver.accept([graver.draft(FINE)]).decisions)
    records = graver.records([graver.draft(FINE)])
    found = labelled(base, "m1", "internal").stand(records, shown)
    assert found.standings.filter(object_id=FINE)["standing"].cast(str).to_list() == ["approved"]
    assert found.changed["change"].cast(str).to_list() == ["lowered"]


def test_changed_evidence_lapses_all_of_it() -> None:
    base = case()
    records, shown = base.records([base.draft(FINE)]), base.seen(base.accept([base.draft(FINE)]).decisions)
    rules = base.proposal.role_rules.with_columns(owner=None)
    now = Case.of(base.facts, base.access, replace(base.proposal, role_rules=conform(rules, t.RoleRules)))
    found = now.stand(records, shown)
    assert standing(found, FINE) == "lapsed"
    reason = found.standings.filter(object_id=FINE)["reason"].item()
    assert "owner has changed (Olga Owner before, none now)" in reason


def test_who_was_left_out_stays_out_though_evidence_changed() -> None:
    base = case()
    drafts = [base.draft(FINE), base.draft(FINE, **part("member", "ann"))]
    records, shown = base.records(drafts), base.seen(base.accept(drafts).decisions)
    roles = base.proposal.roles.with_columns(risk=pl.lit("high"))
    now = Case.of(base.facts, base.access, replace(base.proposal, roles=conform(roles, t.Roles)))
    found = now.stand(records, shown)
    assert (standing(found, FINE), standing(found, FINE, "member", "ann")) == ("lapsed", "approved")


def test_a_container_that_one_of_two_saw_ends_with_the_rest() -> None:
    base = case()
    first = base.records([base.draft(EXCEPTION, "revoke", kind="residual", effective=DAY)])
    shown = base.seen(base.accept([base.draft(EXCEPTION, "revoke", kind="residual", effective=DAY)]).decisions)
    later = grown(base, "lost-too", beside="lost")
    assert standing(later.stand(first, shown), EXCEPTION, "container", "lost-too", kind="residual") == "lapsed"
    draft = later.draft(EXCEPTION, "revoke", kind="residual", effective=DAY, reviewer="fay")
    both = first + later.records([draft])
    shown = later.seen(later.accept([draft]).decisions, shown)
    assert standing(later.stand(both, shown), EXCEPTION, "container", "lost-too", kind="residual") is None


def test_a_decision_whose_content_is_not_on_record_has_lapsed() -> None:
    base = case()
    records = base.records([base.draft(FINE)])
    now = joined(base, FINE, "tom")
    assert standing(now.stand(records, base.seen(base.accept([]).decisions)), FINE) == "lapsed"


def test_where_two_must_agree_both_must_have_seen_a_part() -> None:
    base, later = case(), joined(case(), FINE, "tom")
    first = base.records([base.draft(FINE, ticket="CHG-1")])
    shown = base.seen(base.accept([base.draft(FINE)]).decisions)
    second = later.records([later.draft(FINE, reviewer="fay", ticket="CHG-2")], source="w-2")
    shown = later.seen(later.accept([later.draft(FINE)]).decisions, shown)
    found = later.stand(first + second, shown, FINE)
    assert (standing(found, FINE), standing(found, FINE, "member", "tom")) == ("approved", "waiting")
    assert standing(later.stand(first + second, shown), FINE, "member", "tom") is None
    third = later.records([later.draft(FINE, part_kind="member", part_id="tom", ticket="CHG-3")])
    assert standing(later.stand(first + second + third, shown, FINE), FINE, "member", "tom") == "approved"


def test_a_person_left_out_stays_left_out_and_who_is_gone_cannot_be_revoked() -> None:
    base = case()
    drafts = [
        base.draft(FINE),
        base.draft(FINE, **part("member", "ann")),
        base.draft(FINE, **part("member", "bob", "revoke")),
    ]
    records, shown = base.records(drafts), base.seen(base.accept(drafts).decisions)
    found = joined(base, FINE, "tom").stand(records, shown)
    assert standing(found, FINE, "member", "ann") == "approved"
    assert standing(found, FINE, "member", "bob") == "revoked"
    gone = without(without(base, FINE, "ann"), FINE, "bob").stand(records, shown)
    assert standing(gone, FINE, "member", "ann") is None
    assert standing(gone, FINE, "member", "bob") == "lapsed"


def test_a_class_left_out_stays_left_out_whatever_class_its_containers_are_in() -> None:
    base = case()
    one = class_of(base.access, "m1")
    drafts = [base.draft(FINE), base.draft(FINE, **part("class", one))]
    records, shown = base.records(drafts), base.seen(base.accept(drafts).decisions)
    split = renamed(base, one, {"m1": "c-new"})
    found = split.stand(records, shown)
    assert standing(found, FINE, "class", "c-new") == "approved"
    assert found.standings.filter(object_id=FINE, part_kind="class")["verdict"].cast(str).unique().to_list() == [
        "change"
    ]


def test_revoking_a_class_never_reaches_what_was_seen_in_another() -> None:
    base = case()
    mine, other = class_of(base.access, "m1"), class_of(base.access, "pii")
    wide = opening(base, FINE, "pii")
    drafts = [wide.draft(FINE), wide.draft(FINE, **part("class", other, "revoke"))]
    records, shown = wide.records(drafts), wide.seen(wide.accept(drafts).decisions)
    assert standing(wide.stand(records, shown), FINE, "class", other) == "revoked"
    mixed = renamed(wide, other, {"pii": mine})
    found = mixed.stand(records, shown)
    assert standing(found, FINE, "class", mine) is None


def test_two_reviewers_may_not_disagree_on_what_ends() -> None:
    base = case()
    one = base.records([base.draft(EXCEPTION, kind="residual")])
    other = base.records([base.draft(EXCEPTION, "revoke", kind="residual", effective=DAY, reviewer="fay")])
    assert standing(base.stand(one + other), EXCEPTION, kind="residual") == "conflicting"
    early = base.records([base.draft(EXCEPTION, "revoke", kind="residual", effective=DAY - timedelta(days=9))])
    rows = base.stand(early + other).standings.filter(object_id=EXCEPTION)
    assert rows.select("standing", "effective").row(0) == ("revoked", DAY)


def test_what_is_not_proposed_any_more_is_listed_as_lapsed() -> None:
    base = case()
    records = base.records([base.draft(FINE)])
    roles = base.proposal.roles.filter(role_id="role-secret")
    less = replace(base.proposal, roles=roles, role_members=base.proposal.role_members.clear())
    now = Case.of(base.facts, base.access, replace(less, role_classes=base.proposal.role_classes.clear()))
    found = now.stand(records, base.seen(base.accept([base.draft(FINE)]).decisions))
    assert standing(found, FINE) == "lapsed"


def test_an_approval_of_what_is_used_holds_for_that_variant_alone() -> None:
    base = case()
    items = base.items().vstack(base.items().head(1).with_columns(object_kind=pl.lit("unused"), object_id=pl.lit(FINE)))
    decisions = base.accept([base.draft(FINE, option="fitted")], items).decisions
    assert '"variant"' in decisions["detail"][0]


def test_a_withdrawal_gives_back_what_stood_before() -> None:
    base = case()
    records = base.records([base.draft(FINE, "deny")])
    records += base.records([base.draft(FINE)], at=AT + timedelta(days=1))
    assert standing(base.stand(records), FINE) == "approved"
    last = records[-1]["record_id"]
    records.append(withdraw(records, last, reviewer="olga", at=AT, source="w-1") | {"record_id": "w"})
    assert standing(base.stand(records), FINE) == "denied"
