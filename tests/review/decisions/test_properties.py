"""What must hold whatever reviewers do, in whatever order."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakezones.model.tables import Seen
from lakezones.review.decisions import Draft, fold, sayable, withdraw
from lakezones.review.decisions.records import DECIDING, submit
from tests.review.decisions.cases import AT, EXCEPTION, Case, case, grown, joined, labelled, opening, without

REVIEWERS: Final = ("olga", "fay", "ann")
TARGETS: Final = (
    ("role", "role-fine", "", ""),
    ("role", "role-fine", "member", "ann"),
    ("role", "role-secret", "", ""),
    ("suggestion", "s-tom", "", ""),
    ("residual", EXCEPTION, "", ""),
)
WORDS: Final = ("name", "roles", "into", "zone", "domain", "members", "classes")
SLOW: Final = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def draft(draw: st.DrawFn, targets: Sequence[tuple[str, str, str, str]] = TARGETS) -> Draft:
    """Anything that a reviewer may say of a few things."""
    kind, object_id, part_kind, part_id = draw(st.sampled_from(targets))
    first, *rest = sayable(kind, part_kind)
    verdict, option = draw(st.sampled_from([*[first] * 8, *rest]))
    day = date(2027, 2, 1) if verdict == "revoke" else None
    detail = {"rename": '{"name": "x"}', "move_domain": '{"domain": "market"}', "merge": '{"into": "role-public"}'}
    return case().draft(
        object_id,
        verdict,
        kind=kind,
        part_kind=part_kind,
        part_id=part_id,
        option=option,
        detail=detail.get(option or ""),
        effective=day,
        reviewer=draw(st.sampled_from(REVIEWERS)),
        ticket=draw(st.sampled_from(["CHG-1", "CHG-2", None])),
    )


@st.composite
def history(draw: st.DrawFn, targets: Sequence[tuple[str, str, str, str]] = TARGETS) -> list[dict[str, Any]]:
    """A log of submissions and withdrawals, of withdrawals too."""
    records: list[dict[str, Any]] = []
    for turn in range(draw(st.integers(1, 6))):
        at = AT + timedelta(minutes=turn)
        takeable = [one for one in records if one["kind"] in (*DECIDING, "withdrawal")]
        if takeable and draw(st.booleans()):
            named = draw(st.sampled_from(takeable))
            records.append(
                {
                    "kind": "withdrawal",
                    "record_id": f"w-{turn}",
                    "withdraws": named["record_id"],
                    "reviewer": named["reviewer"],
                    "at": at.isoformat(),
                    "source": "w-1",
                }
            )
        else:
            accepted = case().accept(draw(st.lists(draft(targets), min_size=1, max_size=3)), at=at)
            source = draw(st.sampled_from(["w-1", "w-2"]))
            records += submit(accepted.decisions, at=at, source=source).records
    return records


def reference(records: Sequence[Mapping[str, Any]]) -> dict[tuple[str, ...], str]:
    """Record in force by what was decided on and by whom: obviously right, however slow."""

    def stands(record: Mapping[str, Any]) -> bool:
        """A record stands unless a later one that stands takes it back."""
        at = next(k for k, one in enumerate(records) if one is record)
        return not any(
            one["kind"] == "withdrawal" and one["withdraws"] == record["record_id"] and stands(one)
            for one in records[at + 1 :]
        )

    found: dict[tuple[str, ...], str] = {}
    for record in records:
        if record["kind"] in DECIDING and stands(record):
            keys = ("object_kind", "object_id", "part_kind", "part_id", "reviewer")
            found[tuple(record[key] for key in keys)] = record["record_id"]
    return found


def folded(records: Sequence[Mapping[str, Any]]) -> dict[tuple[str, ...], str]:
    columns = ("object_kind", "object_id", "part_kind", "part_id", "reviewer", "record_id")
    rows = fold(list(records)).select(pl.col(name).cast(pl.String) for name in columns).rows()
    return {tuple(row[:5]): row[5] for row in rows}


@SLOW
@given(history())
def test_folding_is_what_a_naive_reading_of_the_log_says(records: list[dict[str, Any]]) -> None:
    assert folded(records) == reference(records)


@pytest.mark.torture
@settings(parent=SLOW, max_examples=1000)
@given(history())
def test_folding_is_what_a_naive_reading_says_a_thousand_times(records: list[dict[str, Any]]) -> None:
    assert folded(records) == reference(records)


@SLOW
@given(history(), st.data())
def test_a_withdrawal_restores_what_stood_before(records: list[dict[str, Any]], data: st.DataObject) -> None:
    before = folded(records)
    accepted = case().accept([data.draw(draft())], at=AT + timedelta(days=1), earlier=fold(records))
    made = submit(accepted.decisions, at=AT + timedelta(days=1), source="w-1").records
    after = [*records, *made]
    for record in [one for one in made if one["kind"] == "decision"]:
        back = withdraw(after, record["record_id"], reviewer=record["reviewer"], at=AT, source="w-1")
        after = [*after, {"record_id": "back", **back}]
    assert folded(after) == before


@settings(parent=SLOW, max_examples=100)
@given(history(TARGETS[3:4]))
def test_new_access_is_approved_by_two_who_agree_alone(records: list[dict[str, Any]]) -> None:
    """No other verdicts, on whatever and however many, lead to approved new access."""
    found = case().stand(records, None, "s-tom")
    stands = found.standings.filter(object_kind="suggestion", object_id="s-tom", part_kind="")["standing"].item()
    said = fold(records).filter(object_kind="suggestion").with_columns(pl.col("decision").cast(pl.String))
    agreed = said.filter(decision="approve")
    if stands == "approved":
        assert set(said["decision"]) == {"approve"}
        assert agreed["reviewer"].n_unique() >= 2
        assert agreed["source"].n_unique() >= 2
        assert agreed["ticket"].drop_nulls().n_unique() >= 2
        assert "tom" not in set(agreed["reviewer"])


def parts(base: Case, kind: str, object_id: str) -> dict[tuple[str, str], tuple[int, str]]:
    rows = base.contents.of(kind, object_id).filter(pl.col("part_kind").cast(pl.String) != "evidence")
    return {
        (str(part), part_id): (level, sensitivity)
        for part, part_id, level, sensitivity in rows.select("part_kind", "part_id", "level", "sensitivity").iter_rows()
    }


CHANGES: Final = {
    "joins": lambda base: joined(base, "role-fine", "tom"),
    "leaves": lambda base: without(base, "role-fine", "ann"),
    "opens": lambda base: opening(base, "role-fine", "pii"),
    "raises": lambda base: opening(base, "role-fine", "m4", 3),
    "grows": lambda base: grown(base, "m9", beside="m1"),
    "labels": lambda base: labelled(base, "m2", "restricted"),
}


@SLOW
@given(st.lists(st.sampled_from(sorted(CHANGES)), unique=True, max_size=3), st.lists(draft(), min_size=1, max_size=4))
def test_a_decision_never_stands_on_content_that_grew(names: list[str], drafts: list[Draft]) -> None:
    base = case()
    accepted = base.accept(drafts)
    records = submit(accepted.decisions, at=AT, source="w-1").records
    shown: Any = base.seen(fold(records))
    now = base
    for name in names:
        now = CHANGES[name](now)
    found = now.stand(records, shown).standings
    before, after = parts(base, "role", "role-fine"), parts(now, "role", "role-fine")
    whole = found.filter(object_kind="role", object_id="role-fine", part_kind="")["standing"].cast(pl.String).item()
    for part, (level, sensitivity) in after.items():
        was = before.get(part)
        fresh = was is None or level & ~was[0] or (sensitivity == "restricted" != was[1])
        rows = found.filter(object_kind="role", object_id="role-fine", part_kind=part[0], part_id=part[1])
        stands = rows["standing"].cast(pl.String).to_list()
        if fresh and whole in ("approved", "conflicting"):
            assert stands == ["lapsed"], (part, stands)
        elif not fresh:
            assert "lapsed" not in stands, (part, stands)


def test_the_naive_reading_sees_through_withdrawn_withdrawals() -> None:
    base = case()
    one = base.records([base.draft("role-fine")])
    decision = one[-1]["record_id"]
    log = [*one, {"kind": "withdrawal", "record_id": "w1", "withdraws": decision, "reviewer": "olga"}]
    assert reference(log) == folded(log) == {}
    log = [*log, {"kind": "withdrawal", "record_id": "w2", "withdraws": "w1", "reviewer": "olga"}]
    assert list(reference(log).values()) == list(folded(log).values()) == [decision]


def test_no_seen_rows_means_nothing_seen() -> None:
    assert case().seen(fold([]), None).equals(Seen.create_empty())


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=6,
)


@SLOW
@given(st.sampled_from(sayable("role") + sayable("zone")), JSON | st.text(max_size=8), st.text(max_size=8))
def test_whatever_a_draft_says_it_is_taken_or_rejected_with_a_reason(
    said: tuple[str, str | None], detail: Any, text: str
) -> None:
    verdict, option = said
    written = detail if isinstance(detail, str) else json.dumps(detail)
    one = case().draft("role-fine", verdict, option=option, detail=written, justification=text, comment=text)
    done = case().accept([one, replace(one, reviewer=text), replace(one, part_kind=text), replace(one, object_id=text)])
    assert done.decisions.height + done.rejected.height == 4
    assert all(done.rejected["reason"])
    assert case().stand(submit(done.decisions, at=AT, source="w-1").records).standings.height == case().hashes.height
