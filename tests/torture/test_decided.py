"""Hundreds of reviews at random: target, plan and proof of each against the reference, person by person."""

from pathlib import Path

import pytest

from tests.plan.deciding import draw
from tests.plan.test_deciding import LAKES, ends_as_decided, lake_of

SEEDS = 120


@pytest.mark.torture
@pytest.mark.parametrize("name", LAKES)
def test_plans_end_in_what_was_decided(name: str, tmp_path: Path) -> None:
    lake = lake_of(name)
    for seed in range(20_000, 20_000 + SEEDS):
        drawn = draw(lake, seed)
        if drawn.rows:
            ends_as_decided(lake, drawn, tmp_path)
