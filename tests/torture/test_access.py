"""100,000 random decisions about a person and a container, in every lane and level, against the slow reference."""

import pytest

from tests.access.differential import assert_agree

SEEDS = 20
PAIRS = 100_000


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(1000, 1000 + SEEDS))
def test_access_agrees_with_the_reference(seed: int) -> None:
    assert assert_agree(seed, together=420, alone=16) >= PAIRS // SEEDS
