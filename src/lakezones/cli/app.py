"""The command line's entry point: loads one command, turns errors into one line, a hint and an exit code."""

import io
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import typer
import typer.main
from typer.core import TyperGroup

from lakezones.cli.common import STYLE
from lakezones.cli.talk import printable
from lakezones.errors import LakezonesError

COMMANDS: Final = {
    "demo": "Run every stage on a generated bank.",
    "scan": "Read sources into a snapshot; never writes to them.",
    "access": "Resolve who can do what, or explain why somebody can.",
    "propose": "Propose domains, zones, roles and a layout.",
    "mine": "Mine roles from an access matrix, with a proven bound.",
    "review": "Hand the proposal to reviewers, take their decisions back.",
    "plan": "Make the migration plan from the proposal and decisions.",
    "verify": "Replay the plan and prove that access and limits hold.",
    "export": "Write the plan for another tool.",
    "impact": "Show what moving a container touches.",
    "report": "Write everything as one self-contained HTML page.",
    "diff": "Compare the access of two workspaces.",
}
"""Commands in the order of the journey, and what help says of each; each is ``app`` in the module of its name."""

WRONG_USAGE: Final[Any] = typer.BadParameter.__base__
"""What typer raises for wrong options and arguments; newer versions carry a copy of click of their own."""

INTERRUPTED: Final = 130
"""128 and the number of the signal, as shells do."""


class LazyGroup(TyperGroup):
    """Commands in the order of the journey; the module of one is imported when the command is called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """The command; where there is none of that name, all are loaded, so that close names can be suggested."""
        for name in [cmd_name] if cmd_name in COMMANDS else COMMANDS:
            if name not in self.commands:
                self.commands[name] = typer.main.get_command(import_module(f"lakezones.cli.{name}").app)
        return self.commands.get(cmd_name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


app = typer.Typer(name="lakezones", cls=LazyGroup, no_args_is_help=True, **STYLE)


def _version(value: bool) -> None:
    if value:
        from lakezones import __version__

        typer.echo(f"lakezones {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Consolidates storage entitlements, from scan to a proven plan. Never writes to what it scans."""


def main() -> None:
    """Run the command line; the only place that prints errors."""
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115 closed by the caller
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):  # a terminal that cannot show a character must not stop a run
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
        if code == INTERRUPTED:  # typer turns Ctrl-C into this code before it gets here
            raise typer.Abort
    except LakezonesError as error:
        _fail(error.message, error.hint)
        sys.exit(error.exit_code)
    except WRONG_USAGE as error:
        error.show()
        sys.exit(error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        print("stopped", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # whatever read stdout has gone; what is left in the buffer goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:  # a path, a permission or a disk: nothing that lakezones could do better
        what = f"{str(error.filename)[:SHOWN]}: " if error.filename else ""
        _fail(f"{what}{error.strerror or error}", "check the path, its permissions and the space on its disk")
        sys.exit(1)
    except Exception as error:
        first = (str(error).strip() or "no message").splitlines()[0]
        _fail(
            f"unexpected {type(error).__name__}: {first}",
            "this is a fault of lakezones; run again with --debug for the details",
        )
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


SHOWN: Final = 200
"""Characters of a path that a message shows."""


def _fail(message: str, hint: str | None) -> None:
    """Say what is being handled in a line, and with ``--debug`` in full before it."""
    if "--debug" in sys.argv:
        import traceback

        traceback.print_exc()
    print(f"error: {printable(message)}", file=sys.stderr)
    if hint:
        print(f"hint: {printable(hint)}", file=sys.stderr)
