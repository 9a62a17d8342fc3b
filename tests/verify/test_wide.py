"""Roles above containers where data goes into another account: the layout keeps it where it is, and so does the proof.

Each lake is planned twice: as proposed, which must hold; and with the containers moved all the same, which must not.
"""

from dataclasses import replace

import polars as pl
import pytest

from lakezones.model import tables as t
from lakezones.model.frames import Plan, Proof, conform
from lakezones.verify.rules.conditions import could_hold
from tests.plan.journeys import Journey
from tests.plan.mesh import Rows, arm, assigned, causes, mesh, tables
from tests.plan.small import BEFORE

NAME = "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name]"
GUARD = "!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'})"
OWNER = "Storage Blob Data Owner"


def apart() -> Rows:
    """Lakea, lakeb, and an empty account for the mesh in a subscription and a resource group of its own."""
    placed = {"subscription_id": "s", "resource_group": "r", "hns": True}
    return [
        {"account": "lakea", **placed},
        {"account": "lakeb", **placed},
        {"account": "meshlake", **placed, "subscription_id": "s2", "resource_group": "r2"},
    ]


def forced(lake: Journey, account: str) -> Journey:
    """The same proposal with what stays for roles above containers moved all the same."""
    wide = pl.col("cause").cast(pl.String).is_in(["wide_loss", "wide_gain"])
    row = lake.proposal.layout.with_columns(
        pl.when(wide).then(pl.lit("migrate")).otherwise(pl.col("disposition").cast(pl.String)).alias("disposition"),
        pl.when(wide).then(pl.lit(account)).otherwise("target_account").alias("target_account"),
        pl.when(wide).then(pl.lit("sales-raw")).otherwise("target_container").alias("target_container"),
        pl.when(wide).then(pl.col("container").str.replace("/", "-")).otherwise("target_path").alias("target_path"),
        pl.when(wide).then(None).otherwise(pl.col("cause").cast(pl.String)).alias("cause"),
    )
    return replace(lake, proposal=replace(lake.proposal, layout=conform(row, t.Layout)))


def failed(proof: Proof) -> set[str]:
    return {claim["id"] for claim in proof.claims if not claim["holds"]}


LOSES = {
    "a role on the source account": ("meshlake", [assigned("kim", arm("lakea"))]),
    "a role on the source's group": ("meshlake", [assigned("kim", "/subscriptions/s/resourceGroups/r")]),
    "a role on the source's subscription": ("meshlake", [assigned("kim", "/subscriptions/S")]),
    "a way to the keys": ("meshlake", [assigned("kim", arm("lakea"), "Contributor")]),
    "an eligible role": ("meshlake", [assigned("kim", arm("lakea"), state="eligible")]),
    "a blob service's role": ("meshlake", [assigned("kim", arm("lakea") + "/blobServices/default")]),
    "a deny on the target account": ("lakea", [assigned("ann", arm("lakea"), OWNER, effect="deny")]),
    "a deny for everybody": (
        "lakea",
        [assigned("00000000-0000-0000-0000-000000000000", arm("lakea"), OWNER, effect="deny")],
    ),
    "a deny on the empty target": (
        "meshlake",
        [assigned("g1", arm("meshlake", subscription="s2", group="r2"), effect="deny")],
    ),
}
GAINS = {
    "a role on the target account": ("lakea", [assigned("kim", arm("lakea"))]),
    "a higher role of a reader": ("lakea", [assigned("ann", arm("lakea"), OWNER)]),
    "a role on the empty target": ("meshlake", [assigned("kim", arm("meshlake", subscription="s2", group="r2"))]),
    "a role on the target's group": ("meshlake", [assigned("kim", "/subscriptions/s2/resourceGroups/R2")]),
    "a role on the target's subscription": ("meshlake", [assigned("kim", "/subscriptions/S2/")]),
    "a way to the target's keys": ("lakea", [assigned("kim", arm("lakea"), "Owner")]),
    "an eligible role on the target": ("lakea", [assigned("kim", arm("lakea"), state="eligible")]),
    "a group on the target": ("lakea", [assigned("g2", arm("lakea"))]),
    "a service on the target": ("lakea", [assigned("sp-etl", arm("lakea"), "Storage Blob Data Contributor")]),
    "a role nobody defines": ("meshlake", [assigned("kim", "/subscriptions/s2", "Custom Role 7")]),
    "a condition on the new name": (
        "",
        [
            assigned(
                "kim", arm("lakea"), condition=f"({GUARD} OR ({NAME} StringLike 'sales-*'))", condition_version="2.0"
            )
        ],
    ),
    "a condition that excludes old names": (
        "",
        [assigned("kim", arm("lakea"), condition=f"({GUARD} OR ({NAME} StringNotLike 'c*'))", condition_version="2.0")],
    ),
}


def lake_of(account: str, more: Rows) -> Journey:
    made = tables(*more, accounts=apart())
    made["principals"] += [{"principal_id": "g2", "kind": "group", "name": "Others"}]
    made["memberships"] += [{"group_id": "g2", "member_id": "kim"}]
    return mesh(made, account)


@pytest.mark.parametrize("attack", [*LOSES, *GAINS])
def test_who_would_gain_or_lose_keeps_the_data_where_it_is(attack: str) -> None:
    account, more = (LOSES | GAINS)[attack]
    lake = lake_of(account, more)
    cause = "wide_loss" if attack in LOSES else "wide_gain"
    assert cause in set(causes(lake).values())
    assert failed(lake.prove(lake.plan())) == set()
    moved = forced(lake, account or "lakea")
    claims = failed(moved.prove(moved.plan()))
    assert claims & ({"no-loss"} if attack in LOSES else {"no-excess"}), claims


FREE: dict[str, tuple[str, Rows]] = {
    "the same role on both": ("lakea", [assigned("kim", arm("lakea")), assigned("kim", arm("lakeb"))]),
    "a role above both": ("lakea", [assigned("kim", "/subscriptions/s")]),
    "a management group's role": ("meshlake", [assigned("kim", "/providers/Microsoft.Management/managementGroups/m")]),
    "a reader who reads it all anyway": ("lakea", [assigned("ann", arm("lakea"))]),
    "a role that opens nothing": ("meshlake", [assigned("kim", "/subscriptions/s2", "Reader")]),
    "a role that has ended": ("lakea", [assigned("kim", arm("lakea"), expires_at=BEFORE)]),
    "a condition on another name": (
        "",
        [assigned("kim", arm("lakea"), condition=f"({GUARD} OR ({NAME} StringEquals 'hr'))", condition_version="2.0")],
    ),
}


@pytest.mark.parametrize("case", FREE)
def test_what_changes_nothing_for_anybody_moves(case: str) -> None:
    account, more = FREE[case]
    lake = lake_of(account, more)
    found = causes(lake)
    assert found["lakeb/c0"] is None, found
    proof = lake.prove(lake.plan())
    assert failed(proof) == set(), proof.counterexample


def planned() -> tuple[Journey, Plan]:
    lake = mesh(tables())
    return lake, lake.plan()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("lakea/sales-raw", "lakeb/sales-raw"),
        ("lakea/sales-raw", "evil.example#/sales-raw"),
        ("lakea/sales-raw", "meshlake/sales-raw"),
        ("lakea/sales-raw", "sales-raw"),
        ("lakea/sales-raw", "lakea/Sales_Raw"),
        ("lakea/sales-raw", "lakea/hr-raw"),
        ("lakea/sales-raw/c0", "lakea/sales-raw/c1"),
    ],
)
def test_a_target_that_is_not_the_layouts_fails(before: str, after: str) -> None:
    lake, plan = planned()
    assert failed(lake.prove(plan)) == set()
    items = plan.items.with_columns(pl.col("target", "container").str.replace(f"^{before}", after))
    assert items.rows() != plan.items.rows()
    assert "well-formed" in failed(lake.prove(replace(plan, items=items)))


def test_a_container_that_the_layout_leaves_may_not_be_copied() -> None:
    lake, plan = planned()
    leaving = lake.proposal.layout.with_columns(
        disposition=pl.when(pl.col("container") == "lakea/c0").then(pl.lit("leave")).otherwise(pl.lit("migrate"))
    )
    told = replace(lake, proposal=replace(lake.proposal, layout=conform(leaving, t.Layout)))
    proof = told.prove(plan)
    assert "well-formed" in failed(proof)
    assert "lakea/c0" in proof.counterexample["container"]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (f"({GUARD} OR ({NAME} StringEquals 'zone'))", True),
        (f"({GUARD} OR ({NAME} StringEqualsIgnoreCase 'ZONE'))", True),
        (f"({GUARD} OR ({NAME} StringEquals 'other'))", False),
        (f"({GUARD} OR ({NAME} ForAnyOfAnyValues:StringLike {{'a*', 'zo*'}}))", True),
        (f"({GUARD} OR ({NAME} ForAnyOfAnyValues:StringLike {{'a*', 'b*'}}))", False),
        (f"({GUARD} OR ({NAME} StringStartsWith 'zo'))", True),
        (f"({GUARD} OR ({NAME} StringNotEquals 'other'))", True),
        (f"({GUARD} OR !({NAME} StringEquals 'other'))", True),
        (f"({GUARD} OR (NOT {NAME} StringEquals 'other'))", True),
        (f"({GUARD} OR ({NAME} StringEquals 'other') OR (@Request[x] BoolEquals true))", True),
        (GUARD, True),
        ("anything (", True),
        (f"({GUARD} OR ({NAME} StringEquals 'other'))" + " " * 9000, True),
    ],
)
def test_a_condition_could_hold_unless_it_is_certain_to_fail(condition: str, holds: bool) -> None:
    assert could_hold(condition, "zone") == holds
