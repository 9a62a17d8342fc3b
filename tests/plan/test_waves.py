"""Which domains go first, and which wave everything else belongs to."""

from dataclasses import replace

import polars as pl
import pytest

from lakezones.model import tables as t
from lakezones.plan.settings import PlanSettings
from lakezones.plan.waves import Schedule, schedule
from tests import decided, golden
from tests.plan.journeys import Journey, golden_journey


@pytest.fixture(scope="module")
def tiny() -> Journey:
    return golden_journey()


def waves(lake: Journey, decisions: pl.DataFrame | None = None, **settings: int) -> Schedule:
    return schedule(lake.access, lake.target(decisions), settings=PlanSettings(**settings))


def pilot(name: str, decision: str = "approve") -> pl.DataFrame:
    """A reviewer's decision on a pilot."""
    row = {"object_kind": "pilot", "object_id": name, "content_hash": "", "decision": decision, "reviewer": "sec"}
    frame = pl.DataFrame([row]).with_columns(justification=pl.lit(None, pl.String), decided_at=pl.lit(golden.AS_OF))
    return decided.decisions(frame)


def naming(lake: Journey, *names: str) -> Journey:
    """A lake whose proposal names pilots."""
    return replace(lake, proposal=replace(lake.proposal, summary={"pilots": list(names)}))


def test_without_names_the_smallest_domains_that_move_come_first_and_unowned_containers_last(tiny: Journey) -> None:
    found = waves(tiny)
    sizes = tiny.access.container_classes.join(tiny.proposal.zones, on="container").group_by("domain").len("size")
    domains = found.domains.join(sizes, on="domain", nulls_equal=True, maintain_order="left")
    assert domains["wave"].to_list() == list(range(1, domains.height + 1)) == found.waves
    assert domains["pilot"].to_list() == [True, True] + [False] * (domains.height - 2)
    assert domains["domain"].to_list()[-1] is None
    rest = domains.filter(~pl.col("pilot")).drop_nulls("domain")
    assert rest.height > 1
    assert rest.select("size", "domain").rows() == sorted(rest.select("size", "domain").rows())


@pytest.mark.parametrize("pilots", [0, 1, 3])
def test_the_number_of_pilots_is_a_setting(tiny: Journey, pilots: int) -> None:
    assert waves(tiny, pilots=pilots).domains["pilot"].sum() == pilots


def test_reviewers_choose_before_the_proposal_and_names_nobody_knows_are_left_out(tiny: Journey) -> None:
    lake = naming(tiny, "nowhere", "finance", "risk", "finance")
    assert waves(lake).domains.filter("pilot")["domain"].to_list() == ["finance", "risk"]
    assert waves(lake, pilot("retail")).domains.filter("pilot")["domain"].to_list() == ["retail"]
    for decisions in (pilot("retail", "deny"), pilot("nowhere")):
        assert waves(lake, decisions).domains.filter("pilot")["domain"].to_list() == ["finance", "risk"]
    assert waves(naming(tiny, "nowhere")).domains["pilot"].sum() == 2


def test_a_class_a_group_and_a_role_belong_to_the_earliest_of_their_waves(tiny: Journey) -> None:
    class_id = tiny.access.container_classes.group_by("class_id").len().sort("len", "class_id")["class_id"][-1]
    one = tiny.access.container_classes.filter(class_id=class_id)["container"].sort()[0]
    other = pl.when(container=one).then(pl.lit("retail")).otherwise("domain").alias("domain")
    zones = t.Zones.validate(tiny.proposal.zones.with_columns(other))
    tiny = replace(tiny, proposal=replace(tiny.proposal, zones=zones))
    found = waves(tiny)
    by_class: dict[str, set[int]] = {}
    for class_id, wave in found.containers.select("class_id", "wave").iter_rows():
        by_class.setdefault(class_id, set()).add(wave)
    assert any(len(some) > 1 for some in by_class.values())
    assert dict(found.classes.iter_rows()) == {class_id: min(some) for class_id, some in by_class.items()}
    approved = tiny.target()
    first = dict(found.classes.iter_rows())
    groups: dict[str, int] = {}
    for group, class_id in approved.groups.select("group_id", "class_id").iter_rows():
        groups[group] = min(groups.get(group, 99), first[class_id])
    assert dict(found.groups.iter_rows()) == groups != {}
    roles: dict[str, int] = {}
    for role, group in approved.nestings.select("role_id", "group_id").iter_rows():
        roles[role] = min(roles.get(role, 99), groups[group])
    assert dict(found.roles.iter_rows()) == roles != {}
