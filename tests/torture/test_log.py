"""1,200 seeded tamperings with what a checkpoint covers: each is found from log and checkpoint alone."""

import pytest

from lakezones.review.log import Checkpoint, verify
from lakezones.review.log.records import tree
from tests.review.log.tampering import TAMPERINGS, tampered

pytestmark = pytest.mark.torture


@pytest.mark.parametrize("part", range(10))
def test_no_tampering_goes_unseen(part: int) -> None:
    found = 0
    for seed in range(part * 120, part * 120 + 120):
        before, after, what, covered = tampered(seed)
        kept = Checkpoint("bank.example/lake", covered, tree(before).root(covered))
        assert verify(before, kept).holds, seed
        assert not verify(after, kept).holds, (seed, what)
        found += 1
    assert found == 10 * len(TAMPERINGS)
