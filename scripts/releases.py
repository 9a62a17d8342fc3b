"""Runs the tests with the newest or the oldest releases that pyproject.toml allows: ``make newest``, ``make oldest``.

In: ``newest`` or ``oldest``, then arguments for pytest. Out: an environment ``.tools/newest-3.12`` and the like per
Python version, what was installed in its ``requirements.txt``, and the tests' output; exit code 1 where one failed.

Newest is what ``pip install`` of the wheel gives today, on each supported Python that is found; oldest are the lowest
versions of the direct dependencies, on the lowest Python, for which they have wheels.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / ".tools"
UV = TOOLS / "uv" / ("Scripts" if os.name == "nt" else "bin") / "uv"
RESOLUTIONS = {"newest": "highest", "oldest": "lowest-direct"}
PYTHONS = {"newest": ("3.11", "3.12", "3.13"), "oldest": ("3.11",)}


def main(which: str, arguments: list[str]) -> int:
    """Test each Python that is found, and say which were not."""
    outcomes = {}
    for version in PYTHONS[which]:
        python = interpreter(version)
        if python is None:
            outcomes[version] = "untested: no interpreter found"
            continue
        failed = install(which, version, python) or run_tests(TOOLS / f"{which}-{version}", arguments)
        outcomes[version] = "failed" if failed else "passed"
    for version, outcome in outcomes.items():
        say(f"{which} releases on Python {version}: {outcome}")
    return int("failed" in outcomes.values() or "passed" not in outcomes.values())


def interpreter(version: str) -> str | None:
    """Return an interpreter that starts, from this process, the path or pyenv; None where there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    installed = sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True)
    for python in (sys.executable, shutil.which(f"python{version}"), *map(str, installed)):
        if python is None:
            continue
        said = subprocess.run(
            [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
        if said.stdout.strip() == version:
            return python
    return None


def install(which: str, version: str, python: str) -> int:
    """Bring the environment to what the indexes give today; return an exit code."""
    home = TOOLS / f"{which}-{version}"
    say(f"setting up {home.relative_to(ROOT)}")
    listed = str(home / "requirements.txt")
    options = ["--extra", "demo", "--extra", "report", "--group", "dev", "--resolution", RESOLUTIONS[which]]
    commands = [
        ["venv", "--allow-existing", "--python", python, str(home)],
        ["pip", "compile", "--upgrade", *options, "--python", str(home), "-o", listed, "pyproject.toml"],
        ["pip", "sync", "--compile-bytecode", "--python", str(home), listed],
        ["pip", "install", "--python", str(home), "--no-deps", "--no-build-isolation", "--editable", "."],
    ]
    for command in commands:
        code = subprocess.run([str(UV), *command, "--quiet"], cwd=ROOT, check=False).returncode
        if code:
            return code
    return 0


def run_tests(home: Path, arguments: list[str]) -> int:
    """Run the tests with the Python of an environment; return an exit code."""
    python = str(home / ("Scripts" if os.name == "nt" else "bin") / "python")
    command = [python, "-m", "pytest", "-n", "2", "-m", "not torture", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def say(line: str) -> None:
    """Tell the user, on stderr."""
    sys.stderr.write(f"lakezones: {line}\n")


if __name__ == "__main__":
    if sys.argv[1:2] not in (["newest"], ["oldest"]):
        sys.exit("usage: releases.py newest|oldest [PYTEST ARGUMENT...]")
    sys.exit(main(sys.argv[1], sys.argv[2:]))
