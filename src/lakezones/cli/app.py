"""The typer application and its entry point: turns errors into one line, a hint and an exit code."""

import importlib
import io
import os
import sys
from typing import Any, Final

import typer
from typer.core import TyperGroup

from lakezones.cli.common import printable
from lakezones.errors import LakezonesError

COMMANDS: Final = (
    "demo",
    "scan",
    "access",
    "propose",
    "mine",
    "review",
    "plan",
    "verify",
    "export",
    "impact",
    "report",
    "diff",
)
"""Commands in the order of the journey; each is `register(app)` in the module of its name."""

WRONG_USAGE: Final[Any] = typer.BadParameter.__base__
"""What typer raises for options and arguments that are not right; typer carries a copy of click of its own."""

INTERRUPTED: Final = 130
"""128 and the number of the signal, as shells do."""


class InOrder(TyperGroup):
    """Lists commands in the order of the journey."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Names of the commands."""
        return list(COMMANDS)


app = typer.Typer(
    name="lakezones",
    cls=InOrder,
    help="Consolidates storage entitlements, from scan to a proven plan. Never writes to what it scans.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


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


for _name in COMMANDS:
    importlib.import_module(f"lakezones.cli.{_name}").register(app)


def main() -> None:
    """Run the command line; the only place that prints errors."""
    debug = "--debug" in sys.argv
    for stream in (sys.stdout, sys.stderr):  # a terminal that cannot show a character must not stop a run
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
        if code == INTERRUPTED:  # typer turns Ctrl-C into this code before it gets here
            raise typer.Abort
    except LakezonesError as error:
        if debug:
            raise
        _say(f"error: {error.message}", error.hint)
        sys.exit(error.exit_code)
    except WRONG_USAGE as error:
        error.show()
        sys.exit(error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        _say("stopped", None)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # whoever read stdout has gone; what is left in the buffer goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if debug:
            raise
        first = str(error).strip().splitlines()
        _say(
            f"error: unexpected {type(error).__name__}: {first[0] if first else 'no message'}",
            "this is a fault of lakezones; run again with --debug for the details",
        )
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _say(message: str, hint: str | None) -> None:
    print(printable(message), file=sys.stderr)
    if hint:
        print(f"hint: {printable(hint)}", file=sys.stderr)
