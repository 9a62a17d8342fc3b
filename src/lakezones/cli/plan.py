"""`lakezones plan`: a staged migration plan from the proposal and the decisions on it."""

from typing import TYPE_CHECKING, Annotated

import typer

from lakezones.cli.common import STYLE, command
from lakezones.cli.talk import Talk, grid, key_values, listed

if TYPE_CHECKING:
    from lakezones.model.frames import Plan
    from lakezones.pipeline import Workspace

app = typer.Typer(**STYLE)
WAVES = ["wave", "domain", "pilot", "people", "containers", "earliest_end"]
OUTCOMES = {
    "joins_role": "by joining a role",
    "completes_role": "by completing a role",
    "exception": "as exceptions",
    "not_granted": "not granted",
    "lapsed": "lapsed",
}
"""How outcomes of approvals are printed."""
LAPSED = "roles changed since they were decided on"
"""Key of what is left out because approvals have lapsed."""


@command(app, "lakezones plan -w lake")
def plan(
    talk: Talk,
    ws: "Workspace",
    accept_gaps: Annotated[
        bool, typer.Option("--accept-gaps", help="Plan although some reads of the scan failed.")
    ] = False,
    accept_asserted: Annotated[
        bool,
        typer.Option(
            "--accept-asserted", help="Plan also what waits for a second reviewer, or is asserted without evidence."
        ),
    ] = False,
) -> None:
    """Make the migration plan: phase A in place, phase B wave by wave. Writes target/ and plan/ in the workspace."""
    from lakezones.model.words import counted

    with talk.status("planning"):
        made = ws.plan(accept_gaps=accept_gaps, accept_asserted=accept_asserted)
    summary = made.summary
    shown = {
        key.replace("_", " "): value
        for key, value in summary.items()
        if not isinstance(value, dict) and not (isinstance(value, list) and value and isinstance(value[0], dict))
    }
    if granted := summary["approvals"]:
        shown["approved as new"] = listed({words: granted.get(name, 0) for name, words in OUTCOMES.items()})
    rows = [[*row[:-1], row[-1] and str(row[-1])] for row in made.waves.select(WAVES).rows()]
    talk.result(summary, key_values(f"Plan in {ws.root}/plan", shown), grid("Waves", WAVES, rows))
    if summary.get("status") == "draft":
        talk.say("nobody has decided yet, so this is a draft")
        talk.say(f"hint: lakezones review export review.csv -w {ws.root}")
    if left := summary["left_out"] | ({"containers": sum(summary["stays"].values())} if summary["left_out"] else {}):
        talk.say(f"nobody approved these, so they keep their memberships, grants and place: {listed(left)}")
        if LAPSED in left:
            talk.say(f"hint: lakezones review export review.csv -w {ws.root} writes what they are now")
    if left:
        talk.say(f"hint: {ws.root}/target/untouched.csv says of each why")
    if taken := summary.get("accepted_asserted"):
        talk.say(f"taken without a second reviewer or evidence, as --accept-asserted says: {listed(taken)}")
    if hidden := summary["not_scanned"]["tables"]:
        kept = counted(summary["not_scanned"]["memberships_kept"], "membership")
        talk.say(f"not scanned: {', '.join(hidden)}; others may have access, so no source is deleted and {kept} stay")
        talk.say("hint: scan them too, then run access, propose and plan again")
    for reason, count in summary["drops_blocked_by_reason"].items():
        talk.say(f"{counted(count, 'drop')} not carried out, see the no_op steps: {reason}")
    say_what_is_not_granted(talk, ws, made)


def say_what_is_not_granted(talk: Talk, ws: "Workspace", made: "Plan") -> None:
    """A line for each way in which approved suggestions were not granted, with the first of them."""
    from lakezones.model.words import counted

    said = False
    for outcome in ("not_granted", "lapsed"):
        if rows := made.approvals.filter(outcome=outcome).select("suggestion_id", "reason").rows():
            talk.say(f"{counted(len(rows), 'approved suggestion')} {OUTCOMES[outcome]}, first {': '.join(rows[0])}")
            said = True
    if said:
        talk.say(f"hint: see {ws.root}/plan/approvals.csv; lakezones review export lists what is open")
