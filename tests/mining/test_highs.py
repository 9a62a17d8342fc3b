"""The solver: silent whatever its version does on its own, and its numbers."""

import subprocess
import sys
from collections.abc import Callable

import highspy
import numpy as np
import pytest

from lakezones.mining.budget import Budget
from lakezones.mining.highs import Program

SCRIPT = """
import numpy as np
from lakezones.mining.budget import Budget
from lakezones.mining.highs import Program
program = Program(Budget(10**9))
program.add_variables(np.ones(3), integer=3)
program.add_constraints(np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]]), lower=1.0)
program.run()
assert program.optimal and program.values.sum() == 2
"""


def test_nothing_is_printed() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_output_is_off_before_callbacks_are_enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The banner of 1.16 is printed by the constructor's call of `enableCallbacks`."""
    seen = []
    enable: Callable[[highspy.Highs], None] = highspy.Highs.enableCallbacks

    def spy(solver: highspy.Highs) -> None:
        seen.append(solver.getOptionValue("output_flag")[1])
        enable(solver)

    monkeypatch.setattr(highspy.Highs, "enableCallbacks", spy)
    Program(Budget(1))
    assert seen in ([], [False])


def test_dual_values_of_a_cover() -> None:
    """Three assignments, each pair in a role: one and a half roles, half a role each."""
    program = Program(Budget(10**9), maximize=True)
    program.add_variables(np.ones(2))
    program.add_constraints(np.array([[1, 1], [1, 0], [0, 1]]), upper=1.0)
    program.add_variables(np.ones(1), np.array([[0, 1, 1]]))
    program.run()
    assert program.shape == (3, 3)
    assert program.values is not None
    assert program.values.sum() == pytest.approx(1.5)
    assert program.dual_values.sum() == pytest.approx(1.5)
