"""Drafts are taken with what they do to access, or rejected with the reason; nobody decides for themselves."""

import json
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from lakezones.review.settings import Bulk, ReviewSettings
from tests.review.decisions.cases import AT, DROP, EXCEPTION, SETTINGS, case
from tests.review.lake import class_of

TODAY = AT.date()


def reasons(*drafts: Any, items: pl.DataFrame | None = None, **more: Any) -> list[str]:
    accepted = case().accept(drafts, items, **more)
    assert accepted.decisions.height + accepted.unchanged + accepted.rejected.height == len(drafts)
    return accepted.rejected["reason"].to_list()


def test_a_decision_carries_what_was_seen_and_what_it_does_to_access() -> None:
    [row] = case().accept([case().draft("role-fine", ticket="CHG-1", comment="thanks")]).decisions.to_dicts()
    assert row["content_hash"] == case().hash("role", "role-fine")
    assert (row["option"], row["reviewer"], row["ticket"], row["source"]) == ("proposed", "olga", "CHG-1", "w-1")
    assert row["effect"] == "Approve this role: its people keep this access, through the role"
    pairs = 4 * case().contents.of("role", "role-fine").filter(part_kind="container").height
    assert (row["access_kept"], row["access_ended"], row["access_added"]) == (pairs, 0, 0)


@pytest.mark.parametrize(
    ("object_id", "kind", "decision", "more", "totals"),
    [
        ("role-fine", "role", "deny", {}, (16, 0, 0)),
        ("role-fine", "role", "change", {"part_kind": "member", "part_id": "ann", "option": "leave_out"}, (4, 0, 0)),
        ("role-fine", "role", "revoke", {"part_kind": "member", "part_id": "ann", "effective": TODAY}, (0, 4, 0)),
        ("s-tom", "suggestion", "approve", {}, (0, 0, 1)),
        ("s-tom", "suggestion", "deny", {}, (0, 0, 0)),
        (EXCEPTION, "residual", "approve", {}, (2, 0, 0)),
        (EXCEPTION, "residual", "revoke", {"effective": TODAY}, (0, 2, 0)),
        (DROP, "drop", "revoke", {"effective": TODAY}, (0, 1, 0)),
        (DROP, "drop", "deny", {}, (1, 0, 0)),
        ("market", "pilot", "approve", {}, (0, 0, 0)),
    ],
)
def test_access_is_counted_by_what_becomes_of_it(
    object_id: str, kind: str, decision: str, more: dict[str, Any], totals: tuple[int, int, int]
) -> None:
    accepted = case().accept([case().draft(object_id, decision, kind=kind, **more)])
    assert accepted.rejected.is_empty(), accepted.rejected["reason"].to_list()
    [row] = accepted.decisions.select("access_kept", "access_ended", "access_added").rows()
    size = case().contents.of("suggestion", "s-tom").filter(part_kind="container").height
    assert row == (totals if kind != "suggestion" or decision == "deny" else (0, 0, size))


@pytest.mark.parametrize(
    ("object_id", "kind", "decision", "more", "reason"),
    [
        ("role-fine", "container", "approve", {}, "cannot be decided on"),
        ("role-fine", "role", "perhaps", {}, "none of approve, change, deny, defer"),
        ("role-fine", "role", "revoke", {}, "none of approve"),
        ("role-fine", "role", "accept", {}, "none of approve"),
        ("role-fine", "role", "approve", {"option": "rename"}, "takes no option 'rename'"),
        ("role-fine", "role", "change", {}, "change needs an option: rename, split, merge, move_domain"),
        ("role-none", "role", "approve", {"content_hash": "0"}, "not in the proposal"),
        ("role-fine", "role", "approve", {"content_hash": "0"}, "has changed since it was reviewed"),
        ("role-fine", "role", "approve", {"reviewer": " "}, "no reviewer"),
        ("role-fine", "role", "approve", {"reviewer": "\u200b"}, "no reviewer"),
        ("role-fine", "role", "approve", {"reviewer": "Nobody"}, "not in the directory"),
        ("role-fine", "role", "approve", {"reviewer": "dan"}, "disabled account"),
        ("role-fine", "role", "approve", {"reviewer": "svc-open"}, "not a person"),
        ("role-fine", "role", "deny", {"justification": " "}, "a denial needs a justification"),
        ("role-fine", "role", "approve", {"effective": TODAY}, "approve takes no day"),
        ("role-fine", "role", "change", {"option": "rename"}, "rename needs a detail"),
        ("role-fine", "role", "change", {"option": "rename", "detail": "{}"}, "rename needs name"),
        ("role-fine", "role", "change", {"option": "rename", "detail": '{"name": "LAKE-secret"}'}, "another role is"),
        ("role-fine", "role", "change", {"option": "merge", "detail": '{"into": "role-fine"}'}, "not another role"),
        ("role-fine", "role", "change", {"option": "move_domain", "detail": '{"domain": "x"}'}, "none of archive"),
        ("role-fine", "role", "change", {"option": "split", "detail": '{"roles": [{"name": "a"}]}'}, "two roles or"),
        (
            "role-fine",
            "role",
            "change",
            {"option": "split", "detail": json.dumps({"roles": [{"name": "a", "members": ["tom"]}, {"name": "b"}]})},
            "has no member 'tom'",
        ),
        (
            "role-fine",
            "role",
            "change",
            {"option": "split", "detail": '{"roles": [{"name": "a"}, {"name": "A"}]}'},
            "own",
        ),
        ("role-fine", "role", "approve", {"part_kind": "member", "part_id": "tom"}, "has no member 'tom'"),
        ("role-fine", "role", "deny", {"part_kind": "member", "part_id": "ann"}, "none of change, revoke, approve"),
        ("role-fine", "role", "approve", {"part_kind": "evidence", "part_id": "risk"}, "a evidence of a role cannot"),
        ("s-tom", "suggestion", "approve", {"part_kind": "member", "part_id": "tom"}, "cannot be decided on"),
        (DROP, "drop", "revoke", {}, "needs the day from which it ends"),
        (DROP, "drop", "revoke", {"effective": TODAY - timedelta(days=1)}, "cannot end in the past"),
        (EXCEPTION, "residual", "approve", {"effective": TODAY}, "not in the future"),
        (EXCEPTION, "residual", "approve", {"effective": date(2099, 1, 1)}, "is more than 365 days away"),
        (EXCEPTION, "residual", "deny", {}, "none of approve, revoke, defer"),
    ],
)
def test_what_does_not_fit_is_rejected_with_the_reason(
    object_id: str, kind: str, decision: str, more: dict[str, Any], reason: str
) -> None:
    base = {"content_hash": "0"} if object_id == "role-none" or kind == "container" else {}
    items = case().hashes.with_columns(name=pl.col("object_id").str.replace("role", "lake"))
    [said] = reasons(case().draft(object_id, decision, kind=kind, line=7, **(base | more)), items=items)
    assert reason in said


def test_rejected_rows_name_file_sheet_line_and_what_was_said() -> None:
    rows = case().accept([case().draft("role-fine", "perhaps", line=7, sheet="Roles")], file="b.xlsx").rejected
    assert rows.select("table", "file", "line").rows() == [("decisions", "b.xlsx, sheet Roles", 7)]
    assert json.loads(rows["row"][0])["decision"] == "perhaps"


@pytest.mark.parametrize("spelled", ["tom", "Tom Pike", "Pike, Tom", "TOM  PIKE", "T\u200bom Pike", "Tom Pike (tom)"])
def test_nobody_approves_access_of_their_own_however_they_spell_themselves(spelled: str) -> None:
    base = case()
    mine = [
        base.draft("s-tom", kind="suggestion", reviewer=spelled),
        base.draft(EXCEPTION, kind="residual", reviewer=spelled),
        base.draft("role-foreign", part_kind="member", part_id="tom", reviewer=spelled),
        base.draft("role-foreign", reviewer=spelled),
    ]
    assert reasons(*mine, items=base.items("role-foreign")) == ["tom cannot approve access for themselves"] * 4
    others = [
        base.draft("s-tom", "deny", kind="suggestion", reviewer=spelled),
        base.draft(EXCEPTION, "revoke", kind="residual", effective=TODAY, reviewer=spelled),
        base.draft("role-foreign", "deny", reviewer=spelled),
        base.draft("role-secret", reviewer=spelled),
    ]
    assert reasons(*others, items=base.items("role-foreign", "role-secret")) == []


def test_whoever_loses_access_by_a_policy_does_not_keep_it_for_themselves() -> None:
    people = case().facts.table("principals").with_columns(enabled=pl.lit(value=True))
    draft = case().draft(DROP, "deny", kind="drop", reviewer="dan")
    assert reasons(draft, principals=people) == ["dan cannot keep access for themselves"]


def test_without_a_directory_a_part_of_an_id_may_be_the_person() -> None:
    draft = case().draft("s-tom", kind="suggestion", reviewer="TOM")
    assert reasons(draft, principals=None) == ["TOM cannot approve access for themselves"]
    assert reasons(case().draft("s-tom", kind="suggestion", reviewer="Eva"), principals=None) == []


def test_of_drafts_that_contradict_each_other_none_is_taken() -> None:
    both = [case().draft("role-fine"), case().draft("role-fine", "defer", reviewer="Olga Owner")]
    assert reasons(*both) == ["olga says both approve and defer on role role-fine"] * 2
    twice = [case().draft("role-fine"), case().draft("role-fine")]
    assert reasons(*twice) == ["olga decided on role role-fine twice"]
    ways = [case().draft("role-fine"), case().draft("role-fine", option="fitted")]
    assert reasons(*ways) == ["olga says approve in two ways on role role-fine"] * 2


def test_the_same_again_is_no_new_decision() -> None:
    first = case().accept([case().draft("role-fine"), case().draft("role-secret", "deny")])
    again = case().accept([case().draft("role-fine"), case().draft("role-secret", "defer")], earlier=first.decisions)
    assert (again.unchanged, again.decisions["object_id"].to_list()) == (1, ["role-secret"])


def test_exceptions_and_risks_have_a_day_even_if_nobody_names_one() -> None:
    [row] = case().accept([case().draft(EXCEPTION, kind="residual")]).decisions.to_dicts()
    assert row["effective"] == TODAY + timedelta(days=SETTINGS.exception_days)
    assert "reviewed again on 1 October 2027" in row["effect"]


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("new_access", 3, "new access"),
        ("restricted", True, "restricted data"),
        ("writes", True, "write"),
        ("needs_two", True, "two reviewers"),
        ("risk", "high", "high risk"),
    ],
)
def test_what_has_to_be_looked_at_is_never_approved_together(column: str, value: object, why: str) -> None:
    wide = ReviewSettings(bulk=Bulk(risks=("low", "medium"), kinds=("role", "suggestion")))
    draft = case().draft("role-secret", reviewer="olga", bulk=True)
    fine = case().hashes.with_columns(risk=pl.lit("low"))
    assert reasons(draft, items=fine, settings=wide) == []
    [said] = reasons(draft, items=fine.with_columns(pl.lit(value).alias(column)), settings=wide)
    assert why in said
    [said] = reasons(case().draft("s-tom", kind="suggestion", bulk=True), items=fine, settings=wide)
    assert "new access is approved one by one" in said


def test_what_is_of_high_risk_is_not_decided_unopened() -> None:
    items = case().hashes.with_columns(risk=pl.lit("high"))
    draft = case().draft("role-fine")
    assert "open it" in reasons(draft, items=items, opened=set())[0]
    assert reasons(draft, items=items, opened={("role", "role-fine")}) == []
    assert reasons(case().draft("role-fine", "defer"), items=items, opened=set()) == []


def test_a_class_is_decided_on_by_its_id() -> None:
    one = class_of(case().access, "m1")
    draft = case().draft("role-fine", "change", part_kind="class", part_id=one, option="leave_out")
    assert reasons(draft) == []
