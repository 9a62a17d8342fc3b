"""Every command: help with an example, the common options, a place in the docs, and errors without a traceback."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from tests.journey import run

from lakezones.cli import app
from lakezones.cli.app import COMMANDS

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "commands.md").read_text("utf-8")


def leaves() -> Iterator[tuple[str, ...]]:
    root: Any = typer.main.get_command(app)
    for name in COMMANDS:
        below = getattr(root.get_command(None, name), "commands", None)
        yield from ((name, inner) for inner in below) if below else [(name,)]


ALL = sorted(leaves())
IDS = [" ".join(words) for words in ALL]


def test_commands_stand_in_the_order_of_the_journey() -> None:
    listed = re.findall(r"^  ([a-z]+)  ", run("--help").out.split("Commands:")[1], re.M)
    assert listed == list(COMMANDS)


@pytest.mark.parametrize("words", ALL, ids=IDS)
def test_help_has_an_example_and_the_common_options(words: tuple[str, ...]) -> None:
    ran = run(*words, "--help")
    assert ran.code == 0
    assert f"Example: lakezones {' '.join(words)}" in ran.out
    for option in ("--json", "-q, --quiet", "-v, --verbose", "--debug", "-h, --help"):
        assert option in ran.out
    assert ("-w, --workspace DIR" in ran.out) == (words[0] not in ("mine", "diff"))


@pytest.mark.parametrize("words", ALL, ids=IDS)
def test_every_command_and_option_is_documented(words: tuple[str, ...]) -> None:
    assert f"`lakezones {' '.join(words)}" in DOCS
    options = set(re.findall(r"(--[a-z][a-z-]+)", run(*words, "--help").out))
    missing = sorted(option for option in options if option not in DOCS and f"--no-{option[2:]}" not in DOCS)
    assert not missing, f"docs/commands.md does not name {missing}"


@pytest.mark.parametrize("words", ALL, ids=IDS)
def test_unknown_options_are_usage(words: tuple[str, ...]) -> None:
    ran = run(*words, "--no-such-option")
    assert ran.code == 2
    assert "No such option" in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_unknown_commands_are_usage_and_the_version_is_not() -> None:
    assert run("acces").code == 2
    assert run("--version").out.startswith("lakezones ")


@pytest.mark.parametrize("command", ["access", "propose", "plan", "verify", "report", "export csv", "review status"])
def test_a_missing_workspace_is_one_line_and_a_hint(command: str, tmp_path: Path) -> None:
    ran = run(*command.split(), "-w", tmp_path / "nowhere", "--json")
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err.splitlines()[0].startswith("error: ")
    assert ran.err.splitlines()[1].startswith("hint: run: lakezones ")
    assert len(ran.err.splitlines()) == 2
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("words", [("--help",), ("scan", "--help"), ("mine", "--help"), ("review", "--help")])
def test_help_loads_neither_frames_nor_tables_for_people(words: tuple[str, ...]) -> None:
    script = (
        "import sys; sys.argv = ['lakezones', *sys.argv[1:]]\n"
        "from lakezones.cli import main\n"
        "try: main()\n"
        "except SystemExit as ended: assert not ended.code\n"
        "slow = {'polars', 'rich', 'scipy', 'azure', 'lakezones.pipeline', 'lakezones.config'} & set(sys.modules)\n"
        "assert not slow, slow\n"
        "loaded = {name.split('.')[2] for name in sys.modules if name.startswith('lakezones.cli.')}\n"
        "assert len(loaded) <= 4, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Usage: " in done.stdout


def test_a_close_name_is_suggested() -> None:
    assert "Did you mean 'access'?" in run("acces").err


def test_python_m_runs_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "lakezones", "--version"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout[:10]) == (0, "lakezones ")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["access", "sales", "-w", "{}"], 2),
        (["diff", "a", "b", "--fail-on", "colour"], 2),
        (["access", "-w", "{}"], 1),
        (["mine", "{}/none.csv"], 1),
    ],
)
def test_debug_shows_a_traceback_and_keeps_the_exit_code(words: list[str], code: int, tmp_path: Path) -> None:
    words = [word.format(tmp_path / "nowhere") for word in words]
    plain, debug = run(*words), run(*words, "--debug")
    assert (plain.code, debug.code) == (code, code)
    assert "Traceback" not in plain.err
    assert debug.err.startswith("Traceback")
    assert debug.err.endswith(plain.err)
