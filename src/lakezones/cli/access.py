"""`lakezones access`: effective access in classes, findings, and with --explain why somebody has it."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

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

if TYPE_CHECKING:
    from rich.tree import Tree

    from lakezones.access import Branch, Explanation
    from lakezones.store.workspace import Workspace


class Engine(StrEnum):
    """What can group containers."""

    POLARS = "polars"
    SPARK = "spark"


EXAMPLE = "Example: lakezones access -w lake --explain ana@bank.example sales-orders"


def access(
    container: Annotated[
        str | None, typer.Argument(help="With --explain: the container the access is on.", show_default=False)
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain",
            metavar="PRINCIPAL",
            help="Explain instead: a principal's access, its paths to a CONTAINER, or, given a container, its readers.",
            show_default=False,
        ),
    ] = None,
    engine: Annotated[
        Engine | None,
        typer.Option("--engine", help="Where to group containers; spark is an extra.", show_default="polars"),
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    debug: DebugOption = False,
) -> int:
    """Resolve who can do what. Writes access/ in the workspace; with --explain it writes nothing."""
    del debug
    from lakezones import pipeline
    from lakezones.config import Settings
    from lakezones.errors import UsageError
    from lakezones.store.workspace import Workspace

    talk = Talk(as_json=as_json, quiet=quiet, verbose=verbose)
    ws = Workspace(workspace)
    if explain is not None:
        explanation = explained(ws, talk, explain, container)
        if as_json:
            talk.result(explanation.to_dict())
        else:
            talk.out.print(drawn(explanation.tree), soft_wrap=True)
        return 0
    if container is not None:
        raise UsageError(
            f"{container!r} is given without --explain", hint=f"try: lakezones access --explain {container}"
        )
    with talk.status("resolving access"):
        flags = {"access": {"engine": engine.value if engine else None}}
        summary = pipeline.run_access(ws, Settings(ws.overrides, flags=flags))
    talk.result(summary, key_values(f"Access in {workspace}/access", in_short(summary)))
    return 0


def in_short(summary: dict[str, Any]) -> dict[str, Any]:
    """What the command prints for people; the rest is in summary.json."""
    rows = {key: summary[key] for key in ("people", "containers", "classes", "requests")}
    for key in ("pairs", "findings"):
        rows[key] = ", ".join(f"{count:,} {kind}" for kind, count in summary[key].items() if count) or "none"
    used = summary["more_than_used"]
    if not used["assessed"]:
        rows["more than used"] = "not assessed: no usage was given"
    elif used["ratio"] is None:
        rows["more than used"] = f"not told: usage covers {used['window_days']:g} days only"
    else:
        rows["more than used"] = (
            f"{used['ratio']:g} times: {used['pairs_held']:,} pairs held, {used['pairs_used']:,} used"
            f" in {used['window_days']:g} days"
        )
    missing = {table for tables in summary["not_assessed"].values() for table in tables} - {"proposal"}
    if missing:
        rows["not assessed"] = f"{', '.join(sorted(missing))}: findings that need them did not run"
    return rows


def explained(ws: "Workspace", talk: Talk, who: str, container: str | None) -> "Explanation":
    """Explain a principal, a container, or one on the other; a lone name may be either."""
    from lakezones import pipeline
    from lakezones.config import Settings
    from lakezones.errors import NotFoundError

    asked = pipeline.Question(ws)
    settings = Settings(ws.overrides).access
    if container is not None:
        return asked.answer(settings, principal=asked.principal(who), container=asked.container(container))
    try:
        principal = asked.principal(who)
    except NotFoundError as principal_error:
        try:
            return asked.answer(settings, container=asked.container(who))
        except NotFoundError as container_error:
            hints = {principal_error.hint, container_error.hint}
            hint = min((h for h in hints if h and h.startswith("did you mean")), default=principal_error.hint)
            raise NotFoundError(f"no principal and no container {who!r}", hint=hint) from None
    return asked.answer(settings, principal=principal, zones=zones_of(ws, talk))


def zones_of(ws: "Workspace", talk: Talk) -> Any:
    """Zones of the current proposal, to sum by; None where there is none or it is older than access."""
    from lakezones import pipeline
    from lakezones.errors import StaleInputError

    if not ws.has("proposal"):
        return None
    try:
        return pipeline.read_zones(ws)
    except StaleInputError as error:
        talk.say(f"zones are left out: {error.message}")
        return None


def drawn(branch: "Branch") -> "Tree":
    """The tree as lines for a terminal."""
    from rich.text import Text
    from rich.tree import Tree

    used, without = branch.notes.get("used"), branch.notes.get("without")
    label = branch.label
    if isinstance(used, str):
        label += f"\nused: {used}"
    if without is not None:
        label += f"  (without it: {without})"
    tree = Tree(Text(label))
    for child in branch.children:
        tree.children.append(drawn(child))
    return tree


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLE)(access)
