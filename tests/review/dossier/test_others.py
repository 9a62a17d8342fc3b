"""Dossiers of items other than roles, against the desk whose every fact is known by hand."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from lakezones.errors import InputError
from lakezones.model import tables as t
from lakezones.model.frames import conform
from lakezones.model.policies import DropRule
from lakezones.model.tables.review import REVIEW_KINDS
from lakezones.review.binding.kinds import made_id
from lakezones.review.dossier import Dossiers
from tests import golden
from tests.review.dossier.desk import POLICIES, DeskLake, desk


def dossiers(lake: DeskLake, *, findings: pl.DataFrame | None = None, **tables: list[dict[str, Any]]) -> Dossiers:
    made: dict[str, Any] = {
        name: conform(pl.DataFrame(rows, infer_schema_length=None), t.PROPOSAL_TABLES[name])
        for name, rows in tables.items()
    }
    policies = POLICIES.model_copy(update={"drop": (DropRule(name="leavers", when="disabled", reason="They left."),)})
    return Dossiers(lake.facts, lake.access, replace(lake.proposal, **made), policies=policies, findings=findings)


def class_of(lake: DeskLake, box: str) -> str:
    return dict(lake.access.container_classes.select("container", "class_id").iter_rows())[box]


def outside(lake: DeskLake, who: str, box: str, disposition: str, **said: Any) -> dict[str, Any]:
    row = {"class_id": class_of(lake, box), "principal_id": who, "lane": "data", "level": 1, "reason": "nobody else"}
    kind = "drop" if disposition.startswith("drop_") else "keep"
    return row | {"disposition": disposition, "kind": kind, "group_id": None} | said


def test_a_suggestion_says_who_would_gain_what_by_joining() -> None:
    lake = desk()
    row = {
        "suggestion_id": "s-1",
        "role_id": "desk",
        "principal_id": "mia",
        "class_id": class_of(lake, "mkt-b"),
        "access": "read",
        "kind": "join",
        "peers": 1.0,
        "used_by_peers": 0.5,
        "reason": "3 of 3 hold it",
    }
    one = dossiers(lake, suggestions=[row, row | {"suggestion_id": "s-2", "class_id": class_of(lake, "fx-a")}]).of(
        "suggestion", "s-1"
    )
    assert one.sentence == "Mia Head would gain new access: read mkt-b, by joining lake-prd-job-desk-r."
    assert (one.role_name, one.person.name, one.containers, one.names, one.others) == (
        "lake-prd-job-desk-r",
        "Mia Head",
        1,
        ("mkt-b",),
        1,
    )
    assert (one.peers, one.used_by_peers, one.content.holders) == (1.0, 0.5, 3)
    assert [defect.kind for defect in one.defects] == ["new_access", "public"]
    assert one.defects[0].sentence == "Mia Head would read 1 container that they do not hold today: mkt-b."


def test_what_somebody_holds_outside_of_roles_says_how_it_is_kept() -> None:
    lake = desk()
    made = dossiers(lake, residual_classes=[outside(lake, "pat", "pay-in", "keep_exception")])
    one = made.of("residual", made_id("residual", "pat", "keep_exception"))
    assert one.sentence == (
        "Outside of roles Pat Fox can read 1 container, and becomes a member of the group of these containers, with a"
        " day for the next review."
    )
    (holding,) = one.holdings
    assert (holding.content.name, holding.last_used.text, holding.used, holding.reason) == (
        "pay-in",
        "90 days ago",
        1,
        "nobody else",
    )
    assert [defect.kind for defect in one.defects] == ["sod"]


def test_of_access_that_is_no_grant_on_data_use_is_not_known() -> None:
    lake = desk()
    row = outside(lake, "ana", "mkt-a", "keep_control", lane="control", level=7)
    one = dossiers(lake, residual_classes=[row]).of("residual", made_id("residual", "ana", "keep_control"))
    assert one.sentence == (
        "Ana Ray can obtain access to 1 container (manage) by the control plane, for example by account keys; roles"
        " leave that as it is."
    )
    assert (one.used, one.last_used.text, one.roles) == (
        None,
        "not known apart from other access",
        ("lake-prd-job-desk-r",),
    )


def test_tokens_are_words_and_no_people() -> None:
    lake = desk()
    row = outside(lake, "sas:*/export", "mkt-a", "keep_bearer", lane="bearer")
    one = dossiers(lake, residual_classes=[row]).of("residual", made_id("residual", "sas:*/export", "keep_bearer"))
    assert one.sentence.startswith("Whoever holds a token of the policy export can read 1 container")
    assert not one.person.leaver


def test_a_drop_says_whose_access_would_end_and_that_undecided_it_stays() -> None:
    lake = desk()
    rows = [outside(lake, "zed", box, "drop_leavers", reason="They left.") for box in ("mkt-a", "fx-a")]
    one = dossiers(lake, residual_classes=rows).of("drop", made_id("drop", "zed", "drop_leavers"))
    assert one.sentence == (
        "The policy leavers would end that Zed Old can read 2 containers: They left. Undecided, it stays."
    )
    assert (one.pairs, one.used_pairs, [person.person.name for person in one.people]) == (2, 0, ["Zed Old"])
    assert [card.word for card in one.sensitive] == ["restricted", "internal"]


def test_what_nobody_used_of_a_role() -> None:
    lake = desk()
    market = class_of(lake, "mkt-b")
    window = {
        "since": golden.AS_OF.replace(day=1),
        "until": golden.AS_OF,
        "window_days": 29,
        "closings": "0 month ends",
    }
    one = dossiers(
        lake,
        role_variants=[{"role_id": "desk", "offered": True, "way_back": "approve it again", **window}],
        variant_classes=[
            {"role_id": "desk", "class_id": class_of(lake, box), "level": 1, "containers_kept": 1}
            | {"containers_dropped": 0, "users": 1}
            for box in ("mkt-a", "fx-a")
        ],
        excess=[
            {"container": "mkt-b", "class_id": market, "zone": "raw", "restricted": False, "people": 4, "roles": 1}
            | {"weight": 4.0}
        ],
    ).of("unused", "desk")
    assert one.sentence == "Nobody used 1 container of lake-prd-job-desk-r in 29 days, which 3 people can read."
    assert (one.containers, one.people, one.pairs, one.names, one.offered) == (1, 3, 3, ("mkt-b",), True)
    assert [(place.system, place.zone, place.containers) for place in one.places] == [("MKT", "raw", 1)]
    assert (one.days, one.way_back) == (29, "approve it again")


def test_a_question_of_zones_says_what_is_proposed_and_who_reads_it() -> None:
    lake = desk()
    zones = lake.proposal.zones.with_columns(needs_review=pl.col("container").is_in(["mkt-a"]))
    lake = replace(lake, proposal=replace(lake.proposal, zones=conform(zones, t.Zones)))
    made = dossiers(lake)
    one = made.of("zone", made_id("zone", "system MKT", "curated", "risk"))
    assert one.sentence == (
        "1 container of MKT is proposed for zone curated and domain risk; an answer from an owner would settle it."
    )
    assert (one.readers, one.roles, one.examples[0].container) == (4, ("lake-prd-job-desk-r",), "mkt-a")


def test_a_merge_says_who_reaches_what_today() -> None:
    lake = desk()
    place = {
        "target_account": "new",
        "target_container": "risk-curated",
        "disposition": "migrate",
        "product": "risk-mkt",
    }
    rows = [{"container": box, "enforcement": "acl"} | place for box in ("mkt-a", "pay-in")]
    one = dossiers(lake, layout=rows).of("merge", made_id("merge", "new", "risk-curated"))
    assert one.sentence == "2 containers with 2 audiences would share new/risk-curated: nobody gains access."
    assert one.audiences == (("1 container of MKT", 4), ("1 container of PAY", 1))
    exposed = [{**row, "enforcement": "role_assignment"} for row in rows]
    one = dossiers(lake, layout=exposed).of("merge", made_id("merge", "new", "risk-curated"))
    assert one.newly_exposed == 3, "ana, bo and cy would reach pay-in"


def test_a_pilot_says_how_much_it_is() -> None:
    one = dossiers(desk()).of("pilot", "risk")
    assert one.sentence == "risk would go first: 4 containers, 4 people who hold any of it."


def test_a_finding_says_whom_it_is_about_and_in_which_roles() -> None:
    row = {
        "finding_id": "unused-access",
        "object_kind": "principal",
        "object_id": "cy",
        "severity": "medium",
        "title": "Access that was not used",
        "evidence": "none in 90 days",
        "affected": 3,
        "action": "Let it lapse.",
    }
    made = dossiers(desk(), findings=conform(pl.DataFrame([row]), t.Findings))
    one = made.of("finding", made_id("finding", "unused-access", "principal", "cy"))
    assert (one.sentence, one.roles) == ("Access that was not used: Cy Lim.", ("lake-prd-job-desk-r",))
    box = row | {"object_kind": "container", "object_id": "mkt-b"}
    made = dossiers(desk(), findings=conform(pl.DataFrame([box]), t.Findings))
    one = made.of("finding", made_id("finding", "unused-access", "container", "mkt-b"))
    assert ([card.name for card in one.classes], one.roles) == (["mkt-b"], ("lake-prd-job-desk-r",))


@pytest.mark.parametrize("kind", [kind for kind in REVIEW_KINDS if kind != "pilot"])
def test_an_item_that_is_not_there_is_an_error_with_a_hint(kind: str) -> None:
    with pytest.raises(InputError, match=f"there is no {kind} 'gone'"):
        dossiers(desk()).of(kind, "gone")


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(InputError, match="nothing of kind 'colour' is reviewed"):
        dossiers(desk()).of("colour", "x")
