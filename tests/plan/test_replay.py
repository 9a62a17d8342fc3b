"""Plans, written to files and replayed by a script that shares nothing with the product, end where they began."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from lakezones.demo.firm.generate import generate
from lakezones.demo.firm.settings import FirmSettings
from lakezones.model.frames import Facts, Plan
from tests import golden
from tests.plan.journeys import Journey, golden_journey, journey
from tests.plan.replay import Pairs, replay

FIRMS = [
    FirmSettings(seed=7, people=20, containers=150, domains=4, teams=4, systems=10, entitlements=14),
    FirmSettings(seed=8, people=30, containers=200, domains=5, teams=6, systems=12, entitlements=20),
]


def write(plan: Plan, folder: Path) -> Path:
    """The two files a replay reads."""
    plan.steps.write_csv(folder / "plan.csv")
    plan.items.write_parquet(folder / "items.parquet")
    return folder


def replayed(lake: Journey, plan: Plan, folder: Path) -> tuple[Pairs, Pairs]:
    facts = {
        name: lake.facts.table(name)
        for name in (
            "containers",
            "principals",
            "memberships",
            "role_assignments",
            "acls",
            "entitlements",
            "entitlement_containers",
            "grants",
        )
    }
    return replay(write(plan, folder), facts, lake.facts.as_of)


@pytest.fixture(scope="module")
def tiny() -> Journey:
    return golden_journey()


def test_golden_lake_ends_with_the_access_it_had(tiny: Journey, tmp_path: Path) -> None:
    plan = tiny.plan()
    before, after = replayed(tiny, plan, tmp_path)
    assert before == tiny.effective()
    assert after == before
    assert plan.summary["containers_moved"] == 32
    assert plan.summary["memberships_removed"] > 0


@pytest.mark.parametrize("settings", FIRMS, ids=lambda one: str(one.seed))
def test_generated_lake_ends_with_the_access_it_had(settings: FirmSettings, tmp_path: Path) -> None:
    firm = generate(settings)
    lake = journey(firm.snapshot(), firm.truth["zones"])
    plan = lake.plan()
    before, after = replayed(lake, plan, tmp_path)
    assert before == lake.effective()
    assert after == before
    assert lake.prove(plan).holds


def test_what_a_policy_drops_is_gone_in_the_end_and_nothing_else(tiny: Journey, tmp_path: Path) -> None:
    lou = (pl.col("principal_id") == "lou") & (pl.col("lane") == "data")
    residual = tiny.proposal.residual_classes.with_columns(
        pl.when(lou).then(pl.lit("drop")).otherwise("kind").alias("kind"),
        pl.when(lou).then(pl.lit("drop_leavers")).otherwise("disposition").alias("disposition"),
        pl.when(lou).then(None).otherwise("group_id").alias("group_id"),
    )
    lake = replace(tiny, proposal=replace(tiny.proposal, residual_classes=residual))
    plan = lake.plan()
    before, after = replayed(lake, plan, tmp_path)
    dropped = {pair for pair in before if pair[0] == "lou"}
    assert dropped
    assert after == {pair: level for pair, level in before.items() if pair not in dropped}
    assert plan.summary["drops_blocked"] == 0
    assert lake.prove(plan).holds


def test_a_lake_known_from_grants_alone(tmp_path: Path) -> None:
    rows = [(p, c, "CRM" if c < "c4" else None) for p in ("ann", "bob", "cyd") for c in ("c1", "c2", "c3", "c4")]
    grants = pl.DataFrame(
        [*rows, ("dee", "c1", "CRM")], schema=["principal_id", "container", "entitlement"], orient="row"
    )
    containers = pl.DataFrame({"container": ["c1", "c2", "c3", "c4"]})
    facts = Facts.of({"grants": grants, "containers": containers}, as_of=golden.AS_OF)
    zones = containers.with_columns(zone=pl.lit("raw"), domain=pl.lit("crm"))
    lake = journey(facts, zones, min_members=2)
    plan = lake.plan()
    before, after = replayed(lake, plan, tmp_path)
    assert before == lake.effective()
    assert after == before
    assert lake.prove(plan).holds
