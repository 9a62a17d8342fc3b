"""Certificates of bounds: true on the original matrix, checked by the script alone, refused once they are changed."""

import copy
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from lakezones.mining.budget import Budget
from lakezones.mining.exact.mine import mine
from lakezones.mining.proof import Proof
from lakezones.store.mined import certificate
from tests.benchmarks.planted import planted
from tests.cli.test_mine import mine as command
from tests.mining.test_exact import fewest_roles
from tests.mining.test_exact_parts import closed_roles

Matrix = npt.NDArray[np.bool_]

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "check_roles.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_roles", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def holds(matrix: Matrix, proof: Proof) -> bool:
    """Whether the argument of a proof is sound, by the definitions and nothing else."""
    edges = [tuple(edge) for edge in proof.assignments.tolist()]
    assert all(matrix[edge] for edge in edges)
    match proof.kind:
        case "fooling_set":
            return not any(matrix[u, q] and matrix[v, p] for u, p in edges for v, q in edges if (u, p) != (v, q))
        case "deduction":
            taken = [[edge] for edge in edges]

            def fits(edge: tuple[int, int], role: list[tuple[int, int]]) -> bool:
                return all(matrix[edge[0], q] and matrix[v, edge[1]] for v, q in role)

            for number, (u, p, seed) in enumerate(proof.steps.tolist(), 1):
                roles = [i for i, role in enumerate(taken) if fits((u, p), role)]
                if not matrix[u, p] or roles != ([] if number == len(proof.steps) else [seed]):
                    return False
                if roles:
                    taken[seed].append((u, p))
            return len(proof.steps) > 0
        case "dual":
            weight = dict(zip(edges, proof.weights.tolist(), strict=True))
            heaviest = max(sum(weight.get(cell, 0) for cell in role) for role in closed_roles(matrix))
            return heaviest <= proof.limit and sum(weight.values()) > proof.limit * (proof.bound - 1)
        case "solver":
            return True


medium = st.builds(
    lambda n, m, density, seed: np.random.default_rng(seed).random((n, m)) < density,
    st.integers(1, 9),
    st.integers(1, 9),
    st.floats(0.3, 0.9),
    st.integers(0, 2**32),
)


@settings(max_examples=80, deadline=None)
@given(medium)
def test_proofs_hold_on_the_original_matrix(matrix: Matrix) -> None:
    mined = mine(sparse.csr_matrix(matrix), Budget(10**9), seed=0)
    for block in mined.blocks:
        assert all(holds(matrix, proof) for proof in block.proofs)
        assert block.lower_bound == len(block.roles)


@settings(max_examples=60, deadline=None)
@given(arrays(bool, st.tuples(st.integers(1, 5), st.integers(1, 5))), st.integers(1, 400))
def test_bounds_are_true_however_little_is_spent(matrix: Matrix, work: int) -> None:
    mined = mine(sparse.csr_matrix(matrix), Budget(work), seed=0)
    assert all(holds(matrix, proof) for block in mined.blocks for proof in block.proofs)
    assert mined.lower_bound <= fewest_roles(matrix) <= sum(len(block.roles) for block in mined.blocks)


KINDS: dict[str, Matrix] = {
    "fooling_set": planted(30, 30, n_roles=8, density=0.2, seed=0, per_person=2),
    "deduction": planted(40, 40, n_roles=20, density=0.4, seed=1),
    "dual": np.random.default_rng(1).random((14, 14)) < np.random.default_rng(1).uniform(0.4, 0.9),
    "solver": ~np.eye(9, dtype=bool),
}


def written(folder: Path, matrix: Matrix) -> tuple[list[Path], dict[str, Any]]:
    """The files that the script reads, and the summary."""
    people, permissions = np.nonzero(matrix)
    lines = [f"=p{i};'q{j}" for i, j in zip(people, permissions, strict=True)]
    (folder / "m.csv").write_text("\n".join(["user;permission", *lines]), "utf-8")
    done = command(folder / "m.csv", "--out", folder / "out", "--certificate", folder / "c.json", "--json")
    assert done.returncode == 0, done.stderr
    return [folder / "m.csv", folder / "out", folder / "c.json"], json.loads(done.stdout)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_script_checks_every_kind_but_the_solver(script: ModuleType, tmp_path: Path, kind: str) -> None:
    files, summary = written(tmp_path, KINDS[kind])
    assert summary["optimal"]
    assert summary["certificates"] == {kind: 1}
    assert summary["blocks"] == [
        {"roles": summary["roles"], "lower_bound": summary["roles"], "certificate": kind},
    ]
    assert script.main(*files) == (4 if kind == "solver" else 0)


def drop_assignment(part: dict[str, Any]) -> None:
    part["assignments"].pop()
    del part["weights"][len(part["assignments"]) :]


def repeat_assignment(part: dict[str, Any]) -> None:
    part["assignments"][0] = part["assignments"][1]


def unknown_person(part: dict[str, Any]) -> None:
    part["assignments"][0][0] = "nobody"


def lower_limit(part: dict[str, Any]) -> None:
    part["limit"] = part["limit"] * 9 // 10


def drop_steps(part: dict[str, Any]) -> None:
    del part["steps"][:-1]


def wrong_role(part: dict[str, Any]) -> None:
    part["steps"][0][2] += 1


def no_contradiction(part: dict[str, Any]) -> None:
    part["steps"].pop()


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("fooling_set", drop_assignment),
        ("fooling_set", repeat_assignment),
        ("fooling_set", unknown_person),
        ("deduction", drop_assignment),
        ("deduction", drop_steps),
        ("deduction", wrong_role),
        ("deduction", no_contradiction),
        ("dual", lower_limit),
        ("dual", unknown_person),
    ],
)
def test_a_changed_certificate_is_refused(
    script: ModuleType, tmp_path: Path, kind: str, change: Callable[[dict[str, Any]], None]
) -> None:
    files, _ = written(tmp_path, KINDS[kind])
    changed = json.loads(files[2].read_text())
    change(changed["blocks"][0]["parts"][0])
    files[2].write_text(json.dumps(changed))
    assert script.main(*files) == 4


def test_parts_that_overlap_and_roles_that_are_wrong_are_refused(script: ModuleType, tmp_path: Path) -> None:
    files, _ = written(tmp_path, KINDS["fooling_set"])
    whole = json.loads(files[2].read_text())
    twice = copy.deepcopy(whole)
    twice["blocks"] *= 2
    files[2].write_text(json.dumps(twice))
    assert script.main(*files) == 4
    files[2].write_text(json.dumps(whole))
    members = files[1] / "role_members.csv"
    text = members.read_text()
    members.write_text(text.rsplit("\n", 2)[0] + "\n")
    assert script.main(*files) == 4
    members.write_text(text.replace("=p1\n", "=p2\n"))
    assert script.main(*files) == 4


def test_dual_values_are_refused_above_a_stated_number_of_steps(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, _ = written(tmp_path, KINDS["dual"])
    monkeypatch.setattr(script, "MOST", 0)
    assert script.main(*files) == 4


def test_practical_mode_has_no_certificate(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("user,permission\na,x\n", "utf-8")
    refused = command(tmp_path / "m.csv", "--mode", "practical", "--certificate", tmp_path / "c.json")
    assert refused.returncode == 2
    assert "needs --mode exact" in refused.stderr
    assert not (tmp_path / "c.json").exists()


def test_the_certificate_states_labels_and_no_indices() -> None:
    from lakezones.mining.matrix import mine_matrix
    from lakezones.store.matrix import Matrix as Labelled

    access = sparse.csr_matrix(np.array([[1, 0], [0, 1]], dtype=bool))
    table = Labelled(people=["a", "b"], permissions=[("x", ""), ("y", "")], access=access, duplicates=0, rejected=[])
    found = certificate(table, mine_matrix(access, mode="exact"))
    assert [block["parts"][0]["assignments"] for block in found["blocks"]] == [[["a", ("x", "")]], [["b", ("y", "")]]]
    assert (found["roles"], found["lower_bound"]) == (2, 2)


def test_dual_values_that_could_be_rounded_prove_nothing(script: ModuleType, tmp_path: Path) -> None:
    files, _ = written(tmp_path, KINDS["dual"])
    rounded = json.loads(files[2].read_text())
    for block in rounded["blocks"]:
        for part in block["parts"]:
            part["weights"] = [float(weight) for weight in part["weights"]]
    files[2].write_text(json.dumps(rounded))
    assert script.main(*files) == 4


@pytest.mark.parametrize("text", ["{", "{}", "[]", '{"blocks": [{}]}', '{"blocks": 3}', "\udcff"])
def test_what_cannot_be_read_is_said_in_a_line(tmp_path: Path, text: str) -> None:
    files, _ = written(tmp_path, KINDS["fooling_set"])
    files[2].write_bytes(text.encode("utf-8", "surrogateescape"))
    check_fails([str(file) for file in files])


def test_a_missing_folder_or_column_is_said_in_a_line(tmp_path: Path) -> None:
    matrix, roles, certificate = (str(file) for file in written(tmp_path, KINDS["fooling_set"])[0])
    check_fails([matrix, str(tmp_path / "none"), certificate])
    check_fails([matrix, roles, certificate, "nobody", "nothing"])
    check_fails([certificate, roles, certificate])


def check_fails(arguments: list[str]) -> None:
    """Expect exit code 1 with one line of error."""
    done = subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: cannot check ")
    assert done.stderr.count("\n") == 1
