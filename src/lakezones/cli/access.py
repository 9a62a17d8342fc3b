"""`lakezones access`: effective access in classes, findings, and with --explain why somebody has it."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lakezones.cli.common import STYLE, command
from lakezones.cli.talk import Talk, key_values, printable
from lakezones.model.words import counted

if TYPE_CHECKING:
    from rich.tree import Tree

    from lakezones.access.explanations.tree import Branch
    from lakezones.pipeline import Workspace

app = typer.Typer(**STYLE)


class EngineName(StrEnum):
    """What can group containers."""

    POLARS = "polars"
    SPARK = "spark"


@command(app, "lakezones access -w lake --explain ana@bank.example sales-orders")
def access(
    talk: Talk,
    ws: "Workspace",
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
        EngineName | None,
        typer.Option("--engine", help="Where to group containers; spark is an extra.", show_default="polars"),
    ] = None,
) -> None:
    """Resolve who can do what. Writes access/ in the workspace; with --explain it writes nothing."""
    from lakezones.errors import UsageError

    if explain is not None:
        explanation = ws.explain(explain, container, say=talk.say)
        if talk.as_json:
            talk.result(explanation.to_dict())
        else:
            talk.out.print(drawn(explanation.tree), soft_wrap=True)
        return
    if container is not None:
        raise UsageError(
            f"{container!r} is given without --explain", hint=f"try: lakezones access --explain {container}"
        )
    with talk.status("resolving access"):
        summary = ws.access(ws.settings(access={"engine": engine.value if engine else None})).summary
    talk.result(summary, key_values(f"Access in {ws.root}/access", in_short(summary)))


def in_short(summary: dict[str, Any]) -> dict[str, Any]:
    """What the command prints for people; the rest is in summary.json."""
    rows = {key: summary[key] for key in ("people", "containers", "classes", "requests")}
    for key in ("pairs", "findings"):
        rows[key] = ", ".join(f"{count:,} {kind}" for kind, count in summary[key].items() if count) or "none"
    used = summary["more_than_used"]
    if not used["assessed"]:
        rows["more than used"] = "not assessed: no usage was given"
    elif used["ratio"] is None:
        rows["more than used"] = f"not known: usage covers {counted(used['window_days'], 'day')} only"
    else:
        rows["more than used"] = (
            f"{used['ratio']:g} times: {used['pairs_held']:,} pairs held, {used['pairs_used']:,} used"
            f" in the {used['window_days']} days from {used['window_from']} to {used['window_to']}"
        )
    missing = {table for tables in summary["not_assessed"].values() for table in tables} - {"proposal"}
    if missing:
        rows["not assessed"] = f"{', '.join(sorted(missing))}: findings that need them did not run"
    return rows


def drawn(branch: "Branch") -> "Tree":
    """The tree as lines for a terminal."""
    from rich.text import Text
    from rich.tree import Tree

    used, without = branch.notes.get("used"), branch.notes.get("without")
    label = printable(branch.label)
    if isinstance(used, str):
        label += f"\nused: {printable(used)}"
    if without is not None:
        label += f"  (without it: {without})"
    tree = Tree(Text(label))
    for child in branch.children:
        tree.children.append(drawn(child))
    return tree
