"""The tests with the newest and the oldest releases: what runs where, and what is said of a Python that is absent."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("releases", ROOT / "scripts" / "releases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def releases(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, with interpreters for 3.11 and 3.12 alone and nothing that is really installed."""
    monkeypatch.setattr(script, "interpreter", lambda version: None if version == "3.13" else "python")
    monkeypatch.setattr(script, "install", lambda *_: 0)
    monkeypatch.setattr(script, "run_tests", lambda home, _: int(home.name == "newest-3.12"))
    return script


def test_a_python_that_is_absent_is_untested_and_no_failure(
    releases: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert releases.main("newest", []) == 1
    assert capsys.readouterr().err.splitlines() == [
        "lakezones: newest releases on Python 3.11: passed",
        "lakezones: newest releases on Python 3.12: failed",
        "lakezones: newest releases on Python 3.13: untested: no interpreter found",
    ]
    assert releases.main("oldest", []) == 0


def test_the_python_that_runs_is_found(script: ModuleType) -> None:
    assert script.interpreter(f"{sys.version_info.major}.{sys.version_info.minor}") == sys.executable
    assert script.interpreter("2.99") is None
