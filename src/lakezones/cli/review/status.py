"""`lakezones review status`: how far the review is."""

from typing import TYPE_CHECKING, Any, Final

from lakezones.cli.common import command
from lakezones.cli.review.group import app
from lakezones.cli.talk import Talk, grid, key_values, printable

if TYPE_CHECKING:
    from rich.table import Table

    from lakezones.pipeline import Workspace

SHOWN: Final = 12
"""Rows of a table; `--json` has all of them."""


@command(app, "lakezones review status -w lake --json")
def status(talk: Talk, ws: "Workspace") -> int:
    """Show how far the review is, who has what left to do, and what a plan would leave alone."""
    with talk.status("reading the review"):
        from lakezones.pipeline.campaigning import campaign_report

        found = campaign_report(ws)
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
    if held := found["held_back"][:SHOWN]:
        rows = [[row["items"], row["kind"], row["standing"], row["containers"]] for row in held]
        tables.append(grid("What a plan would leave alone", ["items", "kind", "standing", "containers"], rows))
    shown = found["quality"]["measures"] or found["canaries"]
    return [*tables, _quality(found)] if shown else tables


def _quality(found: dict[str, Any]) -> "Table":
    quality, canaries = found["quality"], found["canaries"]
    rows = [[row["name"], row["value"]] for row in quality["measures"]] or [["not shown", quality["says"]]]
    if canaries:
        said = f"{canaries['noticed']:,} of the {canaries['decided']:,} decided on; {canaries['planted']:,} planted"
        rows.append(["Planted wrong roles noticed", said])
    return key_values("How closely it was looked at", [(str(name), value) for name, value in rows])


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
