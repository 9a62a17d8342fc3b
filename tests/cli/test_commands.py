"""Every command: help with an example, the common options, a place in the docs, and errors without a traceback."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from tests.journey import run

from lakezones.cli import app
from lakezones.cli.app import COMMANDS

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "commands.md").read_text("utf-8")


def leaves() -> Iterator[tuple[str, ...]]:
    root = typer.main.get_command(app)
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        below = getattr(command, "commands", None)
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
