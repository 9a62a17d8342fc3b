"""Merges that `--over-grant` buys are priced and listed, and the plan carries none of them out: nobody gains access."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from lakezones.demo.firm.generate import generate
from lakezones.demo.firm.settings import FirmSettings
from lakezones.model.naming import NamingSettings
from lakezones.propose.layout import LayoutResult, LayoutSettings, propose_layout
from lakezones.propose.roles.settings import RolesSettings
from lakezones.propose.roles.stage import propose_roles
from tests.plan.journeys import LIMITS, Journey, journey
from tests.plan.test_replay import replayed

SETTINGS = FirmSettings(seed=9, people=24, containers=180, domains=4, teams=5, systems=10, entitlements=16)
EVERYTHING = 10_000_000


@pytest.fixture(scope="module")
def bought() -> tuple[Journey, LayoutResult]:
    """A lake whose every merge was bought, up to its proposal."""
    made = generate(SETTINGS)
    lake = journey(made.snapshot(), made.truth["zones"])
    mined = propose_roles(
        lake.facts, lake.access, lake.proposal.zones, settings=RolesSettings(), naming=NamingSettings()
    )
    layout = propose_layout(
        lake.facts,
        lake.access,
        lake.proposal.zones,
        mined,
        settings=LayoutSettings(over_grant=EVERYTHING),
        limits=LIMITS,
    )
    return Journey(lake.facts, lake.access, replace(lake.proposal, layout=layout.layout)), layout


def test_the_layout_says_what_merges_would_open(bought: tuple[Journey, LayoutResult]) -> None:
    _, layout = bought
    assert layout.summary["newly_exposed_pairs"] == int(layout.new_access["containers"].sum()) > 0
    assert set(layout.layout["enforcement"].drop_nulls().cast(pl.String)) == {"role_assignment"}


def test_the_plan_opens_none_of_it(bought: tuple[Journey, LayoutResult], tmp_path: Path) -> None:
    lake, _ = bought
    plan = lake.plan()
    before, after = replayed(lake, plan, tmp_path)
    assert plan.summary["containers_moved"] > 100
    assert after == before
    assert lake.prove(plan).holds
