"""What every command shares: its options, and how a function becomes a command.

A command is a function that takes `Talk` first, where it works in a folder the `Workspace` second, then arguments and
options of its own as typer reads them; it returns an exit code, or None for 0.
"""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from lakezones.cli.talk import Talk

Run = Callable[..., int | None]

STYLE: Final[dict[str, Any]] = {
    "add_completion": False,
    "pretty_exceptions_enable": False,
    "rich_markup_mode": None,
    "context_settings": {"help_option_names": ["-h", "--help"], "max_content_width": 100},
}
"""How every typer application of the command line is made."""

_WORKSPACE: Final = inspect.Parameter(
    "workspace",
    inspect.Parameter.KEYWORD_ONLY,
    default=Path("lake"),
    annotation=Annotated[Path, typer.Option("--workspace", "-w", metavar="DIR", help="The folder to work in.")],
)
_COMMON: Final = [
    inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=False,
        annotation=Annotated[bool, typer.Option(*flags, help=text)],
    )
    for name, flags, text in (
        ("as_json", ["--json"], "Print the summary as one JSON document on stdout."),
        ("quiet", ["--quiet", "-q"], "Say nothing but results and errors."),
        ("verbose", ["--verbose", "-v"], "Say more on stderr."),
        ("debug", ["--debug"], "Show a traceback when something fails."),
    )
]


def command(app: typer.Typer, example: str, *, name: str | None = None) -> Callable[[Run], Run]:
    """Add a function to `app` as a command with the common options and an example in its help.

    Parameters
    ----------
    name
        Name of the command; that of the function by default.
    """

    def register(run: Run) -> Run:
        names = list(inspect.signature(run).parameters)
        own = [
            one.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for key, one in inspect.signature(run).parameters.items()
            if key not in ("talk", "ws")
        ]

        def called(*, as_json: bool, quiet: bool, verbose: bool, debug: bool, **given: Any) -> int | None:
            del debug  # `main` looks for it: it matters for errors of typer too
            talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
            if "ws" not in names:
                return run(talk, **given)
            from lakezones.pipeline import Workspace  # polars takes half a second, which help need not wait for

            return run(talk, Workspace(given.pop("workspace")), **given)

        options = [*own, *([_WORKSPACE] if "ws" in names else []), *_COMMON]
        called.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
        called.__annotations__ = {one.name: one.annotation for one in options}
        called.__doc__ = run.__doc__
        app.command(name or run.__name__, epilog=f"Example: {example}")(called)
        return run

    return register
