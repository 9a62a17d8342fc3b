"""`lakezones impact`: what a container's move touches."""

from typing import Annotated, Any

import typer

from lakezones.cli.common import (
    DEFAULT_WORKSPACE,
    DebugOption,
    JsonOption,
    QuietOption,
    Talk,
    VerboseOption,
    WorkspaceOption,
    grid,
    key_values,
)


def impact(
    container: Annotated[str, typer.Argument(help="Name of a container.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> int:
    """Show what moving a container touches: its tools, what they read and write beside it, its readers and target."""
    del debug
    import difflib

    import polars as pl

    from lakezones import pipeline
    from lakezones.errors import NotFoundError
    from lakezones.store.workspace import Workspace

    ws = Workspace(workspace)
    access = pipeline.read_access(ws)
    facts = pipeline.facts_used(ws)
    known = access.container_classes.filter(pl.col("container") == container)
    if not known.height:
        close = difflib.get_close_matches(container, access.container_classes["container"].to_list(), n=1)
        raise NotFoundError(
            f"no container {container!r} in the snapshot", hint=f"did you mean {close[0]!r}?" if close else None
        )
    class_id = known.item(0, "class_id")
    held = access.class_access.filter(pl.col("class_id") == class_id)
    tools = facts.table("references").filter(pl.col("container") == container)
    beside = (
        facts.table("references")
        .join(tools.select("tool", "artifact").unique(), on=["tool", "artifact"])
        .filter(pl.col("container") != container)
    )
    summary: dict[str, Any] = {
        "container": container,
        "class": class_id,
        "people": held.filter(pl.col("lane") == "data")["principal_id"].n_unique(),
        "other_lanes": sorted(held.filter(pl.col("lane") != "data")["lane"].cast(pl.String).unique()),
        "references_assessed": facts.assessed("references"),
        "artifacts": tools.select("tool", "artifact", "direction", "owner").unique().sort(pl.all()).to_dicts(),
        "containers_beside": sorted(beside["container"].unique()),
    }
    if ws.has("proposal"):
        layout = pipeline.read_proposal(ws).layout.filter(pl.col("container") == container)
        summary["target"] = layout.to_dicts()[0] if layout.height else None
    artifacts = [[a["tool"], a["artifact"], a["direction"], a["owner"]] for a in summary["artifacts"]]
    shown = {k: v for k, v in summary.items() if k not in ("artifacts", "target")}
    if summary.get("target"):
        target = summary["target"]
        shown["target"] = "/".join(filter(None, [target["target_container"], target["target_path"]])) or "stays"
        shown["disposition"] = target["disposition"]
    talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
    talk.result(
        summary,
        key_values(f"Moving {container}", shown),
        grid("Tools", ["tool", "artifact", "direction", "owner"], artifacts),
    )
    return 0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: lakezones impact crm-mart-customer -w lake")(impact)
