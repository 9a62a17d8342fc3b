"""Groups of rows by evidence: planted groups are found behind noise, and what is unknown says nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakezones.mining.mixture import mixture


def planted(rng: np.random.Generator, *, missing: float, odd: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows of six groups of five to twelve, each with six columns of its own; and the groups."""
    sizes = rng.integers(5, 13, 6)
    truth = np.repeat(np.arange(6), sizes)
    on = np.repeat(np.eye(6, dtype=bool), 6, axis=1)
    return rng.random((truth.size, 36)) < np.where(on[truth], 1 - missing, odd), truth


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two groupings are the same but for the numbers of the groups."""
    return len(set(zip(one.tolist(), other.tolist(), strict=True))) == len(set(one)) == len(set(other))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_planted_groups_are_found_behind_missing_and_odd_cells(seed: int) -> None:
    held, truth = planted(np.random.default_rng(seed), missing=0.08, odd=0.02)
    found = mixture(held)
    agreement = [np.bincount(found.labels[truth == g]).max() for g in range(6)]
    assert sum(agreement) >= 0.95 * truth.size
    assert found.on.shape == (found.labels.max() + 1, held.shape[1])


def test_who_has_all_of_one_group_and_half_of_another_is_in_the_first() -> None:
    held, truth = planted(np.random.default_rng(1), missing=0.0, odd=0.0)
    mover, former = int(np.flatnonzero(truth == 3)[0]), np.flatnonzero(truth == 0)
    held[mover, :3] = True
    found = mixture(held, truth[:, None])
    assert found.labels[mover] == found.labels[np.flatnonzero(truth == 3)[1]]
    assert not found.on[found.labels[mover], :3].round().any()
    assert found.labels[mover] != found.labels[former[0]]


def test_attributes_that_predict_nothing_are_not_heard() -> None:
    rng = np.random.default_rng(2)
    held, truth = planted(rng, missing=0.0, odd=0.0)
    noise = rng.integers(0, 9, (truth.size, 1))
    assert same(mixture(held, noise).labels, truth)


def test_unknown_cells_say_nothing() -> None:
    held, _ = planted(np.random.default_rng(3), missing=0.0, odd=0.0)
    seen = np.random.default_rng(4).random(held.shape) < 0.7
    assert same(mixture(held ^ ~seen, None, seen).labels, mixture(held & seen, None, seen).labels)


def test_columns_in_equal_measure_are_one_group_and_nothing_is_none() -> None:
    assert mixture(np.ones((9, 4), dtype=bool)).labels.tolist() == [0] * 9
    assert mixture(np.zeros((0, 3), dtype=bool)).on.shape == (0, 3)


@pytest.mark.parametrize("said", ["nothing", "one value", "a value of their own", "their group"])
def test_more_rows_than_groups_to_start_from_whatever_attributes_say(said: str) -> None:
    rng = np.random.default_rng(7)
    truth = rng.integers(0, 12, 700)
    on = np.repeat(np.eye(12, dtype=bool), 5, axis=1)
    held = rng.random((truth.size, 60)) < np.where(on[truth], 0.96, 0.01)
    codes = {
        "nothing": np.full(700, -1),
        "one value": np.zeros(700, dtype=int),
        "a value of their own": np.arange(700),
        "their group": truth,
    }
    found = mixture(held, codes[said][:, None])
    assert sum(np.bincount(found.labels[truth == g]).max() for g in range(12)) >= 0.98 * truth.size
    assert found.on.shape[0] <= 14
