"""What is not suggested: open or restricted data, anything to people it is denied to, what no peer uses."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from lakezones.model.frames import Facts
from lakezones.model.principals import ALL_PRINCIPALS
from tests import golden
from tests.plan.journeys import Journey, journey
from tests.plan.staff import ACCOUNT, tables

READER = "Storage Blob Data Reader"
LACKING = {("Risk0", "risk-2"), ("Risk1", "risk-3")}


def containers(made: dict[str, pl.DataFrame]) -> set[tuple[str, str]]:
    """Person and container of every suggestion."""
    zones = made["containers"].select(
        "container", zone=pl.lit("raw"), domain=pl.col("container").str.split("-").list[0]
    )
    lake: Journey = journey(Facts.of(made, as_of=golden.AS_OF), zones, min_members=3, suggest=True)
    rows = lake.proposal.suggestions.join(lake.access.container_classes, on="class_id")
    return set(rows.select("principal_id", "container").iter_rows())


def suggested(made: dict[str, pl.DataFrame]) -> set[tuple[str, str]]:
    """Person and entitlement of every suggestion."""
    return {(who, box.rpartition("-")[0]) for who, box in containers(made)}


def more(made: dict[str, pl.DataFrame], table: str, **row: Any) -> dict[str, pl.DataFrame]:
    there = [made[table]] if table in made else []
    return {**made, table: pl.concat([*there, pl.DataFrame([row])], how="diagonal_relaxed")}


def used(*boxes: str) -> pl.DataFrame:
    """Use of some entitlements' containers by everybody who holds them."""
    held = tables()["entitlements"].filter(pl.col("entitlement").str.to_lowercase().is_in(boxes))
    return held.select(
        "principal_id",
        container=pl.col("entitlement").str.to_lowercase() + "-0",
        last_used=pl.lit(golden.AS_OF - timedelta(days=30)),
    )


def test_both_that_lack_one_get_a_suggestion() -> None:
    assert suggested(tables()) == LACKING


def test_nothing_on_what_anybody_can_read() -> None:
    made = tables()
    box = pl.col("container").str.starts_with("risk-2")
    made["containers"] = made["containers"].with_columns(public_access=pl.when(box).then(pl.lit("container")))
    assert suggested(made) == LACKING - {("Risk0", "risk-2")}


@pytest.mark.parametrize("tag", ["restricted", "PII", " Secret "])
def test_nothing_on_restricted_data(tag: str) -> None:
    made = tables()
    box = pl.col("container").str.starts_with("risk-2")
    said = pl.lit(f'{{"sensitivity": "{tag}"}}')
    made["containers"] = made["containers"].with_columns(metadata=pl.when(box).then(said))
    assert suggested(made) == LACKING - {("Risk0", "risk-2")}


@pytest.mark.parametrize("who", ["Risk0", "g-denied", "g-outer", ALL_PRINCIPALS])
@pytest.mark.parametrize("scope", [f"{ACCOUNT}/blobServices/default/containers/risk-2-0", ACCOUNT, "/subscriptions/s"])
def test_nothing_to_people_it_is_denied_to(who: str, scope: str) -> None:
    made = more(tables(), "memberships", group_id="g-denied", member_id="Risk0")
    made = more(made, "memberships", group_id="g-outer", member_id="g-denied")
    made = more(made, "role_assignments", principal_id=who, role=READER, scope=scope, effect="deny")
    assert ("Risk0", "risk-2-0") not in containers(made)


def test_nothing_to_people_whose_own_entry_does_not_let_them_read() -> None:
    acl = "user::rwx,user:Risk0:---,group::---,mask::r-x,other::---"
    assert ("Risk0", "risk-2") not in suggested(more(tables(), "acls", container="risk-2-0", acl=acl))


def test_nothing_that_no_peer_uses_where_use_is_known() -> None:
    every = ("risk-0", "risk-1", "risk-2", "risk-3", "risk-4")
    assert suggested({**tables(), "usage": used(*every)}) == LACKING
    assert suggested({**tables(), "usage": used("risk-0", "risk-1", "risk-3", "risk-4")}) <= {("Risk1", "risk-3")}
    assert suggested({**tables(), "usage": used("sales-0")}) == set()
