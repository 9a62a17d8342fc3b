"""`lakezones export`: the plan in the formats of the tools that carry it out."""

from enum import StrEnum
from typing import Annotated

import typer

from lakezones.cli.common import (
    DEFAULT_WORKSPACE,
    DebugOption,
    JsonOption,
    QuietOption,
    Talk,
    VerboseOption,
    WorkspaceOption,
    key_values,
)


class Format(StrEnum):
    """What can be exported."""

    CSV = "csv"
    AZ = "az"
    AZCOPY = "azcopy"


def export(
    kind: Annotated[Format, typer.Argument(metavar="FORMAT", help="csv, az or azcopy.")],
    draft: Annotated[bool, typer.Option("--draft", help="Export a script although nobody has decided yet.")] = False,
    wave: Annotated[int | None, typer.Option(help="Only this wave.", metavar="N")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> int:
    """Write the plan for another tool. Writes export/ in the workspace; runs nothing."""
    del debug
    from lakezones import pipeline
    from lakezones.errors import CheckFailed
    from lakezones.export.outputs import outputs
    from lakezones.store.workspace import Workspace

    talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
    ws = Workspace(workspace)
    plan = pipeline.read_plan(ws)
    if kind is not Format.CSV and plan.summary.get("status") == "draft" and not draft:
        raise CheckFailed(
            "the plan is a draft: nobody has decided on its roles",
            hint=f"decide (lakezones review), then run: lakezones plan -w {workspace}; or export it with --draft",
        )
    output = outputs(plan, kind.value, wave=wave)
    ws.write_stage(f"export/{kind.value}", output, inputs=["plan"], extra={"wave": wave})
    files = [f"{workspace}/export/{kind.value}/{name}" for name in [*(f"{n}.csv" for n in output.csv), *output.texts]]
    talk.result({"files": files}, key_values("Export", {"files": files}))
    return 0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: lakezones export az -w lake --draft")(export)
