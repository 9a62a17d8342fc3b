"""The set-up: everything once, nothing twice, and a failure taken up where it stopped."""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

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
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    for folder in ("fixtures/azurite", "requirements"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    script.ROOT, script.TOOLS, script.VENV = tmp_path, tmp_path / ".tools", tmp_path / ".venv"
    script.calls, script.failing, script.environments, script.pip_settings = [], set(), {}, ""

    def run(command: list[str], **options: Any) -> SimpleNamespace:
        if command[-2:] == ["config", "list"]:
            return SimpleNamespace(returncode=0, stdout=script.pip_settings)
        what = "azurite" if "lakezones.demo.emulators.install" in command else " ".join(command[1:])
        what = next(
            (name for name in ("-m venv", "uv.txt", "dev.txt", "bench.txt", "--editable") if name in what), what
        )
        what = "venv" if command[1] == "venv" else what
        script.calls.append(what)
        script.environments[what] = options.get("env")
        if what in script.failing:
            return SimpleNamespace(returncode=1, stderr="npm said no\n")
        if what == "-m venv":
            script.uv().parent.mkdir(parents=True)
        elif what == "uv.txt":
            script.uv().touch()
        elif what == "venv":
            script.kept = "--allow-existing" in command
            home = Path(command[-1])
            (home / script.BIN).mkdir(parents=True, exist_ok=True)
            (home / script.BIN / f"python{script.EXE}").touch()
            (home / "pyvenv.cfg").write_text(f"version_info = {platform.python_version()}\n")
        elif what == "azurite":
            home = script.TOOLS / "azurite"
            home.mkdir(exist_ok=True)
            sources = [tmp_path / "fixtures" / "azurite" / name for name in ("package.json", "package-lock.json")]
            (home / "installed.sha256").write_text(script.digest(*(source.read_bytes() for source in sources)))
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(subprocess, "run", run)
    for name in (
        "LAKEZONES_AZURITE",
        "PIP_CERT",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
    ):
        monkeypatch.delenv(name, raising=False)
    return script


def rerun(script: ModuleType, *extra: str) -> tuple[int, list[str]]:
    """Run the set-up once more; return its exit code and the commands it started."""
    script.calls.clear()
    return script.main(list(extra)), list(script.calls)


UV = ["-m venv", "uv.txt"]
PACKAGES = ["venv", "dev.txt", "--editable"]


def test_sets_up_once_and_then_starts_no_command(bootstrap: ModuleType) -> None:
    assert rerun(bootstrap) == (0, [*UV, *PACKAGES, "azurite"])
    assert rerun(bootstrap) == (0, [])


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("requirements/uv.txt", UV),
        ("requirements/dev.txt", PACKAGES),
        ("requirements/bench.txt", []),
        ("pyproject.toml", PACKAGES),
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
    assert rerun(bootstrap) == (0, PACKAGES)


def test_a_failed_install_fails_and_is_tried_again(bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    bootstrap.failing.add("dev.txt")
    assert rerun(bootstrap)[0] == 1
    shown = capsys.readouterr()
    assert "set-up failed: uv pip ended with exit code 1" in shown.err
    assert "hint: " in shown.err
    assert shown.out == ""
    bootstrap.failing.clear()
    assert rerun(bootstrap) == (0, [*PACKAGES, "azurite"])


def test_going_on_without_azurite_is_said_each_time_and_retried_after_an_hour(
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


def test_a_named_environment_is_set_up_beside_the_others(bootstrap: ModuleType) -> None:
    assert rerun(bootstrap, "bench")[1][-3:] == ["venv", "bench.txt", "--editable"]
    assert rerun(bootstrap, "bench") == (0, [])
    assert (bootstrap.TOOLS / "bench" / "lakezones-stamp").is_file()


def test_an_environment_is_kept_for_the_same_python_and_made_again_for_another(bootstrap: ModuleType) -> None:
    rerun(bootstrap)
    for version, kept in ((platform.python_version(), True), ("3.8.1", False)):
        (bootstrap.VENV / "pyvenv.cfg").write_text(f"home = x\nversion_info = {version}\n")
        (bootstrap.VENV / "lakezones-stamp").unlink()
        rerun(bootstrap)
        assert bootstrap.kept == kept


def test_pip_uv_and_npm_trust_the_certificates_of_the_system(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bundle.pem").touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "bundle.pem"))
    monkeypatch.delenv("UV_SYSTEM_CERTS", raising=False)
    rerun(bootstrap)
    assert bootstrap.environments["uv.txt"]["PIP_CERT"] == str(tmp_path / "bundle.pem")
    assert bootstrap.environments["dev.txt"]["UV_SYSTEM_CERTS"] == "1"
    assert bootstrap.environments["azurite"]["NODE_EXTRA_CA_CERTS"] == str(tmp_path / "bundle.pem")


@pytest.mark.parametrize("settings", ["global.cert='/etc/bank.pem'", ":env:.cert='/etc/bank.pem'"])
def test_certificates_that_pip_is_set_to_stay(bootstrap: ModuleType, settings: str) -> None:
    bootstrap.pip_settings = settings
    rerun(bootstrap)
    assert "PIP_CERT" not in bootstrap.environments["uv.txt"]


def test_no_index_is_named_and_every_package_has_hashes() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        packages = [line for line in text.splitlines() if line[:1].isalnum()]
        assert packages
        assert all(line.endswith("\\") for line in packages), path.name
        assert text.count("==") >= len(packages) <= text.count("--hash=sha256:")


def test_every_declared_tool_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    groups = {
        name: [line for line in lines if isinstance(line, str)] for name, lines in project["dependency-groups"].items()
    }
    dev = project["project"]["dependencies"] + extras["demo"] + extras["report"] + groups["dev"] + groups["build"]
    expected = {"dev": dev, "bench": dev + groups["bench"], "spark": dev + extras["spark"], "uv": groups["uv"]}
    for name, declared in expected.items():
        locked = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        missing = [line for line in declared if f"\n{re.split('[=<>[]', line)[0]}==" not in locked]
        assert missing == [], f"run make lock: requirements/{name}.txt lacks {missing}"
