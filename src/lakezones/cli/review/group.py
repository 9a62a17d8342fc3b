"""The commands of the review as one group; each is a module beside this one."""

import typer

from lakezones.cli.common import STYLE

app = typer.Typer(no_args_is_help=True, help="Hand the proposal to reviewers, and take their decisions back.", **STYLE)
