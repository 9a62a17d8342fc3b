"""Roles under another name, without somebody, divided, joined; what two must agree on; what the proof says of each."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from lakezones.model.frames import Proposal
from tests import golden
from tests.plan.journeys import Journey
from tests.plan.team import role, team
from tests.review.target.decisions import made, say
from tests.verify.test_mutations import failed

NOW, LATER = golden.AS_OF.date(), golden.AS_OF.date() + timedelta(days=60)


def class_of(lake: Journey, container: str) -> str:
    return str(lake.access.container_classes.filter(container=container)["class_id"][0])


CHANGES: dict[str, Callable[[Journey], list[dict[str, Any]]]] = {
    "as proposed": lambda lake: [say("role", role(lake), "approve", option="proposed")],
    "renamed": lambda lake: [say("role", role(lake), "change", option="rename", detail={"name": "Desk"})],
    "without cyd": lambda lake: [
        say("role", role(lake), "approve", option="proposed"),
        say("role", role(lake), "change", ("member", "cyd"), option="leave_out"),
    ],
    "without e4": lambda lake: [
        say("role", role(lake), "approve", option="proposed"),
        say("role", role(lake), "change", ("class", class_of(lake, "e4")), option="leave_out"),
    ],
    "divided": lambda lake: [
        say(
            "role",
            role(lake),
            "change",
            option="split",
            detail={
                "roles": [
                    {"name": "Desk", "classes": [class_of(lake, "e1")]},
                    {
                        "name": "Books",
                        "members": ["ann", "bob"],
                        "classes": [class_of(lake, "e2"), class_of(lake, "e4")],
                    },
                ]
            },
        )
    ],
    "cyd loses it": lambda lake: [
        say("role", role(lake), "approve", option="proposed"),
        say("role", role(lake), "revoke", ("member", "cyd"), effective=NOW),
    ],
    "cyd loses it later": lambda lake: [
        say("role", role(lake), "approve", option="proposed"),
        say("role", role(lake), "revoke", ("member", "cyd"), effective=LATER),
    ],
    "denied": lambda lake: [say("role", role(lake), "deny")],
    "denied, and cyd loses it": lambda lake: [
        say("role", role(lake), "deny"),
        say("role", role(lake), "revoke", ("member", "cyd"), effective=NOW),
    ],
}


@pytest.mark.parametrize("decided", CHANGES)
@pytest.mark.parametrize("planned", CHANGES)
def test_a_plan_holds_for_what_was_decided_and_for_nothing_else(planned: str, decided: str) -> None:
    lake = team()
    plan = lake.plan(made(lake, *CHANGES[planned](lake)))
    proof = lake.prove(plan, made(lake, *CHANGES[decided](lake)))
    later = (planned, decided) == ("cyd loses it later", "cyd loses it")
    assert proof.holds == (planned == decided or later), failed(proof)
    assert (proof.counterexample.height == 0) == proof.holds


def test_what_ends_later_is_a_step_of_that_day_that_nothing_waits_for() -> None:
    lake = team()
    plan = lake.plan(made(lake, *CHANGES["cyd loses it later"](lake)))
    late = plan.steps.filter(pl.col("step_id").str.contains("-c-"))
    assert set(late["action"].cast(pl.String)) == {"verify_access", "revoke", "gate"}
    assert late["earliest_start"].unique().to_list() == [LATER]
    assert set(plan.items.join(late, on="step_id", how="semi")["principal_id"]) == {"cyd"}
    others = plan.steps.join(late, on="step_id", how="anti")
    assert others["earliest_start"].max() < LATER
    early = plan.steps.with_columns(
        earliest_start=pl.when(pl.col("step_id").is_in(late["step_id"].implode()))
        .then(pl.lit(NOW))
        .otherwise("earliest_start")
    )
    proof = lake.prove(replace(plan, steps=early), made(lake, *CHANGES["cyd loses it later"](lake)))
    assert "no-loss" in failed(proof)
    found = proof.counterexample.filter(claim="no-loss").row(0, named=True)
    assert (found["principal_id"], found["expected"]) == ("cyd", f"read until {LATER}")


def test_a_wholly_denied_review_plans_nothing_and_the_rest_is_listed_with_its_reason() -> None:
    lake = team()
    decisions = made(lake, *CHANGES["denied"](lake), *(say("suggestion", "s-cyd-e5", "deny"),))
    target, plan = lake.target(decisions), lake.plan(decisions)
    assert plan.items.is_empty()
    left = target.untouched.filter(object_kind="role").row(0, named=True)
    assert (left["standing"], left["people"], left["containers"]) == ("denied", 4, 4)
    assert left["reason"] == "denied by sec: so"
    assert target.staying.height == lake.access.container_classes.height
    assert lake.prove(plan, decisions).holds


def halved(lake: Journey, *, dee: bool = False) -> Journey:
    """The team's role as two of the same people, the second with e4; `dee` is in that as well, who holds e1 alone."""
    one, proposal = role(lake), lake.proposal
    e4 = pl.col("class_id") == class_of(lake, "e4")
    second = proposal.roles.with_columns(role_id=pl.lit("r-second"), name=pl.lit("Second"))
    people = proposal.role_members.with_columns(role_id=pl.lit("r-second"))
    if dee:
        people = pl.concat([people, people.head(1).with_columns(principal_id=pl.lit("dee"))])
    groups = proposal.resource_groups.filter(e4)["group_id"].implode()
    named = pl.when(e4).then(pl.lit("r-second")).otherwise("role_id")
    nested = pl.when(pl.col("group_id").is_in(groups)).then(pl.lit("r-second")).otherwise("role_id")
    frames: dict[str, Any] = {
        "roles": pl.concat([proposal.roles, second]).sort("role_id"),
        "role_members": pl.concat([proposal.role_members, people]).sort("role_id", "principal_id"),
        "role_classes": proposal.role_classes.with_columns(role_id=named).sort("role_id", "class_id"),
        "role_groups": proposal.role_groups.with_columns(role_id=nested).sort("role_id", "group_id"),
    }
    changed: Proposal = replace(proposal, **frames)
    assert one != "r-second"
    return replace(lake, proposal=changed)


def test_a_role_becomes_part_of_another_where_nobody_gains() -> None:
    lake = halved(team())
    into = next(one for one in lake.proposal.roles["role_id"] if one != "r-second")
    decisions = made(
        lake,
        say("role", into, "approve", option="proposed"),
        say("role", "r-second", "change", option="merge", detail={"into": into}),
    )
    target, plan = lake.target(decisions), lake.plan(decisions)
    assert target.roles["role_id"].to_list() == [into]
    assert target.roles["proposed_as"].to_list() == [f'["{into}", "r-second"]']
    assert target.classes["class_id"].n_unique() == 3
    assert lake.prove(plan, decisions).holds
    apart = made(lake, *(say("role", one, "approve", option="proposed") for one in (into, "r-second")))
    assert "roles" in failed(lake.prove(lake.plan(apart), decisions))


def test_a_role_is_not_joined_where_somebody_would_gain() -> None:
    lake = halved(team(), dee=True)
    into = next(one for one in lake.proposal.roles["role_id"] if one != "r-second")
    decisions = made(
        lake,
        say("role", into, "approve", option="proposed"),
        say("role", "r-second", "change", option="merge", detail={"into": into}),
    )
    target = lake.target(decisions)
    assert target.roles["proposed_as"].to_list() == [f'["{into}"]']
    [left] = target.untouched.filter(object_kind="role").rows(named=True)
    assert "would give access that nobody approved" in left["reason"]
    assert lake.prove(lake.plan(decisions), decisions).holds


def second(lake: Journey, *, source: str = "book", ticket: str | None = "CHG-2") -> list[dict[str, Any]]:
    """Two reviewers who approve the role and a suggestion."""
    rows = [("role", role(lake), "proposed"), ("suggestion", "s-cyd-e5", None)]
    return [
        say(kind, one, "approve", option=option, reviewer=who, source=place, ticket=mark)
        for kind, one, option in rows
        for who, place, mark in (("sec", "desk", "CHG-1"), ("owner", source, ticket))
    ]


TWO: dict[str, tuple[Callable[[Journey], list[dict[str, Any]]], str]] = {
    "one": (lambda lake: second(lake)[::2], "waiting"),
    "two": (second, "approved"),
    "of one place": (lambda lake: second(lake, source="desk"), "asserted"),
    "without a ticket": (lambda lake: second(lake, ticket=None), "asserted"),
    "one ticket": (lambda lake: second(lake, ticket="CHG-1"), "asserted"),
}


@pytest.mark.parametrize("how", TWO)
def test_what_two_must_agree_on_is_planned_when_they_do_or_it_is_accepted(how: str) -> None:
    rows, standing = TWO[how]
    lake = replace(team(), two=frozenset({("suggestion", "s-cyd-e5"), ("role", role(team()))}))
    decisions = made(lake, *rows(lake))
    plan = lake.plan(decisions)
    assert plan.items.is_empty() == (standing != "approved")
    assert lake.prove(plan, decisions).holds
    assert set(lake.target(decisions).untouched.filter(object_kind="role")["standing"]) == {standing} - {"approved"}
    taken = lake.plan(decisions, accept_asserted=True)
    proof = lake.prove(taken, decisions)
    assert proof.holds
    assert taken.items.height > 0
    [claim] = [one for one in proof.claims if one["id"] == "approvals"]
    if standing == "approved":
        return
    assert taken.summary["accepted_asserted"] == {"role": 1, "suggestion": 1}
    assert "2 approvals taken without evidence of two, as the plan says" in claim["checked"]
    assert lake.target(decisions, accept_asserted=True).roles["asserted"].to_list() == [True]
    # The plan has to say so: what does not is no plan for these decisions.
    quiet = replace(taken, summary={name: one for name, one in taken.summary.items() if name != "accepted_asserted"})
    assert not lake.prove(quiet, decisions).holds
