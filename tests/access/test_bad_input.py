"""Bad input to the access command: one line that says what and why, a hint, exit code 1, and no traceback."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lakezones.cli import main
from lakezones.pipeline import Workspace
from tests import golden


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A workspace that holds the golden snapshot."""
    facts = golden.facts()
    tables = {name: frame for name, frame in vars(facts).items() if name not in ("as_of", "gaps") and frame is not None}
    Workspace(tmp_path / "lake").write_snapshot(tables, as_of=facts.as_of)
    return tmp_path / "lake"


def snapshot(lake: Path) -> Path:
    return next(path for path in (lake / "snapshots").iterdir() if path.is_dir())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Runs a command; gives its exit code and what it said on stderr."""

    def command(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["lakezones", *arguments])
        with pytest.raises(SystemExit) as raised:
            main()
        said = capsys.readouterr().err
        assert "Traceback" not in said
        return int(raised.value.code or 0), said

    return command


def test_the_golden_lake_is_fine(lake: Path, run: Callable[..., tuple[int, str]]) -> None:
    assert run("access", "-w", str(lake))[0] == 0
    assert (lake / "access" / "matrix_people.csv").exists()
    assert run("access", "-w", str(lake), "--explain", "eve", "risk-mart-limit")[0] == 0


def test_a_truncated_table(lake: Path, run: Callable[..., tuple[int, str]]) -> None:
    path = snapshot(lake) / "acls.parquet"
    path.write_bytes(path.read_bytes()[:300])
    code, said = run("access", "-w", str(lake))
    assert code == 1
    assert "acls.parquet" in said
    assert "hint:" in said


def test_a_table_that_was_changed(lake: Path, run: Callable[..., tuple[int, str]]) -> None:
    (snapshot(lake) / "usage.parquet").write_bytes((snapshot(lake) / "grants.parquet").read_bytes())
    code, said = run("access", "-w", str(lake))
    assert (code, "usage.parquet" in said, "hint:" in said) == (1, True, True)


def test_a_snapshot_of_another_format(lake: Path, run: Callable[..., tuple[int, str]]) -> None:
    path = snapshot(lake) / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "format": 0}))
    code, said = run("access", "-w", str(lake))
    assert (code, "format" in said, "hint:" in said) == (1, True, True)


def test_a_person_nobody_knows(lake: Path, run: Callable[..., tuple[int, str]]) -> None:
    assert run("access", "-w", str(lake))[0] == 0
    code, said = run("access", "-w", str(lake), "--explain", "evee", "risk-mart-limit")
    assert (code, "did you mean eve" in said) == (1, True)
    code, said = run("access", "-w", str(lake), "--explain", "risk-mart-limi")
    assert (code, "did you mean risk-mart-limit" in said) == (1, True)


def test_a_container_without_explain(lake: Path, run: Callable[..., tuple[int, str]]) -> None:
    code, said = run("access", "-w", str(lake), "risk-mart-limit")
    assert (code, "--explain risk-mart-limit" in said) == (2, True)


def test_explain_before_access(lake: Path, run: Callable[..., tuple[int, str]]) -> None:
    code, said = run("access", "-w", str(lake), "--explain", "eve")
    assert (code, "lakezones access" in said) == (1, True)
