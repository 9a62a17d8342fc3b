"""The bank of matrices: what its entries say of themselves is so, and the runner notices a worse run."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.matrices.__main__ import SOURCE, main
from tests.benchmarks.matrices.bank import BANK, Matrix
from tests.benchmarks.matrices.measure import Figures, differences

SMALL = [matrix for matrix in BANK.values() if matrix.people <= 4000 and matrix.permissions <= 4000]


def test_has_at_least_sixty_matrices_up_to_the_largest_published_size() -> None:
    assert len(BANK) >= 60
    assert (10_000, 12_500) in {(matrix.people, matrix.permissions) for matrix in BANK.values()}


@pytest.mark.parametrize("matrix", SMALL, ids=lambda matrix: matrix.name)
def test_a_matrix_has_the_size_it_says_and_no_assignment_twice(matrix: Matrix) -> None:
    rows, cols = matrix.assignments()
    assert rows.max() + 1 <= matrix.people
    assert cols.max() + 1 <= matrix.permissions
    assert np.unique(rows).size >= 0.9 * matrix.people
    assert np.unique(np.stack([rows, cols]), axis=1).shape[1] == rows.size


def test_a_matrix_is_the_same_at_every_call() -> None:
    matrix = BANK["comp-10x50-across"]
    assert all(np.array_equal(*pair) for pair in zip(matrix.assignments(), matrix.assignments(), strict=True))


def test_the_runner_mines_a_matrix_and_keeps_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "kept.json"
    assert main(["--names", "shape-complete-300", "--source", str(SOURCE), "--save", str(kept)]) == 0
    assert "1 of 1 proven" in capsys.readouterr().out
    figures = json.loads(kept.read_text())["shape-complete-300"]
    assert (figures["roles"], figures["bound"], figures["planted"], figures["failure"]) == (1, 1, 1, "")


def figures(**changed: object) -> Figures:
    """The figures of a proven matrix but for what is given."""
    proven = {"planted": 9, "roles": 8, "bound": 8, "optimal": True, "seconds": 3.0, "cpu_seconds": 3.0, "failure": ""}
    return Figures(**{**proven, **changed})  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({}, None),
        ({"optimal": False, "bound": 7}, "m: proof lost (8 roles, now 8, bound 7)"),
        ({"roles": 7, "bound": 7}, "m: two optima, 8 and 7"),
        ({"seconds": 6.1, "cpu_seconds": 6.1}, "m: slower, 3.0 s and now 6.1 s"),
        ({"seconds": 6.1}, None),
        ({"failure": "no"}, "m: fails, no"),
    ],
)
def test_what_is_worse_is_said(changed: dict[str, object], line: str | None) -> None:
    assert differences({"m": figures()}, {"m": figures(**changed)}) == ([] if line is None else [line])


def test_an_unknown_name_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--names", "nothing-*"]) == 2
    assert "no matrix is named nothing-*" in capsys.readouterr().err
