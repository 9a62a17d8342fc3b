"""`lakezones mine`: what it prints and writes, and what it does with bad input."""

import csv
import io
import json
import stat
import subprocess
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakezones.cli import main
from lakezones.mining.matrix import mine_matrix
from lakezones.store.matrix import read_matrix

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "rolemining"
FEWEST = {"hc": 14, "domino": 20, "emea": 34, "apj": 453, "fire1": 64}


def mine(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The command in this process: its exit code, stdout and stderr."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        redirect_stdout(out),
        redirect_stderr(err),
        patch.object(sys, "argv", ["lakezones", "mine", *map(str, arguments)]),
    ):
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    return subprocess.CompletedProcess([], code, out.getvalue(), err.getvalue())


def put(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def summary(*arguments: object) -> dict:
    done = mine(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.shared
@pytest.mark.parametrize("name", sorted(FEWEST))
def test_the_shared_matrices_are_proven(name: str) -> None:
    path = SHARED / f"{name}.csv"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    found = summary(path)
    assert (found["roles"], found["lower_bound"], found["optimal"]) == (FEWEST[name], FEWEST[name], True)
    assert (found["new_access"], found["residual"], found["stopped_by"]) == (0, 0, None)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


HOSTILE = """user,permission
=cmd|' /C calc'!A1,007
=cmd|' /C calc'!A1,7
0001,007
1,"a,b"
'quoted,7
-5,"<script>"
"""


@pytest.mark.parametrize("mode", ["exact", "practical"])
def test_ids_like_numbers_and_formulas_stay_text(tmp_path: Path, mode: str) -> None:
    path = put(tmp_path / "m.csv", HOSTILE)
    found = summary(path, "--mode", mode, "--out", tmp_path / "out")
    assert (found["people"], found["permissions"], found["assignments"]) == (5, 4, 6)
    members, contents = rows(tmp_path / "out" / "role_members.csv"), rows(tmp_path / "out" / "role_containers.csv")
    given = {(m["principal_id"], c["container"]) for m in members for c in contents if m["role_id"] == c["role_id"]}
    left = {(r["principal_id"], r["container"]) for r in rows(tmp_path / "out" / "residual.csv")}
    assert not given & left
    assert given | left == {
        ("'=cmd|' /C calc'!A1", "007"),
        ("'=cmd|' /C calc'!A1", "7"),
        ("0001", "007"),
        ("1", "a,b"),
        ("''quoted", "7"),
        ("'-5", "<script>"),
    }
    for written in (tmp_path / "out").iterdir():
        assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert "seconds" not in (tmp_path / "out" / "summary.json").read_text()


def test_starts_without_frames_or_estimators(tmp_path: Path) -> None:
    path = put(tmp_path / "m.csv", "principal,container\na,x\n")
    script = (
        "import sys; sys.argv = ['lakezones', 'mine', sys.argv[1], '--json']\n"
        "from lakezones.cli import main\n"
        "try: main()\n"
        "except SystemExit as ended: assert not ended.code\n"
        "heavy = {'polars', 'sklearn', 'dataframely', 'networkx', 'azure'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["roles"] == 1


def test_writes_nothing_without_out(tmp_path: Path) -> None:
    path = put(tmp_path / "m.csv", "principal,container\na,x\n")
    before = sorted(tmp_path.iterdir())
    assert mine(path).returncode == 0
    assert sorted(tmp_path.iterdir()) == before


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    lines = [f"p{i},c{j}" for i in range(12) for j in range(9) if (i * j) % 4 < 2]
    one = put(tmp_path / "one.csv", "\n".join(["user,entitlement", *lines]))
    two = put(tmp_path / "two.csv", "\n".join(["user,entitlement", *reversed(lines), lines[0]]))
    for mode in ("exact", "practical"):
        summary(one, "--mode", mode, "--out", tmp_path / "a")
        summary(two, "--mode", mode, "--out", tmp_path / "b")
        for path in sorted((tmp_path / "a").glob("*.csv")):
            assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


@settings(max_examples=25, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(cells: set[tuple[int, int]], random: Random) -> None:
    lines = [f"p{i},c{j}" for i, j in sorted(cells)]
    shuffled = random.sample(lines, len(lines))
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for name, these in (("one", lines), ("two", shuffled)):
            table = read_matrix(put(Path(folder) / name, "\n".join(["principal,container", *these])))
            mined = mine_matrix(table.access, mode="exact")
            found.append([([table.people[i] for i in a], [table.permissions[j] for j in b]) for a, b in mined.roles])
        assert found[0] == found[1]


def test_an_empty_matrix_is_an_answer(tmp_path: Path) -> None:
    found = summary(put(tmp_path / "m.csv", "principal,container\n"))
    assert (found["people"], found["roles"], found["lower_bound"], found["optimal"]) == (0, 0, 0, True)


def test_other_column_names(tmp_path: Path) -> None:
    path = put(tmp_path / "m.csv", "Mitarbeiter;Recht\na;x\nb;x\n")
    refused = mine(path)
    assert refused.returncode == 1
    assert "mitarbeiter, recht" in refused.stderr
    assert "hint: name it with --principal-column NAME" in refused.stderr
    found = summary(path, "--principal-column", "Mitarbeiter", "--container-column", "Recht")
    assert (found["people"], found["roles"]) == (2, 1)


def test_levels_are_permissions_of_their_own(tmp_path: Path) -> None:
    path = put(tmp_path / "m.csv", "principal_id,container,access\na,x,read\na,x,write\nb,x,read\n")
    assert summary(path)["permissions"] == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file is empty"),
        ("principal\na\n", "no column container"),
        ("principal,user,container\na,b,c\n", "more than one column would do"),
        ('principal,container\n"a,x\n', "line"),
    ],
)
def test_bad_files_are_refused_in_a_line(tmp_path: Path, text: str, says: str) -> None:
    refused = mine(put(tmp_path / "m.csv", text))
    assert refused.returncode == 1
    assert says in refused.stderr
    assert "hint:" in refused.stderr or "more than one" in says
    assert "Traceback" not in refused.stderr


def test_latin_1_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(b"principal,container\nM\xfcller,x\n")
    refused = mine(path)
    assert refused.returncode == 1
    assert "not UTF-8" in refused.stderr


def test_rows_without_an_id_are_left_out_and_said(tmp_path: Path) -> None:
    path = put(tmp_path / "m.csv", "principal,container\na,x\n,y\nb\n\nc,x\n")
    done = mine(path, "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["rejected_rows"] == 2
    assert "2 rows left out, the first at line 3" in done.stderr


def test_a_million_repeated_rows(tmp_path: Path) -> None:
    path = put(tmp_path / "m.csv", "principal,container\n" + "a,x\nb,y\n" * 500_000)
    found = summary(path)
    assert (found["assignments"], found["duplicate_rows"], found["roles"]) == (2, 999_998, 2)


def test_usage(tmp_path: Path) -> None:
    path = put(tmp_path / "m.csv", "principal,container\na,x\n")
    assert mine(path, "--mode", "fast").returncode == 2
    assert mine(path, "--time-limit", "0").returncode == 2
    assert mine(tmp_path / "none.csv").returncode == 1


def test_a_folder_that_cannot_be_written_is_said_in_a_line(tmp_path: Path) -> None:
    path = put(tmp_path / "m.csv", "principal,container\na,x\n")
    for out, says in ((path, "is not a folder"), (path / "below", "cannot write")):
        refused = mine(path, "--out", out)
        assert refused.returncode in (1, 2)
        assert says in refused.stderr
        assert "hint:" in refused.stderr
        assert "fault of lakezones" not in refused.stderr
    assert mine(path, "--time-limit", "nan").returncode == 2


def test_a_second_is_enough_for_an_answer(tmp_path: Path) -> None:
    lines = [f"p{i},c{j}" for i in range(160) for j in range(160) if (i * i * 7 + j * 13 + i * j * 5) % 11 < 5]
    path = put(tmp_path / "m.csv", "\n".join(["principal,container", *lines]))
    found = summary(path, "--time-limit", "1")
    assert found["residual"] == 0
    assert found["lower_bound"] <= found["roles"]
    assert found["optimal"] or found["stopped_by"] == "time_limit"
