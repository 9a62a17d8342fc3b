"""What was decided on a part of a class: fitted roles, what nobody used, containers that came later."""

from dataclasses import replace
from pathlib import Path

import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import conform
from lakezones.review.binding import content, seen
from tests import golden
from tests.plan.journeys import Journey
from tests.plan.team import role, team
from tests.plan.test_approve import lake_with
from tests.plan.test_replay import replayed
from tests.review.target.decisions import made, present, say


def fitted(lake: Journey) -> Journey:
    """The team's lake, of which nobody used e3: it is of one class with e2."""
    e3 = lake.access.container_classes.filter(container="e3")["class_id"][0]
    variants = pl.DataFrame({"role_id": [role(lake)], "offered": [True]})
    opened = lake.proposal.role_classes.with_columns(
        containers_kept=pl.lit(1), containers_dropped=pl.when(class_id=e3).then(1).otherwise(0), users=pl.lit(2)
    )
    excess = {
        "container": ["e3"],
        "class_id": [e3],
        "restricted": [False],
        "people": [4],
        "roles": [1],
        "weight": [4.0],
    }
    return replace(
        lake,
        proposal=replace(
            lake.proposal,
            role_variants=conform(variants, t.RoleVariants),
            variant_classes=conform(opened, t.VariantClasses),
            excess=conform(pl.DataFrame(excess), t.Excess),
        ),
    )


def opens(lake: Journey, decisions: pl.DataFrame) -> set[str]:
    """Containers that roles open as decided."""
    target = lake.target(decisions)
    parts = dict(target.parts.select("container", "class_id").iter_rows())
    classes = set(target.classes["class_id"])
    rows = lake.access.container_classes.select("container", "class_id").iter_rows()
    return {container for container, class_id in rows if parts.get(container, class_id) in classes}


def test_a_fitted_role_goes_without_what_nobody_used_and_people_keep_it(tmp_path: Path) -> None:
    lake = fitted(team())
    one = role(lake)
    variant = present(lake).filter(object_kind="unused", object_id=one)["content_hash"][0]
    decisions = made(lake, say("role", one, "approve", option="fitted", detail={"variant": variant}))
    assert opens(lake, decisions) == {"e1", "e2", "e4"}
    plan = lake.plan(decisions)
    before, after = replayed(lake, plan, tmp_path)
    assert after == before
    assert lake.prove(plan, decisions).holds
    staying = lake.target(decisions).staying
    assert staying.filter(container="e3")["reason"].to_list() == ["a role that opens it is not approved"]
    assert "e2" not in staying["container"]


def test_what_nobody_used_ends_for_the_people_of_the_role_where_that_was_decided(tmp_path: Path) -> None:
    lake = fitted(team())
    one = role(lake)
    decisions = made(
        lake,
        say("role", one, "approve", option="proposed"),
        say("unused", one, "revoke", effective=golden.AS_OF.date()),
    )
    assert opens(lake, decisions) == {"e1", "e2", "e4"}
    plan = lake.plan(decisions)
    before, after = replayed(lake, plan, tmp_path)
    assert set(before) - set(after) == {(person, "e3") for person in ("ann", "bob", "cyd", "eve")}
    assert lake.prove(plan, decisions).holds
    # Without the decision that it ends, a plan that ends it does not hold.
    alone = made(lake, say("role", one, "approve", option="proposed"))
    assert not lake.prove(plan, alone).holds
    assert not lake.prove(lake.plan(alone), decisions).holds


def test_a_container_that_came_later_stays_as_it_is_and_the_rest_goes_on(tmp_path: Path) -> None:
    names = [f"e{n}" for n in range(1, 6)]
    before = lake_with([(name, None) for name in names])
    after = lake_with([(name, None) for name in [*names, "e6"]])
    [one] = before.proposal.roles["role_id"]
    decisions = made(before, say("role", one, "approve", option="proposed"))
    saw = seen(content(before.facts, before.access, before.proposal), present(before))
    after = replace(after, seen=saw)
    assert opens(after, decisions) == set(names)
    plan = after.plan(decisions)
    start, end = replayed(after, plan, tmp_path)
    assert end == start
    assert set(plan.items["container"].drop_nulls()) <= set(names)
    assert after.prove(plan, decisions).holds
    # Approved by itself, it is part of the role again.
    more = pl.concat([decisions, made(after, say("role", one, "approve", ("container", "e6")))])
    assert opens(after, more) == {*names, "e6"}
    assert after.prove(after.plan(more), more).holds
    assert not after.prove(after.plan(more), decisions).holds
