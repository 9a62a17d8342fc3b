"""`lakezones review verify`: whether the audit log is what somebody kept of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lakezones.cli.common import command
from lakezones.cli.review.group import app
from lakezones.cli.talk import Talk, grid
from lakezones.errors import UsageError

if TYPE_CHECKING:
    from lakezones.pipeline import Workspace
    from lakezones.review.log import LogVerdict


@command(app, "lakezones review verify --checkpoint ticket.txt -w lake")
def verify(
    talk: Talk,
    ws: "Workspace",
    checkpoint: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The checkpoint that was kept in the change ticket; - pastes it."),
    ] = None,
    older: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An older checkpoint: prove that the log only grew since.")
    ] = None,
    signature: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The signature of the checkpoint, checkpoint.dsse.json.")
    ] = None,
    key: Annotated[Path | None, typer.Option(metavar="PUB", help="The public key of its signer, in PEM.")] = None,
    signoff: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A sign-off to check instead of the log; needs no workspace.")
    ] = None,
) -> int:
    """Find edits, moves, losses and rewrites of what a checkpoint covers. Exit 4 if there are any."""
    from lakezones.pipeline.auditing import audit, read_checkpoint

    if signoff is not None:
        from lakezones.pipeline.signoffs import check_page

        if older is not None or signature is not None or key is not None:
            raise UsageError("--signoff goes with --checkpoint alone", hint="check the log and its signature apart")
        verdict = check_page(signoff, None if checkpoint is None else read_checkpoint(checkpoint))
        return show(talk, verdict, f"Sign-off {signoff}", "the sign-off does not hold")
    if checkpoint is None:
        raise UsageError(
            "nothing to hold the log against", hint="--checkpoint FILE: the three lines in the change ticket"
        )
    verdict = audit(ws, checkpoint, older=older, signature=signature, key=key)
    return show(
        talk, verdict, f"Audit log of {ws.root}/review against {checkpoint}", "the log is not what the checkpoint says"
    )


def show(talk: Talk, verdict: "LogVerdict", title: str, failed: str) -> int:
    """What holds and what does not, and the exit code."""
    rows = [["FAILS", fault] for fault in verdict.faults] + [["holds", one] for one in verdict.proven]
    talk.result(verdict.document(), grid(title, ["", "what"], rows))
    if not verdict.holds:
        talk.say(f"{failed}: {verdict.faults[0]}")
        return 4
    return 0
