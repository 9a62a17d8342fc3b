"""The set-up: everything once, nothing twice, and a failure taken up where it stopped."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, working on an empty checkout, with `calls` instead of real commands."""
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "scripts" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    for name in ("uv.lock", "pyproject.toml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "fixtures" / "azurite", tmp_path / "fixtures" / "azurite")
    script.ROOT, script.TOOLS, script.VENV = tmp_path, tmp_path / ".tools", tmp_path / ".venv"
    script.calls, script.failing = [], set()

    def run(command: list[str], **_: object) -> SimpleNamespace:
        what = "azurite" if "lakezones.demo.emulators.install" in command else command[-1 if "pip" in command else 1]
        script.calls.append(what)
        if what in script.failing:
            return SimpleNamespace(returncode=1, stderr="npm said no\n")
        if what == "-m":
            (script.TOOLS / "uv" / script.BIN).mkdir(parents=True)
        elif what.startswith("uv=="):
            script.uv().touch()
        elif what == "sync":
            (script.VENV / script.BIN).mkdir(parents=True, exist_ok=True)
            (script.VENV / script.BIN / f"python{script.EXE}").touch()
        elif what == "azurite":
            home = script.TOOLS / "azurite"
            home.mkdir(exist_ok=True)
            sources = [tmp_path / "fixtures" / "azurite" / name for name in ("package.json", "package-lock.json")]
            (home / "installed.sha256").write_text(script.digest(*(source.read_bytes() for source in sources)))
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.delenv("LAKEZONES_AZURITE", raising=False)
    return script


def rerun(script: ModuleType) -> tuple[int, list[str]]:
    """Run the set-up once more; return its exit code and the commands it started."""
    script.calls.clear()
    return script.main(), list(script.calls)


def test_sets_up_once_and_then_starts_no_command(bootstrap: ModuleType) -> None:
    assert rerun(bootstrap) == (0, ["-m", f"uv=={bootstrap.UV_VERSION}", "sync", "azurite"])
    assert rerun(bootstrap) == (0, [])


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("uv.lock", ["sync"]),
        ("pyproject.toml", ["sync"]),
        ("fixtures/azurite/package-lock.json", ["azurite"]),
    ],
)
def test_a_changed_input_sets_up_its_part_alone(bootstrap: ModuleType, changed: str, again: list[str]) -> None:
    rerun(bootstrap)
    with (bootstrap.ROOT / changed).open("a") as file:
        file.write("\n")
    assert rerun(bootstrap) == (0, again)
    assert rerun(bootstrap) == (0, [])


def test_a_removed_environment_is_made_again(bootstrap: ModuleType) -> None:
    rerun(bootstrap)
    shutil.rmtree(bootstrap.VENV)
    assert rerun(bootstrap) == (0, ["sync"])


def test_a_failed_sync_fails_and_is_tried_again(bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    bootstrap.failing.add("sync")
    assert rerun(bootstrap)[0] == 1
    shown = capsys.readouterr()
    assert "set-up failed: uv sync ended with exit code 1" in shown.err
    assert "hint: " in shown.err
    assert shown.out == ""
    bootstrap.failing.clear()
    assert rerun(bootstrap) == (0, ["sync", "azurite"])


def test_going_on_without_azurite_is_told_each_time_and_retried_after_an_hour(
    bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap.failing.add("azurite")
    assert rerun(bootstrap)[0] == 0
    assert "going on without Azurite" in capsys.readouterr().err
    assert rerun(bootstrap) == (0, [])
    assert "npm said no" in capsys.readouterr().err
    bootstrap.failing.clear()
    failed = bootstrap.TOOLS / "azurite-failed"
    long_ago = failed.stat().st_mtime - bootstrap.RETRY_AFTER - 1
    os.utime(failed, (long_ago, long_ago))
    assert rerun(bootstrap) == (0, ["azurite"])
    assert not failed.exists()


def test_what_an_interrupted_azurite_install_left_is_removed(bootstrap: ModuleType) -> None:
    left = bootstrap.TOOLS / ".azurite-abc" / "azurite"
    left.mkdir(parents=True)
    assert rerun(bootstrap)[1][-1] == "azurite"
    assert not left.parent.exists()
