"""The access matrix: counts are those of the access it renders, and the heat map shows planted blocks."""

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from lakezones.access import AccessSettings, resolve
from lakezones.model.frames import Access, Facts
from lakezones.report.heatmap import heatmap_frame
from lakezones.report.matrix import by_container, by_department, by_person
from tests import golden


@pytest.fixture(scope="module")
def lake() -> tuple[Facts, Access]:
    facts = golden.facts()
    return facts, resolve(facts, settings=AccessSettings())


def test_by_person(lake: tuple[Facts, Access]) -> None:
    people = {row["principal_id"]: row for row in by_person(*lake).iter_rows(named=True)}
    assert (people["ivy"]["read"], people["ivy"]["write"], people["ivy"]["systems"]) == (5, 3, 2)
    assert (people["kim"]["read"], people["kim"]["control"]) == (39, 40)
    assert (people["dan"]["eligible"], people["dan"]["used"]) == (1, 2)
    assert people["lou"]["used"] == 0


def test_by_container(lake: tuple[Facts, Access]) -> None:
    containers = {row["container"]: row for row in by_container(*lake).iter_rows(named=True)}
    assert containers["crm-std-lead"]["readers"] == 7
    assert (containers["crm-std-lead"]["writers"], containers["crm-std-lead"]["machines"]) == (1, 1)
    assert containers["ref-mart-calendar"]["bearer"] == 1
    assert containers["hr-raw-salary"]["readers"] == 2
    assert (
        sum(row["readers"] for row in containers.values())
        == by_person(*lake).filter(pl.col("kind").fill_null("user") == "user")["read"].sum()
    )


def test_by_department(lake: tuple[Facts, Access]) -> None:
    cells = {(row["department"], row["system"]): row for row in by_department(*lake).iter_rows(named=True)}
    assert cells["Finance", "FIN"]["density"] == 1.0
    assert cells["Retail", "CRM"]["people"] == 3
    assert cells["Data", "CRM"]["write_pairs"] == 3


def test_usage_that_was_not_assessed_is_not_zero(lake: tuple[Facts, Access]) -> None:
    facts, access = lake
    assert by_person(Facts(**{**vars(facts), "usage": None}), access)["used"].null_count() == 14


def test_blocks_can_be_seen() -> None:
    """Three planted blocks, shuffled: in the heat map every block is contiguous in rows and columns."""
    rng = np.random.default_rng(7)
    people, containers = rng.permutation(30), rng.permutation(60)
    rows = [
        {"principal_id": f"p{p:02d}", "container": f"c{c:02d}"}
        for block in range(3)
        for i, p in enumerate(people[block * 10 : block * 10 + 10])
        for j, c in enumerate(containers[block * 20 : block * 20 + 20])
        if (i + j) % 7
    ]
    facts = Facts.of({"grants": pl.DataFrame(rows)}, as_of=datetime(2026, 1, 1, tzinfo=UTC))
    cells = heatmap_frame(facts, resolve(facts, settings=AccessSettings()))
    block_of = {f"p{p:02d}": i // 10 for i, p in enumerate(people)}
    order = cells.unique("row").sort("row")["principal_id"].replace_strict(block_of).to_list()
    assert order == sorted(order, key=[*dict.fromkeys(order)].index)
    spans = (
        cells.with_columns(block=pl.col("principal_id").replace_strict(block_of))
        .group_by("block")
        .agg(pl.col("column").min().alias("first"), pl.col("column").max().alias("last"))
    )
    edges = sorted(spans.select("first", "last").iter_rows())
    assert all(left[1] < right[0] for left, right in pairwise(edges))


def test_a_heat_map_keeps_bands_together_is_capped_and_may_be_empty(lake: tuple[Facts, Access]) -> None:
    whole = heatmap_frame(*lake)
    for axis, name, band in (("row", "principal_id", "department"), ("column", "class_id", "system")):
        places = whole.select(axis, name, band).unique().sort(axis)
        assert places[axis].to_list() == list(range(places.height))
        assert places[name].is_unique().all()
        assert places[band].rle().len() == places[band].n_unique(), "a department or system is torn apart"
    small = heatmap_frame(*lake, max_rows=3, max_columns=2)
    assert small["row"].n_unique() <= 3
    assert small["column"].n_unique() <= 2
    facts = Facts.of({"grants": pl.DataFrame({"principal_id": ["p"], "container": ["c"]}).clear()}, as_of=golden.AS_OF)
    assert heatmap_frame(facts, resolve(facts, settings=AccessSettings())).is_empty()
