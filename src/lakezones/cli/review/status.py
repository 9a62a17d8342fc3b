"""`lakezones review status`: how far the review is."""

from typing import TYPE_CHECKING, Any, Final

from lakezones.cli.common import command
from lakezones.cli.review.group import app
from lakezones.cli.talk import Talk, grid, printable

if TYPE_CHECKING:
    from rich.table import Table

    from lakezones.pipeline import Workspace

SHOWN: Final = 12
"""Rows of a table; `--json` has all of them."""


@command(app, "lakezones review status -w lake --json")
def status(talk: Talk, ws: "Workspace") -> int:
    """Show how far the review is, who has what left to do, and what a plan would leave alone."""
    with talk.status("reading the review"):
        found = ws.review_status()
    if not talk.as_json:
        talk.out.print(printable(found["sentence"]), soft_wrap=True)
        if found["campaign"] or found["due"]:
            talk.out.print(printable(f"Campaign {found['campaign']}, due {found['due']}."), soft_wrap=True)
        talk.out.print()
    talk.result(found, *_tables(found))
    for row in found["reviewers_rejected"]:
        talk.say(f"{row['file']} line {row['line']}: {row['reason']}")
    return 3 if found["reviewers_rejected"] else 0


def _tables(found: dict[str, Any]) -> list["Table"]:
    tables = [_counts(f"By {by}", by.capitalize(), found[f"by_{by}"]) for by in ("kind", "reviewer", "domain")]
    held = [[row["sentence"]] for row in found["held_back"][:SHOWN]]
    return [*tables, grid("What a plan would leave alone", [""], held)] if held else tables


def _counts(title: str, column: str, rows: list[dict[str, Any]]) -> "Table":
    from lakezones.review.status import spent

    late = any(row["overdue"] for row in rows)
    columns = [column, "decided", "left", "time", *(["overdue"] if late else [])]
    cells = [
        [
            row["name"],
            row["decided"],
            row["left"],
            spent(row["minutes_left"]) if row["left"] else "-",
            *([row["overdue"]] if late else []),
        ]
        for row in rows[:SHOWN]
    ]
    more = len(rows) - SHOWN
    if more > 0:
        title += f" (the first {SHOWN} of {len(rows):,}; all with --json)"
    return grid(title, columns, cells)
